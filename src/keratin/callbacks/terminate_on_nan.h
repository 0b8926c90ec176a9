// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

struct TerminateOnNaNOptions {
  bool raise_error = false;
};

/// Ends fit after the batch whose loss is NaN or infinite, or throws std::runtime_error there.
/// Keras: `TerminateOnNaN`. Says so on standard error only where fit is not silent (`verbose`).
class TerminateOnNaN final : public Callback {
 public:
  using Options = TerminateOnNaNOptions;
  explicit TerminateOnNaN(TerminateOnNaNOptions options = {}) : options_(options) {}

  void set_options(TerminateOnNaNOptions options) { options_ = options; }  ///< from now on

  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;

 private:
  TerminateOnNaNOptions options_;
};

}  // namespace keratin::callbacks
