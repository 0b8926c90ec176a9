// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/weights_writer.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layers.h"
#include "keratin/table/row_storage.h"

namespace keratin::saving {

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(),
                     [&](auto zero) { return std::as_bytes(tensor.data<decltype(zero)>()); });
}

void write_numbers(formats::Sink& sink, const Variable& weight) {
  const auto* const rows = dynamic_cast<const table::RowStorage*>(weight.storage().get());
  const bool lie_together =
      rows == nullptr || (!rows->on_demand() && rows->precision() == Precision::kFloat32);
  if (lie_together) return sink.write(bytes_of(weight.value()));
  constexpr std::int64_t kTogether = std::int64_t{1} << 20;  // numbers
  const std::int64_t step =
      std::max<std::int64_t>(kTogether / std::max<std::int64_t>(rows->width(), 1), 1);
  std::vector<std::int64_t> ids;
  for (std::int64_t begin = 0; begin < rows->shape()[0]; begin += step) {
    ids.resize(static_cast<std::size_t>(std::min(step, rows->shape()[0] - begin)));
    std::iota(ids.begin(), ids.end(), begin);
    sink.write(bytes_of(weight.rows(ids)));
  }
}

void add_weight(formats::hdf5::Writer& writer, const std::string& path,
                std::shared_ptr<Variable> weight) {
  const Shape shape = weight->shape();
  const formats::Element element = formats::element_of(weight->dtype());
  writer.array(path, shape, element,
               [weight = std::move(weight)](formats::Sink& sink) { write_numbers(sink, *weight); });
}

void add_tensor(formats::hdf5::Writer& writer, const std::string& path, Tensor tensor) {
  const Shape shape = tensor.shape();
  const formats::Element element = formats::element_of(tensor.dtype());
  writer.array(path, shape, element,
               [tensor = std::move(tensor)](formats::Sink& sink) { sink.write(bytes_of(tensor)); });
}

namespace {

/// Keras asks for them, though the config has them too. Those of a TextVectorization belong to a
/// lookup in it.
void add_vocabulary_weights(formats::hdf5::Writer& writer, const WeightsOfLayer& layer) {
  const auto add = [&](const auto* lookup, const std::string& vars) {
    if (lookup == nullptr || lookup->lookup().idf_weights().empty()) return;
    add_tensor(writer, vars + "/idf_weights", Tensor::from(lookup->lookup().idf_weights()));
  };
  add(dynamic_cast<const layers::IntegerLookup*>(layer.layer), layer.vars());
  add(dynamic_cast<const layers::StringLookup*>(layer.layer), layer.vars());
  const auto* const texts = dynamic_cast<const layers::TextVectorization*>(layer.layer);
  add(texts, layer.vars());
  add(texts, layer.path + "/_lookup_layer/vars");
}

}  // namespace

formats::hdf5::Writer weights_writer(const WeightPaths& paths,
                                     std::vector<Tensor> optimizer_state) {
  formats::hdf5::Writer writer;
  for (const WeightsOfLayer& layer : paths.layers) {
    writer.group(layer.vars());
    writer.text(layer.vars(), "name", layer.name);
    for (std::size_t i = 0; i < layer.weights.size(); ++i)
      add_weight(writer, layer.place(i), layer.weights[i]);
    add_vocabulary_weights(writer, layer);
  }
  if (optimizer_state.empty()) return writer;
  writer.group("optimizer/vars");
  for (std::size_t i = 0; i < optimizer_state.size(); ++i)
    add_tensor(writer, str("optimizer/vars/", i), std::move(optimizer_state[i]));
  return writer;
}

}  // namespace keratin::saving
