// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/file_writer.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "support/temporary_folder.h"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"

namespace keratin::formats {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// The real system, of which the call of a given number is another.
class Faulty final : public FileSystem {
 public:
  enum class What { kFail, kKill, kHalf };
  Faulty(int call, What what, int code) : call_(call), what_(what), code_(code) {}
  int calls() const { return calls_; }
  bool was_unlink() const { return was_unlink_; }

  int open(const char* path, int flags, mode_t mode) override {
    return fails() ? -1 : FileSystem::open(path, flags, mode);
  }
  ssize_t write(int file, const void* data, std::size_t size) override {
    if (what_ == What::kHalf && size > 1) size /= 2;  // as a signal leaves it
    return fails() ? -1 : FileSystem::write(file, data, size);
  }
  ssize_t pwrite(int file, const void* data, std::size_t size, off_t at) override {
    if (what_ == What::kHalf && size > 1) size /= 2;
    return fails() ? -1 : FileSystem::pwrite(file, data, size, at);
  }
  int sync(int file) override { return fails() ? -1 : FileSystem::sync(file); }
  int sync_part(int file, std::uint64_t at, std::uint64_t size) override {
    return fails() ? -1 : FileSystem::sync_part(file, at, size);
  }
  int close(int file) override {
    const int closed = FileSystem::close(file);  // Linux closes it in any case
    return fails() ? -1 : closed;
  }
  int stat(const char* path, struct stat* about) override {
    return fails() ? -1 : FileSystem::stat(path, about);
  }
  int access(const char* path, int mode) override {
    return fails() ? -1 : FileSystem::access(path, mode);
  }
  int change_mode(int file, mode_t mode) override {
    return fails() ? -1 : FileSystem::change_mode(file, mode);
  }
  int change_owner(int file, uid_t user, gid_t group) override {
    return fails() ? -1 : FileSystem::change_owner(file, user, group);
  }
  int rename(const char* from, const char* to) override {
    return fails() ? -1 : FileSystem::rename(from, to);
  }
  int unlink(const char* path) override {
    was_unlink_ = calls_ + 1 == call_;
    return fails() ? -1 : FileSystem::unlink(path);
  }

