// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/step_gradient.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/norm.h"
#include "keratin/kernels/row_update.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

constexpr std::int64_t kNormChunk = 32768;  // elements whose squares are summed together

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

void add_rows(const SparseRows& rows, std::span<float> to) {
  const auto from = rows.values.data<float>();
  const std::size_t width = rows.ids.empty() ? 0 : from.size() / rows.ids.size();
  for (std::size_t i = 0; i < rows.ids.size(); ++i) {
    for (std::size_t d = 0; d < width; ++d)
      to[index(rows.ids[i]) * width + d] += from[i * width + d];
  }
}

void add_penalty(const Variable& variable, Tensor& gradient) {
  const Tensor weights = variable.value();
  variable.regularizer->add_gradient(weights.data<float>(), variable.shape(), 1.0f,
                                     gradient.data<float>());
}

/// The variable's gradient as a tensor of its own; zeros where it has none.
Tensor dense_copy(const Shape& shape, const Tensor& dense, const SparseRows* rows) {
  if (dense) return copy_of(dense);
  Tensor result = Tensor::zeros(shape);
  if (rows != nullptr && rows->values) add_rows(*rows, result.data<float>());
  return result;
}

}  // namespace

Layout layout_of(const Shape& shape) {
  if (shape.rank() == 0) return {};
  const std::int64_t width = shape.back();
  return {width == 0 ? 0 : shape.size() / width, width};
}

std::int64_t rows_in(std::int64_t elements, std::int64_t width) {
  return std::max<std::int64_t>(1, elements / std::max<std::int64_t>(1, width));
}

void GradientSum::add(const Variable& variable, const Gradients::Entry* gradient, float divisor,
                      bool penalty) {
  const SparseRows* rows = gradient != nullptr && !gradient->dense ? &gradient->rows : nullptr;
  if (rows != nullptr && !penalty && !dense_) {
    SparseRows more{.ids = rows->ids, .values = copy_of(rows->values)};
    const auto values = more.values.data<float>();
    if (divisor != 1) kernels::scale_elements(values.data(), values.size(), 1.0f, divisor);
    rows_ = rows_.values ? sum_of(rows_, more, variable.shape().back()) : std::move(more);
    return;
  }
  Tensor more =
      dense_copy(variable.shape(), gradient != nullptr ? gradient->dense : Tensor(), rows);
  const auto values = more.data<float>();
  if (divisor != 1) kernels::scale_elements(values.data(), values.size(), 1.0f, divisor);
  if (penalty) add_penalty(variable, more);
  if (dense_) {
    const auto sum = std::as_const(dense_).data<float>();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += sum[i];
  } else if (rows_.values) {
    add_rows(rows_, values);
  }
  clear();
  dense_ = std::move(more);
}

void GradientSum::clear() {
  dense_ = Tensor();
  rows_ = SparseRows();
}

Tensor GradientSum::to_tensor(const Shape& shape) const {
  return dense_copy(shape, dense_, &rows_);
}

void GradientSum::from_tensor(const Tensor& tensor) {
  clear();
  if (tensor.shape().rank() != 2) {
    dense_ = copy_of(tensor);
    return;
  }
  const auto all = tensor.data<float>();
  const std::size_t width = index(tensor.shape().back());
  for (std::int64_t row = 0; row < tensor.shape()[0]; ++row) {
    const auto values = all.subspan(index(row) * width, width);
    if (std::any_of(values.begin(), values.end(), [](float x) { return x != 0; }))
      rows_.ids.push_back(row);
  }
  const auto count = static_cast<std::int64_t>(rows_.ids.size());
  if (count > 0) rows_.values = take_rows(tensor, rows_.ids.data(), count);
}

StepGradient::StepGradient(const Variable& variable, const Tensor& dense, const SparseRows* rows,
                           float divisor, bool penalty)
    : layout_(layout_of(variable.shape())),
      dense_(dense),
      rows_(rows != nullptr && rows->values ? rows : nullptr),
      divisor_(divisor) {
  if (!penalty || !variable.regularizer) return;
  if (variable.shape().rank() == 2 && !variable.regularizer->couples_rows()) {
    penalty_ = variable.regularizer.get();
    weights_ = variable.value();
    return;
  }
  // A penalty that couples the rows of a table (Orthogonal) takes V x V products by itself: here a
  // gradient of V x D is the smaller evil.
  dense_ = dense_copy(variable.shape(), dense, rows_);
  const auto values = dense_.data<float>();
  divide(values.data(), values.size());
  divisor_ = 1;
  rows_ = nullptr;
  add_penalty(variable, dense_);
}

const std::vector<std::int64_t>& StepGradient::ids() const {
  static const std::vector<std::int64_t> kNoIds;
  return rows_ != nullptr ? rows_->ids : kNoIds;
}

const float* StepGradient::weights(std::uint64_t version) const {
  if (rows_ == nullptr || !rows_->weights || rows_->version != version) return nullptr;
  return std::as_const(rows_->weights).data<float>().data();
}

