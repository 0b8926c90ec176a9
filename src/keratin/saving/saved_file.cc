// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/saved_file.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/json.h"
#include "keratin/formats/kind.h"
#include "keratin/formats/npy.h"
#include "keratin/formats/safetensors.h"
#include "keratin/formats/zip.h"
#include "keratin/models/model.h"
#include "keratin/saving/shards.h"
#include "keratin/saving/vars_groups.h"

namespace keratin::saving {

using formats::Bytes;
using formats::hdf5::Object;

namespace {

constexpr std::string_view kOptimizerVars = "optimizer/vars/";

/// Runs `read`; what it says of a config is said of the file.
template <class Read>
decltype(auto) of_file(const SavedFile& file, std::string_view member, Read&& read) {
  try {
    return std::forward<Read>(read)();
  } catch (const FormatError&) {
    throw;
  } catch (const std::logic_error& error) {
    file.refuse(member, error.what());
  } catch (const std::runtime_error& error) {
    file.refuse(member, error.what());
  }
}

}  // namespace

void SavedFile::refuse(std::string_view member, std::string_view what) const {
  throw FormatError("Keras", {bytes_.file(), std::string(member), 0}, "the architecture of a model",
                    std::string(what));
}

SavedFile SavedFile::open(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return open(Bytes::open(path), folder.empty() ? "." : folder);
}

SavedFile SavedFile::open(const Bytes& bytes, const std::string& folder) {
  SavedFile file;
  file.bytes_ = bytes;
  switch (const formats::FileKind kind = formats::kind_of(bytes)) {
    case formats::FileKind::kHdf5:
      file.open_hdf5(bytes);
      break;
    case formats::FileKind::kZip:
      file.open_archive(bytes);
      break;
    case formats::FileKind::kJson:
      if (!is_shard_index(bytes)) {
        file.read_config(bytes, "");
      } else if (folder.empty()) {
        bytes.fail("Keras", 0, "a file", "the index of shards, which lie beside it: give its path");
      } else {
        file.named_ = read_shards(bytes, folder);
      }
      break;
    case formats::FileKind::kSafetensors:
      file.named_ = formats::Safetensors::open(bytes).arrays();
      break;
    default:
      bytes.fail("Keras", 0,
                 "a .keras archive, HDF5, safetensors, npz or the JSON of an architecture",
                 std::string(formats::to_string(kind)));
  }
  return file;
}

void SavedFile::read_config(const Bytes& text, std::string_view member) {
  architecture_ = of_file(*this, member, [&] {
    return architecture_from_json(text.text(), keras_version_, std::make_shared<const Bytes>(text),
                                  bytes_.size());
  });
  if (keras_version_.empty()) keras_version_ = architecture_->keras_version;
  const Config* const compiled = architecture_->config.find("compile_config");
  if (compiled == nullptr) return;
  compile_config_ = of_file(*this, member, [&] {
    return at_place("compile_config", [&] { return compile_config_in_keras3_form(*compiled); });
  });
}

void SavedFile::open_archive(const Bytes& bytes) {
  const auto archive = formats::ZipArchive::open(bytes);
  if (!archive.members().empty() && std::ranges::all_of(archive.members(), [](const auto& e) {
        return e.name.ends_with(".npy");
      })) {
    named_ = formats::read_npz(bytes);
    return;
  }
  if (const auto* metadata = archive.find("metadata.json")) {
    const Config config = of_file(*this, "metadata.json", [&] {
      return formats::parse_json(archive.read(*metadata).text(), kMostConfigValues);
    });
    const Config* const version = config.find("keras_version");
    if (version != nullptr && version->is_string()) keras_version_ = version->as_string();
  }
  const auto* const config = archive.find("config.json");
  if (config == nullptr) bytes.fail("Keras", 0, "a member 'config.json' of the archive", "none");
  read_config(archive.read(*config), "config.json");
  const auto* const weights = archive.find("model.weights.h5");
  if (weights == nullptr) {
    bytes.fail("Keras", 0, "a member 'model.weights.h5' of the archive",
               archive.find("model.weights.npz") == nullptr
                   ? "none"
                   : "'model.weights.npz', pickled objects "
                     "of NumPy, which are never opened: "
                     "Keras can save the model anew");
  }
  root_ = formats::hdf5::open(archive.read(*weights));
  vocabularies_.read(archive);
}

void SavedFile::open_hdf5(const Bytes& bytes) {
  root_ = formats::hdf5::open(bytes);
  if (const auto version = root_->text("keras_version")) keras_version_ = *version;
  auto found = root_->text("model_config");
  if (!found) return;
  const auto config = std::make_shared<const std::string>(std::move(*found));
  architecture_ = of_file(*this, "model_config", [&] {
    return architecture_from_json(*config, keras_version_, config, bytes.size());
  });
  if (keras_version_.empty()) keras_version_ = architecture_->keras_version;
  const auto training = root_->text("training_config");
  if (!training) return;
  compile_config_ = of_file(*this, "training_config", [&] {
    return compile_config_in_keras3_form(formats::parse_json(*training, kMostConfigValues),
                                         output_layers_of(architecture_->config));
  });
}

Object SavedFile::old_weights() const { return root_->find("model_weights").value_or(*root_); }

bool SavedFile::is_of_old_kind() const { return is_legacy(old_weights()); }

ReadWeights SavedFile::read(const WeightPaths& paths, const ReadOptions& options) const {
  if (named_) return read_named_weights(bytes_, *named_, paths, options);
  if (!root_) bytes_.fail("Keras", 0, "weights", "the text of an architecture");
  if (is_of_old_kind()) return read_legacy_weights(old_weights(), paths, options);
  if (options.by_name) {
    root_->fail("a file of Keras 1's or 2's kind, which has weights by name",
                "one of Keras 3's kind");
  }
  return read_weights(*root_, paths, options);
}

std::vector<Tensor> SavedFile::optimizer_arrays() const {
  std::vector<Tensor> tensors;
  if (named_) {
    std::map<std::string_view, const formats::Array*> places;
    for (const auto& [name, array] : *named_) {
      if (name.starts_with(kOptimizerVars)) places.emplace(name, &array);
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto found = places.find(str(kOptimizerVars, i));
      if (found == places.end())
        bytes_.fail("Keras", 0, str("an array '", kOptimizerVars, i, "'"), "none");
      tensors.push_back(tensor_of(*found->second));
    }
  }
  if (!root_) return tensors;
  if (!is_of_old_kind()) {
    const VarsGroups groups(*root_);
    const Object* const vars = groups.find("optimizer");
    if (vars == nullptr) return tensors;
    for (const Object& array : groups.arrays(*vars)) tensors.push_back(tensor_of(array.array()));
    return tensors;
  }
  const auto group = root_->find("optimizer_weights");
  if (!group || !group->is_group()) return tensors;
  const auto arrays = listed_arrays(*group);
  if (!arrays) return tensors;
  for (const Object& array : *arrays) tensors.push_back(tensor_of(array.array()));
  return tensors;
}

std::optional<std::vector<Tensor>> SavedFile::optimizer_state(const OptimizerState& now,
                                                              const Warn& warn) const {
  return state_for(now, optimizer_arrays(), form_of_state(), warn);
}

StateForm SavedFile::form_of_state() const {
  const auto group = root_ ? root_->find("optimizer_weights") : std::nullopt;
  const auto names = group ? group->texts("weight_names") : std::nullopt;
  const bool has_names = names && !names->empty();
  return state_form(keras_version_, has_names ? std::string_view((*names)[0]) : "");
}

namespace {

/// An optimizer that is built to see what its state would be, and is as it was unless it is kept.
class BuiltToSee {
 public:
  explicit BuiltToSee(models::Model& model) : model_(model), was_built_(model.optimizer().built()) {
    model.optimizer().build(model.trainable_variables());
  }
  ~BuiltToSee() {
    if (!was_built_) model_.optimizer().unbuild();
  }
  BuiltToSee(const BuiltToSee&) = delete;
  BuiltToSee& operator=(const BuiltToSee&) = delete;
  void set(std::vector<Tensor> state) {
    set_state(model_, std::move(state));
    was_built_ = true;
  }

 private:
  models::Model& model_;
  bool was_built_;
};

}  // namespace

void SavedFile::load_into(models::Model& model, const WeightPaths& paths,
                          const ReadOptions& options, bool with_optimizer) const {
  const ReadWeights weights = read(paths, options);
  vocabularies_.give_to(paths, root_);
  std::vector<Tensor> saved;
  if (with_optimizer && model.compiled()) saved = optimizer_arrays();
  if (saved.empty() || is_as_made(model.optimizer(), saved)) return weights.assign();
  draw_rows(model);  // the state is then of all rows, as the file's is
  BuiltToSee optimizer(model);
  auto state = state_for(state_of(model.optimizer(), weights), std::move(saved), form_of_state(),
                         options.warn);
  weights.assign();
  if (state) optimizer.set(std::move(*state));
}

}  // namespace keratin::saving
