// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// Every error of the library is a standard exception whose text is `[Who] what is wrong. Received:
/// value`. It is kLongestMessage bytes at most: of what is longer the middle is left out.
///
///   std::invalid_argument   an argument, a shape, a name, an unknown key
///   std::out_of_range       an id or a label outside its range
///   std::logic_error        a call at a time when it may not come; an object that was moved from
///   std::runtime_error      a file, a line of input, the machine
///   FileError               a file that the system refuses, with its number (errno)
///   OutOfMemory             an allocation that failed, with the bytes that were wanted
namespace keratin {

constexpr std::size_t kLongestMessage = 2000;

/// `message`, or where it is longer than that its begin and its end: kLongestMessage bytes at most,
/// and whole characters.
std::string bounded(std::string message);

/// An allocation that failed. `what()` says for what, and how many bytes.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(std::string message) : message_(bounded(std::move(message))) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

/// A file that cannot be opened, read or written. `code()` is errno: ENOENT, EACCES ...
class FileError : public std::runtime_error {
 public:
  FileError(const std::string& message, int code)
      : std::runtime_error(bounded(message)), code_(code) {}
  int code() const noexcept { return code_; }

 private:
  int code_;
};

namespace error_detail {
void append(std::string& out, std::string_view text);
void append(std::string& out, bool value);
void append(std::string& out, double value);
void append_integer(std::string& out, std::int64_t value);
void append_unsigned(std::string& out, std::uint64_t value);

template <class T>
void append_any(std::string& out, const T& value) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    append(out, std::string_view(value));
  } else if constexpr (std::same_as<T, char>) {
    append(out, std::string_view(&value, 1));
  } else if constexpr (std::same_as<T, bool>) {
    append(out, value);
  } else if constexpr (std::floating_point<T>) {
    append(out, static_cast<double>(value));
  } else if constexpr (std::signed_integral<T>) {
    append_integer(out, value);
  } else if constexpr (std::unsigned_integral<T>) {
    append_unsigned(out, value);
  } else {
    append(out, std::string_view(to_string(value)));
  }
}
}  // namespace error_detail

/// The arguments, one after another, as text. Numbers take the shortest form that reads back the
/// same.
template <class... Args>
std::string str(const Args&... args) {
  std::string out;
  (error_detail::append_any(out, args), ...);
  return out;
}

/// Throws std::invalid_argument with the text `[who] message...`.
template <class... Args>
[[noreturn]] void invalid_argument(std::string_view who, const Args&... message) {
  throw std::invalid_argument(bounded(str("[", who, "] ", message...)));
}

/// Throws std::out_of_range with the text `[who] message...`.
template <class... Args>
[[noreturn]] void out_of_range(std::string_view who, const Args&... message) {
  throw std::out_of_range(bounded(str("[", who, "] ", message...)));
}

/// Throws std::runtime_error with the text `[who] message...`.
template <class... Args>
[[noreturn]] void runtime_failure(std::string_view who, const Args&... message) {
  throw std::runtime_error(bounded(str("[", who, "] ", message...)));
}

/// Throws std::logic_error with the text `[who] message...`: a call at a time when it may not come.
template <class... Args>
[[noreturn]] void wrong_moment(std::string_view who, const Args&... message) {
  throw std::logic_error(bounded(str("[", who, "] ", message...)));
}

/// The entry of `known` that a typing error most likely made into `name`, as ` Did you mean
/// 'adam'?`; empty where none is near (edit distance above a third of the length, upper and lower
/// case alike).
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

/// Throws std::invalid_argument: `[who] unknown <what>: '<name>'. Did you mean ...? Known: a, b,
/// c.`
[[noreturn]] void unknown_name(std::string_view who, std::string_view what, std::string_view name,
                               std::span<const std::string_view> known);

}  // namespace keratin
