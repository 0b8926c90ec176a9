// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/formats/sink.h"
#include "keratin/formats/zip.h"
#include "keratin/formats/zip_writer.h"

namespace keratin::testing {

/// Names of members, and their text: nothing leaves one out.
using Members = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// The archive with these members in the place of those of their names, all else as it was.
inline std::string with_members(const std::string& archive, const Members& members) {
  const auto before = formats::ZipArchive::open(formats::Bytes::of(archive, "archive"));
  formats::MemorySink sink;
  formats::ZipWriter zip(sink);
  for (const auto& member : before.members()) {
    const bool is_other = std::any_of(members.begin(), members.end(),
                                      [&](const auto& one) { return one.first == member.name; });
    if (!is_other) zip.add(member.name, before.read(member).text());
  }
  for (const auto& [name, text] : members) {
    if (text) zip.add(name, *text);
  }
  zip.finish();
  return sink.take();
}

}  // namespace keratin::testing
