// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "array.h"
#include "config.h"
#include "released.h"

/// What every file of the binding starts from: nanobind, and how arrays (`array.h`) and configs
/// (`config.h`) cross the border. One file binds one concept; module.cc calls them all.
namespace nb = nanobind;
using namespace nb::literals;

namespace keratin::python {

void bind_activations(nb::module_& m);
void bind_arrays(nb::module_& m);
void bind_callbacks(nb::module_& m);
void bind_constraints(nb::module_& m);
void bind_dynamic_embedding_table(nb::module_& m);
void bind_embedding_table(nb::module_& m);
void bind_errors(nb::module_& m);
void bind_initializers(nb::module_& m);
void bind_layers(nb::module_& m);
void bind_losses(nb::module_& m);
void bind_metrics(nb::module_& m);
void bind_models(nb::module_& m);
void bind_neighbors(nb::module_& m);
void bind_saving(nb::module_& m);
void bind_optimizers(nb::module_& m);
void bind_own_optimizers(nb::module_& m);
void bind_own_layers(nb::module_& m);
void bind_preprocessing(nb::module_& m);
void bind_random(nb::module_& m);
void bind_regularizers(nb::module_& m);
void bind_row_lookup(nb::module_& m);
void bind_schedules(nb::module_& m);
void bind_table_layers(nb::module_& m);
void bind_tokenizer(nb::module_& m);
void bind_utils(nb::module_& m);
void bind_values(nb::module_& m);
void bind_variable(nb::module_& m);

/// The closed list of a concept as Python sees it: pairs of a class name and its aliases.
template <class Entries>
nb::list names_of(const Entries& entries) {
  nb::list names;
  for (const auto& entry : entries) {
    nb::list aliases;
    for (const std::string_view alias : entry.aliases)
      aliases.append(nb::str(alias.data(), alias.size()));
    names.append(
        nb::make_tuple(nb::str(entry.class_name.data(), entry.class_name.size()), aliases));
  }
  return names;
}

/// What every concept has: objects from the closed list, their configs, and objects as options.
template <class T, class Entries>
nb::class_<T>& bind_concept(nb::class_<T>& type, Entries entries) {
  type.def_static("deserialize",
                  [](nb::handle config) {
                    return made_from(config, [](const Config& from) {
                      return std::const_pointer_cast<T>(std::shared_ptr<const T>(T::deserialize(from)));
                    });
                  },
                  "config"_a.none())
      .def_static("names", [entries] { return names_of(entries()); })
      .def("get_config", &T::get_config)
      .def("serialize", &T::serialize);
  as_option(type);
  return type;
}

}  // namespace keratin::python
