// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/metrics.h"

#include <memory>
#include <string>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"

#include "keratin/base/named_list.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

using metrics::Metric;

namespace {

/// A metric that is written in Python: its state is there.
class PythonMetric final : public Metric {
 public:
  PythonMetric(Held metric, std::string name)
      : Metric(std::move(name)), metric_(std::move(metric)) {}
  std::string_view class_name() const override { return "CustomMetric"; }
  Config get_config() const override { return Config::Dict{{"name", name()}}; }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) override {
    const Access::UserFunction here;
    metric_.get().attr("_update_from_core")(array_from(y_true), array_from(y_pred),
                                            array_from(sample_weight), array_from(mask));
  }
  Tensor result() const override {
    const Access::UserFunction here;
    return cast(tensor_from(metric_.get().attr("result")(), "result"), DType::kFloat32);
  }
  void reset_state() override {
    const Access::UserFunction here;
    metric_.get().attr("reset_state")();
  }

 private:
  Held metric_;
};

/// Mean and Sum take values, not y_true and y_pred.
void update_values(Metric& metric, const Tensor& values, const Tensor& sample_weight) {
  if (auto* mean = dynamic_cast<metrics::Mean*>(&metric)) {
    mean->update_state(values, sample_weight);
  } else if (auto* sum = dynamic_cast<metrics::Sum*>(&metric)) {
    sum->update_state(values, sample_weight);
  } else {
    throw nb::type_error("only Mean and Sum take values");
  }
}

Tensor values(const Metric& metric, const Tensor& y_true, const Tensor& y_pred) {
  const auto* mean = dynamic_cast<const metrics::MeanOfValues*>(&metric);
  if (mean == nullptr) throw nb::type_error("only metrics that are means have values");
  return mean->values(y_true, y_pred, {});
}

}  // namespace

void bind_metrics(nb::module_& m) {
  auto metric = nb::class_<Metric>(m, "Metric", nb::dynamic_attr());
  bind_concept(metric, metrics::entries)
      .def_prop_ro("class_name", &Metric::class_name)
      .def_prop_rw("name", &Metric::name, &Metric::set_name)
      .def_static("custom",
                  [](nb::object metric, std::string name) {
                    return linked(std::move(metric), [&](Held held) -> std::shared_ptr<Metric> {
                      return std::make_shared<PythonMetric>(std::move(held), std::move(name));
                    });
                  })
      .def_static("mean_of",
                  [](nb::object fn, std::string name) {
                    return linked(std::move(fn), [&](Held link) -> std::shared_ptr<Metric> {
                      return std::make_shared<metrics::MeanMetricWrapper>(
                          [held = std::move(link)](const Tensor& y_true, const Tensor& y_pred) {
                            const Access::UserFunction here;
                            return tensor_from(held.get()(array_from(y_true), array_from(y_pred)), "values");
                          },
                          metrics::MeanMetricWrapperOptions{.name = std::move(name)});
                    });
                  },
                  "fn"_a, "name"_a)
      .def("values", &values, "y_true"_a, "y_pred"_a)
      .def(
          "update_state",
          [](Metric& metric, const Tensor& y_true, const Tensor& y_pred,
             const Tensor& sample_weight, const Tensor& mask) {
            const Access::Alone alone(metric);
            const Released released;
            metric.update_state(y_true, y_pred, sample_weight, mask);
          },
          "y_true"_a, "y_pred"_a, "sample_weight"_a.none(), "mask"_a.none())
      .def(
          "update_values",
          [](Metric& metric, const Tensor& values, const Tensor& sample_weight) {
            const Access::Alone alone(metric);
            const Released released;
            update_values(metric, values, sample_weight);
          },
          "values"_a, "sample_weight"_a.none())
      .def("result",
           [](const Metric& metric) {
             const Access::Shared shared(metric);
             return metric.result();
           })
      .def("variable_names",
           [](const Metric& metric) {
             const Access::Shared shared(metric);
             return metric.variable_names();
           })
      .def("get_variables",
           [](const Metric& metric) {
             const Access::Shared shared(metric);
             return arrays_from(metric.get_variables());
           })
      .def("set_variables",
           [](Metric& metric, nb::handle values) {
             const std::vector<Tensor> tensors = tensors_from(values, "variables");
             const Access::Alone alone(metric);
             metric.set_variables(tensors);
           })
      .def("reset_state", [](Metric& metric) {
        const Access::Alone alone(metric);
        metric.reset_state();
      });
}

}  // namespace keratin::python
