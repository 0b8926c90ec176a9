// SPDX-License-Identifier: Apache-2.0
#include "keratin/regularizers/orthogonal_regularizer.h"

#include <cmath>
#include <vector>

#include "keratin/base/elements.h"
#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/parallel/parallel.h"

namespace keratin::regularizers {
namespace {

/// n vectors of length d, each divided by max(its length, epsilon); the scale of each is kept.
struct Normalized {
  Normalized(std::span<const float> x, const Shape& shape, bool by_rows) {
    if (shape.rank() != 2) {
      invalid_argument("OrthogonalRegularizer", "inputs must have rank 2. Received: shape ", shape,
                       ".");
    }
    n = by_rows ? shape[0] : shape[1];
    d = by_rows ? shape[1] : shape[0];
    vector_step = by_rows ? d : 1;
    element_step = by_rows ? 1 : n;
    unit.resize(static_cast<std::size_t>(n * d));
    scale.resize(static_cast<std::size_t>(n));
    clamped.resize(static_cast<std::size_t>(n));
    constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()
    for (std::int64_t i = 0; i < n; ++i) {
      double squares = 0;
      for (std::int64_t k = 0; k < d; ++k) {
        const double value = static_cast<double>(x[place(i, k)]);
        squares += value * value;
      }
      const auto row = static_cast<std::size_t>(i);
      clamped[row] = squares < kEpsilon * kEpsilon;
      scale[row] = static_cast<float>(1 / std::sqrt(clamped[row] ? kEpsilon * kEpsilon : squares));
      for (std::int64_t k = 0; k < d; ++k) {
        unit[static_cast<std::size_t>(i * d + k)] = x[place(i, k)] * scale[row];
      }
    }
  }
  /// Where element k of vector i lies in the matrix.
  std::size_t place(std::int64_t i, std::int64_t k) const {
    return static_cast<std::size_t>(i * vector_step + k * element_step);
  }
  const float* vector(std::int64_t i) const { return unit.data() + i * d; }
  double dot(std::int64_t i, std::int64_t j) const {
    const float* a = vector(i);
    const float* b = vector(j);
    double sum = 0;
    for (std::int64_t k = 0; k < d; ++k)
      sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
    return sum;
  }
  double pairs() const { return static_cast<double>(n) * (static_cast<double>(n) - 1) / 2; }

  std::int64_t n, d, vector_step, element_step;
  std::vector<float> unit;
  std::vector<float> scale;
  std::vector<char> clamped;
};

constexpr std::int64_t kVectorsPerChunk = 8;

}  // namespace

template <class F>
void fields(F& f, OrthogonalRegularizerOptions& o) {
  f("factor", o.factor);
  f("mode", o.mode);
}

OrthogonalRegularizer::OrthogonalRegularizer(OrthogonalRegularizerOptions options)
    : Configured(options) {
  if (!std::isfinite(options_.factor) || options_.factor < 0) {
    invalid_argument("OrthogonalRegularizer",
                     "factor must be a finite number, 0 or more. Received: ", options_.factor);
  }
  if (options_.mode != "rows" && options_.mode != "columns") {
    invalid_argument("OrthogonalRegularizer", "mode must be 'rows' or 'columns'. Received: '",
                     options_.mode, "'");
  }
  // Keras keeps it as a float32 tensor.
  options_.factor = static_cast<double>(static_cast<float>(options_.factor));
}

float OrthogonalRegularizer::penalty(std::span<const float> x, const Shape& shape) const {
  check_elements("OrthogonalRegularizer", shape, {x.size()});
  const Normalized v(x, shape, options_.mode == "rows");
  if (v.n < 2) return 0;
  std::vector<double> of_vector(static_cast<std::size_t>(v.n));
  parallel::for_chunks(v.n, kVectorsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < i; ++j) sum += std::fabs(v.dot(i, j));
      of_vector[static_cast<std::size_t>(i)] = sum;
    }
  });
  double sum = 0;
  for (const double value : of_vector) sum += value;
  return static_cast<float>(options_.factor * sum / v.pairs());
}

// With u_i = x_i s_i, s_i = 1/|x_i|, and h_i = sum over j != i of sign(u_i u_j) u_j:
// dP/dx_i = factor / pairs * s_i (h_i - u_i (u_i h_i)); a vector shorter than epsilon has a
// constant s_i and so no second term. Keras on JAX: sign(0) is +1.
void OrthogonalRegularizer::add_gradient(std::span<const float> x, const Shape& shape, float scale,
                                         std::span<float> gradient) const {
  check_elements("OrthogonalRegularizer", shape, {x.size(), gradient.size()});
  const Normalized v(x, shape, options_.mode == "rows");
  if (v.n < 2) return;
  const double factor = static_cast<double>(scale) * options_.factor / v.pairs();
  parallel::for_chunks(v.n, kVectorsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> h(static_cast<std::size_t>(v.d));
    for (std::int64_t i = begin; i < end; ++i) {
      h.assign(h.size(), 0.0);
      double along = 0;  // u_i h_i
      for (std::int64_t j = 0; j < v.n; ++j) {
        if (j == i) continue;
        const double dot = v.dot(i, j);
        const double sign = dot >= 0 ? 1 : -1;
        along += sign * dot;
        const float* u = v.vector(j);
        for (std::size_t k = 0; k < h.size(); ++k) h[k] += sign * static_cast<double>(u[k]);
      }
      const auto row = static_cast<std::size_t>(i);
      if (v.clamped[row]) along = 0;
      const double s = factor * static_cast<double>(v.scale[row]);
      for (std::size_t k = 0; k < h.size(); ++k) {
        const double step = s * (h[k] - static_cast<double>(v.vector(i)[k]) * along);
        gradient[v.place(i, static_cast<std::int64_t>(k))] += static_cast<float>(step);
      }
    }
  });
}

}  // namespace keratin::regularizers

namespace keratin {
template class Configured<regularizers::OrthogonalRegularizer,
                          regularizers::OrthogonalRegularizerOptions, regularizers::Regularizer>;
}  // namespace keratin
