// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/norm_constraints.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "keratin/base/elements.h"
#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/kernels/norm.h"
#include "keratin/parallel/parallel.h"

namespace keratin::constraints {
namespace {

constexpr float kEpsilon = 1e-7f;
constexpr double kEndless = std::numeric_limits<double>::infinity();

constexpr std::size_t kMaxRank = 32;
constexpr std::int64_t kTile = 16;  // norms that lie side by side: a cache line of floats
constexpr std::int64_t kTaskFloats = 1 << 15;

/// A weight seen from its norms. Each dimension is kept (a norm for each of its indices) or normed
/// (the sums run over it). A tile is one norm or, where the last dimension is kept, some that lie
/// side by side. Nothing is allocated: constraints act in the middle of a step, where nothing may
/// fail.
class Norms {
 public:
  Norms(std::string_view who, const Shape& shape, const Axes& axes) {
    if (shape.rank() > kMaxRank) {
      invalid_argument(who, "a weight has at most ", kMaxRank, " dimensions. Received: shape ",
                       shape, ".");
    }
    std::array<bool, kMaxRank> normed{};
    axes.mark(who, shape, normed);
    std::int64_t stride = 1;
    for (std::size_t i = shape.rank(); i-- > 0; stride *= shape[i]) {
      if (count_ > 0 && runs_[count_ - 1].normed == normed[i]) {
        runs_[count_ - 1].size *= shape[i];
      } else {
        runs_[count_++] = {shape[i], stride, normed[i]};
      }
    }
    if (count_ == 0) runs_[count_++] = {1, 1, true};  // a scalar is its own norm
    for (std::size_t k = 1; k < count_; ++k) (runs_[k].normed ? summed_ : tiles_) *= runs_[k].size;
    if (side_by_side()) tiles_ *= tiles_across();
  }

  /// True where a tile has norms side by side; else the elements of its one norm lie side by side.
  bool side_by_side() const { return !runs_[0].normed; }
  std::int64_t tiles() const { return tiles_; }
  std::int64_t tiles_per_task() const {
    const std::int64_t piece = side_by_side() ? std::min(kTile, runs_[0].size) : runs_[0].size;
    return std::max<std::int64_t>(1, kTaskFloats / (summed_ * piece));
  }

  /// Calls body(first element, elements) for each piece of the tile.
  template <class Body>
  void for_each_piece(std::int64_t tile, Body body) const {
    std::int64_t first = 0;
    std::int64_t elements = runs_[0].size;
    if (side_by_side()) {
      first = tile % tiles_across() * kTile;
      elements = std::min(kTile, runs_[0].size - first);
      tile /= tiles_across();
    }
    for (std::size_t k = 1; k < count_; ++k) {
      if (runs_[k].normed) continue;
      first += tile % runs_[k].size * runs_[k].stride;
      tile /= runs_[k].size;
    }
    walk(count_ - 1, first, elements, body);
  }

 private:
  /// Neighbouring dimensions of one kind, which are as good as one.
  struct Run {
    std::int64_t size, stride;
    bool normed;
  };

  std::int64_t tiles_across() const { return (runs_[0].size + kTile - 1) / kTile; }

  template <class Body>
  void walk(std::size_t k, std::int64_t first, std::int64_t elements, Body& body) const {
    if (k == 0) return body(first, elements);
    const bool repeats = runs_[k].normed;
    for (std::int64_t i = 0; i < (repeats ? runs_[k].size : 1); ++i)
      walk(k - 1, first + i * runs_[k].stride, elements, body);
  }

  std::array<Run, kMaxRank> runs_{};  // the last dimension first
  std::size_t count_ = 0;
  std::int64_t summed_ = 1;  // pieces of a tile
  std::int64_t tiles_ = 1;
};

/// w *= factor(norm), or w /= factor(norm) with `divides`: the order of operations is Keras's.
/// Squares are summed in double, in an order that depends on the shape alone.
template <bool divides, class Factor>
void project(std::string_view who, std::span<float> w, const Shape& shape, const Axes& axes,
             Factor factor) {
  if (axes.are_of_rows() && shape.rank() == 2 && shape[0] == 1) {  // as replays ask, step by step
    const float by =
        factor(static_cast<float>(std::sqrt(kernels::sum_of_squares(w.data(), w.size()))));
    for (float& x : w) x = divides ? x / by : x * by;
    return;
  }
  const Norms norms(who, shape, axes);
  if (w.empty()) return;
  const bool side_by_side = norms.side_by_side();
  parallel::for_chunks(norms.tiles(), norms.tiles_per_task(), [&](auto begin, auto end) {
    for (std::int64_t tile = begin; tile < end; ++tile) {
      std::array<double, kTile> squares{};
      norms.for_each_piece(tile, [&](std::int64_t first, std::int64_t elements) {
        const float* x = w.data() + first;
        if (!side_by_side) {
          squares[0] += kernels::sum_of_squares(x, static_cast<std::size_t>(elements));
          return;
        }
        for (std::int64_t j = 0; j < elements; ++j)
          squares[static_cast<std::size_t>(j)] +=
              static_cast<double>(x[j]) * static_cast<double>(x[j]);
      });
      std::array<float, kTile> factors;
      for (std::size_t j = 0; j < factors.size(); ++j)
        factors[j] = factor(static_cast<float>(std::sqrt(squares[j])));
      norms.for_each_piece(tile, [&](std::int64_t first, std::int64_t elements) {
        float* x = w.data() + first;
        for (std::int64_t j = 0; j < elements; ++j) {
          const float by = factors[side_by_side ? static_cast<std::size_t>(j) : 0];
          x[j] = divides ? x[j] / by : x[j] * by;
        }
      });
    }
  });
}

float clip(float value, float low, float high) {
  const float raised = value < low ? low : value;
  return raised > high ? high : raised;
}

}  // namespace

template <class F>
void fields(F& f, MaxNormOptions& o) {
  f("max_value", o.max_value);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, UnitNormOptions& o) {
  f("axis", o.axis);
}

template <class F>
void fields(F& f, MinMaxNormOptions& o) {
  f("min_value", o.min_value);
  f("max_value", o.max_value);
  f("rate", o.rate);
  f("axis", o.axis);
}

void Axes::mark(std::string_view who, const Shape& shape, std::span<bool> normed) const {
  std::fill(normed.begin(), normed.end(), is_all_);
  const auto rank = static_cast<int>(shape.rank());
  for (const int axis : axes_) {
    const int at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank) {
      invalid_argument(who, "axis ", axis, " is out of range for a weight of shape ", shape, ".");
    }
    if (normed[static_cast<std::size_t>(at)])
      invalid_argument(who, "axis ", axis, " is given twice.");
    normed[static_cast<std::size_t>(at)] = true;
  }
}

