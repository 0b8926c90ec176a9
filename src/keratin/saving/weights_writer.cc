// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/weights_writer.h"

#include <utility>

#include "keratin/base/error.h"

namespace keratin::saving {

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(),
                     [&](auto zero) { return std::as_bytes(tensor.data<decltype(zero)>()); });
}

void add_weight(formats::hdf5::Writer& writer, const std::string& path,
                std::shared_ptr<Variable> weight) {
  const Shape shape = weight->shape();
  writer.array(path, shape, formats::Element::kFloat32,
               [weight = std::move(weight)](formats::Sink& sink) {
                 const Tensor value = weight->value();
                 sink.write(bytes_of(value));
               });
}

void add_tensor(formats::hdf5::Writer& writer, const std::string& path, Tensor tensor) {
  const Shape shape = tensor.shape();
  const formats::Element element = formats::element_of(tensor.dtype());
  writer.array(path, shape, element,
               [tensor = std::move(tensor)](formats::Sink& sink) { sink.write(bytes_of(tensor)); });
}

formats::hdf5::Writer weights_writer(const WeightPaths& paths,
                                     std::vector<Tensor> optimizer_state) {
  formats::hdf5::Writer writer;
  for (const WeightsOfLayer& layer : paths.layers) {
    writer.group(layer.vars());
    writer.text(layer.vars(), "name", layer.name);
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
      add_weight(writer, layer.place(i), layer.weights[i]);
  }
  if (optimizer_state.empty()) return writer;
  writer.group("optimizer/vars");
  for (std::size_t i = 0; i < optimizer_state.size(); ++i)
    add_tensor(writer, str("optimizer/vars/", i), std::move(optimizer_state[i]));
  return writer;
}

}  // namespace keratin::saving
