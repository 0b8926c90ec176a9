// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/scatters.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "keratin/ops/gathering.h"
#include "keratin/ops/op_of.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

struct Add {
  template <class T>
  void operator()(T& a, T b) const {
    a = static_cast<T>(a + b);
  }
};
struct Multiply {
  template <class T>
  void operator()(T& a, T b) const {
    a = static_cast<T>(a * b);
  }
};
struct Largest {
  template <class T>
  void operator()(T& a, T b) const {
    if (b > a || b != b) a = b;
  }
};
struct Smallest {
  template <class T>
  void operator()(T& a, T b) const {
    if (b < a || b != b) a = b;
  }
};
struct Replace {
  template <class T>
  void operator()(T& a, T b) const {
    a = b;
  }
};

/// Row i of `updates` into row places[i] of `to`, one after another; negative places are left out.
template <class T, class F>
void into_rows(Tensor& to, const Tensor& updates, const std::vector<std::int64_t>& places, F f) {
  const std::int64_t width =
      places.empty() ? 0 : updates.size() / static_cast<std::int64_t>(places.size());
  T* out = to.data<T>().data();
  const T* from = updates.data<T>().data();
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] < 0) continue;
    T* row = out + places[i] * width;
    const T* update = from + static_cast<std::int64_t>(i) * width;
    for (std::int64_t j = 0; j < width; ++j) f(row[j], update[j]);
  }
}
/// The same of float32, and of integers and bool as int64.
template <class F>
Tensor combined(const Tensor& to, const Tensor& updates, const std::vector<std::int64_t>& places,
                F f) {
  if (is_floating(to.dtype())) {
    Tensor result = copy_of(cast(to, DType::kFloat32));
    into_rows<float>(result, cast(updates, DType::kFloat32), places, f);
    return result;
  }
  Tensor result = cast(to, DType::kInt64);
  if (result.dtype() == to.dtype()) result = copy_of(result);
  into_rows<std::int64_t>(result, cast(updates, DType::kInt64), places, f);
  return cast(result, to.dtype());
}

DType computed(DType dtype) { return is_floating(dtype) ? DType::kFloat32 : dtype; }

struct Scatter final : OpOf<Scatter> {
  static constexpr std::string_view kName = "Scatter";
  static constexpr std::size_t kInputs = 2;
  Shape shape;

  template <class F>
  void fields(F& f) {
    f("shape", shape);
  }
  Spec spec(const Given& x) const {
    const Shape named = named_shape(*this, x[0].shape(), x[0].dtype(), shape);
    if (!shape.is_known() || !named.is_compatible_with(x[1].shape())) {
      refuse(*this, "values must have the shape ", named, ". Received: ", x[1].shape());
    }
    return {shape, computed(x[1].dtype())};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const auto axes = static_cast<std::size_t>(x[0].shape().back());
    std::vector<std::int64_t> places = flat_places(*this, x[0], shape);
    Result result{combined(Tensor::zeros(shape, out.dtype), x[1], places, Add())};
    if (x.wants_any()) {
      result.pullback = [places = std::move(places), rows = joined(shape, axes),
                         own = x[1].shape()](Slopes& slopes) {
        Tensor slope = uninitialized(own);
        take_slices(slopes.of().reshaped(rows), 0, places, slope);
        slopes.add(1, std::move(slope));
      };
    }
    return result;
  }
};

struct ScatterUpdate final : OpOf<ScatterUpdate> {
  static constexpr std::string_view kName = "ScatterUpdate";
  static constexpr std::size_t kInputs = 3;
  std::optional<std::string> reduction;

