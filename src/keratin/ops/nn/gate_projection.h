// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/tensor/tensor.h"

namespace keratin::ops::nn {

/// The product of rows with some of the columns of a kernel (K, gates * units): those of the gates
/// [first, first + count). Where there are masks (dropout), gate g sees a row times its mask.
/// Threads: const, and safe. The result of a row has the same bits whatever rows are beside it.
class GateProjection {
 public:
  /// `masks`: float32 (B, K), none, or one a gate of these. `way_back`: multiply_back() is called.
  GateProjection(const Tensor& kernel, std::int64_t units, std::int64_t first, std::int64_t count,
                 std::vector<Tensor> masks, bool way_back);

  std::int64_t width() const { return width_; }
  std::int64_t columns() const { return count_ * units_; }
  /// out (rows, columns) = x (rows, width) times the kernel, or += that. `samples`: whose masks.
  void multiply(const float* x, const std::int64_t* samples, std::int64_t rows, bool accumulate,
                float* out) const;
  /// dx (rows, width) = what dy (rows, columns) says of x, or += that.
  void multiply_back(const float* dy, const std::int64_t* samples, std::int64_t rows,
                     bool accumulate, float* dx) const;
  /// Writes its columns of the gradient of the kernel, from all rows.
  void write_gradient(const float* x, const std::int64_t* samples, const float* dy,
                      std::int64_t rows, Tensor& gradient) const;

 private:
  /// x times the mask of gate g.
  std::vector<float> masked(const float* x, const std::int64_t* samples, std::int64_t rows,
                            std::size_t g) const;
  const float* kernel_of(std::int64_t g) const { return kernel_ + g * width_ * units_; }

  std::int64_t width_, units_, first_, count_;
  std::vector<Tensor> masks_;
  Tensor held_;                    // the kernel, where it is read as it lies
  std::vector<float> copied_;      // else its columns: all side by side, or gate by gate for masks
  std::vector<float> transposed_;  // (columns, width)
  const float* kernel_;
};

}  // namespace keratin::ops::nn
