// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/table_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/checked.h"
#include "keratin/formats/file_system.h"
#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

constexpr std::array<char, 8> kTableMagic = {'K', 'R', 'T', 'N', 'R', 'O', 'W', 'S'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kMostKind = 256;
constexpr std::size_t kWaiting = std::size_t{1} << 20;  // bytes that go to the log at once

std::size_t in_pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

/// Unless there is something by now.
int rename_to_free(const char* from, const char* to) {
  const int result = ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
  return result != 0 && (errno == EINVAL || errno == ENOSYS) ? std::rename(from, to) : result;
}

void bring_folder_to_disk(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;  // a folder that may be written and not read
  ::fsync(opened);         // some file systems have no such thing
  ::close(opened);
}

}  // namespace

/// The first page, as it lies in the file.
struct TableFile::Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t precision;  // bytes of an element and, of 2, which: Precision
  std::int64_t rows;
  std::int64_t width;
  std::uint64_t slots;
  std::int64_t iterations;
  std::uint64_t round;
  std::array<char, kMostKind> kind;  // ends with a zero
};

TableFile::TableFile(std::string path, const Shape& shape, Precision precision)
    : path_(std::move(path)), count_(shape[0]), width_(shape[1]), precision_(precision) {
  static_assert(sizeof(Header) <= kHeaderBytes && std::is_trivially_copyable_v<Header>);
  // Of the widest: all slots, float32.
  const std::uint64_t elements =
      formats::product(static_cast<std::uint64_t>(count_), static_cast<std::uint64_t>(width_));
  if (elements > std::uint64_t{1} << 56) fail("cannot have so many rows", EFBIG);
  noted_.resize((static_cast<std::size_t>(count_) + 63) / 64);
}

TableFile::~TableFile() {
  if (base_ != nullptr) ::munmap(base_, bytes_with(kMaxRowSlots));
  if (file_ >= 0) ::close(file_);
}

std::shared_ptr<TableFile> TableFile::open(const std::string& path, const Shape& shape,
                                           Precision precision, const Draw& draw) {
  std::shared_ptr<TableFile> file(new TableFile(path, shape, precision));
  if (path.empty() || path.find('\0') != std::string::npos) file->fail("cannot be a path", EINVAL);
  file->open_file(path, 0);
  if (file->file_ >= 0) {
    file->was_there_ = true;
    file->take();
  } else {
    file->make(draw);
  }
  return file;
}

void TableFile::open_file(const std::string& path, int flags) {
  file_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | flags, 0666);
  if (file_ < 0 && (errno != ENOENT || flags != 0)) fail("cannot be opened", errno);
  if (file_ < 0) return;
  struct stat about = {};
  if (::fstat(file_, &about) != 0) fail("cannot be opened", errno);
  if (!S_ISREG(about.st_mode)) fail("is there, and no regular file", EINVAL);
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0)
    fail("is the storage of another layer, here or in another process", errno);
  struct stat there = {};
  if (::stat(path.c_str(), &there) != 0 || there.st_ino != about.st_ino)
    fail("was moved while it was opened", EAGAIN);
}