  template <class F>
  void fields(F& f) {
    f("reduction", reduction);
  }
  void validate() const {
    if (reduction && *reduction != "add" && *reduction != "max" && *reduction != "min" &&
        *reduction != "mul") {
      refuse(*this, "reduction must be None, 'add', 'max', 'min' or 'mul'. Received: '", *reduction,
             "'");
    }
  }
  Spec spec(const Given& x) const {
    const Shape named = named_shape(*this, x[1].shape(), x[1].dtype(), x[0].shape());
    if (!named.is_compatible_with(x[2].shape())) {
      refuse(*this, "updates must have the shape ", named, ". Received: ", x[2].shape());
    }
    return {x[0].shape(), computed(x[0].dtype())};
  }
  Tensor updated(const Arguments& x, const std::vector<std::int64_t>& places) const {
    if (!reduction) return combined(x[0], x[2], places, Replace());
    if (*reduction == "add") return combined(x[0], x[2], places, Add());
    if (*reduction == "max") return combined(x[0], x[2], places, Largest());
    if (*reduction == "min") return combined(x[0], x[2], places, Smallest());
    return combined(x[0], x[2], places, Multiply());
  }
  Result compute(const Arguments& x) const {
    static_cast<void>(spec(x));
    const auto axes = static_cast<std::size_t>(x[1].shape().back());
    std::vector<std::int64_t> places = flat_places(*this, x[1], x[0].shape());
    Result result{updated(x, places)};
    if (!x.wants_any()) return result;
    if (reduction && *reduction != "add") {
      wrong_moment("ops.scatter_update", "there is no derivative of reduction='", *reduction, "'.");
    }
    result.pullback = [places = std::move(places), rows = joined(x[0].shape(), axes),
                       own = x[2].shape(), adds = reduction.has_value()](Slopes& slopes) {
      const Tensor& slope = slopes.of();
      if (slopes.wants(0)) {
        slopes.add(0, adds ? slope : without(slope, places, own.size()));
      }
      if (!slopes.wants(2)) return;
      Tensor mine = uninitialized(own);
      take_slices(slope.reshaped(rows), 0, places, mine);
      if (!adds) keep_last(mine, places);
      slopes.add(2, std::move(mine));
    };
    return result;
  }

 private:
  /// The slope without the places that were written over.
  static Tensor without(const Tensor& slope, const std::vector<std::int64_t>& places,
                        std::int64_t size) {
    Tensor result = copy_of(slope);
    into_rows<float>(result, Tensor::zeros({size}), places, Replace());
    return result;
  }
  /// Of several updates of one place the last was there in the end.
  static void keep_last(Tensor& slope, const std::vector<std::int64_t>& places) {
    std::vector<std::int64_t> seen;
    const std::int64_t width =
        places.empty() ? 0 : slope.size() / static_cast<std::int64_t>(places.size());
    std::vector<std::size_t> order(places.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
    float* out = slope.data<float>().data();
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
      if (places[order[i]] != places[order[i + 1]]) continue;
      std::fill_n(out + static_cast<std::int64_t>(order[i]) * width, width, 0.0F);
    }
  }
};

template <class Self>
struct Segments : OpOf<Self> {
  static constexpr std::size_t kInputs = 2;
  std::optional<std::int64_t> num_segments;
  bool sorted = false;  // a promise that nothing here needs

  template <class F>
  void fields(F& f) {
    f("num_segments", num_segments);
    f("sorted", sorted);
  }
  void validate() const {
    if (num_segments && *num_segments < 0)
      refuse(*this, "num_segments must be 0 or more. Received: ", *num_segments);
  }
  Spec spec(const Given& x) const {
    require_places(*this, x[1].dtype());
    const Shape& data = x[0].shape();
    const Shape& ids = x[1].shape();
    if (data.rank() == 0 || ids.rank() != 1 || !Shape{data[0]}.is_compatible_with(ids)) {
      refuse(*this, "segment_ids must be one number a row of data. Received: shapes ", data,
             " and ", ids);
    }
    Shape shape = data;
    shape[0] = num_segments.value_or(kNone);
    return {shape, computed(x[0].dtype())};
  }
  /// The segment of each row; -1 for those that belong to none.
  std::vector<std::int64_t> segments(const Tensor& ids, Shape& shape) const {
    std::vector<std::int64_t> result = integers_of(*this, ids);
    if (shape[0] == kNone) {
      std::int64_t largest = -1;
      for (const std::int64_t id : result) largest = std::max(largest, id);
      if (largest == std::numeric_limits<std::int64_t>::max())
        refuse(*this, "segment id ", largest, " is too large.");
      shape[0] = largest + 1;
    }
    for (std::int64_t& id : result) {
      if (id < 0 || id >= shape[0]) id = -1;
    }
    return result;
  }
};

