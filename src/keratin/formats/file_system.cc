// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/file_system.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

#include "keratin/parallel/parallel.h"

namespace keratin::formats {

int FileSystem::open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }
ssize_t FileSystem::write(int file, const void* data, std::size_t size) {
  return ::write(file, data, size);
}
ssize_t FileSystem::pwrite(int file, const void* data, std::size_t size, off_t at) {
  return ::pwrite(file, data, size, at);
}
int FileSystem::sync(int file) { return ::fsync(file); }
void FileSystem::begin_sync(int file, std::uint64_t at, std::uint64_t size) {
  (void)::sync_file_range(file, static_cast<off64_t>(at), static_cast<off64_t>(size),
                          SYNC_FILE_RANGE_WRITE);
}
int FileSystem::sync_part(int file, std::uint64_t at, std::uint64_t size) {
  const int done = ::sync_file_range(
      file, static_cast<off64_t>(at), static_cast<off64_t>(size),
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  // Some systems of files, and some sandboxes, have no such call.
  return done != 0 && (errno == ENOSYS || errno == EINVAL || errno == ESPIPE) ? 0 : done;
}
int FileSystem::close(int file) { return ::close(file); }
int FileSystem::stat(const char* path, struct stat* about) { return ::stat(path, about); }
int FileSystem::lstat(const char* path, struct stat* about) { return ::lstat(path, about); }
ssize_t FileSystem::readlink(const char* path, char* target, std::size_t size) {
  return ::readlink(path, target, size);
}
int FileSystem::access(const char* path, int mode) { return ::access(path, mode); }
int FileSystem::change_mode(int file, mode_t mode) { return ::fchmod(file, mode); }
int FileSystem::change_owner(int file, uid_t user, gid_t group) {
  return ::fchown(file, user, group);
}
int FileSystem::rename(const char* from, const char* to) { return std::rename(from, to); }
int FileSystem::unlink(const char* path) { return ::unlink(path); }

FileSystem& FileSystem::real() {
  static FileSystem system;
  return system;
}

int bring_to_disk(int file, std::uint64_t size, FileSystem& system) {
  for (std::uint64_t at = 0; size - at > kWrittenAtOnce; at += kWrittenAtOnce) {
    if (retried([&] { return system.sync_part(file, at, kWrittenAtOnce); }) != 0) return -1;
    parallel::check_interrupt();
  }
  return retried([&] { return system.sync(file); });
}

}  // namespace keratin::formats
