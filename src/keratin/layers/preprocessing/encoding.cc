// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/encoding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/fingerprint.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::array<std::string_view, 5> kModes = {"int", "one_hot", "multi_hot", "count",
                                                    "tf_idf"};

/// Whether a one-hot vector takes the place of the last axis.
bool has_axis_of_one(const Shape& shape) { return shape.rank() > 1 && shape.back() == 1; }

}  // namespace

std::string_view to_string(OutputMode mode) { return kModes[static_cast<std::size_t>(mode)]; }

OutputMode output_mode(std::string_view who, std::string_view name,
                       std::initializer_list<OutputMode> known) {
  const std::string_view meant = name == "binary"   ? "multi_hot"
                                 : name == "tf-idf" ? "tf_idf"
                                                    : name;
  std::vector<std::string_view> names;
  for (const OutputMode mode : known) {
    if (to_string(mode) == meant) return mode;
    names.push_back(to_string(mode));
  }
  unknown_name(who, "output_mode", name, names);
}

Shape encoded_shape(const Shape& shape, OutputMode mode, std::int64_t depth) {
  if (mode == OutputMode::kInt) return shape;
  const bool is_one_hot = mode == OutputMode::kOneHot;
  // Which axis goes.
  const std::size_t last = shape.rank() - 1;
  const bool drops = is_one_hot ? has_axis_of_one(shape) : shape.rank() > 0;
  const std::size_t dropped = is_one_hot ? last : std::min<std::size_t>(last, 1);
  Shape encoded;
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    if (!drops || axis != dropped) encoded.push_back(shape[axis]);
  }
  encoded.push_back(depth);
  return encoded;
}

Spec encoded_spec(const Shape& shape, OutputMode mode, std::int64_t depth, DType integers) {
  return {encoded_shape(shape, mode, depth), mode == OutputMode::kInt ? integers : DType::kFloat32};
}

Tensor encode(const Tensor& categories, OutputMode mode, std::int64_t depth,
              const Tensor& weights) {
  const Shape& shape = categories.shape();
  Tensor encoded = Tensor::zeros(encoded_shape(shape, mode, depth));
  const auto out = encoded.data<float>();
  const auto from = categories.data<std::int64_t>();
  const auto width = static_cast<std::size_t>(depth);
  const auto weight = weights ? weights.data<float>() : std::span<const float>();
  // Category i of a sample stands at [sample, i, rest]; one-hot each is a sample.
  const bool is_one_hot = mode == OutputMode::kOneHot;
  const std::size_t samples =
      is_one_hot || shape.rank() < 2 ? 1 : static_cast<std::size_t>(shape[0]);
  std::size_t rest = 1;
  for (std::size_t axis = 2; axis < shape.rank(); ++axis)
    rest *= static_cast<std::size_t>(shape[axis]);
  const std::size_t of_sample = samples == 0 ? 0 : from.size() / samples;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] < 0 || from[i] >= depth) continue;
    const std::size_t row = is_one_hot ? i : i / of_sample * rest + i % rest;
    float& place = out[row * width + static_cast<std::size_t>(from[i])];
    if (mode == OutputMode::kOneHot || mode == OutputMode::kMultiHot) {
      place = 1;
    } else {
      place += weights ? weight[i] : 1;
    }
  }
  return encoded;
}

Tensor whole_numbers(std::string_view who, const Tensor& numbers) {
  if (numbers.dtype() == DType::kInt64) return numbers;
  Tensor whole = uninitialized(numbers.shape(), DType::kInt64);
  const auto out = whole.data<std::int64_t>();
  visit_dtype(numbers.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto from = numbers.data<T>();
    for (std::size_t i = 0; i < from.size(); ++i) {
      if constexpr (std::is_floating_point_v<T>) {
        if (!(std::abs(from[i]) < T{0x1p63}) || from[i] != std::trunc(from[i]))
          invalid_argument(who, "inputs must be whole numbers. Received: ", from[i]);
      } else if constexpr (std::is_same_v<T, std::uint64_t>) {
        if (from[i] > std::uint64_t{0x7FFFFFFFFFFFFFFF})
          invalid_argument(who, "inputs must be below 2^63. Received: ", from[i]);
      }
      out[i] = static_cast<std::int64_t>(from[i]);
    }
  });
  return whole;
}

void refuse_sparse(std::string_view who, bool sparse) {
  if (sparse) invalid_argument(who, "sparse must be False: there are no sparse tensors.");
}

void check_encoding(std::string_view who, std::string_view encoding) {
  if (encoding == "utf-8" || encoding == "UTF-8" || encoding == "utf8") return;
  invalid_argument(who, "encoding must be 'utf-8'. Received: '", encoding, "'");
}

Config to_config(const Salt& salt) { return Config::List{salt.keys[0], salt.keys[1]}; }
void from_config(const Config& config, Salt& salt) {
  if (config.is_int()) {
    salt.keys.fill(config.as_int());
    return;
  }
  if (!config.is_list() || config.as_list().size() != 2) {
    invalid_argument("salt", "a salt must be an integer, or two.");
  }
  for (std::size_t i = 0; i < 2; ++i) salt.keys[i] = config.as_list()[i].as_int();
}

std::int64_t bucket_of(std::string_view text, std::int64_t buckets,
                       const std::optional<Salt>& salt) {
  const std::uint64_t hash = salt ? siphash64(static_cast<std::uint64_t>(salt->keys[0]),
                                              static_cast<std::uint64_t>(salt->keys[1]), text)
                                  : fingerprint64(text);
  return static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(buckets));
}

}  // namespace keratin::layers
