// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/crossentropies.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "keratin/kernels/smooth.h"
#include "keratin/kernels/softmax.h"
#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"

namespace keratin::ops {
namespace {

constexpr float kEpsilon = 1e-7f;  // Keras: backend.epsilon()
constexpr float kOneMinusEpsilon = static_cast<float>(1.0 - 1e-7);

float clipped(float p) {
  return p < kEpsilon ? kEpsilon : p > kOneMinusEpsilon ? kOneMinusEpsilon : p;
}
/// The slope of clipped(): one half on a bound, as JAX has it.
float inside(float p) {
  if (p > kEpsilon && p < kOneMinusEpsilon) return 1;
  return p == kEpsilon || p == kOneMinusEpsilon ? 0.5f : 0.0f;
}
/// Of elements that a thread takes at a time, what they are worth as class 1 and as class 0.
struct Sides {
  static constexpr std::int64_t kMost = 1024;
  std::array<float, kMost> one, zero;
  /// The logarithms of both probabilities.
  void take_logs(const float* output, std::int64_t count, bool from_logits) {
    for (std::int64_t i = 0; i < count; ++i)
      at(one, i) = from_logits ? output[i] : clipped(output[i]);
    for (std::int64_t i = 0; i < count; ++i)
      at(zero, i) = from_logits ? -output[i] : 1 - at(one, i);
    const auto log = from_logits ? kernels::log_sigmoid : kernels::log;
    log(count, one.data(), one.data());
    log(count, zero.data(), zero.data());
  }
  /// Both probabilities, of logits.
  void take_sigmoids(const float* logits, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) at(zero, i) = -logits[i];
    kernels::sigmoid(count, logits, one.data());
    kernels::sigmoid(count, zero.data(), zero.data());
  }
  static float& at(std::array<float, kMost>& of, std::int64_t i) {
    return of[static_cast<std::size_t>(i)];
  }
};

/// body(sides, first, count) for parts of so many elements.
template <class Body>
void in_sides(std::int64_t elements, const Body& body) {
  parallel::for_chunks(elements, kChunk, [&](std::int64_t begin, std::int64_t end) {
    Sides sides;
    for (; begin < end; begin += Sides::kMost)
      body(sides, begin, std::min(Sides::kMost, end - begin));
  });
}

void require_one_shape(const Operation& op, const Shape& target, const Shape& output) {
  if (!target.is_compatible_with(output)) {
    refuse(op, "target and output must have the same shape. Received: target of shape ", target,
           ", output of shape ", output, ".");
  }
}

struct BinaryCrossentropy final : NamedOp<BinaryCrossentropy> {
  static constexpr std::string_view kName = "BinaryCrossentropy";
  static constexpr std::size_t kInputs = 2;
  bool from_logits = false;
  template <class F>
  void fields(F& f) {
    f("from_logits", from_logits);
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    require_one_shape(*this, x[0].shape(), x[1].shape());
    return {{x[1].shape()}};
  }
  Result compute(const Arguments& x) const {
    require_one_shape(*this, x[0].shape(), x[1].shape());
    const Tensor target = cast(x[0], DType::kFloat32), output = cast(x[1], DType::kFloat32);
    Result result{uninitialized(output.shape())};
    const float* t = target.data<float>().data();
    const float* o = output.data<float>().data();
    float* y = result.outputs[0].data<float>().data();
    in_sides(output.size(), [&](Sides& log, std::int64_t first, std::int64_t count) {
      log.take_logs(o + first, count, from_logits);
      for (std::int64_t i = 0; i < count; ++i)
        y[first + i] =
            -(t[first + i] * log.at(log.one, i) + (1 - t[first + i]) * log.at(log.zero, i));
    });
    if (x.wants_any()) result.pullback = Back{target, output, from_logits};
    return result;
  }
  struct Back {
    Tensor target, output;
    bool from_logits;
    void operator()(Slopes& slopes) const {
      const Tensor& g = slopes.of();
      if (slopes.wants(0)) slopes.add(0, by_target(g));
      if (slopes.wants(1)) slopes.add(1, from_logits ? by_logits(g) : by_probabilities(g));
    }
    Tensor by_target(const Tensor& g) const {
      if (from_logits)
        return map_floats(
            g.shape(), [](float s, float o) { return -s * o; }, g, output);
      Tensor slope = uninitialized(g.shape());
      float* dt = slope.data<float>().data();
      const float* s = g.data<float>().data();
      const float* o = output.data<float>().data();
      in_sides(g.size(), [&](Sides& log, std::int64_t first, std::int64_t count) {
        log.take_logs(o + first, count, false);
        for (std::int64_t i = 0; i < count; ++i)
          dt[first + i] = -s[first + i] * (log.at(log.one, i) - log.at(log.zero, i));
      });
      return slope;
    }
    Tensor by_logits(const Tensor& g) const {
      Tensor slope = uninitialized(g.shape());
      float* dx = slope.data<float>().data();
      const float* s = g.data<float>().data();
      const float* t = target.data<float>().data();
      const float* o = output.data<float>().data();
      in_sides(g.size(), [&](Sides& p, std::int64_t first, std::int64_t count) {
        p.take_sigmoids(o + first, count);
        for (std::int64_t i = 0; i < count; ++i) {
          const float label = t[first + i];
          dx[first + i] = s[first + i] * ((1 - label) * p.at(p.one, i) - label * p.at(p.zero, i));
        }
      });
      return slope;
    }
    Tensor by_probabilities(const Tensor& g) const {
      const auto slope = [](float s, float t, float o) {
        const float p = clipped(o);
        return -s * inside(o) * (t / p - (1 - t) / (1 - p));
      };
      return map_floats(g.shape(), slope, g, target, output);
    }
  };
};

/// How a shape falls into lines along an axis: line (o, i) has the elements
/// (o * length + c) * inner + i, c < length.
struct Lines {
  Lines(const Shape& shape, std::size_t axis)
      : length(shape[axis]), inner(shape.from(axis + 1).size()), lines(1) {
    for (std::size_t i = 0; i < shape.rank(); ++i) lines *= i == axis ? 1 : shape[i];
  }
  /// body(line, place of its first element).
  template <class Body>
  void for_each(Body body) const {
    parallel::for_chunks(
        lines, std::max<std::int64_t>(1, (kChunk / 2) / std::max<std::int64_t>(1, length)),
        [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t line = begin; line < end; ++line)
            body(line, line / inner * length * inner + line % inner);
        });
  }
  std::int64_t length;
  std::int64_t inner;
  std::int64_t lines;
};

