// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/stored_arrays.h"

#include <algorithm>
#include <cmath>

#include "keratin/cli/failure.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/kind.h"
#include "keratin/formats/npy.h"
#include "keratin/formats/safetensors.h"
#include "keratin/formats/zip.h"

namespace keratin::cli {
namespace {

using Named = std::vector<std::pair<std::string, formats::Array>>;

void add(const formats::hdf5::Object& object, Named& found) {
  if (object.is_dataset()) {
    found.emplace_back(object.path().substr(1), object.array());
    return;
  }
  for (std::size_t i = 0; i < object.size(); ++i) add(object.child(i), found);
}

Named arrays_of_zip(const formats::Bytes& file) {
  const auto archive = formats::ZipArchive::open(file);
  const auto* const weights = archive.find("model.weights.h5");
  Named found;
  if (weights != nullptr) {
    add(formats::hdf5::open(archive.read(*weights)), found);
  } else if (archive.find("config.json") == nullptr) {
    found = formats::read_npz(file);
  }
  return found;
}

}  // namespace

Named stored_arrays(const formats::Bytes& file) {
  Named found;
  switch (formats::kind_of(file)) {
    case formats::FileKind::kHdf5:
      add(formats::hdf5::open(file), found);
      break;
    case formats::FileKind::kZip:
      found = arrays_of_zip(file);
      break;
    case formats::FileKind::kSafetensors:
      found = formats::Safetensors::open(file).arrays();
      break;
    case formats::FileKind::kNpy:
      found.emplace_back("", formats::read_npy(file));
      break;
    case formats::FileKind::kJson:
      break;
  }
  return found;
}

bool is_of_optimizer(const std::string& name) {
  return name.starts_with("optimizer/") || name.starts_with("optimizer_weights/");
}

std::int64_t count_not_finite(const formats::Array& array) {
  constexpr std::int64_t kAtOnce = 1 << 16;
  const auto size = static_cast<std::uint64_t>(formats::size_of(array.element));
  const std::int64_t all = array.shape.size();
  std::vector<double> part;
  std::int64_t found = 0;
  for (std::int64_t done = 0; done < all; done += kAtOnce) {
    check_interrupt();
    const std::int64_t count = std::min(kAtOnce, all - done);
    part.resize(static_cast<std::size_t>(count));
    formats::read_elements<double>({Shape{count}, array.element,
                                    array.bytes.part(static_cast<std::uint64_t>(done) * size,
                                                     static_cast<std::uint64_t>(count) * size)},
                                   part);
    found += std::ranges::count_if(part, [](double v) { return !std::isfinite(v); });
  }
  return found;
}

}  // namespace keratin::cli
