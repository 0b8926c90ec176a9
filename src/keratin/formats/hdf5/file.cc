// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/file.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/hdf5/tree.h"

namespace keratin::formats::hdf5 {
namespace {

const Dataset& dataset_of(const Tree::Node& node) {
  if (!node.dataset) wrong_moment("HDF5", in_quotes(node.name), " is a group, and no dataset.");
  return *node.dataset;
}

}  // namespace

Object open(Bytes bytes, const Limits& limits) {
  return {std::make_shared<const Tree>(read_tree(std::move(bytes), limits)), 0};
}

std::string_view Object::name() const { return tree_->nodes[index_].name; }
bool Object::is_dataset() const { return tree_->nodes[index_].dataset.has_value(); }
std::size_t Object::size() const { return tree_->nodes[index_].children; }

std::string Object::path() const {
  std::string path;
  for (std::size_t i = index_; i != 0; i = tree_->nodes[i].parent) {
    path.insert(0, str("/", tree_->nodes[i].name));
  }
  return path.empty() ? "/" : path;
}

Object Object::child(std::size_t index) const {
  const Tree::Node& node = tree_->nodes[index_];
  if (index >= node.children) out_of_range("HDF5", "child ", index, " of ", node.children, ".");
  return {tree_, node.first_child + index};
}

std::optional<Object> Object::find(std::string_view path) const {
  std::size_t at = index_;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    const Tree::Node& node = tree_->nodes[at];
    const auto first = tree_->nodes.begin() + static_cast<std::ptrdiff_t>(node.first_child);
    const auto last = first + static_cast<std::ptrdiff_t>(node.children);
    const auto found = std::lower_bound(
        first, last, name,
        [](const Tree::Node& child, std::string_view wanted) { return child.name < wanted; });
    if (found == last || found->name != name) return {};
    at = static_cast<std::size_t>(found - tree_->nodes.begin());
  }
  return Object(tree_, at);
}

const std::vector<Attribute>& Object::attributes() const { return tree_->nodes[index_].attributes; }

const Attribute* Object::attribute(std::string_view name) const {
  const auto& all = attributes();
  const auto found = std::lower_bound(
      all.begin(), all.end(), name,
      [](const Attribute& one, std::string_view wanted) { return one.name() < wanted; });
  return found == all.end() || found->name() != name ? nullptr : &*found;
}

std::optional<std::string_view> Object::text(std::string_view name) const {
  const Attribute* found = attribute(name);
  if (found == nullptr) return {};
  return found->text();
}

std::optional<std::vector<std::string_view>> Object::texts(std::string_view name) const {
  if (const Attribute* found = attribute(name)) return found->texts();
  std::vector<std::string_view> all;
  std::size_t parts = 0;
  while (const Attribute* part = attribute(str(name, parts))) {
    all.insert(all.end(), part->texts().begin(), part->texts().end());
    ++parts;
  }
  if (parts == 0) return {};
  return all;
}

const Shape& Object::shape() const { return dataset_of(tree_->nodes[index_]).extent.shape; }

Array Object::array() const {
  const Dataset& dataset = dataset_of(tree_->nodes[index_]);
  const Attribute* dtype = attribute("dtype");
  const bool is_bfloat16 = dtype != nullptr && dtype->is_text() && dtype->text() == "bfloat16";
  return dataset.array(path(), is_bfloat16);
}

void Object::fail(std::string expected, std::string found) const {
  tree_->bytes.fail(kHdf5, tree_->nodes[index_].header, std::move(expected),
                    str(path(), ": ", found));
}

}  // namespace keratin::formats::hdf5