/// Under another name until all rows are there.
void TableFile::make(const Draw& draw) {
  const std::string beside = path_ + ".new";
  open_file(beside, O_CREAT);
  try {
    if (::ftruncate(file_, 0) != 0) fail("cannot be written", errno);
    grow_to(0);
    map();
    Header& h = header();
    h.magic = kTableMagic;
    h.version = kVersion;
    h.precision = static_cast<std::uint32_t>(precision_);
    h.rows = count_;
    h.width = width_;
    draw(rows());
    log_.emplace(path_ + ".undo");
    log_->clear();  // of a file that was here and is gone
    if (::fsync(file_) != 0) fail("cannot be brought to the disk", errno);
    if (rename_to_free(beside.c_str(), path_.c_str()) != 0) fail("cannot be made", errno);
    bring_folder_to_disk(path_);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

void TableFile::take() {
  struct stat about = {};
  if (::fstat(file_, &about) != 0) fail("cannot be opened", errno);
  const auto bytes = static_cast<std::size_t>(about.st_size);
  Header found = {};
  if (bytes < kHeaderBytes ||
      ::pread(file_, &found, sizeof(found), 0) != static_cast<ssize_t>(sizeof(found)) ||
      found.magic != kTableMagic || found.version != kVersion) {
    throw FormatError("table", {path_, "", 0}, "a table that was a storage of Embedding",
                      bytes == 0 ? "an empty file" : "another file");
  }
  if (found.rows != count_ || found.width != width_ ||
      found.precision != static_cast<std::uint32_t>(precision_)) {
    constexpr std::array<std::string_view, 3> kNames = {"float32", "bfloat16", "float16"};
    invalid_argument("Embedding", "the storage ", in_quotes(path_), " holds a table of shape ",
                     Shape{found.rows, found.width}, " and ",
                     found.precision < kNames.size() ? kNames[found.precision] : "another type",
                     ". Received: ", Shape{count_, width_}, " and ",
                     kNames[static_cast<std::size_t>(precision_)]);
  }
  map();
  log_.emplace(path_ + ".undo");
  // What the log has may be of a header whose change was under way.
  come_back();
  const Header& h = header();
  if (h.slots > kMaxRowSlots || h.kind.back() != '\0' || h.iterations < 0) {
    throw FormatError("table", {path_, "", 0}, "the numbers of a table's first page", "others");
  }
  struct stat now = {};
  if (::fstat(file_, &now) != 0) fail("cannot be opened", errno);
  if (static_cast<std::size_t>(now.st_size) < bytes_with(h.slots)) {
    throw FormatError("table", {path_, "", 0}, str(bytes_with(h.slots), " bytes"),
                      str(now.st_size));
  }
  flushed_slots_ = slots_ = static_cast<std::size_t>(h.slots);
  kind_ = h.kind.data();
  has_flushed_slots_ = !kind_.empty();
}

/// To the state of the last flush, whatever an earlier process left.
void TableFile::come_back() {
  std::size_t slots = 0;
  bool any = false;
  log_->undo(
      [&](std::span<const std::byte> head) {
        Header before = {};
        if (head.size() == sizeof(before)) std::memcpy(&before, head.data(), sizeof(before));
        if (before.magic != kTableMagic || before.rows != count_ || before.width != width_ ||
            before.slots > kMaxRowSlots) {
          throw FormatError("table", {path_ + ".undo", "", 0}, "the log of this table", "another");
        }
        slots = static_cast<std::size_t>(before.slots);
        grow_to(slots);
        slots_ = slots;
        header() = before;
        any = true;
      },
      [&](std::int64_t place, std::span<const std::byte> before) {
        if (place < 0 || place >= count_ ||
            before.size() != row_bytes() + slots * static_cast<std::size_t>(width_) * 4) {
          throw FormatError("table", {path_ + ".undo", "", 0}, "a row of this table", "another");
        }
        const auto at = static_cast<std::size_t>(place);
        std::memcpy(rows() + at * row_bytes(), before.data(), row_bytes());
        before = before.subspan(row_bytes());
        for (std::size_t k = 0; k < slots; ++k) {
          const std::size_t n = static_cast<std::size_t>(width_) * sizeof(float);
          std::memcpy(slot(k) + at * static_cast<std::size_t>(width_), before.data() + k * n, n);
        }
      });
  if (any && ::msync(base_, bytes_with(slots), MS_SYNC) != 0)
    fail("cannot be brought to the disk", errno);
  log_->clear();
}

void TableFile::map() {
  // With the addresses of all slots that there may be: rows never move. Behind the end of the file
  // nothing is touched.
  void* const memory =
      ::mmap(nullptr, bytes_with(kMaxRowSlots), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (memory == MAP_FAILED) fail("cannot be mapped", errno);
  base_ = static_cast<std::byte*>(memory);
  ::madvise(base_, bytes_with(kMaxRowSlots), MADV_RANDOM);
}

/// Room on the disk, which a mapping cannot ask for: it would end the process.
void TableFile::grow_to(std::size_t slots) {
  const std::size_t bytes = bytes_with(slots);
  const int code = ::posix_fallocate(file_, 0, static_cast<off_t>(bytes));
  if (code != 0) fail(str("has no room for ", bytes, " bytes"), code);
}

bool TableFile::make_slots(std::string_view kind, std::size_t count) {
  if (std::exchange(has_flushed_slots_, false) && kind == kind_ && count == slots_) return true;
  if (kind.size() >= kMostKind || count > kMaxRowSlots)
    wrong_moment("Embedding", "slots of this kind have no room in a file.");
  if (flushed_slots_ > 0) will_change(0, count_);
  // Zeros, which no disk need be asked for one by one.
  if (::ftruncate(file_, static_cast<off_t>(slots_begin())) != 0) fail("cannot be cut", errno);
  slots_ = 0;
  kind_.clear();
  grow_to(count);
  slots_ = count;
  kind_ = kind;
  return false;
}

TableFile::Header& TableFile::header() const { return *reinterpret_cast<Header*>(base_); }
std::size_t TableFile::slots_begin() const {
  return kHeaderBytes + in_pages(static_cast<std::size_t>(count_) * row_bytes());
}
std::size_t TableFile::slot_bytes() const {
  return in_pages(static_cast<std::size_t>(count_ * width_) * sizeof(float));
}
float* TableFile::slot(std::size_t k) const {
  return reinterpret_cast<float*>(base_ + slots_begin() + k * slot_bytes());
}
TableFile::Numbers TableFile::numbers() const { return {header().iterations, header().round}; }

void TableFile::will_change(std::span<const std::int64_t> places) {
  for (const std::int64_t place : places) {
    if (!is_noted(place)) note(place);
  }
  write_notes();
}

void TableFile::will_change(std::int64_t begin, std::int64_t end) {
  for (std::int64_t place = begin; place < end; ++place) {
    if (is_noted(place)) continue;
    note(place);
    if ((place & 1023) == 0) parallel::check_interrupt();
  }
  write_notes();
}

void TableFile::begin_log() {
  if (log_->begun()) return;
  log_->begin(std::as_bytes(std::span(&header(), 1)),
              row_bytes() + flushed_slots_ * static_cast<std::size_t>(width_) * sizeof(float));
}

void TableFile::note(std::int64_t place) {
  begin_log();
  const std::size_t n = static_cast<std::size_t>(width_) * sizeof(float);
  const auto at = static_cast<std::size_t>(place);
  const std::span<std::byte> before = log_->add(place);
  being_noted_.push_back(place);
  std::memcpy(before.data(), rows() + at * row_bytes(), row_bytes());
  for (std::size_t k = 0; k < flushed_slots_; ++k) {
    std::memcpy(before.data() + row_bytes() + k * n,
                slot(k) + at * static_cast<std::size_t>(width_), n);
  }
  if (log_->waiting() >= kWaiting) write_notes();
}

void TableFile::write_notes() {
  const std::vector<std::int64_t> places = std::exchange(being_noted_, {});
  if (places.empty()) return;
  log_->write();
  for (const std::int64_t place : places)
    noted_[static_cast<std::size_t>(place) >> 6] |= std::uint64_t{1} << (place & 63);
}

/// Pages that were waited for show that not all is in memory: then the next calls ask, until none
/// was waited for in so many.
bool TableFile::waits() const {
  constexpr int kCalls = 64;
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  if (waited_.exchange(usage.ru_majflt, std::memory_order_relaxed) != usage.ru_majflt)
    asks_.store(kCalls, std::memory_order_relaxed);
  return asks_.load(std::memory_order_relaxed) > 0 &&
         asks_.fetch_sub(1, std::memory_order_relaxed) > 0;
}

void TableFile::ask_for(std::int64_t place, Part part) const {
  const auto at = static_cast<std::size_t>(place);
  const auto ask = [](const void* begin, std::size_t bytes) {
    const auto address = reinterpret_cast<std::uintptr_t>(begin);
    const std::uintptr_t page = address / kPage * kPage;
    ::madvise(reinterpret_cast<void*>(page), address + bytes - page, MADV_WILLNEED);
  };
  if (part == Part::kRows) return ask(rows() + at * row_bytes(), row_bytes());
  for (std::size_t k = 0; k < slots_; ++k) {
    ask(slot(k) + at * static_cast<std::size_t>(width_),
        static_cast<std::size_t>(width_) * sizeof(float));
  }
}

void TableFile::flush(const Numbers& numbers) {
  // Most of the wait, while nothing has changed yet that Ctrl-C would leave half done.
  if (formats::bring_to_disk(file_, bytes_with(slots_)) != 0)
    fail("cannot be brought to the disk", errno);
  begin_log();  // the first page changes, if nothing else has
  Header& h = header();
  h.slots = slots_;
  h.iterations = numbers.iterations;
  h.round = numbers.round;
  h.kind = {};
  std::copy(kind_.begin(), kind_.end(), h.kind.begin());
  if (::msync(base_, bytes_with(slots_), MS_SYNC) != 0 || ::fsync(file_) != 0)
    fail("cannot be brought to the disk", errno);
  log_->clear();
  flushed_slots_ = slots_;
  being_noted_.clear();
  std::fill(noted_.begin(), noted_.end(), 0);
}

void TableFile::fail(std::string_view what, int code) const {
  throw FileError(
      str("[Embedding] the storage ", in_quotes(path_), " ", what, ": ", std::strerror(code), "."),
      code);
}

}  // namespace keratin::table
