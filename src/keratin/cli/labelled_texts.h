// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/string_table.h"

namespace keratin::cli {

/// Texts, each of one class.
struct LabelledTexts {
  std::vector<std::string> classes;  // names
  std::vector<std::string> texts;
  std::vector<std::int32_t> labels;  // of each text, an index into classes

  std::size_t size() const { return texts.size(); }
  /// Adds a text; the class is found by its name, or new. Not after sort_classes().
  void add(std::string_view label, std::string text);
  /// Puts the classes into the order of their names.
  void sort_classes();
  /// The texts at those places, in that order, with all classes.
  LabelledTexts picked(const std::vector<std::size_t>& places) const;
  /// How many texts each class has.
  std::vector<std::size_t> counts() const;

 private:
  StringTable numbers_;  // of the classes by their names
};

struct Split {
  LabelledTexts train;
  LabelledTexts test;
};

/// Holds out a share of every class, drawn by `seed`: rounded, at least one text and never the
/// last. Both parts are shuffled. A class of one text stays in training.
Split split_by_class(const LabelledTexts& all, double test_share, std::int64_t seed);

}  // namespace keratin::cli
