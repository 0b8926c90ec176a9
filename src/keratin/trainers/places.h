// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keratin/trainers/data_adapter.h"

namespace keratin::trainers {

/// Where the tensors of a batch belong: names become places here, at the door, so that what runs
/// behind it counts.
struct Places {
  std::vector<std::string> inputs = {};   // their names; empty: one, unnamed
  std::vector<std::string> outputs = {};  // likewise
  std::vector<bool> with_loss = {};       // which outputs have a loss; empty: all
  bool inputs_only = false;               // y and sample_weight are left out: nobody wants them
  bool any_targets = false;               // they stay as they are: of no output

  /// x with an entry an input. y, where there is one, with an entry an output: by name, or in order
  /// for all outputs or for those with a loss; null for the others. sample_weight likewise; one for
  /// all goes to each, as in Keras. Throws std::invalid_argument where a name is unknown (naming
  /// the nearest) or missing, or where there are too many or too few.
  Arrays operator()(std::string_view who, Arrays arrays) const;
  /// The inputs alone.
  Tensors of_inputs(std::string_view who, Tensors x) const;

 private:
  Tensors of_targets(std::string_view who, Tensors y) const;
  Tensors of_weights(std::string_view who, Tensors weights) const;
};

}  // namespace keratin::trainers
