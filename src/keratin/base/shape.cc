// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/shape.h"

#include <algorithm>

#include "keratin/base/error.h"

namespace keratin {

std::unique_ptr<std::vector<std::int64_t>> Shape::copy_of(const Shape& many) {
  return std::make_unique<std::vector<std::int64_t>>(*many.many_);
}

void Shape::no_axis(std::size_t axis) const {
  invalid_argument("Shape", "axis ", axis, " is outside shape ", *this, ".");
}

void Shape::push_back(std::int64_t dim) {
  if (rank_ < kFew) {
    few_[rank_] = dim;
  } else {
    if (rank_ == kFew)
      many_ = std::make_unique<std::vector<std::int64_t>>(few_.begin(), few_.end());
    many_->push_back(dim);
  }
  ++rank_;
}

bool Shape::operator==(const Shape& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

std::int64_t Shape::dim(std::int64_t axis) const {
  const auto rank = static_cast<std::int64_t>(rank_);
  const std::int64_t index = axis < 0 ? axis + rank : axis;
  if (index < 0 || index >= rank) {
    invalid_argument("Shape", "axis ", axis, " is outside shape ", *this, ".");
  }
  return begin()[index];
}

bool Shape::is_known() const {
  return std::none_of(begin(), end(), [](std::int64_t d) { return d == kNone; });
}

std::int64_t Shape::size() const {
  std::int64_t product = 1;
  bool overflow = false;
  bool empty = false;  // a zero may follow dimensions whose product overflows
  for (const std::int64_t d : *this) {
    if (d < 0) invalid_argument("Shape", "shape ", *this, " has a dimension without a size.");
    if (d == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(product, d, &product)) {
      overflow = true;
    }
  }
  if (empty) return 0;
  if (overflow) invalid_argument("Shape", "shape ", *this, " has more than 2^63 - 1 elements.");
  return product;
}

Shape Shape::from(std::size_t first) const {
  if (first >= rank_) return {};
  return Shape(std::span(begin() + first, end()));
}

Shape Shape::leading() const { return Shape(std::span(begin(), rank_ == 0 ? 0 : rank_ - 1)); }

Shape Shape::with_batch(std::int64_t batch) const {
  Shape result = *this;
  if (rank_ > 0) result[0] = batch;
  return result;
}

bool Shape::is_compatible_with(const Shape& other) const {
  return std::equal(begin(), end(), other.begin(), other.end(), [](std::int64_t a, std::int64_t b) {
    return a == b || a == kNone || b == kNone;
  });
}

std::string to_string(const Shape& shape) {
  std::string out = "(";
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (i != 0) out += ", ";
    out += shape[i] == kNone ? std::string("None") : std::to_string(shape[i]);
  }
  return out + (shape.rank() == 1 ? ",)" : ")");
}

}  // namespace keratin
