// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/projector.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/layers/embedding.h"
#include "keratin/models/layers_within.h"

namespace keratin::callbacks {
namespace {

std::vector<const layers::Embedding*> embeddings_of(const models::Model& model) {
  std::vector<const layers::Embedding*> found;
  for (const layers::Layer* const layer : models::layers_within(model)) {
    if (const auto* const embedding = dynamic_cast<const layers::Embedding*>(layer))
      found.push_back(embedding);
  }
  return found;
}

/// As a string of Protocol Buffers' text format.
std::string in_text_format(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// Names of layers side by side differ; those of others, and what is left of them in a file's name,
/// may not.
std::string file_name(std::string_view layer, std::unordered_set<std::string>& used) {
  std::string name(layer);
  std::ranges::replace_if(
      name, [](char c) { return c == '/' || c == '\\' || c == '\0'; }, '_');
  std::string file = str(name, ".tsv");
  for (int number = 1; !used.insert(file).second; ++number) file = str(name, "_", number, ".tsv");
  return file;
}

void write_rows(const Tensor& rows, const std::string& path) {
  formats::FileWriter file(path);
  const std::span<const float> values = rows.data<float>();
  const auto width = static_cast<std::size_t>(rows.shape()[1]);
  std::string line;
  for (std::size_t row = 0; row * width < values.size(); ++row) {
    line.clear();
    for (const float value : values.subspan(row * width, width)) {
      std::array<char, 32> digits;
      line.append(digits.data(),
                  std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
      line += '\t';
    }
    line.back() = '\n';
    file.write(line);
  }
  file.commit();
}

}  // namespace

void check_projector(const models::Model& model,
                     const std::map<std::string, std::string>& metadata) {
  const auto found = embeddings_of(model);
  for (const auto& [name, path] : metadata) {
    if (name.empty() ||
        std::ranges::any_of(found, [&](const auto* layer) { return layer->name() == name; }))
      continue;
    invalid_argument(
        "TensorBoard",
        "embeddings_metadata names a layer that is no Embedding of the model. Received: '", name,
        "'");
  }
}

void write_projector(const models::Model& model, const std::string& folder,
                     const std::map<std::string, std::string>& metadata) {
  std::error_code ignored;  // what cannot be made cannot be written to
  std::filesystem::create_directories(folder, ignored);
  std::unordered_set<std::string> used;
  std::string config;
  for (const layers::Embedding* const layer : embeddings_of(model)) {
    const Tensor rows = layer->embeddings();
    const std::string file = file_name(layer->name(), used);
    write_rows(rows, (std::filesystem::path(folder) / file).string());
    config += str("embeddings {\n  tensor_name: ", in_text_format(layer->name()),
                  "\n  tensor_shape: ", rows.shape()[0], "\n  tensor_shape: ", rows.shape()[1],
                  "\n  tensor_path: ", in_text_format(file), "\n");
    auto path = metadata.find(layer->name());
    if (path == metadata.end()) path = metadata.find("");
    if (path != metadata.end())
      config += str("  metadata_path: ", in_text_format(path->second), "\n");
    config += "}\n";
  }
  formats::FileWriter file((std::filesystem::path(folder) / "projector_config.pbtxt").string());
  file.write(config);
  file.commit();
}

}  // namespace keratin::callbacks
