// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/sorting.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "keratin/ops/axes.h"
#include "keratin/ops/gathering.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/result_type.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

bool below(float a, float b) { return a < b || (std::isnan(b) && !std::isnan(a)); }
bool below(std::int64_t a, std::int64_t b) { return a < b; }
bool below(std::uint64_t a, std::uint64_t b) { return a < b; }

/// Calls visit(cast elements, zero of their type): floats as float32, integers as 64 bits.
template <class Visit>
void with_elements(const Tensor& x, Visit visit) {
  if (is_floating(x.dtype())) {
    const Tensor floats = cast(x, DType::kFloat32);
    return visit(floats.data<float>().data());
  }
  if (x.dtype() == DType::kUint64) return visit(x.data<std::uint64_t>().data());
  const Tensor wide = cast(x, DType::kInt64);
  visit(wide.data<std::int64_t>().data());
}

/// Of each line along the axis the places of the first k elements in order, the largest first where
/// `descends`: for line (outer, inner) at (outer, place, inner) of the result.
std::vector<std::int32_t> ordered(const Tensor& x, const AroundAxis& around, std::int64_t k,
                                  bool descends) {
  std::vector<std::int32_t> result(static_cast<std::size_t>(around.outer * k * around.inner));
  if (result.empty()) return result;
  with_elements(x, [&](const auto* in) {
    parallel::for_chunks(
        around.outer * around.inner, std::max<std::int64_t>(1, 2048 / around.size),
        [&](std::int64_t begin, std::int64_t end) {
          std::vector<std::int32_t> order(static_cast<std::size_t>(around.size));
          for (std::int64_t line = begin; line < end; ++line) {
            const auto* first =
                in + line / around.inner * around.size * around.inner + line % around.inner;
            for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
            const auto comes_before = [&](std::int32_t a, std::int32_t b) {
              const auto x_a = first[a * around.inner];
              const auto x_b = first[b * around.inner];
              if (below(x_a, x_b)) return !descends;
              if (below(x_b, x_a)) return descends;
              return a < b;
            };
            std::partial_sort(order.begin(), order.begin() + k, order.end(), comes_before);
            std::int32_t* out =
                result.data() + line / around.inner * k * around.inner + line % around.inner;
            for (std::int64_t i = 0; i < k; ++i)
              out[i * around.inner] = order[static_cast<std::size_t>(i)];
          }
        });
  });
  return result;
}

/// The elements at these places of their lines, and for the way back where each is in x.
std::vector<std::int64_t> flat(const std::vector<std::int32_t>& places, const AroundAxis& around,
                               std::int64_t k) {
  std::vector<std::int64_t> result(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t outer = at / (k * around.inner);
    result[i] = (outer * around.size + places[i]) * around.inner + at % around.inner;
  }
  return result;
}
Tensor elements(const Tensor& x, const std::vector<std::int64_t>& at, const Shape& shape) {
  Tensor y = uninitialized(shape, x.dtype());
  take_slices(x.reshaped({x.size()}), 0, at, y);
  return y;
}
Pullback back_to(std::vector<std::int64_t> at, const Shape& shape) {
  return [at = std::move(at), shape](Slopes& slopes) {
    if (!slopes.of(0)) return;
    const Tensor slope = slopes.of(0).reshaped({slopes.of(0).size()});
    slopes.add(0, add_slices(slope, 0, at, {shape.size()}).reshaped(shape));
  };
}
Tensor as_tensor(const std::vector<std::int32_t>& places, const Shape& shape) {
  return Tensor::from(places, shape);
}

template <class Self>
struct Order : OpOf<Self> {
  std::optional<std::int64_t> axis = -1;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  Shape along(const Shape& x) const { return axis ? x : Shape{x.is_known() ? x.size() : kNone}; }
  std::size_t at(const Shape& shape) const {
    const std::size_t found = axis_of(*this, axis.value_or(0), shape.rank());
    if (shape[found] > std::numeric_limits<std::int32_t>::max())
      refuse(*this, "an axis must be of 2147483647 elements at most. Received: ", shape[found]);
    return found;
  }
};

