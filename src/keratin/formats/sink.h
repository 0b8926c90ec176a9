// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace keratin::formats {

/// Where bytes are written to, one behind another: a file, a member of an archive, or memory.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual void write(std::span<const std::byte> data) = 0;
  /// Writes over bytes that are written already.
  virtual void write_at(std::uint64_t at, std::span<const std::byte> data) = 0;
  /// How many bytes were written.
  virtual std::uint64_t position() const = 0;

  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  void write_at(std::uint64_t at, std::string_view text) {
    write_at(at, std::as_bytes(std::span(text)));
  }
  void write_zeros(std::uint64_t count);
};

/// Memory.
class MemorySink final : public Sink {
 public:
  using Sink::write;
  using Sink::write_at;
  void write(std::span<const std::byte> data) override;
  void write_at(std::uint64_t at, std::span<const std::byte> data) override;
  std::uint64_t position() const override { return data_.size(); }
  const std::string& data() const { return data_; }
  std::string take() { return std::move(data_); }

 private:
  std::string data_;
};

}  // namespace keratin::formats
