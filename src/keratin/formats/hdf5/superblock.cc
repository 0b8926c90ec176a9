// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/superblock.h"

#include "keratin/formats/hdf5/symbol_table.h"

/// Section II.A of the HDF5 file format specification.
namespace keratin::formats::hdf5 {
namespace {

constexpr std::uint64_t kSizeOf0 = 96;
constexpr std::uint64_t kSizeOf1 = 100;
constexpr std::uint64_t kSizeOf2 = 48;

void read_ends(Space& space, Reader& reader, bool is_driver_next) {
  reader.expect_number<std::uint64_t>(0, "base address");
  const std::uint64_t at = reader.at();
  const std::uint64_t other = reader.u64("place of free space or of an extension");
  if (other != kUndefined) {
    reader.fail_at(at, "no list of free space and no extension", str("one at ", other));
  }
  reader.expect_number<std::uint64_t>(space.bytes().size(), "the size of the file,");
  if (is_driver_next) reader.expect_number<std::uint64_t>(kUndefined, "no driver:");
}

Superblock read_old(Space& space, std::uint8_t version) {
  Superblock superblock;
  const Bytes block = space.take(0, version == 0 ? kSizeOf0 : kSizeOf1, "superblock");
  Reader reader(block, kHdf5, kSignature.size() + 1);
  reader.expect_zeros(3, "versions of free space, root and reserved");
  reader.expect_number<std::uint8_t>(0, "version of shared headers");
  reader.expect_number<std::uint8_t>(8, "size of offsets");
  reader.expect_number<std::uint8_t>(8, "size of lengths");
  reader.expect_zeros(1, "reserved");
  superblock.sizes.leaf = reader.u16("half of a leaf");
  superblock.sizes.internal = reader.u16("half of a node");
  const std::uint64_t at = reader.at();
  const std::uint32_t flags = reader.u32("flags of a file");
  if (flags != 0) reader.fail_at(at, "a file that was closed", str("flags ", flags));
  if (version == 1) {
    superblock.sizes.chunks = reader.u16("half of a node of chunks");
    reader.expect_zeros(2, "reserved");
  }
  if (superblock.sizes.leaf == 0 || superblock.sizes.internal == 0 ||
      superblock.sizes.chunks == 0) {
    reader.fail("nodes with room", "none");
  }
  read_ends(space, reader, true);
  superblock.root = read_symbol_entry(reader).link;
  return superblock;
}

Superblock read_new(Space& space) {
  Superblock superblock;
  const Bytes block = space.take(0, kSizeOf2, "superblock");
  check_lookup3(block, "superblock");
  Reader reader(block, kHdf5, kSignature.size() + 1);
  reader.expect_number<std::uint8_t>(8, "size of offsets");
  reader.expect_number<std::uint8_t>(8, "size of lengths");
  const std::uint8_t flags = reader.u8("flags of a file");
  if (flags != 0) reader.fail("a file that was closed", str("flags ", flags));
  read_ends(space, reader, false);
  superblock.root.at = reader.at();
  superblock.root.header = reader.u64("root group");
  return superblock;
}

}  // namespace

Superblock read_superblock(Space& space) {
  const std::string_view text = space.bytes().text();
  if (text.substr(0, kSignature.size()) != kSignature) {
    // A user block may stand before the signature, of 512 bytes, 1024 ...
    for (std::uint64_t at = 512; at < text.size(); at *= 2) {
      if (text.substr(static_cast<std::size_t>(at), kSignature.size()) == kSignature) {
        space.fail(0, "the signature of HDF5",
                   str("a user block of ", at, " bytes, which is refused"));
      }
    }
    space.fail(0, "the signature of HDF5", text.empty() ? "an empty file" : "other bytes");
  }
  Reader reader(space.bytes(), kHdf5, kSignature.size());
  const std::uint8_t version = reader.u8("version of the superblock");
  if (version > 3) reader.fail_at(8, "a superblock of version 0 to 3", str("version ", version));
  return version < 2 ? read_old(space, version) : read_new(space);
}

}  // namespace keratin::formats::hdf5
