// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>

#include <sys/stat.h>
#include <sys/types.h>

namespace keratin::formats {

/// The calls to the system that a FileWriter makes, with errno as it leaves them: a test puts
/// others in their place, which fail one by one.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual int open(const char* path, int flags, mode_t mode);
  virtual ssize_t write(int file, const void* data, std::size_t size);
  virtual ssize_t pwrite(int file, const void* data, std::size_t size, off_t at);
  virtual int sync(int file);
  /// Begins to bring these bytes to the disk, and may not even begin: sync() is what counts.
  virtual void begin_sync(int file, std::uint64_t at, std::uint64_t size);
  /// Waits until these bytes are on the disk, where the file system can wait for a part of a file.
  /// What went wrong since the file was opened is told once, here or by sync().
  virtual int sync_part(int file, std::uint64_t at, std::uint64_t size);
  virtual int close(int file);
  virtual int stat(const char* path, struct stat* about);
  virtual int lstat(const char* path, struct stat* about);
  virtual ssize_t readlink(const char* path, char* target, std::size_t size);
  virtual int access(const char* path, int mode);
  virtual int change_mode(int file, mode_t mode);
  virtual int change_owner(int file, uid_t user, gid_t group);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);

  static FileSystem& real();
};

/// The file's first `size` bytes are on the disk: -1 with errno if not. Ctrl-C, which sync() cannot
/// hear, is heard between pieces of kWrittenAtOnce.
int bring_to_disk(int file, std::uint64_t size, FileSystem& system = FileSystem::real());

/// A disk of 40 MB/s takes 100 ms for it.
inline constexpr std::uint64_t kWrittenAtOnce = std::uint64_t{1} << 22;

/// Calls again what a signal broke off.
template <class Call>
auto retried(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace keratin::formats