struct Sort final : Order<Sort> {
  static constexpr std::string_view kName = "Sort";
  Spec spec(const Given& x) const {
    const Shape shape = along(x[0].shape());
    at(shape);
    return {shape, x[0].dtype()};
  }
  Result compute(const Arguments& x) const {
    const Shape shape = spec(x).shape;
    const AroundAxis around(shape, at(shape));
    std::vector<std::int64_t> from =
        flat(ordered(x[0], around, around.size, false), around, around.size);
    Result result{elements(x[0], from, shape)};
    if (x.wants_any()) result.pullback = back_to(std::move(from), x[0].shape());
    return result;
  }
};

struct Argsort final : Order<Argsort> {
  static constexpr std::string_view kName = "Argsort";
  /// Of a number as of a vector of one.
  Shape along(const Shape& x) const { return x.rank() == 0 ? Shape{1} : Order::along(x); }
  Spec spec(const Given& x) const {
    const Shape shape = along(x[0].shape());
    at(shape);
    return {shape, DType::kInt32};
  }
  Result compute(const Arguments& x) const {
    const Shape shape = spec(x).shape;
    const AroundAxis around(shape, at(shape));
    return {as_tensor(ordered(x[0], around, around.size, false), shape)};
  }
};

struct TopK final : OpOf<TopK> {
  static constexpr std::string_view kName = "TopK";
  std::int64_t k = 1;
  bool sorted = true;
  bool is_stable = true;

  template <class F>
  void fields(F& f) {
    f("k", k);
    f("sorted", sorted);
    f("is_stable", is_stable);
  }
  std::vector<Spec> specs(const Given& x) const {
    Shape shape = x[0].shape();
    if (shape.rank() == 0) refuse(*this, "a value of one axis or more is wanted.");
    std::int64_t& last = shape[shape.rank() - 1];
    if (k < 0 || (last != kNone && k > last) || last > std::numeric_limits<std::int32_t>::max()) {
      refuse(*this, "k must be from 0 to the size of the last axis. Received: ", k,
             " for a value of shape ", x[0].shape());
    }
    last = k;
    return {{shape, x[0].dtype()}, {shape, DType::kInt32}};
  }
  Result compute(const Arguments& x) const {
    const Shape shape = specs(x)[0].shape;
    const AroundAxis around(x[0].shape(), x[0].shape().rank() - 1);
    const std::vector<std::int32_t> places = ordered(x[0], around, k, true);
    std::vector<std::int64_t> from = flat(places, around, k);
    Result result;
    result.outputs.push_back(elements(x[0], from, shape));
    result.outputs.push_back(as_tensor(places, shape));
    if (x.wants_any()) result.pullback = back_to(std::move(from), x[0].shape());
    return result;
  }
};

struct InTopK final : OpOf<InTopK> {
  static constexpr std::string_view kName = "InTopK";
  static constexpr std::size_t kInputs = 2;
  std::int64_t k = 1;

  template <class F>
  void fields(F& f) {
    f("k", k);
  }
  Spec spec(const Given& x) const {
    require_places(*this, x[0].dtype());
    Shape shape = x[0].shape();
    shape.push_back(kNone);
    if (!shape.is_compatible_with(x[1].shape())) {
      refuse(*this, "predictions must have one axis more than targets. Received: shapes ",
             x[0].shape(), " and ", x[1].shape());
    }
    return {x[0].shape(), DType::kBool};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const std::int64_t classes = x[1].shape().back();
    const std::vector<std::int64_t> targets = places_in(*this, x[0], classes);
    const Tensor predictions = cast(x[1], DType::kFloat32);
    Tensor y = uninitialized(out.shape, out.dtype);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const float* row = predictions.data<float>().data() + static_cast<std::int64_t>(i) * classes;
      float own = row[targets[i]];
      if (std::isnan(own)) own = -std::numeric_limits<float>::infinity();
      const auto above = std::count_if(row, row + classes, [&](float p) { return p > own; });
      y.data<bool>()[i] = above < k;
    }
    return {y};
  }
};

