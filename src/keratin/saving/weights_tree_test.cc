// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/weights_tree.h"

#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>
#include <unistd.h>

#include "keratin/base/format_error.h"
#include "keratin/layers/layers.h"
#include "keratin/models/models.h"
#include "keratin/saving/saving.h"

namespace keratin::saving {
namespace {

std::string path_to(const std::string& name) {
  return ::testing::TempDir() + "keratin_weights_tree_test_" + std::to_string(::getpid()) + "_" +
         name;
}

TEST(WeightsTree, AnArchiveIsItsArraysNamesAndTexts) {
  models::Sequential model({layers::Dense({.units = 2, .name = "mine"})});
  model.build({kNone, 3});
  const std::string path = path_to("model.keras");
  save_model(model, path);
  const WeightsTree tree = read_weights_tree(formats::Bytes::open(path));
  ASSERT_EQ(tree.arrays.size(), 2U);
  EXPECT_EQ(tree.arrays[0].first, "layers/dense/vars/0");
  EXPECT_EQ(tree.arrays[0].second.shape(), (Shape{3, 2}));
  EXPECT_EQ(tree.arrays[1].first, "layers/dense/vars/1");
  EXPECT_NE(std::find(tree.names.begin(), tree.names.end(),
                      std::pair(std::string("layers/dense/vars"), std::string("mine"))),
            tree.names.end());
  EXPECT_TRUE(tree.config && tree.metadata);
}

TEST(WeightsTree, WhatIsWrittenIsReadAgain) {
  const std::string path = path_to("edited.weights.h5");
  const Tensor kernel = Tensor::from<float>({1, 2, 3}, {3, 1});
  write_weights_tree(path, {{"a/vars/0", kernel}, {"b/c/vars/0", Tensor::from<double>({4})}});
  const WeightsTree tree = read_weights_tree(formats::Bytes::open(path));
  ASSERT_EQ(tree.arrays.size(), 2U);
  EXPECT_EQ(tree.arrays[0].second.data<float>()[2], 3);
  EXPECT_EQ(tree.arrays[1].first, "b/c/vars/0");
  EXPECT_EQ(tree.arrays[1].second.data<double>()[0], 4);
  EXPECT_FALSE(tree.config);
  EXPECT_THROW(write_weights_tree(path, {{"a", kernel}, {"a/b", kernel}}), std::invalid_argument);
  EXPECT_EQ(read_weights_tree(formats::Bytes::open(path)).arrays.size(), 2U);
  EXPECT_THROW(read_weights_tree(formats::Bytes::of("no file", "bytes")), FormatError);
}

}  // namespace
}  // namespace keratin::saving
