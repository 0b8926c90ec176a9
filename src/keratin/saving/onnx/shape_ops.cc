// SPDX-License-Identifier: Apache-2.0
// Ops that move elements, and compute none, in ONNX.
#include <algorithm>
#include <limits>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/saving/onnx/op_forms.h"

namespace keratin::saving::onnx {
namespace {

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

Names transposed_by(const Op& op, std::vector<std::int64_t> order) {
  return {op.of("Transpose", {op.in()}, {{"perm", std::move(order)}})};
}

std::size_t place(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

std::vector<std::int64_t> axes_in_order(std::size_t rank) {
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < rank; ++i) order.push_back(static_cast<std::int64_t>(i));
  return order;
}

Names slice(const Op& op, const std::vector<std::int64_t>& start,
            const std::vector<std::int64_t>& stop, const std::vector<std::int64_t>& step) {
  Graph& graph = op.to.graph;
  return {op.of("Slice", {op.in(), graph.ints(start), graph.ints(stop),
                          graph.ints(axes_in_order(start.size())), graph.ints(step)})};
}

}  // namespace

Names reshaped(const Op& op, const std::vector<std::int64_t>& shape) {
  return {op.of("Reshape", {op.in(), op.to.graph.ints(shape)}, {{"allowzero", std::int64_t{1}}})};
}

Names transpose(const Op& op) {
  auto order = axes_in_order(op.rank());
  std::reverse(order.begin(), order.end());
  if (const auto given = op.integers("axes")) order = *given;
  for (std::int64_t& axis : order) axis = static_cast<std::int64_t>(place(axis, op.rank()));
  return transposed_by(op, std::move(order));
}

Names swapaxes(const Op& op) {
  auto order = axes_in_order(op.rank());
  std::swap(order[place(op.integer("axis1", 0), op.rank())],
            order[place(op.integer("axis2", 1), op.rank())]);
  return transposed_by(op, std::move(order));
}

Names moveaxis(const Op& op) {
  const auto from = *op.integers("source"), where = *op.integers("destination");
  std::vector<std::int64_t> order(op.rank(), -1);
  std::vector<bool> moved(op.rank());
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t axis = place(from[i], op.rank());
    order[place(where[i], op.rank())] = static_cast<std::int64_t>(axis);
    moved[axis] = true;
  }
  std::size_t next = 0;
  for (std::int64_t& axis : order) {
    if (axis >= 0) continue;
    while (moved[next]) ++next;
    axis = static_cast<std::int64_t>(next++);
  }
  return transposed_by(op, std::move(order));
}

Names concatenate(const Op& op) {
  Names inputs;
  const DType dtype = op.out_type() == DType::kBool ? DType::kInt32 : wide(op.out_type());
  for (std::size_t i = 0; i < op.call.inputs.size(); ++i) inputs.push_back(op.in(i, dtype));
  return op.done(op.of("Concat", inputs, {{"axis", op.integer("axis", 0)}}), dtype);
}

Names stack(const Op& op) {
  Names inputs;
  const std::int64_t axis = op.integer("axis", 0);
  for (std::size_t i = 0; i < op.call.inputs.size(); ++i)
    inputs.push_back(op.of("Unsqueeze", {op.in(i, op.out_type()), op.to.graph.ints({axis})}));
  return {op.of("Concat", inputs, {{"axis", axis}})};
}

Names split(const Op& op) {
  std::vector<std::int64_t> sizes;
  const std::int64_t axis = op.integer("axis", 0);
  const std::size_t at = place(axis, op.rank());
  for (const Spec& output : op.call.outputs) {
    if (output.shape[at] == kNone) op.call.refuse("splits an axis of open size.");
    sizes.push_back(output.shape[at]);
  }
  return op.to.graph.node("Split", {op.in(), op.to.graph.ints(sizes)}, {{"axis", axis}},
                          sizes.size());
}

Names take(const Op& op) {
  if (op.given("axis") == nullptr) op.call.refuse("takes from all axes as one.");
  const std::string places = op.in(1, DType::kInt64);
  return {op.of("Gather", {op.in(), places}, {{"axis", op.integer("axis", 0)}})};
}

Names slice_of_shape(const Op& op) {
  const auto start = *op.integers("start_indices"), shape = *op.integers("shape");
  std::vector<std::int64_t> stop;
  for (std::size_t i = 0; i < start.size(); ++i)
    stop.push_back(shape[i] < 0 ? kEnd : start[i] + shape[i]);
  return slice(op, start, stop, std::vector<std::int64_t>(start.size(), 1));
}

