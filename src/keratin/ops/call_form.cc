// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/call_form.h"

#include <algorithm>
#include <array>

namespace keratin::ops {
namespace {

// Classes that Keras has elsewhere than in keras.src.ops.numpy.
constexpr std::array kNn = {"BinaryCrossentropy",
                            "CTCLoss",
                            "CategoricalCrossentropy",
                            "Celu",
                            "Elu",
                            "Gelu",
                            "Glu",
                            "HardShrink",
                            "HardSigmoid",
                            "HardSilu",
                            "HardTanh",
                            "LeakyRelu",
                            "LogSigmoid",
                            "LogSoftmax",
                            "MultiHot",
                            "OneHot",
                            "Relu",
                            "Relu6",
                            "Selu",
                            "Sigmoid",
                            "Silu",
                            "SoftShrink",
                            "Softmax",
                            "Softplus",
                            "Softsign",
                            "SparsePlus",
                            "SparseSigmoid",
                            "Sparsemax",
                            "Squareplus",
                            "TanhShrink",
                            "Threshold",
                            "SparseCategoricalCrossentropy"};
constexpr std::array kMath = {"Erf",   "Erfinv",     "InTopK",     "Logsumexp",
                              "Rsqrt", "SegmentMax", "SegmentSum", "TopK"};
constexpr std::array kCore = {"Cast",        "Scatter",      "ScatterUpdate", "Slice",
                              "SliceUpdate", "StopGradient", "Unstack"};
constexpr std::array kLinalg = {"Norm"};
constexpr std::array kInList = {"Concatenate", "Stack"};

struct OptionsOfCall {
  std::string_view class_name;
  CallOption options[2];
  std::size_t count;
};
constexpr OptionsOfCall kOptions[] = {
    {"FullLike", {{"fill_value", 1}}, 1},       {"GetItem", {{"key", 1}}, 1},
    {"Isclose", {{"rtol", 2}, {"atol", 3}}, 2}, {"Pad", {{"constant_values", kByName}}, 1},
    {"Slice", {{"start_indices", 1}}, 1},       {"SliceUpdate", {{"start_indices", 1}}, 1}};

template <class Names>
bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

CallForm call_form(std::string_view class_name) {
  CallForm form{.module = "keras.src.ops.numpy", .in_list = holds(kInList, class_name)};
  if (holds(kNn, class_name)) form.module = "keras.src.ops.nn";
  if (holds(kMath, class_name)) form.module = "keras.src.ops.math";
  if (holds(kCore, class_name)) form.module = "keras.src.ops.core";
  if (holds(kLinalg, class_name)) form.module = "keras.src.ops.linalg";
  for (const OptionsOfCall& entry : kOptions) {
    if (entry.class_name == class_name) form.options = {entry.options, entry.count};
  }
  return form;
}

bool is_module_of_ops(std::string_view module) {
  return module.starts_with("keras.src.ops") || module.starts_with("keras.ops");
}

}  // namespace keratin::ops