 private:
  bool fails() {
    if (++calls_ != call_ || what_ == What::kHalf) return false;
    if (what_ == What::kKill) ::kill(::getpid(), SIGKILL);
    errno = code_;
    return true;
  }
  int call_;
  What what_;
  int code_;
  int calls_ = 0;
  bool was_unlink_ = false;
};

const std::string kOld(300'000, 'o');
const std::string kNew(9'000'000, 'n');

void save(const std::filesystem::path& path, FileSystem& system) {
  FileWriter writer(path.string(), system);
  writer.write("head");
  writer.write(kNew);
  writer.write("tail");
  writer.write_at(0, "HE");
  writer.write_at(kNew.size() + 4, "TA");
  writer.commit();
}
const std::string kSaved = "HEad" + kNew + "TAil";

TEST(FileWriter, OldOrNewWhateverFails) {
  for (const int code : {ENOSPC, EIO}) {
    const testing::TemporaryFolder folder;
    const auto path = folder / "model.keras";
    int failed = 0;
    for (int call = 1;; ++call) {
      folder.write("model.keras", kOld);
      Faulty system(call, Faulty::What::kFail, code);
      bool threw = false;
      try {
        save(path, system);
      } catch (const FileError& error) {
        threw = true;
        EXPECT_EQ(error.code(), code);
        EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
      }
      const std::string now = content_of(path);
      EXPECT_TRUE(now == kOld || now == kSaved) << "call " << call;
      EXPECT_TRUE(threw || now == kSaved) << "call " << call;
      EXPECT_EQ(files_in(folder.path()), system.was_unlink() ? 2U : 1U) << "call " << call;
      failed += threw ? 1 : 0;
      if (system.calls() < call) break;
    }
    EXPECT_GE(failed, 12);
  }
}

TEST(FileWriter, OldOrNewWheneverItIsKilled) {
  const testing::TemporaryFolder folder;
  const auto path = folder / "model.keras";
  for (int call = 1;; ++call) {
    folder.write("model.keras", kOld);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Faulty system(call, Faulty::What::kKill, 0);
      save(path, system);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const std::string now = content_of(path);
    EXPECT_TRUE(now == kOld || now == kSaved) << "call " << call;
    if (WIFEXITED(status)) {
      EXPECT_EQ(now, kSaved);
      EXPECT_GT(call, 12);
      break;
    }
  }
}

TEST(FileWriter, GoesOnWhereASignalLeftIt) {
  const testing::TemporaryFolder folder;
  Faulty system(0, Faulty::What::kHalf, 0);
  save(folder / "model.keras", system);
  EXPECT_EQ(content_of(folder / "model.keras"), kSaved);
  Faulty interrupted(4, Faulty::What::kFail, EINTR);  // the first write
  save(folder / "model.keras", interrupted);
  EXPECT_EQ(content_of(folder / "model.keras"), kSaved);
}

TEST(FileWriter, HearsCtrlCWhileItWritesAndWhileItWaitsForTheDisk) {
  const testing::TemporaryFolder folder;
  folder.write("model.keras", kOld);
  int heard = 0;
  for (bool saved = false; !saved;) {
    int asked = 0;
    const std::function<void()> ask = [&] {
      if (++asked > heard) throw std::runtime_error("Ctrl-C");
    };
    const parallel::Interruptible interruptible(&ask);
    try {
      save(folder / "model.keras", FileSystem::real());
      saved = true;
    } catch (const std::runtime_error&) {
      ++heard;
    }
    EXPECT_EQ(content_of(folder / "model.keras"), saved ? kSaved : kOld) << heard;
    EXPECT_EQ(files_in(folder.path()), 1U) << heard;
  }
  // "head", three pieces of 4 MiB at most, "tail", and the wait for two pieces.
  EXPECT_EQ(heard, 7);
}

TEST(FileWriter, KeepsModeAndLinks) {
  const testing::TemporaryFolder folder;
  folder.write("target", kOld);
  ASSERT_EQ(::chmod((folder / "target").c_str(), 0640), 0);
  std::filesystem::create_symlink("target", folder / "link");
  std::filesystem::create_symlink(folder / "link", folder / "link of link");
  std::filesystem::create_symlink("not yet", folder / "dangling");
  save(folder / "link of link", FileSystem::real());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(content_of(folder / "target"), kSaved);
  struct stat about = {};
  ASSERT_EQ(::stat((folder / "target").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0640U);
  save(folder / "dangling", FileSystem::real());
  EXPECT_EQ(content_of(folder / "not yet"), kSaved);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ASSERT_EQ(::stat((folder / "not yet").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0666U & ~mask);
  EXPECT_EQ(files_in(folder.path()), 5U);
}

TEST(FileWriter, WhatCannotBeWrittenIsNamed) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_symlink("circle", folder / "circle");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const auto code_of = [&](const std::string& path) {
    try {
      FileWriter writer(path);
    } catch (const FileError& error) {
      return error.code();
    }
    return 0;
  };
  EXPECT_EQ(code_of(folder.path().string()), EISDIR);
  EXPECT_EQ(code_of((folder / "none/model").string()), ENOENT);
  EXPECT_EQ(code_of((folder / "circle").string()), ELOOP);
  EXPECT_EQ(code_of((folder / "pipe").string()), EINVAL);
  EXPECT_EQ(code_of("/dev/null"), EINVAL);
  EXPECT_EQ(code_of(""), ENOENT);
  EXPECT_EQ(code_of(std::string("a\0b", 3)), EINVAL);
  EXPECT_EQ(code_of((folder / std::string(300, 'x')).string()), ENAMETOOLONG);
  EXPECT_EQ(files_in(folder.path()), 2U);
  // What is not committed has not happened.
  { FileWriter(folder / "model").write("x"); }
  EXPECT_EQ(files_in(folder.path()), 2U);
}

}  // namespace
}  // namespace keratin::formats