void StepGradient::clip_by_scale(float factor, float divisor) {
  scales_ = true;
  scale_factor_ = factor;
  scale_divisor_ = divisor;
}

void StepGradient::divide(float* g, std::size_t n) const {
  if (divisor_ != 1) kernels::scale_elements(g, n, 1.0f, divisor_);
}

void StepGradient::clip(float* g, std::size_t n) const {
  if (scales_) kernels::scale_elements(g, n, scale_factor_, scale_divisor_);
  if (limit_) kernels::clip_elements(g, n, *limit_);
}

const float* StepGradient::block(std::int64_t begin, std::int64_t end,
                                 GradientBlock& memory) const {
  const std::size_t width = index(layout_.width);
  const std::size_t n = index(end - begin) * width;
  const float* dense =
      dense_ ? std::as_const(dense_).data<float>().data() + index(begin) * width : nullptr;
  if (dense != nullptr && !is_changed()) return dense;

  assert(n <= memory.memory_.size());
  float* const values = memory.memory_.data();
  std::fill(values + memory.dirty_begin_, values + memory.dirty_end_, 0.0f);
  if (memory.clear_ < n) std::fill(values + std::exchange(memory.clear_, n), values + n, 0.0f);
  memory.dirty_begin_ = 0;
  const bool everywhere = dense != nullptr || penalty_ != nullptr || !keeps_zeros();
  memory.dirty_end_ = everywhere ? n : 0;

  if (dense != nullptr) {
    std::copy_n(dense, n, values);
    divide(values, n);
  } else if (rows_ != nullptr) {
    const auto first = std::lower_bound(rows_->ids.begin(), rows_->ids.end(), begin);
    const float* from =
        rows_->values.data<float>().data() + index(first - rows_->ids.begin()) * width;
    for (auto id = first; id != rows_->ids.end() && *id < end; ++id, from += width) {
      const std::size_t at = index(*id - begin) * width;
      std::copy_n(from, width, values + at);
      if (keeps_zeros()) divide(values + at, width);
      if (!everywhere) {
        clip(values + at, width);  // zeros elsewhere need no clipping
        if (id == first) memory.dirty_begin_ = at;
        memory.dirty_end_ = at + width;
      }
    }
  }
  if (dense == nullptr && !keeps_zeros()) divide(values, n);
  if (penalty_ != nullptr) {
    penalty_->add_gradient({std::as_const(weights_).data<float>().data() + index(begin) * width, n},
                           Shape{end - begin, layout_.width}, 1.0f, {values, n});
  }
  if (everywhere) clip(values, n);
  return values;
}

const float* StepGradient::rows(std::size_t i, std::size_t count, std::span<float> memory) const {
  const std::size_t width = index(layout_.width);
  const float* from = rows_->values.data<float>().data() + i * width;
  if (!is_changed()) return from;
  std::copy_n(from, count * width, memory.data());
  divide(memory.data(), count * width);
  clip(memory.data(), count * width);
  return memory.data();
}

// Both ways of summing give the same bits: squares are summed over a row, rows over a chunk of
// rows, chunks over the variable, and rows that are not visited would add zero.

double StepGradient::squared_norm() const {
  return is_sparse() ? squared_norm_of_rows() : squared_norm_of_blocks();
}

double StepGradient::squared_norm_of_rows() const {
  const std::int64_t chunk_rows = rows_in(kNormChunk, layout_.width);
  std::vector<float> memory(index(layout_.width));
  double total = 0;
  double of_chunk = 0;
  std::int64_t chunk = 0;
  for (std::size_t i = 0; i < ids().size(); ++i) {
    if (ids()[i] / chunk_rows != chunk) {
      total += std::exchange(of_chunk, 0.0);
      chunk = ids()[i] / chunk_rows;
    }
    of_chunk += kernels::sum_of_squares(rows(i, 1, memory), index(layout_.width));
  }
  return total + of_chunk;
}

double StepGradient::squared_norm_of_blocks() const {
  const std::int64_t chunk_rows = rows_in(kNormChunk, layout_.width);
  const std::int64_t block_rows = rows_in(GradientBlock::kElements, layout_.width);
  if (layout_.rows == 0) return 0;
  std::vector<double> sums(index((layout_.rows - 1) / chunk_rows + 1), 0.0);
  parallel::for_chunks(layout_.rows, chunk_rows, [&](std::int64_t begin, std::int64_t end) {
    const bool wide = index(layout_.width) > GradientBlock::kElements;
    std::vector<float> large(wide ? index(layout_.width) : 0);
    GradientBlock memory(large);
    double& sum = sums[index(begin / chunk_rows)];
    for (; begin < end; begin += block_rows) {
      const std::int64_t stop = std::min(end, begin + block_rows);
      const float* g = block(begin, stop, memory);
      for (std::int64_t row = begin; row < stop; ++row, g += layout_.width)
        sum += kernels::sum_of_squares(g, index(layout_.width));
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace keratin::optimizers
