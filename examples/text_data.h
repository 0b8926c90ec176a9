// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <fstream>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <keratin/keratin.h>

/// What the examples read, and how they part it. Not Keratin's: use what you have.
namespace examples {

inline std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

/// The parts of a line before and behind its first tab; the second is empty where there is none.
inline std::pair<std::string, std::string> at_tab(const std::string& line) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string::npos) return {line, ""};
  return {line.substr(0, tab), line.substr(tab + 1)};
}

/// 0 to n - 1 in an order by chance, the same at every run.
inline std::vector<std::size_t> shuffled(std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 chance(1);
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[chance() % i]);
  return order;
}

/// values[order[begin]] to values[order[end - 1]].
template <class T>
std::vector<T> taken(const std::vector<T>& values, const std::vector<std::size_t>& order,
                     std::size_t begin, std::size_t end) {
  std::vector<T> out;
  for (std::size_t i = begin; i < end; ++i) out.push_back(values[order[i]]);
  return out;
}

/// What a model whose input is one text takes.
inline keratin::Tensor column(const std::vector<std::string>& texts) {
  return keratin::Tensor::from(texts, {static_cast<std::int64_t>(texts.size()), 1});
}

}  // namespace examples
