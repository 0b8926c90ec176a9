// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/convolution.h"

#include <algorithm>
#include <utility>

#include "keratin/graph/op.h"
#include "keratin/kernels/matmul.h"
#include "keratin/ops/nn/few_slopes.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

constexpr std::int64_t kWork = std::int64_t{1} << 18;  // products of two numbers, worth a thread

/// Steps (batch, rows.steps, columns.steps, channels) and windows (batch, rows.count,
/// columns.count, units) of one convolution; a line is what has one index of rows.
struct ConvolutionPlan {
  Windows rows, columns;
  std::int64_t groups, batch, channels, units;

  std::int64_t group_channels() const { return channels / groups; }
  std::int64_t group_units() const { return units / groups; }
  std::int64_t step_line() const { return columns.steps * channels; }
  std::int64_t window_line() const { return columns.count * units; }
  /// Of the kernel: one tap along the columns.
  std::int64_t tap() const { return group_channels() * units; }
  std::int64_t kernel_line() const { return columns.size * tap(); }
  /// A multiplication for each step of a line, about.
  std::int64_t line_work() const {
    return std::max<std::int64_t>(1, columns.count * rows.size * kernel_line());
  }
  /// Whether a window has what lies in one piece of memory of each of its rows.
  bool is_of_whole_windows() const {
    return groups == 1 && (columns.dilation == 1 || columns.size == 1);
  }
  bool is_by_channel() const { return groups > 1 && groups == channels; }
};

template <class Body>
void for_lines(const ConvolutionPlan& p, std::int64_t lines, Body body) {
  parallel::for_chunks(lines, std::max<std::int64_t>(1, kWork / p.line_work()),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t line = begin; line < end; ++line) body(line);
                       });
}

// -- one line of steps, and one of windows --------------------------------------------------------

/// Each group has one channel: no product of matrices, but vectors of units side by side.
/// f(step, kernel, window) for numbers of one place.
template <class F>
void for_each_by_channel(const ConvolutionPlan& p, std::int64_t tap, F f) {
  const std::int64_t each = p.group_units();
  const Range range = p.columns.windows_of(tap);
  for (std::int64_t o = range.first; o < range.end; ++o) {
    const std::int64_t step = p.columns.place(o, tap) * p.channels;
    const std::int64_t window = o * p.units;
    if (each == 1) {
      for (std::int64_t c = 0; c < p.units; ++c) f(step + c, c, window + c);
    } else {
      for (std::int64_t c = 0; c < p.units; ++c) f(step + c / each, c, window + c);
    }
  }
}

/// A window is a row of memory: those that lie on steps whole are the rows of one matrix, which
/// overlap where windows do.
void add_windows_in_one(const ConvolutionPlan& p, const float* x, const float* kernel, float* y) {
  const Windows& w = p.columns;
  const Range all = {0, w.count};
  const Range whole = {std::min(w.windows_of(0).first, w.count), w.windows_of(w.size - 1).end};
  if (whole.count() > 0) {
    kernels::matmul({x + w.place(whole.first, 0) * p.channels, false, w.stride * p.channels},
                    {kernel}, whole.count(), w.size * p.channels, p.units, true,
                    y + whole.first * p.units);
  }
  const auto add_rest = [&](std::int64_t first, std::int64_t end) {
    for (std::int64_t o = first; o < end; ++o) {
      const Range taps = w.taps_of(o);
      if (taps.count() == 0) continue;
      kernels::matmul({x + w.place(o, taps.first) * p.channels}, {kernel + taps.first * p.tap()}, 1,
                      taps.count() * p.channels, p.units, true, y + o * p.units);
    }
  };
  if (whole.count() == 0) return add_rest(all.first, all.end);
  add_rest(all.first, whole.first);
  add_rest(whole.end, all.end);
}

void add_windows(const ConvolutionPlan& p, const float* x, const float* kernel, float* y) {
  const Windows& w = p.columns;
  if (p.is_of_whole_windows()) return add_windows_in_one(p, x, kernel, y);
  for (std::int64_t tap = 0; tap < w.size; ++tap, kernel += p.tap()) {
    if (p.is_by_channel()) {
      for_each_by_channel(p, tap, [=](std::int64_t step, std::int64_t k, std::int64_t window) {
        y[window] += x[step] * kernel[k];
      });
      continue;
    }
    const Range range = w.windows_of(tap);
    if (range.count() == 0) continue;
    for (std::int64_t g = 0; g < p.groups; ++g) {
      kernels::matmul({x + w.place(range.first, tap) * p.channels + g * p.group_channels(), false,
                       w.stride * p.channels},
                      {kernel + g * p.group_units(), false, p.units}, range.count(),
                      p.group_channels(), p.group_units(), true,
                      y + range.first * p.units + g * p.group_units(), p.units);
    }
  }
}

