// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "support/golden.h"
#include "support/linear_model.h"

namespace keratin::testing {

/// Runs a callback through epochs whose logs are given, as tests/golden/make_callbacks.py does. The
/// weight of the model is the number of the epoch.
struct ScriptedFit {
  ScriptedFit() { model.compile("sgd", "mse"); }

  void run(callbacks::Callback& callback, std::vector<Logs> epochs) {
    model.stop_training = false;
    rates.clear();
    callback.set_model(&model);
    callback.set_params(
        {.epochs = static_cast<int>(epochs.size()), .steps = 1, .validation = validation});
    callback.on_train_begin(Logs());
    for (std::size_t i = 0; i < epochs.size() && !model.stop_training; ++i) {
      const int epoch = static_cast<int>(i);
      model.kernel().value().data<float>()[0] = static_cast<float>(i);
      callback.on_epoch_begin(epoch, Logs());
      callback.on_epoch_end(epoch, epochs[i]);
      rates.push_back(model.optimizer().learning_rate());
      last = epochs[i];
    }
    callback.on_train_end(Logs());
  }
  float weight() const { return model.get_weights()[0].data<float>()[0]; }

  LinearModel model;
  bool validation = false;
  std::vector<float> rates;  // after each epoch that ran
  Logs last;
};

}  // namespace keratin::testing
