// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/kind.h"

#include <array>
#include <string>
#include <utility>

namespace keratin::formats {
namespace {

using Signature = std::pair<std::string_view, FileKind>;
constexpr std::array<Signature, 4> kKnown = {
    {{{"\x89HDF\r\n\x1a\n", 8}, FileKind::kHdf5},
     {{"PK\x03\x04", 4}, FileKind::kZip},
     {{"PK\x05\x06", 4}, FileKind::kZip},  // an empty archive, whose reader says so
     {{"\x93NUMPY", 6}, FileKind::kNpy}}};

/// What people take for a model.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kOthers = {
    {{"version https://git-lfs",
      "a pointer of Git LFS, not the file itself: fetch it by `git lfs pull`"},
     {"<!DOCTYPE", "a page of HTML: a download that failed?"},
     {"<html", "a page of HTML: a download that failed?"},
     {"\x1f\x8b", "a file packed by gzip: unpack it first"},
     {"BZh", "a file packed by bzip2: unpack it first"},
     {"\xfd\x37zXZ", "a file packed by xz: unpack it first"},
     {"TFL3", "a model of TensorFlow Lite"},
     {"\x80\x02", "a pickle, which is not opened: it may run anything"},
     {"\x80\x04", "a pickle, which is not opened: it may run anything"},
     {"\x80\x05", "a pickle, which is not opened: it may run anything"}}};

std::string_view without_blanks(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::size_t first = text.substr(0, 4096).find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

/// The length of a description, then JSON.
bool is_safetensors(std::string_view text) {
  return text.size() > 9 && text[8] == '{' && text.substr(5, 3) == std::string_view("\0\0\0", 3);
}

}  // namespace

std::string_view to_string(FileKind kind) {
  constexpr std::array<std::string_view, 5> kNames = {"HDF5", "zip", "JSON", "npy", "safetensors"};
  return kNames.at(static_cast<std::size_t>(kind));
}

FileKind kind_of(const Bytes& bytes) {
  const std::string_view text = bytes.text();
  for (const auto& [signature, kind] : kKnown) {
    if (text.starts_with(signature)) return kind;
  }
  std::string found = text.empty() ? "an empty file" : "other bytes";
  for (const auto& [signature, what] : kOthers) {
    if (text.starts_with(signature)) found = what;
  }
  if (found == "other bytes") {
    if (is_safetensors(text)) return FileKind::kSafetensors;
    const std::string_view begin = without_blanks(text);
    if (!begin.empty() && (begin[0] == '{' || begin[0] == '[' || begin[0] == '"')) {
      return FileKind::kJson;
    }
  }
  bytes.fail("file", 0, "a file of Keras (zip, HDF5, JSON), safetensors or NumPy", found);
}

}  // namespace keratin::formats