/// What each row of a result is for the row of the input that went there.
Tensor rows_of(const Tensor& x, const std::vector<std::int64_t>& rows, const Shape& shape) {
  Tensor y = Tensor::zeros(shape);
  if (y.size() == 0) return y;
  const std::int64_t width = shape.size() / shape[0];
  const float* from = x.data<float>().data();
  float* out = y.data<float>().data();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0) continue;
    std::copy_n(from + rows[i] * width, width, out + static_cast<std::int64_t>(i) * width);
  }
  return y;
}

struct SegmentSum final : Segments<SegmentSum> {
  static constexpr std::string_view kName = "SegmentSum";
  Result compute(const Arguments& x) const {
    Spec out = spec(x);
    std::vector<std::int64_t> rows = segments(x[1], out.shape);
    Result result{combined(Tensor::zeros(out.shape, out.dtype), x[0], rows, Add())};
    if (x.wants_any()) {
      result.pullback = [rows = std::move(rows), own = x[0].shape()](Slopes& slopes) {
        slopes.add(0, rows_of(slopes.of(), rows, own));
      };
    }
    return result;
  }
};

struct SegmentMax final : Segments<SegmentMax> {
  static constexpr std::string_view kName = "SegmentMax";
  Result compute(const Arguments& x) const {
    Spec out = spec(x);
    std::vector<std::int64_t> rows = segments(x[1], out.shape);
    Tensor least = uninitialized(out.shape, out.dtype);
    visit_dtype(out.dtype, [&](auto zero) {
      using T = decltype(zero);
      using Limits = std::numeric_limits<T>;
      for (T& v : least.data<T>())
        v = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    });
    Tensor y = combined(least, x[0], rows, Largest());
    Result result{y};
    if (x.wants_any()) {
      // Equal ones share it, as of max.
      result.pullback = [rows = std::move(rows), x = x[0], y](Slopes& slopes) {
        Tensor is_it = rows_of(y, rows, x.shape());
        const auto in = x.data<float>();
        auto out = is_it.data<float>();
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] == out[i] ? 1.0F : 0.0F;
        const Tensor count = combined(Tensor::zeros(y.shape()), is_it, rows, Add());
        Tensor each = copy_of(slopes.of());
        auto e = each.data<float>();
        for (std::size_t i = 0; i < e.size(); ++i) e[i] /= std::as_const(count).data<float>()[i];
        const Tensor spread = rows_of(each, rows, x.shape());
        for (std::size_t i = 0; i < out.size(); ++i)
          out[i] = out[i] == 0 ? 0 : out[i] * std::as_const(spread).data<float>()[i];
        slopes.add(0, std::move(is_it));
      };
    }
    return result;
  }
};

}  // namespace

OpEntries scatters_ops() { return op_entries<Scatter, ScatterUpdate, SegmentSum, SegmentMax>(); }

Value scatter(const Value& indices, const Value& values, const Shape& shape) {
  Scatter op;
  op.shape = shape;
  return on(op, {indices, values});
}
Value scatter_update(const Value& x, const Value& indices, const Value& updates,
                     const std::optional<std::string>& reduction) {
  ScatterUpdate op;
  op.reduction = reduction;
  return on(op, {x, indices, updates});
}
Value segment_sum(const Value& data, const Value& segment_ids,
                  std::optional<std::int64_t> num_segments, bool sorted) {
  SegmentSum op;
  op.num_segments = num_segments;
  op.sorted = sorted;
  return on(op, {data, segment_ids});
}
Value segment_max(const Value& data, const Value& segment_ids,
                  std::optional<std::int64_t> num_segments, bool sorted) {
  SegmentMax op;
  op.num_segments = num_segments;
  op.sorted = sorted;
  return on(op, {data, segment_ids});
}

}  // namespace keratin::ops
