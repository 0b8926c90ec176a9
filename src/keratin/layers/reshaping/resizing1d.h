// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/per_axis.h"

/// Layers that make steps more or fewer. Keras: they know no mask, so under MaskPolicy::kStrict a
/// mask is an error.
namespace keratin::layers {

struct UpSampling1DOptions {
  std::int64_t size = 2;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Each step `size` times: (B, T, D) -> (B, size T, D). Of any type.
class UpSampling1D final
    : public Configured<UpSampling1D, UpSampling1DOptions, LayerOf<UpSampling1D>> {
 public:
  static constexpr std::string_view kName = "UpSampling1D";
  explicit UpSampling1D(UpSampling1DOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

struct ZeroPadding1DOptions {
  PerAxis padding = 1;  // steps on both sides, or {before, behind}
  std::string data_format = "channels_last";
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Zeros before and behind the steps: (B, T, D) -> (B, T + both, D), or with "channels_first" of
/// (B, D, T).
class ZeroPadding1D final
    : public Configured<ZeroPadding1D, ZeroPadding1DOptions, LayerOf<ZeroPadding1D>> {
 public:
  static constexpr std::string_view kName = "ZeroPadding1D";
  explicit ZeroPadding1D(ZeroPadding1DOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

struct Cropping1DOptions {
  PerAxis cropping = {1, 1};  // steps that go: {before, behind}, or as many on both sides
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Without the first and the last steps: (B, T, D) -> (B, T - both, D), of which one must be left.
class Cropping1D final : public Configured<Cropping1D, Cropping1DOptions, LayerOf<Cropping1D>> {
 public:
  static constexpr std::string_view kName = "Cropping1D";
  explicit Cropping1D(Cropping1DOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