bool Axes::include_rows() const {
  return is_all_ ||
         std::any_of(axes_.begin(), axes_.end(), [](int axis) { return axis == 0 || axis == -2; });
}

bool Axes::are_of_rows() const {
  return !is_all_ && axes_.size() == 1 && (axes_[0] == 1 || axes_[0] == -1);
}

Config to_config(const Axes& axes) {
  if (axes.is_all_) return Config();
  return axes.is_list_ ? keratin::to_config(axes.axes_) : Config(axes.axes_[0]);
}

void from_config(const Config& config, Axes& axes) {
  if (config.is_null()) {
    axes = Axes(nullptr);
  } else if (config.is_number()) {
    int axis = 0;
    from_config(config, axis);
    axes = Axes(axis);
  } else {  // a list; Keras writes a tuple as {"class_name": "__tuple__", "items": [...]}
    const Config* items = config.find("items");
    std::vector<int> list;
    from_config(items ? *items : config, list);
    axes = Axes(std::move(list));
  }
}

MaxNorm::MaxNorm(MaxNormOptions options) : Configured(options) {}

void MaxNorm::apply(std::span<float> w, const Shape& shape) const {
  check_elements("MaxNorm", shape, {w.size()});
  const float top = static_cast<float>(options_.max_value);
  project<false>("MaxNorm", w, shape, options_.axis,
                 [=](float norm) { return clip(norm, 0.0f, top) / (kEpsilon + norm); });
}

std::vector<NormRange> MaxNorm::norm_ranges() const {
  const double top = static_cast<float>(options_.max_value);
  if (!options_.axis.are_of_rows() || !(top > 0)) return {};
  return {{top, 1, 0}, {kEndless, 0, top}};
}

UnitNorm::UnitNorm(UnitNormOptions options) : Configured(options) {}

void UnitNorm::apply(std::span<float> w, const Shape& shape) const {
  check_elements("UnitNorm", shape, {w.size()});
  project<true>("UnitNorm", w, shape, options_.axis, [](float norm) { return kEpsilon + norm; });
}

std::vector<NormRange> UnitNorm::norm_ranges() const {
  if (!options_.axis.are_of_rows()) return {};
  return {{kEndless, 0, 1}};
}

MinMaxNorm::MinMaxNorm(MinMaxNormOptions options) : Configured(options) {}

void MinMaxNorm::apply(std::span<float> w, const Shape& shape) const {
  check_elements("MinMaxNorm", shape, {w.size()});
  const float low = static_cast<float>(options_.min_value);
  const float high = static_cast<float>(options_.max_value);
  const float rate = static_cast<float>(options_.rate);
  const float rest = static_cast<float>(1 - options_.rate);
  project<false>("MinMaxNorm", w, shape, options_.axis, [=](float norm) {
    const float desired = rate * clip(norm, low, high) + rest * norm;
    return desired / (kEpsilon + norm);
  });
}

std::vector<NormRange> MinMaxNorm::norm_ranges() const {
  const double low = static_cast<float>(options_.min_value);
  const double high = static_cast<float>(options_.max_value);
  const double rate = static_cast<float>(options_.rate);
  const double rest = static_cast<float>(1 - options_.rate);
  if (!options_.axis.are_of_rows() || !(0 <= low && low <= high && 0 <= rate && rate <= 1))
    return {};
  return {{low, rest, rate * low}, {high, rate + rest, 0}, {kEndless, rest, rate * high}};
}

}  // namespace keratin::constraints

namespace keratin {
template class Configured<constraints::MaxNorm, constraints::MaxNormOptions,
                          constraints::Constraint>;
template class Configured<constraints::UnitNorm, constraints::UnitNormOptions,
                          constraints::Constraint>;
template class Configured<constraints::MinMaxNorm, constraints::MinMaxNormOptions,
                          constraints::Constraint>;
}  // namespace keratin
