// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/packed_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"
#include "keratin/table/unique_rows.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kPackedFloatsPerTask = 1 << 16;

std::int64_t parts(std::int64_t whole, std::int64_t part) {
  return whole / part + (whole % part == 0 ? 0 : 1);
}

PackedWeights packed_room(std::int64_t rows, std::int64_t width, const QuantizationConfig& how) {
  check(how);
  const std::int64_t together = how.columns_together();
  const Shape scales = together == 0 ? Shape{rows} : Shape{rows, parts(width, together)};
  PackedWeights packed{
      .codes = Tensor::zeros({rows, how.is_int4() ? parts(width, 2) : width}, DType::kInt8),
      .scale = uninitialized(scales),
      .zero = {},
      .groups = {},
      .is_int4 = how.is_int4(),
      .width = width};
  if (together == 0) return packed;
  packed.zero = Tensor::zeros(scales, DType::kInt8);
  packed.groups = uninitialized({width});
  float* const group = packed.groups.data<float>().data();
  for (std::int64_t d = 0; d < width; ++d) group[d] = static_cast<float>(d / together);
  return packed;
}

/// Keras: np.round, and what is no number becomes some code.
float code_of(float x, float lowest, float highest) {
  const float rounded = std::nearbyint(x);
  return rounded != rounded ? 0 : std::clamp(rounded, lowest, highest);
}

/// The codes of a row, as they are put behind one another.
class Codes {
 public:
  Codes(std::int8_t* row, bool is_int4) : row_(row), is_int4_(is_int4) {}
  void put(std::int64_t column, float code) {
    const auto value = static_cast<std::int8_t>(code);
    if (!is_int4_) {
      row_[column] = value;
      return;
    }
    const int nibble = (static_cast<std::uint8_t>(value) & 15) << (4 * (column % 2));
    row_[column / 2] =
        static_cast<std::int8_t>(static_cast<std::uint8_t>(row_[column / 2]) | nibble);
  }

 private:
  std::int8_t* row_;
  bool is_int4_;
};

/// One scale for a row.
struct BySize {
  float lowest, highest, epsilon;
  void operator()(const float* x, std::int64_t n, Codes codes, float& scale) const {
    float largest = 0;
    for (std::int64_t d = 0; d < n; ++d) {
      const float size = std::abs(x[d]);
      largest = size > largest || size != size ? size : largest;
    }
    scale = highest / (largest + epsilon);
    for (std::int64_t d = 0; d < n; ++d) codes.put(d, code_of(x[d] * scale, lowest, highest));
  }
};

/// A scale and a zero point for the columns `begin` to `end`. Keras:
/// `abs_max_quantize_grouped_with_zero_point`.
void pack_group(const float* x, std::int64_t begin, std::int64_t end, Codes codes, float& scale,
                std::int8_t& zero) {
  constexpr float kLowest = -8, kHighest = 7, kEpsilon = 1e-7F;
  float low = 0, high = 0;
  for (std::int64_t d = begin; d < end; ++d) {
    low = std::min(low, x[d]);
    high = std::max(high, x[d]);
    if (x[d] != x[d]) {  // as in Keras all of the group is then
      low = high = x[d];
      break;
    }
  }
  scale =
      std::max((high - low + kEpsilon) / (kHighest - kLowest), std::numeric_limits<float>::min());
  const float shift = code_of(std::nearbyint(-low / scale) + kLowest, kLowest, kHighest);
  zero = static_cast<std::int8_t>(shift);
  for (std::int64_t d = begin; d < end; ++d)
    codes.put(d, code_of(std::nearbyint(x[d] / scale) + shift, kLowest, kHighest));
}

void check_axis(const Config& axis) {
  const auto is_last = [](const Config& one) {
    return one.is_number() && (one.as_int() == -1 || one.as_int() == 1);
  };
  if (axis.is_null() || is_last(axis)) return;
  if (axis.is_list() && axis.as_list().size() == 1 && is_last(axis.as_list()[0])) return;
  invalid_argument("Embedding",
                   "the axis of a weight_quantizer must be -1: a row of the table has one scale.");
}

}  // namespace

PackedWeights packed_zeros(std::int64_t rows, std::int64_t width, const QuantizationConfig& how) {
  PackedWeights packed = packed_room(rows, width, how);
  const auto scales = packed.scale.data<float>();
  std::fill(scales.begin(), scales.end(), 1.0F);
  return packed;
}

