// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/embedding.h"
#include "keratin/tensor/tensor_access.h"

/// Golden cases of layers whose table is quantized or has a LoRA update.
namespace keratin::testing {

/// A JSON 2 and a JSON 2.0 are the same number, and what Keras writes as null may be missing.
inline bool is_same(const Config& a, const Config& b) {
  if (a.is_number() && b.is_number()) return a.as_double() == b.as_double();
  if (!a.is_dict() || !b.is_dict()) return a == b;
  for (const auto& [key, value] : b.as_dict()) {
    const Config* const other = a.find(key);
    if (other == nullptr ? !value.is_null() : !is_same(*other, value)) return false;
  }
  return true;
}

/// Of codes too.
inline std::string distance(const Tensor& a, const Tensor& b, double relative, double absolute) {
  return difference(cast(a, DType::kFloat32), cast(b, DType::kFloat32), relative, absolute);
}

/// What the case says of a layer that is built.
inline void become_as_in(const Config& c, layers::Embedding& layer) {
  std::optional<QuantizationConfig> how;
  if (const Config* const given = c.find("quantization_config")) from_config(*given, how);
  if (how) layer.quantize(*how);
  if (const Config* const rank = c.find("rank")) {
    layer.enable_lora(rank->as_int(), 3.0);
    for (const auto& weight : layer.weights()) {
      if (weight->name() == "lora_embeddings_a") weight->assign(golden_tensor(c.at("a")));
      if (weight->name() == "lora_embeddings_b") weight->assign(golden_tensor(c.at("b")));
    }
  }
}

/// That its weights, those in a file and its config are those of the case. Codes and scales are to
/// the bit; a merged row that lies between two codes its last bit chooses.
inline void expect_as_in(const Config& c, const layers::Embedding& layer) {
  const bool has_lora = c.find("rank") != nullptr;
  const auto weights = layer.weights();
  const auto& names = c.at("names").as_list();
  ASSERT_EQ(weights.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(weights[i]->name(), names[i].as_string());
    const Tensor theirs = golden_tensor(c.at("weights").as_list()[i]);
    EXPECT_EQ(weights[i]->dtype(), theirs.dtype()) << weights[i]->name();
    EXPECT_EQ(distance(weights[i]->value(), theirs, 0, 0), "") << weights[i]->name();
  }
  std::size_t trained = 0;
  for (const Variable* weight : layer.trainable_weights())
    EXPECT_EQ(weight->name(), c.at("trainable").as_list().at(trained++).as_string());
  EXPECT_EQ(trained, c.at("trainable").as_list().size());
  const auto& saved = c.at("saved").as_list();
  const auto in_file = layer.as_saved(layer.weights());
  ASSERT_EQ(in_file.size(), saved.size());
  for (std::size_t i = 0; i < saved.size(); ++i) {
    const Tensor theirs = golden_tensor(saved[i]);
    EXPECT_EQ(in_file[i]->dtype(), theirs.dtype());
    const double one = !has_lora ? 0 : theirs.dtype() == DType::kInt8 ? 17 : 2e-6;
    EXPECT_EQ(distance(in_file[i]->value(), theirs, one, has_lora ? 2e-6 : 0), "")
        << in_file[i]->name();
  }
  Config theirs = c.at("config");
  theirs["dtype"] = theirs.at("dtype").at("class_name") == Config("DTypePolicy")
                        ? Config("float32")
                        : theirs.at("dtype");
  theirs["embeddings_initializer"] = layer.get_config().at("embeddings_initializer");
  EXPECT_TRUE(is_same(layer.get_config(), theirs)) << layer.output_dim();
}

}  // namespace keratin::testing
