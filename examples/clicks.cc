// SPDX-License-Identifier: Apache-2.0
/// How likely an advertisement is clicked: a DLRM (Naumov et al., 2019) and a DCN (Wang et al.,
/// 2021) on rows that are made in the shape of Criteo's: 13 numbers, 26 categories of which each
/// has a table, and whether there was a click.
///
///   clicks [ROWS]   60,000 to learn from, and a sixth more to judge by
///
/// What is made: the categories have as many ids as those of the Criteo challenge, but at most
/// 20,000 each (207,000 rows in all), and are skewed: the first x of the ids of a category have the
/// share x^(1/3), the first hundredth a fifth of the rows. Numbers are log(1 + e), e exponential.
/// The log odds of a click are the sum of an effect of every id and number, and of the product of
/// two hidden numbers of ids of categories 2 and 3; more than a quarter of the rows are clicks.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

namespace {

constexpr std::int64_t kNumbers = 13, kCategories = 26, kWidth = 16, kMost = 20000;
constexpr std::array<std::int64_t, kCategories> kCriteo = {
    1460, 583,   10131227, 2202608, 305,  24,   12517, 633,     3,  93145, 5683,   8351593, 3194,
    27,   14992, 5461306,  10,      5652, 2173, 4,     7046547, 18, 15,    286181, 105,     142572};

std::int64_t cardinality(std::int64_t category) {
  return std::min(kCriteo[static_cast<std::size_t>(category)], kMost);
}

/// From 0 to 1, of two whole numbers: the same in every language (SplitMix64).
double drawn(std::int64_t number, std::int64_t place) {
  std::uint64_t z = static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15u +
                    static_cast<std::uint64_t>(place) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

struct Rows {
  kt::Tensors x;  // numbers (rows, 13), ids (rows, 26)
  kt::Tensor clicks, likely;
};

Rows made(std::int64_t rows, std::int64_t first) {
  std::vector<float> numbers, clicks, likely;
  std::vector<std::int32_t> ids;
  for (std::int64_t row = first; row < first + rows; ++row) {
    double odds = -1.9, hidden = 1;
    for (std::int64_t i = 0; i < kNumbers; ++i) {
      const double number = std::log1p(-std::log(1 - drawn(row, 100 + i)));
      odds += number * (drawn(i, 400) - 0.4);
      numbers.push_back(static_cast<float>(number));
    }
    for (std::int64_t i = 0; i < kCategories; ++i) {
      const double skewed = std::pow(drawn(row, i), 3);
      const auto id = static_cast<std::int32_t>(static_cast<double>(cardinality(i)) * skewed);
      odds += 0.8 * (drawn(id, 200 + i) - 0.5);
      if (i == 2 || i == 3) hidden *= 2 * drawn(id, 298 + i) - 1;
      ids.push_back(id);
    }
    likely.push_back(static_cast<float>(1 / (1 + std::exp(-odds - 3 * hidden))));
    clicks.push_back(drawn(row, 500) < static_cast<double>(likely.back()) ? 1 : 0);
  }
  return {{kt::Tensor::from(numbers, {rows, kNumbers}), kt::Tensor::from(ids, {rows, kCategories})},
          kt::Tensor::from(clicks, {rows, 1}),
          kt::Tensor::from(likely, {rows, 1})};
}

/// A vector of each category, behind `first`.
kt::Values with_vectors(const kt::Value& first, const kt::Value& ids) {
  kt::Values all(first);
  for (std::int64_t i = 0; i < kCategories; ++i) {
    const kt::Value id =
        kt::ops::get_item(ids, {kt::ops::Index::slice(), kt::ops::Index::slice(i, i + 1)});
    all.push_back(
        EmbedReduce({.input_dim = cardinality(i), .output_dim = kWidth, .combiner = "sum"})(id));
  }
  return all;
}

kt::Value dlrm(const kt::Value& numbers, const kt::Value& ids) {
  const kt::Value bottom = Dense({.units = kWidth, .activation = "relu"})(
      Dense({.units = 64, .activation = "relu"})(numbers));
  const kt::Value pairs = DotInteraction({})(with_vectors(bottom, ids));
  return Concatenate()({bottom, pairs});
}

kt::Value dcn(const kt::Value& numbers, const kt::Value& ids) {
  const kt::Value x0 = Concatenate()(with_vectors(numbers, ids));
  const kt::Value x = FeatureCross({.projection_dim = 32})({x0, x0});
  return FeatureCross({.projection_dim = 32})({x0, x});
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t rows = argc > 1 ? std::atoll(argv[1]) : 60000;
  const Rows known = made(rows, 0), test = made(rows / 6, rows);
  kt::metrics::AUC best({.num_thresholds = 2000});
  best.update_state(test.clicks, test.likely);
  std::printf("who knows how likely each click is has an AUC of %.4f\n",
              best.result().data<float>()[0]);
  double worse = 1;
  for (const bool crossed : {false, true}) {
    kt::utils::set_random_seed(1);
    const kt::Value numbers = kt::Input({kNumbers});
    const kt::Value ids = kt::Input({.shape = kt::Shape{kCategories}, .dtype = kt::DType::kInt32});
    const kt::Value top = Dense({.units = 64, .activation = "relu"})(crossed ? dcn(numbers, ids)
                                                                             : dlrm(numbers, ids));
    kt::Functional model({numbers, ids}, {Dense({.units = 1, .activation = "sigmoid"})(top)});
    model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 0.002}),
                   .loss = "binary_crossentropy",
                   .metrics = {kt::metrics::AUC({.num_thresholds = 2000, .name = "auc"})}});
    model.fit(known.x, known.clicks, {.batch_size = 256, .epochs = 1, .verbose = 2});
    const kt::Logs logs = model.evaluate(test.x, test.clicks, {.verbose = 0});
    std::printf("%s: AUC %.4f\n", crossed ? "DCN" : "DLRM", *logs.get("auc"));
    worse = std::min(worse, *logs.get("auc"));
  }
  std::printf("the worse of both: AUC %.4f\n", worse);
}