/// The outputs of one line, and what of them every class needs. Those that lie apart are brought
/// together first.
class Line {
 public:
  Line(const float* first, const Lines& lines, bool logits)
      : x_(first), length_(lines.length), step_(lines.inner), from_logits_(logits) {
    if (step_ != 1) {
      together_.resize(static_cast<std::size_t>(length_));
      for (std::int64_t c = 0; c < length_; ++c)
        together_[static_cast<std::size_t>(c)] = first[c * step_];
      x_ = together_.data();
    }
    if (from_logits_) {
      largest_ = kernels::largest(length_, x_);
      sum_ = kernels::sum_of_exp_minus(length_, x_, largest_);
      log_sum_ = static_cast<float>(std::log(sum_));
    } else {
      for (std::int64_t c = 0; c < length_; ++c) sum_ += static_cast<double>(x_[c]);
    }
  }
  /// Whether some probability may be NaN, which shows where its weight is 0, too.
  bool are_no_numbers() const { return !(std::fabs(sum_) > 0 && std::isfinite(sum_)); }
  float log_probability(std::int64_t c) const {
    return from_logits_ ? (x_[c] - largest_) - log_sum_ : std::log(clipped(share(c)));
  }
  /// Where class c has the weight w(c): `out`, whose elements lie like those of the line, are g
  /// times the slopes of -sum(w log_probability).
  template <class Weight>
  void back(float g, Weight w, float* out) && {
    double total = 0;
    for (std::int64_t c = 0; c < length_; ++c)
      total += static_cast<double>(from_logits_ ? w(c) : w(c) * inside(share(c)));
    const auto put = [&](std::int64_t c, double slope) {
      out[c * step_] = static_cast<float>(-static_cast<double>(g) * slope);
    };
    if (from_logits_) {
      float* const e = step_ == 1 ? out : together_.data();
      kernels::exp_minus(length_, x_, largest_, e);
      const double each = total / sum_;
      for (std::int64_t c = 0; c < length_; ++c)
        put(c, static_cast<double>(w(c)) - static_cast<double>(e[c]) * each);
      return;
    }
    for (std::int64_t c = 0; c < length_; ++c) {
      const float p = share(c);
      put(c, (static_cast<double>(w(c) * inside(p) / clipped(p)) - total) / sum_);
    }
  }

