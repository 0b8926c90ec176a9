// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/normalization.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "keratin/graph/op.h"
#include "keratin/ops/nn/tasks.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

/// A chunk of rows of `width` numbers.
std::int64_t rows_of_task(std::int64_t width) { return items_per_task(width, kFloatsPerTask / 2); }

/// body(row, sums) for all rows, where sums has `width` numbers that are added up: those of a chunk
/// first, then all in order, so that threads do not change them.
template <class Body>
std::vector<double> sums_over(std::int64_t rows, std::int64_t row_size, std::int64_t width,
                              Body body) {
  const std::int64_t chunk = rows_of_task(row_size);
  const auto w = static_cast<std::size_t>(width);
  const auto chunks = static_cast<std::size_t>(rows == 0 ? 0 : (rows - 1) / chunk + 1);
  std::vector<double> parts(chunks * w);
  parallel::for_chunks(rows, chunk, [&](std::int64_t begin, std::int64_t end) {
    double* sums = parts.data() + static_cast<std::size_t>(begin / chunk) * w;
    for (std::int64_t row = begin; row < end; ++row) body(row, sums);
  });
  std::vector<double> all(w);
  for (std::size_t i = 0; i < parts.size(); ++i) all[i % w] += parts[i];
  return all;
}

Tensor as_tensor(const std::vector<double>& values) {
  Tensor result = uninitialized(Shape{static_cast<std::int64_t>(values.size())});
  std::transform(values.begin(), values.end(), result.data<float>().begin(),
                 [](double value) { return static_cast<float>(value); });
  return result;
}

// -- channels -------------------------------------------------------------------------------------

/// x as (outer, channels, inner), and which of it counts.
struct Channels {
  Channels(const Tensor& x, std::size_t axis, const Tensor& mask)
      : channels(x.shape()[axis]),
        last(std::max<std::int64_t>(1, x.shape().back())),
        mask(mask ? mask.data<bool>().data() : nullptr) {
    for (std::size_t i = 0; i < axis; ++i) outer *= x.shape()[i];
    for (std::size_t i = axis + 1; i < x.shape().rank(); ++i) inner *= x.shape()[i];
  }
  std::int64_t outer = 1, channels, inner = 1, last;
  const bool* mask;

  bool counts(std::int64_t at) const { return mask == nullptr || mask[at / last]; }
  /// f(place, channel) for the numbers of one index of the outer axes.
  template <class F>
  void for_each(std::int64_t o, F f) const {
    const std::int64_t begin = o * channels * inner;
    if (inner == 1) {
      for (std::int64_t c = 0; c < channels; ++c) f(begin + c, c);
      return;
    }
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t i = 0; i < inner; ++i) f(begin + c * inner + i, c);
    }
  }
  /// The sums of f(place, channel), which are numbers, in each channel.
  template <class F>
  std::vector<double> sums(F f) const {
    return sums_over(outer, channels * inner, channels, [&](std::int64_t o, double* to) {
      for_each(o, [&](std::int64_t at, std::int64_t c) { to[c] += f(at, c); });
    });
  }
  template <class F>
  void for_all(F f) const {
    parallel::for_chunks(outer, rows_of_task(channels * inner),
                         [&](std::int64_t begin, std::int64_t end) {
                           for (std::int64_t o = begin; o < end; ++o) for_each(o, f);
                         });
  }
};

/// inv[c] = 1 / sqrt(variance + epsilon).
std::vector<float> inverses(const Tensor& variance, double epsilon) {
  std::vector<float> inv;
  for (const float v : variance.data<float>())
    inv.push_back(1 / std::sqrt(v + static_cast<float>(epsilon)));
  return inv;
}

Tensor normalized(const Channels& all, const Tensor& x, const ChannelMoments& moments,
                  std::vector<float> scale, const Tensor& gamma, const Tensor& beta) {
  const float* mean = elements(moments.mean);
  std::vector<float> shift(scale.size());
  for (std::size_t c = 0; c < scale.size(); ++c) {
    if (gamma) scale[c] *= elements(gamma)[c];
    shift[c] = -mean[c] * scale[c] + (beta ? elements(beta)[c] : 0.0F);
  }
  Tensor y = uninitialized(x.shape());
  const float* in = elements(x);
  float* out = y.data<float>().data();
  const float* by = scale.data();
  const float* plus = shift.data();
  all.for_all([=](std::int64_t at, std::int64_t c) { out[at] = in[at] * by[c] + plus[c]; });
  return y;
}

struct ChannelsBack {
  Tensor x, mask, gamma;
  ChannelMoments moments;
  std::size_t axis;
  bool of_x;
  double epsilon;

