// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/regularization/activity_regularization.h"

#include "keratin/layers/layer_fields.h"

namespace keratin::layers {
namespace {

LayerOptions with_penalty(const ActivityRegularizationOptions& o) {
  LayerOptions base = base_options(ActivityRegularization::kName, o);
  Config penalty = Config::dict();
  penalty["class_name"] = "L1L2";
  penalty["config"]["l1"] = o.l1;
  penalty["config"]["l2"] = o.l2;
  from_config(penalty, base.activity_regularizer);
  return base;
}

}  // namespace

template <class F>
void fields(F& f, ActivityRegularizationOptions& o) {
  common_fields(f, o);
  f("l1", o.l1);
  f("l2", o.l2);
}

ActivityRegularization::ActivityRegularization(ActivityRegularizationOptions options)
    : Configured(options, with_penalty(options)) {
  build_at_init();
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::ActivityRegularization, layers::ActivityRegularizationOptions,
                          layers::LayerOf<layers::ActivityRegularization>>;
}  // namespace keratin
