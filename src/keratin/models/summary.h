// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/layers/layer.h"

namespace keratin::models {

class Model;

struct SummaryOptions {
  int line_length =
      76;  // Keras: the terminal's columns - 4, at most 88; 76 where there is no terminal
  /// Where columns end, as parts of the line, ascending to 1; none: Keras's.
  std::vector<double> positions = {};
  bool expand_nested = false;   // the layers of models within the model too
  bool show_trainable = false;  // one more column: Y, N, or - for a layer without weights
  /// The names of the first and the last layer that are shown; none: all.
  std::optional<std::pair<std::string, std::string>> layer_range = {};
};

/// A line of the table.
struct SummaryRow {
  std::string name;
  std::string class_name;
  std::string shape;
  std::shared_ptr<const layers::Layer> layer;  // null for an op
  std::optional<std::string> reads_from = {};  // none where the layers stand in a row
};

/// SummaryRow::shape of a layer that gives values of these shapes: of several in brackets.
std::string shape_column(const std::vector<Shape>& outputs);

/// The text that Keras 3's `summary()` prints; see Model::summary. Throws std::invalid_argument for
/// a line too short to hold the table, for positions of another number than there are columns, and
/// for a layer_range that names no layers.
std::string summary_text(const Model& model, const SummaryOptions& options);

}  // namespace keratin::models
