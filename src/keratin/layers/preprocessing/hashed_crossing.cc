// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/hashed_crossing.h"

#include <algorithm>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/fingerprint.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/preprocessing/integer_type.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::uint64_t kKey = 0xDECAFCAFFE;  // TensorFlow's, where none is given

/// What stands for each feature: an integer for itself, a string for its fingerprint.
std::vector<std::uint64_t> hashes_of(std::string_view who, const Tensor& feature) {
  std::vector<std::uint64_t> hashes;
  if (feature.dtype() == DType::kString) {
    for (const std::string_view text : feature.data<std::string_view>())
      hashes.push_back(fingerprint64(text));
  } else {
    const Tensor whole = whole_numbers(who, feature);
    for (const std::int64_t number : whole.data<std::int64_t>())
      hashes.push_back(static_cast<std::uint64_t>(number));
  }
  return hashes;
}

}  // namespace

template <class F>
void fields(F& f, HashedCrossingOptions& o) {
  f("num_bins", o.num_bins);
  f("output_mode", o.output_mode);
  f("sparse", o.sparse);
  f("name", o.name);
  integer_type_field(f, o.dtype);
  f.ignore("trainable");
}

HashedCrossing::HashedCrossing(HashedCrossingOptions options)
    : Configured(options, base_options(kName, options)),
      mode_(output_mode(kName, options_.output_mode, {OutputMode::kInt, OutputMode::kOneHot})) {
  refuse_sparse(kName, options_.sparse);
  if (options_.num_bins.value_or(0) < 1) {
    invalid_argument(kName, "num_bins must be 1 or more. Received: ",
                     options_.num_bins ? str(*options_.num_bins) : "None");
  }
  options_.dtype = checked_integer_type(kName, options_.dtype, mode_);
  build_at_init();
}

std::vector<Spec> HashedCrossing::compute_output_spec(const Inputs& inputs) const {
  if (inputs.size() < 2) {
    invalid_argument(kName, "`HashedCrossing` should be called on at least two inputs. Received: ",
                     inputs.size());
  }
  const Shape& shape = inputs[0].shape();
  if (shape.rank() > 2 || (shape.rank() == 2 && shape[1] != 1)) {
    invalid_argument(kName,
                     "All `HashedCrossing` inputs should have shape `()`, `(batch_size)` or "
                     "`(batch_size, 1)`. Received shape: ",
                     shape);
  }
  for (const Value& value : inputs.values) {
    if (!value.shape().is_compatible_with(shape)) {
      invalid_argument(kName,
                       "All `HashedCrossing` inputs should have equal shape. Received: ", shape,
                       " and ", value.shape());
    }
    if (is_floating(value.dtype()) || value.dtype() == DType::kBool) {
      invalid_argument(kName,
                       "All `HashedCrossing` inputs should have an integer or string dtype. "
                       "Received: ",
                       to_string(value.dtype()));
    }
  }
  return {encoded_spec(shape, mode_, *options_.num_bins, *options_.dtype)};
}

Values HashedCrossing::call(const Inputs& inputs, Pass&) const {
  Tensor bins = uninitialized(inputs[0].shape(), DType::kInt64);
  std::vector<std::uint64_t> joined(static_cast<std::size_t>(bins.size()), kKey);
  for (const Value& feature : inputs.values) {
    const std::vector<std::uint64_t> hashes = hashes_of(kName, feature.tensor());
    for (std::size_t i = 0; i < joined.size(); ++i)
      joined[i] = join_fingerprints(joined[i], hashes[i]);
  }
  const auto buckets = static_cast<std::uint64_t>(*options_.num_bins);
  std::ranges::transform(joined, bins.data<std::int64_t>().begin(), [&](std::uint64_t hash) {
    return static_cast<std::int64_t>(hash % buckets);
  });
  return mode_ == OutputMode::kInt ? cast(bins, *options_.dtype)
                                   : encode(bins, mode_, *options_.num_bins);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::HashedCrossing, layers::HashedCrossingOptions,
                          layers::LayerOf<layers::HashedCrossing>>;
}  // namespace keratin
