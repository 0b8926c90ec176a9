// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace keratin::table {

/// What stood in a file before it was changed in place, in a file beside it
/// (docs/formats/table.md): so that what was changed since clear() can be undone whenever the
/// process ended.
///
/// A log has one head, then records of one size, a number and bytes each. What add() was given is
/// in the log when write() returns, and not before: only then may the bytes change. Threads: one at
/// a time. All throw FileError that names the path.
class UndoLog {
 public:
  /// Opens the log at `path`, or makes an empty one.
  explicit UndoLog(std::string path);
  ~UndoLog();
  UndoLog(const UndoLog&) = delete;
  UndoLog& operator=(const UndoLog&) = delete;

  using Undo = std::function<void(std::int64_t number, std::span<const std::byte> before)>;
  /// Where something has begun: calls `start`, then `undo` for each record. A record that the end
  /// of a process cut off is none: what it was of had not changed. Throws FileError where the
  /// machine was started anew since: what the log had in memory then is lost.
  void undo(const std::function<void(std::span<const std::byte> head)>& start,
            const Undo& undo) const;

  /// Begins: from now on there are records of `record_bytes`, one at least.
  void begin(std::span<const std::byte> head, std::size_t record_bytes);
  bool begun() const { return record_bytes_ > 0; }
  /// Room for the bytes of one more record, to be filled before write().
  std::span<std::byte> add(std::int64_t number);
  /// Where it throws, what was added since the last call is forgotten.
  void write();
  /// Bytes that were added and not written.
  std::size_t waiting() const { return waiting_.size(); }
  /// There is nothing to undo any more: the state of now is the one to come back to.
  void clear();

 private:
  void append(std::span<const std::byte> data);
  [[noreturn]] void fail(const char* what) const;

  std::string path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::size_t record_bytes_ = 0;
  std::vector<std::byte> waiting_;
};

}  // namespace keratin::table
