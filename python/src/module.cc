// SPDX-License-Identifier: Apache-2.0
// keratin._core: what the Python package is made of. Not for users, who import keratin.layers and
// the like.
#include "access.h"
#include "bindings.h"

NB_MODULE(_core, m) {
  using namespace keratin::python;
  m.attr("__version__") = KERATIN_VERSION;
  // A callback that a user writes may know its module, which knows the callback through C++ (the schedule of a
  // LearningRateScheduler): at exit such a round is left over.
  nb::set_leak_warnings(false);
  bind_errors(m);
  bind_arrays(m);
  bind_activations(m);
  bind_constraints(m);
  bind_initializers(m);
  bind_losses(m);
  bind_metrics(m);
  bind_regularizers(m);
  bind_row_lookup(m);
  bind_variable(m);
  bind_schedules(m);
  bind_optimizers(m);
  bind_callbacks(m);
  bind_values(m);
  bind_layers(m);
  bind_table_layers(m);
  bind_embedding_table(m);
  bind_dynamic_embedding_table(m);
  bind_neighbors(m);
  bind_preprocessing(m);
  bind_own_layers(m);
  bind_own_optimizers(m);
  bind_models(m);
  bind_saving(m);
  bind_random(m);
  bind_tokenizer(m);
  bind_utils(m);
  Access::prepare_for_forks();
  nb::module_::import_("os").attr("register_at_fork")("after_in_child"_a = nb::cpp_function(&Released::after_fork));
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&Released::end_calls));
}
