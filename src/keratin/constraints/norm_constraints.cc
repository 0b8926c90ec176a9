// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/norm_constraints.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"

namespace keratin::constraints {
namespace {

constexpr float kEpsilon = 1e-7f;

/// A shape with neighbouring dimensions of one kind made into one: (kept or normed) in turn.
struct Runs {
  Runs(const Shape& shape, const std::vector<bool>& normed) {
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (!dims.empty() && flags.back() == normed[i]) {
        dims.back() *= shape[i];
      } else {
        dims.push_back(shape[i]);
        flags.push_back(normed[i]);
      }
    }
    if (dims.empty()) {  // a scalar is its own norm
      dims.push_back(1);
      flags.push_back(true);
    }
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (!flags[i]) norms *= dims[i];
      if (i > 0) per_first *= dims[i];
    }
    norms_per_first = flags[0] ? 0 : norms / std::max<std::int64_t>(dims[0], 1);
  }

  /// Calls body(first element, length, first norm, whether each element has a norm of its own) for
  /// every run of the last dimension below the index `at` of the first one.
  template <class Body>
  void for_each_run(std::int64_t at, Body&& body) const {
    walk(0, at, at + 1, 0, 0, body);
  }

  std::vector<std::int64_t> dims;
  std::vector<bool> flags;
  std::int64_t norms = 1;
  std::int64_t per_first = 1;        // elements below one index of the first dimension
  std::int64_t norms_per_first = 0;  // norms that belong to that index alone

 private:
  template <class Body>
  void walk(std::size_t depth, std::int64_t begin, std::int64_t end, std::int64_t element,
            std::int64_t norm, Body& body) const {
    if (depth + 1 == dims.size()) {
      body(element * dims[depth] + begin, end - begin,
           flags[depth] ? norm : norm * dims[depth] + begin, !flags[depth]);
      return;
    }
    for (std::int64_t i = begin; i < end; ++i) {
      walk(depth + 1, 0, dims[depth + 1], element * dims[depth] + i,
           flags[depth] ? norm : norm * dims[depth] + i, body);
    }
  }
};

/// The squared norms, in double. With the first dimension normed, each chunk of it has sums of its
/// own, which are added in order: equal bits for any number of threads.
std::vector<double> squared_norms(std::span<const float> w, const Runs& runs, std::int64_t chunk) {
  const std::int64_t first = runs.dims[0];
  const bool shared = runs.flags[0];
  const auto norms = static_cast<std::size_t>(runs.norms);
  const std::int64_t copies = shared ? std::max<std::int64_t>((first + chunk - 1) / chunk, 1) : 1;
  std::vector<double> sums(norms * static_cast<std::size_t>(copies));
  parallel::for_chunks(first, chunk, [&](std::int64_t begin, std::int64_t end) {
    double* out = sums.data() + (shared ? begin / chunk * runs.norms : 0);
    for (std::int64_t at = begin; at < end; ++at) {
      runs.for_each_run(at, [&](std::int64_t element, std::int64_t n, std::int64_t norm, bool own) {
        const float* x = w.data() + element;
        if (own) {
          for (std::int64_t j = 0; j < n; ++j) {
            out[norm + j] += static_cast<double>(x[j]) * static_cast<double>(x[j]);
          }
        } else {
          double sum = 0;
          for (std::int64_t j = 0; j < n; ++j)
            sum += static_cast<double>(x[j]) * static_cast<double>(x[j]);
          out[norm] += sum;
        }
      });
    }
  });
  for (std::size_t copy = 1; copy < static_cast<std::size_t>(copies); ++copy) {
    for (std::size_t i = 0; i < norms; ++i) sums[i] += sums[copy * norms + i];
  }
  sums.resize(norms);
  return sums;
}

/// w *= factor(norm), or w /= divisor(norm) with `divides`: the order of operations is Keras's.
template <bool divides, class Factor>
void project(std::string_view who, std::span<float> w, const Shape& shape, const Axes& axes,
             Factor factor) {
  const Runs runs(shape, axes.flags(who, shape));
  if (w.empty()) return;
  // At most 64 chunks where each needs sums of its own.
  const std::int64_t by_size = std::max<std::int64_t>(1, (std::int64_t{1} << 15) / runs.per_first);
  const std::int64_t chunk = runs.flags[0] ? std::max(by_size, (runs.dims[0] + 63) / 64) : by_size;
  const std::vector<double> squares = squared_norms(w, runs, chunk);
  std::vector<float> factors(squares.size());
  for (std::size_t i = 0; i < squares.size(); ++i)
    factors[i] = factor(static_cast<float>(std::sqrt(squares[i])));
  parallel::for_chunks(runs.dims[0], chunk, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin; at < end; ++at) {
      runs.for_each_run(at, [&](std::int64_t element, std::int64_t n, std::int64_t norm, bool own) {
        float* x = w.data() + element;
        const float* f = factors.data() + norm;
        for (std::int64_t j = 0; j < n; ++j) {
          const float by = f[own ? j : 0];
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

template <class Options>
Options read(std::string_view who, const Config& config) {
  Options options;
  ConfigReader reader(who, config);
  fields(reader, options);
  reader.finish();
  return options;
}

template <class Options>
Config write(Options options) {
  ConfigWriter writer;
  fields(writer, options);
  return writer.take();
}

}  // namespace

std::vector<bool> Axes::flags(std::string_view who, const Shape& shape) const {
  std::vector<bool> normed(shape.rank(), is_all_);
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
  return normed;
}

bool Axes::include_rows() const {
  return is_all_ ||
         std::any_of(axes_.begin(), axes_.end(), [](int axis) { return axis == 0 || axis == -2; });
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

MaxNorm::MaxNorm(MaxNormOptions options) : options_(std::move(options)) {}
MaxNormOptions MaxNorm::options_from(const Config& config) {
  return read<Options>("MaxNorm", config);
}
Config MaxNorm::get_config() const { return write(options_); }

void MaxNorm::apply(std::span<float> w, const Shape& shape) const {
  const float top = static_cast<float>(options_.max_value);
  project<false>("MaxNorm", w, shape, options_.axis,
                 [=](float norm) { return clip(norm, 0.0f, top) / (kEpsilon + norm); });
}

UnitNorm::UnitNorm(UnitNormOptions options) : options_(std::move(options)) {}
UnitNormOptions UnitNorm::options_from(const Config& config) {
  return read<Options>("UnitNorm", config);
}
Config UnitNorm::get_config() const { return write(options_); }

void UnitNorm::apply(std::span<float> w, const Shape& shape) const {
  project<true>("UnitNorm", w, shape, options_.axis, [](float norm) { return kEpsilon + norm; });
}

MinMaxNorm::MinMaxNorm(MinMaxNormOptions options) : options_(std::move(options)) {}
MinMaxNormOptions MinMaxNorm::options_from(const Config& config) {
  return read<Options>("MinMaxNorm", config);
}
Config MinMaxNorm::get_config() const { return write(options_); }

void MinMaxNorm::apply(std::span<float> w, const Shape& shape) const {
  const float low = static_cast<float>(options_.min_value);
  const float high = static_cast<float>(options_.max_value);
  const float rate = static_cast<float>(options_.rate);
  const float rest = static_cast<float>(1 - options_.rate);
  project<false>("MinMaxNorm", w, shape, options_.axis, [=](float norm) {
    const float desired = rate * clip(norm, low, high) + rest * norm;
    return desired / (kEpsilon + norm);
  });
}

}  // namespace keratin::constraints
