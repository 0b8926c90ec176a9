// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/adagrad.h"

#include <memory>
#include <utility>

#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class AdagradRule final : public Rule {
 public:
  explicit AdagradRule(const AdagradOptions& o) : o_(o) {}

  std::vector<Slot> slots() const override {
    return {{.name = "accumulator", .initial = static_cast<float>(o_.initial_accumulator_value)}};
  }
  StepScalars begin_step(std::int64_t, float learning_rate) override {
    return packed(kernels::AdagradScalars{.learning_rate = learning_rate,
                                          .epsilon = static_cast<float>(o_.epsilon)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::AdagradScalars>(scalars);
    kernels::adagrad_update(rows, s);
  }
  std::optional<Drift> drift() const override {
    if (moves_without_gradient()) return std::nullopt;
    return Drift{};
  }
  /// An accumulator of zero with an epsilon of zero makes 0 / 0, as in Keras.
  bool moves_without_gradient() const override {
    return !(o_.initial_accumulator_value + o_.epsilon > 0);
  }

 private:
  AdagradOptions o_;
};

}  // namespace

template <class F>
void fields(F& f, AdagradOptions& o) {
  common_fields(f, o);
  f("initial_accumulator_value", o.initial_accumulator_value);
  f("epsilon", o.epsilon);
}

Adagrad::Adagrad(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<AdagradRule>(options)) {
  if (!(options_.initial_accumulator_value >= 0)) {
    invalid_argument("Adagrad", "initial_accumulator_value must be positive or zero. Received: ",
                     options_.initial_accumulator_value);
  }
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Adagrad, optimizers::AdagradOptions, optimizers::Optimizer>;
}  // namespace keratin
