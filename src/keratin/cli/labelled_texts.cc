// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/labelled_texts.h"

#include <algorithm>
#include <cmath>

#include "keratin/random/random.h"

namespace keratin::cli {

void LabelledTexts::add(std::string_view label, std::string text) {
  auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), label,
                       [](const auto& entry, std::string_view name) { return entry.first < name; });
  if (found == by_name_.end() || found->first != label) {
    found = by_name_.emplace(found, label, static_cast<std::int32_t>(classes.size()));
    classes.emplace_back(label);
  }
  texts.push_back(std::move(text));
  labels.push_back(found->second);
}

void LabelledTexts::sort_classes() {
  std::vector<std::int32_t> place(classes.size());
  for (std::size_t i = 0; i < by_name_.size(); ++i) {
    auto& [name, number] = by_name_[i];
    classes[i] = name;
    place[static_cast<std::size_t>(number)] = static_cast<std::int32_t>(i);
    number = static_cast<std::int32_t>(i);
  }
  for (std::int32_t& label : labels) label = place[static_cast<std::size_t>(label)];
}

LabelledTexts LabelledTexts::picked(const std::vector<std::size_t>& places) const {
  LabelledTexts result;
  result.classes = classes;
  result.by_name_ = by_name_;
  for (const std::size_t place : places) {
    result.texts.push_back(texts[place]);
    result.labels.push_back(labels[place]);
  }
  return result;
}

std::vector<std::size_t> LabelledTexts::counts() const {
  std::vector<std::size_t> result(classes.size());
  for (const std::int32_t label : labels) ++result[static_cast<std::size_t>(label)];
  return result;
}

Split split_by_class(const LabelledTexts& all, double test_share, std::int64_t seed) {
  std::vector<std::size_t> wanted = all.counts();
  for (std::size_t& count : wanted) {
    const auto share =
        static_cast<std::size_t>(std::lround(test_share * static_cast<double>(count)));
    count = test_share > 0 && count > 1 ? std::clamp<std::size_t>(share, 1, count - 1) : 0;
  }
  std::vector<std::size_t> train, test;
  for (const std::int64_t i : random::permutation(static_cast<std::int64_t>(all.size()), seed)) {
    const auto place = static_cast<std::size_t>(i);
    std::size_t& left = wanted[static_cast<std::size_t>(all.labels[place])];
    if (left > 0) {
      --left;
      test.push_back(place);
    } else {
      train.push_back(place);
    }
  }
  return {all.picked(train), all.picked(test)};
}

}  // namespace keratin::cli