/// The steps under each window get what the window has.
void add_steps(const ConvolutionPlan& p, const float* y, const float* kernel, float* x) {
  const Windows& w = p.columns;
  for (std::int64_t tap = 0; tap < w.size; ++tap, kernel += p.tap()) {
    if (p.is_by_channel()) {
      for_each_by_channel(p, tap, [=](std::int64_t step, std::int64_t k, std::int64_t window) {
        x[step] += y[window] * kernel[k];
      });
      continue;
    }
    const Range range = w.windows_of(tap);
    if (range.count() == 0) continue;
    for (std::int64_t g = 0; g < p.groups; ++g) {
      kernels::matmul({y + range.first * p.units + g * p.group_units(), false, p.units},
                      {kernel + g * p.group_units(), true, p.units}, range.count(), p.group_units(),
                      p.group_channels(), true,
                      x + w.place(range.first, tap) * p.channels + g * p.group_channels(),
                      w.stride * p.channels);
    }
  }
}

/// One tap of the kernel gets the products of steps and windows that meet there.
void add_tap(const ConvolutionPlan& p, std::int64_t tap, const float* x, const float* y,
             float* kernel) {
  const Windows& w = p.columns;
  if (p.is_by_channel()) {
    for_each_by_channel(p, tap, [=](std::int64_t step, std::int64_t k, std::int64_t window) {
      kernel[k] += x[step] * y[window];
    });
    return;
  }
  const Range range = w.windows_of(tap);
  if (range.count() == 0) return;
  for (std::int64_t g = 0; g < p.groups; ++g) {
    kernels::matmul({x + w.place(range.first, tap) * p.channels + g * p.group_channels(), true,
                     w.stride * p.channels},
                    {y + range.first * p.units + g * p.group_units(), false, p.units},
                    p.group_channels(), range.count(), p.group_units(), true,
                    kernel + g * p.group_units(), p.units);
  }
}

// -- all lines ------------------------------------------------------------------------------------

/// The first value of a line of `count` times `width` numbers.
void begin_line(const Tensor& bias, std::int64_t count, std::int64_t width, float* line) {
  if (!bias) {
    std::fill(line, line + count * width, 0.0F);
    return;
  }
  const float* from = elements(bias);
  for (std::int64_t i = 0; i < count; ++i) std::copy(from, from + width, line + i * width);
}

void all_windows(const ConvolutionPlan& p, const Tensor& x, const Tensor& kernel,
                 const Tensor& bias, Tensor& y) {
  const float* in = elements(x);
  const float* k = elements(kernel);
  float* out = y.data<float>().data();
  for_lines(p, p.batch * p.rows.count, [&](std::int64_t line) {
    const std::int64_t b = line / p.rows.count, o = line % p.rows.count;
    float* to = out + line * p.window_line();
    begin_line(bias, p.columns.count, p.units, to);
    const Range taps = p.rows.taps_of(o);
    for (std::int64_t tap = taps.first; tap < taps.end; ++tap) {
      const std::int64_t row = b * p.rows.steps + p.rows.place(o, tap);
      add_windows(p, in + row * p.step_line(), k + tap * p.kernel_line(), to);
    }
  });
}

void all_steps(const ConvolutionPlan& p, const Tensor& y, const Tensor& kernel, const Tensor& bias,
               Tensor& x) {
  const float* in = elements(y);
  const float* k = elements(kernel);
  float* out = x.data<float>().data();
  for_lines(p, p.batch * p.rows.steps, [&](std::int64_t line) {
    const std::int64_t b = line / p.rows.steps, step = line % p.rows.steps;
    float* to = out + line * p.step_line();
    begin_line(bias, p.columns.steps, p.channels, to);
    for (std::int64_t tap = 0; tap < p.rows.size; ++tap) {
      const std::int64_t o = p.rows.window_at(step, tap);
      if (o < 0) continue;
      add_steps(p, in + (b * p.rows.count + o) * p.window_line(), k + tap * p.kernel_line(), to);
    }
  });
}

