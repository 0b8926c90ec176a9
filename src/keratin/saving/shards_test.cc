// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/shards.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/error_message.h"
#include "support/golden.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/json.h"
#include "keratin/layers/layers.h"
#include "keratin/models/models.h"
#include "keratin/saving/optimizer_state.h"
#include "keratin/saving/saved_file.h"
#include "keratin/saving/saving.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {
namespace {

using layers::Dense;

constexpr double kBytes = 1.0 / (1 << 30);

models::Sequential row() {
  models::Sequential model({layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
                            Dense({.units = 4}), Dense({.units = 2})});
  model.compile("adam", "mse");
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3}, {1, 3});
  model.train_on_batch(x, Tensor::from(std::vector<float>{1, 2}, {1, 2}));
  return model;
}

void expect_same(const models::Model& a, const models::Model& b) {
  const auto compare = [](const std::vector<Tensor>& one, const std::vector<Tensor>& other) {
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(
          testing::difference(cast(one[i], DType::kFloat32), cast(other[i], DType::kFloat32), 0, 0),
          "");
    }
  };
  compare(a.get_weights(), b.get_weights());
  compare(state_of(a), state_of(b));
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return (std::ostringstream() << file.rdbuf()).str();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

/// The index with `to` in place of `from`.
std::string changed(std::string index, const std::string& from, const std::string& to) {
  const std::size_t at = index.find(from);
  EXPECT_NE(at, index.npos);
  return index.replace(at, from.size(), to);
}

TEST(Shards, AreWrittenAndRead) {
  const testing::TemporaryFolder folder;
  const models::Sequential model = row();
  save_weights(model, folder / "m.weights.json", {.max_shard_size = 100 * kBytes});
  // 48 + 16 | 32 + 8, the optimizer's 8 + 4, 48 | 48 + 16 + 16 | 32 + 32 + 8 + 8: as Keras fills
  // them
  EXPECT_EQ(names_in(folder / "").size(), 1u + 4u);
  const Config index = formats::parse_json(text_of(folder / "m.weights.json"));
  EXPECT_EQ(index.at("metadata").at("total_size").as_int(), 3 * 104 + 12);
  EXPECT_EQ(index.at("weight_map").at("/layers/dense/vars").as_string(), "m_00000.weights.h5");
  EXPECT_EQ(index.at("weight_map").at("/optimizer/vars").as_list().size(), 3u);
  models::Sequential other = row();
  load_weights(other, folder / "m.weights.json");
  expect_same(other, model);
}

TEST(Shards, TheNewOnesTakeThePlaceOfTheOld) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "m.weights.json";
  save_weights(row(), path, {.max_shard_size = 64 * kBytes});
  write(folder / "mine_00001.weights.h5", "mine");
  const std::size_t before = names_in(folder / "").size();
  const models::Sequential model = row();
  EXPECT_THROW(save_weights(model, path, {.overwrite = false, .max_shard_size = 1}),
               std::invalid_argument);
  save_weights(model, path, {.max_shard_size = 64 * kBytes});
  // One more: the first shard of old, which Keras opens before any other, is there and empty.
  EXPECT_EQ(names_in(folder / "").size(), before + 1);
  EXPECT_EQ(text_of(folder / "mine_00001.weights.h5"), "mine");
  models::Sequential other = row();
  load_weights(other, path);
  expect_same(other, model);
  save_weights(model, path, {.max_shard_size = 1});
  EXPECT_EQ(names_in(folder / ""),
            (std::set<std::string>{"m.weights.json", "m_00000.weights.h5", "m_00001.weights.h5",
                                   "mine_00001.weights.h5"}));
  load_weights(other, path);
  expect_same(other, model);
}

TEST(Shards, ASaveThatFailsLeavesTheOldOnes) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "m.weights.json";
  const models::Sequential model = row();
  save_weights(model, path, {.max_shard_size = 64 * kBytes});
  const auto before = names_in(folder / "");
  EXPECT_THROW(save_weights(row(), path, {.max_shard_size = 47 * kBytes}), std::invalid_argument);
  EXPECT_THROW(save_weights(row(), path, {.max_shard_size = 0.0}), std::invalid_argument);
  EXPECT_THROW(save_weights(row(), path), std::invalid_argument);
  EXPECT_THROW(save_weights(row(), folder / "m.h5", {.max_shard_size = 1}), std::invalid_argument);
  EXPECT_EQ(names_in(folder / ""), before);
  models::Sequential other = row();
  load_weights(other, path);
  expect_same(other, model);
  std::filesystem::create_directory(folder / "n.weights.json");
  EXPECT_THROW(save_weights(model, folder / "n.weights.json", {.max_shard_size = 1}), FileError);
  EXPECT_FALSE(std::filesystem::exists(folder / "n_00000.weights.h5"));
}

TEST(Shards, WhatIsWrongIsSaid) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "m.weights.json", shard = folder / "m_00001.weights.h5";
  const models::Sequential model = row();
  save_weights(model, path, {.max_shard_size = 64 * kBytes});
  const std::string index = text_of(path), first = "\"m_00000.weights.h5\"";
  models::Sequential other = row();
  const models::Sequential kept = row();
  other.set_weights(kept.get_weights());
  const auto refused = [&](const std::string& text) {
    write(path, text);
    return testing::message([&] { load_weights(other, path); });
  };
  for (const char* name : {"\"../m_00000.weights.h5\"", "\"/etc/passwd\"", "\"..\"", "\"\"",
                           "\"a\\\\b\"", "\"m_00000.weights.h5\\u0000\"", "7", "{}"}) {
    EXPECT_NE(refused(changed(index, first, name)).find("a file beside the index"),
              std::string::npos)
        << name;
  }
  EXPECT_NE(refused(changed(index, first, "\"none.weights.h5\"")).find("none.weights.h5"),
            std::string::npos);
  EXPECT_NE(refused(changed(index, "/layers/dense/vars", "/layers/dens/vars")).find("a group"),
            std::string::npos);
  EXPECT_NE(refused(changed(index, first, "[" + first + "," + first + "]")).find("stands once"),
            std::string::npos);
  EXPECT_NE(refused(R"({"weight_map": 3})").find("weight_map"), std::string::npos);
  EXPECT_NE(refused(R"({"weight_map": {}})").find("dense"), std::string::npos);
  EXPECT_NE(refused(index.substr(0, index.size() - 2)).find("an index of shards"),
            std::string::npos);
  write(path, index);
  EXPECT_NE(testing::message([&] {
              SavedFile::open(formats::Bytes::of(index, "bytes"));
            }).find("give its path"),
            std::string::npos);
  EXPECT_NE(testing::message([&] { load_model(path); }).find("weights alone"), std::string::npos);
  const std::string whole = text_of(shard);
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, whole.size() - 1}) {
    write(shard, whole.substr(0, size));
    EXPECT_THROW(load_weights(other, path), FormatError) << size;
  }
  std::filesystem::remove(shard);
  EXPECT_THROW(load_weights(other, path), FileError);
  for (std::size_t i = 0; i < other.get_weights().size(); ++i) {
    EXPECT_EQ(testing::difference(other.get_weights()[i], kept.get_weights()[i], 0, 0), "");
  }
}

TEST(Shards, OfKeras) {
  const std::string folder = std::string(KERATIN_GOLDEN_DIR) + "/saving";
  const auto model = load_model(folder + "/row.keras");
  const auto other = load_model(folder + "/row.keras");
  model->set_weights(models::deserialize(model->architecture())->get_weights());
  load_weights(*model, folder + "/shards.weights.json");
  expect_same(*model, *other);
}

}  // namespace
}  // namespace keratin::saving
