// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/training_backup.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/models/layers_within.h"
#include "keratin/saving/optimizer_state.h"
#include "keratin/saving/saved_file.h"
#include "keratin/saving/weights_writer.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {
namespace {

using formats::hdf5::Object;
using trainers::RunState;

constexpr std::string_view kGroup = "keratin_run";
constexpr std::string_view kChance = "chance";

/// The layers that draw by chance, in the order of the model, each once.
std::vector<layers::Layer*> drawing_layers(const models::Model& model) {
  std::vector<layers::Layer*> all = models::layers_within(model);
  std::erase_if(all, [](const layers::Layer* layer) { return layer->chance().empty(); });
  return all;
}

std::vector<std::int64_t> integers(const Tensor& tensor) {
  const Tensor numbers = cast(tensor, DType::kInt64);
  const auto values = numbers.data<std::int64_t>();
  return {values.begin(), values.end()};
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
  formats::hdf5::Writer file =
      weights_writer(paths, with_optimizer ? state_of(model) : std::vector<Tensor>());
  RunState all = run;
  const std::vector<layers::Layer*> drawing = drawing_layers(model);
  for (const layers::Layer* layer : drawing) {  // reading weights may use up draws
    for (const auto& weight : layer->weights()) weight->value();
  }
  for (std::size_t i = 0; i < drawing.size(); ++i)
    all.set(str(kChance, "/", i), Tensor::from(drawing[i]->chance()));
  file.group(kGroup);
  for (const auto& [name, tensor] : all) add_tensor(file, str(kGroup, "/", name), tensor);
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
  ReadOptions options;
  options.warn = [&](std::string_view text) { root.fail("the state of the run", str(text)); };
  file.load_into(model, paths, options, with_optimizer);
  for (std::size_t i = 0; i < chances.size(); ++i) drawing[i]->set_chance(chances[i]);
  return run;
}

}  // namespace keratin::saving