  void operator()(Slopes& slopes) const {
    const Channels all(x, axis, mask);
    const std::vector<float> inv = inverses(moments.variance, epsilon);
    const float* in = elements(x);
    const float* g = elements(slopes.of());
    const float* mean = elements(moments.mean);
    const std::vector<double> sum =
        all.sums([=](std::int64_t at, std::int64_t) { return static_cast<double>(g[at]); });
    std::vector<double> apart = all.sums([=](std::int64_t at, std::int64_t c) {
      return static_cast<double>(g[at]) * (in[at] - mean[c]);
    });
    if (slopes.wants(0)) slopes.add(0, of_inputs(all, g, inv, sum, apart));
    for (std::size_t c = 0; c < inv.size(); ++c) apart[c] *= inv[c];
    if (slopes.wants(1)) slopes.add(1, as_tensor(apart));
    if (slopes.wants(2)) slopes.add(2, as_tensor(sum));
  }

  Tensor of_inputs(const Channels& all, const float* g, const std::vector<float>& inv,
                   const std::vector<double>& sum, const std::vector<double>& apart) const {
    // dx = scale g + (counts) (by_mean + by_variance (x - mean)), where mean and variance are of x.
    std::vector<float> factors(3 * inv.size());
    for (std::size_t c = 0; c < inv.size(); ++c) {
      const double scale = static_cast<double>(inv[c]) * (gamma ? elements(gamma)[c] : 1.0F);
      factors[3 * c] = static_cast<float>(scale);
      if (!of_x) continue;
      const double each = -scale / elements(moments.count)[c];
      factors[3 * c + 1] = static_cast<float>(each * sum[c]);
      factors[3 * c + 2] = static_cast<float>(each * inv[c] * inv[c] * apart[c]);
    }
    Tensor slope = uninitialized(x.shape());
    const float* in = elements(x);
    const float* mean = elements(moments.mean);
    float* out = slope.data<float>().data();
    const float* by = factors.data();
    all.for_all([=, &all, this](std::int64_t at, std::int64_t c) {
      const float* f = by + 3 * c;
      out[at] = f[0] * g[at];
      if (of_x && all.counts(at)) out[at] += f[1] + f[2] * (in[at] - mean[c]);
    });
    return slope;
  }
};

// -- rows -----------------------------------------------------------------------------------------

/// The sum of f(0) to f(n - 1), which has the compiler's vectors as it has lanes.
template <class F>
float sum_of(std::int64_t n, F f) {
  constexpr std::int64_t kLanes = 16;
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += f(i + l);
  }
  for (std::int64_t l = 0; i < n; ++i, ++l) lanes[l] += f(i);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::int64_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

struct Rows {
  std::int64_t rows, width;
  RowNorm norm;
  float epsilon;

  /// What is taken off a row, and what it is multiplied with then.
  std::pair<float, float> moments(const float* x) const {
    const auto n = static_cast<float>(width);
    float mean = 0;
    // From the first on: the mean of equal numbers is that number, so that nothing is left of them.
    if (norm == RowNorm::kMoments)
      mean = x[0] + sum_of(width, [=](std::int64_t i) { return x[i] - x[0]; }) / n;
    const float square =
        sum_of(width, [=](std::int64_t i) { return (x[i] - mean) * (x[i] - mean); });
    return {mean, 1 / std::sqrt(square / n + epsilon)};
  }
  template <class Body>
  void for_each(Body body) const {
    parallel::for_chunks(rows, rows_of_task(width), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) body(row);
    });
  }
};

Tensor normalized(const Rows& r, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                  Tensor& moments) {
  Tensor y = uninitialized(x.shape());
  const float* in = elements(x);
  const float* scale = elements(gamma);
  const float* shift = elements(beta);
  float* out = y.data<float>().data();
  float* kept = moments.data<float>().data();
  r.for_each([&](std::int64_t row) {
    const float* from = in + row * r.width;
    float* to = out + row * r.width;
    const auto [mean, inv] = r.moments(from);
    kept[2 * row] = mean;
    kept[2 * row + 1] = inv;
    for (std::int64_t i = 0; i < r.width; ++i) {
      const float factor = scale != nullptr ? inv * scale[i] : inv;
      to[i] = (from[i] - mean) * factor + (shift != nullptr ? shift[i] : 0.0F);
    }
  });
  return y;
}

struct RowsBack {
  Rows r;
  Tensor x, gamma, beta, moments;

