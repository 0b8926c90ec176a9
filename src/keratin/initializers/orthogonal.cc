// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/orthogonal.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "keratin/base/distributions.h"
#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/initializers/initializer_fields.h"
#include "keratin/kernels/projections.h"
#include "keratin/parallel/parallel.h"

namespace keratin::initializers {
namespace {

// Vectors are taken off the finished ones kPanel at a time, which are tasks of kGroup: large enough
// that what is read of a finished one is used several times, and small enough for a core's own
// memory.
constexpr std::int64_t kPanel = 64, kGroup = 16;

/// Vectors of n elements, one after another.
struct Vectors {
  double* at(std::int64_t i) const { return first + i * n; }
  /// Takes off those of [begin, end) what they have of the directions of [from, until), twice:
  /// "twice is enough" (Giraud, Langou, Rozloznik 2005).
  void take_off(std::int64_t from, std::int64_t until, std::int64_t begin, std::int64_t end) const {
    for (int pass = 0; pass < 2; ++pass)
      kernels::subtract_projections(at(from), until - from, at(begin), end - begin, n);
  }
  double* first;
  std::int64_t n;
};

/// Makes `count` vectors of n >= count elements orthonormal in their order: the Q of a QR
/// decomposition whose R has a positive diagonal, by Gram and Schmidt.
void orthonormalize(const Vectors& v, std::int64_t count) {
  for (std::int64_t panel = 0; panel < count; panel += kPanel) {
    const std::int64_t end = std::min(count, panel + kPanel);
    parallel::for_chunks(end - panel, kGroup, [&](std::int64_t first, std::int64_t last) {
      v.take_off(0, panel, panel + first, panel + last);
    });
    for (std::int64_t j = panel; j < end; ++j) {
      parallel::check_interrupt();
      v.take_off(panel, j, j, j + 1);
      double squares = 0;
      for (std::int64_t k = 0; k < v.n; ++k) squares += v.at(j)[k] * v.at(j)[k];
      const double length = std::sqrt(squares);
      for (std::int64_t k = 0; k < v.n; ++k) v.at(j)[k] /= length;
    }
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
  orthonormalize({vectors.data(), static_cast<std::int64_t>(length)},
                 static_cast<std::int64_t>(count));

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
