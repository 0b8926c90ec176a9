// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/named_weights.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/npy.h"
#include "keratin/formats/safetensors.h"
#include "keratin/formats/zip_writer.h"
#include "keratin/saving/archive.h"
#include "keratin/saving/weights_writer.h"

namespace keratin::saving {
namespace {

struct NamedWeight {
  std::string name;
  std::string place;  // WeightsOfLayer::place()
  const WeightsOfLayer* layer;
  std::shared_ptr<Variable> weight;
};

std::vector<NamedWeight> named(const WeightPaths& paths) {
  std::vector<NamedWeight> found;
  std::map<std::string, int> used;
  for (const WeightsOfLayer& layer : paths.layers) {
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
      const std::string& path = layer.weights[i]->path();
      const int number = used[path]++;
      found.push_back(
          {number == 0 ? path : str(path, "_", number), layer.place(i), &layer, layer.weights[i]});
    }
  }
  return found;
}

void write_safetensors(formats::Sink& out, const std::vector<NamedWeight>& weights) {
  formats::SafetensorsWriter writer;
  for (const NamedWeight& one : weights) {
    writer.array(one.name, one.weight->shape(), formats::element_of(one.weight->dtype()),
                 [&one](formats::Sink& sink) { write_numbers(sink, *one.weight); });
  }
  writer.metadata("format", "keras");
  writer.write(out);
}

void write_npz(formats::Sink& out, const std::vector<NamedWeight>& weights) {
  formats::ZipWriter archive(out);
  for (const NamedWeight& one : weights) {
    const DType dtype = one.weight->dtype();
    const std::string header = formats::npy_header(one.weight->shape(), formats::element_of(dtype));
    const auto numbers = static_cast<std::uint64_t>(one.weight->shape().size());
    archive.add(one.name + ".npy", header.size() + numbers * size_of(dtype),
                [&](formats::Sink& sink) {
                  sink.write(header);
                  write_numbers(sink, *one.weight);
                });
  }
  archive.finish();
}

}  // namespace

ReadWeights read_named_weights(const formats::Bytes& file, const NamedArrays& arrays,
                               const WeightPaths& paths, const ReadOptions& options) {
  std::map<std::string_view, const formats::Array*> by_name;
  for (const auto& [name, array] : arrays) by_name.emplace(name, &array);
  std::set<std::string_view> used;
  ReadWeights found(options);
  const std::vector<NamedWeight> weights = named(paths);
  const auto entry_of = [&](const NamedWeight& one) {
    const auto entry = by_name.find(one.name);
    return entry != by_name.end() ? entry : by_name.find(one.place);
  };
  for (const NamedWeight& one : weights) {
    if (const auto entry = entry_of(one); entry != by_name.end()) used.insert(entry->first);
  }
  const auto of_layer = [&](const WeightsOfLayer& layer, ReadWeights& into) {
    for (const NamedWeight& one : weights) {
      if (one.layer != &layer) continue;
      const auto entry = entry_of(one);
      const std::string what =
          str("an array '", one.name, "' or '", one.place, "', ", one.weight->shape());
      if (entry == by_name.end()) file.fail("Keras", 0, what, "none");
      if (!one.weight->takes(entry->second->shape))
        file.fail("Keras", 0, what, to_string(entry->second->shape));
      into.add(one.weight, *entry->second);
    }
  };
  for (const WeightsOfLayer& layer : paths.layers) {
    if (!layer.weights.empty())
      add_or_skip(layer.name, options, found, [&](ReadWeights& into) { of_layer(layer, into); });
  }
  for (const auto& [name, array] : arrays) {
    const bool is_state = name.starts_with("optimizer/vars/") || name.starts_with("metrics/");
    if (!used.contains(name) && !is_state)
      options.warn(str("array '", name, "' is of no weight of the model."));
  }
  return found;
}

void write_named_weights(const std::string& path, bool overwrite, const WeightPaths& paths) {
  require_free(path, overwrite);
  const std::vector<NamedWeight> weights = named(paths);
  formats::FileWriter file(path);
  path.ends_with(".npz") ? write_npz(file, weights) : write_safetensors(file, weights);
  file.commit();
}

}  // namespace keratin::saving
