// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace keratin::formats {

/// A message of Protocol Buffers as bytes: its fields in the order in which they are put. What
/// little there is of the format to write: numbers, texts, float32 and float64, and messages in
/// messages.
class ProtobufMessage {
 public:
  void number(int field, std::int64_t value);
  void real(int field, float value);
  void real64(int field, double value);
  void bytes(int field, std::string_view data);
  void message(int field, const ProtobufMessage& inner) { bytes(field, inner.data_); }

  const std::string& data() const { return data_; }
  /// What stands before the bytes of a text or message of that size: they may follow from
  /// elsewhere.
  static std::string begin(int field, std::uint64_t size);

 private:
  std::string data_;
};

}  // namespace keratin::formats
