// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/category_encoding.h"

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/table/ids.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {

template <class F>
void fields(F& f, CategoryEncodingOptions& o) {
  common_fields(f, o);
  f("num_tokens", o.num_tokens);
  f("output_mode", o.output_mode);
  f("sparse", o.sparse);
}

CategoryEncoding::CategoryEncoding(CategoryEncodingOptions options)
    : Configured(options, base_options(kName, options)),
      mode_(output_mode(kName, options_.output_mode,
                        {OutputMode::kCount, OutputMode::kOneHot, OutputMode::kMultiHot})) {
  options_.output_mode = to_string(mode_);
  refuse_sparse(kName, options_.sparse);
  if (!options_.num_tokens) {
    invalid_argument(kName,
                     "num_tokens must be set to use this layer. If the number of tokens is "
                     "not known beforehand, use the IntegerLookup layer instead.");
  }
  if (*options_.num_tokens < 1) {
    invalid_argument(kName,
                     "`num_tokens` must be >= 1. Received: num_tokens=", *options_.num_tokens, ".");
  }
  build_at_init();
}

Shape CategoryEncoding::compute_output_shape(const Shape& input_shape) const {
  return encoded_shape(input_shape, mode_, *options_.num_tokens);
}

Values CategoryEncoding::call(const Inputs& inputs, Pass&) const {
  const Values* const given = inputs.find("count_weights");
  Tensor weights;
  if (given != nullptr && !given->empty()) {
    if (mode_ != OutputMode::kCount) {
      invalid_argument(kName, "`count_weights` is not used when `output_mode` is not `'count'`.");
    }
    weights = cast((*given)[0].tensor(), DType::kFloat32);
    if (weights.shape() != inputs[0].shape()) {
      invalid_argument(kName, "layer '", name(),
                       "': count_weights must have the shape of the inputs, ", inputs[0].shape(),
                       ". Received shape: ", weights.shape());
    }
  }
  Tensor converted;
  const Tensor& ids =
      table::checked_ids(inputs[0].tensor(), *options_.num_tokens, {kName, name()}, converted);
  return encode(cast(ids, DType::kInt64), mode_, *options_.num_tokens, weights);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::CategoryEncoding, layers::CategoryEncodingOptions,
                          layers::LayerOf<layers::CategoryEncoding>>;
}  // namespace keratin
