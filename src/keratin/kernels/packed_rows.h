// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/kernels/rows.h"

/// Rows of integer codes, found by id and turned into floats: the table is never unpacked. The same
/// bits on every instruction set. Ids must be rows of the matrix. Threads: safe on disjoint
/// outputs.
namespace keratin::kernels {

/// Columns `begin` to `end` of a row, which share a scale.
struct PackedGroup {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t index;  // of the scale among those of the row
};

/// A matrix of codes, row after row.
///   8 bits  a byte is a code
///   4 bits  a byte has the codes of an even column, in its lower half, and of the next one; a row
///           begins with a byte
/// With zero points the number is (code - zero) * scale, else code / scale. Keras:
/// `QuantizedWeight.dequantize`.
struct PackedRows {
  const std::int8_t* codes;
  int bits;
  std::int64_t width;
  const float* scales;       // `scales_in_row` a row
  const std::int8_t* zeros;  // as many; null: none
  std::int64_t scales_in_row;
  const PackedGroup* groups;  // of every row: they have each column once, in order
  std::int64_t group_count;

  std::int64_t row_bytes() const { return bits == 8 ? width : (width + 1) / 2; }
};

/// out[i] = row ids[i], for int32 and int64 ids.
template <class Id>
void gather_packed_rows(const PackedRows& rows, const Id* ids, std::int64_t count, float* out);

/// As reduce_rows and, with `weights`, sum_weighted_rows on what gather_packed_rows gives, to the
/// bit.
template <class Id>
void reduce_packed_rows(Reduction reduction, const PackedRows& rows, const Id* ids,
                        const float* weights, const std::int64_t* first, std::int64_t bags,
                        float* out);

}  // namespace keratin::kernels
