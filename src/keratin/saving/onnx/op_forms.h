// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/saving/onnx/translation.h"

/// What the forms of ops are made of. Not installed.
namespace keratin::saving::onnx {

/// The type in which runtimes have operators for values of that type.
DType wide(DType dtype);

/// One op that is being translated.
struct Op {
  Translation& to;
  const Call& call;
  Config options;

  std::string of(std::string_view op, const Names& inputs,
                 const Attributes& attributes = {}) const {
    return to.graph.node(op, inputs, attributes);
  }
  std::string number(double value, DType dtype = DType::kFloat32) const {
    return to.graph.number(value, dtype);
  }
  std::string in(std::size_t i, DType dtype) const { return to.name_as(call.inputs[i], dtype); }
  std::string in(std::size_t i = 0) const { return to.name_of(call.inputs[i]); }
  DType out_type() const { return call.outputs[0].dtype; }
  std::size_t rank(std::size_t i = 0) const { return call.shape(i).rank(); }
  /// From the type it was computed in to that of the output.
  Names done(const std::string& name, DType computed) const {
    return {to.as(name, computed, out_type())};
  }
  const Config* given(std::string_view key) const {
    const Config* const value = options.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  bool is_set(std::string_view key) const {
    const Config* const value = given(key);
    return value != nullptr && value->is_bool() && value->as_bool();
  }
  std::int64_t integer(std::string_view key, std::int64_t missing) const {
    const Config* const value = given(key);
    return value == nullptr ? missing : value->as_int();
  }
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const {
    const Config* const value = given(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_list()) return std::vector<std::int64_t>{value->as_int()};
    std::vector<std::int64_t> list;
    for (const Config& one : value->as_list()) list.push_back(one.as_int());
    return list;
  }
  /// Options that have no place in ONNX must be as they are by themselves.
  void require_none(std::initializer_list<std::string_view> keys) const {
    for (const std::string_view key : keys) {
      if (given(key) != nullptr) call.refuse("has ", key, ", which has no form in ONNX here.");
    }
  }
};

// Those that move elements: shape_ops.cc.
Names reshaped(const Op& op, const std::vector<std::int64_t>& shape);
Names broadcast_to(const Op& op);
Names concatenate(const Op& op);
Names flip(const Op& op);
Names get_item(const Op& op);
Names moveaxis(const Op& op);
Names pad(const Op& op);
Names samples_as_steps(const Op& op);  // of TimeDistributed
Names slice_of_shape(const Op& op);
Names split(const Op& op);
Names stack(const Op& op);
Names steps_as_samples(const Op& op);
Names swapaxes(const Op& op);
Names take(const Op& op);
Names take_along_axis(const Op& op);
Names tile(const Op& op);
Names transpose(const Op& op);
Names unstack(const Op& op);

}  // namespace keratin::saving::onnx
