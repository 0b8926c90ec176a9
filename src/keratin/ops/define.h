// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/base/named_list.h"
#include "keratin/graph/op.h"

/// What the units that define ops share. Not installed.
namespace keratin::ops {

/// The type of what is computed of elements of `dtype`: float32 of float64, the type itself of
/// others.
inline DType kept(DType dtype) { return is_floating(dtype) ? DType::kFloat32 : dtype; }

/// Throws std::invalid_argument with the text `[ops.not_equal] message...`.
template <class... Args>
[[noreturn]] void refuse(const Operation& op, const Args&... message) {
  invalid_argument(str("ops.", to_snake_case(op.class_name())), message...);
}

/// Inputs of an op that takes as many as there are, one or more.
inline constexpr std::size_t kSome = 0;
/// Throws std::invalid_argument unless an op that takes `wanted` values may be given `count`.
void check_count(const Operation& op, std::size_t wanted, std::size_t count);
[[noreturn]] void refuse_none(const Operation& op);

/// An op that a config can name. T has
///   kName                          Keras's class
///   kInputs                        how many values it takes, or kSome; without it one
///   output_spec(const Inputs&)     of so many values, none of them null
///   compute(const Arguments&)      likewise
///   fields(f)                      its options, which are members: `f("axis", axis);` with the
///                                  names of Keras's constructor. Without it it has none.
///   validate()                     throws std::invalid_argument for options it cannot take
template <class T>
struct NamedOp : Op {
  static constexpr std::size_t kInputs = 1;
  std::string_view class_name() const final { return T::kName; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const final {
    check_count(*this, T::kInputs, inputs.size());
    for (const Value& value : inputs.values) {
      if (!value) refuse_none(*this);
    }
    return static_cast<const T&>(*this).output_spec(inputs);
  }
  Result forward(const Arguments& x) const final {
    check_count(*this, T::kInputs, x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!x[i]) refuse_none(*this);
    }
    return static_cast<const T&>(*this).compute(x);
  }
  Config get_config() const final {
    T options = static_cast<const T&>(*this);
    ConfigWriter writer;
    options.fields(writer);
    return writer.take();
  }
  static std::shared_ptr<const Op> from_config(const Config& config) {
    const auto op = std::make_shared<T>();
    ConfigReader reader(str("ops.", to_snake_case(T::kName)), config);
    op->fields(reader);
    reader.ignore("name");  // Keras: every operation has one
    reader.finish();
    op->validate();
    return op;
  }
  template <class F>
  void fields(F&) {}
  void validate() const {}
};

/// The one object of an op without options.
template <class T>
const std::shared_ptr<const Op>& the_op() {
  static const std::shared_ptr<const Op> op = std::make_shared<const T>();
  return op;
}
/// The op on two values.
template <class T>
Value both(const Value& x1, const Value& x2) {
  return apply_op(the_op<T>(), Values{x1, x2});
}
/// An op with these options.
template <class T>
std::shared_ptr<const Op> checked_op(T options) {
  options.validate();
  return std::make_shared<const T>(std::move(options));
}

using OpEntries = std::vector<NamedEntry<const Op>>;

/// The entries of the closed list for these ops.
template <class... T>
OpEntries op_entries() {
  OpEntries entries;
  (entries.push_back(NamedEntry<const Op>{T::kName, &T::from_config, {}}), ...);
  return entries;
}

// What each unit has in the closed list (ops.cc puts them together).
OpEntries elementwise_ops();
OpEntries rounding_ops();
OpEntries cast_ops();
OpEntries arithmetic_ops();
OpEntries comparison_ops();
OpEntries activation_ops();
OpEntries one_hot_ops();
OpEntries crossentropy_ops();
OpEntries ctc_ops();
OpEntries digitize_ops();
OpEntries reductions_ops();
OpEntries choices_ops();
OpEntries shapes_ops();
OpEntries slices_ops();
OpEntries joins_ops();
OpEntries repeats_ops();
OpEntries places_ops();
OpEntries scatters_ops();
OpEntries matmul_ops();
OpEntries products_ops();
OpEntries outer_products_ops();
OpEntries scans_ops();
OpEntries sorting_ops();
OpEntries statistics_ops();
OpEntries quantiles_ops();
OpEntries bits_ops();
OpEntries making_ops();

}  // namespace keratin::ops
