// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace keratin::formats {

/// Bytes to read, which keep alive what they lie in: a mapped file, or memory. Copies and parts
/// share it. Errors name the file and the member that they are of.
///
/// A mapped file that another program cuts shorter ends this process where it is read (SIGBUS), as
/// with every mapping; who replaces files by renaming, as FileWriter does, never does that.
/// Threads: const, safe from any number.
class Bytes {
 public:
  Bytes() = default;

  /// The file's bytes: mapped, or read where the file is small or its system maps nothing. Throws
  /// keratin::FileError that names the path: it is not there, may not be read, is a directory, or
  /// is no regular file.
  static Bytes open(const std::string& path);
  /// Takes over `data`; errors call it `name`.
  static Bytes of(std::string data, std::string name);
  /// A view of memory that `keeper` keeps alive, or the caller where that is null.
  static Bytes view(std::span<const std::byte> data, std::string name,
                    std::shared_ptr<const void> keeper = nullptr);

  const std::byte* data() const { return data_; }
  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<const std::byte> span() const { return {data_, static_cast<std::size_t>(size_)}; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(data_), static_cast<std::size_t>(size_)};
  }

  /// The `size` bytes from `offset` on. Throws std::out_of_range where there are not so many.
  Bytes part(std::uint64_t offset, std::uint64_t size) const;
  /// The same bytes, called `member` in errors, whose offsets count from here on.
  Bytes member(std::string name) const;
  /// What the member `name` of this was unpacked to: memory of its own.
  Bytes unpacked(std::shared_ptr<const std::byte[]> data, std::uint64_t size,
                 std::string name) const;

  const std::string& file() const;
  const std::string& member() const;
  /// Of the first byte, in its member.
  std::uint64_t offset() const { return static_cast<std::uint64_t>(data_ - origin_); }

  bool is_mapped() const;
  /// Of the first byte, in the file that is mapped.
  std::uint64_t file_offset() const;
  /// The same bytes to write to, and nobody else sees it: of a mapped file a page is copied when it
  /// is first written to and shared until then; other bytes are copied now. Needs no name of the
  /// file. The system is told that they will be wanted here and there, as rows of a table are: it
  /// reads no pages around those, which for 128 rows from a disk takes 9 ms in place of 150. Throws
  /// OutOfMemory.
  std::shared_ptr<std::byte> writable() const;

  /// Throws FormatError: in this file and member, `at` bytes behind the first.
  [[noreturn]] void fail(std::string_view format, std::uint64_t at, std::string expected,
                         std::string found) const;

 private:
  struct Source;
  std::shared_ptr<const Source> source_;
  std::shared_ptr<const std::string> member_;
  const std::byte* origin_ = nullptr;
  const std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

}  // namespace keratin::formats
