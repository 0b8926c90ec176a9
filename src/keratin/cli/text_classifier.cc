// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_classifier.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/error.h"
#include "keratin/callbacks/early_stopping.h"
#include "keratin/callbacks/lambda_callback.h"
#include "keratin/callbacks/terminate_on_nan.h"
#include "keratin/cli/failure.h"
#include "keratin/layers/layers.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/utils/pad_sequences.h"

namespace keratin::cli {
namespace {

constexpr std::int64_t kTextsPerChunk = 256;
constexpr std::int64_t kPredictBatch = 256;
// It holds the separator, so no text can have it as a token.
constexpr std::string_view kUnknown = "\x1Funknown";

std::shared_ptr<optimizers::Optimizer> optimizer_of(const TextClassifierOptions& options) {
  Config config = Config::dict();
  // Keras's 0.001 needs some three times the epochs for texts as short as messages.
  if (optimizers::Optimizer::get(options.optimizer)->class_name() == "Adam")
    config["learning_rate"] = 0.003;
  if (options.learning_rate) config["learning_rate"] = *options.learning_rate;
  Config object = Config::dict();
  object["class_name"] = options.optimizer;
  object["config"] = config;
  return optimizers::Optimizer::deserialize(object);
}

utils::Tokenizer tokenizer_for(const TextClassifierOptions& options) {
  return utils::Tokenizer({.num_words = options.num_words,
                           .filters = "",
                           .lower = false,
                           .split = std::string(kTokenSeparator),
                           .oov_token = std::string(kUnknown)});
}

std::int64_t common_length(const std::vector<std::vector<std::int64_t>>& sequences) {
  std::vector<std::size_t> lengths;
  for (const auto& sequence : sequences) lengths.push_back(sequence.size());
  const auto place = static_cast<std::ptrdiff_t>(lengths.size() * 99 / 100);
  std::nth_element(lengths.begin(), lengths.begin() + place, lengths.end());
  const auto length = static_cast<std::int64_t>(lengths[static_cast<std::size_t>(place)]);
  return std::clamp<std::int64_t>(length, 1, TextClassifier::kLongest);
}

}  // namespace

TextClassifier::TextClassifier(TextClassifierOptions options)
    : options_(std::move(options)), tokenizer_(tokenizer_for(options_)) {
  optimizer_of(options_);  // an unknown name is found before any work
  if (options_.patience && options_.validation_split <= 0) {
    invalid_argument("TextClassifier", "patience needs a validation_split.");
  }
}

std::vector<std::vector<std::int64_t>> TextClassifier::sequences_of(
    const std::vector<std::string>& texts) const {
  std::vector<std::string> tokens(texts.size());
  parallel::for_chunks(static_cast<std::int64_t>(texts.size()), kTextsPerChunk,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (auto i = static_cast<std::size_t>(begin);
                              i < static_cast<std::size_t>(end); ++i) {
                           tokens[i] = separated_tokens(texts[i], options_.tokens);
                         }
                       });
  auto sequences = tokenizer_.texts_to_sequences(tokens);
  for (auto& sequence : sequences) {
    // Without any step that counts, the mean over the steps would be 0 / 0.
    if (sequence.empty()) sequence.push_back(tokenizer_.word_index().at(kUnknown));
  }
  return sequences;
}

Tensor TextClassifier::padded(const std::vector<std::vector<std::int64_t>>& sequences) const {
  return utils::pad_sequences(
      sequences,
      {.maxlen = maxlen_, .padding = options_.padding, .truncating = options_.truncating});
}

void TextClassifier::build_model() {
  const std::int64_t words = vocabulary() + 1;
  const std::int64_t input_dim =
      options_.num_words > 0 ? std::min(options_.num_words, words) : words;
  model_.add(layers::Embedding({.input_dim = std::max<std::int64_t>(input_dim, 2),
                                .output_dim = options_.output_dim,
                                .mask_zero = true}));
  model_.add(layers::GlobalAveragePooling1D());
  if (options_.units > 0)
    model_.add(layers::Dense({.units = options_.units, .activation = "relu"}));
  if (options_.dropout > 0) model_.add(layers::Dropout(options_.dropout));
  model_.add(layers::Dense(
      {.units = static_cast<std::int64_t>(classes_.size()), .activation = "softmax"}));
  model_.compile({.optimizer = optimizer_of(options_),
                  .loss = "sparse_categorical_crossentropy",
                  .metrics = {"accuracy"}});
}

std::map<std::int64_t, double> TextClassifier::class_weights(const LabelledTexts& train) const {
  std::map<std::int64_t, double> weights;
  const std::vector<std::size_t> counts = train.counts();
  if (options_.balanced) {
    for (std::size_t c = 0; c < counts.size(); ++c) {
      if (counts[c] == 0) continue;
      weights[static_cast<std::int64_t>(c)] =
          static_cast<double>(train.size()) /
          (static_cast<double>(counts.size()) * static_cast<double>(counts[c]));
    }
  }
  for (const auto& [name, weight] : options_.class_weight) {
    const auto found = std::find(classes_.begin(), classes_.end(), name);
    if (found == classes_.end()) {
      const std::vector<std::string_view> known(classes_.begin(), classes_.end());
      throw UsageError(
          str("--class-weight: there is no class '", name, "'.", did_you_mean(name, known)));
    }
    weights[found - classes_.begin()] = weight;
  }
  return weights;
}

History TextClassifier::fit(const LabelledTexts& train) {
  classes_ = train.classes;
  const auto weights = class_weights(train);
  {
    std::vector<std::string> tokens;
    for (const std::string& text : train.texts) {
      tokens.push_back(separated_tokens(text, options_.tokens));
    }
    tokenizer_.fit_on_texts(tokens);
  }
  const auto sequences = sequences_of(train.texts);
  maxlen_ = options_.maxlen ? *options_.maxlen : common_length(sequences);
  build_model();
  std::vector<trainers::CallbackChoice> callbacks = {
      callbacks::LambdaCallback(
          {.on_train_batch_end = [](std::int64_t, const Logs&) { check_interrupt(); }}),
      callbacks::TerminateOnNaN()};
  if (options_.patience) {
    callbacks.push_back(
        callbacks::EarlyStopping({.patience = *options_.patience, .restore_best_weights = true}));
  }
  History history = model_.fit(padded(sequences), Tensor::from(train.labels),
                               {.batch_size = options_.batch_size,
                                .epochs = options_.epochs,
                                .verbose = options_.verbose,
                                .callbacks = std::move(callbacks),
                                .validation_split = options_.validation_split,
                                .class_weight = weights});
  if (!std::isfinite(history.history.at("loss").back())) {
    runtime_failure("TextClassifier",
                    "the loss is no number any more: try a smaller learning rate.");
  }
  return history;
}

Tensor TextClassifier::predict(const std::vector<std::string>& texts) const {
  if (texts.empty()) return Tensor::zeros({0, static_cast<std::int64_t>(classes_.size())});
  return model_.predict(padded(sequences_of(texts)), {.batch_size = kPredictBatch});
}

}  // namespace keratin::cli
