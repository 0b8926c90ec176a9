// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "keratin/models/model.h"

namespace keratin::cli {

/// What stands between the Embedding of a text's tokens and the softmax over its classes.
enum class Architecture {
  kPooled,     // GlobalAveragePooling1D, [Dense(relu)]: a bag of tokens
  kConv,       // Conv1D(relu), GlobalMaxPooling1D
  kLstm,       // LSTM
  kGru,        // GRU
  kBilstm,     // Bidirectional(LSTM)
  kAttention,  // Conv1D(relu), MultiHeadAttention beside it, LayerNormalization, mean
};

/// "pooled", "conv" ...
std::string_view name_of(Architecture architecture);
/// Throws std::invalid_argument for another name.
Architecture architecture_named(std::string_view name);
std::span<const std::string_view> architecture_names();

/// What can be chosen of an architecture; none: its own default.
struct ArchitectureOptions {
  std::optional<int> ngrams = {};
  std::optional<int> subwords = {};
  std::optional<bool> lower = {};  // texts are put into lower case
  std::optional<std::int64_t> units = {};
  std::optional<std::int64_t> kernel_size = {};
  std::optional<std::int64_t> heads = {};
};

/// An architecture with all of its numbers. bench/train_defaults.md has what the defaults were
/// chosen by.
struct TextArchitecture {
  Architecture architecture;
  int ngrams, subwords;
  bool lower;
  std::int64_t units, kernel_size, heads;  // 0: it has none
  std::optional<std::int64_t> maxlen;      // of texts, where nobody says another
  std::int64_t width;                      // of the embedding
  double learning_rate;                    // for Adam
  std::int64_t batch_size;
  int epochs;

  /// Whether it sees the tokens in their order. If not, they are a bag.
  bool is_sequence() const { return architecture != Architecture::kPooled; }
};

/// Throws UsageError for an option that the architecture does not have, and for numbers that do not
/// go together.
TextArchitecture text_architecture(Architecture architecture, const ArchitectureOptions& options);

struct TextModelSizes {
  std::int64_t ids;      // rows of the Embedding; 0 is padding
  std::int64_t width;    // of the Embedding
  std::int64_t classes;  // of the softmax
  double dropout;        // behind the Embedding of a sequence, and before the softmax
};

/// int32 (texts, steps) to (texts, classes). How far a text is padded, and at which side, changes
/// nothing: padding is masked, or where a layer knows no mask (Conv1D) it is 0. Built.
std::unique_ptr<models::Model> text_model(const TextArchitecture& architecture,
                                          const TextModelSizes& sizes);

}  // namespace keratin::cli
