// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/preprocessing/encoding.h"

namespace keratin::layers {

struct HashingOptions {
  std::optional<std::int64_t> num_bins = {};  // must be given
  Config mask_value = {};                     // none, a number or a string: has bin 0 for itself
  std::optional<Salt> salt = {};              // none: by FarmHash; else by SipHash
  std::string output_mode = "int";            // "int", "one_hot", "multi_hot", "count"
  bool sparse = false;                        // true is refused
  std::optional<std::string> name = {};
  bool trainable = true;
  std::optional<DType> dtype = {};  // of "int": int64 by default, or int32
};

/// Each input, a string or an integer, in one of num_bins bins by its hash: the same on every
/// machine, and TensorFlow's. Integers are hashed as their decimal digits, floats as the integers
/// that they are cut to. No mask passes.
class Hashing final : public Configured<Hashing, HashingOptions, LayerOf<Hashing>> {
 public:
  static constexpr std::string_view kName = "Hashing";
  explicit Hashing(HashingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  Tensor bins(const Tensor& inputs) const;

  OutputMode mode_;
};

}  // namespace keratin::layers
