// SPDX-License-Identifier: Apache-2.0
/// Vectors of words, by skip-grams and negative sampling: word2vec, of plain text.
///
///   word2vec FOLDER [EPOCHS [SEED]]   FOLDER has tiny-shakespeare, banking77 and word-similarity;
///                                     5 epochs without a number
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "text_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

constexpr std::int64_t kWidth = 64, kWindow = 5, kNegatives = 16, kBatch = 1024, kLeast = 5;

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line + " ") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, ""));
    }
  }
  return words;
}

/// The places of numbers in order, the mean of those of equals.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<double> sorted = values, found;
  std::ranges::sort(sorted);
  for (const double value : values) {
    const auto [first, last] = std::ranges::equal_range(sorted, value);
    found.push_back(static_cast<double>(first - sorted.begin() + (last - sorted.begin()) - 1) / 2);
  }
  return found;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double mean = (n - 1) / 2;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
  }
  return ab / std::sqrt(aa * bb);
}

/// Spearman's correlation of cosines with what people said of pairs of words.
void judge(const std::string& path, const std::map<std::string, std::size_t>& place,
           std::span<const float> vectors) {
  std::vector<double> said, found;
  for (const std::string& line : examples::lines_of(path)) {
    std::istringstream parts(line);
    std::string a, b;
    double score = 0;
    if (!(parts >> a >> b >> score) || !place.contains(a) || !place.contains(b)) continue;
    const auto product = [&](const std::string& one, const std::string& other) {
      double sum = 0;
      for (std::size_t d = 0; d < kWidth; ++d)
        sum += static_cast<double>(vectors[place.at(one) * kWidth + d]) *
               vectors[place.at(other) * kWidth + d];
      return sum;
    };
    said.push_back(score);
    found.push_back(product(a, b) / std::sqrt(product(a, a) * product(b, b)));
  }
  std::printf("EN-MEN-TR-3k: correlation %.3f over %zu pairs\n",
              correlation(ranks(said), ranks(found)), said.size());
}

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("word2vec FOLDER [EPOCHS [SEED]]"), 2;
  const std::string folder = argv[1];
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 5;
  const int seed = argc > 3 ? std::atoi(argv[3]) : 1;
  std::vector<std::vector<std::string>> texts;
  for (const char* const file : {"tiny-shakespeare/input.txt", "banking77/train.csv"}) {
    for (const std::string& line : examples::lines_of(folder + "/" + file))
      texts.push_back(words_of(line));
  }
  std::map<std::string, std::int64_t> seen;
  for (const auto& text : texts)
    for (const std::string& word : text) ++seen[word];
  std::vector<std::pair<std::int64_t, std::string>> by_count;
  for (const auto& [word, count] : seen) {
    if (count >= kLeast) by_count.emplace_back(-count, word);
  }
  std::ranges::sort(by_count);  // the most frequent first
  std::map<std::string, std::size_t> place;
  std::vector<double> counts;
  double total = 0;
  for (const auto& [count, word] : by_count) {
    place.emplace(word, counts.size());
    counts.push_back(static_cast<double>(-count));
    total += counts.back();
  }

  kt::utils::set_random_seed(seed);
  std::mt19937_64 chance(static_cast<std::uint64_t>(seed));
  const auto units = static_cast<std::int64_t>(counts.size());
  const auto table = kt::shared(Embedding({.input_dim = units, .output_dim = kWidth}));
  const kt::Value word = kt::Input({.shape = kt::Shape{}, .dtype = kt::DType::kInt32});
  const kt::Value label = kt::Input({.shape = kt::Shape{}, .dtype = kt::DType::kInt32});
  // The negatives are the batch's, the same for all its samples.
  kt::Functional model({word, label}, {NCE({.units = units,
                                            .num_sampled = kNegatives,
                                            .sampler = "fixed_unigram",
                                            .unigrams = counts,
                                            .distortion = 0.75,
                                            .unique = false,
                                            .remove_accidental_hits = true,
                                            .subtract_log_q = false,
                                            .use_bias = false,
                                            .kernel_initializer = "zeros",
                                            .seed = seed})({(*table)(word), label})});
  // What it gives is its loss.
  const auto loss = [](const kt::Tensor&, const kt::Tensor& y, bool) {
    return kt::losses::CustomLoss::Values{y, [](const kt::Tensor& slope) { return slope; }};
  };
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 5e-3}),
                 .loss = kt::losses::CustomLoss(loss)});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::vector<std::pair<std::int32_t, std::int32_t>> pairs;
    std::uniform_real_distribution<double> even;
    for (const auto& text : texts) {
      std::vector<std::int32_t> ids;
      for (const std::string& one : text) {  // without many of the most frequent
        const auto found = place.find(one);
        if (found != place.end() && even(chance) < std::sqrt(1e-3 * total / counts[found->second]))
          ids.push_back(static_cast<std::int32_t>(found->second));
      }
      for (std::int64_t i = 0; i < std::ssize(ids); ++i) {
        const auto reach = static_cast<std::int64_t>(1 + chance() % kWindow);
        for (std::int64_t j = std::max<std::int64_t>(0, i - reach);
             j < std::min<std::int64_t>(std::ssize(ids), i + reach + 1); ++j) {
          if (j != i)
            pairs.emplace_back(ids[static_cast<std::size_t>(i)], ids[static_cast<std::size_t>(j)]);
        }
      }
    }
    std::ranges::shuffle(pairs, chance);
    std::vector<std::int32_t> from, to;
    for (const auto& [a, b] : pairs) from.push_back(a), to.push_back(b);
    model.fit({kt::Tensor::from(from), kt::Tensor::from(to)},
              kt::Tensor::zeros({static_cast<std::int64_t>(from.size())}),
              {.batch_size = kBatch, .verbose = 0, .shuffle = false});
  }
  std::printf("%zu words\n", counts.size());
  judge(folder + "/word-similarity/EN-MEN-TR-3k.txt", place,
        std::as_const(*table).embeddings().data<float>());
}
