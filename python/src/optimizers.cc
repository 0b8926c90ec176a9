// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/optimizers.h"
#include "keratin/optimizers/torch_optimizer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "access.h"
#include "bindings.h"
#include "interrupts.h"
#include "row_lookup.h"

#include "keratin/base/named_list.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

using optimizers::Optimizer;

namespace {

using Variables = std::vector<std::shared_ptr<Variable>>;

std::vector<Variable*> pointers(const Variables& variables) {
  std::vector<Variable*> result;
  for (const auto& variable : variables) result.push_back(variable.get());
  return result;
}

/// One step with these gradients, None for a variable that has none.
void apply(Optimizer& optimizer, const Variables& variables, nb::handle gradients) {
  std::vector<Tensor> tensors;
  std::vector<std::vector<std::int64_t>> ids;  // of the rows of a table; none: the tensor is of the whole weight
  std::vector<RowGradient*> looked_up;  // those of keratin.keras, or null
  for (const nb::handle gradient : nb::borrow<nb::iterable>(gradients)) {
    ids.emplace_back();
    looked_up.push_back(nullptr);
    if (nb::try_cast(gradient, looked_up.back())) {
      tensors.emplace_back();
      continue;
    }
    const bool of_rows = nb::hasattr(gradient, "indices") && nb::hasattr(gradient, "values") && nb::hasattr(gradient, "dense_shape");
    if (of_rows) {
      const Tensor numbers = cast(tensor_from(gradient.attr("indices"), "indices"), DType::kInt64);
      const auto all = numbers.data<std::int64_t>();
      ids.back().assign(all.begin(), all.end());
    }
    tensors.push_back(tensor_from(of_rows ? nb::object(gradient.attr("values")) : nb::borrow(gradient), "gradient"));
    if (of_rows && ids.back().empty()) tensors.back() = Tensor();
  }
  if (tensors.size() != variables.size()) {
    throw nb::value_error(("[" + optimizer.name() + "] there must be one gradient a variable. " +
                           "Received: " + std::to_string(tensors.size()) + " gradients for " +
                           std::to_string(variables.size()) + " variables")
                              .c_str());
  }
  const Access::Alone alone(optimizer, variables);
  const Released released;
  Gradients found;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (looked_up[i] != nullptr) {
      if (!looked_up[i]->rows.ids.empty()) found.add(*variables[i], std::exchange(looked_up[i]->rows, {}));
      continue;
    }
    if (!tensors[i]) continue;
    Tensor numbers = copy_of(cast(tensors[i], DType::kFloat32));
    if (ids[i].empty()) {
      found.add(*variables[i], std::move(numbers));
    } else {
      found.add(*variables[i], SparseRows{.ids = std::move(ids[i]), .values = std::move(numbers)});
    }
  }
  optimizer.apply(pointers(variables), found);
}

}  // namespace

void bind_optimizers(nb::module_& m) {
  auto optimizer = nb::class_<Optimizer>(m, "Optimizer", nb::dynamic_attr());
  bind_concept(optimizer, optimizers::entries)
      .def_prop_ro("class_name", &Optimizer::class_name)
      .def_prop_ro("name", &Optimizer::name)
      .def_prop_ro("built", &Optimizer::built)
      .def_prop_ro("iterations", &Optimizer::iterations)
      .def("set_iterations",
           [](Optimizer& optimizer, std::int64_t count) {
             const Access::Alone alone(optimizer);
             optimizer.set_iterations(count);
           })
      .def_prop_ro("loss_scale_factor", &Optimizer::loss_scale_factor)
      .def_prop_rw("learning_rate", &Optimizer::learning_rate,
                   nb::overload_cast<double>(&Optimizer::set_learning_rate))
      .def("build",
           [](Optimizer& optimizer, const Variables& variables) {
             const Access::Alone alone(optimizer, variables);
             optimizer.build(pointers(variables));
           })
      .def("unbuild",
           [](Optimizer& optimizer) {
             const Access::Alone alone(optimizer);
             optimizer.unbuild();
           })
      .def("built_for",
           [](const Optimizer& optimizer) {
             nb::list all;
             for (const Variable* variable : optimizer.variables())
               all.append(nb::cast(const_cast<Variable*>(variable)->shared_from_this()));
             return all;
           })
      .def("apply", &apply)
      .def("exclude_from_weight_decay",
           [](Optimizer& optimizer, const Variables& variables, std::vector<std::string> names) {
             const Access::Alone alone(optimizer, variables);
             optimizer.exclude_from_weight_decay(pointers(variables), std::move(names));
           })
      .def("finalize_variable_values",
           [](Optimizer& optimizer, const Variables& variables) {
             const Access::Alone alone(optimizer, variables);
             optimizer.finalize_variable_values(pointers(variables));
           })
      .def("set_schedule",
           [](nb::handle self, nb::object schedule) {
             auto& optimizer = nb::cast<Optimizer&>(self);
             const Access::Alone alone(optimizer);
             optimizer.set_learning_rate(shared_of<optimizers::schedules::LearningRateSchedule>(schedule));
             self.attr("_kept") = schedule;
           })
      .def("clip_gradients",
           [](const Optimizer& optimizer, nb::handle gradients) {
             return arrays_from(optimizer.clip_gradients(tensors_from(gradients, "gradient")));
           })
      .def("count_params",
           [](const Optimizer& optimizer) {
             const Access::Alone alone(optimizer);
             return optimizer.count_params();
           })
      .def("weight_names",
           [](const Optimizer& optimizer) {
             const Access::Alone alone(optimizer);
             return optimizer.weight_names();
           })
      .def("get_weight",
           [](const Optimizer& optimizer, std::size_t index) {
             const Access::Alone alone(optimizer);
             const ReleasedInterruptible released;
             return optimizer.get_weight(index);
           })
      .def("get_weights",
           [](const Optimizer& optimizer) {
             const Access::Alone alone(optimizer);
             std::vector<Tensor> weights;
             {
               const ReleasedInterruptible released;
               weights = optimizer.get_weights();
             }
             return arrays_from(weights);
           })
      .def("set_weights", [](Optimizer& optimizer, nb::handle weights) {
        const std::vector<Tensor> tensors = tensors_from(weights, "weights");
        const Access::Alone alone(optimizer);
        optimizer.set_weights(tensors);
      });
  m.def("torch_optimizer", [](nb::handle options) {  // for keratin.torch
    return made_from(options, [](const Config& from) {
      using optimizers::TorchOptimizer;
      return std::shared_ptr<Optimizer>(std::make_shared<TorchOptimizer>(TorchOptimizer::options_from(from)));
    });
  });
}

}  // namespace keratin::python
