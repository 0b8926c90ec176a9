// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/layers/layer.h"

namespace keratin::layers {

/// A layer that learns from data by itself, before any training. Keras: `adapt`.
///
/// Threads: what learns needs the layer alone. Failure leaves behind what finalize_state() last
/// made.
class Adapted : public Layer {
 public:
  /// Learns from one array, and from it alone. Throws std::invalid_argument for data that the layer
  /// cannot take, and where it was made with what it would learn.
  void adapt(const Tensor& data) {
    reset_state();
    update_state(whole_data(data));
    finalize_state();
  }
  /// The same by batches: forgets what was seen, sees a batch, and takes what was seen for true.
  virtual void reset_state() = 0;
  virtual void update_state(const Tensor& batch) = 0;
  virtual void finalize_state() = 0;
  bool keeps_more_than_weights() const override { return true; }

 protected:
  using Layer::Layer;
  /// What adapt() makes one batch of.
  virtual Tensor whole_data(const Tensor& data) const { return data; }
};

}  // namespace keratin::layers
