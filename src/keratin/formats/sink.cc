// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/sink.h"

#include <algorithm>
#include <array>

#include "keratin/base/error.h"
#include "keratin/formats/checked.h"

namespace keratin::formats {

void Sink::write_zeros(std::uint64_t count) {
  static constexpr std::array<std::byte, 4096> kZeros = {};
  while (count > 0) {
    const std::uint64_t some = std::min<std::uint64_t>(count, kZeros.size());
    write(std::span(kZeros).first(static_cast<std::size_t>(some)));
    count -= some;
  }
}

void MemorySink::write(std::span<const std::byte> data) {
  data_.append(reinterpret_cast<const char*>(data.data()), data.size());
}

void MemorySink::write_at(std::uint64_t at, std::span<const std::byte> data) {
  if (!fits(at, data.size(), data_.size())) {
    wrong_moment("MemorySink", "bytes that are not written yet cannot be written over.");
  }
  std::copy_n(reinterpret_cast<const char*>(data.data()), data.size(),
              data_.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace keratin::formats
