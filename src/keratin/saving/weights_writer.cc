// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/weights_writer.h"

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "keratin/base/error.h"

namespace keratin::saving {
namespace {

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(),
                     [&](auto zero) { return std::as_bytes(tensor.data<decltype(zero)>()); });
}

}  // namespace

formats::hdf5::Writer weights_writer(const WeightPaths& paths,
                                     std::vector<Tensor> optimizer_state) {
  formats::hdf5::Writer writer;
  for (const WeightsOfLayer& layer : paths.layers) {
    const std::string vars = layer.path.empty() ? "vars" : layer.path + "/vars";
    writer.group(vars);
    writer.text(vars, "name", layer.name);
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
      const std::shared_ptr<Variable>& weight = layer.weights[i];
      writer.array(str(vars, "/", i), weight->shape(), formats::Element::kFloat32,
                   [weight](formats::Sink& sink) {
                     const Tensor value = weight->value();
                     sink.write(bytes_of(value));
                   });
    }
  }
  if (optimizer_state.empty()) return writer;
  writer.group("optimizer/vars");
  for (std::size_t i = 0; i < optimizer_state.size(); ++i) {
    const Tensor& state = optimizer_state[i];
    writer.array(str("optimizer/vars/", i), state.shape(), formats::element_of(state.dtype()),
                 [state](formats::Sink& sink) { sink.write(bytes_of(state)); });
  }
  return writer;
}

}  // namespace keratin::saving
