// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/orthogonal.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "keratin/base/distributions.h"
#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/initializers/initializer_fields.h"
#include "keratin/parallel/parallel.h"

namespace keratin::initializers {
namespace {

double dot(const double* a, const double* b, std::size_t n) {
  double sums[4] = {0, 0, 0, 0};  // independent, so that the additions overlap
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) sums[k] += a[i + k] * b[i + k];
  }
  for (; i < n; ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// Makes `count` vectors of `n` >= count elements, one after another, orthonormal in their order:
/// the Q of a QR decomposition whose R has a positive diagonal. Gram and Schmidt, each vector
/// twice: "twice is enough" (Giraud, Langou, Rozloznik 2005).
void orthonormalize(std::vector<double>& vectors, std::size_t count, std::size_t n) {
  for (std::size_t j = 0; j < count; ++j) {
    parallel::check_interrupt();
    double* const v = vectors.data() + j * n;
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t i = 0; i < j; ++i) {
        const double* const q = vectors.data() + i * n;
        const double projection = dot(q, v, n);
        for (std::size_t k = 0; k < n; ++k) v[k] -= projection * q[k];
      }
    }
    const double length = std::sqrt(dot(v, v, n));
    for (std::size_t k = 0; k < n; ++k) v[k] /= length;
  }
}

}  // namespace

template <class F>
void fields(F& f, OrthogonalOptions& o) {
  seed_field(f, o.seed);
  f("gain", o.gain);
  f.ignore("dtype");  // Keras 2
}

Orthogonal::Orthogonal(OrthogonalOptions options)
    : Configured(options), seed_(random::seed_or_default(options.seed)) {}

void Orthogonal::fill_all(const Shape& shape, std::span<float> out) const {
  if (shape.rank() < 2) {
    invalid_argument("Orthogonal",
                     "the tensor to initialize must be at least two-dimensional. "
                     "Received: shape=",
                     shape, " of rank ", shape.rank(), ".");
  }
  if (out.empty()) return;
  const auto columns = static_cast<std::size_t>(shape.back());
  const std::size_t rows = out.size() / columns;
  const std::size_t length = std::max(rows, columns);
  const std::size_t count = std::min(rows, columns);

  // The random matrix is (length, count); its columns become orthonormal, so they are laid out
  // whole.
  std::vector<float> draw(out.size());
  random::fill_normal(random::key_from_seed(seed_), 0, 0.0f, 1.0f, draw);
  std::vector<double> vectors(out.size());
  for (std::size_t i = 0; i < length; ++i) {
    for (std::size_t j = 0; j < count; ++j)
      vectors[j * length + i] = static_cast<double>(draw[i * count + j]);
  }
  orthonormalize(vectors, count, length);

  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const double q = rows < columns ? vectors[i * length + j] : vectors[j * length + i];
      out[i * columns + j] = static_cast<float>(options_.gain * q);
    }
  }
}

void Orthogonal::fill(const Shape& shape, std::int64_t first, std::span<float> out) const {
  if (first == 0 && static_cast<std::int64_t>(out.size()) == shape.size())
    return fill_all(shape, out);
  const std::int64_t size = shape.size();
  if (first < 0 || first > size || static_cast<std::int64_t>(out.size()) > size - first)
    invalid_argument("Orthogonal", "elements from ", first, " on are not in shape ", shape, ".");
  std::vector<float> whole(static_cast<std::size_t>(size));
  fill_all(shape, whole);
  std::copy_n(whole.begin() + first, out.size(), out.begin());
}

}  // namespace keratin::initializers

namespace keratin {
template class Configured<initializers::Orthogonal, initializers::OrthogonalOptions,
                          initializers::Initializer>;
}  // namespace keratin
