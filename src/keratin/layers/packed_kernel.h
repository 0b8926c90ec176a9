// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "keratin/base/quantization.h"
#include "keratin/graph/value.h"
#include "keratin/tensor/tensor.h"

namespace keratin::table {
struct PackedWeights;
}

/// The kernel of a projection as integer codes. Not installed.
namespace keratin::layers {

/// Keras's weights of a quantized kernel (N, M), a scale for each column.
struct PackedKernel {
  Tensor codes;   // int8 (N, M), or of int4 (N, ceil(M / 2)): two a byte, the even column below
  Tensor scale;   // float32 (M,); of groups (groups, M)
  Tensor zero;    // int8 (groups, M); null without groups
  Tensor groups;  // float32 (N,): which group a row belongs to, Keras's g_idx; null without
  std::int64_t columns = 0;
  bool is_int4 = false;

  /// The codes, one an element: int8 (N, M).
  Tensor unpacked() const;
  /// The numbers that they stand for, float32 (N, M). Throws std::invalid_argument where g_idx
  /// names a group that is not there.
  Tensor dequantized() const;
};

/// The kernel by which vectors become a number for each row of a table: its rows are the columns.
PackedKernel kernel_of_rows(const table::PackedWeights& rows);
/// Some rows of a table, whose memory they share; and some columns of one with its axes changed.
table::PackedWeights some_rows(const table::PackedWeights& rows, std::int64_t first,
                               std::int64_t count);
table::PackedWeights some_columns(const table::PackedWeights& columns, std::int64_t first,
                                  std::int64_t count);
/// Codes, scales and zero points with their axes changed, as Keras keeps the table of a way back;
/// and those of such a table as rows again.
table::PackedWeights turned_round(table::PackedWeights rows);
/// float32 (D, V), the table of a way back, quantized by what quantizes rows.
table::PackedWeights pack_columns(const Tensor& columns, const QuantizationConfig& how);

/// A kernel of zeros, as Keras builds it: codes 0, scales 1.
PackedKernel packed_kernel_of_zeros(std::int64_t rows, std::int64_t columns,
                                    const QuantizationConfig& how);
/// float32 (N, M) quantized as Keras does it, to the bit. Throws std::invalid_argument for a
/// weight_quantizer whose axis is not the first.
PackedKernel pack_kernel(const Tensor& kernel, const QuantizationConfig& how);

/// x (..., N) with the kernel: (..., M). Of int8 the inputs become codes too, a scale for each
/// vector, unless `inputs` is null; sums of codes are exact. The slope by x goes through the
/// numbers that the codes stand for. Keras: `Int8Strategy._call_projection`.
Value packed_product(const Value& x, const PackedKernel& kernel,
                     const std::optional<AbsMaxQuantizer>& inputs);

/// `count` rows of a table of codes, from `first` on.
using RowsOfCodes = std::function<table::PackedWeights(std::int64_t first, std::int64_t count)>;
/// x (..., D) with each of the rows (V, D): (..., V), as packed_product() with the kernel whose
/// columns they are. Reads some rows at a time, and never holds the numbers of all.
Value packed_product_with_rows(const Value& x, std::int64_t rows, const RowsOfCodes& codes,
                               const std::optional<AbsMaxQuantizer>& inputs);

}  // namespace keratin::layers
