// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/chunks.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "keratin/base/error.h"
#include "keratin/formats/hdf5/btree.h"
#include "keratin/formats/hdf5/filters.h"
#include "keratin/parallel/parallel.h"

/// Sections III.A.1, IV.A.2.i and IV.A.2.l of the HDF5 file format specification.
namespace keratin::formats::hdf5 {
namespace {

std::uint64_t chunk_bytes(const Dataset& dataset) {
  std::uint64_t size = dataset.type.size;
  for (const std::uint64_t dim : dataset.chunk_shape) size = product(size, dim);
  return size;
}

std::uint64_t size_of_dim(const Dataset& dataset, std::size_t axis) {
  return static_cast<std::uint64_t>(dataset.extent.shape[axis]);
}

/// Version 3: a B-tree whose keys are the chunks' sizes and places.
void read_tree(Space& space, const NodeSizes& sizes, std::uint64_t root, Dataset& dataset) {
  const std::size_t rank = dataset.extent.shape.rank();
  const std::uint64_t key_size = 8 + 8 * (rank + 1);
  BTree(space, 1, key_size, sizes.chunks).walk(root, [&](const BTree::Child& child) {
    Reader key(child.key, kHdf5);
    Chunk chunk;
    const std::uint32_t size = key.u32("size of a chunk");
    chunk.left_out = key.u32("filters left out");
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::uint64_t begin = key.u64("place of a chunk");
      if (begin % dataset.chunk_shape[axis] != 0 || begin >= size_of_dim(dataset, axis)) {
        key.fail(str("a chunk within shape ", dataset.extent.shape), str(begin));
      }
      chunk.begin.push_back(begin);
    }
    key.expect_number<std::uint64_t>(0, "place within an element:");
    if (!dataset.chunks.empty() && dataset.chunks.back().begin >= chunk.begin) {
      key.fail_at(8, "chunks in order", "one before another");
    }
    if (dataset.filters.empty() && size != chunk_bytes(dataset)) {
      key.fail_at(0, str("a chunk of ", chunk_bytes(dataset), " bytes"), str(size));
    }
    chunk.bytes = space.take(child.address, size, "chunk");
    dataset.chunks.push_back(std::move(chunk));
  });
}

/// Copies a chunk's elements to their places in the array, run by run of the last axis; what a
/// chunk has beyond the array is left.
class Placing {
 public:
  Placing(const Dataset& dataset, std::byte* out) : dataset_(dataset), out_(out) {}

  void place(const Chunk& chunk, std::span<const std::byte> elements) {
    const std::size_t rank = dataset_.chunk_shape.size();
    std::vector<std::uint64_t> counts(rank), index(rank, 0);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      counts[axis] =
          std::min(dataset_.chunk_shape[axis], size_of_dim(dataset_, axis) - chunk.begin[axis]);
    }
    while (true) {
      std::uint64_t from = 0, to = 0;
      for (std::size_t axis = 0; axis < rank; ++axis) {
        from = from * dataset_.chunk_shape[axis] + index[axis];
        to = to * size_of_dim(dataset_, axis) + chunk.begin[axis] + index[axis];
      }
      const std::uint64_t size = dataset_.type.size;
      std::memcpy(out_ + to * size, elements.data() + from * size,
                  static_cast<std::size_t>(counts[rank - 1] * size));
      std::size_t axis = rank - 1;
      do {
        if (axis == 0) return;
        --axis;
        if (++index[axis] < counts[axis]) break;
        index[axis] = 0;
      } while (true);
    }
  }

 private:
  const Dataset& dataset_;
  std::byte* out_;
};

}  // namespace

void read_chunks(Space& space, const NodeSizes& sizes, std::uint8_t version, Reader& layout,
                 Dataset& dataset) {
  if (version != 3) {
    layout.fail("chunks in a B-tree of version 1", "those of libver='latest'");
  }
  const std::size_t rank = dataset.extent.shape.rank();
  const std::uint64_t at = layout.at();
  const std::uint8_t found = layout.u8("dimensions of a chunk");
  if (found != rank + 1 || rank == 0) {
    layout.fail_at(at, str("chunks of ", rank + 1, " dimensions"), str(found));
  }
  const std::uint64_t root = layout.u64("B-tree of chunks");
  for (std::size_t axis = 0; axis < rank; ++axis) {
    dataset.chunk_shape.push_back(layout.u32("size of a chunk"));
    if (dataset.chunk_shape.back() == 0) layout.fail("chunks of at least an element", "0");
  }
  layout.expect_number<std::uint32_t>(dataset.type.size, "bytes of an element:");
  std::uint64_t wanted = dataset.extent.count == 0 ? 0 : 1;
  for (std::size_t axis = 0; axis < rank && wanted != 0; ++axis) {
    const std::uint64_t dim = dataset.chunk_shape[axis];
    wanted = product(wanted, (size_of_dim(dataset, axis) + dim - 1) / dim);
  }
  // Chunks are unpacked whole, also what lies beyond the array.
  space.count_unpacked(layout.bytes().offset() + at, product(wanted, chunk_bytes(dataset)));
  if (root != kUndefined) read_tree(space, sizes, root, dataset);
  if (dataset.chunks.size() != wanted) {
    layout.fail_at(at, str(wanted, " chunks, by shape ", dataset.extent.shape),
                   str(dataset.chunks.size(), ": the array was not written whole"));
  }
}

Bytes unpacked_chunks(const Dataset& dataset) {
  const std::uint64_t size = dataset.extent.count * dataset.type.size;
  std::shared_ptr<std::byte[]> data;
  FilterRoom room;
  const auto whole = static_cast<std::size_t>(dataset.chunks.empty() ? 0 : chunk_bytes(dataset));
  try {
    data.reset(new std::byte[static_cast<std::size_t>(size)]);
    if (!dataset.filters.empty()) room.resize(whole);
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(str("[HDF5] ", size, " bytes to unpack an array to."));
  }
  Placing placing(dataset, data.get());
  for (const Chunk& chunk : dataset.chunks) {
    parallel::check_interrupt();
    placing.place(chunk, unfiltered(chunk, dataset, whole, room));
  }
  const Bytes& any = dataset.chunks.empty() ? dataset.bytes : dataset.chunks.front().bytes;
  return any.unpacked(std::move(data), size, any.member());
}

}  // namespace keratin::formats::hdf5
