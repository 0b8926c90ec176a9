// SPDX-License-Identifier: Apache-2.0
// One piece of work of bench/peers/compare.py, done by Keratin: `worker WORK key=value ...`. Each
// line on standard input asks for one measurement with fresh ids; the answer is seconds a call.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "keratin/keratin.h"

namespace kt = keratin;

namespace {

using Clock = std::chrono::steady_clock;

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 2; i < argc; ++i) {
      const std::string text = argv[i];
      const std::size_t at = text.find('=');
      if (at == std::string::npos) throw std::invalid_argument("not key=value: " + text);
      values_[text.substr(0, at)] = text.substr(at + 1);
    }
  }
  std::string text(const std::string& key, const std::string& otherwise = "") const {
    const auto found = values_.find(key);
    return found == values_.end() ? otherwise : found->second;
  }
  std::int64_t number(const std::string& key) const { return std::stoll(values_.at(key)); }

 private:
  std::map<std::string, std::string> values_;
};

/// Ids below V. Zipf: the inverse of the continuous law 1 / x on [1, V + 1), ranks scattered over
/// the table.
std::vector<std::int64_t> draw(std::int64_t count, std::int64_t rows, bool zipf) {
  static std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
  for (auto& id : ids) {
    std::uint64_t row = engine();
    if (zipf) {
      const auto rank =
          static_cast<std::uint64_t>(std::pow(static_cast<double>(rows) + 1, uniform(engine)));
      row = (rank - 1) * 0x9E3779B97F4A7C15U;
    }
    id = static_cast<std::int64_t>(row % static_cast<std::uint64_t>(rows));
  }
  return ids;
}

/// Targets that no model learns: gradients stay what they are, also after thousands of steps.
kt::Tensor noise(std::int64_t count) {
  static std::mt19937_64 engine(2);
  std::uniform_real_distribution<float> uniform(-1, 1);
  kt::Tensor y = kt::Tensor::zeros({count, 1});
  for (float& x : y.data<float>()) x = uniform(engine);
  return y;
}

/// Makes ready, outside the time, what one call needs; the result is the call.
using Work = std::function<std::function<void()>()>;

kt::Precision precision_of(const std::string& name) {
  if (name == "float16") return kt::Precision::kFloat16;
  if (name == "bfloat16") return kt::Precision::kBfloat16;
  return kt::Precision::kFloat32;
}

kt::layers::Embedding embedding(const Arguments& a) {
  kt::layers::EmbeddingOptions options{.input_dim = a.number("rows"),
                                       .output_dim = a.number("width"),
                                       .rows_drawn = kt::layers::RowsDrawn::kAtOnce,
                                       .precision = precision_of(a.text("precision"))};
  if (!a.text("regularizer").empty())
    options.embeddings_regularizer = a.text("regularizer").c_str();
  return kt::layers::Embedding(std::move(options));
}

Work lookup(const Arguments& a) {
  auto layer = std::make_shared<kt::layers::Embedding>(embedding(a));
  layer->build({kt::kNone, kt::kNone});
  return [layer, a] {
    const std::int64_t count = a.number("count");
    const auto ids =
        kt::Tensor::from(draw(count, a.number("rows"), a.text("law") == "zipf"), {1, count});
    return [layer, ids] { (*layer)(ids); };
  };
}

/// The limit: rows copied at random to memory that is kept, the best loop that we know.
Work copy(const Arguments& a) {
  auto layer = std::make_shared<kt::layers::Embedding>(embedding(a));
  layer->build({kt::kNone, kt::kNone});
  const auto width = static_cast<std::size_t>(a.number("width"));
  const auto count = static_cast<std::size_t>(a.number("count"));
  auto table = std::make_shared<kt::Tensor>(layer->embeddings());
  auto out =
      std::make_shared<kt::Tensor>(kt::Tensor::zeros({a.number("count"), a.number("width")}));
  return [layer, table, out, a, width, count] {
    auto ids = std::make_shared<std::vector<std::int64_t>>(
        draw(a.number("count"), a.number("rows"), a.text("law") == "zipf"));
    return [=] {
      const float* from = std::as_const(*table).data<float>().data();
      float* to = out->data<float>().data();
      const auto part = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          if (i + 16 < end) {
            const float* next = from + static_cast<std::size_t>((*ids)[i + 16]) * width;
            for (std::size_t d = 0; d < width; d += 16) __builtin_prefetch(next + d);
          }
          std::memcpy(to + i * width, from + static_cast<std::size_t>((*ids)[i]) * width,
                      width * sizeof(float));
        }
      };
      const auto threads = static_cast<std::size_t>(a.number("threads"));
      std::vector<std::thread> others;
      for (std::size_t t = 1; t < threads; ++t)
        others.emplace_back(part, count * t / threads, count * (t + 1) / threads);
      part(0, count / threads);
      for (auto& other : others) other.join();
    };
  };
}

Work pooled(const Arguments& a) {
  auto model = std::make_shared<kt::Sequential>();
  model->add(embedding(a));
  model->add(kt::layers::GlobalAveragePooling1D());
  model->build({kt::kNone, a.number("bag")});
  return [model, a] {
    const std::int64_t batch = a.number("batch");
    const std::int64_t bag = a.number("bag");
    const auto ids = kt::Tensor::from(draw(batch * bag, a.number("rows"), a.text("law") == "zipf"),
                                      {batch, bag});
    return [model, ids] { model->predict_on_batch(ids); };
  };
}

/// Embedding, the mean of 10 ids, Dense(1), mean squared error.
Work step(const Arguments& a) {
  auto model = std::make_shared<kt::Sequential>();
  model->add(embedding(a));
  model->add(kt::layers::GlobalAveragePooling1D());
  model->add(kt::layers::Dense({.units = 1}));
  model->compile(a.text("optimizer").c_str(), "mse");
  const auto batch_of = [a](std::int64_t count, bool zipf) {
    return kt::Tensor::from(draw(count, a.number("rows"), zipf), {count / 10, 10});
  };
  // Every page of the slots is there before the first measurement, as it is in the peers.
  for (int i = 0; i < 3; ++i) {
    model->train_on_batch(batch_of(65'540, false), noise(6554));
  }
  return [model, a, batch_of] {
    const auto x = batch_of(a.number("count"), a.text("law") == "zipf");
    const auto y = noise(a.number("count") / 10);
    return [model, x, y] { model->train_on_batch(x, y); };
  };
}

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv);
  kt::parallel::set_num_threads(static_cast<int>(arguments.number("threads")));
  const std::string name = argc > 1 ? argv[1] : "";
  const std::map<std::string, Work (*)(const Arguments&)> works = {
      {"lookup", lookup}, {"copy", copy}, {"pooled", pooled}, {"step", step}};
  const Work work = works.at(name)(arguments);
  const std::int64_t calls = arguments.number("calls");
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    double seconds = 0;
    for (std::int64_t i = 0; i < calls; ++i) {
      const auto call = work();
      const auto begin = Clock::now();
      call();
      seconds += std::chrono::duration<double>(Clock::now() - begin).count();
    }
    std::cout << seconds / static_cast<double>(calls) << std::endl;
  }
} catch (const std::exception& error) {
  std::cerr << "worker: " << error.what() << '\n';
  return 1;
}