struct SearchSorted final : OpOf<SearchSorted> {
  static constexpr std::string_view kName = "SearchSorted";
  static constexpr std::size_t kInputs = 2;
  std::string side = "left";

  template <class F>
  void fields(F& f) {
    f("side", side);
  }
  void validate() const {
    if (side != "left" && side != "right")
      refuse(*this, "side must be 'left' or 'right'. Received: '", side, "'");
  }
  Spec spec(const Given& x) const {
    const Shape& sequence = x[0].shape();
    if (sequence.rank() != 1 || sequence[0] > std::numeric_limits<std::int32_t>::max()) {
      refuse(*this,
             "sorted_sequence must be a vector of 2147483647 elements at most. Received: "
             "one of shape ",
             sequence);
    }
    return {x[1].shape(), DType::kInt32};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    Tensor y = uninitialized(out.shape, out.dtype);
    const DType dtype = result_type(x[0].dtype(), x[1].dtype());
    const Tensor sequence = cast(x[0], dtype);
    const Tensor values = cast(x[1], dtype);
    std::int32_t* to = y.data<std::int32_t>().data();
    with_elements(sequence, [&](const auto* first) {
      using T = std::remove_cvref_t<decltype(*first)>;
      with_elements(values, [&](const auto* value) {
        if constexpr (std::is_same_v<T, std::remove_cvref_t<decltype(*value)>>) {
          const auto order = [](T a, T b) { return below(a, b); };
          for (std::int64_t i = 0; i < values.size(); ++i) {
            const T* end = first + sequence.size();
            const T* found = side == "left" ? std::lower_bound(first, end, value[i], order)
                                            : std::upper_bound(first, end, value[i], order);
            to[i] = static_cast<std::int32_t>(found - first);
          }
        }
      });
    });
    return {y};
  }
};

}  // namespace

OpEntries sorting_ops() { return op_entries<Sort, Argsort, TopK, InTopK, SearchSorted>(); }

Value sort(const Value& x, std::optional<std::int64_t> axis) {
  Sort op;
  op.axis = axis;
  return on(op, x);
}
Value argsort(const Value& x, std::optional<std::int64_t> axis) {
  Argsort op;
  op.axis = axis;
  return on(op, x);
}
Values top_k(const Value& x, std::int64_t k, bool sorted, bool is_stable) {
  TopK op;
  op.k = k;
  op.sorted = sorted;
  op.is_stable = is_stable;
  return on(op, x);
}
Value in_top_k(const Value& targets, const Value& predictions, std::int64_t k) {
  InTopK op;
  op.k = k;
  return on(op, {targets, predictions});
}
Value searchsorted(const Value& sorted_sequence, const Value& values, const std::string& side) {
  SearchSorted op;
  op.side = side;
  return on(op, {sorted_sequence, values});
}

Values nonzero(const Value& x) {
  if (!x || x.is_symbolic()) {
    invalid_argument("ops.nonzero",
                     "a value with elements is wanted: how many are not zero is not ",
                     "known before.");
  }
  const Tensor set = cast(x.tensor(), DType::kBool);
  std::vector<std::int64_t> found;
  for (std::int64_t i = 0; i < set.size(); ++i) {
    if (set.data<bool>()[static_cast<std::size_t>(i)]) found.push_back(i);
  }
  Values result;
  std::int64_t step = set.size();
  for (std::size_t axis = 0; axis < set.shape().rank(); ++axis) {
    step = found.empty() ? 1 : step / set.shape()[axis];
    std::vector<std::int32_t> places;
    for (const std::int64_t i : found)
      places.push_back(static_cast<std::int32_t>(i / step % set.shape()[axis]));
    result.push_back(Value(Tensor::from(places)));
  }
  return result;
}

}  // namespace keratin::ops
