// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>
#include <string>
#include <vector>

#include "support/error_message.h"
#include "support/golden.h"
#include "support/golden_kinds.h"
#include <gtest/gtest.h>

#include "keratin/layers/embedding.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

using ::keratin::testing::difference;
using ::keratin::testing::distance;
using ::keratin::testing::golden_tensor;
using ::keratin::testing::message;

Embedding of_case(const Config& c) {
  Embedding layer({.input_dim = 7,
                   .output_dim = c.at("width").as_int(),
                   .weights = golden_tensor(c.at("table")),
                   .name = "words"});
  layer.build({kNone, 3});
  testing::become_as_in(c, layer);
  return layer;
}

// Codes and scales are Keras's to the bit. What a lookup gives is a division there, which XLA
// rounds as it likes: an ulp. A LoRA update has sums of two products, added in another order: 8
// eps.
TEST(EmbeddingKinds, AreThoseOfKeras) {
  const Config golden = testing::golden("quantized");
  for (const Config& c : golden.at("cases").as_list()) {
    const Embedding layer = of_case(c);
    const bool has_lora = c.find("rank") != nullptr;
    testing::expect_as_in(c, layer);
    EXPECT_EQ(difference(layer(golden_tensor(c.at("ids"))), golden_tensor(c.at("outputs")),
                         has_lora ? 1e-6 : 1.2e-7, has_lora ? 1e-6 : 0),
              "");
    Embedding again(Embedding::options_from(layer.get_config()));
    again.build({kNone, 3});
    again.set_weights(layer.get_weights());
    EXPECT_EQ(
        difference(again(golden_tensor(c.at("ids"))), layer(golden_tensor(c.at("ids"))), 0, 0), "");
  }
}

// What a file is read into: the update is in the table, and becomes zero.
TEST(EmbeddingKinds, AreReadFromWhatTheySave) {
  const Config golden = testing::golden("quantized");
  for (const Config& c : golden.at("cases").as_list()) {
    if (c.find("rank") == nullptr) continue;
    Embedding layer = of_case(c);
    std::vector<Tensor> saved;
    for (const auto& weight : layer.as_saved(layer.weights()))
      saved.push_back(copy_of(weight->value()));
    const auto into = layer.as_saved(layer.weights());
    for (std::size_t i = 0; i < saved.size(); ++i) into[i]->take_over(saved[i]);
    const auto again = layer.as_saved(layer.weights());
    EXPECT_EQ(distance(again[0]->value(), saved[0], 0, 0), "");
    for (const auto& weight : layer.weights()) {
      if (!weight->name().starts_with("lora_")) continue;
      EXPECT_EQ(difference(weight->value(), Tensor::zeros(weight->shape()), 0, 0), "");
    }
  }
}

TEST(EmbeddingKinds, RefuseWhatKerasRefuses) {
  Embedding layer({.input_dim = 7, .output_dim = 4});
  EXPECT_NE(
      message([&] { layer.quantize(QuantizationConfig::of("int8")); }).find("isn't yet built"),
      std::string::npos);
  EXPECT_NE(message([&] { layer.enable_lora(2); }).find("isn't yet built"), std::string::npos);
  layer.build({kNone});
  EXPECT_THROW(QuantizationConfig::of("int7"), std::invalid_argument);
  EXPECT_THROW(layer.enable_lora(5), std::invalid_argument);
  EXPECT_THROW(layer.enable_lora(0), std::invalid_argument);
  EXPECT_EQ(layer.weights().size(), 1U);
  layer.enable_lora(2);
  EXPECT_NE(message([&] { layer.enable_lora(2); }).find("already enabled"), std::string::npos);
  layer.quantize(QuantizationConfig::of("int4"));
  EXPECT_NE(message([&] {
              layer.quantize(QuantizationConfig::of("int8"));
            }).find("already quantized with dtype_policy='int4/128_from_float32'"),
            std::string::npos);
  EXPECT_THROW(
      Embedding(
          {.input_dim = 7, .output_dim = 4, .embeddings_constraint = "non_neg", .lora_rank = 2}),
      std::invalid_argument);
  EXPECT_THROW(Embedding({.input_dim = 7,
                          .output_dim = 4,
                          .weights = Tensor::zeros({7, 4}),
                          .dtype = DTypePolicy::named("int8_from_float32")}),
               std::invalid_argument);
  EXPECT_THROW(DTypePolicy::named("int8_from_float64"), std::invalid_argument);
  EXPECT_THROW(DTypePolicy::named("int4/0_from_float32"), std::invalid_argument);
  EXPECT_THROW(layer.weights()[2]->assign(Tensor::from(std::vector<float>(14, 200), {7, 2})),
               std::invalid_argument);
}

// Rows of bfloat16 are 8 bits of a float.
TEST(EmbeddingKinds, RoundTheirVectorsAsTheDtypeSays) {
  const Tensor table = Tensor::from(std::vector<float>(6, 1.00390625F + 0.001F), {3, 2});
  for (const char* const name : {"bfloat16", "mixed_bfloat16"}) {
    Embedding layer(
        {.input_dim = 3, .output_dim = 2, .weights = table, .dtype = DTypePolicy::named(name)});
    layer.build({kNone});
    const bool is_mixed = std::string(name) == "mixed_bfloat16";
    EXPECT_EQ(layer.get_weights()[0].data<float>()[0] == table.data<float>()[0], is_mixed);
    EXPECT_EQ(layer(Tensor::zeros({1}, DType::kInt32)).data<float>()[0], 1.0078125F);
  }
}

}  // namespace
}  // namespace keratin::layers
