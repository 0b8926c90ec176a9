// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/summary.h"

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/models/sequential.h"

namespace keratin::models {
namespace {

TEST(Summary, IsKerasText) {
  const Config file = testing::golden("summary");
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(c.at("what").as_string());
    Sequential model = Sequential::from_config(c.at("model"));
    if (!c.at("optimizer").is_null()) {
      model.compile(c.at("optimizer").as_string(), "mse");
      const Shape in = model.input_shape().with_batch(2);
      model.train_on_batch(Tensor::zeros(in), Tensor::zeros(model.output_shape().with_batch(2)));
    }
    SummaryOptions options;
    if (!c.at("line_length").is_null())
      options.line_length = static_cast<int>(c.at("line_length").as_int());
    if (const Config* positions = c.find("positions")) {
      for (const Config& p : positions->as_list()) options.positions.push_back(p.as_double());
    }
    if (const Config* range = c.find("layer_range")) {
      options.layer_range = {range->as_list()[0].as_string(), range->as_list()[1].as_string()};
    }
    options.show_trainable = c.find("show_trainable") != nullptr;
    EXPECT_EQ(model.summary(options), c.at("text").as_string()) << model.summary(options);
  }
}

TEST(Summary, RefusesALineThatHoldsNoTable) {
  Sequential model({layers::Embedding({.input_dim = 3, .output_dim = 2, .input_length = 4})});
  EXPECT_THROW(model.summary({.line_length = 10}), std::invalid_argument);
  EXPECT_THROW(model.summary({.positions = {0.5, 1}}), std::invalid_argument);
  EXPECT_THROW(model.summary({.positions = {0.5, 0.4, 1}}), std::invalid_argument);
  EXPECT_THROW(model.summary({.positions = {0.3, 0.4, 0.9}}), std::invalid_argument);
  EXPECT_THROW(model.summary({.layer_range = {{"embedding", "another"}}}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::models
