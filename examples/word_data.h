// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "text_data.h"

/// What word2vec and glove read, and how vectors of words are judged.
namespace examples {

inline std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line + " ") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, ""));
    }
  }
  return words;
}

/// The texts of a folder in numbers of words, the most frequent first.
struct Words {
  std::vector<std::vector<std::int32_t>> texts;
  std::map<std::string, std::size_t> place;
  std::vector<double> counts;
};

inline Words words_in(const std::string& folder, std::int64_t least = 5) {
  std::vector<std::vector<std::string>> texts;
  std::map<std::string, std::int64_t> seen;
  for (const char* const file : {"tiny-shakespeare/input.txt", "banking77/train.csv"}) {
    for (const std::string& line : lines_of(folder + "/" + file)) {
      texts.push_back(words_of(line));
      for (const std::string& word : texts.back()) ++seen[word];
    }
  }
  std::vector<std::pair<std::int64_t, std::string>> by_count;
  for (const auto& [word, count] : seen)
    if (count >= least) by_count.emplace_back(-count, word);
  std::ranges::sort(by_count);
  Words words;
  for (const auto& [count, word] : by_count) {
    words.place.emplace(word, words.counts.size());
    words.counts.push_back(static_cast<double>(-count));
  }
  for (const auto& text : texts) {
    std::vector<std::int32_t>& ids = words.texts.emplace_back();
    for (const std::string& word : text) {
      const auto found = words.place.find(word);
      if (found != words.place.end()) ids.push_back(static_cast<std::int32_t>(found->second));
    }
  }
  return words;
}

/// The places of numbers in order, the mean of those of equals.
inline std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<double> sorted = values, found;
  std::ranges::sort(sorted);
  for (const double value : values) {
    const auto [first, last] = std::ranges::equal_range(sorted, value);
    found.push_back(static_cast<double>(first - sorted.begin() + (last - sorted.begin()) - 1) / 2);
  }
  return found;
}

inline double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean = (static_cast<double>(a.size()) - 1) / 2;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
  }
  return ab / std::sqrt(aa * bb);
}

/// Prints what vectors, one a word, are worth: Spearman's correlation of their cosines with what
/// people said of pairs of words, and how many of the questions a : b = c : ? have the right word
/// nearest to b - a + c.
inline void judge(const std::string& folder, const Words& words, std::span<const float> rows) {
  const auto& place = words.place;
  const std::size_t count = words.counts.size(), width = rows.size() / count;
  std::vector<float> vectors(rows.begin(), rows.end());
  const auto product = [&](const float* a, std::size_t b) {
    float sum = 0;
    for (std::size_t d = 0; d < width; ++d) sum += a[d] * vectors[b * width + d];
    return sum;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const float length = std::sqrt(product(&vectors[i * width], i));
    for (std::size_t d = 0; d < width; ++d) vectors[i * width + d] /= std::max(length, 1e-9F);
  }
  std::vector<double> said, found;
  for (const std::string& line : lines_of(folder + "/word-similarity/EN-MEN-TR-3k.txt")) {
    std::istringstream parts(line);
    std::string a, b;
    double score = 0;
    if (!(parts >> a >> b >> score) || !place.contains(a) || !place.contains(b)) continue;
    said.push_back(score);
    found.push_back(static_cast<double>(product(&vectors[place.at(a) * width], place.at(b))));
  }
  std::printf("EN-MEN-TR-3k: correlation %.3f over %zu pairs\n",
              correlation(ranks(said), ranks(found)), said.size());
  int right = 0, asked = 0;
  for (const char* const kind :
       {"family", "gram3-comparative", "gram7-past-tense", "gram8-plural"}) {
    for (const std::string& line : lines_of(folder + "/word-analogies/" + kind + ".txt")) {
      const std::vector<std::string> four = words_of(line);
      if (four.size() != 4 ||
          !std::ranges::all_of(four, [&](const std::string& word) { return place.contains(word); }))
        continue;
      std::vector<std::size_t> at;
      for (const std::string& word : four) at.push_back(place.at(word));
      std::vector<float> wanted(width);
      for (std::size_t d = 0; d < width; ++d)
        wanted[d] =
            vectors[at[1] * width + d] - vectors[at[0] * width + d] + vectors[at[2] * width + d];
      std::size_t best = count;
      float nearest = -10;
      for (std::size_t i = 0; i < count; ++i) {
        if (i == at[0] || i == at[1] || i == at[2]) continue;
        const float near = product(wanted.data(), i);
        if (near > nearest) nearest = near, best = i;
      }
      ++asked;
      right += best == at[3] ? 1 : 0;
    }
  }
  std::printf("analogies: %.1f%% of %d\n", 100.0 * right / std::max(1, asked), asked);
}

}  // namespace examples
