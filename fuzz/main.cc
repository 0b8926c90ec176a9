// SPDX-License-Identifier: Apache-2.0
// keratin_fuzz [--runs N] [--seconds S] [--seed N] [--verbose]: see README.md.
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/mutate.h"
#include "fuzz/runs.h"

#include "keratin/base/error.h"
#include "keratin/formats/json.h"
#include "keratin/keratin.h"

namespace keratin::fuzz {
namespace {

struct Counts {
  std::uint64_t inputs = 0, made = 0, refused = 0, passed_over = 0;
};

/// The object of a config: of whichever concept, and what it says of itself again.
template <class T>
void deserialize(const Config& config) {
  const auto object = T::deserialize(config);
  if (object) object->serialize();
}

void make(const Config& config, Concept of) {
  switch (of) {
    case Concept::kLayer: {
      const auto layer = layers::Layer::deserialize(config);
      layer->serialize();
      try {
        layer->build({kNone, 3});
      } catch (const std::invalid_argument&) {
        layer->build({kNone, 3, 2});
      }
      break;
    }
    case Concept::kLoss:
      deserialize<losses::Loss>(config);
      break;
    case Concept::kMetric:
      deserialize<metrics::Metric>(config);
      break;
    case Concept::kOptimizer:
      deserialize<optimizers::Optimizer>(config);
      break;
    case Concept::kSchedule:
      deserialize<optimizers::schedules::LearningRateSchedule>(config);
      break;
    case Concept::kRegularizer:
      deserialize<regularizers::Regularizer>(config);
      break;
    case Concept::kConstraint:
      deserialize<constraints::Constraint>(config);
      break;
    case Concept::kActivation:
      deserialize<activations::Activation>(config);
      break;
    case Concept::kInitializer:
      deserialize<initializers::Initializer>(config);
      break;
    case Concept::kModel:
      Sequential::from_config(config).get_config();
      break;
    case Concept::kGraph:
      Functional::from_config(config).get_config();
      break;
    case Concept::kTokenizer:
      utils::tokenizer_from_json(formats::dump_json(config)).to_json();
  }
}

/// Runs `body` on an input. Returns false, and says why, for what is no decent refusal.
template <class Body>
bool decent(Counts& counts, const std::string& input, Body&& body) {
  ++counts.inputs;
  try {
    body();
    ++counts.made;
    return true;
  } catch (const std::exception& error) {
    ++counts.refused;
    const std::string_view text = error.what();
    if (text.size() <= kLongestMessage && text.starts_with('[')) return true;
    std::fprintf(stderr, "%.300s (%zu bytes)\nof: %s\n", error.what(), text.size(), input.c_str());
    return false;
  }
}

int run(const Runs& runs) {
  const Good seeds = good_configs();
  const std::vector<std::string> texts = texts_of(seeds);
  Counts counts;
  bool good = true;
  runs.repeat([&](Dice& dice) {
    const bool bytes = below(dice, 3) == 0;
    const std::size_t which = below(dice, texts.size());
    const bool its_own = below(dice, 8) != 0;
    const Concept of =
        its_own ? seeds.concepts[which] : static_cast<Concept>(below(dice, kConcepts));
    std::string text = bytes ? texts[which] : std::string();
    Config config = bytes ? Config() : seeds.configs[which];
    bytes ? mutate(text, texts, dice) : mutate(config, seeds.configs, dice);
    if (!bytes && takes_long(config)) {
      ++counts.passed_over;
      return true;
    }
    const std::string shown = bytes ? text : formats::dump_json(config);
    if (runs.is_verbose) std::printf("%s\n", shown.c_str()), std::fflush(stdout);
    good = decent(counts, shown, [&] {
      if (!bytes) return make(config, of);
      if (of == Concept::kTokenizer) {
        utils::tokenizer_from_json(text).to_json();
        return;
      }
      const Config parsed = formats::parse_json(text);
      formats::dump_json(parsed);
      if (!takes_long(parsed)) make(parsed, of);
    });
    return good;
  });
  if (!good) return 1;
  std::printf(
      "seed %llu: %llu inputs, %llu made, %llu refused; %llu passed over\n",
      static_cast<unsigned long long>(runs.seed), static_cast<unsigned long long>(counts.inputs),
      static_cast<unsigned long long>(counts.made), static_cast<unsigned long long>(counts.refused),
      static_cast<unsigned long long>(counts.passed_over));
  return 0;
}

}  // namespace
}  // namespace keratin::fuzz

int main(int argc, char** argv) {
  return keratin::fuzz::run(keratin::fuzz::Runs::from(argc, argv, {}));
}
