// SPDX-License-Identifier: Apache-2.0
// A table without a model: three words learn to lie where they are told.
#include <cassert>
#include <cmath>
#include <vector>

#include <keratin/table.h>

namespace kt = keratin;

int main() {
  kt::EmbeddingTable table({.input_dim = 1'000'000,
                            .output_dim = 8,
                            .embeddings_initializer = kt::initializers::RandomUniform({.seed = 7}),
                            .rows_drawn = kt::layers::RowsDrawn::kOnDemand});
  kt::optimizers::Adam adam({.learning_rate = 0.05});

  const std::vector<std::int64_t> ids = {3, 999'999, 41};
  std::vector<float> rows(ids.size() * 8), gradient(rows.size());
  for (int step = 0; step < 200; ++step) {
    table.lookup(ids, rows);  // into memory of our own
    for (std::size_t i = 0; i < rows.size(); ++i) gradient[i] = 2 * (rows[i] - 1);
    table.step(ids, gradient, adam);
  }
  table.lookup(ids, rows);
  for (const float x : rows) assert(std::abs(x - 1) < 0.05);
  assert(table.rows_in_use() == 3);  // of a million

  const std::vector<std::int64_t> offsets = {0, 2, 2, 3};  // bags of two ids, of none and of one
  std::vector<float> bags(3 * 8);
  table.lookup_pooled({.ids = ids, .offsets = offsets, .pooling = kt::Pooling::kMean}, bags);
  assert(bags[8] == 0);
}
