// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "keratin/activations/activation.h"
#include "keratin/graph/value.h"

namespace keratin::ops::nn {

enum class CellKind {
  kSimple,           ///< h' = f(x W + b + h U)
  kLstm,             ///< gates i, f, c, o
  kGru,              ///< gates z, r, h; the reset gate behind the product with the state
  kGruResetsBefore,  ///< the same before it
};
/// How many gates its kernels have side by side.
std::int64_t gates_of(CellKind kind);

/// How a sequence runs through a cell.
struct Recurrence {
  CellKind kind;
  std::int64_t units;
  std::shared_ptr<const activations::Activation> activation;
  std::shared_ptr<const activations::Activation> recurrent_activation;  // of the gates; not kSimple
  bool return_sequences = false;
  bool go_backwards = false;
  bool zero_output_for_mask = false;  // else a masked step shows what the one before it did
  /// Dropout: none, or one a gate, float32 (B, width) and (B, units), which a step's inputs and
  /// state are multiplied with.
  std::vector<Tensor> input_masks = {}, recurrent_masks = {};
};

/// A whole sequence through a cell.
///   x       (B, T, width)
///   mask    bool (B, T): masked steps are left out, whatever they hold; or none
///   kernel  (width, gates * units), recurrent_kernel (units, gates * units)
///   bias    (gates * units), of kGru (2, 3 * units); or none
///   states  (B, units) to begin with, h and of kLstm c; none for zeros
/// Gives the output, (B, T, units) or (B, units), and the states behind the last step. All are
/// float32, with elements; the shapes must fit: the layer has looked. A sample has the same bits,
/// and the same gradients, wherever and however much it is padded.
Values recurrent(const Value& x, const Value& mask, const Value& kernel,
                 const Value& recurrent_kernel, const Value& bias, const Values& states,
                 const Recurrence& recurrence);

}  // namespace keratin::ops::nn
