// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/npy.h"

#include <string>

#include "support/golden_files.h"
#include <gtest/gtest.h>

#include "keratin/base/format_error.h"

namespace keratin::formats {
namespace {

TEST(Npy, ReadsWhatNumpyWrites) {
  testing::for_golden_files("npy", [](const Config& one_case) {
    const Bytes bytes = Bytes::open(testing::golden_file(one_case));
    if (testing::expect_refused(one_case, [&] { read_npy(bytes); })) return;
    testing::expect_array(read_npy(bytes), one_case.at("array"));
  });
  testing::for_golden_files("npz", [](const Config& one_case) {
    const auto arrays = read_npz(Bytes::open(testing::golden_file(one_case)));
    const auto& wanted = one_case.at("arrays").as_dict();
    ASSERT_EQ(arrays.size(), wanted.size());
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      EXPECT_EQ(arrays[i].first, wanted[i].first);
      testing::expect_array(arrays[i].second, wanted[i].second);
    }
  });
}

TEST(Npy, HeaderIsNumpys) {
  const Bytes rows = Bytes::open(std::string(KERATIN_GOLDEN_DIR) + "/files/rows.npy");
  EXPECT_EQ(npy_header({3, 4}, Element::kFloat32), rows.text().substr(0, 128));
  EXPECT_EQ(npy_header({}, Element::kInt8).size(), 128U);
  EXPECT_THROW(npy_header({}, Element::kBfloat16), std::invalid_argument);
}

TEST(Npy, WhatIsNoneIsRefused) {
  const auto file = [](const std::string& header, const std::string& data) {
    return Bytes::of(std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) +
                         std::string(1, '\0') + header + data,
                     "memory");
  };
  EXPECT_EQ(read_npy(file("{\"shape\":(2,),\"descr\":'|i1','fortran_order':True}", "ab")).shape,
            (Shape{2}));
  for (const char* bad :
       {"", "{", "{}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} import os",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 9)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "{'descr': '<f4', 'shape': (1,)}",
        "{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"}) {
    EXPECT_THROW(read_npy(file(bad, "1234")), FormatError) << bad;
  }
}

}  // namespace
}  // namespace keratin::formats
