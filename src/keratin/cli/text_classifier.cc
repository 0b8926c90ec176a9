// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_classifier.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/callbacks/early_stopping.h"
#include "keratin/callbacks/lambda_callback.h"
#include "keratin/callbacks/terminate_on_nan.h"
#include "keratin/cli/failure.h"
#include "keratin/layers/layers.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/parallel/parallel.h"

namespace keratin::cli {
namespace {

constexpr std::int64_t kTextsPerChunk = 256;
constexpr std::size_t kPredictBatch = 256;
constexpr std::size_t kTextsBetweenLooks = 4096;  // for Ctrl-C
constexpr std::size_t kProbabilities = std::size_t{1}
                                       << 22;  // held at a time, of a large prediction
// It holds the separator, so no text can have it as a token.
constexpr std::string_view kUnknown = "\x1Funknown";

std::shared_ptr<optimizers::Optimizer> optimizer_of(const TextClassifierOptions& options) {
  Config config = Config::dict();
  // Keras's 0.001 needs three times the epochs and more for texts as short as messages.
  if (optimizers::Optimizer::get(options.optimizer)->class_name() == "Adam")
    config["learning_rate"] = 0.005;
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

}  // namespace

TextClassifier::TextClassifier(TextClassifierOptions options)
    : options_(std::move(options)), tokenizer_(tokenizer_for(options_)) {
  optimizer_of(options_);  // an unknown name is found before any work
  if (options_.patience && options_.validation_split <= 0) {
    invalid_argument("TextClassifier", "patience needs a validation_split.");
  }
}

std::vector<std::string> TextClassifier::tokens_of(const std::vector<std::string>& texts) const {
  std::vector<std::string> tokens(texts.size());
  for (std::size_t done = 0; done < texts.size(); done += kTextsBetweenLooks) {
    check_interrupt();
    const std::size_t count = std::min(kTextsBetweenLooks, texts.size() - done);
    parallel::for_chunks(static_cast<std::int64_t>(count), kTextsPerChunk,
                         [&](std::int64_t begin, std::int64_t end) {
                           for (std::int64_t i = begin; i < end; ++i) {
                             const std::size_t at = done + static_cast<std::size_t>(i);
                             tokens[at] = separated_tokens(texts[at], options_.tokens);
                           }
                         });
  }
  return tokens;
}

TokenIds TextClassifier::ids_of(const std::vector<std::string>& tokens,
                                std::vector<std::size_t>& known) const {
  const std::int64_t unknown = tokenizer_.word_index().at(kUnknown);
  TokenIds ids;
  for (std::vector<std::int64_t>& text : tokenizer_.texts_to_sequences(tokens)) {
    known.push_back(text.size() - static_cast<std::size_t>(std::ranges::count(text, unknown)));
    // A text without tokens is answered as one without known ones is.
    if (text.empty()) text.push_back(unknown);
    ids.add(text);
  }
  return ids;
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
  const auto texts = std::make_shared<TextBatches::Texts>();
  {
    const std::vector<std::string> tokens = tokens_of(train.texts);
    tokenizer_.fit_on_texts(tokens);
    check_interrupt();
    std::vector<std::size_t> known;
    texts->ids = ids_of(tokens, known);
    unknown_in_training_ = static_cast<std::size_t>(std::ranges::count(known, std::size_t{0}));
  }
  texts->labels = train.labels;
  build_model();
  std::vector<trainers::CallbackChoice> callbacks = {
      callbacks::LambdaCallback(
          {.on_train_batch_end = [](std::int64_t, const Logs&) { check_interrupt(); }}),
      callbacks::TerminateOnNaN()};
  if (options_.patience) {
    callbacks.push_back(
        callbacks::EarlyStopping({.patience = *options_.patience, .restore_best_weights = true}));
  }
  // Keras: the last texts, before any shuffling.
  const auto split =
      static_cast<std::size_t>(static_cast<double>(train.size()) * (1 - options_.validation_split));
  const auto batches = [&](std::size_t begin, std::size_t end, std::optional<std::int64_t> seed) {
    return std::make_shared<TextBatches>(texts, begin, end, options_.batch_size, options_.padding,
                                         seed);
  };
  std::optional<trainers::ValidationData> validation;
  if (options_.validation_split > 0) {
    validation = {.source = batches(split, train.size(), std::nullopt)};
  }
  History history =
      model_.fit(batches(0, split, random::make_default_seed()), {.epochs = options_.epochs,
                                                                  .verbose = options_.verbose,
                                                                  .callbacks = std::move(callbacks),
                                                                  .validation_data = validation,
                                                                  .class_weight = weights});
  if (!std::isfinite(history.history.at("loss").back())) {
    runtime_failure("TextClassifier",
                    "the loss is no number any more: try a smaller learning rate.");
  }
  return history;
}

std::vector<TextClassifier::Answer> TextClassifier::answers(
    const std::vector<std::string>& texts) const {
  const std::size_t classes = classes_.size();
  const std::size_t part =
      std::clamp<std::size_t>(kProbabilities / classes, 16, kTextsBetweenLooks);
  std::vector<Answer> answers;
  for (std::size_t begin = 0; begin < texts.size(); begin += part) {
    const auto first = texts.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(part, texts.size() - begin);
    std::vector<std::size_t> known;
    const TokenIds ids =
        ids_of(tokens_of({first, first + static_cast<std::ptrdiff_t>(count)}), known);
    std::vector<std::size_t> places(count);
    std::iota(places.begin(), places.end(), std::size_t{0});
    for (std::size_t done = 0; done < count; done += kPredictBatch) {
      const auto batch = std::span(places).subspan(done, std::min(kPredictBatch, count - done));
      const Tensor probabilities = model_.predict_on_batch(padded(ids, batch, options_.padding));
      auto row = std::as_const(probabilities).data<float>().begin();
      for (const std::size_t i : batch) {
        const auto end = row + static_cast<std::ptrdiff_t>(classes);
        const auto best = std::max_element(row, end);
        answers.push_back(
            {static_cast<std::int32_t>(best - row), static_cast<double>(*best), known[i]});
        row = end;
      }
    }
  }
  return answers;
}

}  // namespace keratin::cli
