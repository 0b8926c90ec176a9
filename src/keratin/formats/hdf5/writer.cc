// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/writer.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/checked.h"
#include "keratin/formats/hdf5/plan.h"

namespace keratin::formats::hdf5 {
namespace {

/// Keras's HDF5_OBJECT_HEADER_LIMIT: an attribute with its name must stay below 65,536 bytes.
constexpr std::size_t kMostAttributeBytes = 64'512;
constexpr std::size_t kMostTexts = kMostAttributeBytes / 16;
constexpr std::size_t kMostName = 512;  // of an attribute; Keras's are below 30 bytes

void check_attribute_name(std::string_view name) {
  if (name.empty() || name.size() > kMostName || name.find('\0') != std::string_view::npos) {
    invalid_argument("HDF5", "a name of an attribute has 1 to ", kMostName,
                     " bytes and no NUL. Received: ", in_quotes(name));
  }
}

}  // namespace

struct Writer::Plan {
  std::vector<PlannedObject> objects;
  std::string head;  // once it is laid out
  std::uint64_t size = 0;

  /// The object at `path`. Where `make_last`, it and the groups on the way are made.
  std::size_t find(std::string_view path, bool make) {
    if (!head.empty()) wrong_moment("HDF5", "this file is laid out: nothing can be added.");
    std::size_t at = 0;
    for (std::string_view rest = path; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find('/'));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      if (name.empty() || name == "." || name == ".." || name.size() > 4096 ||
          name.find('\0') != std::string_view::npos || (rest.empty() && path.ends_with('/'))) {
        invalid_argument("HDF5", "a path is names joined by '/'. Received: ", in_quotes(path));
      }
      if (objects[at].is_array) {
        invalid_argument("HDF5", in_quotes(path), " leads through an array.");
      }
      const auto found = objects[at].children.find(name);
      if (found != objects[at].children.end()) {
        at = found->second;
        continue;
      }
      if (!make) invalid_argument("HDF5", "there is nothing at ", in_quotes(path), ".");
      objects[at].children.emplace(name, objects.size());
      at = objects.size();
      objects.emplace_back();
    }
    return at;
  }

  void add(std::string_view path, PlannedAttribute attribute) {
    check_attribute_name(attribute.name);
    PlannedObject& object = objects[find(path, false)];
    for (const PlannedAttribute& other : object.attributes) {
      if (other.name == attribute.name) {
        invalid_argument("HDF5", in_quotes(path), " has an attribute ", in_quotes(attribute.name),
                         " already.");
      }
    }
    object.attributes.push_back(std::move(attribute));
  }

  void lay_out() {
    if (!head.empty()) return;
    Layout layout(objects);
    head = layout.lay_out();
    size = layout.size();
  }
};

Writer::Writer() : plan_(std::make_unique<Plan>()) { plan_->objects.emplace_back(); }
Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;

void Writer::group(std::string_view path) {
  if (plan_->objects[plan_->find(path, true)].is_array) {
    invalid_argument("HDF5", in_quotes(path), " is an array already.");
  }
}

void Writer::array(std::string_view path, const Shape& shape, Element element, Fill fill) {
  const std::size_t before = plan_->objects.size();
  const std::uint64_t bytes = product(static_cast<std::uint64_t>(shape.size()), size_of(element));
  if (shape.rank() > 32 || bytes == kTooMuch) {
    invalid_argument("HDF5", "an array of at most 32 dimensions and 2^64 bytes. Received: ", shape);
  }
  const std::size_t at = plan_->find(path, true);
  if (at < before) invalid_argument("HDF5", "there is something at ", in_quotes(path), " already.");
  PlannedObject& object = plan_->objects[at];
  object.is_array = true;
  object.shape = shape;
  object.element = element;
  object.bytes = bytes;
  object.fill = std::move(fill);
  if (element == Element::kBfloat16) text(path, "dtype", "bfloat16");
}

void Writer::array(std::string_view path, const Shape& shape, Element element,
                   std::span<const std::byte> data) {
  if (product(static_cast<std::uint64_t>(shape.size()), size_of(element)) != data.size()) {
    invalid_argument("HDF5", in_quotes(path), " of shape ", shape, " and ", to_string(element),
                     " has other bytes. Received: ", data.size());
  }
  array(path, shape, element, [data](Sink& sink) { sink.write(data); });
}

void Writer::text(std::string_view path, std::string_view name, std::string_view text) {
  PlannedAttribute attribute;
  attribute.name = name;
  attribute.is_text = true;
  attribute.texts = {std::string(text)};
  plan_->add(path, std::move(attribute));
}

void Writer::texts(std::string_view path, std::string_view name,
                   const std::vector<std::string>& texts) {
  if (texts.empty()) return numbers(path, name, {0}, Element::kFloat64, {});
  const bool is_split = texts.size() > kMostTexts;
  std::size_t part = 0;
  for (std::size_t first = 0; first < texts.size(); first += kMostTexts, ++part) {
    const std::size_t last = std::min(texts.size(), first + kMostTexts);
    PlannedAttribute attribute;
    attribute.name = is_split ? str(name, part) : std::string(name);
    attribute.is_text = true;
    attribute.shape = {static_cast<std::int64_t>(last - first)};
    attribute.texts.assign(texts.begin() + static_cast<std::ptrdiff_t>(first),
                           texts.begin() + static_cast<std::ptrdiff_t>(last));
    plan_->add(path, std::move(attribute));
  }
}

void Writer::numbers(std::string_view path, std::string_view name, const Shape& shape,
                     Element element, std::span<const std::byte> data) {
  if (product(static_cast<std::uint64_t>(shape.size()), size_of(element)) != data.size() ||
      data.size() > kMostAttributeBytes || shape.rank() > 32) {
    invalid_argument("HDF5", "the attribute ", in_quotes(name), " of shape ", shape, " and ",
                     to_string(element), " has ", kMostAttributeBytes,
                     " bytes at most. Received: ", data.size());
  }
  PlannedAttribute attribute;
  attribute.name = name;
  attribute.shape = shape;
  attribute.element = element;
  attribute.data.assign(reinterpret_cast<const char*>(data.data()), data.size());
  plan_->add(path, std::move(attribute));
}

std::uint64_t Writer::size() {
  plan_->lay_out();
  return plan_->size;
}

void Writer::write(Sink& sink) {
  plan_->lay_out();
  const std::uint64_t begin = sink.position();
  sink.write(plan_->head);
  for (const PlannedObject& object : plan_->objects) {
    if (!object.is_array || object.bytes == 0) continue;
    sink.write_zeros(object.data - (sink.position() - begin));
    const std::uint64_t data = sink.position();
    object.fill(sink);
    if (sink.position() - data != object.bytes) {
      wrong_moment("HDF5", "an array of ", object.bytes, " bytes got ", sink.position() - data,
                   ".");
    }
  }
}

}  // namespace keratin::formats::hdf5
