// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/kernel_layer.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/dense.h"
#include "keratin/layers/einsum_dense.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

using ::keratin::testing::difference;
using ::keratin::testing::golden_tensor;

/// Of codes too.
std::string apart(const Tensor& a, const Tensor& b, double relative, double absolute) {
  return difference(cast(a, DType::kFloat32), cast(b, DType::kFloat32), relative, absolute);
}

std::shared_ptr<KernelLayer> kernel_layer_of(const Config& c) {
  auto layer = std::dynamic_pointer_cast<KernelLayer>(Layer::deserialize(c.at("layer")));
  Shape shape;
  from_config(c.at("shape"), shape);
  layer->build(shape);
  std::vector<Tensor> start;
  for (const Config& weight : c.at("start").as_list()) start.push_back(golden_tensor(weight));
  layer->set_weights(start);
  std::optional<QuantizationConfig> how;
  from_config(c.at("quantization_config"), how);
  if (how) layer->quantize(*how);
  if (const Config* const rank = c.find("rank")) {
    layer->enable_lora(rank->as_int(), 3.0);
    for (const auto& weight : layer->weights()) {
      if (weight->name() == "lora_kernel_a") weight->assign(golden_tensor(c.at("a")));
      if (weight->name() == "lora_kernel_b") weight->assign(golden_tensor(c.at("b")));
    }
  }
  return layer;
}

// Codes and scales are Keras's to the bit. Outputs are sums of at most 1,100 products of magnitude
// 3, in another order: sqrt(1100) * 10 * 6e-8 is 2e-5, and what a code of an input that lies
// between two may be off by is more: none is here.
TEST(KernelLayer, QuantizedAndWithAnUpdateItIsKeras) {
  const Config golden = testing::golden("kernels");
  for (const Config& c : golden.at("cases").as_list()) {
    const auto layer = kernel_layer_of(c);
    const bool has_lora = c.find("rank") != nullptr;
    SCOPED_TRACE(layer->class_name());
    SCOPED_TRACE(layer->dtype());
    const auto weights = layer->weights();
    const auto& names = c.at("names").as_list();
    ASSERT_EQ(weights.size(), names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      EXPECT_EQ(weights[i]->name(), names[i].as_string());
      const Tensor theirs = golden_tensor(c.at("weights").as_list()[i]);
      EXPECT_EQ(weights[i]->dtype(), theirs.dtype());
      EXPECT_EQ(apart(weights[i]->value(), theirs, 0, 0), "") << weights[i]->name();
    }
    std::size_t trained = 0;
    for (const Variable* weight : layer->trainable_weights())
      EXPECT_EQ(weight->name(), c.at("trainable").as_list().at(trained++).as_string());
    const Tensor x = golden_tensor(c.at("x"));
    EXPECT_EQ(difference((*layer)(x), golden_tensor(c.at("outputs")), 2e-5, 2e-4), "");
    const auto& saved = c.at("saved").as_list();
    const auto in_file = layer->as_saved(layer->weights());
    ASSERT_EQ(in_file.size(), saved.size());
    for (std::size_t i = 0; i < saved.size(); ++i) {
      const Tensor theirs = golden_tensor(saved[i]);
      EXPECT_EQ(in_file[i]->dtype(), theirs.dtype());
      // Where a merged number lies between two codes, its last bit chooses.
      const double one = !has_lora ? 0 : theirs.dtype() == DType::kInt8 ? 17 : 2e-5;
      EXPECT_EQ(apart(in_file[i]->value(), theirs, has_lora ? 1e-5 : 0, one), "")
          << in_file[i]->name();
    }
    // Another one of its config takes its weights.
    const auto again =
        std::dynamic_pointer_cast<KernelLayer>(Layer::deserialize(layer->serialize()));
    again->build(x.shape());
    EXPECT_EQ(again->is_quantized(), layer->is_quantized());
    again->set_weights(layer->get_weights());
    EXPECT_EQ(difference((*again)(x), (*layer)(x), 0, 0), "");
    // What a file is read into has the update in its kernel, and none beside it.
    if (!has_lora) continue;
    std::vector<Tensor> numbers;
    for (const auto& weight : in_file) numbers.push_back(copy_of(weight->value()));
    for (std::size_t i = 0; i < numbers.size(); ++i) in_file[i]->assign(numbers[i]);
    for (const auto& weight : layer->weights()) {
      const bool is_update = weight->name().starts_with("lora_");
      const Tensor none = is_update ? Tensor::zeros(weight->shape()) : weight->value();
      EXPECT_EQ(apart(weight->value(), none, 0, 0), "");
    }
  }
}

