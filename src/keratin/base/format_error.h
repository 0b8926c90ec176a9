// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace keratin {

/// A file that is not what its format says, or that holds what is refused on purpose. `what()`:
///
///   [HDF5] 'model.keras' > 'model.weights.h5', byte 1234: expected an object header. Found:
///   version 9.
class FormatError : public std::runtime_error {
 public:
  /// Where: a path or what the caller named the bytes; the member of an archive, or nothing; and
  /// the byte, counted from the begin of the member where there is one.
  struct Place {
    std::string file;
    std::string member;
    std::uint64_t offset = 0;
  };

  FormatError(std::string_view format, Place place, std::string expected, std::string found);

  const std::string& file() const noexcept { return place_.file; }
  const std::string& member() const noexcept { return place_.member; }
  std::uint64_t offset() const noexcept { return place_.offset; }
  const std::string& expected() const noexcept { return expected_; }
  const std::string& found() const noexcept { return found_; }

 private:
  Place place_;
  std::string expected_;
  std::string found_;
};

/// `text` in single quotes, as it may be shown: valid UTF-8, control characters as \xNN, of what is
/// longer than 200 bytes the begin.
std::string in_quotes(std::string_view text);

}  // namespace keratin
