// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/terminate_on_nan.h"

#include <cmath>

#include "keratin/base/error.h"
#include "keratin/callbacks/terminal.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {

void TerminateOnNaN::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  const std::optional<double> loss = logs.get("loss");
  if (!loss || std::isfinite(*loss)) return;
  if (options_.raise_error) {
    runtime_failure("TerminateOnNaN", "the loss of batch ", batch,
                    " is not a finite number. Received: ", *loss);
  }
  if (params().verbose > 0) {
    write(params(), str("Batch ", batch, ": Invalid loss, terminating training\n"));
  }
  model().stop_training = true;
}

}  // namespace keratin::callbacks
