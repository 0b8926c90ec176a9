// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/formats/array.h"

/// Reads tests/golden/files.json and the files beside it, which Keras, h5py, NumPy and zipfile
/// made.
namespace keratin::testing {

inline std::string golden_file(const Config& one_case) {
  return std::string(KERATIN_GOLDEN_DIR) + "/files/" + one_case.at("file").as_string();
}

/// Calls body(case) for each file of a kind.
template <class Body>
void for_golden_files(std::string_view kind, Body&& body) {
  int files = 0;
  const Config document = golden("files");
  for (const Config& one_case : document.at("cases").as_list()) {
    if (one_case.at("kind").as_string() != kind) continue;
    SCOPED_TRACE(one_case.at("file").as_string());
    body(one_case);
    ++files;
  }
  EXPECT_GT(files, 0) << kind;
}

inline std::string hex(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += {kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]};
  }
  return out;
}

/// Holds an array against its {"shape", "dtype", "hex"}.
inline void expect_array(const formats::Array& array, const Config& wanted) {
  Shape shape;
  from_config(wanted.at("shape"), shape);
  EXPECT_EQ(array.shape, shape);
  EXPECT_EQ(formats::to_string(array.element), wanted.at("dtype").as_string());
  EXPECT_EQ(hex(array.bytes.text()), wanted.at("hex").as_string());
}

/// The error of `call` has the word that the case says; true where it says one.
template <class Call>
bool expect_refused(const Config& one_case, Call&& call) {
  const Config* refused = one_case.find("refused");
  if (refused == nullptr) return false;
  try {
    call();
    ADD_FAILURE() << "not refused";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string_view(error.what()).find(refused->as_string()), std::string_view::npos)
        << error.what();
  }
  return true;
}

}  // namespace keratin::testing
