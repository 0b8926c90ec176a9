// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/hashing.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/preprocessing/integer_type.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::int64_t kHashesPerChunk = 4096;

/// The text of a number as TensorFlow writes it.
template <class T>
std::string_view text_of(T value, char (&buffer)[24]) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return value;
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!(std::abs(value) < T{0x1p63}))
      invalid_argument(Hashing::kName, "a float must lie within int64. Received: ", value);
    return text_of(static_cast<std::int64_t>(value), buffer);
  } else {
    const char* const end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, static_cast<std::size_t>(end - buffer)};
  }
}

/// mask_value as an input would have it; throws std::invalid_argument where it cannot be one.
template <class T>
T masked(const Config& value) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    if (!value.is_string())
      invalid_argument(Hashing::kName, "mask_value must be a string where the inputs are strings.");
    return value.as_string();
  } else {
    if (!value.is_number())
      invalid_argument(Hashing::kName, "mask_value must be a number where the inputs are numbers.");
    const double number = value.as_double();
    if constexpr (std::is_floating_point_v<T>) return static_cast<T>(number);
    if (number != std::trunc(number) ||
        number < static_cast<double>(std::numeric_limits<T>::min()) ||
        number > static_cast<double>(std::numeric_limits<T>::max())) {
      invalid_argument(Hashing::kName, "mask_value must be of the type of the inputs, ",
                       to_string(dtype_of<T>()), ". Received: ", number);
    }
    return static_cast<T>(value.as_int());
  }
}

template <class T>
void fill(std::span<const T> from, std::span<std::int64_t> to, const HashingOptions& o) {
  const bool has_mask = !o.mask_value.is_null() && *o.num_bins > 1;
  const T mask = has_mask ? masked<T>(o.mask_value) : T{};
  const std::int64_t first = has_mask ? 1 : 0, buckets = *o.num_bins - first;
  parallel::for_chunks(
      static_cast<std::int64_t>(from.size()), kHashesPerChunk,
      [&](std::int64_t begin, std::int64_t end) {
        char buffer[24];
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          to[i] = has_mask && from[i] == mask
                      ? 0
                      : first + bucket_of(text_of(from[i], buffer), buckets, o.salt);
        }
      });
}

}  // namespace

template <class F>
void fields(F& f, HashingOptions& o) {
  f("name", o.name);
  f("trainable", o.trainable);
  integer_type_field(f, o.dtype);
  f("num_bins", o.num_bins);
  f("salt", o.salt);
  f("mask_value", o.mask_value);
  f("output_mode", o.output_mode);
  f("sparse", o.sparse);
}

Hashing::Hashing(HashingOptions options)
    : Configured(options, base_options(kName, options)),
      mode_(output_mode(
          kName, options_.output_mode,
          {OutputMode::kInt, OutputMode::kOneHot, OutputMode::kMultiHot, OutputMode::kCount})) {
  options_.output_mode = to_string(mode_);
  refuse_sparse(kName, options_.sparse);
  if (options_.num_bins.value_or(0) <= 0) {
    invalid_argument(kName,
                     "The `num_bins` for `Hashing` cannot be `None` or non-positive values. "
                     "Received: num_bins=",
                     options_.num_bins ? str(*options_.num_bins) : "None", ".");
  }
  if (!options_.mask_value.is_null() && !options_.mask_value.is_string())
    options_.mask_value.as_double();
  options_.dtype = checked_integer_type(kName, options_.dtype, mode_);
  build_at_init();
}

Shape Hashing::compute_output_shape(const Shape& input_shape) const {
  return encoded_shape(input_shape, mode_, *options_.num_bins);
}

std::vector<Spec> Hashing::compute_output_spec(const Inputs& inputs) const {
  return {encoded_spec(inputs[0].shape(), mode_, *options_.num_bins, *options_.dtype)};
}

Tensor Hashing::bins(const Tensor& inputs) const {
  Tensor result = uninitialized(inputs.shape(), DType::kInt64);
  const auto to = result.data<std::int64_t>();
  if (inputs.dtype() == DType::kString) {
    fill(inputs.data<std::string_view>(), to, options_);
  } else {
    visit_dtype(inputs.dtype(),
                [&](auto zero) { fill(inputs.data<decltype(zero)>(), to, options_); });
  }
  return result;
}

Values Hashing::call(const Inputs& inputs, Pass&) const {
  const Tensor found = bins(inputs[0].tensor());
  return mode_ == OutputMode::kInt ? cast(found, *options_.dtype)
                                   : encode(found, mode_, *options_.num_bins);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Hashing, layers::HashingOptions,
                          layers::LayerOf<layers::Hashing>>;
}  // namespace keratin
