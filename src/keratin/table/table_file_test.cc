// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/table_file.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "support/temporary_folder.h"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"

namespace keratin::table {
namespace {

namespace fs = std::filesystem;
using File = std::shared_ptr<TableFile>;

constexpr std::int64_t kRows = 300, kWidth = 5;

class TableFileTest : public ::testing::Test {
 protected:
  /// Rows that begin with 0, 1, 2 ...
  File open(Precision precision = Precision::kFloat32) const {
    return TableFile::open(path_, {kRows, kWidth}, precision, [&](std::byte* rows) {
      if (precision == Precision::kFloat32)
        std::iota(floats(rows), floats(rows) + kRows * kWidth, 0.0f);
    });
  }
  static float* floats(std::byte* rows) { return reinterpret_cast<float*>(rows); }
  static std::vector<float> rows_of(const TableFile& file) {
    return {floats(file.rows()), floats(file.rows()) + kRows * kWidth};
  }
  static std::vector<float> slot_of(const TableFile& file, std::size_t k) {
    return {file.slot(k), file.slot(k) + kRows * kWidth};
  }
  /// What the error says; "" where there is none.
  static std::string error_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = (folder_ / "table.rows").string();
};

TEST_F(TableFileTest, WhatWasFlushedIsThereAndWhatWasNotIsUndone) {
  std::vector<float> flushed;
  {
    const File file = open();
    EXPECT_FALSE(file->was_there());
    EXPECT_EQ(rows_of(*file)[kRows * kWidth - 1], kRows * kWidth - 1);
    file->will_change(std::vector<std::int64_t>{3, 299});
    floats(file->rows())[3 * kWidth] = -1;
    floats(file->rows())[299 * kWidth] = -2;
    file->flush({.iterations = 5, .round = 6});
    flushed = rows_of(*file);
    file->will_change(std::vector<std::int64_t>{3, 4});
    floats(file->rows())[3 * kWidth] = -3;
    file->will_change(std::vector<std::int64_t>{3});  // it is noted already
    floats(file->rows())[3 * kWidth] = -4;
  }
  const File file = open();
  EXPECT_TRUE(file->was_there());
  EXPECT_EQ(rows_of(*file), flushed);
  EXPECT_EQ(file->numbers().iterations, 5);
  EXPECT_EQ(file->numbers().round, 6U);
}

TEST_F(TableFileTest, SlotsAreThoseOfTheLastFlushForWhoAsksForTheirKind) {
  {
    const File file = open();
    EXPECT_FALSE(file->make_slots("Adam m v", 2));
    EXPECT_EQ(slot_of(*file, 1), std::vector<float>(kRows * kWidth));
    file->will_change(0, kRows);
    std::fill_n(file->slot(0), kRows * kWidth, 7.0f);
    std::fill_n(file->slot(1), kRows * kWidth, 8.0f);
    file->flush({});
    file->will_change(0, 1);
    file->slot(1)[0] = 9;
  }
  {
    const File file = open();
    EXPECT_TRUE(file->make_slots("Adam m v", 2));
    EXPECT_EQ(slot_of(*file, 0), std::vector<float>(kRows * kWidth, 7.0f));
    EXPECT_EQ(slot_of(*file, 1), std::vector<float>(kRows * kWidth, 8.0f));
    EXPECT_FALSE(file->make_slots("Adam m v", 2));  // of another optimizer: new ones
    EXPECT_EQ(slot_of(*file, 0), std::vector<float>(kRows * kWidth));
  }
  {
    const File file = open();  // and nobody flushed that
    EXPECT_FALSE(file->make_slots("SGD", 0));
  }
  const File file = open();
  EXPECT_TRUE(file->make_slots("Adam m v", 2));
  EXPECT_EQ(slot_of(*file, 1), std::vector<float>(kRows * kWidth, 8.0f));
}

TEST_F(TableFileTest, IsOpenOnceAtATime) {
  File file = open();
  EXPECT_NE(error_of([&] { open(); }).find("is the storage of another layer"), std::string::npos);
  file = nullptr;
  EXPECT_EQ(error_of([&] { open(); }), "");
}

TEST_F(TableFileTest, RefusesWhatIsNotThisTable) {
  const auto open_as = [&](const Shape& shape, Precision precision) {
    return error_of([&] { TableFile::open(path_, shape, precision, [](std::byte*) {}); });
  };
  open();
  EXPECT_EQ(open_as({kRows, 6}, Precision::kFloat32),
            "[Embedding] the storage '" + path_ +
                "' holds a table of shape (300, 5) and float32. Received: (300, 6) and float32");
  EXPECT_NE(open_as({kRows, kWidth}, Precision::kFloat16).find("Received: (300, 5) and float16"),
            std::string::npos);
  std::ofstream(path_) << "something else";
  EXPECT_THROW(open(), FormatError);
  std::ofstream(path_, std::ios::trunc).close();
  EXPECT_NE(error_of([&] { open(); }).find("Found: an empty file"), std::string::npos);
  fs::remove(path_);
  fs::create_directory(path_);
  EXPECT_NE(error_of([&] { open(); }).find("cannot be opened: Is a directory"), std::string::npos);
  EXPECT_NE(error_of([&] {
              TableFile::open((folder_ / "no" / "where").string(), {2, 2}, Precision::kFloat32,
                              [](std::byte*) {});
            }).find("No such file"),
            std::string::npos);
}

TEST_F(TableFileTest, EveryTruncationIsRefusedOrHasTheWholeTable) {
  open();
  const std::uintmax_t whole = fs::file_size(path_);
  for (const std::uintmax_t size : {whole - 1, whole - 4096, std::uintmax_t{4096},
                                    std::uintmax_t{4095}, std::uintmax_t{100}, std::uintmax_t{0}}) {
    fs::resize_file(path_, size);
    EXPECT_THROW(open(), FormatError) << size;
  }
}

TEST_F(TableFileTest, AFailedDrawLeavesNothing) {
  EXPECT_THROW(TableFile::open(path_, {2, 2}, Precision::kFloat32,
                               [](std::byte*) { throw std::runtime_error("no"); }),
               std::runtime_error);
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_FALSE(fs::exists(path_ + ".new"));
}

/// Runs `act` in a process of its own; how it ended.
int in_child(const std::function<void()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    act();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_F(TableFileTest, ADiskThatIsFullIsAnErrorAndNoSignal) {
  const int status = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = {};
    limit.rlim_cur = limit.rlim_max = 5000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string error = error_of([&] { open(); });
    if (error.find("has no room for 12288 bytes: File too large") == std::string::npos) ::_exit(1);
  });
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(TableFileTest, ALogThatIsFullLeavesTheRowsAsTheyWereNoted) {
  const int status = in_child([&] {
    const File file = open();
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = {};
    limit.rlim_cur = limit.rlim_max = 1000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    file->will_change(std::vector<std::int64_t>{1});
    floats(file->rows())[kWidth] = -1;
    const std::string error = error_of([&] { file->will_change(0, kRows); });
    if (error.find("cannot be written: File too large") == std::string::npos) ::_exit(1);
  });
  EXPECT_EQ(status, 0);
  std::vector<float> wanted(kRows * kWidth);
  std::iota(wanted.begin(), wanted.end(), 0.0f);
  EXPECT_EQ(rows_of(*open()), wanted);
}

/// A process changes rows and slots, flushes now and then, and is killed at any time: what is found
/// is a state that was flushed: the last one, or the one whose flush was under way. A state n has
/// the number n in all places, as does its count of iterations.
TEST_F(TableFileTest, KilledAtAnyTimeItIsAsAtTheLastFlush) {
  open()->make_slots("S", 1);
  std::mt19937 engine(7);
  std::int64_t last = 0;
  const int told = ::open((folder_ / "flushed").c_str(), O_RDWR | O_CREAT, 0600);
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      const File file = open();
      const bool had = file->make_slots("S", 1);
      if (!had && last != 0) ::_exit(3);
      std::int64_t n = file->numbers().iterations;
      for (;;) {
        ++n;
        for (std::int64_t row = 0; row < kRows; ++row) {
          if (row % 7 == 0) file->will_change(row, std::min(kRows, row + 7));
          std::fill_n(floats(file->rows()) + row * kWidth, kWidth, static_cast<float>(n));
          std::fill_n(file->slot(0) + row * kWidth, kWidth, static_cast<float>(n));
        }
        file->flush({.iterations = n, .round = 0});
        if (::pwrite(told, &n, sizeof(n), 0) != sizeof(n)) ::_exit(4);
      }
    }
    ::usleep(static_cast<useconds_t>(500 + engine() % 20'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    const File file = open();
    const std::int64_t n = file->numbers().iterations;
    std::int64_t flushed = 0;
    ASSERT_GE(::pread(told, &flushed, sizeof(flushed), 0), 0);
    EXPECT_GE(n, std::max(last, flushed));
    EXPECT_LE(n, std::max(last, flushed) + 1);
    if (n > 0) {
      ASSERT_EQ(rows_of(*file), std::vector<float>(kRows * kWidth, static_cast<float>(n)));
      ASSERT_TRUE(file->make_slots("S", 1));
      ASSERT_EQ(slot_of(*file, 0), std::vector<float>(kRows * kWidth, static_cast<float>(n)));
    }
    last = n;
  }
  ::close(told);
  EXPECT_GT(last, 0);
}

}  // namespace
}  // namespace keratin::table
