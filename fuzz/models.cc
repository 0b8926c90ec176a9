// SPDX-License-Identifier: Apache-2.0
#include "fuzz/models.h"

#include <filesystem>
#include <utility>

#include "fuzz/files.h"

#include "keratin/cli/text_part.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/json.h"
#include "keratin/formats/kind.h"
#include "keratin/formats/zip.h"
#include "keratin/keratin.h"

namespace keratin::fuzz {
namespace {

using formats::Bytes;

std::shared_ptr<models::Model> line() {
  auto model =
      shared(Sequential({layers::Embedding({.input_dim = 5, .output_dim = 3, .mask_zero = true}),
                         layers::GlobalAveragePooling1D(), layers::Dropout(0.5),
                         layers::Dense({.units = 2, .activation = "softmax"})}));
  model->build({kNone, 4});
  model->compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model->train_on_batch(Tensor::from<std::int32_t>({1, 2, 0, 0, 4, 3, 1, 1}, Shape{2, 4}),
                        Tensor::from<std::int32_t>({0, 1}, Shape{2}));
  return model;
}

std::shared_ptr<models::Model> graph() {
  const Value user = Input({.shape = Shape{1}, .dtype = DType::kInt32, .name = "user"});
  const Value film = Input({.shape = Shape{1}, .dtype = DType::kInt32, .name = "film"});
  const auto table = shared(layers::Embedding({.input_dim = 6, .output_dim = 2}));
  const Value u = layers::Flatten()((*table)(user)), f = layers::Flatten()((*table)(film));
  const Value joined = layers::Concatenate()(Values{u, f});
  auto model = shared(Functional(Values{user, film},
                                 Values{layers::Dense({.units = 1, .name = "rating"})(joined),
                                        layers::Dot({.axes = 1, .name = "seen"})(Values{u, f})}));
  model->compile({.optimizer = "sgd", .loss = "mse"});
  return model;
}

cli::TextForm text_form() {
  const std::vector<std::string_view> known = {"cat", "sat", "dog"};
  return {cli::TextEncoder({}, known), {}, {"good", "bad"}};
}

/// What an attribute of the root says, where it is a text of JSON.
void read_attribute(const Bytes& bytes, const std::string& name, std::vector<Config>& texts) {
  const auto root = formats::hdf5::open(bytes);
  for (const auto& attribute : root.attributes()) {
    if (attribute.name() == name) texts.push_back(formats::parse_json(attribute.texts().at(0)));
  }
}

void read_texts(const Bytes& bytes, ModelTexts& texts) {
  switch (formats::kind_of(bytes)) {
    case formats::FileKind::kHdf5:
      read_attribute(bytes, "model_config", texts.architectures);
      read_attribute(bytes, "training_config", texts.compiled);
      break;
    case formats::FileKind::kZip: {
      const auto archive = formats::ZipArchive::open(bytes);
      if (const auto* member = archive.find("config.json")) {
        const Config config = formats::parse_json(archive.read(*member).text());
        if (const Config* compiled = config.find("compile_config"))
          texts.compiled.push_back(*compiled);
        texts.architectures.push_back(config);
      }
      break;
    }
    case formats::FileKind::kJson:
      texts.architectures.push_back(formats::parse_json(bytes.text()));
      break;
    default:
      break;
  }
}

}  // namespace

std::vector<ModelFile> model_files(const std::string& folder) {
  std::vector<ModelFile> files;
  for (const auto& [name, model] : {std::pair("line", line()), std::pair("graph", graph())}) {
    for (const char* end : {".keras", ".h5", ".weights.h5", ".safetensors", ".npz"}) {
      const std::string path = folder + "/" + name + end;
      const bool is_whole = end == std::string_view(".keras") || end == std::string_view(".h5");
      if (is_whole) {
        saving::save_model(
            *model, path,
            {.assets = end == std::string_view(".keras") ? cli::assets_of(text_form())
                                                         : saving::Assets()});
      } else {
        saving::save_weights(*model, path);
      }
      files.push_back({name + std::string(end), std::string(Bytes::open(path).text()), model});
    }
    files.push_back({name + std::string(".json"), model->to_json(), nullptr});
  }
  return files;
}

void add_models(std::vector<ModelFile>& files, const std::string& folder) {
  for_each_small_file(folder, [&](const std::filesystem::path& path, std::string bytes) {
    files.push_back({path.filename().string(), std::move(bytes), nullptr});
  });
}

ModelTexts texts_of(const std::vector<ModelFile>& files) {
  ModelTexts texts;
  for (const ModelFile& file : files) {
    try {
      read_texts(Bytes::of(file.bytes, file.name), texts);
    } catch (const std::exception&) {  // no file of a model, or one that is refused
      continue;
    }
  }
  return texts;
}

}  // namespace keratin::fuzz