 private:
  float share(std::int64_t c) const { return x_[c] / static_cast<float>(sum_); }

  const float* x_;
  std::int64_t length_;
  std::int64_t step_;
  bool from_logits_;
  std::vector<float> together_;
  float largest_ = 0;
  float log_sum_ = 0;
  double sum_ = 0;
};

/// What both classes share; T says how the target is read.
template <class T>
struct ByClass : NamedOp<T> {
  static constexpr std::size_t kInputs = 2;
  bool from_logits = false;
  int axis = -1;
  template <class F>
  void fields(F& f) {
    f("from_logits", from_logits);
    f("axis", axis);
  }
  std::size_t axis_in(const Shape& shape) const {
    const auto rank = static_cast<std::int64_t>(shape.rank());
    const std::int64_t at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank)
      refuse(*this, "axis ", axis, " is out of range for an output of shape ", shape, ".");
    return static_cast<std::size_t>(at);
  }
  Shape without_classes(const Shape& output) const {
    const std::size_t at = axis_in(output);
    Shape shape;
    for (std::size_t i = 0; i < output.rank(); ++i) {
      if (i != at) shape.push_back(output[i]);
    }
    return shape;
  }
};

struct CategoricalCrossentropy final : ByClass<CategoricalCrossentropy> {
  static constexpr std::string_view kName = "CategoricalCrossentropy";
  std::vector<Spec> output_spec(const Inputs& x) const {
    require_one_shape(*this, x[0].shape(), x[1].shape());
    return {{without_classes(x[1].shape())}};
  }
  Result compute(const Arguments& x) const {
    require_one_shape(*this, x[0].shape(), x[1].shape());
    const Tensor target = cast(x[0], DType::kFloat32), output = cast(x[1], DType::kFloat32);
    const Lines lines(output.shape(), axis_in(output.shape()));
    Result result{uninitialized(without_classes(output.shape()))};
    const float* t = target.data<float>().data();
    const float* o = output.data<float>().data();
    float* y = result.outputs[0].data<float>().data();
    lines.for_each([&, logits = from_logits](std::int64_t line, std::int64_t first) {
      const Line values(o + first, lines, logits);
      double sum = 0;
      for (std::int64_t c = 0; c < lines.length; ++c) {
        const float w = t[first + c * lines.inner];
        if (w != 0 || values.are_no_numbers())
          sum += static_cast<double>(w) * static_cast<double>(values.log_probability(c));
      }
      y[line] = static_cast<float>(-sum);
    });
    if (x.wants_any()) result.pullback = Back{target, output, lines, from_logits};
    return result;
  }
  struct Back {
    Tensor target, output;
    Lines lines;
    bool from_logits;
    void operator()(Slopes& slopes) const {
      const float* g = slopes.of().data<float>().data();
      const float* t = target.data<float>().data();
      const float* o = output.data<float>().data();
      Tensor by_target = slopes.wants(0) ? uninitialized(output.shape()) : Tensor();
      Tensor by_output = slopes.wants(1) ? uninitialized(output.shape()) : Tensor();
      float* dt = by_target ? by_target.data<float>().data() : nullptr;
      float* dx = by_output ? by_output.data<float>().data() : nullptr;
      lines.for_each([&](std::int64_t line, std::int64_t first) {
        Line values(o + first, lines, from_logits);
        const auto weight = [&](std::int64_t c) { return t[first + c * lines.inner]; };
        for (std::int64_t c = 0; dt != nullptr && c < lines.length; ++c)
          dt[first + c * lines.inner] = -g[line] * values.log_probability(c);
        if (dx != nullptr) std::move(values).back(g[line], weight, dx + first);
      });
      if (by_target) slopes.add(0, std::move(by_target));
      if (by_output) slopes.add(1, std::move(by_output));
    }
  };
};

