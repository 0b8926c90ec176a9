// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/pad_sequences.h"

#include <cmath>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/tensor/tensor_access.h"

namespace keratin::utils {
namespace {

using testing::golden;
using testing::golden_number;
using testing::golden_tensor;

PadSequencesOptions options_of(const Config& config) {
  PadSequencesOptions options;
  if (const Config* maxlen = config.find("maxlen")) from_config(*maxlen, options.maxlen);
  if (const Config* dtype = config.find("dtype")) options.dtype = dtype->as_string();
  if (const Config* padding = config.find("padding")) options.padding = padding->as_string();
  if (const Config* cut = config.find("truncating")) options.truncating = cut->as_string();
  if (const Config* value = config.find("value")) options.value = value->as_double();
  return options;
}

template <class T>
std::vector<T> numbers_of(const Config& list) {
  std::vector<T> numbers;
  for (const Config& item : list.as_list()) {
    if constexpr (std::is_integral_v<T>) {
      numbers.push_back(static_cast<T>(item.as_int()));
    } else {
      numbers.push_back(static_cast<T>(golden_number(item)));
    }
  }
  return numbers;
}

bool all_ints(const Config& list) {
  for (const Config& item : list.as_list()) {
    if (item.is_list() ? !all_ints(item) : !item.is_int()) return false;
  }
  return true;
}

bool is_rank_3(const Config& sequences) {
  for (const Config& sequence : sequences.as_list()) {
    for (const Config& item : sequence.as_list()) {
      if (item.is_list()) return true;
    }
  }
  return false;
}

template <class T>
Tensor pad(const Config& list, const PadSequencesOptions& options) {
  if (is_rank_3(list)) {
    std::vector<std::vector<std::vector<T>>> sequences;
    for (const Config& sequence : list.as_list()) {
      auto& elements = sequences.emplace_back();
      for (const Config& item : sequence.as_list()) elements.push_back(numbers_of<T>(item));
    }
    return pad_sequences(sequences, options);
  }
  std::vector<std::vector<T>> sequences;
  for (const Config& sequence : list.as_list()) sequences.push_back(numbers_of<T>(sequence));
  return pad_sequences(sequences, options);
}

void expect_same(const Tensor& got, const Tensor& wanted) {
  ASSERT_EQ(got.shape(), wanted.shape());
  ASSERT_EQ(to_string(got.dtype()), to_string(wanted.dtype()));
  visit_dtype(got.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto a = std::as_const(got).data<T>();
    const auto b = wanted.data<T>();
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_TRUE(a[i] == b[i] || (a[i] != a[i] && b[i] != b[i])) << "at " << i;
    }
  });
}

TEST(PadSequences, AsKeras) {
  const Config file = golden("pad_sequences");
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(formats::dump_json(c));
    const PadSequencesOptions options = options_of(c.at("options"));
    const Config& sequences = c.at("sequences");
    const bool ints = all_ints(sequences);
    if (c.find("error")) {
      EXPECT_THROW(ints ? pad<std::int64_t>(sequences, options) : pad<double>(sequences, options),
                   std::logic_error);
      continue;
    }
    const Tensor wanted = golden_tensor(c.at("result"));
    if (ints) {
      expect_same(pad<std::int64_t>(sequences, options), wanted);
    } else {
      expect_same(pad<double>(sequences, options), wanted);
    }
  }
}

TEST(PadSequences, EveryElementType) {
  const Tensor wanted = Tensor::from<std::int32_t>({0, 1, 2, 3}, {2, 2});
  expect_same(pad_sequences<std::int32_t>({{1}, {2, 3}}), wanted);
  expect_same(pad_sequences<std::int64_t>({{1}, {2, 3}}), wanted);
  expect_same(pad_sequences<float>({{1}, {2, 3}}), wanted);
  expect_same(pad_sequences<double>({{1}, {2, 3}}), wanted);
  expect_same(pad_sequences({{1}, {2, 3}}), wanted);
}

TEST(PadSequences, TypesByNameOrValue) {
  EXPECT_EQ(pad_sequences({{1}}, {.dtype = "float32"}).dtype(), DType::kFloat32);
  EXPECT_EQ(pad_sequences({{1}}, {.dtype = DType::kInt64}).dtype(), DType::kInt64);
  EXPECT_THROW(pad_sequences({{1}}, {.dtype = "float31"}), std::invalid_argument);
}

TEST(PadSequences, SaysWhichElementDoesNotFit) {
  try {
    pad_sequences<std::int64_t>({{1}, {2, 3000000000}});
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(
        error.what(),
        "[pad_sequences] element 1 of sequence 1 does not fit int32. Received: 3000000000");
  }
  // numpy's conversion of the padding alone is undefined there.
  EXPECT_THROW(pad_sequences({{1}}, {.maxlen = 2, .value = 3e9}), std::invalid_argument);
  EXPECT_THROW(pad_sequences({{1}}, {.maxlen = 2, .value = NAN}), std::invalid_argument);
  // Found before anything is allocated, also where no sequence would show it.
  EXPECT_THROW(pad_sequences({{}}, {.padding = "middle"}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::utils