/// x[...]: slices, then the axes that go, then those that come.
Names get_item(const Op& op) {
  std::vector<std::int64_t> start, stop, step, gone, born;
  const Config::List& key = op.options.at("key").as_list();
  std::size_t used = 0;
  const auto is = [](const Config& entry, std::string_view name) {
    return entry.is_dict() && entry.at("class_name").as_string() == name;
  };
  for (const Config& entry : key) used += entry.is_null() || is(entry, "__ellipsis__") ? 0 : 1;
  std::int64_t place = 0;  // in the result
  const auto add = [&](std::int64_t first, std::int64_t last, std::int64_t by) {
    start.push_back(first);
    stop.push_back(last);
    step.push_back(by);
  };
  for (const Config& entry : key) {
    if (entry.is_null()) {
      born.push_back(place++);
    } else if (is(entry, "__ellipsis__")) {
      for (std::size_t i = used; i < op.rank(); ++i, ++place) add(0, kEnd, 1);
    } else if (!entry.is_dict()) {
      const std::int64_t at = entry.as_int();
      gone.push_back(static_cast<std::int64_t>(start.size()));
      add(at, at == -1 ? kEnd : at + 1, 1);
    } else {
      const Config& config = entry.at("config");
      const auto bound = [&](std::string_view name, std::int64_t missing) {
        return config.at(name).is_null() ? missing : config.at(name).as_int();
      };
      const std::int64_t by = bound("step", 1);
      add(bound("start", by < 0 ? kEnd : 0), bound("stop", by < 0 ? -kEnd : kEnd), by);
      ++place;
    }
  }
  std::string y = start.empty() ? op.in() : slice(op, start, stop, step)[0];
  if (!gone.empty()) y = op.of("Squeeze", {y, op.to.graph.ints(gone)});
  if (!born.empty()) y = op.of("Unsqueeze", {y, op.to.graph.ints(born)});
  return {y};
}

Names pad(const Op& op) {
  const std::string_view mode = op.options.at("mode").as_string();
  if (mode == "symmetric") op.call.refuse("has mode 'symmetric', which has no form in ONNX here.");
  const Config::List& widths = op.options.at("pad_width").as_list();
  std::vector<std::int64_t> pads(2 * op.rank());
  for (std::size_t axis = 0; axis < op.rank(); ++axis) {
    const Config::List& width = widths[widths.size() == 1 ? 0 : axis].as_list();
    pads[axis] = width[0].as_int();
    pads[axis + op.rank()] = width[1].as_int();
  }
  Names inputs{op.in(), op.to.graph.ints(pads)};
  if (mode == "constant")
    inputs.push_back(op.number(op.options.at("constant_values").as_double(), op.out_type()));
  return {op.of("Pad", inputs, {{"mode", std::string(mode)}})};
}

Names tile(const Op& op) {
  const auto repeats = *op.integers("repeats");
  if (repeats.size() != op.rank()) op.call.refuse("has repeats for another number of axes.");
  return {op.of("Tile", {op.in(), op.to.graph.ints(repeats)})};
}

/// An open dimension is that of the input.
Names broadcast_to(const Op& op) {
  std::vector<std::int64_t> shape;
  for (const std::int64_t dim : op.call.outputs[0].shape) shape.push_back(dim == kNone ? 1 : dim);
  return {op.of("Expand", {op.in(), op.to.graph.ints(shape)})};
}

Names flip(const Op& op) {
  std::vector<std::int64_t> axes = axes_in_order(op.rank());
  if (const auto given = op.integers("axis")) axes = *given;
  const std::size_t count = axes.size();
  const auto all = [&](std::int64_t value) {
    return op.to.graph.ints(std::vector<std::int64_t>(count, value));
  };
  return {op.of("Slice", {op.in(), all(-1), all(-kEnd), op.to.graph.ints(axes), all(-1)})};
}

Names take_along_axis(const Op& op) {
  if (op.given("axis") == nullptr) op.call.refuse("looks at all axes as one.");
  const std::int64_t axis = op.integer("axis", -1);
  // GatherElements has the axes of the places, and repeats none.
  const std::size_t along = place(axis, op.rank());
  for (std::size_t i = 0; i < op.rank(); ++i) {
    if (i != along && op.call.shape(0)[i] != op.call.shape(1)[i])
      op.call.refuse("takes along an axis of values whose other axes differ.");
  }
  return {op.of("GatherElements", {op.in(0), op.in(1, DType::kInt64)}, {{"axis", axis}})};
}

Names unstack(const Op& op) {
  const std::int64_t axis = op.integer("axis", 0);
  Names parts;
  for (std::size_t i = 0; i < op.call.outputs.size(); ++i) {
    const std::string at = op.number(static_cast<double>(i), DType::kInt64);
    parts.push_back(op.of("Gather", {op.in(), at}, {{"axis", axis}}));
  }
  return parts;
}

/// (B, T, ...) as (B * T, ...).
Names steps_as_samples(const Op& op) {
  Graph& graph = op.to.graph;
  const std::string rest = op.of("Shape", {op.in()}, {{"start", std::int64_t{2}}});
  const std::string shape = op.of("Concat", {graph.ints({-1}), rest}, {{"axis", std::int64_t{0}}});
  return {op.of("Reshape", {op.in(), shape})};
}

/// (B * T, ...) as (B, T, ...), of which the second value has the first two.
Names samples_as_steps(const Op& op) {
  const std::string steps =
      op.of("Shape", {op.in(1)}, {{"start", std::int64_t{0}}, {"end", std::int64_t{2}}});
  const std::string rest = op.of("Shape", {op.in()}, {{"start", std::int64_t{1}}});
  const std::string shape = op.of("Concat", {steps, rest}, {{"axis", std::int64_t{0}}});
  return {op.of("Reshape", {op.in(), shape}, {{"allowzero", std::int64_t{1}}})};
}

}  // namespace keratin::saving::onnx
