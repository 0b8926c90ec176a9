// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/packed_kernel.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/graph/op.h"
#include "keratin/ops/nn/dense.h"
#include "keratin/table/packed_table.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

/// Rows and columns of a matrix changed.
template <class T>
Tensor turned(const Tensor& x) {
  const std::int64_t rows = x.shape()[0], columns = x.shape()[1];
  Tensor y = uninitialized({columns, rows}, x.dtype());
  const auto from = x.data<T>();
  const auto to = y.data<T>();
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j)
      to[static_cast<std::size_t>(j * rows + i)] = from[static_cast<std::size_t>(i * columns + j)];
  }
  return y;
}

/// Two codes a byte along the columns.
Tensor in_pairs(const Tensor& codes) {
  const std::int64_t rows = codes.shape()[0], columns = codes.shape()[1], half = (columns + 1) / 2;
  Tensor pairs = Tensor::zeros({rows, half}, DType::kInt8);
  const auto from = codes.data<std::int8_t>();
  const auto to = pairs.data<std::int8_t>();
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto code =
          static_cast<unsigned>(from[static_cast<std::size_t>(i * columns + j)]) & 15U;
      auto& pair = to[static_cast<std::size_t>(i * half + j / 2)];
      pair = static_cast<std::int8_t>(static_cast<unsigned>(pair) | code << (j % 2 == 0 ? 0 : 4));
    }
  }
  return pairs;
}

/// How the rows of the kernel turned round are quantized: those are what scales are of.
QuantizationConfig of_rows(QuantizationConfig how) {
  if (!how.weight_quantizer) return how;
  Config& axis = how.weight_quantizer->axis;
  const Config& one = axis.is_list() && axis.as_list().size() == 1 ? axis.as_list()[0] : axis;
  if (!axis.is_null() && (one.is_list() || (one.as_int() != 0 && one.as_int() != -2))) {
    invalid_argument(
        "quantize",
        "the axis of the weight_quantizer of a kernel must be the first: a scale is of "
        "a column.");
  }
  axis = Config(std::int64_t{-1});
  return how;
}

Tensor as_floats(const Tensor& codes) { return cast(codes, DType::kFloat32); }

/// Each vector of x as codes; gives their scales.
std::vector<float> quantize_vectors(Tensor& x, const AbsMaxQuantizer& how) {
  const std::int64_t width = x.shape().back(), count = x.shape().leading().size();
  std::vector<float> scales(static_cast<std::size_t>(count));
  const auto numbers = x.data<float>();
  for (std::int64_t row = 0; row < count; ++row) {
    const auto vector =
        numbers.subspan(static_cast<std::size_t>(row * width), static_cast<std::size_t>(width));
    float largest = 0;
    for (const float number : vector) {
      const float size = std::abs(number);
      if (!(size <= largest)) largest = size;  // NaN stays
    }
    const float scale =
        static_cast<float>(how.highest) / (largest + static_cast<float>(how.epsilon));
    scales[static_cast<std::size_t>(row)] = scale;
    for (float& number : vector) {
      number = std::clamp(std::nearbyint(number * scale), static_cast<float>(how.lowest),
                          static_cast<float>(how.highest));
    }
  }
  return scales;
}

Tensor product(const Tensor& x, const Tensor& kernel) {
  return ops::nn::dense(Value(x), Value(kernel), Value()).tensor();
}

/// The product of codes, whose sums may pass what a float counts exactly.
Tensor exact_product(const Tensor& x, const Tensor& kernel) {
  constexpr std::int64_t kExact = 1024;  // times 128 * 128: 2^24
  const std::int64_t width = kernel.shape()[0], columns = kernel.shape()[1];
  if (width <= kExact) return product(x, kernel);
  const std::int64_t rows = x.shape().size() / width;
  std::vector<double> sums(static_cast<std::size_t>(rows * columns), 0);
  const auto numbers = x.data<float>();
  const auto codes = kernel.data<float>();
  for (std::int64_t begin = 0; begin < width; begin += kExact) {
    const std::int64_t count = std::min(kExact, width - begin);
    Tensor part = uninitialized({rows, count});
    for (std::int64_t row = 0; row < rows; ++row) {
      std::copy_n(numbers.begin() + row * width + begin, count,
                  part.data<float>().begin() + row * count);
    }
    Tensor of_kernel = uninitialized({count, columns});
    std::copy_n(codes.begin() + begin * columns, count * columns, of_kernel.data<float>().begin());
    const Tensor found = product(part, of_kernel);
    const auto from = found.data<float>();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<double>(from[i]);
  }
  Shape shape = x.shape();
  shape[shape.rank() - 1] = columns;
  Tensor y = uninitialized(shape);
  std::ranges::transform(sums, y.data<float>().begin(),
                         [](double sum) { return static_cast<float>(sum); });
  return y;
}

}  // namespace

