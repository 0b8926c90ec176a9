// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/golden.h"
#include "support/layer_call.h"
#include <gtest/gtest.h>

#include "keratin/layers/layer.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

/// Calls of layers whose call takes more than one input, or options, from golden files that
/// tests/golden/called_case.py made: outputs, and all derivatives.
namespace keratin::testing {

inline std::vector<Tensor> golden_tensors(const Config& list) {
  std::vector<Tensor> result;
  for (const Config& item : list.as_list()) result.push_back(golden_tensor(item));
  return result;
}

struct GoldenCall {
  std::vector<Tensor> outputs;
  std::vector<Tensor> slopes;  // by the inputs that are float32, then by those given by name
  std::vector<Tensor> weight_slopes;
};

/// The layer of the case, built for its inputs, with its weights.
inline std::shared_ptr<layers::Layer> golden_layer(const Config& c) {
  auto layer = layers::Layer::deserialize(c.at("layer"));
  std::vector<Spec> specs;
  for (const Tensor& input : golden_tensors(c.at("inputs")))
    specs.push_back({input.shape(), input.dtype()});
  layer->build(specs);
  layer->set_weights(golden_tensors(c.at("weights")));
  return layer;
}

inline GoldenCall golden_call(const layers::Layer& layer, const Config& c) {
  Pass pass(c.at("training").as_bool(), std::make_shared<Tape>(true));
  Inputs call;
  std::vector<Value> by;
  const auto watched = [&](const Tensor& tensor) {
    if (!tensor) return Value();
    return tensor.dtype() == DType::kFloat32 ? by.emplace_back(pass.tape->watch(tensor))
                                             : Value(tensor);
  };
  for (const Tensor& input : golden_tensors(c.at("inputs"))) call.values.push_back(watched(input));
  for (const auto& [name, values] : c.at("named").as_dict()) {
    Values given;
    for (const Tensor& tensor : golden_tensors(values)) given.push_back(watched(tensor));
    call.named.emplace_back(name, given);
  }
  if (!c.at("options").as_dict().empty()) call.options = c.at("options");
  const Values outputs = layer.run(call, pass);
  GoldenCall result;
  for (const Value& output : outputs) result.outputs.push_back(output.tensor());
  Gradients found;
  for (const Value& value : by) result.slopes.push_back(Tensor::zeros(value.shape()));
  const std::vector<Tensor> output_slopes = golden_tensors(c.at("y_slopes"));
  for (std::size_t i = 0; i < output_slopes.size(); ++i) {
    if (!output_slopes[i] || !outputs[i].is_recorded()) continue;
    const std::vector<Tensor> slopes = pass.tape->slopes(outputs[i], output_slopes[i], by, &found);
    for (std::size_t k = 0; k < slopes.size(); ++k) {
      const auto from = slopes[k].data<float>();
      const auto to = result.slopes[k].data<float>();
      for (std::size_t at = 0; at < from.size(); ++at) to[at] += from[at];
    }
  }
  for (const auto& weight : layer.weights()) {
    if (!weight->trainable()) continue;
    const Gradients::Entry* const entry = found.find(*weight);
    result.weight_slopes.push_back(entry == nullptr     ? Tensor::zeros(weight->shape())
                                   : entry->rows.values ? spread(entry->rows, weight->shape())
                                                        : copy_of(entry->dense));
  }
  return result;
}

inline void expect_near(const std::vector<Tensor>& got, const std::vector<Tensor>& wanted,
                        double relative, double absolute) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_EQ(difference(got[i], wanted[i], relative, absolute), "") << i;
}

/// Parts without a name of their own are numbered by how many there were before.
inline std::string without_numbers(std::string path) {
  std::erase_if(path, [](char c) { return c == '_' || (c >= '0' && c <= '9'); });
  return path;
}

/// All cases of the file: what layers give and their derivatives are those of Keras, the same bits
/// for one and for many threads, and a layer made again of what it writes writes the same.
inline void expect_golden_calls(const std::string& file, double relative, double absolute) {
  const Config golden_file = golden(file);
  for (const Config& c : golden_file.at("cases").as_list()) {
    SCOPED_TRACE(formats::dump_json(c.at("layer")) + formats::dump_json(c.at("options")));
    parallel::set_num_threads(1);
    const auto layer = golden_layer(c);
    const GoldenCall call = golden_call(*layer, c);
    expect_near(call.outputs, golden_tensors(c.at("y")), relative, absolute);
    expect_near(call.slopes, golden_tensors(c.at("gradients")), relative, absolute);
    expect_near(call.weight_slopes, golden_tensors(c.at("weight_gradients")), relative, absolute);
    const Config::List& paths = c.at("paths").as_list();
    ASSERT_EQ(layer->weights().size(), paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i)
      EXPECT_EQ(without_numbers(layer->weights()[i]->path()),
                without_numbers(paths[i].as_string()));
    parallel::set_num_threads(4);
    const GoldenCall many = golden_call(*golden_layer(c), c);
    expect_near(many.outputs, call.outputs, 0, 0);
    expect_near(many.slopes, call.slopes, 0, 0);
    expect_near(many.weight_slopes, call.weight_slopes, 0, 0);
    parallel::set_num_threads(0);
    const Config written = layer->serialize();
    for (const auto& [key, value] : c.at("layer").at("config").as_dict()) {
      const Config* const ours = written.at("config").find(key);
      // Keras writes a DTypePolicy where we write its name, and draws seeds later.
      if (key == "dtype" || key.find("initializer") != std::string::npos) continue;
      EXPECT_TRUE(ours == nullptr ? value.is_null() : same_config(*ours, value)) << key;
    }
    const Config& registered = c.at("layer").at("registered_name");
    EXPECT_EQ(formats::dump_json(written.at("registered_name")), formats::dump_json(registered));
    EXPECT_EQ(formats::dump_json(layers::Layer::deserialize(written)->serialize()),
              formats::dump_json(written));
  }
}

}  // namespace keratin::testing
