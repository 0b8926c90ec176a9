// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// The steps that a row has missed, in closed form (docs/guides/deferred-updates.md). Elementwise
/// on spans that do not overlap, any length and alignment, without fused multiply-add: every
/// instruction set gives the same bits. Threads: safe on disjoint spans.
namespace keratin::kernels {

/// w = w * decay - m * size
void drift_product(float* w, const float* m, std::size_t n, float decay, float size);

/// Most terms of the series below.
inline constexpr std::size_t kMaxDriftTerms = 16;
/// r = root ? sqrt(v) : v; q = r / (r + epsilon);
/// w = w * decay - m / (r + epsilon) * (c[0] + c[1] q + ... + c[terms - 1] q^(terms - 1)), even
/// powers apart from odd ones,
/// where m counts as 0 below 2^-80 epsilon, and m and v below the smallest normal number.
void drift_quotient(float* w, const float* m, const float* v, std::size_t n, float decay,
                    float epsilon, bool root, const float* c, std::size_t terms);

/// sum = decay * sum + size * weight, of float64
void add_drift(double* sum, const double* weight, std::size_t n, double decay, double size);

/// w = w * decay - sign(m) * size
void drift_sign(float* w, const float* m, std::size_t n, float decay, float size);

/// x = x * factor; what would fall below the smallest normal number becomes it, with its sign, and
/// zero stays zero. 0 <= factor.
void decay_elements(float* x, std::size_t n, float factor);

}  // namespace keratin::kernels
