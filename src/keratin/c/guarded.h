// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/c/keratin.h"
#include "keratin/formats/json.h"

/// How C++ is called from C. Not installed.
namespace keratin::c {

/// Notes the exception that is being handled, for keratin_last_error(), and says what it is.
keratin_status failed() noexcept;

/// What `body` does, and its exception as a status.
template <class Body>
keratin_status guarded(Body&& body) noexcept {
  try {
    body();
    return KERATIN_OK;
  } catch (...) {
    return failed();
  }
}

/// Throws std::invalid_argument for a null pointer.
inline void require(const void* pointer, std::string_view what) {
  if (pointer == nullptr) invalid_argument("C", what, " must be given.");
}
/// What it points to; throws likewise.
template <class T>
T& given(T* pointer, std::string_view what) {
  require(pointer, what);
  return *pointer;
}
/// `count` elements; throws for a null pointer to some.
template <class T>
std::span<T> span_of(T* data, std::size_t count, std::string_view what) {
  if (count > 0) require(data, what);
  return {data, data == nullptr ? 0 : count};
}

/// The object that a name, or JSON with its class and arguments, is of.
template <class T>
auto object_of(const char* text) {
  const std::string_view given = text;
  if (given.starts_with('{')) return T::deserialize(formats::parse_json(given));
  return T::get(given);
}

}  // namespace keratin::c