Tensor kernel_slope(const ConvolutionPlan& p, const Tensor& x, const Tensor& y,
                    const Shape& shape) {
  Tensor slope = Tensor::zeros(shape);
  const float* steps = elements(x);
  const float* windows = elements(y);
  float* out = slope.data<float>().data();
  parallel::for_chunks(p.rows.size * p.columns.size, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin; at < end; ++at) {
      const std::int64_t row_tap = at / p.columns.size, tap = at % p.columns.size;
      const Range range = p.rows.windows_of(row_tap);
      for (std::int64_t b = 0; b < p.batch; ++b) {
        for (std::int64_t o = range.first; o < range.end; ++o) {
          add_tap(p, tap, steps + (b * p.rows.steps + p.rows.place(o, row_tap)) * p.step_line(),
                  windows + (b * p.rows.count + o) * p.window_line(), out + at * p.tap());
        }
      }
    }
  });
  return slope;
}

/// The sums over all but the last axis.
Tensor bias_slope(const Tensor& slope) {
  const std::int64_t width = slope.shape().back();
  Tensor sums = Tensor::zeros(Shape{width});
  float* to = sums.data<float>().data();
  const float* g = elements(slope);
  for (std::int64_t i = 0; i < slope.size(); i += width) {
    for (std::int64_t j = 0; j < width; ++j) to[j] += g[i + j];
  }
  return sums;
}

ConvolutionPlan plan_of(const ConvolutionWindows& windows, std::int64_t batch,
                        std::int64_t channels, std::int64_t units) {
  return {windows.rows, windows.columns, windows.groups, batch, channels, units};
}

/// (batch, ..., width), with these sizes in place of the axes between.
Shape shape_of(std::size_t rank, std::int64_t batch, std::int64_t rows, std::int64_t columns,
               std::int64_t width) {
  return rank == 3 ? Shape{batch, columns, width} : Shape{batch, rows, columns, width};
}

}  // namespace

Value convolution(const Value& x, const Value& kernel, const Value& bias,
                  const ConvolutionWindows& windows) {
  return compute({&x, &kernel, &bias}, [&](const Arguments& in) {
    const Shape& shape = in[0].shape();
    const ConvolutionPlan p = plan_of(windows, shape[0], shape.back(), in[1].shape().back());
    Tensor y =
        uninitialized(shape_of(shape.rank(), p.batch, p.rows.count, p.columns.count, p.units));
    if (y.size() > 0) all_windows(p, in[0], in[1], in[2], y);
    Result result{std::move(y)};
    if (in.wants_any()) {
      result.pullback = [x = in[0], kernel = in[1], p](Slopes& slopes) {
        const auto few = x.shape().rank() == 3 && p.is_of_whole_windows()
                             ? FewSlopes::of(slopes.of(), p.columns, p.channels)
                             : std::nullopt;
        std::optional<Tensor> of_kernel, of_steps;
        if (few && slopes.wants(1)) of_kernel = few->of_kernel(x);
        if (few && slopes.wants(0)) of_steps = few->of_steps(kernel);
        if (slopes.wants(1))
          slopes.add(1, of_kernel ? *std::move(of_kernel)
                                  : kernel_slope(p, x, slopes.of(), kernel.shape()));
        if (slopes.wants(2)) slopes.add(2, bias_slope(slopes.of()));
        if (slopes.wants(0) && !of_steps) {
          of_steps = uninitialized(x.shape());
          if (of_steps->size() > 0) all_steps(p, slopes.of(), kernel, Tensor(), *of_steps);
        }
        if (slopes.wants(0)) slopes.add(0, *std::move(of_steps));
      };
    }
    return result;
  });
}

Value convolution_transpose(const Value& x, const Value& kernel, const Value& bias,
                            const ConvolutionWindows& windows) {
  return compute({&x, &kernel, &bias}, [&](const Arguments& in) {
    const Shape& shape = in[0].shape();
    const ConvolutionPlan p = plan_of(windows, shape[0], in[1].shape().dim(-2), shape.back());
    Tensor y =
        uninitialized(shape_of(shape.rank(), p.batch, p.rows.steps, p.columns.steps, p.channels));
    if (y.size() > 0) all_steps(p, in[0], in[1], in[2], y);
    Result result{std::move(y)};
    if (in.wants_any()) {
      result.pullback = [x = in[0], kernel = in[1], p](Slopes& slopes) {
        if (slopes.wants(1)) slopes.add(1, kernel_slope(p, slopes.of(), x, kernel.shape()));
        if (slopes.wants(2)) slopes.add(2, bias_slope(slopes.of()));
        if (slopes.wants(0)) {
          Tensor slope = uninitialized(x.shape());
          if (slope.size() > 0) all_windows(p, slopes.of(), kernel, Tensor(), slope);
          slopes.add(0, std::move(slope));
        }
      };
    }
    return result;
  });
}

}  // namespace keratin::ops::nn
