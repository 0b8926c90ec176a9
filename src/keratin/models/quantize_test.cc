// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/quantize.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/models/models.h"

namespace keratin::models {
namespace {

TEST(Quantize, LayersThatCanBeAreAndOthersSayWhyNot) {
  Sequential model({layers::Embedding({.input_dim = 9, .output_dim = 4, .name = "words"}),
                    layers::GlobalAveragePooling1D(), layers::Dense({.units = 3, .name = "first"}),
                    layers::Dense({.units = 2, .name = "last"})});
  const QuantizationConfig int8 = QuantizationConfig::of("int8");
  EXPECT_THROW(quantize(model, int8), std::invalid_argument);
  model.build({kNone, 5});
  const Tensor ids = Tensor::from<std::int32_t>({1, 2, 3, 4, 5}, {1, 5});
  const Tensor before = model(ids);
  EXPECT_THROW(quantize(model, {.mode = "int7"}), std::invalid_argument);
  const QuantizationReport some =
      quantize(model, int8, [](const layers::Layer& layer) { return layer.name() != "last"; });
  EXPECT_EQ(some.quantized.size(), 2U);
  ASSERT_EQ(some.skipped.size(), 2U);
  EXPECT_EQ(some.skipped[1].second, "filtered out");
  const QuantizationReport rest = quantize(model, QuantizationConfig::of("int4"));
  ASSERT_EQ(rest.quantized.size(), 1U);
  EXPECT_NE(rest.skipped[0].second.find("already quantized"), std::string::npos);
  // Codes are some hundredths off.
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_NEAR(model(ids).data<float>()[i], before.data<float>()[i], 0.05);
}

TEST(Quantize, InputsAreNotAmongThoseThatAreSkipped) {
  const Value x = Input({4});
  Functional model(x, layers::Dense({.units = 2})(x));
  const QuantizationReport report = quantize(model, QuantizationConfig::of("int8"));
  EXPECT_EQ(report.quantized.size(), 1U);
  EXPECT_TRUE(report.skipped.empty());
}

}  // namespace
}  // namespace keratin::models
