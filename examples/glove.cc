// SPDX-License-Identifier: Apache-2.0
/// Vectors of words, from how often they stand near each other: GloVe (J. Pennington, R. Socher, C.
/// Manning, "GloVe: global vectors for word representation", 2014).
///
///   glove FOLDER [EPOCHS [SEED]]   FOLDER as of word2vec; 20 epochs without a number
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "word_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

constexpr std::int64_t kWidth = 64, kWindow = 10, kBatch = 1024;
// The weight of a pair that is counted x times: (x / kMost) ^ kPower, 1 at most.
constexpr double kMost = 100, kPower = 0.75;

/// Pairs of words, and the sum of 1 / distance over the places where they are near each other.
std::vector<std::pair<std::int64_t, double>> counted(const examples::Words& words) {
  const auto size = static_cast<std::int64_t>(words.counts.size());
  std::vector<std::pair<std::int64_t, double>> all, sums;
  for (const auto& text : words.texts) {
    for (std::int64_t i = 0; i < std::ssize(text); ++i) {
      for (std::int64_t j = i + 1; j < std::min<std::int64_t>(std::ssize(text), i + kWindow + 1);
           ++j) {
        const std::int64_t a = text[static_cast<std::size_t>(i)],
                           b = text[static_cast<std::size_t>(j)];
        all.emplace_back(a * size + b, 1.0 / static_cast<double>(j - i));
        all.emplace_back(b * size + a, 1.0 / static_cast<double>(j - i));
      }
    }
  }
  std::ranges::stable_sort(all, {}, &std::pair<std::int64_t, double>::first);
  for (const auto& [pair, share] : all) {
    if (sums.empty() || sums.back().first != pair) sums.emplace_back(pair, 0);
    sums.back().second += share;
  }
  return sums;
}

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("glove FOLDER [EPOCHS [SEED]]"), 2;
  const std::string folder = argv[1];
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 20;
  const int seed = argc > 3 ? std::atoi(argv[3]) : 1;
  const examples::Words words = examples::words_in(folder);
  const auto size = static_cast<std::int64_t>(words.counts.size());
  std::vector<std::int32_t> rows, columns;
  std::vector<float> logs, weights;
  for (const auto& [pair, sum] : counted(words)) {
    rows.push_back(static_cast<std::int32_t>(pair / size));
    columns.push_back(static_cast<std::int32_t>(pair % size));
    logs.push_back(static_cast<float>(std::log(sum)));
    weights.push_back(static_cast<float>(std::min(1.0, std::pow(sum / kMost, kPower))));
  }

  kt::utils::set_random_seed(seed);
  std::vector<kt::Value> ids, vectors, parts;
  std::vector<std::shared_ptr<Embedding>> tables;
  for (int i = 0; i < 2; ++i) {
    ids.push_back(kt::Input({.shape = kt::Shape{}, .dtype = kt::DType::kInt32}));
    tables.push_back(kt::shared(
        Embedding({.input_dim = size,
                   .output_dim = kWidth,
                   .embeddings_initializer = kt::initializers::RandomUniform(
                       {.minval = -0.5 / kWidth, .maxval = 0.5 / kWidth, .seed = seed + i})})));
    vectors.push_back((*tables.back())(ids.back()));
    parts.push_back(Embedding(
        {.input_dim = size, .output_dim = 1, .embeddings_initializer = "zeros"})(ids.back()));
  }
  parts.push_back(Dot({.axes = {1}})(vectors));
  kt::Functional model(ids, {Add()(parts)});
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 5e-3}), .loss = "mse"});
  const auto count = static_cast<std::int64_t>(logs.size());
  model.fit({kt::Tensor::from(rows), kt::Tensor::from(columns)}, kt::Tensor::from(logs, {count, 1}),
            {.batch_size = kBatch,
             .epochs = epochs,
             .verbose = 0,
             .sample_weight = kt::Tensor::from(weights)});
  std::printf("%zu words, %zu pairs\n", words.counts.size(), logs.size());
  std::vector<float> sums;
  for (const auto& table : tables) {
    const auto values = std::as_const(*table).embeddings().data<float>();
    sums.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) sums[i] += values[i];
  }
  examples::judge(folder, words, sums);
}
