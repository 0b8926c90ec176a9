// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
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

}  // namespace keratin::formats
