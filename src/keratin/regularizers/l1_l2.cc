// SPDX-License-Identifier: Apache-2.0
#include "keratin/regularizers/l1_l2.h"

#include <cmath>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"

namespace keratin::regularizers {
namespace {

constexpr std::int64_t kChunk = std::int64_t{1} << 15;

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

template <class Options>
Options read(std::string_view who, const Config& config) {
  Options options;
  ConfigReader reader(who, config);
  fields(reader, options);
  reader.finish();
  return options;
}

template <class Options>
Config write(Options options) {
  ConfigWriter writer;
  fields(writer, options);
  return writer.take();
}

void check(std::string_view who, std::string_view name, double value) {
  if (!std::isfinite(value) || value < 0) {
    invalid_argument(who, name, " must be a finite number, 0 or more. Received: ", value);
  }
}

/// The sum of term(x[i]): eight running sums in a chunk, so that additions need not wait for each
/// other, then the chunks in order.
template <class Term>
double sum_of(std::span<const float> x, Term term) {
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<double> partial(static_cast<std::size_t>((n + kChunk - 1) / kChunk));
  parallel::for_chunks(n, kChunk, [&](std::int64_t begin, std::int64_t end) {
    double lanes[8] = {};
    const float* in = x.data();
    std::int64_t i = begin;
    for (; i + 8 <= end; i += 8) {
      for (int lane = 0; lane < 8; ++lane) lanes[lane] += term(static_cast<double>(in[i + lane]));
    }
    for (; i < end; ++i) lanes[0] += term(static_cast<double>(in[i]));
    partial[static_cast<std::size_t>(begin / kChunk)] =
        ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
        ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  });
  double sum = 0;
  for (const double value : partial) sum += value;
  return sum;
}

double l1_penalty(std::span<const float> x, float l1) {
  return static_cast<double>(l1) * sum_of(x, [](double v) { return std::fabs(v); });
}
double l2_penalty(std::span<const float> x, float l2) {
  return static_cast<double>(l2) * sum_of(x, [](double v) { return v * v; });
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

L1::L1(L1Options options) : options_(options) {
  check("L1", "l1", options.l1);
  // Keras keeps this one as a float32 tensor, and so its config says 0.009999999776482582.
  options_.l1 = static_cast<double>(static_cast<float>(options.l1));
}
L1Options L1::options_from(const Config& config) { return read<L1Options>("L1", config); }
Config L1::get_config() const { return write(options_); }

float L1::penalty(std::span<const float> x, const Shape&) const {
  return static_cast<float>(l1_penalty(x, static_cast<float>(options_.l1)));
}

void L1::add_gradient(std::span<const float> x, const Shape&, float scale,
                      std::span<float> gradient) const {
  const float slope = scale * static_cast<float>(options_.l1);
  add(x, gradient, [slope](float v) { return v >= 0 ? slope : -slope; });
}

L2::L2(L2Options options) : options_(options) { check("L2", "l2", options.l2); }
L2Options L2::options_from(const Config& config) { return read<L2Options>("L2", config); }
Config L2::get_config() const { return write(options_); }

float L2::penalty(std::span<const float> x, const Shape&) const {
  return static_cast<float>(l2_penalty(x, static_cast<float>(options_.l2)));
}

void L2::add_gradient(std::span<const float> x, const Shape&, float scale,
                      std::span<float> gradient) const {
  const float twice = 2.0f * (scale * static_cast<float>(options_.l2));
  add(x, gradient, [twice](float v) { return twice * v; });
}

L1L2::L1L2(L1L2Options options) : options_(options) {
  check("L1L2", "l1", options.l1);
  check("L1L2", "l2", options.l2);
}
L1L2Options L1L2::options_from(const Config& config) { return read<L1L2Options>("L1L2", config); }
Config L1L2::get_config() const { return write(options_); }

float L1L2::penalty(std::span<const float> x, const Shape&) const {
  double total = 0;  // Keras: a factor of 0 leaves the term out, even where x is not finite
  if (options_.l1 != 0) total += l1_penalty(x, static_cast<float>(options_.l1));
  if (options_.l2 != 0) total += l2_penalty(x, static_cast<float>(options_.l2));
  return static_cast<float>(total);
}

void L1L2::add_gradient(std::span<const float> x, const Shape&, float scale,
                        std::span<float> gradient) const {
  const float slope = scale * static_cast<float>(options_.l1);
  const float twice = 2.0f * (scale * static_cast<float>(options_.l2));
  if (slope != 0) add(x, gradient, [slope](float v) { return v >= 0 ? slope : -slope; });
  if (twice != 0) add(x, gradient, [twice](float v) { return twice * v; });
}

}  // namespace keratin::regularizers
