// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/bytes.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"

namespace keratin::formats {
namespace {

/// Below this a copy costs less than a mapping.
constexpr std::uint64_t kSmall = 65'536;

[[noreturn]] void refuse(const std::string& path, std::string_view what, int code) {
  throw FileError(str("[open] ", in_quotes(path), ": ", what), code);
}
[[noreturn]] void refuse(const std::string& path, int code) {
  refuse(path, str(std::strerror(code), "."), code);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int get() const { return number_; }

 private:
  int number_;
};

std::string read_all(int file, std::uint64_t size, const std::string& path) {
  std::string data(static_cast<std::size_t>(size), '\0');
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t got =
        ::pread(file, data.data() + done, data.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(path, errno);
    if (got == 0) refuse(path, "became shorter while it was read.", EIO);
    done += static_cast<std::size_t>(got);
  }
  return data;
}

std::uint64_t page_size() {
  static const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

const std::string kNothing;

}  // namespace

/// What bytes lie in. Of a mapping the file stays open, so that writable() can map it again without
/// its name.
struct Bytes::Source {
  std::string name;
  std::string owned;
  std::shared_ptr<const void> keeper;
  Descriptor file{-1};
  void* mapping = nullptr;
  std::size_t mapped = 0;

  ~Source() {
    if (mapping != nullptr) ::munmap(mapping, mapped);
  }
};

Bytes Bytes::open(const std::string& path) {
  if (path.find('\0') != std::string::npos) refuse(path, "a path holds no NUL.", EINVAL);
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0) refuse(path, errno);
  struct stat about = {};
  if (::fstat(file.get(), &about) != 0) refuse(path, errno);
  if (S_ISDIR(about.st_mode)) refuse(path, "is a directory, not a file.", EISDIR);
  if (!S_ISREG(about.st_mode)) refuse(path, "is no regular file.", EINVAL);
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size > kSmall) {
    void* mapping =
        ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (mapping != MAP_FAILED) {
      const auto source = std::make_shared<Source>();
      source->mapping = mapping;
      source->mapped = static_cast<std::size_t>(size);
      source->name = path;
      source->file = std::move(file);
      Bytes bytes;
      bytes.origin_ = bytes.data_ = static_cast<const std::byte*>(mapping);
      bytes.size_ = size;
      bytes.source_ = source;
      return bytes;
    }
    if (errno == ENOMEM) {
      throw OutOfMemory(str("[open] ", in_quotes(path), ": no room to map ", size, " bytes."));
    }
  }
  return of(read_all(file.get(), size, path), path);
}

Bytes Bytes::of(std::string data, std::string name) {
  const auto source = std::make_shared<Source>();
  source->name = std::move(name);
  source->owned = std::move(data);
  Bytes bytes;
  bytes.origin_ = bytes.data_ = reinterpret_cast<const std::byte*>(source->owned.data());
  bytes.size_ = source->owned.size();
  bytes.source_ = source;
  return bytes;
}

Bytes Bytes::view(std::span<const std::byte> data, std::string name,
                  std::shared_ptr<const void> keeper) {
  const auto source = std::make_shared<Source>();
  source->name = std::move(name);
  source->keeper = std::move(keeper);
  Bytes bytes;
  bytes.origin_ = bytes.data_ = data.data();
  bytes.size_ = data.size();
  bytes.source_ = source;
  return bytes;
}

Bytes Bytes::part(std::uint64_t offset, std::uint64_t size) const {
  if (offset > size_ || size > size_ - offset) {
    out_of_range("Bytes", size, " bytes from ", offset, " on lie outside of ", size_, ".");
  }
  Bytes part = *this;
  part.data_ += offset;
  part.size_ = size;
  return part;
}

Bytes Bytes::member(std::string name) const {
  Bytes renamed = *this;
  renamed.member_ = std::make_shared<const std::string>(std::move(name));
  renamed.origin_ = data_;
  return renamed;
}

Bytes Bytes::unpacked(std::shared_ptr<const std::byte[]> data, std::uint64_t size,
                      std::string name) const {
  const std::byte* begin = data.get();
  return view({begin, static_cast<std::size_t>(size)}, file(), std::move(data))
      .member(std::move(name));
}

const std::string& Bytes::file() const { return source_ ? source_->name : kNothing; }
const std::string& Bytes::member() const { return member_ ? *member_ : kNothing; }

bool Bytes::is_mapped() const { return source_ && source_->mapping != nullptr; }

std::uint64_t Bytes::file_offset() const {
  if (!is_mapped()) wrong_moment("Bytes", "file_offset: these bytes are no mapped file.");
  return static_cast<std::uint64_t>(data_ - static_cast<const std::byte*>(source_->mapping));
}

std::shared_ptr<std::byte> Bytes::writable() const {
  const auto size = static_cast<std::size_t>(size_);
  if (is_mapped() && size > 0) {
    const std::uint64_t at = file_offset();
    const std::uint64_t before = at % page_size();
    const std::size_t mapped = size + static_cast<std::size_t>(before);
    void* mapping = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                           source_->file.get(), static_cast<off_t>(at - before));
    if (mapping != MAP_FAILED) {
      ::madvise(mapping, mapped, MADV_RANDOM);
      const std::shared_ptr<std::byte> whole(
          static_cast<std::byte*>(mapping),
          [mapped](std::byte* begin) { ::munmap(begin, mapped); });
      return {whole, whole.get() + before};
    }
  }
  std::shared_ptr<std::byte> copy;
  try {
    copy = std::shared_ptr<std::byte>(new std::byte[size], std::default_delete<std::byte[]>());
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(str("[Bytes] a copy of ", size, " bytes of ", in_quotes(file()), "."));
  }
  std::copy_n(data_, size, copy.get());
  return copy;
}

void Bytes::fail(std::string_view format, std::uint64_t at, std::string expected,
                 std::string found) const {
  throw FormatError(format, {file(), member(), offset() + at}, std::move(expected),
                    std::move(found));
}

}  // namespace keratin::formats
