// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/onnx/export.h"

#include "keratin/base/error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/input_layer.h"
#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"
#include "keratin/saving/archive.h"
#include "keratin/saving/onnx/translation.h"

namespace keratin::saving {
namespace onnx {

void write(const Ends& ends, MaskPolicy policy, const std::string& name, const std::string& path,
           bool overwrite) {
  require_free(path, overwrite);
  Translation translation(policy);
  Graph& graph = translation.graph;
  for (std::size_t i = 0; i < ends.inputs.size(); ++i) {
    const Value& value = ends.inputs[i];
    const std::string input = graph.unique(ends.input_names[i]);
    graph.input(input, {value.shape(), value.dtype()});
    translation.enter(value, input);
  }
  Names outputs;  // their names first, so that nothing else has them
  for (const std::string& output : ends.output_names) outputs.push_back(graph.unique(output));
  for (std::size_t i = 0; i < ends.outputs.size(); ++i) {
    const Value& value = ends.outputs[i];
    graph.node_named("Identity", {translation.name_of(value)}, outputs[i]);
    graph.output(outputs[i], {value.shape(), value.dtype()});
  }
  formats::FileWriter file(path);
  graph.write(file, name);
  file.commit();
}

}  // namespace onnx

namespace {

/// What comes into a row of layers: its input layer says, else it is made for the first layer.
Value input_of(const models::Sequential& model) {
  const Config config = model.get_config();
  const Config& first = config.at("layers").as_list().front();
  if (first.at("class_name").as_string() == layers::InputLayer::kName)
    return layers::Input(layers::InputLayer::options_from(first.at("config")));
  const bool takes_ids = first.at("class_name").as_string() == layers::Embedding::kName;
  return layers::Input({.dtype = takes_ids ? DType::kInt32 : DType::kFloat32,
                        .batch_shape = model.input_shape(),
                        .name = "input_layer"});
}

}  // namespace

void export_onnx(const models::Model& model, const std::string& path,
                 const ExportOptions& options) {
  if (!model.built())
    invalid_argument("export_onnx", "model '", model.name(),
                     "' is not built: it has no weights yet.");
  Pass pass(false, nullptr, model.mask_policy());
  if (const auto* const graph = dynamic_cast<const models::Functional*>(&model)) {
    // Called once more: which masks there are depends on the policy, which nobody knew as the graph
    // was made.
    const onnx::Ends ends{graph->inputs(), graph->call(graph->inputs(), pass), graph->input_names(),
                          graph->output_names()};
    return onnx::write(ends, model.mask_policy(), model.name(), path, options.overwrite);
  }
  const auto* const row = dynamic_cast<const models::Sequential*>(&model);
  if (row == nullptr) {
    invalid_argument("export_onnx", "model '", model.name(),
                     "' is of a class of its own: it has no graph to export.");
  }
  const Value input = input_of(*row);
  const onnx::Ends ends{
      input, row->call(input, pass), {input.node()->name}, {row->layers().back()->name()}};
  onnx::write(ends, model.mask_policy(), model.name(), path, options.overwrite);
}

}  // namespace keratin::saving
