// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/undo_log.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/base/error.h"

namespace keratin::table {
namespace {

namespace fs = std::filesystem;

class UndoLogTest : public ::testing::Test {
 protected:
  static std::span<const std::byte> bytes(const std::string& text) {
    return std::as_bytes(std::span(text));
  }
  static void add(UndoLog& log, std::int64_t number, const std::string& text) {
    const auto to = log.add(number);
    ASSERT_EQ(to.size(), text.size());
    std::copy_n(bytes(text).begin(), text.size(), to.begin());
  }
  std::map<std::int64_t, std::string> undone() const {
    std::map<std::int64_t, std::string> found;
    UndoLog(path_).undo(
        [&](std::span<const std::byte> head) {
          found[-1].assign(reinterpret_cast<const char*>(head.data()), head.size());
        },
        [&](std::int64_t number, std::span<const std::byte> before) {
          found[number].assign(reinterpret_cast<const char*>(before.data()), before.size());
        });
    return found;
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = (folder_ / "log").string();
};

using Found = std::map<std::int64_t, std::string>;

TEST_F(UndoLogTest, GivesBackWhatWasWrittenAndNothingElse) {
  EXPECT_EQ(undone(), Found());
  UndoLog log(path_);
  EXPECT_FALSE(log.begun());
  log.begin(bytes("head"), 3);
  add(log, 7, "abc");
  EXPECT_EQ(undone(), (Found{{-1, "head"}}));  // not written yet
  add(log, 2, "def");
  log.write();
  EXPECT_EQ(undone(), (Found{{-1, "head"}, {7, "abc"}, {2, "def"}}));
  log.clear();
  EXPECT_EQ(undone(), Found());
  log.begin(bytes("other"), 1);
  add(log, 0, "x");
  log.write();
  EXPECT_EQ(undone(), (Found{{-1, "other"}, {0, "x"}}));
}

/// A process may end in the middle of a write: what is whole counts.
TEST_F(UndoLogTest, EveryTruncationGivesTheRecordsThatAreWhole) {
  std::uintmax_t begun = 0, one = 0;
  {
    UndoLog log(path_);
    log.begin(bytes("head"), 3);
    begun = fs::file_size(path_);
    add(log, 7, "abc");
    log.write();
    one = fs::file_size(path_);
    add(log, 8, "def");
    log.write();
  }
  for (std::uintmax_t size = fs::file_size(path_); size-- > 0;) {
    fs::resize_file(path_, size);
    Found wanted;
    if (size >= begun) wanted[-1] = "head";
    if (size >= one) wanted[7] = "abc";
    EXPECT_EQ(undone(), wanted) << size;
  }
}

TEST_F(UndoLogTest, ARecordWithABitChangedAndThoseBehindItAreNone) {
  {
    UndoLog log(path_);
    log.begin(bytes("head"), 3);
    add(log, 7, "abc");
    add(log, 8, "def");
    log.write();
  }
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put('g');
  file.close();
  EXPECT_EQ(undone(), (Found{{-1, "head"}, {7, "abc"}}));
}

TEST_F(UndoLogTest, OfAnotherBootItRefuses) {
  {
    UndoLog log(path_);
    log.begin(bytes("head"), 3);
  }
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8);
  file.put('!');
  file.close();
  EXPECT_THROW(undone(), FileError);
}

}  // namespace
}  // namespace keratin::table
