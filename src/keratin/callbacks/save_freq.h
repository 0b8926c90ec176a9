// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace keratin::callbacks {

/// When a callback saves: "epoch", after every epoch, or after so many batches; 0 and less are as
/// 1. `.save_freq = 100`. Keras: `save_freq`.
class SaveFreq {
 public:
  SaveFreq() = default;
  /// Throws std::invalid_argument for another text than "epoch".
  SaveFreq(const char* text) : SaveFreq(std::string_view(text)) {}
  SaveFreq(std::string_view text) {
    if (text == "epoch") return;
    throw std::invalid_argument(
        "[save_freq] expected \"epoch\" or a number of batches. Received: '" + std::string(text) +
        "'");
  }
  template <std::integral Number>
  SaveFreq(Number batches) : batches_(static_cast<std::int64_t>(batches)) {}

  bool is_epoch() const { return !batches_; }
  std::int64_t batches() const { return batches_.value_or(0); }

 private:
  std::optional<std::int64_t> batches_;
};

/// Counts the batches of a run from one save to the next, over the ends of epochs.
struct BatchCount {
  std::int64_t since_saving = 0;
  std::optional<std::int64_t> last = {};  // the number of the last batch in its epoch

  /// A batch has ended. True when a save is due, from which on it counts anew.
  bool due(const SaveFreq& freq, std::int64_t batch) {
    if (freq.is_epoch()) return false;
    since_saving += !last || batch <= *last ? batch + 1 : batch - *last;
    last = batch;
    if (since_saving < freq.batches()) return false;
    since_saving = 0;
    return true;
  }
};

}  // namespace keratin::callbacks
