// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/archive.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/json.h"
#include "keratin/formats/zip_writer.h"
#include "keratin/saving/weights_writer.h"

namespace keratin::saving {
namespace {

// Of the Keras that wrote the form first: newer ones read it, and look at nothing else there.
constexpr std::string_view kMetadata = R"({"keras_version": "3.0.0"})";

void fill_archive(formats::Sink& to, const Config& config, const WeightPaths& paths,
                  std::vector<Tensor> optimizer_state,
                  std::span<const std::pair<std::string, std::string>> assets) {
  formats::hdf5::Writer weights = weights_writer(paths, std::move(optimizer_state));
  formats::ZipWriter archive(to);
  archive.add("metadata.json", kMetadata);
  archive.add("config.json", formats::dump_json(config));
  archive.add("model.weights.h5", weights.size(),
              [&](formats::Sink& sink) { weights.write(sink); });
  for (const auto& [name, text] : assets) archive.add(str("assets/", name), text);
  archive.finish();
}

}  // namespace

void require_free(const std::string& path, bool overwrite) {
  std::error_code error;
  if (!overwrite && std::filesystem::exists(path, error))
    invalid_argument("save", "'", path, "' is there already, and overwrite is false.");
}

void write_archive(const std::string& path, bool overwrite, const Config& config,
                   const WeightPaths& paths, std::vector<Tensor> optimizer_state,
                   std::span<const std::pair<std::string, std::string>> assets) {
  require_free(path, overwrite);
  formats::FileWriter file(path);
  fill_archive(file, config, paths, std::move(optimizer_state), assets);
  file.commit();
}

std::string archive_bytes(const Config& config, const WeightPaths& paths,
                          std::vector<Tensor> optimizer_state) {
  formats::MemorySink memory;
  fill_archive(memory, config, paths, std::move(optimizer_state), {});
  return memory.take();
}

namespace {

void write_hdf5(const std::string& path, bool overwrite, formats::hdf5::Writer writer) {
  require_free(path, overwrite);
  formats::FileWriter file(path);
  writer.write(file);
  file.commit();
}

}  // namespace

void write_weights(const std::string& path, bool overwrite, const WeightPaths& paths,
                   std::vector<Tensor> optimizer_state) {
  write_hdf5(path, overwrite, weights_writer(paths, std::move(optimizer_state)));
}

void write_legacy(const std::string& path, bool overwrite, const Config& config,
                  const Config& compile_config, const WeightPaths& paths, NamedState state) {
  write_hdf5(path, overwrite, legacy_writer(config, compile_config, paths, std::move(state)));
}

}  // namespace keratin::saving
