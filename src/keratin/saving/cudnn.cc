// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/cudnn.h"

#include <cstddef>
#include <utility>

#include "keratin/saving/weights_reader.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {
namespace {

using formats::hdf5::Object;

Tensor read(const Object& object) { return numbers_of(object.array(), DType::kFloat32); }

/// Both kernels are (rows, gates u): element (i, j) of each gate's block comes from `from(i, j)`,
/// which gives a row and column of the block.
template <class From>
Tensor rearranged(const Tensor& kernel, std::int64_t units, From from) {
  const std::int64_t rows = kernel.shape()[0], width = kernel.shape()[1];
  Tensor result = uninitialized(kernel.shape());
  const auto in = kernel.data<float>();
  const auto out = result.data<float>();
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t column = 0; column < width; ++column) {
      const std::int64_t gate = column / units * units;
      const auto [row, within] = from(i, column - gate);
      out[static_cast<std::size_t>(i * width + column)] =
          in[static_cast<std::size_t>(row * width + gate + within)];
    }
  }
  return result;
}

Tensor bias_of(const Tensor& bias, const Shape& wanted) {
  if (wanted.rank() == 2) return bias.reshaped(wanted);
  Tensor sum = uninitialized(wanted);
  const auto in = bias.data<float>();
  const auto out = sum.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] + in[i + out.size()];
  return sum;
}

}  // namespace

std::vector<Tensor> from_cudnn(std::span<const std::shared_ptr<Variable>> weights,
                               std::span<const Object> arrays) {
  if (weights.size() < 3 || arrays.size() < 3) return {};
  const Shape &kernel = weights[0]->shape(), &recurrent = weights[1]->shape(),
              &bias = weights[2]->shape(), &theirs = arrays[2].shape();
  if (kernel.rank() != 2 || recurrent.rank() != 2 || arrays[0].shape() != kernel ||
      arrays[1].shape() != recurrent || recurrent[0] == 0 || kernel[1] != recurrent[1])
    return {};
  const std::int64_t units = recurrent[0], width = recurrent[1];
  const bool is_lstm = width == 4 * units && bias == Shape{width};
  const bool is_gru = width == 3 * units && bias == Shape{2, width};
  if (!(is_lstm || is_gru) || theirs != Shape{2 * width}) return {};
  const std::int64_t rows = kernel[0];
  return {rearranged(read(arrays[0]), units,
                     [&](std::int64_t i, std::int64_t j) {
                       const std::int64_t place = i + j * rows;  // by columns
                       return std::pair(place / units, place % units);
                     }),
          rearranged(read(arrays[1]), units,
                     [](std::int64_t i, std::int64_t j) { return std::pair(j, i); }),
          bias_of(read(arrays[2]), bias)};
}

}  // namespace keratin::saving
