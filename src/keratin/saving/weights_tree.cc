// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/weights_tree.h"

#include "keratin/base/error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/kind.h"
#include "keratin/formats/zip.h"
#include "keratin/saving/weights_reader.h"
#include "keratin/saving/weights_writer.h"

namespace keratin::saving {

using formats::Bytes;
using formats::hdf5::Object;

namespace {

/// Of the type that it has in the file; numbers of 16 bits are float32.
Tensor as_in_file(const formats::Array& array) {
  constexpr DType kTypes[] = {DType::kBool,   DType::kInt8,    DType::kUint8,   DType::kInt16,
                              DType::kUint16, DType::kInt32,   DType::kUint32,  DType::kInt64,
                              DType::kUint64, DType::kFloat32, DType::kFloat32, DType::kFloat32,
                              DType::kFloat64};
  return numbers_of(array, kTypes[static_cast<std::size_t>(array.element)]);
}

void gather(const Object& root, WeightsTree& tree) {
  struct Open {
    Object object;
    std::string path;
  };
  std::vector<Open> open{{root, ""}};  // a file may be deeper than the stack
  while (!open.empty()) {
    const Open here = std::move(open.back());
    open.pop_back();
    if (here.object.is_dataset()) {
      tree.arrays.emplace_back(here.path, as_in_file(here.object.array()));
      continue;
    }
    const auto* const name = here.object.attribute("name");
    if (name != nullptr && name->is_text()) tree.names.emplace_back(here.path, name->text());
    for (std::size_t i = here.object.size(); i-- > 0;) {
      Object child = here.object.child(i);
      std::string path =
          here.path.empty() ? std::string(child.name()) : str(here.path, "/", child.name());
      open.push_back({std::move(child), std::move(path)});
    }
  }
}

}  // namespace

WeightsTree read_weights_tree(const Bytes& bytes) {
  WeightsTree tree;
  if (formats::kind_of(bytes) != formats::FileKind::kZip) {
    gather(formats::hdf5::open(bytes), tree);
    return tree;
  }
  const auto archive = formats::ZipArchive::open(bytes);
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const auto* const member = archive.find(std::string(name));
    if (member == nullptr) return std::nullopt;
    return std::string(archive.read(*member).text());
  };
  tree.config = text("config.json");
  tree.metadata = text("metadata.json");
  const auto* const weights = archive.find("model.weights.h5");
  if (weights == nullptr)
    bytes.fail("Keras", 0, "a member 'model.weights.h5' of the archive", "none");
  gather(formats::hdf5::open(archive.read(*weights)), tree);
  return tree;
}

void write_weights_tree(const std::string& path,
                        const std::vector<std::pair<std::string, Tensor>>& arrays) {
  formats::hdf5::Writer writer;
  for (const auto& [place, tensor] : arrays) add_tensor(writer, place, tensor);
  formats::FileWriter file(path);
  writer.write(file);
  file.commit();
}

}  // namespace keratin::saving
