// SPDX-License-Identifier: Apache-2.0
/// A small causal transformer over characters, which then writes text of its own.
///
///   shakespeare FILE [STEPS]   plain text (tiny-shakespeare of karpathy/char-rnn); 400 steps
///                              without a number
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "text_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

constexpr std::int64_t kLength = 64, kWidth = 96, kHeads = 4, kBlocks = 2;

/// Adds a vector for each position, which is learnt.
class Positions : public LayerOf<Positions> {
 public:
  Positions() : LayerOf({.class_name = "Positions"}) {}
  kt::Config get_config() const override { return base_config(); }
  kt::Shape compute_output_shape(const kt::Shape& shape) const override { return shape; }
  kt::Values call(const kt::Inputs& in, kt::Pass& pass) const override {
    return in[0] + value(0, pass);
  }

 protected:
  void build_weights(const kt::Shape& shape) override {
    add_weight({.name = "positions", .shape = {kLength, shape.back()}, .initializer = "uniform"});
  }
};

kt::Value block(const kt::Value& x) {
  const kt::Value y = LayerNormalization()(x);
  const kt::Value seen = MultiHeadAttention({.num_heads = kHeads, .key_dim = kWidth / kHeads})(
      {y, y}, {.options = {{"use_causal_mask", true}}});
  const kt::Value through = Add()({x, seen});
  const kt::Value wide =
      Dense({.units = 4 * kWidth, .activation = "gelu"})(LayerNormalization()(through));
  return Add()({through, Dense({.units = kWidth})(wide)});
}

/// `count` windows from anywhere, and what comes after each of their characters.
std::pair<kt::Tensor, kt::Tensor> windows(std::span<const std::int32_t> ids, std::int64_t count,
                                          std::mt19937_64& chance) {
  std::vector<std::int32_t> x, y;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::size_t begin = chance() % (ids.size() - kLength - 1);
    x.insert(x.end(), ids.begin() + begin, ids.begin() + begin + kLength);
    y.insert(y.end(), ids.begin() + begin + 1, ids.begin() + begin + 1 + kLength);
  }
  return {kt::Tensor::from(x, {count, kLength}), kt::Tensor::from(y, {count, kLength})};
}

/// One character more, drawn by its probability.
std::int32_t next(const kt::Functional& model, const std::vector<std::int32_t>& ids,
                  std::mt19937_64& chance) {
  std::vector<std::int32_t> window(ids.end() - std::min<std::ptrdiff_t>(std::ssize(ids), kLength),
                                   ids.end());
  const auto at = static_cast<std::int64_t>(window.size()) - 1;
  window.resize(kLength);
  const kt::Tensor logits = model.predict(kt::Tensor::from(window, {1, kLength}));
  const std::int64_t characters = logits.shape()[2];
  std::vector<double> weights;
  for (std::int64_t k = 0; k < characters; ++k)
    weights.push_back(
        std::exp(logits.data<float>()[static_cast<std::size_t>(at * characters + k)] / 0.8));
  return static_cast<std::int32_t>(
      std::discrete_distribution<int>(weights.begin(), weights.end())(chance));
}

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("shakespeare FILE [STEPS]"), 2;
  const std::int64_t steps = argc > 2 ? std::atoll(argv[2]) : 400;
  std::string text;
  for (const std::string& line : examples::lines_of(argv[1])) text += line + "\n";
  const std::set<char> known(text.begin(), text.end());
  const std::string characters(known.begin(), known.end());
  std::vector<std::int32_t> ids;
  for (const char c : text) ids.push_back(static_cast<std::int32_t>(characters.find(c)));
  const auto [train, test] = std::pair(std::span(ids).first(ids.size() / 10 * 9),
                                       std::span(ids).subspan(ids.size() / 10 * 9));

  kt::utils::set_random_seed(1);
  std::mt19937_64 chance(1);
  const auto units = static_cast<std::int64_t>(characters.size());
  const kt::Value in = kt::Input({.shape = kt::Shape{kLength}, .dtype = kt::DType::kInt32});
  kt::Value h = Positions()(Embedding({.input_dim = units, .output_dim = kWidth})(in));
  for (int i = 0; i < kBlocks; ++i) h = block(h);
  kt::Functional model({in}, {Dense({.units = units, .name = "next"})(LayerNormalization()(h))});
  model.compile({.optimizer = kt::optimizers::AdamW({.learning_rate = 2e-3, .weight_decay = 0.01}),
                 .loss = kt::losses::SparseCategoricalCrossentropy({.from_logits = true})});
  const auto [x, y] = windows(train, 32 * steps, chance);
  model.fit(x, y, {.batch_size = 32, .verbose = 2});
  const auto [test_x, test_y] = windows(test, 512, chance);
  const double loss = *model.evaluate(test_x, test_y, {.verbose = 0}).get("loss");
  std::printf("a character of the last tenth of the text takes %.2f bits\n",
              loss / std::numbers::ln2);

  std::vector<std::int32_t> written = {0};
  for (int i = 0; i < 200; ++i) written.push_back(next(model, written, chance));
  for (const std::int32_t id : written) std::putchar(characters[static_cast<std::size_t>(id)]);
  std::putchar('\n');
}
