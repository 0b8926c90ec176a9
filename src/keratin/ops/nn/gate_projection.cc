// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/gate_projection.h"

#include <algorithm>
#include <utility>

#include "keratin/kernels/matmul.h"

namespace keratin::ops::nn {
namespace {

std::vector<float> floats(std::int64_t count) {
  return std::vector<float>(static_cast<std::size_t>(count));
}

/// Some columns of rows that lie `row` apart, side by side.
std::vector<float> columns_of(const float* from, std::int64_t row, std::int64_t rows,
                              std::int64_t columns) {
  std::vector<float> out = floats(rows * columns);
  for (std::int64_t r = 0; r < rows; ++r)
    std::copy_n(from + r * row, columns, out.begin() + r * columns);
  return out;
}

}  // namespace

GateProjection::GateProjection(const Tensor& kernel, std::int64_t units, std::int64_t first,
                               std::int64_t count, std::vector<Tensor> masks, bool way_back)
    : width_(kernel.shape()[0]),
      units_(units),
      first_(first),
      count_(count),
      masks_(std::move(masks)) {
  const std::int64_t all = kernel.shape()[1];
  const float* const from = std::as_const(kernel).data<float>().data() + first * units;
  if (masks_.empty() && columns() == all) {
    held_ = kernel;
    kernel_ = from;
  } else if (masks_.empty()) {
    copied_ = columns_of(from, all, width_, columns());
    kernel_ = copied_.data();
  } else {
    for (std::int64_t g = 0; g < count; ++g) {
      const std::vector<float> gate = columns_of(from + g * units, all, width_, units);
      copied_.insert(copied_.end(), gate.begin(), gate.end());
    }
    kernel_ = copied_.data();
  }
  if (!way_back) return;
  transposed_ = floats(columns() * width_);
  for (std::int64_t k = 0; k < width_; ++k) {
    for (std::int64_t j = 0; j < columns(); ++j)
      transposed_[static_cast<std::size_t>(j * width_ + k)] = from[k * all + j];
  }
}

std::vector<float> GateProjection::masked(const float* x, const std::int64_t* samples,
                                          std::int64_t rows, std::size_t g) const {
  std::vector<float> out = floats(rows * width_);
  const float* const mask = std::as_const(masks_[g]).data<float>().data();
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const factor = mask + samples[r] * width_;
    for (std::int64_t k = 0; k < width_; ++k) {
      out[static_cast<std::size_t>(r * width_ + k)] = x[r * width_ + k] * factor[k];
    }
  }
  return out;
}

void GateProjection::multiply(const float* x, const std::int64_t* samples, std::int64_t rows,
                              bool accumulate, float* out) const {
  if (masks_.empty()) {
    kernels::matmul({x}, {kernel_}, rows, width_, columns(), accumulate, out);
    return;
  }
  std::vector<float> product = floats(rows * units_);
  for (std::int64_t g = 0; g < count_; ++g) {
    const std::vector<float> seen = masked(x, samples, rows, static_cast<std::size_t>(g));
    kernels::matmul({seen.data()}, {kernel_of(g)}, rows, width_, units_, false, product.data());
    for (std::int64_t r = 0; r < rows; ++r) {
      float* const to = out + r * columns() + g * units_;
      for (std::int64_t j = 0; j < units_; ++j) {
        const float sum = product[static_cast<std::size_t>(r * units_ + j)];
        to[j] = accumulate ? to[j] + sum : sum;
      }
    }
  }
}

void GateProjection::multiply_back(const float* dy, const std::int64_t* samples, std::int64_t rows,
                                   bool accumulate, float* dx) const {
  if (masks_.empty()) {
    kernels::matmul({dy}, {transposed_.data()}, rows, columns(), width_, accumulate, dx);
    return;
  }
  if (!accumulate) std::fill_n(dx, rows * width_, 0.0F);
  std::vector<float> product = floats(rows * width_);
  for (std::int64_t g = 0; g < count_; ++g) {
    const std::vector<float> slope = columns_of(dy + g * units_, columns(), rows, units_);
    kernels::matmul({slope.data()}, {transposed_.data() + g * units_ * width_}, rows, units_,
                    width_, false, product.data());
    const auto seen = masked(product.data(), samples, rows, static_cast<std::size_t>(g));
    for (std::int64_t i = 0; i < rows * width_; ++i) dx[i] += seen[static_cast<std::size_t>(i)];
  }
}

void GateProjection::write_gradient(const float* x, const std::int64_t* samples, const float* dy,
                                    std::int64_t rows, Tensor& gradient) const {
  const std::int64_t all = gradient.shape()[1];
  float* const to = gradient.data<float>().data() + first_ * units_;
  if (masks_.empty() && columns() == all) {
    kernels::matmul({x, true}, {dy}, width_, rows, all, false, to);
    return;
  }
  const std::int64_t at_once = masks_.empty() ? columns() : units_;
  std::vector<float> product = floats(width_ * at_once);
  for (std::int64_t first = 0; first < columns(); first += at_once) {
    const std::vector<float> slope = columns_of(dy + first, columns(), rows, at_once);
    std::vector<float> seen;
    if (!masks_.empty()) seen = masked(x, samples, rows, static_cast<std::size_t>(first / units_));
    kernels::matmul({masks_.empty() ? x : seen.data(), true}, {slope.data()}, width_, rows, at_once,
                    false, product.data());
    for (std::int64_t k = 0; k < width_; ++k)
      std::copy_n(product.begin() + k * at_once, at_once, to + k * all + first);
  }
}

}  // namespace keratin::ops::nn
