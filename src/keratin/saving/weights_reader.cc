// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/weights_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <unordered_set>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/layers/preprocessing/discretization.h"
#include "keratin/parallel/parallel.h"
#include "keratin/saving/cudnn.h"
#include "keratin/saving/vars_groups.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {

using formats::hdf5::Object;

namespace {

bool is_whole(formats::Element element) {
  return element != formats::Element::kFloat16 && element != formats::Element::kBfloat16 &&
         element != formats::Element::kFloat32 && element != formats::Element::kFloat64;
}

/// The layer, if it would take what tf.keras learned for it.
layers::Discretization* yet_to_learn(layers::Layer* layer) {
  auto* const found = dynamic_cast<layers::Discretization*>(layer);
  return found != nullptr && found->has_yet_to_learn() ? found : nullptr;
}

/// Puts what a layer's arrays hold beside its weights, if they fit.
void add_layer(const std::string& name, const std::vector<std::shared_ptr<Variable>>& weights,
               layers::Layer* layer, const std::vector<Object>& arrays, const Object& group,
               ReadWeights& found) {
  if (auto* const learns = yet_to_learn(layer); learns != nullptr && arrays.size() == 1)
    return found.add(learns, tensor_of(arrays[0].array()));
  if (arrays.size() != weights.size()) {
    group.fail(str("the ", weights.size(), weights.size() == 1 ? " weight" : " weights",
                   " of layer '", name, "'"),
               str(arrays.size()));
  }
  const std::span all(weights);
  const std::span theirs(arrays);
  std::vector<Tensor> converted(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (converted[i]) continue;
    std::vector<Tensor> values = from_cudnn(all.subspan(i), theirs.subspan(i));
    std::move(values.begin(), values.end(), converted.begin() + static_cast<std::ptrdiff_t>(i));
    if (!converted[i] && !weights[i]->takes(arrays[i].shape())) {
      arrays[i].fail(
          str("weight '", weights[i]->name(), "' of layer '", name, "', ", weights[i]->shape()),
          to_string(arrays[i].shape()));
    }
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    converted[i] ? found.add(weights[i], std::move(converted[i]))
                 : found.add(weights[i], arrays[i].array());
  }
}

/// Two layers of one class that changed places have the same shapes: the names tell.
void warn_of_changed_places(const VarsGroups& groups, const WeightPaths& paths, const Warn& warn) {
  std::map<std::string_view, const WeightsOfLayer*> by_name;
  for (const WeightsOfLayer& layer : paths.layers) by_name.emplace(layer.name, &layer);
  for (const WeightsOfLayer& layer : paths.layers) {
    const Object* const vars = groups.find(layer.path);
    const auto name = vars == nullptr ? std::nullopt : vars->text("name");
    if (!name || *name == layer.name || layer.weights.empty()) continue;
    const auto other = by_name.find(*name);
    if (other != by_name.end() && other->second->weights.size() == layer.weights.size()) {
      warn(str("layer '", layer.name, "' gets the weights that the file has for '", *name,
               "': they are at ", layer.path, ", where Keras looks too."));
    }
  }
}

}  // namespace

Tensor numbers_of(const formats::Array& array, DType dtype) {
  Tensor tensor = uninitialized(array.shape, dtype);
  visit_dtype(dtype,
              [&](auto zero) { formats::read_elements(array, tensor.data<decltype(zero)>()); });
  return tensor;
}

Tensor tensor_of(const formats::Array& array) {
  return numbers_of(array, is_whole(array.element) ? DType::kInt64 : DType::kFloat32);
}

