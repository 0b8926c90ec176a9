// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/pooling.h"

#include <algorithm>
#include <array>
#include <limits>

#include "keratin/base/error.h"
#include "keratin/graph/op.h"
#include "keratin/ops/nn/tasks.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

/// B, T, D of (B, T, D), and how many samples make a task.
struct SequenceSizes {
  explicit SequenceSizes(const Shape& shape)
      : batch(shape[0]),
        steps(shape[1]),
        width(shape[2]),
        samples_per_task(items_per_task(steps * width)) {}
  std::int64_t batch, steps, width, samples_per_task;
};

/// How a sum or mean counts the steps.
struct Counting {
  bool mean;
  MaskedSteps masked;
  Tensor mask;  // null: all count

  const bool* of_sample(const SequenceSizes& s, std::int64_t b) const {
    return mask ? mask.data<bool>().data() + b * s.steps : nullptr;
  }
  /// What the sum over the steps of a sample is divided by.
  float divisor(const bool* sample, std::int64_t steps) const {
    if (!mean) return 1.0F;
    return sample == nullptr ? mean_divisor(steps, MaskedSteps::kNone)
                             : mean_divisor(std::count(sample, sample + steps, true), masked);
  }
};

Tensor sum_steps(const Tensor& inputs, const Counting& counting, const Shape& shape) {
  const SequenceSizes s(inputs.shape());
  Tensor outputs = Tensor::zeros(shape);
  const float* x = inputs.data<float>().data();
  float* out = outputs.data<float>().data();
  parallel::for_chunks(s.batch, s.samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const bool* mask = counting.of_sample(s, b);
      float* sum = out + b * s.width;
      for (std::int64_t t = 0; t < s.steps; ++t) {
        if (mask != nullptr && !mask[t]) continue;
        const float* step = x + (b * s.steps + t) * s.width;
        for (std::int64_t d = 0; d < s.width; ++d) sum[d] += step[d];
      }
      const float count = counting.divisor(mask, s.steps);
      for (std::int64_t d = 0; d < s.width; ++d) sum[d] /= count;
    }
  });
  return outputs;
}

Tensor spread_sum(const Tensor& slope, const Counting& counting, const Shape& shape) {
  const SequenceSizes s(shape);
  Tensor gradient = uninitialized(shape);
  const float* g = slope.data<float>().data();
  float* out = gradient.data<float>().data();
  parallel::for_chunks(s.batch, s.samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const bool* mask = counting.of_sample(s, b);
      const float count = counting.divisor(mask, s.steps);
      for (std::int64_t t = 0; t < s.steps; ++t) {
        float* step = out + (b * s.steps + t) * s.width;
        const bool counts = mask == nullptr || mask[t];
        for (std::int64_t d = 0; d < s.width; ++d)
          step[d] = counts ? g[b * s.width + d] / count : 0.0F;
      }
    }
  });
  return gradient;
}

Tensor largest_step(const Tensor& inputs, const Shape& shape) {
  const SequenceSizes s(inputs.shape());
  Tensor outputs = uninitialized(shape);
  const float* x = inputs.data<float>().data();
  const auto out = outputs.data<float>();
  std::fill(out.begin(), out.end(), -std::numeric_limits<float>::infinity());
  parallel::for_chunks(s.batch, s.samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      float* largest = out.data() + b * s.width;
      for (std::int64_t t = 0; t < s.steps; ++t) {
        const float* step = x + (b * s.steps + t) * s.width;
        // Written so that a NaN stays: neither comparison with it is true.
        for (std::int64_t d = 0; d < s.width; ++d)
          largest[d] = largest[d] > step[d] || largest[d] != largest[d] ? largest[d] : step[d];
      }
    }
  });
  return outputs;
}

Tensor spread_largest(const Tensor& inputs, const Tensor& maxima, const Tensor& slope) {
  const SequenceSizes s(inputs.shape());
  Tensor gradient = uninitialized(inputs.shape());
  const float* x = inputs.data<float>().data();
  const float* largest = maxima.data<float>().data();
  const float* g = slope.data<float>().data();
  float* out = gradient.data<float>().data();
  parallel::for_chunks(s.batch, s.samples_per_task, [&](std::int64_t begin, std::int64_t end) {
    constexpr std::int64_t kTogether = 64;
    for (std::int64_t b = begin; b < end; ++b) {
      for (std::int64_t d = 0; d < s.width; d += kTogether) {
        const std::int64_t some = std::min(kTogether, s.width - d), from = b * s.width + d;
        const std::int64_t first = b * s.steps * s.width + d, last = first + s.steps * s.width;
        std::array<float, kTogether> share{};  // of equal ones the same each
        for (std::int64_t at = first; at < last; at += s.width) {
          for (std::int64_t i = 0; i < some; ++i)
            share[static_cast<std::size_t>(i)] += x[at + i] == largest[from + i] ? 1.0F : 0.0F;
        }
        for (std::int64_t i = 0; i < some; ++i)
          share[static_cast<std::size_t>(i)] = g[from + i] / share[static_cast<std::size_t>(i)];
        for (std::int64_t at = first; at < last; at += s.width) {
          for (std::int64_t i = 0; i < some; ++i)
            out[at + i] =
                x[at + i] == largest[from + i] ? share[static_cast<std::size_t>(i)] : 0.0F;
        }
      }
    }
  });
  return gradient;
}

Result pool_largest(const Arguments& in, const Shape& shape) {
  if (in[0].shape()[1] == 0 && in[0].shape()[0] > 0) {
    invalid_argument("GlobalMaxPooling1D",
                     "there are no steps to take the largest of. Received shape: ", in[0].shape());
  }
  Result result{largest_step(in[0], shape)};
  if (in.wants_any()) {
    result.pullback = [x = in[0], y = result.outputs[0]](Slopes& slopes) {
      slopes.add(0, spread_largest(x, y, slopes.of()));
    };
  }
  return result;
}

}  // namespace

Value pool_steps(const Value& x, Pooling pooling, const Value& mask, MaskedSteps masked,
                 const Shape& shape) {
  return compute({&x}, [&](const Arguments& in) {
    if (pooling == Pooling::kMax) return pool_largest(in, shape);
    const Counting counting{pooling == Pooling::kMean, masked, mask ? mask.tensor() : Tensor()};
    Result result{sum_steps(in[0], counting, shape)};
    if (in.wants_any()) {
      result.pullback = [counting, from = in[0].shape()](Slopes& slopes) {
        slopes.add(0, spread_sum(slopes.of(), counting, from));
      };
    }
    return result;
  });
}

}  // namespace keratin::ops::nn