  void operator()(Slopes& slopes) const {
    const float* in = elements(x);
    const float* g = elements(slopes.of());
    const float* kept = elements(moments);
    if (slopes.wants(1)) {
      slopes.add(1,
                 as_tensor(sums_over(r.rows, r.width, r.width, [&](std::int64_t row, double* to) {
                   const float mean = kept[2 * row], inv = kept[2 * row + 1];
                   for (std::int64_t i = 0; i < r.width; ++i)
                     to[i] += g[row * r.width + i] * ((in[row * r.width + i] - mean) * inv);
                 })).reshaped(gamma.shape()));
    }
    if (slopes.wants(2)) {
      slopes.add(2,
                 as_tensor(sums_over(r.rows, r.width, r.width, [&](std::int64_t row, double* to) {
                   for (std::int64_t i = 0; i < r.width; ++i) to[i] += g[row * r.width + i];
                 })).reshaped(beta.shape()));
    }
    if (slopes.wants(0)) slopes.add(0, of_inputs(g));
  }

  Tensor of_inputs(const float* slope) const {
    Tensor result = uninitialized(x.shape());
    const float* scale = elements(gamma);
    float* out = result.data<float>().data();
    r.for_each([&](std::int64_t row) {
      const float* from = elements(x) + row * r.width;
      const float* g = slope + row * r.width;
      float* to = out + row * r.width;
      const float mean = elements(moments)[2 * row], inv = elements(moments)[2 * row + 1];
      for (std::int64_t i = 0; i < r.width; ++i) to[i] = scale != nullptr ? g[i] * scale[i] : g[i];
      const auto n = static_cast<float>(r.width);
      const float with_x =
          sum_of(r.width, [=](std::int64_t i) { return to[i] * ((from[i] - mean) * inv); }) / n;
      float all = 0;
      if (r.norm == RowNorm::kMoments)
        all = sum_of(r.width, [=](std::int64_t i) { return to[i]; }) / n;
      for (std::int64_t i = 0; i < r.width; ++i)
        to[i] = inv * (to[i] - all - (from[i] - mean) * inv * with_x);
    });
    return result;
  }
};

}  // namespace

ChannelMoments channel_moments(const Tensor& x, std::size_t axis, const Tensor& mask) {
  // Keras: backend.epsilon(), which keeps a channel without numbers from 0 / 0.
  constexpr double kEpsilon = 1e-7;
  const Channels all(x, axis, mask);
  const float* in = elements(x);
  std::vector<double> count(static_cast<std::size_t>(all.channels),
                            static_cast<double>(std::max<std::int64_t>(1, all.outer * all.inner)));
  if (mask) {
    count = all.sums([&](std::int64_t at, std::int64_t) { return all.counts(at) ? 1.0 : 0.0; });
    for (double& n : count) n += kEpsilon;
  }
  std::vector<double> mean = all.sums([&](std::int64_t at, std::int64_t) {
    return all.counts(at) ? static_cast<double>(in[at]) : 0.0;
  });
  for (std::size_t c = 0; c < mean.size(); ++c) mean[c] /= count[c];
  const double* m = mean.data();
  std::vector<double> variance = all.sums([&, m](std::int64_t at, std::int64_t c) {
    const double apart = in[at] - m[c];
    return all.counts(at) ? apart * apart : 0.0;
  });
  for (std::size_t c = 0; c < mean.size(); ++c) variance[c] /= count[c];
  return {as_tensor(mean), as_tensor(variance), as_tensor(count)};
}

Value normalize_channels(const Value& x, std::size_t axis, const ChannelMoments& moments, bool of_x,
                         const Tensor& mask, const Value& gamma, const Value& beta,
                         double epsilon) {
  return compute({&x, &gamma, &beta}, [&](const Arguments& in) {
    const Channels all(in[0], axis, mask);
    Result result{
        normalized(all, in[0], moments, inverses(moments.variance, epsilon), in[1], in[2])};
    if (in.wants_any())
      result.pullback = ChannelsBack{in[0], mask, in[1], moments, axis, of_x, epsilon};
    return result;
  });
}

Value normalize_rows(const Value& x, std::int64_t width, RowNorm norm, const Value& gamma,
                     const Value& beta, double epsilon) {
  return compute({&x, &gamma, &beta}, [&](const Arguments& in) {
    const std::int64_t size = in[0].size();
    const Rows r{width == 0 ? 0 : size / width, width, norm, static_cast<float>(epsilon)};
    Tensor moments = uninitialized(Shape{r.rows, 2});
    Result result{normalized(r, in[0], in[1], in[2], moments)};
    if (in.wants_any()) result.pullback = RowsBack{r, in[0], in[1], in[2], moments};
    return result;
  });
}

}  // namespace keratin::ops::nn