Tensor PackedKernel::unpacked() const {
  if (!is_int4) return codes;
  table::PackedWeights weights;
  weights.codes = codes;
  weights.is_int4 = true;
  weights.width = columns;
  return table::unpacked(weights);
}

Tensor PackedKernel::dequantized() const {
  Tensor kernel = as_floats(unpacked());
  const std::int64_t rows = kernel.shape()[0];
  const auto numbers = kernel.data<float>();
  const auto scales = scale.data<float>();
  for (std::int64_t i = 0; i < rows; ++i) {
    float* const row = numbers.data() + i * columns;
    if (!zero) {
      for (std::int64_t j = 0; j < columns; ++j) row[j] /= scales[static_cast<std::size_t>(j)];
      continue;
    }
    const float group = groups.data<float>()[static_cast<std::size_t>(i)];
    if (!(group >= 0 && group < static_cast<float>(zero.shape()[0])))
      invalid_argument("quantize", "g_idx names a group that is not there. Received: ", group);
    const std::int64_t first = static_cast<std::int64_t>(group) * columns;
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto at = static_cast<std::size_t>(first + j);
      row[j] = (row[j] - static_cast<float>(zero.data<std::int8_t>()[at])) * scales[at];
    }
  }
  return kernel;
}

PackedKernel kernel_of_rows(const table::PackedWeights& rows) {
  PackedKernel kernel;
  kernel.is_int4 = rows.is_int4;
  kernel.columns = rows.codes.shape()[0];
  const Tensor codes = turned<std::int8_t>(table::unpacked(rows));
  kernel.codes = rows.is_int4 ? in_pairs(codes) : codes;
  kernel.scale = rows.zero ? turned<float>(rows.scale) : rows.scale;
  if (rows.zero) kernel.zero = turned<std::int8_t>(rows.zero);
  kernel.groups = rows.groups;
  return kernel;
}

table::PackedWeights turned_round(table::PackedWeights rows) {
  rows.codes = turned<std::int8_t>(rows.codes);
  if (rows.zero) rows.scale = turned<float>(rows.scale);
  if (rows.zero) rows.zero = turned<std::int8_t>(rows.zero);
  return rows;
}

table::PackedWeights pack_columns(const Tensor& columns, const QuantizationConfig& how) {
  return turned_round(table::pack(table::RowStorage(turned<float>(columns)), how));
}

PackedKernel packed_kernel_of_zeros(std::int64_t rows, std::int64_t columns,
                                    const QuantizationConfig& how) {
  return kernel_of_rows(table::packed_zeros(columns, rows, of_rows(how)));
}

PackedKernel pack_kernel(const Tensor& kernel, const QuantizationConfig& how) {
  const table::RowStorage rows(turned<float>(kernel));
  return kernel_of_rows(table::pack(rows, of_rows(how)));
}

Value packed_product(const Value& x, const PackedKernel& kernel,
                     const std::optional<AbsMaxQuantizer>& inputs) {
  return compute({&x}, [&](const Arguments& given) {
    Tensor numbers = given[0];
    std::vector<float> scales;
    if (inputs) {
      numbers = copy_of(numbers);
      scales = quantize_vectors(numbers, *inputs);
    }
    Tensor y;
    if (kernel.is_int4) {
      y = product(numbers, kernel.dequantized());
    } else {
      const Tensor codes = as_floats(kernel.codes);
      y = inputs ? exact_product(numbers, codes) : product(numbers, codes);
    }
    const auto out = y.data<float>();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t row = i / static_cast<std::size_t>(kernel.columns);
      float scale = inputs ? scales[row] : 1.0F;
      if (!kernel.is_int4)
        scale *= kernel.scale.data<float>()[i % static_cast<std::size_t>(kernel.columns)];
      out[i] /= scale;
    }
    Result result{std::move(y)};
    if (given.wants_any()) {
      result.pullback = [kernel](Slopes& slopes) {
        slopes.add(0, product(slopes.of(), turned<float>(kernel.dequantized())));
      };
    }
    return result;
  });
}

}  // namespace keratin::layers
