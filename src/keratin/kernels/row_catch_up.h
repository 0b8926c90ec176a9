// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// The steps that a row has missed, in closed form (docs/guides/deferred-updates.md). Elementwise
/// on spans that do not overlap, any length and alignment, without fused multiply-add: every
/// instruction set gives the same bits. Threads: safe on disjoint spans.
///
/// What multiplies by a `decay` or `factor` between 1/2 and 1 takes away x * (1 - decay), in which
/// 1 - decay is rounded to float32.
namespace keratin::kernels {

/// Most terms of the series below.
inline constexpr std::size_t kMaxDriftTerms = 16;

/// A row of n elements that drifts: by a series of `terms` numbers c, each taken `later` times in
/// float64 and rounded to float32, and behind them what its weights are multiplied by, likewise.
struct DriftRow {
  float* w;
  const float* m;
  const float* v;   // of a quotient
  const double* c;  // terms + 1 numbers
  double later;
};

/// w = w * decay - m * c[0], of each of `count` rows
void drift_products(const DriftRow* rows, std::size_t count, std::size_t n);

/// Of each row: r = root ? sqrt(v) : v; q = r / (r + epsilon);
/// w = w * decay - m / (r + epsilon) * (c[0] + c[1] q + ... + c[terms - 1] q^(terms - 1)), even
/// powers apart from odd ones,
/// where m counts as 0 below 2^-80 epsilon, and m and v below the smallest normal number.
void drift_quotients(const DriftRow* rows, std::size_t count, std::size_t n, float epsilon,
                     bool root, std::size_t terms);

/// sum = decay * sum + size * weight, of float64
void add_drift(double* sum, const double* weight, std::size_t n, double decay, double size);

/// w = w * decay - sign(m) * size
void drift_sign(float* w, const float* m, std::size_t n, double decay, float size);

/// x = x * factor; what would fall below the smallest normal number becomes it, with its sign, and
/// zero stays zero. 0 <= factor; a factor of 1 leaves everything as it is.
void decay_elements(float* x, std::size_t n, double factor);
/// The same for `count` rows of n elements, each with its factor.
void decay_rows(float* const* rows, const double* factors, std::size_t count, std::size_t n);

}  // namespace keratin::kernels
