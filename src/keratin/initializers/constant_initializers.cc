// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/constant_initializers.h"

#include <algorithm>

#include "keratin/base/error.h"

namespace keratin::initializers {
namespace {

template <class F>
void fields(F&, ZerosOptions&) {}
template <class F>
void fields(F&, OnesOptions&) {}
template <class F>
void fields(F& f, ConstantOptions& o) {
  f("value", o.value);
}
template <class F>
void fields(F& f, IdentityOptions& o) {
  f("gain", o.gain);
}

template <class Options>
Options read(std::string_view who, const Config& config) {
  Options options;
  ConfigReader reader(who, config);
  fields(reader, options);
  reader.ignore("dtype");  // Keras 2
  reader.finish();
  return options;
}

template <class Options>
Config written(Options options) {
  ConfigWriter writer;
  fields(writer, options);
  return writer.take();
}

}  // namespace

Zeros::Zeros(ZerosOptions) {}
ZerosOptions Zeros::options_from(const Config& config) {
  return read<ZerosOptions>("Zeros", config);
}
Config Zeros::get_config() const { return written(ZerosOptions{}); }
void Zeros::fill(const Shape&, std::int64_t, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0f);
}

Ones::Ones(OnesOptions) {}
OnesOptions Ones::options_from(const Config& config) { return read<OnesOptions>("Ones", config); }
Config Ones::get_config() const { return written(OnesOptions{}); }
void Ones::fill(const Shape&, std::int64_t, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 1.0f);
}

Constant::Constant(ConstantOptions options) : options_(options) {}
ConstantOptions Constant::options_from(const Config& config) {
  return read<ConstantOptions>("Constant", config);
}
Config Constant::get_config() const { return written(options_); }
void Constant::fill(const Shape&, std::int64_t, std::span<float> out) const {
  std::fill(out.begin(), out.end(), static_cast<float>(options_.value));
}

Identity::Identity(IdentityOptions options) : options_(options) {}
IdentityOptions Identity::options_from(const Config& config) {
  return read<IdentityOptions>("Identity", config);
}
Config Identity::get_config() const { return written(options_); }
void Identity::fill(const Shape& shape, std::int64_t first, std::span<float> out) const {
  if (shape.rank() != 2) {
    invalid_argument(
        "Identity", "the identity matrix can only be used for 2D matrices. Received: shape=", shape,
        " of rank ", shape.rank(), ".");
  }
  std::fill(out.begin(), out.end(), 0.0f);
  const std::int64_t columns = shape[1];
  const std::int64_t end = first + static_cast<std::int64_t>(out.size());
  if (columns == 0) return;
  for (std::int64_t row = first / columns; row < std::min(shape[0], columns); ++row) {
    const std::int64_t at = row * columns + row;
    if (at >= end) break;
    if (at >= first) out[static_cast<std::size_t>(at - first)] = static_cast<float>(options_.gain);
  }
}

}  // namespace keratin::initializers
