// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/ids.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "keratin/base/invalid_entry.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::int64_t kIdsPerTask = 1 << 15;  // some ten microseconds

/// (3, 7) for the element `index` of a tensor of that shape.
std::string position(const Shape& shape, std::int64_t index) {
  Shape place = shape;
  for (std::size_t axis = shape.rank(); axis-- > 0;) {
    place[axis] = index % shape[axis];
    index /= shape[axis];
  }
  return to_string(place);
}

template <class T>
[[noreturn]] void refuse(const Shape& shape, std::int64_t index, T value, std::int64_t rows,
                         const Owner& owner) {
  const std::string where = position(shape, index);
  if constexpr (std::is_floating_point_v<T>) {
    if (!(value == std::floor(value))) {  // also NaN
      invalid_entry(owner.class_name, owner.kind, " '", owner.name, "': the id at position ", where,
                    " is not an integer. Received: ", static_cast<double>(value),
                    ". Ids must be integers in [0, ", rows, ").");
    }
  }
  out_of_range(owner.class_name, owner.kind, " '", owner.name, "': id ", value, " at position ",
               where, " is outside [0, ", rows, ").");
}

/// True when the value is an integer in [0, rows).
template <class T>
bool is_row(T value, std::int64_t rows) {
  if constexpr (std::is_same_v<T, bool>) {
    return static_cast<std::int64_t>(value) < rows;
  } else if constexpr (std::is_floating_point_v<T>) {
    // The first comparison is false for NaN; both bounds are exact in T or beyond any id.
    return value >= 0 && value < static_cast<T>(9.2e18) && value == std::floor(value) &&
           static_cast<std::int64_t>(value) < rows;
  } else {
    return std::cmp_greater_equal(value, 0) && std::cmp_less(value, rows);
  }
}

/// Whether all values are rows. Without a branch, and integers as wide as they are, so that some
/// are looked at together: a negative one is, without its sign, larger than any row.
template <class T>
bool all_rows(std::span<const T> values, std::int64_t rows) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    using Unsigned = std::make_unsigned_t<T>;
    const T last = std::cmp_less(rows - 1, std::numeric_limits<T>::max())
                       ? static_cast<T>(rows - 1)
                       : std::numeric_limits<T>::max();
    Unsigned largest = 0;
    for (const T value : values) largest = std::max(largest, static_cast<Unsigned>(value));
    return largest <= static_cast<Unsigned>(last);
  } else {
    bool good = true;
    for (const T value : values) good &= is_row(value, rows);
    return good;
  }
}

/// `shape` gives that of the ids.
template <class T, class ShapeOf>
void check(std::span<const T> values, const ShapeOf& shape, std::int64_t rows, const Owner& owner) {
  std::atomic<bool> all_good = true;
  const auto count = static_cast<std::int64_t>(values.size());
  parallel::for_chunks(count, kIdsPerTask, [&](std::int64_t begin, std::int64_t end) {
    const auto part =
        values.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    if (!all_rows<T>(part, rows)) all_good.store(false, std::memory_order_relaxed);
  });
  if (all_good.load(std::memory_order_relaxed)) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!is_row(values[i], rows))
      refuse<T>(shape(), static_cast<std::int64_t>(i), values[i], rows, owner);
  }
}

/// Copies ids that 32 bits hold. Whether all are rows; `to` holds them only then. Without a branch.
bool narrow(std::span<const std::int64_t> ids, std::int64_t rows, std::int32_t* to) {
  std::atomic<bool> all_good = true;
  const auto count = static_cast<std::int64_t>(ids.size());
  parallel::for_chunks(count, kIdsPerTask, [&](std::int64_t begin, std::int64_t end) {
    std::uint64_t high = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const auto id = static_cast<std::uint64_t>(ids[static_cast<std::size_t>(i)]);
      high |= id >> 31;
      to[i] = static_cast<std::int32_t>(id);
    }
    const std::span<const std::int32_t> copy(to + begin, static_cast<std::size_t>(end - begin));
    if (high != 0 || !all_rows(copy, rows)) all_good.store(false, std::memory_order_relaxed);
  });
  return all_good.load(std::memory_order_relaxed);
}

}  // namespace

void check_ids(const Tensor& ids, std::int64_t rows, const Owner& owner) {
  if (!ids) invalid_argument(owner.class_name, owner.kind, " '", owner.name, "' was given no ids.");
  visit_dtype(ids.dtype(), [&](auto zero) {
    check(
        ids.data<decltype(zero)>(), [&] { return ids.shape(); }, rows, owner);
  });
}

template <class Id>
void check_ids(std::span<const Id> ids, std::int64_t rows, const Owner& owner) {
  check(
      ids, [&] { return Shape{static_cast<std::int64_t>(ids.size())}; }, rows, owner);
}
template void check_ids(std::span<const std::int32_t>, std::int64_t, const Owner&);
template void check_ids(std::span<const std::int64_t>, std::int64_t, const Owner&);

const Tensor& checked_ids(const Tensor& ids, std::int64_t rows, const Owner& owner,
                          Tensor& converted) {
  check_ids(ids, rows, owner);
  if (ids.dtype() == DType::kInt32 || ids.dtype() == DType::kInt64) return ids;
  converted = cast(ids, DType::kInt64);
  return converted;
}

Tensor copied_ids(const Tensor& ids, std::int64_t rows, const Owner& owner) {
  if (ids && ids.dtype() == DType::kInt64 && TensorAccess::is_view(ids) &&
      rows <= std::int64_t{1} << 31) {
    Tensor copy = TensorAccess::uninitialized(ids.shape(), DType::kInt32);
    if (narrow(ids.data<std::int64_t>(), rows, copy.data<std::int32_t>().data())) return copy;
  }
  const Tensor copy = snapshot(ids);
  Tensor converted;
  return checked_ids(copy, rows, owner, converted);
}

}  // namespace keratin::table
