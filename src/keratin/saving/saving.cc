// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/saving.h"

#include <optional>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/models/models.h"
#include "keratin/saving/archive.h"
#include "keratin/saving/compiling.h"
#include "keratin/saving/optimizer_state.h"
#include "keratin/saving/saved_file.h"
#include "keratin/saving/shards.h"

namespace keratin::saving {
namespace {

using models::Model;

std::shared_ptr<Model> model_of(const Architecture& found, const LoadOptions& options) {
  models::LoadOptions of_layers{.mask_policy = options.mask_policy.value_or(found.mask_policy)};
  for (const auto& [name, maker] : options.custom_objects) {
    if (const auto* const layer = std::get_if<models::LayerMaker>(&maker))
      of_layers.custom_objects.emplace(name, *layer);
  }
  return models::deserialize(found.config, of_layers);
}

Warn warn_or_not(const std::function<void(std::string_view)>& warn) {
  return warn ? warn : [](std::string_view) {};
}

std::shared_ptr<Model> loaded(const SavedFile& file, const LoadOptions& options) {
  if (!file.architecture()) {
    file.refuse("", "weights alone: make the model, and give the file to load_weights");
  }
  std::optional<layers::Undrawn> undrawn;
  if (file.has_weights()) undrawn.emplace();
  std::shared_ptr<Model> model = model_of(*file.architecture(), options);
  const Config* const build = file.architecture()->config.find("build_config");
  const Config* const shape = build == nullptr ? nullptr : build->find("input_shape");
  if (!model->built() && shape != nullptr && !shape->is_null()) {
    if (auto* const row = dynamic_cast<models::Sequential*>(model.get())) {
      Shape given;
      at_place("build_config",
               [&] { at_place("input_shape", [&] { from_config(*shape, given); }); });
      row->build(given);
    }
  }
  if (options.compile && !file.compile_config().is_null()) {
    at_place("compile_config", [&] {
      model->compile(compile_options_from(file.compile_config(), options.custom_objects));
    });
  }
  if (file.has_weights())
    file.load_into(*model, weight_paths(*model),
                   {.mmap = options.mmap, .warn = warn_or_not(options.warn)});
  return model;
}

}  // namespace

std::shared_ptr<Model> model_from_json(std::string_view json, const LoadOptions& options) {
  return model_of(architecture_from_json(json), options);
}

std::shared_ptr<Model> load_model(const std::string& path, const LoadOptions& options) {
  return loaded(SavedFile::open(path), options);
}

std::shared_ptr<Model> load_model(std::span<const std::byte> bytes, const LoadOptions& options) {
  return loaded(SavedFile::open(formats::Bytes::view(bytes, "bytes")), options);
}

void load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options) {
  SavedFile::open(path).load_into(
      model, weight_paths(model),
      {options.skip_mismatch, options.by_name, options.mmap, warn_or_not(options.warn)});
}

namespace {

void require_built(const Model& model, std::string_view method) {
  if (!model.built())
    invalid_argument(method, "model '", model.name(), "' is not built: it has no weights yet.");
}

}  // namespace

void save_model(const Model& model, const std::string& path, const SaveOptions& options) {
  require_built(model, "save_model");
  Config config = model.architecture();
  if (const auto* const row = dynamic_cast<const models::Sequential*>(&model))
    config["build_config"]["input_shape"] = to_config(row->input_shape());
  Config compiled;
  std::vector<Tensor> state;
  if (options.include_optimizer && model.compiled()) {
    compiled = model.get_compile_config();
    state = state_of(model);
  }
  if (path.ends_with(".h5") || path.ends_with(".hdf5")) {
    if (!options.assets.empty())
      invalid_argument("save_model", "HDF5 has no place for assets: save the model as .keras.");
    const auto names =
        state.empty() ? std::vector<std::string>() : model.optimizer().weight_names();
    write_legacy(path, options.overwrite, config, compiled, weight_paths(model),
                 {names, std::move(state)});
    return;
  }
  if (!compiled.is_null()) config["compile_config"] = std::move(compiled);
  write_archive(path, options.overwrite, config, weight_paths(model), std::move(state),
                options.assets);
}

void save_weights(const Model& model, const std::string& path, const SaveOptions& options) {
  require_built(model, "save_weights");
  if (!options.max_shard_size && path.ends_with(".json")) {
    invalid_argument("save_weights",
                     "a path that ends in `.json` is the index of shards: give max_shard_size.");
  }
  if (path.ends_with(".safetensors") || path.ends_with(".npz"))
    return write_named_weights(path, options.overwrite, weight_paths(model));
  auto state = options.include_optimizer ? state_of(model) : std::vector<Tensor>();
  if (options.max_shard_size) {
    write_shards(path, options.overwrite, weight_paths(model), std::move(state),
                 *options.max_shard_size);
  } else {
    write_weights(path, options.overwrite, weight_paths(model), std::move(state));
  }
}

}  // namespace keratin::saving
