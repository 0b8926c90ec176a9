// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keratin/cli/labelled_texts.h"
#include "keratin/cli/text_batches.h"
#include "keratin/cli/tokens.h"
#include "keratin/models/sequential.h"

namespace keratin::cli {

/// The defaults are those of `keratin train`: bench/train_defaults.md has what they were chosen by.
struct TextClassifierOptions {
  TokenOptions tokens = {.ngrams = 2};
  std::int64_t num_words = 0;  // 0: all words
  PaddingOptions padding;
  std::int64_t output_dim = 64;
  std::int64_t units = 0;
  double dropout = 0.3;
  std::string optimizer = "adam";
  std::optional<double> learning_rate = {};  // none: 0.005 for adam, else the optimizer's own
  int epochs = 5;
  std::int64_t batch_size = 32;
  double validation_split = 0;
  std::optional<int> patience = {};  // EarlyStopping on val_loss
  bool balanced = false;             // class weights that make every class count the same
  std::map<std::string, double> class_weight = {};  // by the class's name, over `balanced`
  int verbose = 1;
};

/// Which class a text belongs to: Tokenizer, then
/// Embedding(mask_zero) - GlobalAveragePooling1D - [Dense(relu)] - Dropout - Dense(softmax).
/// Tokens that are not known, and texts without any token, are the oov_token.
class TextClassifier {
 public:
  /// Throws std::invalid_argument for an unknown optimizer and for options that a layer refuses.
  explicit TextClassifier(TextClassifierOptions options);

  /// Learns. May be called once. Throws Interrupted after Ctrl-C, UsageError for a class weight of
  /// a class that is not there.
  History fit(const LabelledTexts& train);

  struct Answer {
    std::int32_t label;        // an index into classes()
    double probability;        // of that class
    std::size_t known_tokens;  // 0: the text says nothing to the model
  };
  /// One a text. Takes memory for some texts at a time, however many there are. Throws Interrupted.
  std::vector<Answer> answers(const std::vector<std::string>& texts) const;

  const std::vector<std::string>& classes() const { return classes_; }
  std::int64_t vocabulary() const {
    return static_cast<std::int64_t>(tokenizer_.word_index().size());
  }
  /// Texts of the training without a token that is known.
  std::size_t unknown_in_training() const { return unknown_in_training_; }
  const models::Sequential& model() const { return model_; }

 private:
  std::vector<std::string> tokens_of(const std::vector<std::string>& texts) const;
  /// The numbers of tokens; appends to `known` how many of each text are known.
  TokenIds ids_of(const std::vector<std::string>& tokens, std::vector<std::size_t>& known) const;
  void build_model();
  std::map<std::int64_t, double> class_weights(const LabelledTexts& train) const;

  TextClassifierOptions options_;
  utils::Tokenizer tokenizer_;
  std::vector<std::string> classes_;
  std::size_t unknown_in_training_ = 0;
  models::Sequential model_;
};

}  // namespace keratin::cli
