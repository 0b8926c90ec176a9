// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "keratin/base/quantization.h"
#include "keratin/kernels/packed_rows.h"
#include "keratin/table/table.h"
#include "keratin/tensor/tensor.h"

namespace keratin::table {

/// What a quantized table is kept as: Keras's weights, in their order.
struct PackedWeights {
  Tensor codes;   // int8 (V, D), or of int4 (V, ceil(D / 2)): two a byte, the even column below
  Tensor scale;   // float32 (V,); of groups (V, groups)
  Tensor zero;    // int8 (V, groups); null without groups
  Tensor groups;  // float32 (D,): which group a column belongs to, Keras's g_idx; null without
  bool is_int4 = false;
  std::int64_t width = 0;  // D
};

/// A table of zeros, as Keras builds it: codes 0, scales 1.
PackedWeights packed_zeros(std::int64_t rows, std::int64_t width, const QuantizationConfig& how);

/// The rows as they are now, quantized as Keras does it, to the bit: a scale for each row, of which
/// the largest number becomes the largest code, and of grouped int4 a scale and a zero point for
/// each group, whose range has 0 in it. Codes of what is not finite are not specified. Reads some
/// rows at a time. Throws std::invalid_argument as check(), and for a weight_quantizer whose axis
/// is not the last.
PackedWeights pack(const Table& table, const QuantizationConfig& how);

/// The codes, one an element: int8 (V, D).
Tensor unpacked(const PackedWeights& weights);

/// Rows of codes. A lookup reads the codes and scales of its rows and nothing else. What it gives
/// is what Keras's `QuantizedWeight.dequantize` gives, to the bit. Bytes a row: D, or of int4
/// ceil(D / 2); and 4, or of groups 5 a group.
class PackedTable final : public Table {
 public:
  /// Shares the memory of the weights, which may be assigned.
  explicit PackedTable(PackedWeights weights) : weights_(std::move(weights)) {}

  std::int64_t rows() const override { return weights_.codes.shape()[0]; }
  std::int64_t width() const override { return weights_.width; }
  /// These two throw std::invalid_argument where g_idx names a group that is not there.
  void read(const std::int32_t* ids, std::int64_t count, float* out) const override;
  void read(const std::int64_t* ids, std::int64_t count, float* out) const override;
  void reduce(kernels::Reduction reduction, const std::int32_t* ids, const std::int64_t* first,
              std::int64_t bags, float* out, const float* weights = nullptr) const override;
  void reduce(kernels::Reduction reduction, const std::int64_t* ids, const std::int64_t* first,
              std::int64_t bags, float* out, const float* weights = nullptr) const override;
  const PackedWeights& weights() const { return weights_; }

 private:
  template <class Body>
  void with_rows(const Body& body) const;
  template <class Id>
  void read_any(const Id* ids, std::int64_t count, float* out) const;

  PackedWeights weights_;
};

}  // namespace keratin::table
