// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/layers/layer.h"

/// What the lists of options of layers have in common. Not installed.
namespace keratin::layers {

/// A layer computes in float32, whatever policy a file names it by.
inline void dtype_field(FieldWriter& writer) { writer("dtype", std::string("float32")); }
/// The type that a config names, or a policy in it; none for null and where it says nothing.
inline std::optional<std::string> dtype_name(FieldReader& reader) {
  Config dtype;
  reader("dtype", dtype);
  std::optional<std::string> name;
  at_place("dtype", [&] {
    const Config* policy = dtype.find("config");
    const Config& named = policy == nullptr ? dtype : policy->at("name");
    if (!named.is_null()) name = named.as_string();
  });
  return name;
}
inline void dtype_field(FieldReader& reader) {
  const std::optional<std::string> name = dtype_name(reader);
  if (name && *name != "float32") {
    invalid_argument(reader.class_name(), "only dtype float32 is known. Received: '", *name, "'");
  }
}

template <class F, class Options>
void common_fields(F& f, Options& o) {
  f("name", o.name);
  f("trainable", o.trainable);
  if constexpr (requires { o.dtype.mode; }) {
    f("dtype", o.dtype);
  } else {
    dtype_field(f);
  }
}

/// What Keras writes where it is set.
template <class T>
void where_set(FieldWriter& writer, std::string_view key, const std::optional<T>& value) {
  if (value) writer(key, value);
}
template <class T>
void where_set(FieldReader& reader, std::string_view key, std::optional<T>& value) {
  reader(key, value);
}

template <class T>
void where_set(FieldWriter& writer, std::string_view key, const Identifier<T>& value) {
  if (value) writer(key, value);
}
template <class T>
void where_set(FieldReader& reader, std::string_view key, Identifier<T>& value) {
  reader(key, value);
}

/// What Keras's `Layer` itself takes, of a layer that has no such arguments of its own.
template <class F, class Options>
void base_fields(F& f, Options& o) {
  common_fields(f, o);
  where_set(f, "activity_regularizer", o.activity_regularizer);
}

/// What a layer may become: quantized, with an update of low rank.
template <class F, class Options>
void kind_fields(F& f, Options& o) {
  where_set(f, "quantization_config", o.quantization_config);
  where_set(f, "lora_rank", o.lora_rank);
  where_set(f, "lora_alpha", o.lora_alpha);
}

/// What a layer hands to its base.
template <class Options>
LayerOptions base_options(std::string_view class_name, const Options& o) {
  LayerOptions base{.class_name = std::string(class_name), .name = o.name};
  if constexpr (requires { o.trainable; }) base.trainable = o.trainable;
  if constexpr (requires { o.activity_regularizer; })
    base.activity_regularizer = o.activity_regularizer;
  return base;
}

template <class Options>
void as_it_stands(const Layer& layer, Options& o) {
  o.name = layer.name();
  if constexpr (requires { o.trainable; }) o.trainable = layer.trainable();
}

/// The options of a kernel and a bias, in the order in which Keras writes them.
template <class F, class Options>
void kernel_and_bias_fields(F& f, Options& o) {
  f("kernel_initializer", o.kernel_initializer);
  f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("kernel_constraint", o.kernel_constraint);
  f("bias_constraint", o.bias_constraint);
}

/// The weights that most layers have, by their options.
template <class Options>
Layer::WeightOptions kernel_weight(const Options& o, Shape shape) {
  return {.name = "kernel",
          .shape = std::move(shape),
          .initializer = o.kernel_initializer,
          .regularizer = o.kernel_regularizer,
          .constraint = o.kernel_constraint};
}
template <class Options>
Layer::WeightOptions bias_weight(const Options& o, Shape shape) {
  return {.name = "bias",
          .shape = std::move(shape),
          .initializer = o.bias_initializer,
          .regularizer = o.bias_regularizer,
          .constraint = o.bias_constraint};
}

}  // namespace keratin::layers