struct SparseCategoricalCrossentropy final : ByClass<SparseCategoricalCrossentropy> {
  static constexpr std::string_view kName = "SparseCategoricalCrossentropy";
  void check(const Shape& target, const Shape& output) const {
    const Shape wanted = without_classes(output);
    Shape given = target;
    if (target.rank() == output.rank() && target.back() == 1) {
      given = Shape();
      for (std::size_t i = 0; i + 1 < target.rank(); ++i) given.push_back(target[i]);
    }
    if (!given.is_compatible_with(wanted)) {
      refuse(*this, "target must have the shape of output without its axis ", axis,
             ". Received: target of shape ", target, ", output of shape ", output, ".");
    }
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    check(x[0].shape(), x[1].shape());
    return {{without_classes(x[1].shape())}};
  }
  Result compute(const Arguments& x) const {
    check(x[0].shape(), x[1].shape());
    const Tensor target = cast(x[0], DType::kInt64), output = cast(x[1], DType::kFloat32);
    const Lines lines(output.shape(), axis_in(output.shape()));
    Result result{uninitialized(without_classes(output.shape()))};
    const std::int64_t* id = target.data<std::int64_t>().data();
    const float* o = output.data<float>().data();
    float* y = result.outputs[0].data<float>().data();
    lines.for_each([&, logits = from_logits](std::int64_t line, std::int64_t first) {
      const bool is_class = id[line] >= 0 && id[line] < lines.length;
      const Line values(o + first, lines, logits);
      y[line] = is_class                  ? -values.log_probability(id[line])
                : values.are_no_numbers() ? std::numeric_limits<float>::quiet_NaN()
                                          : 0.0f;
    });
    if (x.wants_any()) {
      result.pullback = [target, output, lines, logits = from_logits](Slopes& slopes) {
        const float* g = slopes.of().data<float>().data();
        const std::int64_t* ids = target.data<std::int64_t>().data();
        Tensor slope = uninitialized(output.shape());
        float* dx = slope.data<float>().data();
        const float* outputs = output.data<float>().data();
        lines.for_each([&](std::int64_t line, std::int64_t first) {
          const auto weight = [&](std::int64_t c) { return c == ids[line] ? 1.0f : 0.0f; };
          Line(outputs + first, lines, logits).back(g[line], weight, dx + first);
        });
        slopes.add(1, std::move(slope));
      };
    }
    return result;
  }
};

template <class T>
Value by_class(const Value& target, const Value& output, bool from_logits, int axis) {
  T op;
  op.from_logits = from_logits;
  op.axis = axis;
  return apply_op(checked_op(op), Values{target, output});
}

}  // namespace

OpEntries crossentropy_ops() {
  return op_entries<BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy>();
}

Value binary_crossentropy(const Value& target, const Value& output, bool from_logits) {
  BinaryCrossentropy op;
  op.from_logits = from_logits;
  return apply_op(checked_op(op), Values{target, output});
}
Value categorical_crossentropy(const Value& target, const Value& output, bool from_logits,
                               int axis) {
  return by_class<CategoricalCrossentropy>(target, output, from_logits, axis);
}
Value sparse_categorical_crossentropy(const Value& target, const Value& output, bool from_logits,
                                      int axis) {
  return by_class<SparseCategoricalCrossentropy>(target, output, from_logits, axis);
}

}  // namespace keratin::ops
