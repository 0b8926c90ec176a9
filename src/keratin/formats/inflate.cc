// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/inflate.h"

#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

#include "keratin/base/error.h"
#include "keratin/formats/checked.h"
#include "keratin/parallel/parallel.h"

namespace keratin::formats {
namespace {

/// Between two pieces of it Ctrl-C is heard.
constexpr std::size_t kInflatedAtOnce = std::size_t{1} << 24;

class Inflater {
 public:
  explicit Inflater(Deflated wrapping) {
    if (::inflateInit2(&stream_, wrapping == Deflated::kRaw ? -MAX_WBITS : MAX_WBITS) != Z_OK) {
      throw OutOfMemory("[inflate] the window to unpack with.");
    }
  }
  ~Inflater() { ::inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ::z_stream& stream() { return stream_; }

 private:
  ::z_stream stream_ = {};
};

uInt piece_of(std::size_t left) { return static_cast<uInt>(std::min(left, kInflatedAtOnce)); }

}  // namespace

void inflate_to(const Bytes& packed, Deflated wrapping, std::span<std::byte> out,
                std::string_view format) {
  Inflater inflater(wrapping);
  ::z_stream& stream = inflater.stream();
  std::size_t read = 0, written = 0;
  std::byte beyond{};  // a byte more than was said is noticed, and written nowhere else
  int state = Z_OK;
  while (state == Z_OK) {
    parallel::check_interrupt();
    const uInt in = piece_of(packed.span().size() - read);
    const bool is_full = written == out.size();
    const uInt room = is_full ? 1 : piece_of(out.size() - written);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data() + read));
    stream.avail_in = in;
    stream.next_out = reinterpret_cast<Bytef*>(is_full ? &beyond : out.data() + written);
    stream.avail_out = room;
    state = ::inflate(&stream, Z_NO_FLUSH);
    read += in - stream.avail_in;
    if (is_full && stream.avail_out == 0) {
      packed.fail(format, read, str("packed data of ", out.size(), " bytes"), "more");
    }
    if (!is_full) written += room - stream.avail_out;
  }
  if (state == Z_MEM_ERROR) throw OutOfMemory("[inflate] the window to unpack with.");
  if (state != Z_STREAM_END) {
    packed.fail(
        format, read, "packed data (deflate)",
        stream.msg != nullptr ? std::string(stream.msg) : std::string("their end too early"));
  }
  if (written != out.size() || read != packed.size()) {
    packed.fail(format, read,
                str("packed data of ", packed.size(), " bytes that unpack to ", out.size()),
                str(read, " bytes that unpack to ", written));
  }
}

std::shared_ptr<const std::byte[]> inflate(const Bytes& packed, Deflated wrapping,
                                           std::uint64_t size, std::string_view format) {
  std::shared_ptr<std::byte[]> data;
  try {
    data.reset(new std::byte[static_cast<std::size_t>(size)]);  // not touched before it is filled
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(str("[", format, "] ", size, " bytes to unpack to."));
  }
  inflate_to(packed, wrapping, {data.get(), static_cast<std::size_t>(size)}, format);
  return data;
}

std::uint64_t unpacked_limit(const Limits& limits, std::uint64_t file_size) {
  if (limits.unpacked_bytes != 0) return limits.unpacked_bytes;
  return std::max(product(file_size, 4), std::uint64_t{48} << 20);
}

}  // namespace keratin::formats
