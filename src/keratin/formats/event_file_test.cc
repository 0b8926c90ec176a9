// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/event_file.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/error.h"

namespace keratin::formats {
namespace {

// RFC 3720, appendix B.4, and the usual check of CRCs.
TEST(Crc32c, IsCastagnolis) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

std::string folder() {
  const std::string name = ::testing::TempDir() + "keratin_event_file_test";
  std::filesystem::remove_all(name);
  return name;
}

template <class T>
T number_at(const std::string& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// The events of a file of records; their checksums are looked at.
std::vector<std::string> records_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto masked = [](const std::string& part) {
    const std::uint32_t crc = crc32c(part);
    return (crc >> 15 | crc << 17) + 0xa282ead8U;
  };
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = number_at<std::uint64_t>(bytes, at);
    EXPECT_EQ(number_at<std::uint32_t>(bytes, at + 8), masked(bytes.substr(at, 8)));
    records.push_back(bytes.substr(at + 12, size));
    EXPECT_EQ(number_at<std::uint32_t>(bytes, at + 12 + size), masked(records.back()));
    at += 16 + size;
  }
  return records;
}

// What the records hold is held against Keras's in tests/python/test_tensorboard.py.
TEST(EventFile, IsRecordsOfEvents) {
  EventFile file(folder());
  file.scalar("loss", 3, 0.5);
  file.flush();
  const std::vector<std::string> records = records_of(file.path());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].substr(9),
            "\x1a\x0d"
            "brain.Event:2");  // behind the time, 8 bytes and a tag
  EXPECT_NE(records[1].find("loss"), std::string::npos);
  EXPECT_NE(records[1].find("scalars"), std::string::npos);
  EXPECT_NE(records[1].find(std::string("\x22\x04\x00\x00\x00\x3f", 6)), std::string::npos);  // 0.5
}

TEST(EventFile, EachIsAFileOfItsOwn) {
  const std::string in = folder();
  const EventFile first(in);
  const EventFile second(in);
  EXPECT_NE(first.path(), second.path());
}

/// The 30 x 3 numbers of the only histogram of a file: the tensor is the largest field.
std::vector<double> buckets_of(const std::vector<float>& values) {
  EventFile file(folder());
  file.histogram("h", 0, values);
  file.flush();
  const std::string record = records_of(file.path()).at(1);
  const std::string start("\x22\xd0\x05", 3);  // field 4, 720 bytes
  const std::size_t at = record.find(start) + start.size();
  std::vector<double> numbers(90);
  std::memcpy(numbers.data(), record.data() + at, 720);
  return numbers;
}

double counted(const std::vector<double>& buckets) {
  double count = 0;
  for (std::size_t i = 2; i < buckets.size(); i += 3) count += buckets[i];
  return count;
}

TEST(EventFile, Histograms) {
  const std::vector<double> line = buckets_of({0, 15, 30, 29.5});
  EXPECT_EQ(line[0], 0);
  EXPECT_EQ(line[88], 30);
  EXPECT_EQ(line[2], 1);           // 0
  EXPECT_EQ(line[15 * 3 + 2], 1);  // 15
  EXPECT_EQ(line[89], 2);          // 29.5, and the greatest
  const std::vector<double> one = buckets_of({7, 7, 7});
  EXPECT_EQ(one[0], 7);
  EXPECT_EQ(one[2], 0);
  EXPECT_EQ(one[89], 3);
  EXPECT_EQ(buckets_of({}), std::vector<double>(90));
  EXPECT_EQ(counted(buckets_of({1, NAN, 2, INFINITY, -INFINITY})), 2);
  EXPECT_EQ(buckets_of({NAN}), std::vector<double>(90));
  EXPECT_EQ(counted(buckets_of({-3.4e38F, 3.4e38F})), 2);
}

TEST(EventFile, AFolderThatCannotBe) {
  const std::string in = folder();
  std::ofstream(in) << "a file";
  EXPECT_THROW(EventFile{in}, FileError);
}

}  // namespace
}  // namespace keratin::formats
