// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/dice.h"

#include "keratin/base/config.h"

namespace keratin::fuzz {

/// The concepts whose configs are mutated, in the order in which good_configs() has them.
enum class Concept {
  kLayer,
  kLoss,
  kMetric,
  kOptimizer,
  kSchedule,
  kRegularizer,
  kConstraint,
  kActivation,
  kInitializer,
  kModel,
  kGraph,
  kTokenizer
};
constexpr std::size_t kConcepts = 12;

/// Good configs, and the concept of each: of every class of every closed list, and of models.
struct Good {
  std::vector<Config> configs;
  std::vector<Concept> concepts;
};
Good good_configs();
/// Those configs as JSON, and a Tokenizer's.
std::vector<std::string> texts_of(const Good& good);

/// Changes a few places of `config`: values of another kind, odd numbers, entries dropped, doubled
/// or taken from `others`.
void mutate(Config& config, const std::vector<Config>& others, Dice& dice);
/// Changes a few bytes, or swaps parts with another text.
void mutate(std::string& text, const std::vector<std::string>& others, Dice& dice);

/// True where a number in it is so large that the object would take seconds to make, and not so
/// large that it is refused at once.
bool takes_long(const Config& config);

}  // namespace keratin::fuzz
