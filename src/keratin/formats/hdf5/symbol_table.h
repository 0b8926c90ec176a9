// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/formats/hdf5/links.h"

namespace keratin::formats::hdf5 {

/// The links of a group as HDF5 has stored them since 1998, and Keras does: names in a local heap,
/// entries in the leaves of a B-tree.
std::vector<Link> read_symbol_table(Space& space, const NodeSizes& sizes, std::uint64_t tree,
                                    std::uint64_t heap);

/// The bytes of a symbol-table entry.
inline constexpr std::uint64_t kEntrySize = 40;
/// One; its name is not looked up.
struct SymbolEntry {
  std::uint64_t name = 0;
  Link link;
};
SymbolEntry read_symbol_entry(Reader& reader);

}  // namespace keratin::formats::hdf5
