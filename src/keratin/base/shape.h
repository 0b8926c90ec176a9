// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace keratin {

/// A dimension that is not known before the data: Python's `None` in a Keras shape.
inline constexpr std::int64_t kNone = -1;

/// The dimensions of a tensor, outermost first. A dimension is a size (0 or more) or kNone.
/// One legend everywhere: B batch, T steps, V rows of a table, D width. Up to six dimensions need
/// no memory of their own: shapes are made in the middle of a step, where nothing may fail.
class Shape {
 public:
  Shape() = default;
  Shape(const Shape& other)
      : rank_(other.rank_), few_(other.few_), many_(other.many_ ? copy_of(other) : nullptr) {}
  Shape& operator=(const Shape& other) {
    if (this != &other) *this = Shape(other);
    return *this;
  }
  Shape(Shape&& other) noexcept
      : rank_(std::exchange(other.rank_, 0)), few_(other.few_), many_(std::move(other.many_)) {}
  Shape& operator=(Shape&& other) noexcept {
    if (this == &other) return *this;
    rank_ = std::exchange(other.rank_, 0);
    few_ = other.few_;
    many_ = std::move(other.many_);
    return *this;
  }
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(const std::vector<std::int64_t>& dims) : Shape(std::span(dims)) {}
  explicit Shape(std::span<const std::int64_t> dims) : rank_(dims.size()) {
    if (rank_ <= kFew) {
      std::copy(dims.begin(), dims.end(), few_.begin());
    } else {
      many_ = std::make_unique<std::vector<std::int64_t>>(dims.begin(), dims.end());
    }
  }

  std::size_t rank() const { return rank_; }
  /// Dimension `axis`; negative counts from the end. Throws std::invalid_argument when there is
  /// none.
  std::int64_t dim(std::int64_t axis) const;
  /// Throws std::invalid_argument when there is no such axis.
  std::int64_t operator[](std::size_t axis) const {
    if (axis >= rank_) no_axis(axis);
    return begin()[axis];
  }
  std::int64_t& operator[](std::size_t axis) {
    if (axis >= rank_) no_axis(axis);
    return const_cast<std::int64_t&>(begin()[axis]);
  }
  std::int64_t back() const { return dim(-1); }

  const std::int64_t* begin() const { return rank_ <= kFew ? few_.data() : many_->data(); }
  const std::int64_t* end() const { return begin() + rank_; }
  void push_back(std::int64_t dim);

  /// True when no dimension is kNone.
  bool is_known() const;
  /// The number of elements (1 for rank 0). Throws std::invalid_argument when a dimension is not
  /// known or negative, or the product does not fit 63 bits.
  std::int64_t size() const;
  /// The dimensions from `first` on.
  Shape from(std::size_t first) const;
  /// The dimensions in front of the last; of rank 0 none.
  Shape leading() const;
  /// This shape with `batch` in place of the first dimension; rank 0 stays.
  Shape with_batch(std::int64_t batch) const;
  /// True when both have the same rank and every pair of dimensions is equal or one is kNone.
  bool is_compatible_with(const Shape& other) const;

  bool operator==(const Shape& other) const;

 private:
  static constexpr std::size_t kFew = 6;
  [[noreturn]] void no_axis(std::size_t axis) const;
  static std::unique_ptr<std::vector<std::int64_t>> copy_of(const Shape& many);

  std::size_t rank_ = 0;
  std::array<std::int64_t, kFew> few_{};             // the dimensions, or
  std::unique_ptr<std::vector<std::int64_t>> many_;  // all of them, where there are more
};

/// As Python prints a tuple: `(None, 10, 64)`, `(3,)`, `()`.
std::string to_string(const Shape& shape);

}  // namespace keratin
