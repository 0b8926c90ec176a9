// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/window_pooling.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "keratin/graph/op.h"
#include "keratin/ops/nn/tasks.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

struct PoolingPlan {
  Spans rows, columns;
  std::int64_t batch, width;

  std::int64_t windows() const { return rows.count * columns.count; }
  std::int64_t steps() const { return rows.steps * columns.steps; }
  /// How many steps make a mean of window (i, j).
  float divisor(std::int64_t i, std::int64_t j) const {
    return static_cast<float>(rows.of(i).count() * columns.of(j).count());
  }
};

/// body(window, step) for each step of window (i, j) of a sample: where both begin, in floats.
template <class Body>
void for_steps(const PoolingPlan& p, std::int64_t i, std::int64_t j, Body body) {
  const Range rows = p.rows.of(i), columns = p.columns.of(j);
  for (std::int64_t row = rows.first; row < rows.end; ++row) {
    for (std::int64_t column = columns.first; column < columns.end; ++column)
      body((row * p.columns.steps + column) * p.width);
  }
}

/// body(sample, i, j) for all windows, on several threads: `apart` as they come, else those of a
/// sample on one.
template <class Body>
void for_windows(const PoolingPlan& p, bool apart, Body body) {
  const std::int64_t lines = apart ? p.batch * p.rows.count : p.batch;
  const std::int64_t size = p.width * p.columns.count * (apart ? 1 : p.rows.count);
  parallel::for_chunks(lines, items_per_task(size), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      const std::int64_t b = apart ? line / p.rows.count : line;
      const std::int64_t first = apart ? line % p.rows.count : 0;
      for (std::int64_t i = first; i < (apart ? first + 1 : p.rows.count); ++i) {
        for (std::int64_t j = 0; j < p.columns.count; ++j) body(b, i, j);
      }
    }
  });
}

void mean_windows(const PoolingPlan& p, const float* x, float* y) {
  for_windows(p, true, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    float* out = y + (b * p.windows() + i * p.columns.count + j) * p.width;
    std::fill(out, out + p.width, 0.0F);
    for_steps(p, i, j, [&](std::int64_t at) {
      const float* step = x + b * p.steps() * p.width + at;
      for (std::int64_t c = 0; c < p.width; ++c) out[c] += step[c];
    });
    const float count = p.divisor(i, j);
    for (std::int64_t c = 0; c < p.width; ++c) out[c] /= count;
  });
}

void spread_means(const PoolingPlan& p, const float* slope, float* x) {
  for_windows(p, false, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    const float* g = slope + (b * p.windows() + i * p.columns.count + j) * p.width;
    const float count = p.divisor(i, j);
    for_steps(p, i, j, [&](std::int64_t at) {
      float* step = x + b * p.steps() * p.width + at;
      for (std::int64_t c = 0; c < p.width; ++c) step[c] += g[c] / count;
    });
  });
}

void largest_of_windows(const PoolingPlan& p, const float* x, float* y) {
  for_windows(p, true, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    float* out = y + (b * p.windows() + i * p.columns.count + j) * p.width;
    std::fill(out, out + p.width, -std::numeric_limits<float>::infinity());
    for_steps(p, i, j, [&](std::int64_t at) {
      const float* step = x + b * p.steps() * p.width + at;
      // Written so that a NaN stays: neither comparison with it is true.
      for (std::int64_t c = 0; c < p.width; ++c)
        out[c] = out[c] > step[c] || out[c] != out[c] ? out[c] : step[c];
    });
  });
}

void spread_largest(const PoolingPlan& p, const float* x, const float* y, const float* slope,
                    float* gradient) {
  constexpr std::int64_t kAtOnce = 32;
  for_windows(p, false, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    const std::int64_t window = (b * p.windows() + i * p.columns.count + j) * p.width;
    for (std::int64_t first = 0; first < p.width; first += kAtOnce) {
      const std::int64_t count = std::min(kAtOnce, p.width - first);
      const float* top = y + window + first;
      float left[kAtOnce];  // of the slope, for the first that has the maximum
      std::copy(slope + window + first, slope + window + first + count, left);
      for_steps(p, i, j, [&](std::int64_t at) {
        const float* step = x + b * p.steps() * p.width + at + first;
        float* to = gradient + b * p.steps() * p.width + at + first;
        for (std::int64_t c = 0; c < count; ++c) {
          const bool is_it = step[c] == top[c] || (step[c] != step[c] && top[c] != top[c]);
          to[c] += is_it ? left[c] : 0.0F;
          left[c] = is_it ? 0.0F : left[c];
        }
      });
    }
  });
}

}  // namespace

Value pool_windows(const Value& x, Pooling pooling, const Spans& rows, const Spans& columns) {
  return compute({&x}, [&](const Arguments& in) {
    const Shape& shape = in[0].shape();
    const PoolingPlan p{rows, columns, shape[0], shape.back()};
    Tensor y =
        uninitialized(shape.rank() == 3 ? Shape{p.batch, columns.count, p.width}
                                        : Shape{p.batch, rows.count, columns.count, p.width});
    const bool largest = pooling == Pooling::kMax;
    if (y.size() > 0) {
      (largest ? largest_of_windows : mean_windows)(p, elements(in[0]), y.data<float>().data());
    }
    Result result{std::move(y)};
    if (in.wants_any()) {
      result.pullback = [p, largest, x = in[0], y = result.outputs[0]](Slopes& slopes) {
        Tensor slope = Tensor::zeros(x.shape());
        if (y.size() > 0 && largest)
          spread_largest(p, elements(x), elements(y), elements(slopes.of()),
                         slope.data<float>().data());
        if (y.size() > 0 && !largest)
          spread_means(p, elements(slopes.of()), slope.data<float>().data());
        slopes.add(0, std::move(slope));
      };
    }
    return result;
  });
}

}  // namespace keratin::ops::nn
