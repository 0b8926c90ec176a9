// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/sgd.h"

#include <memory>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class SGDRule final : public Rule {
 public:
  explicit SGDRule(const SGDOptions& o) : o_(o) {}

  std::vector<Slot> slots() const override {
    if (o_.momentum == 0) return {};
    return {{.name = "momentum"}};
  }
  StepScalars begin_step(std::int64_t, float learning_rate) override {
    const auto momentum = static_cast<float>(o_.momentum);
    return packed(kernels::MomentumScalars{.momentum = momentum,
                                           .gain = -learning_rate,
                                           .rate = o_.nesterov ? momentum : 1.0f,
                                           .ahead = -learning_rate});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::MomentumScalars>(scalars);
    if (o_.momentum == 0) {
      kernels::sgd_update(rows, -s.gain);
    } else {
      kernels::momentum_update(rows, o_.nesterov, s);
    }
  }
  bool flushes_subnormals() const override { return o_.momentum != 0; }
  std::optional<Drift> drift() const override {
    Drift drift;
    if (o_.momentum == 0) return drift;
    drift.kind = Drift::Kind::kProduct;
    drift.decay = {o_.momentum, 1, 1};
    return drift;
  }
  double drift_size(const StepScalars&) const override { return o_.nesterov ? -o_.momentum : -1; }
  bool moves_without_gradient() const override { return o_.momentum != 0; }

 private:
  SGDOptions o_;
};

}  // namespace

template <class F>
void fields(F& f, SGDOptions& o) {
  common_fields(f, o);
  f("momentum", o.momentum);
  f("nesterov", o.nesterov);
}

SGD::SGD(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<SGDRule>(options)) {
  if (!(options_.momentum >= 0 && options_.momentum <= 1)) {
    invalid_argument("SGD", "momentum must be in [0, 1]. Received: ", options_.momentum);
  }
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::SGD, optimizers::SGDOptions, optimizers::Optimizer>;
}  // namespace keratin
