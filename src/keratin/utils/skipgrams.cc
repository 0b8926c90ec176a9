// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/skipgrams.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/base/python_random.h"
#include "keratin/base/seed.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::utils {
namespace {

constexpr std::string_view kSkipgrams = "skipgrams";

struct Couple {
  std::int64_t word;
  std::int64_t context;
  std::int64_t label;
};

void check(const SkipgramsOptions& options) {
  if (options.window_size < 0) {
    invalid_argument(kSkipgrams,
                     "window_size must not be negative. Received: ", options.window_size);
  }
  if (!std::isfinite(options.negative_samples) || options.negative_samples < 0) {
    invalid_argument(kSkipgrams, "negative_samples must not be negative, and finite. Received: ",
                     options.negative_samples);
  }
  if (options.sampling_table && options.sampling_table.shape().rank() != 1) {
    invalid_argument(kSkipgrams,
                     "sampling_table must have one axis, a number a word. Received: shape ",
                     options.sampling_table.shape());
  }
}

bool taken(std::int64_t word, std::span<const double> table, random::PythonRandom& random) {
  if (word < 0 || static_cast<std::size_t>(word) >= table.size()) {
    out_of_range(kSkipgrams, "sampling_table has ", table.size(),
                 " entries, none for a word of the sequence. Received: ", word);
  }
  return !(table[static_cast<std::size_t>(word)] < random.uniform());
}

std::vector<Couple> neighbours(const std::vector<std::int64_t>& sequence,
                               const SkipgramsOptions& options, random::PythonRandom& random) {
  const std::size_t window = static_cast<std::size_t>(options.window_size);
  const Tensor table =
      options.sampling_table ? cast(options.sampling_table, DType::kFloat64) : Tensor();
  const std::span<const double> chances = table ? table.data<double>() : std::span<const double>();
  std::vector<Couple> couples;
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    if (sequence[i] == 0 || (table && !taken(sequence[i], chances, random))) continue;
    const std::size_t end = i + std::min(window, sequence.size() - 1 - i) + 1;
    for (std::size_t j = i - std::min(window, i); j < end; ++j) {
      if (j != i && sequence[j] != 0) couples.push_back({sequence[i], sequence[j], 1});
    }
  }
  return couples;
}

void add_negatives(std::vector<Couple>& couples, double share, std::int64_t vocabulary_size,
                   random::PythonRandom& random) {
  const double wanted = std::trunc(static_cast<double>(couples.size()) * share);
  std::vector<std::int64_t> words;
  words.reserve(couples.size());
  for (const Couple& couple : couples) words.push_back(couple.word);
  random.shuffle(words);
  if (wanted < 1) return;
  if (vocabulary_size < 2) {
    invalid_argument(kSkipgrams, "vocabulary_size must be 2 at least: 0 is no word. Received: ",
                     vocabulary_size);
  }
  if (wanted >= static_cast<double>(couples.max_size() - couples.size())) {
    invalid_argument(kSkipgrams, "negative_samples gives too many pairs. Received: ", share);
  }
  const auto count = static_cast<std::size_t>(wanted);
  couples.reserve(couples.size() + count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto drawn = 1 + static_cast<std::int64_t>(
                               random.below(static_cast<std::uint64_t>(vocabulary_size) - 1));
    couples.push_back({words[i % words.size()], drawn, 0});
  }
}

Skipgrams written(const std::vector<Couple>& couples, bool categorical) {
  const auto count = static_cast<std::int64_t>(couples.size());
  Skipgrams result{Tensor::zeros({count, 2}, DType::kInt64),
                   Tensor::zeros(categorical ? Shape{count, 2} : Shape{count}, DType::kInt64)};
  const auto pairs = result.couples.data<std::int64_t>();
  const auto labels = result.labels.data<std::int64_t>();
  for (std::size_t i = 0; i < couples.size(); ++i) {
    pairs[2 * i] = couples[i].word;
    pairs[2 * i + 1] = couples[i].context;
    if (categorical) {
      labels[2 * i + static_cast<std::size_t>(couples[i].label)] = 1;
    } else {
      labels[i] = couples[i].label;
    }
  }
  return result;
}

}  // namespace

Skipgrams skipgrams(const std::vector<std::int64_t>& sequence, std::int64_t vocabulary_size,
                    const SkipgramsOptions& options, random::PythonRandom& random) {
  constexpr std::uint64_t kSeeds = 10'000'001;  // Keras: random.randint(0, 10e6)
  check(options);
  random::PythonRandom draws = random;
  std::vector<Couple> couples = neighbours(sequence, options, draws);
  if (options.negative_samples > 0)
    add_negatives(couples, options.negative_samples, vocabulary_size, draws);
  if (options.shuffle) {
    draws.seed(options.seed ? *options.seed : static_cast<std::int64_t>(draws.below(kSeeds)));
    draws.shuffle(couples);
  }
  Skipgrams result = written(couples, options.categorical);
  random = draws;
  return result;
}

Skipgrams skipgrams(const std::vector<std::int64_t>& sequence, std::int64_t vocabulary_size,
                    const SkipgramsOptions& options) {
  random::PythonRandom draws(random::seed_or_default(options.seed));
  return skipgrams(sequence, vocabulary_size, options, draws);
}

}  // namespace keratin::utils
