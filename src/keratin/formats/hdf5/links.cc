// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/links.h"

#include <algorithm>

#include "keratin/base/format_error.h"
#include "keratin/formats/hdf5/symbol_table.h"

/// Sections IV.A.2.c, IV.A.2.g and IV.A.2.r of the HDF5 file format specification.
namespace keratin::formats::hdf5 {
namespace {

Link read_link(const Bytes& body) {
  Reader reader(body, kHdf5);
  reader.expect_number<std::uint8_t>(1, "version of a link");
  const std::uint8_t flags = reader.u8("flags of a link");
  if (flags >> 5 != 0) reader.fail_at(1, "known flags of a link", str(flags));
  const std::uint8_t kind = (flags & 8) != 0 ? reader.u8("kind of link") : std::uint8_t{0};
  if ((flags & 4) != 0) reader.skip(8, "order of creation");
  if ((flags & 16) != 0 && reader.u8("character set") > 1) {
    reader.fail("a name in ASCII or UTF-8", "another character set");
  }
  const std::uint64_t size = reader.unsigned_of(std::size_t{1} << (flags & 3), "length of a name");
  Link link;
  link.at = body.offset();
  link.name = reader.text(size, "name of a link");
  if (kind == 1) {
    reader.fail_at(0, "a link to an object of this file",
                   str("a soft link (SoftLink), which is refused: ", in_quotes(link.name)));
  }
  if (kind != 0) {
    reader.fail_at(0, "a link to an object of this file",
                   str(kind == 64 ? "an external link (ExternalLink)" : "a user-defined link",
                       ", which is refused: ", in_quotes(link.name)));
  }
  link.header = reader.u64("object of a link");
  return link;
}

void check_link_info(const Message& info) {
  Reader reader(info.body, kHdf5);
  reader.expect_number<std::uint8_t>(0, "version of link info");
  const std::uint8_t flags = reader.u8("flags of link info");
  if (flags > 3) reader.fail_at(1, "known flags of link info", str(flags));
  if ((flags & 1) != 0) reader.skip(8, "largest order of creation");
  if (reader.u64("fractal heap of links") != kUndefined) {
    reader.fail_at(reader.at() - 8, "links in the group's header",
                   "a fractal heap (a group of many links that libver='latest' wrote)");
  }
}

}  // namespace

void check_link_name(const Space& space, std::uint64_t at, std::string_view name) {
  const std::uint64_t most = space.limits().name_bytes;
  if (name.empty() || name == "." || name == ".." || name.size() > most ||
      name.find('/') != std::string_view::npos || name.find('\0') != std::string_view::npos) {
    space.fail(at, str("a name of 1 to ", most, " bytes without '/' and NUL, not '.' or '..'"),
               in_quotes(name));
  }
}

std::vector<Link> read_links(Space& space, const NodeSizes& sizes,
                             const std::vector<Message>& messages) {
  std::vector<Link> links;
  if (const Message* table = find(messages, MessageKind::kSymbolTable)) {
    Reader reader(table->body, kHdf5);
    const std::uint64_t tree = reader.u64("B-tree of a group");
    links = read_symbol_table(space, sizes, tree, reader.u64("heap of a group"));
  } else {
    const Message* info = find(messages, MessageKind::kLinkInfo);
    if (info != nullptr) check_link_info(*info);
    for (const Message& message : messages) {
      if (message.kind == MessageKind::kLink) links.push_back(read_link(message.body));
    }
    std::sort(links.begin(), links.end(),
              [](const Link& a, const Link& b) { return a.name < b.name; });
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    check_link_name(space, links[i].at, links[i].name);
    if (i > 0 && links[i].name == links[i - 1].name) {
      space.fail(links[i].at, "each name once", str(in_quotes(links[i].name), " twice"));
    }
  }
  return links;
}

}  // namespace keratin::formats::hdf5
