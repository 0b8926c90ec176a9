// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "keratin/base/error.h"

namespace keratin {

/// A std::unique_ptr to what an object is made of. Of an object that was moved from it is null, and
/// to use that throws std::logic_error: `T::kOwner` is the name of the object's class.
template <class T>
class Owned {
 public:
  Owned(std::unique_ptr<T> object) : object_(std::move(object)) {}

  T* operator->() const { return &**this; }
  T& operator*() const {
    if (object_ == nullptr)
      wrong_moment(T::kOwner, "the object was moved from: only assigning to it brings it back.");
    return *object_;
  }

 private:
  std::unique_ptr<T> object_;
};

}  // namespace keratin
