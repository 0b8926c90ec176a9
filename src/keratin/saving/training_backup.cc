// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/training_backup.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <unordered_set>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/saving/optimizer_state.h"
#include "keratin/saving/saved_file.h"
#include "keratin/saving/weights_writer.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {
namespace {

using formats::hdf5::Object;
using trainers::RunState;

constexpr std::string_view kGroup = "keratin_run";
constexpr std::string_view kChance = "chance";

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(),
                     [&](auto zero) { return std::as_bytes(tensor.data<decltype(zero)>()); });
}

/// The layers that draw by chance, in the order of the model, each once.
void find_drawing(const layers::Layer& layer, std::unordered_set<const layers::Layer*>& seen,
                  std::vector<layers::Layer*>& found) {
  for (const auto& part : layer.parts()) {
    if (!seen.insert(part.get()).second) continue;
    if (!part->chance().empty()) found.push_back(part.get());
    find_drawing(*part, seen, found);
  }
}

std::vector<layers::Layer*> drawing_layers(const models::Model& model) {
  std::unordered_set<const layers::Layer*> seen;
  std::vector<layers::Layer*> found;
  find_drawing(model, seen, found);
  return found;
}

std::vector<std::int64_t> integers(const Tensor& tensor) {
  const Tensor numbers = cast(tensor, DType::kInt64);
  const auto values = numbers.data<std::int64_t>();
  return {values.begin(), values.end()};
}

/// Calls `visit(weight, rows)` for the tables whose rows are drawn on demand.
template <class Visit>
void each_table_on_demand(const models::Model& model, Visit&& visit) {
  for (const auto& weight : model.weights()) {
    const auto* const rows =
        dynamic_cast<const keratin::table::RowStorage*>(weight->storage().get());
    if (rows != nullptr && rows->on_demand()) visit(*weight, *rows);
  }
}

/// Draws the rows that are drawn on demand, all of them: the optimizer has state for rows in use
/// alone, in the order in which they came into use. Throws OutOfMemory.
void draw_rows(const models::Model& model) {
  each_table_on_demand(model, [](Variable& weight, const keratin::table::RowStorage& rows) {
    if (rows.rows_in_use() < weight.shape()[0]) weight.assign(weight.value());
  });
}

/// The rows of an array in another order: row i of the result is row from[i], or where `back`, row
/// from[i] of the result is row i.
Tensor reordered(const Tensor& tensor, const std::vector<std::int64_t>& from, bool back) {
  const Tensor read = tensor;
  Tensor result = copy_of(tensor);
  const auto width = static_cast<std::size_t>(tensor.shape().size()) / from.size();
  const auto in = read.data<float>();
  const auto out = result.data<float>();
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto other = static_cast<std::size_t>(from[i]);
    const std::size_t source = (back ? i : other) * width;
    std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(source), width,
                out.begin() + static_cast<std::ptrdiff_t>((back ? other : i) * width));
  }
  return result;
}

/// The optimizer's state with the rows of drawn tables in the order of their ids (`by_id`), as they
/// stand in the file, or from that back in the order in which this model has them.
std::vector<Tensor> in_order(const models::Model& model, std::vector<Tensor> state, bool by_id) {
  if (state.empty()) return state;
  const std::vector<std::string> names = model.optimizer().weight_names();
  each_table_on_demand(model, [&](const Variable& weight, const keratin::table::RowStorage& rows) {
    std::string prefix = weight.path() + "_";
    std::ranges::replace(prefix, '/', '_');
    const std::vector<std::int64_t> ids = rows.used().ids;
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (names[i].starts_with(prefix) && state[i].shape() == weight.shape())
        state[i] = reordered(state[i], ids, by_id);
    }
  });
  return state;
}

std::optional<DType> dtype_of(formats::Element element) {
  for (const DType dtype : {DType::kInt64, DType::kFloat64, DType::kFloat32, DType::kUint32}) {
    if (formats::element_of(dtype) == element) return dtype;
  }
  return std::nullopt;
}

void read_group(const Object& group, const std::string& prefix, RunState& run) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const Object child = group.child(i);
    const std::string name = prefix + std::string(child.name());
    if (child.is_group()) {
      read_group(child, name + "/", run);
      continue;
    }
    const formats::Array array = child.array();
    const std::optional<DType> dtype = dtype_of(array.element);
    if (!dtype) child.fail("an array of a run's state", str(formats::to_string(array.element)));
    Tensor tensor = uninitialized(array.shape, *dtype);
    visit_dtype(*dtype, [&](auto zero) {
      formats::read_elements(array, *dtype, tensor.data<decltype(zero)>().data());
    });
    run.set(name, std::move(tensor));
  }
}

}  // namespace

void write_backup(const std::string& path, const models::Model& model, const WeightPaths& paths,
                  const RunState& run, bool with_optimizer) {
  draw_rows(model);
  formats::hdf5::Writer file = weights_writer(
      paths, with_optimizer ? in_order(model, state_of(model), true) : std::vector<Tensor>());
  RunState all = run;
  const std::vector<layers::Layer*> drawing = drawing_layers(model);
  for (const layers::Layer* layer : drawing) {  // reading weights may use up draws
    for (const auto& weight : layer->weights()) weight->value();
  }
  for (std::size_t i = 0; i < drawing.size(); ++i)
    all.set(str(kChance, "/", i), Tensor::from(drawing[i]->chance()));
  file.group(kGroup);
  for (const auto& [name, tensor] : all) {
    file.array(str(kGroup, "/", name), tensor.shape(), formats::element_of(tensor.dtype()),
               [tensor = tensor](formats::Sink& sink) { sink.write(bytes_of(tensor)); });
  }
  formats::FileWriter out(path);
  file.write(out);
  out.commit();
}

RunState read_backup(const std::string& path, models::Model& model, const WeightPaths& paths,
                     bool with_optimizer) {
  const formats::Bytes bytes = formats::Bytes::open(path);
  const SavedFile file = SavedFile::open(bytes);
  const Object root = formats::hdf5::open(bytes);
  RunState run;
  if (const std::optional<Object> group = root.find(kGroup)) read_group(*group, "", run);
  const std::vector<layers::Layer*> drawing = drawing_layers(model);
  const RunState chance = run.part(kChance);
  std::vector<std::vector<std::int64_t>> chances;
  for (std::size_t i = 0; !run.empty() && i < drawing.size(); ++i) {
    const Tensor* const saved = chance.find(str(i));
    const std::size_t count = drawing[i]->chance().size();
    if (saved == nullptr || saved->shape().size() != static_cast<std::int64_t>(count)) {
      root.fail(str("where layer '", drawing[i]->name(), "' draws from, ", count, " numbers"),
                "another model");
    }
    chances.push_back(integers(*saved));
  }
  draw_rows(model);
  ReadOptions options;
  options.warn = [&](std::string_view text) { root.fail("the state of the run", str(text)); };
  file.load_into(model, paths, options, with_optimizer);
  bool any_on_demand = false;
  each_table_on_demand(model, [&](const Variable&, const auto&) { any_on_demand = true; });
  const bool has_state = with_optimizer && model.compiled() && model.optimizer().built();
  if (any_on_demand && has_state)
    model.optimizer().set_weights(in_order(model, state_of(model), false));
  for (std::size_t i = 0; i < chances.size(); ++i) drawing[i]->set_chance(chances[i]);
  return run;
}

}  // namespace keratin::saving