PackedWeights pack(const Table& table, const QuantizationConfig& how) {
  const AbsMaxQuantizer quantizer = how.weight_quantizer.value_or(
      how.is_int4() ? AbsMaxQuantizer{.lowest = -8, .highest = 7} : AbsMaxQuantizer());
  check_axis(quantizer.axis);
  const BySize by_size{static_cast<float>(quantizer.lowest), static_cast<float>(quantizer.highest),
                       static_cast<float>(quantizer.epsilon)};
  const std::int64_t width = table.width();
  PackedWeights packed = packed_room(table.rows(), width, how);
  const std::int64_t bytes = packed.codes.shape()[1];
  const std::int64_t together = how.columns_together();
  const std::int64_t groups = together == 0 ? 1 : parts(width, together);
  std::int8_t* const codes = packed.codes.data<std::int8_t>().data();
  float* const scales = packed.scale.data<float>().data();
  std::int8_t* const zeros = together == 0 ? nullptr : packed.zero.data<std::int8_t>().data();
  const std::int64_t chunk = std::max<std::int64_t>(1, kPackedFloatsPerTask / width);
  const std::int64_t wave = 64 * chunk;  // read together, on all threads
  std::vector<std::int64_t> ids;
  UnsetVector<float> memory(static_cast<std::size_t>(std::min(wave, table.rows()) * width));
  for (std::int64_t start = 0; start < table.rows(); start += wave) {
    ids.resize(static_cast<std::size_t>(std::min(wave, table.rows() - start)));
    std::iota(ids.begin(), ids.end(), start);
    const auto count = static_cast<std::int64_t>(ids.size());
    table.read(ids.data(), count, memory.data());
    parallel::for_chunks(count, chunk, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const float* const x = memory.data() + i * width;
        const std::int64_t row = start + i;
        const Codes to(codes + row * bytes, how.is_int4());
        if (together == 0) {
          by_size(x, width, to, scales[row]);
          continue;
        }
        for (std::int64_t g = 0; g < groups; ++g) {
          pack_group(x, g * together, std::min(width, (g + 1) * together), to,
                     scales[row * groups + g], zeros[row * groups + g]);
        }
      }
    });
  }
  return packed;
}

Tensor unpacked(const PackedWeights& weights) {
  const std::int64_t width = weights.width;
  const std::int64_t rows = weights.codes.shape()[0];
  const std::int64_t bytes = weights.codes.shape()[1];
  if (!weights.is_int4) return copy_of(weights.codes);
  Tensor out = uninitialized({rows, width}, DType::kInt8);
  const std::int8_t* from = std::as_const(weights.codes).data<std::int8_t>().data();
  std::int8_t* to = out.data<std::int8_t>().data();
  for (std::int64_t row = 0; row < rows; ++row, from += bytes, to += width) {
    for (std::int64_t d = 0; d < width; ++d) {
      const int nibble = (static_cast<std::uint8_t>(from[d / 2]) >> (4 * (d % 2))) & 15;
      to[d] = static_cast<std::int8_t>((nibble ^ 8) - 8);
    }
  }
  return out;
}

template <class Body>
void PackedTable::with_rows(const Body& body) const {
  kernels::PackedRows rows{.codes = std::as_const(weights_.codes).data<std::int8_t>().data(),
                           .bits = weights_.is_int4 ? 4 : 8,
                           .width = width(),
                           .scales = std::as_const(weights_.scale).data<float>().data(),
                           .zeros = nullptr,
                           .scales_in_row = 1,
                           .groups = nullptr,
                           .group_count = 1};
  const kernels::PackedGroup whole{0, width(), 0};
  if (!weights_.groups) {
    rows.groups = &whole;
    return body(rows);
  }
  rows.zeros = std::as_const(weights_.zero).data<std::int8_t>().data();
  rows.scales_in_row = weights_.scale.shape()[1];
  const float* const of = std::as_const(weights_.groups).data<float>().data();
  std::vector<kernels::PackedGroup> groups;
  for (std::int64_t begin = 0, end = 0; begin < width(); begin = end) {
    while (end < width() && of[end] == of[begin]) ++end;
    const float group = of[begin];
    if (!(group >= 0) || group >= static_cast<float>(rows.scales_in_row) ||
        group != std::floor(group)) {
      invalid_argument("Embedding", "g_idx of a quantized table must name one of its ",
                       rows.scales_in_row, " groups. Received: ", group);
    }
    groups.push_back({begin, end, static_cast<std::int64_t>(group)});
  }
  rows.groups = groups.data();
  rows.group_count = static_cast<std::int64_t>(groups.size());
  body(rows);
}

template <class Id>
void PackedTable::read_any(const Id* ids, std::int64_t count, float* out) const {
  with_rows([&](const kernels::PackedRows& rows) {
    parallel::for_chunks(count, std::max<std::int64_t>(1, kPackedFloatsPerTask / width()),
                         [&](std::int64_t begin, std::int64_t end) {
                           kernels::gather_packed_rows(rows, ids + begin, end - begin,
                                                       out + begin * width());
                         });
  });
}

void PackedTable::read(const std::int32_t* ids, std::int64_t count, float* out) const {
  read_any(ids, count, out);
}
void PackedTable::read(const std::int64_t* ids, std::int64_t count, float* out) const {
  read_any(ids, count, out);
}
void PackedTable::reduce(kernels::Reduction reduction, const std::int32_t* ids,
                         const std::int64_t* first, std::int64_t bags, float* out,
                         const float* weights) const {
  with_rows([&](const kernels::PackedRows& rows) {
    kernels::reduce_packed_rows(reduction, rows, ids, weights, first, bags, out);
  });
}
void PackedTable::reduce(kernels::Reduction reduction, const std::int64_t* ids,
                         const std::int64_t* first, std::int64_t bags, float* out,
                         const float* weights) const {
  with_rows([&](const kernels::PackedRows& rows) {
    kernels::reduce_packed_rows(reduction, rows, ids, weights, first, bags, out);
  });
}

}  // namespace keratin::table
