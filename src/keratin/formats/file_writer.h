// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "keratin/formats/file_system.h"
#include "keratin/formats/sink.h"

namespace keratin::formats {

/// Writes a file so that whoever opens its path, at any moment and after any end of this process or
/// the machine, finds what was there before, whole, or the new file, whole. It is written beside,
/// under a name that begins with a dot, brought to the disk, and renamed. Through a symbolic link
/// the file that the link names is replaced; a file that was there keeps its mode, and its owner
/// where that may be.
///
/// All members throw keratin::FileError that names the path. Ctrl-C is heard between pieces of 4
/// MiB, of writing and of the wait for the disk. Without commit(), nothing has happened.
class FileWriter final : public Sink {
 public:
  /// The path must be free, or name a regular file that may be written.
  explicit FileWriter(std::string path, FileSystem& system = FileSystem::real());
  /// Removes what was not committed.
  ~FileWriter() override;

  using Sink::write;
  using Sink::write_at;
  void write(std::span<const std::byte> data) override;
  void write_at(std::uint64_t at, std::span<const std::byte> data) override;
  std::uint64_t position() const override { return written_ + buffer_.size(); }

  /// The new file takes the path. An error says whether that happened: only the very last step,
  /// which brings the folder to the disk, comes behind it.
  void commit();

 private:
  void look_at_target();
  void open_beside();
  void flush();
  void write_through(std::span<const std::byte> data);
  void give_up() noexcept;
  [[noreturn]] void fail(std::string_view what) const;

  std::string path_;    // as the caller says it, for errors
  std::string target_;  // behind symbolic links
  std::string beside_;  // the new file, until it is renamed
  FileSystem& system_;
  struct stat before_ = {};
  bool was_there_ = false;
  int file_ = -1;
  std::uint64_t written_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace keratin::formats
