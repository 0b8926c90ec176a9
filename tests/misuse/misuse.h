// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/config.h"
#include "keratin/base/error.h"
#include "keratin/layers/layers.h"
#include "keratin/tensor/tensor.h"

/// Wrong, null, moved-from, unbuilt and mis-shaped arguments, for every public class: an exception
/// of the standard library with a bounded text, or a result; never the end of the process. What
/// reads or writes out of bounds shows under the sanitizers, where these tests run too.
namespace keratin::misuse {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Calls `body`, which may throw what the library throws.
template <class Body>
void survives(const std::string& what, Body&& body) {
  SCOPED_TRACE(what);
  try {
    std::forward<Body>(body)();
  } catch (const std::exception& error) {
    EXPECT_LE(std::string(error.what()).size(), kLongestMessage) << what;
  }
}

/// The same, and it must throw.
template <class Body>
void refused(const std::string& what, Body&& body) {
  try {
    std::forward<Body>(body)();
    ADD_FAILURE() << what << ": was taken";
  } catch (const std::exception& error) {
    const std::string text = error.what();
    EXPECT_LE(text.size(), kLongestMessage) << what;
    EXPECT_EQ(text.substr(0, 1), "[") << what << ": " << text;
  }
}

inline Tensor moved_from() {
  Tensor tensor = Tensor::zeros({2, 3});
  const Tensor other = std::move(tensor);
  return tensor;  // NOLINT(bugprone-use-after-move)
}

/// Tensors of many shapes and types, null ones among them.
inline std::vector<Tensor> odd_tensors() {
  std::vector<Tensor> all = {Tensor(), moved_from()};
  for (const DType dtype : {DType::kFloat32, DType::kInt64, DType::kBool}) {
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{3}, Shape{2, 3}, Shape{0, 3}, Shape{2, 0},
                               Shape{2, 3, 4}, Shape{2, 1, 3, 1, 2}})
      all.push_back(Tensor::zeros(shape, dtype));
  }
  return all;
}

/// Some of them, for arguments that come in fours.
inline std::vector<Tensor> few_odd_tensors() {
  return {Tensor(),
          moved_from(),
          Tensor::zeros({}),
          Tensor::zeros({2}),
          Tensor::zeros({2, 3}),
          Tensor::zeros({0, 3}),
          Tensor::zeros({5, 1}, DType::kInt32),
          Tensor::zeros({2, 3}, DType::kBool),
          Tensor::zeros({2, 3, 4})};
}

inline std::string words(const Tensor& tensor) {
  return tensor ? str(to_string(tensor.dtype()), to_string(tensor.shape())) : std::string("null");
}

inline std::vector<Shape> odd_shapes() {
  return {Shape{},
          Shape{0},
          Shape{-1},
          Shape{-7},
          Shape{3},
          Shape{2, 3},
          Shape{kNone, 3},
          Shape{2, 0},
          Shape{kNone, kNone, 4},
          Shape{2, 3, 4},
          Shape{1, 1, 1, 1, 1, 1},
          Shape{std::int64_t{1} << 40, std::int64_t{1} << 40}};
}

/// Layers of which input_dim and output_dim must be given.
inline bool is_table(std::string_view class_name) {
  return class_name == "Embedding" || class_name == "ReversibleEmbedding" ||
         class_name == "EmbedReduce";
}

/// What a layer of several tables must be given: a feature of one.
inline void needed_of_features(std::string_view class_name, Config& config) {
  if (class_name != "DistributedEmbedding") return;
  const auto table = std::make_shared<const layers::TableConfig>(
      layers::TableConfig{.name = "table", .vocabulary_size = 10, .embedding_dim = 4});
  config = layers::DistributedEmbedding({.feature_configs = {{.name = "feature",
                                                              .table = table,
                                                              .input_shape = {kNone, 3},
                                                              .output_shape = {kNone, 4}}}})
               .get_config();
}

/// What the layers of many classes must be given.
inline void needed_of_outputs(std::string_view class_name, Config& config) {
  if (class_name == "SampledSoftmax" || class_name == "NCE")
    config["units"] = 5, config["num_sampled"] = 2;
  if (class_name == "HierarchicalSoftmax") config["units"] = 5;
  if (class_name == "AdaptiveLogSoftmaxWithLoss")
    config["n_classes"] = 5, config["cutoffs"] = Config(Config::List{2}), config["div_value"] = 1;
}

}  // namespace keratin::misuse
