// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/pretrained.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/failure.h"

namespace keratin::cli {
namespace {

/// Runs `read`; a text's error is told by line and column.
template <class Read>
decltype(auto) with_place(const std::string& path, const formats::Bytes& bytes, bool is_binary,
                          Read&& read) {
  try {
    return read();
  } catch (const FormatError& error) {
    if (is_binary) throw;
    throw InputError(path, bytes.text(), static_cast<std::size_t>(error.offset()),
                     str("expected ", error.expected(), ". Found: ", error.found(), "."));
  }
}

/// The ids of tokens that have capital letters, by their lower case.
class LowerCases {
 public:
  explicit LowerCases(const TextEncoder& encoder) {
    std::string lower;
    for (std::int64_t id = TextEncoder::kFirstKnown; id < encoder.num_ids(); ++id) {
      lower.clear();
      utf8::append_lower(lower, encoder.token(id));
      if (lower == encoder.token(id)) continue;
      const std::uint32_t place = words_.insert(lower);
      if (place == ids_.size()) ids_.emplace_back();
      ids_[place].push_back(id);
    }
  }
  std::span<const std::int64_t> find(std::string_view word) const {
    const std::uint32_t place = words_.find(word);
    if (place == StringTable::kMissing) return {};
    return ids_[place];
  }

 private:
  StringTable words_;
  std::vector<std::vector<std::int64_t>> ids_;
};

}  // namespace

Pretrained::Pretrained(const std::string& path)
    : path_(path),
      bytes_(formats::Bytes::open(path)),
      vectors_(
          with_place(path, bytes_, false, [&] { return formats::WordVectors::open(bytes_); })) {}

std::size_t Pretrained::fill(const TextEncoder& encoder, Tensor& table) const {
  const LowerCases lower_cases(encoder);
  const auto width = static_cast<std::size_t>(dimension());
  const auto rows = table.data<float>();
  enum : std::uint8_t { kNot, kByLowerCase, kAsItIs };
  std::vector<std::uint8_t> found(static_cast<std::size_t>(encoder.num_ids()), kNot);
  std::size_t given = 0;
  constexpr std::size_t kBetweenLooks = 4096;
  const auto put = [&](std::int64_t id, std::uint8_t how, std::span<const float> vector) {
    const auto row = static_cast<std::size_t>(id);
    if (found[row] >= how) return;  // of a word that comes twice the first
    found[row] = how;
    std::ranges::copy(vector, rows.subspan(row * width, width).begin());
  };
  with_place(path_, bytes_, vectors_.is_binary(), [&] {
    vectors_.for_each([&](std::string_view word, std::span<const float> vector) {
      if (given++ % kBetweenLooks == 0) check_interrupt();
      const std::int32_t id = encoder.id_of(word);
      if (id != TextEncoder::kUnknownId) put(id, kAsItIs, vector);
      for (const std::int64_t capital : lower_cases.find(word)) put(capital, kByLowerCase, vector);
    });
  });
  return found.size() - static_cast<std::size_t>(std::ranges::count(found, kNot));
}

}  // namespace keratin::cli
