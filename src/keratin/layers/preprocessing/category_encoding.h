// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/preprocessing/encoding.h"

namespace keratin::layers {

struct CategoryEncodingOptions {
  std::optional<std::int64_t> num_tokens = {};  // must be given
  std::string output_mode = "multi_hot";        // "one_hot", "multi_hot", "count"
  bool sparse = false;                          // true is refused
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Categories 0 to num_tokens - 1 as vectors: encoded_shape(). The argument `count_weights`, of the
/// shape of the inputs, says how much each counts in the mode "count". Throws std::out_of_range for
/// other categories (Keras: leaves some out, on TensorFlow).
class CategoryEncoding final
    : public Configured<CategoryEncoding, CategoryEncodingOptions, LayerOf<CategoryEncoding>> {
 public:
  static constexpr std::string_view kName = "CategoryEncoding";
  explicit CategoryEncoding(CategoryEncodingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  bool takes_keyword(std::string_view name) const override {
    return name == "count_weights" || Layer::takes_keyword(name);
  }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  OutputMode mode_;
};

}  // namespace keratin::layers