namespace {

/// The array as it lies in the file, to be read once; null where it is no array of float32 there.
Tensor as_it_lies(const formats::Array& array) {
  const auto at = reinterpret_cast<std::uintptr_t>(array.bytes.data());
  if (array.element != formats::Element::kFloat32 || at % alignof(float) != 0) return {};
  return Tensor::view(std::span<const float>(reinterpret_cast<const float*>(array.bytes.data()),
                                             static_cast<std::size_t>(array.shape.size())),
                      array.shape, std::make_shared<formats::Bytes>(array.bytes));
}

/// The array where it lies in a mapped file, for a table; null where it cannot stay there.
Tensor mapped(const Variable& weight, const formats::Array& array) {
  constexpr std::uint64_t kSmall = std::uint64_t{1} << 20;  // is copied as fast as it is mapped
  const formats::Bytes& bytes = array.bytes;
  if (!weight.storage() || weight.dtype() != DType::kFloat32 ||
      array.element != formats::Element::kFloat32 || !bytes.is_mapped() || bytes.size() < kSmall ||
      bytes.file_offset() % sizeof(float) != 0)
    return {};
  const std::shared_ptr<std::byte> pages = bytes.writable();
  return Tensor::view(std::span<float>(reinterpret_cast<float*>(pages.get()),
                                       static_cast<std::size_t>(array.shape.size())),
                      array.shape, pages);
}

}  // namespace

void ReadWeights::add(std::shared_ptr<Variable> weight, const formats::Array& array) {
  Tensor value = mmap_ ? mapped(*weight, array) : Tensor();
  if (!value && !weight->storage()) value = as_it_lies(array);
  if (!value) value = numbers_of(array, weight->dtype());
  entries_.push_back({std::move(weight), std::move(value)});
}

void ReadWeights::add(std::shared_ptr<Variable> weight, Tensor value) {
  entries_.push_back({std::move(weight), std::move(value)});
}

void ReadWeights::add(layers::Discretization* layer, Tensor summary) {
  layers::Discretization({.num_bins = 2}).learn_from_summary(summary);  // throws where it cannot
  summaries_.emplace_back(layer, std::move(summary));
}

void ReadWeights::add(ReadWeights&& others) {
  std::ranges::move(others.summaries_, std::back_inserter(summaries_));
  std::move(others.entries_.begin(), others.entries_.end(), std::back_inserter(entries_));
}

std::unordered_map<std::string_view, Shape> ReadWeights::other_shapes() const {
  std::unordered_map<std::string_view, Shape> others;
  for (const auto& [weight, value] : entries_) {
    if (value.shape() != weight->shape()) others.emplace(weight->path(), value.shape());
  }
  return others;
}

void ReadWeights::assign() const {
  for (const Entry& entry : entries_) {
    if (entry.weight->storage()) entry.weight->storage()->prepare_take_over(entry.value);
  }
  for (const auto& [layer, summary] : summaries_) layer->learn_from_summary(summary);
  const parallel::Uninterrupted whole;
  for (const Entry& entry : entries_) entry.weight->take_over(entry.value);
}

bool is_legacy(const Object& group) {
  return group.attribute("layer_names") != nullptr || group.attribute("layer_names0") != nullptr;
}

ReadWeights read_weights(const Object& root, const WeightPaths& paths, const ReadOptions& options) {
  const VarsGroups groups(root);
  ReadWeights found(options);
  for (const WeightsOfLayer& layer : paths.layers) {
    const Object* const vars = groups.find(layer.path);
    if (vars == nullptr && layer.weights.empty()) continue;
    add_or_skip(layer.name, options, found, [&](ReadWeights& into) {
      if (vars == nullptr) {
        root.fail(str("the weights of layer '", layer.name, "' at ", layer.path, "/vars"),
                  "no such group");
      }
      add_layer(layer.name, layer.weights, layer.layer, groups.arrays(*vars), *vars, into);
    });
  }
  std::unordered_set<std::string> known{"optimizer"};
  for (const WeightsOfLayer& layer : paths.layers) {
    known.insert(layer.path);
    known.insert(VarsGroups::in_tf_keras(layer.path));
  }
  for (const std::string& path : groups.paths_with_arrays()) {
    // The state of an optimizer within one stands in that one's, too.
    if (!known.contains(path) && !path.starts_with("metrics") && !path.starts_with("optimizer/"))
      options.warn(str("the file has weights that the model has no layer for: ", path, "."));
  }
  warn_of_changed_places(groups, paths, options.warn);
  return found;
}

