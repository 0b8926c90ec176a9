// SPDX-License-Identifier: Apache-2.0
/// Vectors of words, by negative sampling: word2vec, of plain text.
///
///   word2vec FOLDER [EPOCHS [skipgram|cbow [SEED]]]
///
/// FOLDER has tiny-shakespeare, banking77, word-similarity and word-analogies. 5 epochs of
/// skip-grams without numbers.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "word_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

constexpr std::int64_t kWidth = 64, kWindow = 5, kNegatives = 16, kBatch = 256;

/// What a model reads, and the word that it should expect there.
struct Samples {
  std::vector<std::int32_t> inputs, labels;
};

/// Of texts without many of their most frequent words, in an order by chance. `each` numbers are an
/// input: one word, or all that are near one, each number one higher, and 0 where there is none.
Samples samples(const examples::Words& words, std::int64_t each, std::mt19937_64& chance) {
  double total = 0;
  for (const double count : words.counts) total += count;
  std::uniform_real_distribution<double> even;
  std::vector<std::int32_t> inputs, labels;
  for (const auto& text : words.texts) {
    std::vector<std::int32_t> ids;
    for (const std::int32_t id : text) {
      if (even(chance) < std::sqrt(1e-3 * total / words.counts[static_cast<std::size_t>(id)]))
        ids.push_back(id);
    }
    for (std::int64_t i = 0; i < std::ssize(ids); ++i) {
      const auto reach = static_cast<std::int64_t>(1 + chance() % kWindow);
      std::vector<std::int32_t> near;
      for (std::int64_t j = std::max<std::int64_t>(0, i - reach);
           j < std::min<std::int64_t>(std::ssize(ids), i + reach + 1); ++j) {
        if (j != i) near.push_back(ids[static_cast<std::size_t>(j)]);
      }
      const std::int32_t word = ids[static_cast<std::size_t>(i)];
      if (each == 1) {
        inputs.insert(inputs.end(), near.size(), word);
        labels.insert(labels.end(), near.begin(), near.end());
      } else if (!near.empty()) {
        for (std::int32_t& one : near) ++one;
        near.resize(static_cast<std::size_t>(each));
        inputs.insert(inputs.end(), near.begin(), near.end());
        labels.push_back(word);
      }
    }
  }
  std::vector<std::int64_t> order(labels.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::ranges::shuffle(order, chance);
  Samples mixed;
  for (const std::int64_t at : order) {
    mixed.inputs.insert(mixed.inputs.end(), inputs.begin() + at * each,
                        inputs.begin() + (at + 1) * each);
    mixed.labels.push_back(labels[static_cast<std::size_t>(at)]);
  }
  return mixed;
}

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("word2vec FOLDER [EPOCHS [skipgram|cbow [SEED]]]"), 2;
  const std::string folder = argv[1];
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 5;
  const bool is_cbow = argc > 3 && std::string(argv[3]) == "cbow";
  const int seed = argc > 4 ? std::atoi(argv[4]) : 1;
  const examples::Words words = examples::words_in(folder);
  const auto units = static_cast<std::int64_t>(words.counts.size());

  kt::utils::set_random_seed(seed);
  const std::int64_t each = is_cbow ? 2 * kWindow : 1;
  const auto table =
      kt::shared(Embedding({.input_dim = units + (is_cbow ? 1 : 0),
                            .output_dim = kWidth,
                            .embeddings_initializer = kt::initializers::RandomUniform(
                                {.minval = -0.5 / kWidth, .maxval = 0.5 / kWidth, .seed = seed}),
                            .mask_zero = is_cbow}));
  const kt::Value input =
      kt::Input({.shape = is_cbow ? kt::Shape{each} : kt::Shape{}, .dtype = kt::DType::kInt32});
  const kt::Value label = kt::Input({.shape = kt::Shape{}, .dtype = kt::DType::kInt32});
  const kt::Value vectors = is_cbow ? GlobalAveragePooling1D()((*table)(input)) : (*table)(input);
  // The negatives are the batch's, the same for all its samples.
  kt::Functional model({input, label}, {NCE({.units = units,
                                             .num_sampled = kNegatives,
                                             .sampler = "fixed_unigram",
                                             .unigrams = words.counts,
                                             .distortion = 0.75,
                                             .unique = false,
                                             .remove_accidental_hits = true,
                                             .subtract_log_q = false,
                                             .use_bias = false,
                                             .kernel_initializer = "zeros",
                                             .seed = seed})({vectors, label})});
  // What it gives is its loss.
  const auto loss = [](const kt::Tensor&, const kt::Tensor& y, bool) {
    return kt::losses::CustomLoss::Values{y, [](const kt::Tensor& slope) { return slope; }};
  };
  // The rate of a mean over the batch: for one sample it is 0.03, word2vec's own.
  model.compile({.optimizer = kt::optimizers::SGD({.learning_rate = 8.0}),
                 .loss = kt::losses::CustomLoss(loss)});
  std::mt19937_64 chance(static_cast<std::uint64_t>(seed));
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const Samples all = samples(words, each, chance);
    const auto count = static_cast<std::int64_t>(all.labels.size());
    model.fit({is_cbow ? kt::Tensor::from(all.inputs, {count, each}) : kt::Tensor::from(all.inputs),
               kt::Tensor::from(all.labels)},
              kt::Tensor::zeros({count}), {.batch_size = kBatch, .verbose = 0, .shuffle = false});
  }
  std::printf("%zu words\n", words.counts.size());
  examples::judge(folder, words,
                  std::as_const(*table).embeddings().data<float>().last(
                      static_cast<std::size_t>(units * kWidth)));
}
