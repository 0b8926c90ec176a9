// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keratin/cli/labelled_texts.h"
#include "keratin/cli/tokens.h"
#include "keratin/models/sequential.h"

namespace keratin::cli {

struct TextClassifierOptions {
  TokenOptions tokens;
  std::int64_t num_words = 20000;           // 0: all words
  std::optional<std::int64_t> maxlen = {};  // none: enough for 99 of 100 texts, at most kLongest
  std::string padding = "pre";
  std::string truncating = "pre";
  std::int64_t output_dim = 64;
  std::int64_t units = 64;
  double dropout = 0.3;
  std::string optimizer = "adam";
  std::optional<double> learning_rate = {};  // none: 0.003 for adam, else the optimizer's own
  int epochs = 10;
  std::int64_t batch_size = 32;
  double validation_split = 0;
  std::optional<int> patience = {};  // EarlyStopping on val_loss
  bool balanced = false;             // class weights that make every class count the same
  std::map<std::string, double> class_weight = {};  // by the class's name, over `balanced`
  int verbose = 1;
};

/// Which class a text belongs to: Tokenizer, pad_sequences, then
/// Embedding(mask_zero) - GlobalAveragePooling1D - Dense(relu) - Dropout - Dense(softmax).
/// Words that are not known, and texts without any word, are the oov_token.
class TextClassifier {
 public:
  static constexpr std::int64_t kLongest = 1024;

  /// Throws std::invalid_argument for an unknown optimizer and for options that a layer refuses.
  explicit TextClassifier(TextClassifierOptions options);

  /// Learns. May be called once. Throws Interrupted after Ctrl-C, std::invalid_argument for a class
  /// weight of a class that is not there.
  History fit(const LabelledTexts& train);
  /// The probability of each class for each text: (texts, classes).
  Tensor predict(const std::vector<std::string>& texts) const;

  const std::vector<std::string>& classes() const { return classes_; }
  std::int64_t vocabulary() const {
    return static_cast<std::int64_t>(tokenizer_.word_index().size());
  }
  std::int64_t maxlen() const { return maxlen_; }
  const models::Sequential& model() const { return model_; }

 private:
  std::vector<std::vector<std::int64_t>> sequences_of(const std::vector<std::string>& texts) const;
  Tensor padded(const std::vector<std::vector<std::int64_t>>& sequences) const;
  void build_model();
  std::map<std::int64_t, double> class_weights(const LabelledTexts& train) const;

  TextClassifierOptions options_;
  utils::Tokenizer tokenizer_;
  std::vector<std::string> classes_;
  std::int64_t maxlen_ = 0;
  models::Sequential model_;
};

}  // namespace keratin::cli
