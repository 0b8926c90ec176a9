// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

struct SwapEMAWeightsOptions {
  bool swap_on_epoch = false;
};

/// Lets evaluate and predict, and the validation of fit, see the averages of an optimizer with
/// `use_ema` in place of the weights, which come back at the end. With `swap_on_epoch` also between
/// the end of an epoch and the begin of the next, so that what is saved there are the averages.
/// Throws std::invalid_argument where the optimizer keeps no averages. Where evaluate or predict
/// throws, the averages stay until the next one ends. Keras: `SwapEMAWeights`.
class SwapEMAWeights final : public Callback {
 public:
  using Options = SwapEMAWeightsOptions;
  explicit SwapEMAWeights(SwapEMAWeightsOptions options = {}) : options_(options) {}

  void set_options(SwapEMAWeightsOptions options) { options_ = options; }  ///< from now on

  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_test_begin(const Logs&) override { show(true); }
  void on_test_end(const Logs&) override { show(false); }
  void on_predict_begin(const Logs&) override { show(true); }
  void on_predict_end(const Logs&) override { show(false); }

 private:
  void show(bool averages);

  SwapEMAWeightsOptions options_;
  bool averages_are_in_model_ = false;
};

}  // namespace keratin::callbacks
