// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/repeats.h"

#include <algorithm>
#include <utility>

#include "keratin/ops/gathering.h"
#include "keratin/ops/view_op.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

// The elements of an axis in another order or number, as a list of places.
struct Moved {
  std::size_t axis;
  std::vector<std::int64_t> places;
};
Tensor moved(const Tensor& x, const Moved& by) {
  Shape shape = x.shape();
  shape[by.axis] = static_cast<std::int64_t>(by.places.size());
  Tensor y = uninitialized(shape, x.dtype());
  take_slices(x, by.axis, by.places, y);
  return y;
}

/// Along one axis after another, and back: `shapes` are those before each.
Result moved_along(const Arguments& x, const Shape& from, const Shape& to,
                   std::vector<Moved> moves) {
  Tensor y = x[0].reshaped(from);
  std::vector<Shape> shapes;
  for (const Moved& by : moves) {
    shapes.push_back(y.shape());
    y = moved(y, by);
  }
  const Shape last = y.shape();
  Result result{y.reshaped(to)};
  if (x.wants_any()) {
    result.pullback = [moves = std::move(moves), shapes = std::move(shapes), last,
                       shape = x[0].shape()](Slopes& slopes) {
      Tensor slope = slopes.of().reshaped(last);
      for (std::size_t i = moves.size(); i-- > 0;)
        slope = add_slices(slope, moves[i].axis, moves[i].places, shapes[i]);
      slopes.add(0, slope.reshaped(shape));
    };
  }
  return result;
}

std::int64_t times(const Operation& op, std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (a == kNone) return kNone;
  if (__builtin_mul_overflow(a, b, &product)) refuse(op, "the result would be too large.");
  return product;
}

struct Repeat final : OpOf<Repeat> {
  static constexpr std::string_view kName = "Repeat";
  Axes repeats = 1;  // one number, or a list
  std::optional<std::int64_t> axis;

  template <class F>
  void fields(F& f) {
    f("repeats", repeats);
    f("axis", axis);
  }
  void validate() const {
    if (repeats.is_none() || repeats.list().empty() ||
        std::any_of(repeats.list().begin(), repeats.list().end(), [](auto r) { return r < 0; })) {
      refuse(*this, "repeats must be one or more numbers, 0 or larger.");
    }
  }
  Shape flat(const Shape& x) const { return axis ? x : Shape{x.is_known() ? x.size() : kNone}; }
  Spec spec(const Given& x) const {
    Shape shape = flat(x[0].shape());
    const std::size_t at = axis_of(*this, axis.value_or(0), shape.rank());
    const auto& list = repeats.list();
    if (list.size() == 1) {
      shape[at] = times(*this, shape[at], list[0]);
    } else if (shape[at] != kNone) {
      if (shape[at] != static_cast<std::int64_t>(list.size())) {
        refuse(*this, "repeats must be one number, or one for each of ", shape[at],
               " places. Received: ", list.size());
      }
      shape[at] = 0;
      for (const std::int64_t r : list) {
        if (__builtin_add_overflow(shape[at], r, &shape[at]))
          refuse(*this, "the result would be too large.");
      }
    }
    return {shape, x[0].dtype()};
  }
  Result compute(const Arguments& x) const {
    const Shape out = spec(x).shape;
    const Shape from = flat(x[0].shape());
    Moved by{axis_of(*this, axis.value_or(0), from.rank()), {}};
    const auto& list = repeats.list();
    for (std::int64_t i = 0; i < from[by.axis]; ++i) {
      const std::int64_t r = list.size() == 1 ? list[0] : list[static_cast<std::size_t>(i)];
      by.places.insert(by.places.end(), static_cast<std::size_t>(r), i);
    }
    return moved_along(x, from, out, {std::move(by)});
  }
};

struct Tile final : ViewOp<Tile> {
  static constexpr std::string_view kName = "Tile";
  std::vector<std::int64_t> repeats;

