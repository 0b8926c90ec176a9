// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/tree.h"

#include <utility>

#include "keratin/formats/hdf5/links.h"
#include "keratin/formats/hdf5/superblock.h"

namespace keratin::formats::hdf5 {
namespace {

/// A group that is still to be read.
struct Pending {
  std::size_t node;
  std::size_t depth;
  Link link;
};

/// Reads group by group, in the order in which they are found: nothing here calls itself.
class TreeReader {
 public:
  TreeReader(Space& space, Tree& tree) : space_(space), heaps_(space), tree_(tree) {}

  void read() {
    const Superblock superblock = read_superblock(space_);
    sizes_ = superblock.sizes;
    tree_.nodes.push_back({});
    read_object({0, 0, superblock.root});
    if (tree_.nodes.front().dataset) {
      space_.fail(superblock.root.at, "a group as root", "a dataset");
    }
    for (std::size_t i = 0; i < pending_.size(); ++i) read_children(pending_[i]);
    space_.check_overlaps();
  }

 private:
  void read_object(const Pending& pending) {
    Tree::Node& node = tree_.nodes[pending.node];
    node.header = pending.link.header;
    space_.count_object(pending.link.at);
    std::vector<Message> messages = read_header(space_, pending.link.header);
    refuse_some(messages);
    node.attributes = AttributeReader(space_, heaps_).read(messages);
    if (find(messages, MessageKind::kLayout) != nullptr) {
      node.dataset = read_dataset(space_, sizes_, messages);
      return;
    }
    const Message* table = find(messages, MessageKind::kSymbolTable);
    if (table == nullptr && find(messages, MessageKind::kLinkInfo) == nullptr) {
      space_.fail(pending.link.header, "a group or a dataset",
                  "another object (a committed type?)");
    }
    check_cache(pending.link, messages);
    pending_.push_back(pending);
    messages_.push_back(std::move(messages));
  }

  void read_children(Pending pending) {
    const std::vector<Message> messages = std::move(messages_[read_++]);
    const std::vector<Link> links = read_links(space_, sizes_, messages);
    if (!links.empty() && pending.depth >= space_.limits().depth) {
      space_.fail(links.front().at, str("groups ", space_.limits().depth, " deep at most"),
                  "deeper");
    }
    const std::size_t first = tree_.nodes.size();
    tree_.nodes[pending.node].first_child = first;
    tree_.nodes[pending.node].children = links.size();
    for (const Link& link : links) {
      tree_.nodes.push_back({});
      tree_.nodes.back().name = link.name;
      tree_.nodes.back().parent = pending.node;
    }
    for (std::size_t i = 0; i < links.size(); ++i) {
      read_object({first + i, pending.depth + 1, links[i]});
    }
  }

  void refuse_some(const std::vector<Message>& messages) const {
    for (const Message& message : messages) {
      if (message.kind == MessageKind::kSharedTable) {
        message.body.fail(kHdf5, 0, "messages of one object", "a table of shared ones");
      }
      if (message.kind == MessageKind::kReferenceCount) {
        message.body.fail(kHdf5, 0, "an object of one name", "a count of names");
      }
      if (message.kind == MessageKind::kAttributeInfo) check_attribute_info(message.body);
    }
  }

  static void check_attribute_info(const Bytes& body) {
    Reader reader(body, kHdf5);
    reader.expect_number<std::uint8_t>(0, "version of attribute info");
    const std::uint8_t flags = reader.u8("flags of attribute info");
    if (flags > 3) reader.fail_at(1, "known flags of attribute info", str(flags));
    if ((flags & 1) != 0) reader.skip(2, "largest order of creation");
    if (reader.u64("fractal heap of attributes") != kUndefined) {
      reader.fail("attributes in their object's header",
                  "a fractal heap (many or large attributes that libver='latest' wrote)");
    }
  }

  /// What the entry of a group repeats is what the group says. Of one that libhdf5 has turned into
  /// one of link messages, for a link of another kind, it repeats what was.
  void check_cache(const Link& link, const std::vector<Message>& messages) const {
    const Message* const table = find(messages, MessageKind::kSymbolTable);
    if (link.tree == kUndefined && link.heap == kUndefined) return;
    if (table == nullptr && find(messages, MessageKind::kLinkInfo) != nullptr) return;
    std::uint64_t tree = kUndefined, heap = kUndefined;
    if (table != nullptr) {
      Reader reader(table->body, kHdf5);
      tree = reader.u64("B-tree of a group");
      heap = reader.u64("heap of a group");
    }
    if (tree != link.tree || heap != link.heap) {
      space_.fail(link.at, str("the B-tree and heap of the group: ", tree, ", ", heap),
                  str(link.tree, ", ", link.heap));
    }
  }

  Space& space_;
  GlobalHeaps heaps_;
  Tree& tree_;
  NodeSizes sizes_;
  std::vector<Pending> pending_;
  std::vector<std::vector<Message>> messages_;  // of the pending groups
  std::size_t read_ = 0;
};

}  // namespace

Tree read_tree(Bytes bytes, const Limits& limits) {
  Tree tree;
  Space space(bytes, limits);
  TreeReader(space, tree).read();
  tree.bytes = std::move(bytes);
  return tree;
}

}  // namespace keratin::formats::hdf5
