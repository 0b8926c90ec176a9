// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/packed_kernel.h"

#include <algorithm>
#include <cmath>
#include <functional>
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

/// Some columns of a matrix as rows.
template <class T>
Tensor turned_part(const Tensor& x, std::int64_t first, std::int64_t count) {
  const std::int64_t rows = x.shape()[0], columns = x.shape()[1];
  Tensor y = uninitialized({count, rows}, x.dtype());
  const auto from = x.data<T>();
  const auto to = y.data<T>();
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < count; ++j) {
      to[static_cast<std::size_t>(j * rows + i)] =
          from[static_cast<std::size_t>(i * columns + first + j)];
    }
  }
  return y;
}

/// Rows and columns of a matrix changed.
template <class T>
Tensor turned(const Tensor& x) {
  return turned_part<T>(x, 0, x.shape()[1]);
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

table::PackedWeights some_rows(const table::PackedWeights& rows, std::int64_t first,
                               std::int64_t count) {
  table::PackedWeights part = rows;
  part.codes = slice_rows(rows.codes, first, count);
  part.scale = slice_rows(rows.scale, first, count);
  if (rows.zero) part.zero = slice_rows(rows.zero, first, count);
  return part;
}

table::PackedWeights some_columns(const table::PackedWeights& columns, std::int64_t first,
                                  std::int64_t count) {
  table::PackedWeights part = columns;
  part.codes = turned_part<std::int8_t>(columns.codes, first, count);
  if (!columns.zero) {
    part.scale = slice_rows(columns.scale, first, count);
  } else {
    part.scale = turned_part<float>(columns.scale, first, count);
    part.zero = turned_part<std::int8_t>(columns.zero, first, count);
  }
  return part;
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

namespace {

/// Vectors as the product takes them: their numbers, or codes and a scale for each.
struct Vectors {
  Tensor numbers;
  std::vector<float> scales;
};

Vectors vectors_of(const Tensor& x, const std::optional<AbsMaxQuantizer>& inputs) {
  Vectors vectors{x, {}};
  if (!inputs) return vectors;
  vectors.numbers = copy_of(x);
  vectors.scales = quantize_vectors(vectors.numbers, *inputs);
  return vectors;
}

Tensor product_of(const Vectors& x, const PackedKernel& kernel) {
  const bool are_codes = !x.scales.empty();
  Tensor y;
  if (kernel.is_int4) {
    y = product(x.numbers, kernel.dequantized());
  } else {
    const Tensor codes = as_floats(kernel.codes);
    y = are_codes ? exact_product(x.numbers, codes) : product(x.numbers, codes);
  }
  const auto out = y.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t row = i / static_cast<std::size_t>(kernel.columns);
    float scale = are_codes ? x.scales[row] : 1.0F;
    if (!kernel.is_int4)
      scale *= kernel.scale.data<float>()[i % static_cast<std::size_t>(kernel.columns)];
    out[i] /= scale;
  }
  return y;
}

/// Runs `body(first, count)` for parts of the rows, whose numbers are 1 MiB at most.
template <class Body>
void for_parts(std::int64_t rows, std::int64_t width, const Body& body) {
  constexpr std::int64_t kNumbers = std::int64_t{1} << 18;
  const std::int64_t most = std::max<std::int64_t>(1, kNumbers / std::max<std::int64_t>(1, width));
  for (std::int64_t first = 0; first < rows; first += most)
    body(first, std::min(most, rows - first));
}

}  // namespace

Value packed_product(const Value& x, const PackedKernel& kernel,
                     const std::optional<AbsMaxQuantizer>& inputs) {
  return compute({&x}, [&](const Arguments& given) {
    Result result{product_of(vectors_of(given[0], inputs), kernel)};
    if (given.wants_any()) {
      result.pullback = [kernel](Slopes& slopes) {
        slopes.add(0, product(slopes.of(), turned<float>(kernel.dequantized())));
      };
    }
    return result;
  });
}

Value packed_product_with_rows(const Value& x, std::int64_t rows, const RowsOfCodes& codes,
                               const std::optional<AbsMaxQuantizer>& inputs) {
  return compute({&x}, [&](const Arguments& given) {
    const Shape& shape = given[0].shape();
    const std::int64_t width = shape.back(), count = shape.leading().size();
    const Vectors vectors = vectors_of(given[0], inputs);
    Shape of_scores = shape;
    of_scores[shape.rank() - 1] = rows;
    Tensor y = uninitialized(of_scores);
    float* const scores = y.data<float>().data();
    for_parts(rows, width, [&](std::int64_t first, std::int64_t some) {
      const Tensor part = product_of(vectors, kernel_of_rows(codes(first, some)));
      const float* const from = part.data<float>().data();
      for (std::int64_t i = 0; i < count; ++i)
        std::copy_n(from + i * some, some, scores + i * rows + first);
    });
    Result result{std::move(y)};
    if (given.wants_any()) {
      result.pullback = [shape, rows, width, count, codes](Slopes& slopes) {
        const float* const from = slopes.of().data<float>().data();
        Tensor sums = Tensor::zeros(shape);
        const auto to = sums.data<float>();
        for_parts(rows, width, [&](std::int64_t first, std::int64_t some) {
          Tensor part = uninitialized({count, some});
          float* const slope = part.data<float>().data();
          for (std::int64_t i = 0; i < count; ++i)
            std::copy_n(from + i * rows + first, some, slope + i * some);
          const Tensor kernel = turned<float>(kernel_of_rows(codes(first, some)).dequantized());
          const Tensor found = product(part, kernel);
          std::ranges::transform(to, found.data<float>(), to.begin(), std::plus());
        });
        slopes.add(0, std::move(sums));
      };
    }
    return result;
  });
}

}  // namespace keratin::layers
