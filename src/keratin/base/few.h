// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

namespace keratin {

/// Some objects in order, one behind another in memory. Where it is one, as mostly, it needs no
/// memory of its own.
template <class T>
class Few {
 public:
  Few() = default;
  Few(T one) : one_(std::move(one)), single_(true) {}
  Few(std::vector<T> many) : many_(std::move(many)) {}
  Few(std::initializer_list<T> many) : many_(many) {}
  Few(const Few&) = default;
  Few& operator=(const Few&) = default;
  /// The other is empty then.
  Few(Few&& other) noexcept
      : one_(std::move(other.one_)),
        many_(std::move(other.many_)),
        single_(std::exchange(other.single_, false)) {}
  Few& operator=(Few&& other) noexcept {
    one_ = std::move(other.one_);
    many_ = std::move(other.many_);
    single_ = std::exchange(other.single_, false);
    return *this;
  }
  ~Few() = default;

  std::size_t size() const { return single_ ? 1 : many_.size(); }
  bool empty() const { return size() == 0; }
  T* data() { return single_ ? &one_ : many_.data(); }
  const T* data() const { return single_ ? &one_ : many_.data(); }
  T* begin() { return data(); }
  T* end() { return data() + size(); }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size(); }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  std::span<const T> span() const { return {data(), size()}; }

  void push_back(T next) {
    if (empty()) {
      one_ = std::move(next);
      single_ = true;
      return;
    }
    if (single_) {
      many_.reserve(2);
      many_.push_back(std::move(one_));
      one_ = T();
      single_ = false;
    }
    many_.push_back(std::move(next));
  }

 private:
  T one_{};
  std::vector<T> many_;
  bool single_ = false;
};

}  // namespace keratin
