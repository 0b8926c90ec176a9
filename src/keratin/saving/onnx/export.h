// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/models/model.h"

namespace keratin::saving {

struct ExportOptions {
  bool overwrite = true;
};

/// Writes what the model computes in predict() as an ONNX file (operator set 18), which needs
/// nothing of Keratin to run. Inputs and outputs have the names of the model's, batches and open
/// dimensions stay open; masks are in the graph where a layer uses them. Tables are float32,
/// whatever their rows are stored in. Ids are not looked at there: ONNX Runtime refuses those
/// outside [-V, V), and counts negative ones from the end.
/// Throws std::invalid_argument for a model that is not built, a layer or op that has no form in
/// ONNX, which is named, and more than 2 GiB; FileError. Then the file that was there is as before.
void export_onnx(const models::Model& model, const std::string& path,
                 const ExportOptions& options = {});

namespace onnx {
/// The same of what lies between symbolic inputs and outputs.
struct Ends {
  Values inputs;
  Values outputs;
  std::vector<std::string> input_names;
  std::vector<std::string> output_names;
};
void write(const Ends& ends, MaskPolicy policy, const std::string& name, const std::string& path,
           bool overwrite);
}  // namespace onnx

}  // namespace keratin::saving
