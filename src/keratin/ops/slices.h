// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keratin/graph/value.h"

/// Parts of a value by place. Any type, which stays.
namespace keratin::ops {

/// One entry of Python's x[...]: `3`, `1:5:2`, `...`, or None, a new axis.
struct Index {
  enum class Kind { kAt, kSlice, kEllipsis, kNewAxis };

  Index(std::int64_t at) : kind(Kind::kAt), start(at) {}
  static Index slice(std::optional<std::int64_t> start = {}, std::optional<std::int64_t> stop = {},
                     std::optional<std::int64_t> step = {});
  static Index ellipsis();
  static Index new_axis();

  Kind kind;
  std::optional<std::int64_t> start;  // of kAt: where
  std::optional<std::int64_t> stop = {};
  std::optional<std::int64_t> step = {};

 private:
  explicit Index(Kind k) : kind(k) {}
};
/// All between the brackets.
using Slices = std::vector<Index>;

/// x[...], as NumPy slices: negative places count from the end, slices are cut where the axis ends,
/// steps may be negative. Throws std::out_of_range for a place outside, std::invalid_argument for
/// too many entries, two ellipses, or a step of 0. Keras: `GetItem`.
Value get_item(const Value& x, const Slices& key);
/// The part of `shape` that begins at `start_indices`; a size of -1 is what is left. Throws
/// std::invalid_argument unless it lies inside. Keras (on JAX) moves it inside.
Value slice(const Value& x, const std::vector<std::int64_t>& start_indices,
            const std::vector<std::int64_t>& shape);
/// x with `updates` written over the part that begins at `start_indices`. Throws
/// std::invalid_argument unless it lies inside and both are of one type.
Value slice_update(const Value& x, const std::vector<std::int64_t>& start_indices,
                   const Value& updates);

}  // namespace keratin::ops
