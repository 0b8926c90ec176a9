// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/file_writer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/checked.h"
#include "keratin/parallel/parallel.h"

namespace keratin::formats {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 18;
constexpr int kMostLinks = 40;
constexpr int kMostNames = 1000;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

FileWriter::FileWriter(std::string path, FileSystem& system)
    : path_(std::move(path)), target_(path_), system_(system) {
  if (path_.find('\0') != std::string::npos || path_.empty()) {
    errno = path_.empty() ? ENOENT : EINVAL;
    fail("cannot be a path");
  }
  buffer_.reserve(kBuffer);
  look_at_target();
  open_beside();
}

FileWriter::~FileWriter() { give_up(); }

void FileWriter::look_at_target() {
  struct stat about = {};
  for (int links = 0; system_.lstat(target_.c_str(), &about) == 0 && S_ISLNK(about.st_mode);) {
    if (++links > kMostLinks) {
      errno = ELOOP;
      fail("cannot be followed");
    }
    std::array<char, PATH_MAX> name = {};
    const ssize_t size = system_.readlink(target_.c_str(), name.data(), name.size());
    if (size < 0) fail("cannot be followed");
    const std::string next(name.data(), static_cast<std::size_t>(size));
    target_ = next.starts_with('/') ? next : folder_of(target_) + "/" + next;
  }
  if (system_.stat(target_.c_str(), &before_) != 0) {
    if (errno != ENOENT) fail("cannot be written");
    return;
  }
  was_there_ = true;
  if (!S_ISREG(before_.st_mode)) {
    errno = S_ISDIR(before_.st_mode) ? EISDIR : EINVAL;
    fail("is there, and no regular file");
  }
  // Renaming would replace a file that may not be written.
  if (system_.access(target_.c_str(), W_OK) != 0) fail("may not be written");
}

void FileWriter::open_beside() {
  static std::atomic<std::uint32_t> counter{0};
  const std::size_t slash = target_.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : target_.substr(0, slash + 1);
  const std::string name = target_.substr(folder.size()).substr(0, 100);
  for (int i = 0; i < kMostNames; ++i) {
    std::string beside = str(folder, ".", name, ".", ::getpid(), "-", ++counter, ".new");
    file_ = retried([&] {
      return system_.open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
    });
    if (file_ >= 0) {
      beside_ = std::move(beside);
      return;
    }
    if (errno != EEXIST) break;
  }
  fail("cannot be written");
}

void FileWriter::write(std::span<const std::byte> data) {
  if (buffer_.size() + data.size() > kBuffer) {
    flush();
    if (data.size() >= kBuffer) return write_through(data);
  }
  buffer_.insert(buffer_.end(), data.begin(), data.end());
}

void FileWriter::write_through(std::span<const std::byte> data) {
  if (file_ < 0) wrong_moment("save", "this file was committed, or given up.");
  while (!data.empty()) {
    parallel::check_interrupt();
    const std::size_t size = std::min<std::size_t>(data.size(), kWrittenAtOnce);
    const ssize_t done = retried([&] { return system_.write(file_, data.data(), size); });
    if (done < 0) fail("cannot be written");
    // A disk that begins at the end lets the saver wait twice: for memory, and then for the disk.
    if (size == kWrittenAtOnce) {
      system_.begin_sync(file_, written_, static_cast<std::uint64_t>(done));
    }
    written_ += static_cast<std::uint64_t>(done);
    data = data.subspan(static_cast<std::size_t>(done));
  }
}

void FileWriter::flush() {
  write_through(buffer_);
  buffer_.clear();
}

void FileWriter::write_at(std::uint64_t at, std::span<const std::byte> data) {
  if (!fits(at, data.size(), position())) {
    wrong_moment("save", "bytes that are not written yet cannot be written over.");
  }
  if (at >= written_) {
    std::copy(data.begin(), data.end(),
              buffer_.begin() + static_cast<std::ptrdiff_t>(at - written_));
    return;
  }
  if (at + data.size() > written_) flush();
  while (!data.empty()) {
    const ssize_t done = retried(
        [&] { return system_.pwrite(file_, data.data(), data.size(), static_cast<off_t>(at)); });
    if (done < 0) fail("cannot be written");
    at += static_cast<std::uint64_t>(done);
    data = data.subspan(static_cast<std::size_t>(done));
  }
}

void FileWriter::commit() {
  flush();
  if (was_there_) {
    // Only its owner may give a file away; then it belongs to who saved it, as a copy would.
    if (system_.change_owner(file_, before_.st_uid, before_.st_gid) != 0 && errno != EPERM) {
      fail("cannot be given its owner");
    }
    if (system_.change_mode(file_, before_.st_mode & 07777) != 0) fail("cannot be given its mode");
  }
  if (bring_to_disk(file_, written_, system_) != 0) fail("cannot be brought to the disk");
  if (system_.close(std::exchange(file_, -1)) != 0) fail("cannot be closed");
  if (system_.rename(beside_.c_str(), target_.c_str()) != 0) fail("cannot be replaced");
  beside_.clear();
  const std::string folder = folder_of(target_);
  const int opened =
      retried([&] { return system_.open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); });
  if (opened < 0) {
    if (errno == EACCES) return;  // a folder that may be written and not read
    fail("is saved, but its folder cannot be opened to bring it to the disk");
  }
  const int synced = retried([&] { return system_.sync(opened); });
  const int code = errno;
  system_.close(opened);
  errno = code;
  if (synced != 0 && code != EINVAL) {  // some file systems have no such thing
    fail("is saved, but its folder cannot be brought to the disk");
  }
}

void FileWriter::give_up() noexcept {
  if (file_ >= 0) system_.close(std::exchange(file_, -1));
  if (!beside_.empty()) system_.unlink(beside_.c_str());
  beside_.clear();
}

void FileWriter::fail(std::string_view what) const {
  const int code = errno;
  throw FileError(str("[save] ", in_quotes(path_), " ", what, ": ", std::strerror(code), "."),
                  code);
}

}  // namespace keratin::formats
