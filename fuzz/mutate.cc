// SPDX-License-Identifier: Apache-2.0
#include "fuzz/mutate.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "keratin/base/named_list.h"
#include "keratin/formats/json.h"
#include "keratin/keratin.h"

namespace keratin::fuzz {
namespace {

/// What the classes that cannot be made of defaults alone need.
Config needed(const std::string& name) {
  const auto is = [&](std::string_view end) { return name.ends_with(end); };
  Config config = Config::dict();
  if (name == "Dense") config["units"] = 3;
  if (name == "Dot") config["axes"] = 1;
  if (name == "Bidirectional") config["layer"] = layers::GRU({.units = 2}).serialize();
  if (name == "TimeDistributed") config["layer"] = layers::Dense({.units = 2}).serialize();
  if (name == "Embedding" || name == "ReversibleEmbedding" || name == "EmbedReduce")
    config["input_dim"] = 10, config["output_dim"] = 4;
  if (name == "DistributedEmbedding") {
    layers::FeatureConfig feature{.name = "feature", .input_shape = {kNone, 3}};
    feature.output_shape = {kNone, 4};
    feature.table = std::make_shared<const layers::TableConfig>(
        layers::TableConfig{.name = "table", .vocabulary_size = 10, .embedding_dim = 4});
    config = layers::DistributedEmbedding({.feature_configs = {feature}}).get_config();
  }
  if (name == "DynamicEmbedding") config["output_dim"] = 4;
  if (name == "HardNegativeMining") config["num_hard_negatives"] = 2;
  if (is("PositionEmbedding")) config["sequence_length"] = 4;
  if (name == "TokenAndPositionEmbedding")
    config["vocabulary_size"] = 10, config["embedding_dim"] = 4;
  if (name == "SampledSoftmax" || name == "NCE") config["units"] = 5, config["num_sampled"] = 2;
  if (name == "HierarchicalSoftmax") config["units"] = 5;
  if (name == "AdaptiveLogSoftmaxWithLoss")
    config["n_classes"] = 5, config["cutoffs"] = Config(Config::List{2});
  if (name.find("Dropout") != std::string::npos) config["rate"] = 0.5;
  if (name == "InputLayer") config["batch_shape"] = Config(Config::List{nullptr, 3});
  if (name == "Reshape") config["target_shape"] = Config(Config::List{3, 1});
  if (name == "Activation") config["activation"] = "softmax";
  if (is("AtPrecision")) config["precision"] = 0.5;
  if (is("AtRecall")) config["recall"] = 0.5;
  if (is("AtSensitivity")) config["sensitivity"] = 0.5;
  if (is("AtSpecificity")) config["specificity"] = 0.5;
  if (is("Decay") || is("Restarts") || name == "CosineDecay") {
    config["initial_learning_rate"] = 0.1;
    if (name != "PiecewiseConstantDecay") config["decay_steps"] = 10, config["decay_rate"] = 0.5;
  }
  return config;
}

template <class Entries>
void collect(const Entries& entries, Concept of, Good& all) {
  for (const auto& entry : entries) {
    try {
      all.configs.push_back(entry.from_config(needed(std::string(entry.class_name)))->serialize());
    } catch (const std::exception&) {  // a class that wants more than this is met through others
      continue;
    }
    all.concepts.push_back(of);
  }
}

/// A graph with all that its config may have: ops with keys, constants and a named mask, a layer
/// that is used twice, models within it, ends in a dict.
Config graph_config() {
  using layers::Dense;
  const Value words = Input({.shape = Shape{3}, .dtype = DType::kInt32, .name = "words"});
  const Value x = Input({.shape = Shape{4}, .name = "x"});
  const auto dense = shared(Dense({.units = 4, .name = "dense"}));
  const auto inner = shared(Functional(
      x, Values{(*dense)(x), ops::get_item(x, {ops::Index::ellipsis(), 0})}, {.name = "inner"}));
  const auto row = shared(Sequential({dense, Dense({.units = 4})}));
  const Value a = Input({.shape = Shape{4}, .name = "a"});
  const Value vectors = layers::Embedding({.input_dim = 10, .output_dim = 4})(words);
  Inputs masked(vectors);
  masked.named.emplace_back(
      "mask", ops::not_equal(words, Tensor::from(std::vector<std::int32_t>{0}, Shape{})));
  Pass pass;
  const auto pooling = shared(layers::GlobalAveragePooling1D());
  const Value pooled = static_cast<const Operation&>(*pooling)(masked, pass);
  const Value second = (*inner)((*row)((*row)(a)))[0];
  const Value joined = layers::Concatenate()(Values{pooled, second});
  return Functional(Values{words, a}, Values{joined, ops::sum(joined, {1}, true)},
                    {.output_structure = formats::parse_json(R"({"a": null, "b": [null]})")})
      .get_config();
}

Config odd_value(Dice& dice) {
  static const std::vector<Config> values = {
      nullptr,
      true,
      false,
      0,
      1,
      -1,
      2,
      3,
      7,
      64,
      1000,
      std::numeric_limits<std::int64_t>::max(),
      std::numeric_limits<std::int64_t>::min(),
      std::int64_t{1} << 60,
      -0.0,
      0.5,
      1e-300,
      1e300,
      static_cast<double>(std::numeric_limits<double>::infinity()),
      -1e300,
      std::numeric_limits<double>::quiet_NaN(),
      "",
      "float32",
      "glorot_uniform",
      "l2",
      "softmax",
      "channels_first",
      "None",
      "a/b",
      std::string(5000, 'x'),
      Config::list(),
      Config::dict(),
      Config(Config::List{1, 2, 3}),
      Config(Config::List{nullptr, -1, "x"}),
      "\xff\xfe",
      "🙂"};
  return values[below(dice, values.size())];
}

/// Some place in the tree: goes down at random.
Config* place_in(Config& config, Dice& dice) {
  Config* at = &config;
  while (below(dice, 5) != 0) {
    if (at->is_list() && !at->as_list().empty()) {
      at = &at->as_list()[below(dice, at->as_list().size())];
    } else if (at->is_dict() && !at->as_dict().empty()) {
      at = &(*at)[at->as_dict()[below(dice, at->as_dict().size())].first];
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

Good good_configs() {
  Good all;
  collect(layers::all_layers(), Concept::kLayer, all);
  collect(losses::entries(), Concept::kLoss, all);
  collect(metrics::entries(), Concept::kMetric, all);
  collect(optimizers::entries(), Concept::kOptimizer, all);
  collect(optimizers::schedules::entries(), Concept::kSchedule, all);
  collect(regularizers::entries(), Concept::kRegularizer, all);
  collect(constraints::entries(), Concept::kConstraint, all);
  collect(activations::entries(), Concept::kActivation, all);
  collect(initializers::all_initializers(), Concept::kInitializer, all);
  const Sequential model({layers::Embedding({.input_dim = 10, .output_dim = 4, .input_length = 3}),
                          layers::Dropout(0.5), layers::Flatten(),
                          layers::Dense({.units = 2, .kernel_regularizer = "l2"})});
  utils::Tokenizer tokenizer({.oov_token = "<OOV>"});
  tokenizer.fit_on_texts(std::vector<std::string>{"the cat sat", "the dog ran ö"});
  for (int i = 0; i < 30; ++i) {
    all.configs.push_back(model.get_config());
    all.concepts.push_back(Concept::kModel);
    all.configs.push_back(graph_config());
    all.concepts.push_back(Concept::kGraph);
    all.configs.push_back(formats::parse_json(tokenizer.to_json()));
    all.concepts.push_back(Concept::kTokenizer);
  }
  return all;
}

std::vector<std::string> texts_of(const Good& good) {
  std::vector<std::string> all;
  for (const Config& config : good.configs)
    all.push_back(formats::dump_json(config, all.size() % 3 == 0 ? 2 : -1));
  return all;
}

void mutate(Config& config, const std::vector<Config>& others, Dice& dice) {
  for (std::size_t changes = 1 + below(dice, 3); changes > 0; --changes) {
    Config& at = *place_in(config, dice);
    switch (below(dice, 6)) {
      case 0:
      case 1:
        at = odd_value(dice);
        break;
      case 2: {
        Config other = others[below(dice, others.size())];
        at = *place_in(other, dice);
        break;
      }
      case 3:  // of itself
        at = *place_in(at, dice);
        break;
      case 4:
        if (at.is_list()) {
          if (at.as_list().empty() || below(dice, 2) == 0) {
            at.as_list().push_back(odd_value(dice));
          } else {
            at.as_list().pop_back();
          }
        } else if (at.is_dict()) {
          Config::Dict entries = at.as_dict();
          if (!entries.empty() && below(dice, 2) == 0) {
            entries.erase(entries.begin() +
                          static_cast<std::ptrdiff_t>(below(dice, entries.size())));
          } else {
            entries.emplace_back(below(dice, 2) == 0 ? "name" : "unknown", odd_value(dice));
          }
          at = Config(std::move(entries));
        }
        break;
      default: {
        Config list = Config::list();
        list.as_list().push_back(at);
        at = std::move(list);
      }
    }
  }
}

void mutate(std::string& text, const std::vector<std::string>& others, Dice& dice) {
  static const std::vector<std::string> words = {"null",
                                                 "true",
                                                 "-1",
                                                 "1e999",
                                                 "9223372036854775807",
                                                 "18446744073709551616",
                                                 "\"\"",
                                                 "[]",
                                                 "{}",
                                                 "{\"a\":",
                                                 "[[[[[[",
                                                 "\\u0000",
                                                 "\\ud800",
                                                 "\"class_name\":",
                                                 "\xc3",
                                                 ",",
                                                 "\""};
  for (std::size_t changes = 1 + below(dice, 4); changes > 0; --changes) {
    const std::size_t at = below(dice, text.size() + 1);
    const std::size_t count = below(dice, 20);
    switch (below(dice, 5)) {
      case 0:
        text.insert(at, words[below(dice, words.size())]);
        break;
      case 1:
        text.erase(at, count);
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(dice());
        break;
      case 3:
        text.insert(at, text.substr(below(dice, text.size() + 1), count * 4));
        break;
      default: {
        const std::string& other = others[below(dice, others.size())];
        text.replace(at, count, other.substr(below(dice, other.size() + 1), count * 4));
      }
    }
  }
}

bool takes_long(const Config& config) {
  if (config.is_number()) {
    const double size = std::fabs(config.as_double());
    return size > 5000 && size < 1e14;
  }
  const auto long_one = [](const Config& one) { return takes_long(one); };
  if (config.is_list()) {
    const auto& list = config.as_list();
    return std::any_of(list.begin(), list.end(), long_one);
  }
  if (!config.is_dict()) return false;
  const auto& dict = config.as_dict();
  return std::any_of(dict.begin(), dict.end(),
                     [](const auto& entry) { return takes_long(entry.second); });
}

}  // namespace keratin::fuzz
