// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/undo_log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/crc32.h"

namespace keratin::table {
namespace {

constexpr std::array<char, 8> kUndoMagic = {'K', 'R', 'T', 'N', 'U', 'N', 'D', 'O'};
constexpr std::size_t kBootBytes = 40;

/// The begin of a log; its head follows, then records.
struct Begin {
  std::array<char, 8> magic;
  std::array<char, kBootBytes> boot;  // of the machine: the log is not brought to the disk
  std::uint64_t head_bytes;
  std::uint64_t record_bytes;
  std::uint32_t checksum;  // of the head
  std::uint32_t unused;
};

struct RecordHead {
  std::int64_t number;
  std::uint32_t checksum;  // of the bytes, begun with the number
  std::uint32_t unused;
};

std::array<char, kBootBytes> this_boot() {
  std::array<char, kBootBytes> boot = {};
  std::ifstream("/proc/sys/kernel/random/boot_id").read(boot.data(), kBootBytes - 1);
  return boot;
}

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

std::uint32_t checksum_of(std::int64_t number, std::span<const std::byte> bytes) {
  return formats::checksum(bytes, formats::checksum(bytes_of(number), 0));
}

}  // namespace

UndoLog::UndoLog(std::string path) : path_(std::move(path)) {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  struct stat about = {};
  if (file_ < 0 || ::fstat(file_, &about) != 0) fail("cannot be opened");
  size_ = static_cast<std::uint64_t>(about.st_size);
}

UndoLog::~UndoLog() {
  if (file_ >= 0) ::close(file_);
}

void UndoLog::undo(const std::function<void(std::span<const std::byte>)>& start,
                   const Undo& undo) const {
  std::uint64_t at = 0;
  // Whether there are so many bytes, which are read then.
  const auto read = [&](std::span<std::byte> out) {
    if (size_ - at < out.size()) return false;
    for (std::size_t done = 0; done < out.size();) {
      const ssize_t got =
          ::pread(file_, out.data() + done, out.size() - done, static_cast<off_t>(at + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) fail("cannot be read");
      done += static_cast<std::size_t>(got);
    }
    at += out.size();
    return true;
  };
  Begin begin = {};
  if (!read(std::as_writable_bytes(std::span(&begin, 1))) || begin.magic != kUndoMagic) return;
  if (begin.head_bytes > size_ || begin.record_bytes > size_) return;
  std::vector<std::byte> head(begin.head_bytes);
  if (!read(head) || formats::checksum(head, 0) != begin.checksum) return;
  if (begin.boot != this_boot()) {
    throw FileError(
        str("[Embedding] ", in_quotes(path_),
            ": the machine stopped, or is another one, while the "
            "table beside was trained: what it was at the last flush cannot be had back for sure. "
            "Remove this file to take the table as it is."),
        EIO);
  }
  start(head);
  std::vector<std::byte> before(begin.record_bytes);
  RecordHead record = {};
  while (read(std::as_writable_bytes(std::span(&record, 1))) && read(before)) {
    if (record.checksum != checksum_of(record.number, before)) return;
    undo(record.number, before);
  }
}

void UndoLog::begin(std::span<const std::byte> head, std::size_t record_bytes) {
  clear();
  Begin begin = {};
  begin.magic = kUndoMagic;
  begin.boot = this_boot();
  begin.head_bytes = head.size();
  begin.record_bytes = record_bytes;
  begin.checksum = formats::checksum(head, 0);
  append(bytes_of(begin));
  append(head);
  // That there is something to undo must be known after a loss of power, too.
  if (::fsync(file_) != 0) fail("cannot be brought to the disk");
  record_bytes_ = record_bytes;
}

std::span<std::byte> UndoLog::add(std::int64_t number) {
  const std::size_t at = waiting_.size();
  waiting_.resize(at + sizeof(RecordHead) + record_bytes_);
  std::memcpy(waiting_.data() + at, &number, sizeof(number));
  return std::span(waiting_).last(record_bytes_);
}

void UndoLog::write() {
  const std::size_t bytes = sizeof(RecordHead) + record_bytes_;
  for (std::size_t at = 0; at < waiting_.size(); at += bytes) {
    RecordHead head = {};
    std::memcpy(&head.number, waiting_.data() + at, sizeof(head.number));
    head.checksum =
        checksum_of(head.number, std::span(waiting_).subspan(at + sizeof(head), record_bytes_));
    std::memcpy(waiting_.data() + at, &head, sizeof(head));
  }
  try {
    append(waiting_);
  } catch (...) {
    waiting_.clear();
    throw;
  }
  waiting_.clear();
}

void UndoLog::append(std::span<const std::byte> data) {
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t wrote =
        ::pwrite(file_, data.data() + done, data.size() - done, static_cast<off_t>(size_ + done));
    if (wrote < 0 && errno == EINTR) continue;
    // What was written of it stays until the next is written there. It does no harm: its rows have
    // not changed.
    if (wrote < 0) fail("cannot be written");
    done += static_cast<std::size_t>(wrote);
  }
  size_ += data.size();
}

void UndoLog::clear() {
  if (size_ > 0 && ::ftruncate(file_, 0) != 0) fail("cannot be emptied");
  if (size_ > 0 && ::fsync(file_) != 0) fail("cannot be brought to the disk");
  size_ = 0;
  record_bytes_ = 0;
  waiting_.clear();
}

void UndoLog::fail(const char* what) const {
  const int code = errno;
  throw FileError(str("[Embedding] ", in_quotes(path_), " ", what, ": ", std::strerror(code), "."),
                  code);
}

}  // namespace keratin::table