  template <class F>
  void fields(F& f) {
    if constexpr (!std::is_same_v<F, ConfigWriter>) {
      Axes given(std::vector<std::int64_t>{});
      f("repeats", given);
      if (given.is_none()) refuse(*this, "repeats must be numbers. Received: None");
      repeats = given.list();
    } else {
      f("repeats", repeats);
    }
  }
  void validate() const {
    if (std::any_of(repeats.begin(), repeats.end(), [](auto r) { return r < 0; })) {
      refuse(*this, "repeats must be 0 or larger. Received: ", to_string(Shape(repeats)));
    }
  }
  /// (repeats[0], n0, repeats[1], n1 ...), where the first of each pair goes nowhere.
  View view(const Shape& x) const {
    const View all = View::all(x);
    const std::size_t rank = std::max(x.rank(), repeats.size());
    View view;
    for (std::size_t i = 0; i < rank; ++i) {
      const bool has_repeat = i + repeats.size() >= rank;
      view.shape.push_back(has_repeat ? repeats[i + repeats.size() - rank] : 1);
      view.strides.push_back(0);
      const bool has_axis = i + x.rank() >= rank;
      view.shape.push_back(has_axis ? x[i + x.rank() - rank] : 1);
      view.strides.push_back(has_axis ? all.strides[i + x.rank() - rank] : 0);
    }
    return view;
  }
  Shape shape_of(const Shape&, const View& view) const {
    Shape shape;
    for (std::size_t i = 0; i < view.shape.rank(); i += 2) {
      shape.push_back(times(*this, view.shape[i + 1], view.shape[i]));
    }
    return shape;
  }
};

struct Roll final : OpOf<Roll> {
  static constexpr std::string_view kName = "Roll";
  Axes shift = 0;  // one number, or one an axis
  Axes axis;

  template <class F>
  void fields(F& f) {
    f("shift", shift);
    f("axis", axis);
  }
  void validate() const {
    if (shift.is_none() || shift.list().empty() ||
        (shift.list().size() > 1 &&
         (axis.is_none() || (!axis.is_one() && axis.list().size() != 1 &&
                             axis.list().size() != shift.list().size())))) {
      refuse(*this, "shift must be one number, or one an axis.");
    }
  }
  Spec spec(const Given& x) const {
    if (!axis.is_none()) {
      for (const std::int64_t a : axis.list()) axis_of(*this, a, x[0].shape().rank());
    }
    return {x[0].shape(), x[0].dtype()};
  }
  Result compute(const Arguments& x) const {
    const Shape& shape = x[0].shape();
    static_cast<void>(spec(x));
    const Shape from = axis.is_none() ? Shape{x[0].size()} : shape;
    const std::vector<std::int64_t> axes =
        axis.is_none() ? std::vector<std::int64_t>{0} : axis.list();
    const auto& by = shift.list();
    std::vector<Moved> moves;
    const std::size_t count = axes.empty() ? 0 : std::max(by.size(), axes.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t a = axes[axes.size() == 1 ? 0 : i];
      Moved move{axis_of(*this, a, from.rank()), {}};
      const std::int64_t size = from[move.axis];
      if (size == 0) continue;
      std::int64_t place = -(by[by.size() == 1 ? 0 : i] % size);
      for (std::int64_t k = 0; k < size; ++k) move.places.push_back((place + k + size) % size);
      moves.push_back(std::move(move));
    }
    return moved_along(x, from, shape, std::move(moves));
  }
};

/// Places of the inner elements that a padded axis of `size` shows; -1: the constant.
std::int64_t shown(const std::string& mode, std::int64_t at, std::int64_t size) {
  if (at >= 0 && at < size) return at;
  if (mode == "constant") return -1;
  if (mode == "edge") return at < 0 ? 0 : size - 1;
  // A mirror at both ends: back and forth, the last element once (reflect) or twice.
  const std::int64_t period = mode == "reflect" ? 2 * size - 2 : 2 * size;
  if (period == 0) return 0;
  const std::int64_t place = (at % period + period) % period;
  return place < size ? place : (mode == "reflect" ? period - place : period - 1 - place);
}

/// Keras takes one number, one pair, and pairs that may be single numbers.
std::vector<std::vector<std::int64_t>> widths_from(const Config& given) {
  const auto width = [](const Config& one) {
    std::vector<std::int64_t> numbers;
    if (one.is_list()) {
      keratin::from_config(one, numbers);
    } else {
      numbers.push_back(one.as_int());
    }
    if (numbers.size() == 1) numbers.push_back(numbers[0]);
    return numbers;
  };
  if (!given.is_list() || given.as_list().empty() || !given.as_list()[0].is_list())
    return {width(given)};
  std::vector<std::vector<std::int64_t>> widths;
  for (const Config& one : given.as_list()) widths.push_back(width(one));
  return widths;
}

struct Pad final : OpOf<Pad> {
  static constexpr std::string_view kName = "Pad";
  std::vector<std::vector<std::int64_t>> pad_width = {{0, 0}};
  std::string mode = "constant";
  double constant_values = 0;

