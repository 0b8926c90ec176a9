// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/schedules/schedules.h"

#include <memory>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"

#include "keratin/base/named_list.h"

namespace keratin::python {

using optimizers::schedules::LearningRateSchedule;

namespace {

/// A schedule that is written in Python: a function of the step.
class PythonSchedule final : public PythonFunction<LearningRateSchedule> {
 public:
  explicit PythonSchedule(Held function) : PythonFunction("CustomSchedule", std::move(function)) {}
  float operator()(std::int64_t step) const override {
    const Access::UserFunction here;
    return static_cast<float>(nb::cast<double>(nb::float_(function()(step))));
  }
};

}  // namespace

void bind_schedules(nb::module_& m) {
  auto schedule = nb::class_<LearningRateSchedule>(m, "LearningRateSchedule", nb::dynamic_attr());
  bind_concept(schedule, optimizers::schedules::entries)
      .def_prop_ro("class_name", &LearningRateSchedule::class_name)
      .def_static("custom",
                  [](nb::object function) {
                    return linked(std::move(function), [](Held held) -> std::shared_ptr<LearningRateSchedule> {
                      return std::make_shared<PythonSchedule>(std::move(held));
                    });
                  })
      .def("__call__",
           [](const LearningRateSchedule& schedule, std::int64_t step) { return schedule(step); }, "step"_a);
}

}  // namespace keratin::python
