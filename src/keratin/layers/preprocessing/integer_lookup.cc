// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/integer_lookup.h"

#include "keratin/base/error.h"
#include "keratin/layers/preprocessing/lookup_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, IntegerLookupOptions& o) {
  lookup_fields(f, o);
}

IntegerLookup::IntegerLookup(IntegerLookupOptions options)
    : Configured(options, base_options(kName, options), kName,
                 lookup_settings<std::int64_t>(kName, options)) {
  if (options_.vocabulary_dtype != "int64") {
    invalid_argument(kName,
                     "Only `vocabulary_dtype='int64'` is supported at this time. Received: "
                     "vocabulary_dtype=",
                     options_.vocabulary_dtype);
  }
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<
    layers::IntegerLookup, layers::IntegerLookupOptions,
    layers::LayerOf<layers::IntegerLookup, layers::LookupLayer<std::int64_t>>>;
}  // namespace keratin
