// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/labelled_texts.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "keratin/random/random.h"

namespace keratin::cli {

void LabelledTexts::add(std::string_view label, std::string text) {
  const std::uint32_t number = numbers_.insert(label);
  if (number == classes.size()) classes.emplace_back(label);
  texts.push_back(std::move(text));
  labels.push_back(static_cast<std::int32_t>(number));
}

void LabelledTexts::sort_classes() {
  std::vector<std::size_t> order(classes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::string_view(classes[i]); });
  std::vector<std::int32_t> place(classes.size());
  std::vector<std::string> sorted;
  for (const std::size_t number : order) {
    place[number] = static_cast<std::int32_t>(sorted.size());
    sorted.push_back(std::move(classes[number]));
  }
  classes = std::move(sorted);
  for (std::int32_t& label : labels) label = place[static_cast<std::size_t>(label)];
}

LabelledTexts LabelledTexts::picked(const std::vector<std::size_t>& places) const {
  LabelledTexts result;
  result.classes = classes;
  result.texts.reserve(places.size());
  result.labels.reserve(places.size());
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
