// SPDX-License-Identifier: Apache-2.0
// Models as texts and files, as far as Python's classes are not needed: those make the model.
#include "models.h"

#include "keratin/saving/generations.h"

namespace keratin::python {
namespace {

/// (config, mask policy) of a model, in Keras 3's form whichever Keras wrote it.
nb::tuple tuple_of(const saving::Architecture& found) {
  const std::string_view policy = models::to_string(found.mask_policy);
  return nb::make_tuple(object_from(found.config), nb::str(policy.data(), policy.size()));
}

}  // namespace

void bind_saving(nb::module_& m) {
  m.def("architecture_from_json", [](std::string_view text) {
    try {
      return tuple_of(saving::architecture_from_json(text));
    } catch (const std::runtime_error& error) {  // a ValueError, as Python's own json has it
      throw nb::value_error(error.what());
    }
  });
  m.def("architecture_of", [](const Config& config) { return tuple_of(saving::in_keras3_form(config)); }, "config"_a);
}

}  // namespace keratin::python