  template <class F>
  void fields(F& f) {
    if constexpr (std::is_same_v<F, ConfigWriter>) {
      f("pad_width", pad_width);
    } else {
      Config given = keratin::to_config(pad_width);
      f("pad_width", given);
      pad_width = widths_from(given);
    }
    f("mode", mode);
    f("constant_values", constant_values);
  }
  void validate() const {
    bool good = !pad_width.empty();
    for (const auto& width : pad_width)
      good = good && width.size() == 2 && width[0] >= 0 && width[1] >= 0;
    if (!good) refuse(*this, "pad_width must be pairs of numbers, 0 or larger.");
    if (mode != "constant" && mode != "reflect" && mode != "symmetric" && mode != "edge") {
      refuse(*this, "mode must be 'constant', 'reflect', 'symmetric' or 'edge'. Received: '", mode,
             "'");
    }
  }
  const std::vector<std::int64_t>& width(std::size_t axis) const {
    return pad_width[pad_width.size() == 1 ? 0 : axis];
  }
  Spec spec(const Given& x) const {
    Shape shape = x[0].shape();
    if (pad_width.size() > 1 && pad_width.size() != shape.rank()) {
      refuse(*this, "pad_width must be one pair, or one an axis. Received: ", pad_width.size(),
             " for a value of shape ", shape);
    }
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (shape[i] == kNone) continue;
      const std::int64_t more = width(i)[0] | width(i)[1];
      if (shape[i] == 0 && more > 0 && mode != "constant") {
        refuse(*this, "axis ", i, " has no element to repeat. Received: a value of shape ", shape);
      }
      if (__builtin_add_overflow(shape[i], width(i)[0], &shape[i]) ||
          __builtin_add_overflow(shape[i], width(i)[1], &shape[i])) {
        refuse(*this, "the result would be too large.");
      }
    }
    return {shape, x[0].dtype()};
  }
  View inside(const Shape& x, const Shape& padded) const {
    View view = View::all(padded);
    for (std::size_t i = 0; i < x.rank(); ++i) view.first += width(i)[0] * view.strides[i];
    view.shape = x;
    return view;
  }
  Result compute(const Arguments& x) const {
    const Shape& shape = x[0].shape();
    const Spec out = spec(x);
    if (mode != "constant") {
      std::vector<Moved> moves;
      for (std::size_t i = 0; i < shape.rank(); ++i) {
        if ((width(i)[0] | width(i)[1]) == 0) continue;
        Moved move{i, {}};
        for (std::int64_t at = -width(i)[0]; at < shape[i] + width(i)[1]; ++at)
          move.places.push_back(shown(mode, at, shape[i]));
        moves.push_back(std::move(move));
      }
      return moved_along(x, shape, out.shape, std::move(moves));
    }
    Tensor y = Tensor::zeros(out.shape, out.dtype);
    if (constant_values != 0) {
      visit_dtype(out.dtype, [&](auto zero) {
        using T = decltype(zero);
        for (T& v : y.template data<T>()) v = static_cast<T>(constant_values);
      });
    }
    const View view = inside(shape, out.shape);
    write(x[0], y, view);
    Result result{std::move(y)};
    if (x.wants_any()) {
      result.pullback = [view](Slopes& slopes) { slopes.add(0, read(slopes.of(), view)); };
    }
    return result;
  }
};

}  // namespace

OpEntries repeats_ops() { return op_entries<Repeat, Tile, Roll, Pad>(); }

Value repeat(const Value& x, const std::vector<std::int64_t>& repeats,
             std::optional<std::int64_t> axis) {
  Repeat op;
  op.repeats = repeats.size() == 1 ? Axes(repeats[0]) : Axes(repeats);
  op.axis = axis;
  return on(op, x);
}
Value tile(const Value& x, const std::vector<std::int64_t>& repeats) {
  Tile op;
  op.repeats = repeats;
  return on(op, x);
}
Value roll(const Value& x, const std::vector<std::int64_t>& shift, const Axes& axis) {
  Roll op;
  op.shift = shift.size() == 1 ? Axes(shift[0]) : Axes(shift);
  op.axis = axis;
  return on(op, x);
}
Value pad(const Value& x, const std::vector<PadWidth>& pad_width, const std::string& mode,
          double constant_value) {
  Pad op;
  op.pad_width.clear();
  for (const PadWidth& width : pad_width) op.pad_width.push_back({width[0], width[1]});
  op.mode = mode;
  op.constant_values = constant_value;
  return on(op, x);
}

}  // namespace keratin::ops
