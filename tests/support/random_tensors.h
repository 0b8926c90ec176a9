// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/tensor/sparse_rows.h"
#include "keratin/tensor/tensor.h"
#include "keratin/tensor/tensor_access.h"

/// Tensors and gradients of noise, and whether two are the same to the bit.
namespace keratin::testing {

inline float noise(std::uint32_t& state) {
  state = state * 1664525u + 1013904223u;
  return static_cast<float>(state >> 8) / 16777216.0f - 0.5f;
}

inline Tensor random_tensor(const Shape& shape, std::uint32_t seed) {
  Tensor tensor = Tensor::zeros(shape);
  for (float& x : tensor.data<float>()) x = noise(seed);
  return tensor;
}

/// About `share` of the rows of a table, with gradients.
inline SparseRows random_rows(const Shape& table, float share, std::uint32_t seed) {
  SparseRows rows;
  for (std::int64_t row = 0; row < table[0]; ++row) {
    if (noise(seed) + 0.5f < share) rows.ids.push_back(row);
  }
  rows.values = random_tensor({static_cast<std::int64_t>(rows.ids.size()), table[1]}, seed);
  return rows;
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(TensorAccess::raw(a), TensorAccess::raw(b), TensorAccess::bytes(a)) == 0;
}

inline void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_bits(a[i], b[i])) << "tensor " << i;
}

}  // namespace keratin::testing
