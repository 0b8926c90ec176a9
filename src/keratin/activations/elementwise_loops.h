// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/activations/elementwise.h"
#include "keratin/base/elements.h"
#include "keratin/parallel/parallel.h"

/// The members of Elementwise, for the units that hold the formulas. Not installed.
namespace keratin::activations {

/// One entry of the table: made once a call from the options, it gives
///   kName                                 Keras's name
///   fields(f, options)                    the options by name
///   float value(float x)                  the function
///   float derivative(float x, float y)    where y = value(x)
/// or, of many at once:
///   void values(count, x, y), void slopes(count, x, y, dy, dx)
/// Comparisons are written so that NaN falls through to a branch that keeps it.
template <class Options>
struct Formula;

struct NoFields {
  template <class F, class Options>
  static void fields(F&, Options&) {}
};

inline constexpr std::int64_t kElementwiseChunk = std::int64_t{1} << 15;

template <class Options>
Elementwise<Options>::Elementwise(Options options) : options_(options) {
  static_cast<void>(Formula<Options>(options_));  // validates
}

template <class Options>
Options Elementwise<Options>::options_from(const Config& config) {
  Options options;
  ConfigReader reader(Formula<Options>::kName, config);
  Formula<Options>::fields(reader, options);
  reader.finish();
  return options;
}

template <class Options>
std::string_view Elementwise<Options>::name() const {
  return Formula<Options>::kName;
}

template <class Options>
Config Elementwise<Options>::get_config() const {
  Options options = options_;
  ConfigWriter writer;
  Formula<Options>::fields(writer, options);
  return writer.take();
}

template <class Options>
bool Elementwise<Options>::has_default_options() const {
  Options defaults;
  ConfigWriter writer;
  Formula<Options>::fields(writer, defaults);
  return get_config() == writer.take();
}

template <class Options>
void Elementwise<Options>::forward(std::span<const float> x, const Shape& shape,
                                   std::span<float> y) const {
  check_elements(name(), shape, {x.size(), y.size()});
  const Formula<Options> formula(options_);
  parallel::for_chunks(static_cast<std::int64_t>(x.size()), kElementwiseChunk,
                       [&](auto begin, auto end) {
                         const Formula<Options> f = formula;  // in registers
                         const float* __restrict in = x.data();
                         float* __restrict out = y.data();
                         if constexpr (requires { &Formula<Options>::values; })
                           f.values(end - begin, in + begin, out + begin);
                         else
                           for (std::int64_t i = begin; i < end; ++i) out[i] = f.value(in[i]);
                       });
}

template <class Options>
void Elementwise<Options>::backward(std::span<const float> x, std::span<const float> y,
                                    std::span<const float> y_gradient, const Shape& shape,
                                    std::span<float> x_gradient) const {
  check_elements(name(), shape, {x.size(), y.size(), y_gradient.size(), x_gradient.size()});
  const Formula<Options> formula(options_);
  parallel::for_chunks(
      static_cast<std::int64_t>(x.size()), kElementwiseChunk, [&](auto begin, auto end) {
        const Formula<Options> f = formula;
        const float* in = x.data();
        const float* value = y.data();
        const float* upper = y_gradient.data();
        float* __restrict out = x_gradient.data();
        if constexpr (requires { &Formula<Options>::slopes; })
          f.slopes(end - begin, in + begin, value + begin, upper + begin, out + begin);
        else
          for (std::int64_t i = begin; i < end; ++i)
            out[i] = upper[i] * f.derivative(in[i], value[i]);
      });
}

}  // namespace keratin::activations
