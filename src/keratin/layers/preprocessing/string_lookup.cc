// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/string_lookup.h"

#include "keratin/base/error.h"
#include "keratin/layers/preprocessing/lookup_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, StringLookupOptions& o) {
  lookup_fields(f, o);
  f("encoding", o.encoding);
}

StringLookup::StringLookup(StringLookupOptions options)
    : Configured(options, base_options(kName, options), kName,
                 lookup_settings<std::string>(kName, options)) {
  check_encoding(kName, options_.encoding);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::StringLookup, layers::StringLookupOptions,
                          layers::LayerOf<layers::StringLookup, layers::LookupLayer<std::string>>>;
}  // namespace keratin
