// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/swap_ema_weights.h"

#include "keratin/optimizers/optimizer.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {

void SwapEMAWeights::show(bool averages) {
  if (averages == averages_are_in_model_) return;
  model().optimizer().swap_averages();
  averages_are_in_model_ = averages;
}

void SwapEMAWeights::on_epoch_begin(int, const Logs&) {
  if (options_.swap_on_epoch) show(false);
}

void SwapEMAWeights::on_epoch_end(int epoch, Logs&) {
  if (!options_.swap_on_epoch) return;
  show(true);
  // The end of fit writes the averages into the weights: they must not be what the weights were.
  if (epoch == params().epochs - 1) model().optimizer().reset_averages();
}

}  // namespace keratin::callbacks
