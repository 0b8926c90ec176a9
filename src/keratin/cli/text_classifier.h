// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keratin/cli/answers.h"
#include "keratin/cli/labelled_texts.h"
#include "keratin/cli/pretrained.h"
#include "keratin/cli/text_architecture.h"
#include "keratin/cli/text_batches.h"
#include "keratin/cli/text_form.h"
#include "keratin/cli/tokens.h"
#include "keratin/models/model.h"

namespace keratin::cli {

/// The defaults are those of `keratin train`: bench/train_defaults.md has what they were chosen by.
struct TextClassifierOptions {
  Architecture architecture = Architecture::kPooled;
  ArchitectureOptions choices;
  TokenOptions tokens;         // ngrams, subwords and lower: those of `choices`
  std::int64_t num_words = 0;  // 0: all words
  PaddingOptions padding;      // maxlen none: the architecture's
  std::optional<std::int64_t> output_dim =
      {};                  // none: that of `pretrained`, else the architecture's
  std::string pretrained;  // a file of word vectors (pretrained.h) to begin with; empty: none
  double dropout = 0.3;
  std::string optimizer = "adam";
  std::optional<double> learning_rate = {};     // none: of adam the architecture's, else its own
  std::optional<int> epochs = {};               // none: the architecture's
  std::optional<std::int64_t> batch_size = {};  // none: the architecture's
  double validation_split = 0;
  std::optional<int> patience = {};  // EarlyStopping on val_loss
  bool balanced = false;             // class weights that make every class count the same
  std::map<std::string, double> class_weight = {};  // by the class's name, over `balanced`
  int verbose = 1;
};

/// Which class a text belongs to: TokenCounts, then text_model() of its ids.
/// Tokens that are not known, and texts without any token, are the oov_token.
class TextClassifier {
 public:
  /// Throws std::invalid_argument for an unknown optimizer and for options that a layer refuses,
  /// UsageError for those that the architecture does not have, InputError for a file of vectors
  /// that is none, UsageError for one of another width.
  explicit TextClassifier(TextClassifierOptions options);

  /// Learns. May be called once. Throws Interrupted after Ctrl-C, UsageError for a class weight of
  /// a class that is not there.
  History fit(const LabelledTexts& train);

  // After fit():
  const models::Model& model() const { return *model_; }
  const TextForm& form() const { return *form_; }
  /// Answers by what was learned; good as long as this is.
  TextAnswerer answerer() const { return {*model_, *form_}; }
  /// Tokens that the model knows, and the one for all others.
  std::int64_t vocabulary() const { return form_->encoder.num_ids() - 1; }
  /// Tokens that begin with a vector of `pretrained`.
  std::size_t found_pretrained() const { return found_pretrained_; }
  /// Texts of the training of which only a part is read.
  std::size_t cut_in_training() const { return cut_in_training_; }
  /// Texts of the training without a token that is known.
  std::size_t unknown_in_training() const { return unknown_in_training_; }

 private:
  std::shared_ptr<TextBatches::Texts> learn_tokens(const LabelledTexts& train);
  std::shared_ptr<TextBatches::Texts> encoded(const LabelledTexts& train, const TokenIds& numbers,
                                              std::span<const std::int32_t> ids);
  void build_model();
  void take_pretrained();
  std::map<std::int64_t, double> class_weights(const LabelledTexts& train) const;

  TextClassifierOptions options_;
  TextArchitecture architecture_;
  std::optional<TextForm> form_;  // after fit()
  std::optional<Pretrained> pretrained_;
  std::size_t unknown_in_training_ = 0;
  std::size_t cut_in_training_ = 0;
  std::size_t found_pretrained_ = 0;
  std::unique_ptr<models::Model> model_;  // after fit()
};

}  // namespace keratin::cli
