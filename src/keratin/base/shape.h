// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace keratin {

/// A dimension that is not known before the data: Python's `None` in a Keras shape.
inline constexpr std::int64_t kNone = -1;

/// The dimensions of a tensor, outermost first. A dimension is a size (0 or more) or kNone.
/// One legend everywhere: B batch, T steps, V rows of a table, D width.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<std::int64_t> dims) : dims_(std::move(dims)) {}

  std::size_t rank() const { return dims_.size(); }
  /// Dimension `axis`; negative counts from the end. Throws std::invalid_argument when there is
  /// none.
  std::int64_t dim(std::int64_t axis) const;
  std::int64_t operator[](std::size_t axis) const { return dims_[axis]; }
  std::int64_t& operator[](std::size_t axis) { return dims_[axis]; }
  std::int64_t back() const { return dim(-1); }

  const std::vector<std::int64_t>& dims() const { return dims_; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  void push_back(std::int64_t dim) { dims_.push_back(dim); }

  /// True when no dimension is kNone.
  bool is_known() const;
  /// The number of elements (1 for rank 0). Throws std::invalid_argument when a dimension is not
  /// known or negative, or the product does not fit 63 bits.
  std::int64_t size() const;
  /// The dimensions from `first` on.
  Shape from(std::size_t first) const;
  /// This shape with `batch` in place of the first dimension; rank 0 stays.
  Shape with_batch(std::int64_t batch) const;
  /// True when both have the same rank and every pair of dimensions is equal or one is kNone.
  bool is_compatible_with(const Shape& other) const;

  bool operator==(const Shape&) const = default;

 private:
  std::vector<std::int64_t> dims_;
};

/// As Python prints a tuple: `(None, 10, 64)`, `(3,)`, `()`.
std::string to_string(const Shape& shape);

}  // namespace keratin
