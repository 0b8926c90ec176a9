// SPDX-License-Identifier: Apache-2.0
#include "keratin/regularizers/l1_l2.h"

#include <cmath>
#include <vector>

#include "keratin/base/elements.h"
#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/kernels/norm.h"
#include "keratin/parallel/parallel.h"

namespace keratin::regularizers {
namespace {

constexpr std::int64_t kChunk = std::int64_t{1} << 15;

void check(std::string_view who, std::string_view name, double value) {
  if (!std::isfinite(value) || value < 0) {
    invalid_argument(who, name, " must be a finite number, 0 or more. Received: ", value);
  }
}

/// The penalty of x: the sum of the parts of kChunk elements each, in order.
float penalty_by_parts(const Regularizer& regularizer, std::span<const float> x) {
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<double> parts(static_cast<std::size_t>((n + kChunk - 1) / kChunk));
  parallel::for_chunks(n, kChunk, [&](std::int64_t begin, std::int64_t end) {
    parts[static_cast<std::size_t>(begin / kChunk)] = *regularizer.part_of_penalty(
        x.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  });
  double sum = 0;
  for (const double value : parts) sum += value;
  return static_cast<float>(sum);
}

/// Eight running sums, so that additions need not wait for each other.
double sum_of_absolutes(std::span<const float> x) {
  double lanes[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= x.size(); i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane)
      lanes[lane] += static_cast<double>(std::fabs(x[i + lane]));
  }
  for (; i < x.size(); ++i) lanes[0] += static_cast<double>(std::fabs(x[i]));
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
         ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

double l1_part(std::span<const float> x, double l1) {
  return static_cast<double>(static_cast<float>(l1)) * sum_of_absolutes(x);
}
double l2_part(std::span<const float> x, double l2) {
  return static_cast<double>(static_cast<float>(l2)) * kernels::sum_of_squares(x.data(), x.size());
}

template <class Derivative>
void add(std::span<const float> x, std::span<float> gradient, Derivative derivative) {
  parallel::for_chunks(static_cast<std::int64_t>(x.size()), kChunk, [&](auto begin, auto end) {
    const float* __restrict in = x.data();
    float* __restrict out = gradient.data();
    for (std::int64_t i = begin; i < end; ++i) out[i] += derivative(in[i]);
  });
}

}  // namespace

template <class F>
void fields(F& f, L1Options& o) {
  f("l1", o.l1);
}

template <class F>
void fields(F& f, L2Options& o) {
  f("l2", o.l2);
}

template <class F>
void fields(F& f, L1L2Options& o) {
  f("l1", o.l1);
  f("l2", o.l2);
}

L1::L1(L1Options options) : Configured(options) {
  check("L1", "l1", options.l1);
  // Keras keeps this one as a float32 tensor, and so its config says 0.009999999776482582.
  options_.l1 = static_cast<double>(static_cast<float>(options.l1));
}

float L1::penalty(std::span<const float> x, const Shape& shape) const {
  check_elements("L1", shape, {x.size()});
  return penalty_by_parts(*this, x);
}
std::optional<double> L1::part_of_penalty(std::span<const float> x) const {
  return l1_part(x, options_.l1);
}

void L1::add_gradient(std::span<const float> x, const Shape& shape, float scale,
                      std::span<float> gradient) const {
  check_elements("L1", shape, {x.size(), gradient.size()});
  const float slope = scale * static_cast<float>(options_.l1);
  add(x, gradient, [slope](float v) { return v >= 0 ? slope : -slope; });
}

L2::L2(L2Options options) : Configured(options) { check("L2", "l2", options.l2); }

float L2::penalty(std::span<const float> x, const Shape& shape) const {
  check_elements("L2", shape, {x.size()});
  return penalty_by_parts(*this, x);
}
std::optional<double> L2::part_of_penalty(std::span<const float> x) const {
  return l2_part(x, options_.l2);
}

void L2::add_gradient(std::span<const float> x, const Shape& shape, float scale,
                      std::span<float> gradient) const {
  check_elements("L2", shape, {x.size(), gradient.size()});
  const float twice = 2.0f * (scale * static_cast<float>(options_.l2));
  add(x, gradient, [twice](float v) { return twice * v; });
}

L1L2::L1L2(L1L2Options options) : Configured(options) {
  check("L1L2", "l1", options.l1);
  check("L1L2", "l2", options.l2);
}

float L1L2::penalty(std::span<const float> x, const Shape& shape) const {
  check_elements("L1L2", shape, {x.size()});
  return penalty_by_parts(*this, x);
}
std::optional<double> L1L2::part_of_penalty(std::span<const float> x) const {
  const L1L2Options& o = options_;
  // Keras: a factor of 0 leaves the term out, even where x is not finite.
  return (o.l1 != 0 ? l1_part(x, o.l1) : 0.0) + (o.l2 != 0 ? l2_part(x, o.l2) : 0.0);
}

void L1L2::add_gradient(std::span<const float> x, const Shape& shape, float scale,
                        std::span<float> gradient) const {
  check_elements("L1L2", shape, {x.size(), gradient.size()});
  const float slope = scale * static_cast<float>(options_.l1);
  const float twice = 2.0f * (scale * static_cast<float>(options_.l2));
  if (slope != 0) add(x, gradient, [slope](float v) { return v >= 0 ? slope : -slope; });
  if (twice != 0) add(x, gradient, [twice](float v) { return twice * v; });
}

}  // namespace keratin::regularizers

namespace keratin {
template class Configured<regularizers::L1, regularizers::L1Options, regularizers::Regularizer>;
template class Configured<regularizers::L2, regularizers::L2Options, regularizers::Regularizer>;
template class Configured<regularizers::L1L2, regularizers::L1L2Options, regularizers::Regularizer>;
}  // namespace keratin
