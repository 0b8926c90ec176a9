// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

/// Long grids, of which a run tests a part.
namespace keratin::testing {

/// The cells of a grid that this run tests, each as row * columns + column: one in `one_in`, drawn
/// by KERATIN_TEST_SEED, with at least one cell in every row and in every column. `./dev test` sets
/// that variable from the commit, so that the commits share the grid among them. Without it (`./dev
/// test
/// --full`, or a program started by hand to repeat a failure): all cells.
inline std::vector<std::size_t> sampled_grid(std::size_t rows, std::size_t columns,
                                             std::size_t one_in) {
  std::vector<std::size_t> cells;
  const char* const seed = std::getenv("KERATIN_TEST_SEED");
  one_in = seed != nullptr ? std::min({one_in, rows, columns}) : 1;
  const std::string_view text = seed != nullptr ? seed : "";
  std::seed_seq bits(text.begin(), text.end());
  std::mt19937 engine(bits);
  const auto places = [&](std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), engine);
    return order;
  };
  const std::vector<std::size_t> of_row = places(rows), of_column = places(columns);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      if ((of_row[row] + of_column[column]) % one_in == 0) cells.push_back(row * columns + column);
    }
  }
  return cells;
}

}  // namespace keratin::testing
