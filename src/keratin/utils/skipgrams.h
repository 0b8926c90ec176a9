// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/tensor/tensor.h"

namespace keratin::random {
class PythonRandom;
}

namespace keratin::utils {

struct SkipgramsOptions {
  std::int64_t window_size = 4;   // how many words on either side are neighbours
  double negative_samples = 1.0;  // pairs with a random word, for each pair of neighbours
  bool shuffle = true;
  bool categorical = false;    // labels as rows, [1, 0] and [0, 1]
  Tensor sampling_table = {};  // by the word, (V,): how likely it is taken; none: all are
  std::optional<std::int64_t> seed = {};
};

struct Skipgrams {
  Tensor couples;  // (N, 2), int64: a word, and a neighbour or a random word
  Tensor labels;   // (N,), or (N, 2) where categorical, int64: 1 for a neighbour
};

/// Pairs of words to learn from: each word with each of its neighbours, and words with random ones
/// in [1, vocabulary_size). 0 is no word. Throws std::invalid_argument for a negative window_size
/// or negative_samples, or one that is not finite, and a vocabulary without a word where one must
/// be drawn, and std::out_of_range for a word that the table has not. Everything is drawn from the
/// seed; without one, from make_default_seed(). Source: Mikolov et al., "Efficient Estimation of
/// Word Representations in Vector Space". Keras: `skipgrams` after `random.seed(seed)`; there
/// `seed` is for the order alone.
Skipgrams skipgrams(const std::vector<std::int64_t>& sequence, std::int64_t vocabulary_size,
                    const SkipgramsOptions& options = {});

/// The same, drawn from `random` until the order is drawn, which has the seed, or one from
/// `random`: to the letter as Keras draws from Python's module `random`. Where it throws, `random`
/// stays.
Skipgrams skipgrams(const std::vector<std::int64_t>& sequence, std::int64_t vocabulary_size,
                    const SkipgramsOptions& options, random::PythonRandom& random);

}  // namespace keratin::utils
