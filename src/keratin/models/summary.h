// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "keratin/base/shape.h"

namespace keratin::models {

class Model;

struct SummaryOptions {
  int line_length =
      76;  // Keras: the terminal's columns - 4, at most 88; 76 where there is no terminal
};

/// The text that Keras 3's `summary()` prints for a model whose layers stand in a row.
/// `output_shapes`: one a layer of model.layers(), or none when the model is not built.
/// Throws std::invalid_argument for a line too short to hold the table.
std::string summary_text(const Model& model, const std::vector<Shape>& output_shapes,
                         const SummaryOptions& options);

}  // namespace keratin::models
