// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/weights_writer.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
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
  for (std::int64_t begin = 0; begin < rows->rows(); begin += step) {
    ids.resize(static_cast<std::size_t>(std::min(step, rows->rows() - begin)));
    std::iota(ids.begin(), ids.end(), begin);
    sink.write(bytes_of(weight.rows(ids)));
  }
}

void add_weight(formats::hdf5::Writer& writer, const std::string& path,
                std::shared_ptr<Variable> weight) {
  const Shape shape = weight->shape();
  writer.array(path, shape, formats::Element::kFloat32,
               [weight = std::move(weight)](formats::Sink& sink) { write_numbers(sink, *weight); });
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
