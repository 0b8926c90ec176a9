// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

/// Keeps what fit also returns: the numbers of every epoch. Keras: `History`. A second fit starts
/// the epochs anew and goes on with the numbers, as in Keras.
class History final : public Callback {
 public:
  void on_train_begin(const Logs&) override { records_.epoch.clear(); }
  void on_epoch_end(int epoch, Logs& logs) override {
    records_.epoch.push_back(epoch);
    for (const auto& [name, value] : logs) records_.history[name].push_back(value);
  }

  const decltype(keratin::History::history)& history() const { return records_.history; }
  const std::vector<int>& epoch() const { return records_.epoch; }

 private:
  keratin::History records_;
};

}  // namespace keratin::callbacks
