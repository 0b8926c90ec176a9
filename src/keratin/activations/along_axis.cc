// SPDX-License-Identifier: Apache-2.0
#include "keratin/activations/along_axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "keratin/base/elements.h"
#include "keratin/base/error.h"
#include "keratin/kernels/softmax.h"
#include "keratin/parallel/parallel.h"

namespace keratin::activations {
namespace {

/// n elements, `stride` apart.
template <class T>
struct Line {
  T& operator[](std::int64_t i) const { return first[i * stride]; }
  T* first;
  std::int64_t n;
  std::int64_t stride;
};
using In = Line<const float>;
using Out = Line<float>;

/// The table: kName, what happens to one line, and whether its elements must lie side by side. Sums
/// are kept in double.
template <class Options>
struct Formula;

template <>
struct Formula<SoftmaxOptions> {
  static constexpr std::string_view kName = "softmax";
  static constexpr bool kElementsSideBySide = true;
  static void forward(const In& x, const Out& y) {
    const auto total = static_cast<float>(
        kernels::exp_minus(x.n, x.first, kernels::largest(x.n, x.first), y.first));
    for (std::int64_t i = 0; i < x.n; ++i) y.first[i] /= total;
  }
  static void backward(const In&, const In& y, const In& g, const Out& dx) {
    double dot = 0;
    for (std::int64_t i = 0; i < y.n; ++i) {
      dot += static_cast<double>(y.first[i]) * static_cast<double>(g.first[i]);
    }
    for (std::int64_t i = 0; i < y.n; ++i) {
      dx.first[i] = static_cast<float>(static_cast<double>(y.first[i]) *
                                       (static_cast<double>(g.first[i]) - dot));
    }
  }
};

template <>
struct Formula<LogSoftmaxOptions> {
  static constexpr std::string_view kName = "log_softmax";
  static constexpr bool kElementsSideBySide = true;
  static void forward(const In& x, const Out& y) {
    const float largest = kernels::largest(x.n, x.first);
    const auto log_sum =
        static_cast<float>(std::log(kernels::sum_of_exp_minus(x.n, x.first, largest)));
    for (std::int64_t i = 0; i < x.n; ++i) y.first[i] = (x.first[i] - largest) - log_sum;
  }
  static void backward(const In&, const In& y, const In& g, const Out& dx) {
    double sum = 0;
    for (std::int64_t i = 0; i < g.n; ++i) sum += static_cast<double>(g.first[i]);
    const float total = static_cast<float>(sum);
    kernels::exp_minus(y.n, y.first, 0, dx.first);
    for (std::int64_t i = 0; i < y.n; ++i) dx.first[i] = g.first[i] - dx.first[i] * total;
  }
};

float sigmoid_of(float x) {
  const float z = std::exp(-std::fabs(x));
  return (x < 0 ? z : 1.0f) / (1.0f + z);
}

template <>
struct Formula<GluOptions> {
  static constexpr std::string_view kName = "glu";
  static constexpr bool kElementsSideBySide = false;
  static void forward(const In& x, const Out& y) {
    for (std::int64_t i = 0; i < y.n; ++i) y[i] = x[i] * sigmoid_of(x[i + y.n]);
  }
  static void backward(const In& x, const In&, const In& g, const Out& dx) {
    for (std::int64_t i = 0; i < g.n; ++i) {
      const float b = x[i + g.n];
      const float gate = sigmoid_of(b);
      dx[i] = g[i] * gate;
      dx[i + g.n] = g[i] * x[i] * (gate * sigmoid_of(-b));
    }
  }
};

template <>
struct Formula<SparsemaxOptions> {
  static constexpr std::string_view kName = "sparsemax";
  static constexpr bool kElementsSideBySide = true;
  // With z sorted downwards, the support is the longest start of it where r z_r > z_1 + ... + z_r -
  // 1, and tau = (its sum - 1) / its length. The largest element is taken off first, which changes
  // nothing, so that large inputs cost no digits. NaN must not reach the sort.
  static void forward(const In& x, const Out& y) {
    const float largest = kernels::largest(x.n, x.first);
    if (!std::isfinite(largest)) {
      for (std::int64_t i = 0; i < x.n; ++i) y[i] = std::numeric_limits<float>::quiet_NaN();
      return;
    }
    std::vector<float> z(static_cast<std::size_t>(x.n));
    for (std::int64_t i = 0; i < x.n; ++i) z[static_cast<std::size_t>(i)] = x[i] - largest;
    std::sort(z.begin(), z.end(), std::greater<float>());
    double sum = 0;
    double tau = 0;
    double r = 0;
    for (const float value : z) {
      r += 1;
      sum += static_cast<double>(value);
      if (!(static_cast<double>(value) > (sum - 1) / r)) break;
      tau = (sum - 1) / r;
    }
    for (std::int64_t i = 0; i < x.n; ++i) {
      const double above = static_cast<double>(x[i] - largest) - tau;
      y[i] = above > 0 ? static_cast<float>(above) : 0.0f;
    }
  }
  // tau moves with the mean of the support. Keras: an element that lies just on tau gets one half.
  static void backward(const In& x, const In& y, const In& g, const Out& dx) {
    const float largest = kernels::largest(x.n, x.first);
    const float largest_y = kernels::largest(y.n, y.first);
    double sum = 0;
    double count = 0;
    for (std::int64_t i = 0; i < y.n; ++i) {
      const bool inside = !(y[i] == 0);
      const float weight = inside ? 1.0f : x[i] - largest + largest_y == 0 ? 0.5f : 0.0f;
      dx[i] = g[i] * weight;
      sum += static_cast<double>(dx[i]);
      count += inside ? 1 : 0;
    }
    const float mean = static_cast<float>(sum / count);
    for (std::int64_t i = 0; i < y.n; ++i) dx[i] -= y[i] == 0 ? 0.0f : mean;
  }
};

template <class Options>
struct Fields {
  template <class F>
  static void list(F& f, Options& o) {
    f("axis", o.axis);
  }
};

std::vector<int> axes_of(int axis) { return {axis}; }
std::vector<int> axes_of(const LineAxes& axes) { return axes.values(); }

/// The axes, counted from the first; one for all functions but the softmaxes.
template <class Options>
std::vector<std::size_t> axes_of(const Shape& shape, const Options& options) {
  const auto rank = static_cast<std::int64_t>(shape.rank());
  std::vector<std::size_t> axes;
  for (const int given : axes_of(options.axis)) {
    const std::int64_t axis = given < 0 ? given + rank : given;
    if (axis < 0 || axis >= rank) {
      invalid_argument(Formula<Options>::kName, "axis ", given, " is out of range for shape ",
                       shape, ".");
    }
    axes.push_back(static_cast<std::size_t>(axis));
    if (std::count(axes.begin(), axes.end(), axes.back()) > 1)
      invalid_argument(Formula<Options>::kName, "axis ", given, " is there twice.");
  }
  if (axes.empty()) invalid_argument(Formula<Options>::kName, "axis must not be empty.");
  return axes;
}

/// Lines whose elements are brought together first: where each begins, and where its elements lie
/// from there.
struct ScatteredLines {
  ScatteredLines(const Shape& shape, const std::vector<std::size_t>& axes) {
    std::int64_t stride = 1;
    for (std::size_t i = shape.rank(); i-- > 0;) {
      const bool inside = std::find(axes.begin(), axes.end(), i) != axes.end();
      std::vector<std::int64_t>& places = inside ? elements : lines;
      std::vector<std::int64_t> more;
      for (std::int64_t k = 0; k < shape[i]; ++k) {
        for (const std::int64_t place : places) more.push_back(k * stride + place);
      }
      places = std::move(more);
      stride *= shape[i];
    }
  }
  /// Calls body(arrays of one line each, in the order of `in`; the array to fill) for every line.
  template <std::size_t N, class Body>
  void for_each(const std::array<std::span<const float>, N>& in, std::span<float> out,
                Body&& body) const {
    const auto n = static_cast<std::int64_t>(elements.size());
    const std::int64_t chunk =
        std::max<std::int64_t>(1, (std::int64_t{1} << 14) / std::max<std::int64_t>(n, 1));
    parallel::for_chunks(static_cast<std::int64_t>(lines.size()), chunk, [&](auto begin, auto end) {
      std::array<std::vector<float>, N> values;
      for (auto& line : values) line.resize(elements.size());
      std::vector<float> result(elements.size());
      for (std::int64_t at = begin; at < end; ++at) {
        const std::int64_t first = lines[static_cast<std::size_t>(at)];
        for (std::size_t k = 0; k < N; ++k) {
          for (std::size_t i = 0; i < elements.size(); ++i)
            values[k][i] = in[k][static_cast<std::size_t>(first + elements[i])];
        }
        std::array<In, N> sources;
        for (std::size_t k = 0; k < N; ++k) sources[k] = {values[k].data(), n, 1};
        body(sources, Out{result.data(), n, 1});
        for (std::size_t i = 0; i < elements.size(); ++i)
          out[static_cast<std::size_t>(first + elements[i])] = result[i];
      }
    });
  }
  std::vector<std::int64_t> lines = {0};
  std::vector<std::int64_t> elements = {0};
};

/// Whether the lines along these axes must be brought together for the formula.
template <class Options>
bool are_scattered(const Shape& shape, const std::vector<std::size_t>& axes) {
  return axes.size() > 1 ||
         (Formula<Options>::kElementsSideBySide && shape.from(axes.front() + 1).size() != 1);
}

/// Calls body(line of x, line of y) with their offsets for every line along the axis.
struct Lines {
  Lines(const Shape& shape, std::size_t axis) : n(shape[axis]) {
    for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
    for (std::size_t i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
  /// body(outer index, inner index), in chunks of some 16,000 elements.
  template <class Body>
  void for_each(Body&& body) const {
    const std::int64_t chunk =
        std::max<std::int64_t>(1, (std::int64_t{1} << 14) / std::max<std::int64_t>(n, 1));
    parallel::for_chunks(outer * inner, chunk, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t line = begin; line < end; ++line) body(line / inner, line % inner);
    });
  }
  template <class T>
  Line<T> line(std::span<T> data, std::int64_t length, std::int64_t o, std::int64_t i) const {
    return {data.data() + o * length * inner + i, length, inner};
  }
  std::int64_t outer = 1;
  std::int64_t n;
  std::int64_t inner = 1;
};

}  // namespace

Config to_config(const LineAxes& axes) {
  return axes.is_list_ ? keratin::to_config(axes.axes_) : Config(axes.axes_.front());
}

void from_config(const Config& config, LineAxes& axes) {
  axes.is_list_ = config.is_list();
  axes.axes_.assign(1, 0);
  if (axes.is_list_) {
    keratin::from_config(config, axes.axes_);
  } else {
    keratin::from_config(config, axes.axes_.front());
  }
}

template <class Options>
Options AlongAxis<Options>::options_from(const Config& config) {
  Options options;
  ConfigReader reader(Formula<Options>::kName, config);
  Fields<Options>::list(reader, options);
  reader.finish();
  return options;
}

template <class Options>
std::string_view AlongAxis<Options>::name() const {
  return Formula<Options>::kName;
}

template <class Options>
Config AlongAxis<Options>::get_config() const {
  Options options = options_;
  ConfigWriter writer;
  Fields<Options>::list(writer, options);
  return writer.take();
}

template <class Options>
Shape AlongAxis<Options>::compute_output_shape(const Shape& shape) const {
  const std::size_t axis = axes_of(shape, options_).front();
  Shape result = shape;
  if constexpr (std::is_same_v<Options, GluOptions>) {
    if (shape[axis] != kNone) {
      if (shape[axis] % 2 != 0) {
        invalid_argument("glu", "the size along axis ", options_.axis,
                         " must be even. Received: shape ", shape, ".");
      }
      result[axis] = shape[axis] / 2;
    }
  }
  return result;
}

template <class Options>
void AlongAxis<Options>::forward(std::span<const float> x, const Shape& shape,
                                 std::span<float> y) const {
  check_elements(name(), shape, {x.size()});
  check_elements(name(), compute_output_shape(shape), {y.size()});
  const std::vector<std::size_t> axes = axes_of(shape, options_);
  if (are_scattered<Options>(shape, axes)) {
    return ScatteredLines(shape, axes).for_each<1>({x}, y, [](const auto& in, const Out& out) {
      Formula<Options>::forward(in[0], out);
    });
  }
  const Lines lines(shape, axes.front());
  const std::int64_t y_length = compute_output_shape(shape)[axes.front()];
  lines.for_each([&](std::int64_t o, std::int64_t i) {
    Formula<Options>::forward(lines.line(x, lines.n, o, i), lines.line(y, y_length, o, i));
  });
}

template <class Options>
void AlongAxis<Options>::backward(std::span<const float> x, std::span<const float> y,
                                  std::span<const float> y_gradient, const Shape& shape,
                                  std::span<float> x_gradient) const {
  check_elements(name(), shape, {x.size(), x_gradient.size()});
  check_elements(name(), compute_output_shape(shape), {y.size(), y_gradient.size()});
  const std::vector<std::size_t> axes = axes_of(shape, options_);
  if (are_scattered<Options>(shape, axes)) {
    return ScatteredLines(shape, axes)
        .for_each<3>({x, y, y_gradient}, x_gradient, [](const auto& in, const Out& out) {
          Formula<Options>::backward(in[0], in[1], in[2], out);
        });
  }
  const Lines lines(shape, axes.front());
  const std::int64_t y_length = compute_output_shape(shape)[axes.front()];
  lines.for_each([&](std::int64_t o, std::int64_t i) {
    Formula<Options>::backward(lines.line(x, lines.n, o, i), lines.line(y, y_length, o, i),
                               lines.line(y_gradient, y_length, o, i),
                               lines.line(x_gradient, lines.n, o, i));
  });
}

template class AlongAxis<SoftmaxOptions>;
template class AlongAxis<LogSoftmaxOptions>;
template class AlongAxis<GluOptions>;
template class AlongAxis<SparsemaxOptions>;

}  // namespace keratin::activations
