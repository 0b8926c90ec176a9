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
#include "keratin/cli/token_counts.h"
#include "keratin/optimizers/optimizers.h"

namespace keratin::cli {
namespace {

constexpr std::size_t kTextsBetweenLooks = 4096;  // for Ctrl-C

std::shared_ptr<optimizers::Optimizer> optimizer_of(const TextClassifierOptions& options,
                                                    double adams_rate) {
  Config config = Config::dict();
  // Keras's 0.001 needs three times the epochs and more for texts as short as messages.
  if (optimizers::Optimizer::get(options.optimizer)->class_name() == "Adam")
    config["learning_rate"] = adams_rate;
  if (options.learning_rate) config["learning_rate"] = *options.learning_rate;
  Config object = Config::dict();
  object["class_name"] = options.optimizer;
  object["config"] = config;
  return optimizers::Optimizer::deserialize(object);
}

}  // namespace

TextClassifier::TextClassifier(TextClassifierOptions options)
    : options_(std::move(options)),
      architecture_(text_architecture(options_.architecture, options_.choices)) {
  options_.tokens.ngrams = architecture_.ngrams;
  options_.tokens.subwords = architecture_.subwords;
  options_.tokens.lower = architecture_.lower;
  if (!options_.padding.maxlen) options_.padding.maxlen = architecture_.maxlen;
  // An unknown name is found before any work.
  optimizer_of(options_, architecture_.learning_rate);
  if (options_.patience && options_.validation_split <= 0) {
    invalid_argument("TextClassifier", "patience needs a validation_split.");
  }
  if (options_.pretrained.empty()) return;
  pretrained_.emplace(options_.pretrained);
  const std::int64_t width = pretrained_->dimension();
  if (options_.output_dim && *options_.output_dim != width) {
    throw UsageError(str("--output-dim: the vectors of ", options_.pretrained, " have ", width,
                         " numbers. Received: ", *options_.output_dim, "."));
  }
  options_.output_dim = width;
}

/// The commonest tokens, as Keras's Tokenizer has them; and the ids of the texts.
std::shared_ptr<TextBatches::Texts> TextClassifier::learn_tokens(const LabelledTexts& train) {
  TokenCounts tokens(options_.tokens);
  for (std::size_t i = 0; i < train.size(); ++i) {
    if (i % kTextsBetweenLooks == 0) check_interrupt();
    tokens.add(train.texts[i]);
  }
  check_interrupt();
  std::vector<std::uint32_t> order = tokens.by_count();
  // Keras's num_words counts padding and the one for all others.
  if (options_.num_words > 0) {
    order.resize(std::min(
        order.size(), static_cast<std::size_t>(std::max<std::int64_t>(options_.num_words - 2, 0))));
  }
  std::vector<std::int32_t> ids(tokens.size(), TextEncoder::kUnknownId);
  std::string known;
  std::vector<std::size_t> ends;
  for (const std::uint32_t token : order) {
    ids[token] = TextEncoder::kFirstKnown + static_cast<std::int32_t>(ends.size());
    tokens.append_token(known, token);
    ends.push_back(known.size());
  }
  std::vector<std::string_view> views;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    views.push_back(std::string_view(known).substr(begin, end - begin));
    begin = end;
  }
  form_ = TextForm{TextEncoder(options_.tokens, views), options_.padding, train.classes};
  return encoded(train, tokens.texts(), ids);
}

/// As the encoder of form_ would have it; `ids` of the tokens by their numbers.
std::shared_ptr<TextBatches::Texts> TextClassifier::encoded(const LabelledTexts& train,
                                                            const TokenIds& numbers,
                                                            std::span<const std::int32_t> ids) {
  auto texts = std::make_shared<TextBatches::Texts>();
  std::vector<std::int32_t> of_text;
  for (std::size_t i = 0; i < train.size(); ++i) {
    of_text.clear();
    for (const std::int32_t number : numbers[i])
      of_text.push_back(ids[static_cast<std::size_t>(number)]);
    if (of_text.empty()) of_text.push_back(TextEncoder::kUnknownId);
    const auto kept = options_.padding.kept(of_text);
    unknown_in_training_ += TextEncoder::known(kept) == 0;
    cut_in_training_ += kept.size() < of_text.size();
    texts->ids.add(of_text);
  }
  texts->labels = train.labels;
  return texts;
}

void TextClassifier::build_model() {
  model_ = text_model(architecture_, {.ids = form_->encoder.num_ids(),
                                      .width = options_.output_dim.value_or(architecture_.width),
                                      .classes = static_cast<std::int64_t>(form_->classes.size()),
                                      .dropout = options_.dropout});
  model_->compile({.optimizer = optimizer_of(options_, architecture_.learning_rate),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
}

void TextClassifier::take_pretrained() {
  if (!pretrained_) return;
  std::vector<Tensor> weights = model_->get_weights();
  found_pretrained_ = pretrained_->fill(form_->encoder, weights[0]);
  model_->set_weights(weights);
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
    const auto found = std::ranges::find(train.classes, name);
    if (found == train.classes.end()) {
      const std::vector<std::string_view> known(train.classes.begin(), train.classes.end());
      throw UsageError(
          str("--class-weight: there is no class '", name, "'.", did_you_mean(name, known)));
    }
    weights[found - train.classes.begin()] = weight;
  }
  return weights;
}

History TextClassifier::fit(const LabelledTexts& train) {
  const auto weights = class_weights(train);
  const auto texts = learn_tokens(train);
  build_model();
  take_pretrained();
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
    return std::make_shared<TextBatches>(
        texts, begin, end,
        TextBatchOptions{.batch_size = options_.batch_size.value_or(architecture_.batch_size),
                         .padding = options_.padding,
                         .seed = seed,
                         .by_length = seed && architecture_.is_sequence()});
  };
  std::optional<trainers::ValidationData> validation;
  if (options_.validation_split > 0) {
    validation = {.source = batches(split, train.size(), std::nullopt)};
  }
  History history = model_->fit(batches(0, split, random::make_default_seed()),
                                {.epochs = options_.epochs.value_or(architecture_.epochs),
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

}  // namespace keratin::cli