TEST(KernelLayer, SlopesGoThroughTheNumbersThatCodesStandFor) {
  Dense layer({.units = 3});
  layer.build({2, 4});
  layer.quantize(QuantizationConfig::of("int8"));
  Pass pass(true, std::make_shared<Tape>());
  Tensor x = Tensor::from<float>({1, 2, 3, 4, -1, 0, 2, 1}, {2, 4});
  const Value in = pass.tape->watch(x);
  const Value y = layer.run(Inputs(in), pass);
  const Tensor ones = Tensor::from<float>({1, 1, 1, 1, 1, 1}, {2, 3});
  const std::vector<Value> by{in};
  const Tensor found = pass.tape->slopes(y, ones, by)[0];
  const Tensor kernel = layer.kernel();
  for (std::size_t i = 0; i < 8; ++i) {
    float sum = 0;
    for (std::size_t j = 0; j < 3; ++j) sum += kernel.data<float>()[i % 4 * 3 + j];
    EXPECT_NEAR(found.data<float>()[i], sum, 1e-6);
  }
}

TEST(KernelLayer, WhatCannotBeIsRefusedAndChangesNothing) {
  Dense unbuilt({.units = 2});
  EXPECT_THROW(unbuilt.quantize(QuantizationConfig::of("int8")), std::invalid_argument);
  EXPECT_THROW(unbuilt.enable_lora(2), std::invalid_argument);
  Dense layer({.units = 2});
  layer.build({kNone, 3});
  const auto before = layer.get_weights();
  EXPECT_THROW(layer.enable_lora(0), std::invalid_argument);
  EXPECT_THROW(layer.codes(), std::invalid_argument);
  QuantizationConfig rows = QuantizationConfig::of("int8");
  rows.weight_quantizer = AbsMaxQuantizer{.axis = Config(std::int64_t{1})};
  EXPECT_THROW(layer.quantize(rows), std::invalid_argument);
  EXPECT_FALSE(layer.is_quantized());
  ASSERT_EQ(layer.get_weights().size(), before.size());
  layer.quantize(QuantizationConfig::of("int4"));
  EXPECT_THROW(layer.quantize(QuantizationConfig::of("int8")), std::invalid_argument);
  layer.enable_lora(1);
  EXPECT_THROW(layer.enable_lora(1), std::invalid_argument);
  EXPECT_THROW(Dense({.units = 2, .kernel_constraint = "max_norm", .lora_rank = 1}),
               std::invalid_argument);
  EXPECT_THROW(Dense({.units = 2, .lora_alpha = 1}), std::invalid_argument);
  EXPECT_THROW(Dense({.units = 2, .dtype = DTypePolicy::named("bfloat16")}), std::invalid_argument);
  EXPECT_THROW(Dense({.units = 2, .quantization_config = QuantizationConfig::of("int8")}),
               std::invalid_argument);
  // A kernel of which outputs keep an axis of the inputs is no matrix.
  EinsumDense apart_({.equation = "abc,bcd->abd", .output_shape = {kNone, 2}});
  apart_.build({kNone, 4, 3});
  EXPECT_THROW(apart_.quantize(QuantizationConfig::of("int8")), std::invalid_argument);
  EXPECT_FALSE(apart_.is_quantized());
}

}  // namespace
}  // namespace keratin::layers