std::optional<std::vector<Object>> listed_arrays(const Object& group) {
  const auto names = group.texts("weight_names");
  if (!names) return std::nullopt;
  std::vector<Object> arrays;
  for (const std::string_view name : *names) {
    const auto array = group.find(name);
    if (!array || !array->is_dataset()) group.fail(str("an array '", name, "'"), "none");
    arrays.push_back(*array);
  }
  return arrays;
}

namespace {

std::vector<Object> arrays_of(const Object& layer) {
  auto arrays = listed_arrays(layer);
  if (!arrays) layer.fail("an attribute 'weight_names'", "none");
  return *std::move(arrays);
}

struct LegacyLayer {
  std::string name;
  Object group;
  std::vector<Object> arrays;
};

std::vector<LegacyLayer> legacy_layers(const Object& group) {
  std::vector<LegacyLayer> layers;
  const auto names = group.texts("layer_names");
  if (!names) group.fail("an attribute 'layer_names'", "none");
  for (const std::string_view name : *names) {
    const auto layer = group.find(name);
    if (!layer || !layer->is_group()) group.fail(str("a group for layer '", name, "'"), "none");
    layers.push_back({std::string(name), *layer, arrays_of(*layer)});
  }
  return layers;
}

void read_in_order(const Object& group, const std::vector<LegacyLayer>& saved,
                   const WeightPaths& paths, const ReadOptions& options, ReadWeights& found) {
  std::vector<const LegacyLayer*> theirs;
  for (const LegacyLayer& layer : saved) {
    if (!layer.arrays.empty()) theirs.push_back(&layer);
  }
  const auto have = std::ranges::count_if(
      paths.listed, [](const ListedLayer& layer) { return !layer.weights.empty(); });
  const bool with_summaries = theirs.size() != static_cast<std::size_t>(have);
  std::vector<const ListedLayer*> ours;
  for (const ListedLayer& layer : paths.listed) {
    const bool learned = with_summaries && yet_to_learn(layer.layer) != nullptr;
    if (!layer.weights.empty() || learned) ours.push_back(&layer);
  }
  if (theirs.size() != ours.size()) {
    group.fail(str("the weights of ", ours.size(), ours.size() == 1 ? " layer" : " layers"),
               str(theirs.size()));
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    add_or_skip(ours[i]->name, options, found, [&](ReadWeights& into) {
      add_layer(ours[i]->name, ours[i]->weights, ours[i]->layer, theirs[i]->arrays,
                theirs[i]->group, into);
    });
  }
}

}  // namespace

ReadWeights read_legacy_weights(const Object& group, const WeightPaths& paths,
                                const ReadOptions& options) {
  const std::vector<LegacyLayer> saved = legacy_layers(group);
  ReadWeights found(options);
  if (options.by_name) {
    for (const ListedLayer& layer : paths.listed) {
      for (const LegacyLayer& other : saved) {
        if (other.name != layer.name) continue;
        add_or_skip(layer.name, options, found, [&](ReadWeights& into) {
          add_layer(layer.name, layer.weights, layer.layer, other.arrays, other.group, into);
        });
      }
    }
  } else {
    read_in_order(group, saved, paths, options, found);
  }
  const auto top = group.find("top_level_model_weights");
  if (top && !paths.own.empty()) {
    add_or_skip("the model itself", options, found, [&](ReadWeights& into) {
      add_layer("the model itself", trained_first(paths.own), nullptr, arrays_of(*top), *top, into);
    });
  } else if (!paths.own.empty() && !options.by_name) {
    group.fail("the weights of the model itself, 'top_level_model_weights'", "no such group");
  }
  return found;
}

}  // namespace keratin::saving
