// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace keratin {

/// While one lives, this thread calls operations on symbolic values for the shapes alone: the nodes
/// are in no model, and ops take no name that the process counts. Keras's compute_output_spec
/// leaves no nodes, so that the next op of the user's is "add_1" whatever models within models have
/// looked at.
class ShapesAlone {
 public:
  ShapesAlone();
  ~ShapesAlone();
  ShapesAlone(const ShapesAlone&) = delete;
  ShapesAlone& operator=(const ShapesAlone&) = delete;
  /// Whether one lives on this thread.
  static bool asked();
};

}  // namespace keratin
