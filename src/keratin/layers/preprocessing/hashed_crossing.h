// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/preprocessing/encoding.h"

namespace keratin::layers {

struct HashedCrossingOptions {
  std::optional<std::int64_t> num_bins = {};  // must be given
  std::string output_mode = "int";            // "int", "one_hot"
  bool sparse = false;                        // true is refused
  std::optional<std::string> name = {};
  std::optional<DType> dtype = {};  // of "int": int64 by default, or int32
};

/// Two features or more, integers or strings of one shape, (), (B) or (B, 1), as one: their hashes
/// joined, in one of num_bins bins. TensorFlow's `sparse.cross_hashed`.
class HashedCrossing final
    : public Configured<HashedCrossing, HashedCrossingOptions, LayerOf<HashedCrossing>> {
 public:
  static constexpr std::string_view kName = "HashedCrossing";
  explicit HashedCrossing(HashedCrossingOptions options);

  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  bool takes_several() const override { return true; }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  OutputMode mode_;
};

}  // namespace keratin::layers
