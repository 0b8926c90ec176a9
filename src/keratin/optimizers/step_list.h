// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

/// What is on record of each step. Not installed.
namespace keratin::optimizers {

/// A list of records of `width` elements, one a step, that grows at its end and is dropped from its
/// front. It lies in pieces: no step pays for the copy of all that came before it.
template <class T>
class StepList {
 public:
  explicit StepList(std::size_t width = 1) : width_(width) {}

  /// Makes room for one more record. Throws std::bad_alloc; then nothing has changed.
  void reserve_one() {
    if (first_ + size_ < pieces_.size() * kPiece) return;
    pieces_.push_back(std::make_unique_for_overwrite<T[]>(kPiece * width_));
  }
  /// Adds a record, for which there must be room, and gives its first element, unset.
  T& add() noexcept {
    ++size_;
    return back();
  }
  void push_back(const T& value) noexcept { add() = value; }
  void clear() noexcept { first_ = size_ = 0; }
  void drop_first(std::size_t count) noexcept {
    first_ += count;
    size_ -= count;
    const std::size_t whole = first_ / kPiece;
    std::rotate(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(whole),
                pieces_.end());
    first_ -= whole * kPiece;
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// The first element of a record.
  T& operator[](std::size_t i) { return at(i); }
  const T& operator[](std::size_t i) const { return at(i); }
  T& back() { return at(size_ - 1); }
  const T& back() const { return at(size_ - 1); }

 private:
  static constexpr std::size_t kPiece = 64;

  T& at(std::size_t i) const {
    return pieces_[(first_ + i) / kPiece][(first_ + i) % kPiece * width_];
  }

  std::size_t width_;
  std::size_t first_ = 0, size_ = 0;  // of the records; those before the first are in its piece
  std::vector<std::unique_ptr<T[]>> pieces_;
};

}  // namespace keratin::optimizers
