// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/saving.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/format_error.h"
#include "keratin/layers/layers.h"
#include "keratin/models/models.h"

namespace keratin::saving {
namespace {

using layers::Dense;
using layers::Embedding;

struct Folder {
  Folder() : path(std::filesystem::temp_directory_path() / "keratin_saving_test") {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
  std::filesystem::path path;
};

models::Sequential row(std::int64_t units) {
  return models::Sequential({layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
                             Embedding({.input_dim = 7, .output_dim = 2}), layers::Flatten(),
                             Dense({.units = units}), Dense({.units = 1})});
}

const Tensor& ids() {
  static const Tensor ids = Tensor::from(std::vector<std::int32_t>{0, 1, 2, 6, 5, 4}, {2, 3});
  return ids;
}

void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(testing::difference(a[i], b[i], 0, 0), "") << i;
}

TEST(Saving, ThereAndBackToTheBit) {
  const Folder folder;
  const models::Sequential model = row(3);
  save_model(model, folder / "m.keras");
  const auto again = load_model(folder / "m.keras");
  expect_same(again->get_weights(), model.get_weights());
  EXPECT_EQ(again->to_json(), model.to_json());
  EXPECT_EQ(again->mask_policy(), MaskPolicy::kStrict);
  EXPECT_FALSE(again->compiled());
  EXPECT_THROW(save_model(model, folder / "m.keras", {.overwrite = false}), std::invalid_argument);
  EXPECT_THROW(save_model(models::Sequential(), folder / "n.keras"), std::invalid_argument);
}

TEST(Saving, TheOptimizerGoesOn) {
  const Folder folder;
  models::Sequential model = row(3);
  model.compile("adam", "mse");
  const Tensor y = Tensor::from(std::vector<float>{1, 2}, {2, 1});
  model.train_on_batch(ids(), y);
  save_weights(model, folder / "w.weights.h5");
  models::Sequential other = row(3);
  other.compile("adam", "mse");
  load_weights(other, folder / "w.weights.h5");
  EXPECT_EQ(other.optimizer().iterations(), 1);
  model.train_on_batch(ids(), y);
  other.train_on_batch(ids(), y);
  expect_same(other.get_weights(), model.get_weights());
}

TEST(Saving, WhatDoesNotFitChangesNothing) {
  const Folder folder;
  const models::Sequential model = row(3);
  save_weights(model, folder / "w.weights.h5");
  models::Sequential other = row(4);
  const std::vector<Tensor> before = other.get_weights();
  try {
    load_weights(other, folder / "w.weights.h5");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const FormatError& error) {
    EXPECT_NE(std::string(error.what()).find("weight 'kernel' of layer"), std::string::npos)
        << error.what();
    EXPECT_EQ(error.file(), folder / "w.weights.h5");
  }
  expect_same(other.get_weights(), before);

  // With skip_mismatch the embeddings come, and the two Dense are named.
  std::vector<std::string> said;
  load_weights(
      other, folder / "w.weights.h5",
      {.skip_mismatch = true, .warn = [&](std::string_view text) { said.emplace_back(text); }});
  EXPECT_EQ(said.size(), 2u);
  EXPECT_EQ(testing::difference(other.get_weights()[0], model.get_weights()[0], 0, 0), "");
  EXPECT_EQ(testing::difference(other.get_weights()[1], before[1], 0, 0), "");
}

TEST(Saving, FilesThatAreNoModels) {
  const Folder folder;
  const models::Sequential model = row(3);
  save_weights(model, folder / "w.weights.h5");
  EXPECT_THROW(load_model(folder / "w.weights.h5"), FormatError);
  EXPECT_THROW(load_model(folder / "none.keras"), FileError);
  for (const char* text : {"", "PK\x03\x04", "{", "version https://git-lfs.github.com/spec/v1\n"}) {
    std::ofstream(folder / "x.keras") << text;
    EXPECT_THROW(load_model(folder / "x.keras"), FormatError) << text;
  }
  EXPECT_THROW(load_model(std::as_bytes(std::span("\x89HDF\r\n\x1a\n", 8))), FormatError);
}

}  // namespace
}  // namespace keratin::saving
