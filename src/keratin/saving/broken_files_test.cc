// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/sampled.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/formats/json.h"
#include "keratin/layers/layers.h"
#include "keratin/models/models.h"
#include "keratin/saving/optimizer_state.h"
#include "keratin/saving/saving.h"
#include "keratin/saving/weights_writer.h"

/// Files of every form that is written, cut off anywhere or with a bit changed, as load_model() and
/// load_weights() see them: an error, and the model that was there is as it was. What readers make
/// of them: formats/hdf5/hostile_test.cc.
namespace keratin::saving {
namespace {

models::Sequential trained() {
  models::Sequential model(
      {layers::InputLayer({.batch_shape = Shape{kNone, 3}, .name = "ids"}),
       layers::Embedding({.input_dim = 7, .output_dim = 2, .name = "table"}),
       layers::Flatten({.name = "flat"}), layers::Dense({.units = 2, .name = "dense"})},
      {.name = "row"});
  model.compile("adam", "mse");
  model.train_on_batch(Tensor::from(std::vector<std::int32_t>{1, 2, 3}, {1, 3}),
                       Tensor::from(std::vector<float>{1, 2}, {1, 2}));
  return model;
}

/// Weights and optimizer, to the bit.
std::string state(const models::Model& model) {
  std::string all;
  for (const auto& tensors : {model.get_weights(), state_of(model)}) {
    for (const Tensor& tensor : tensors) {
      const auto bytes = saving::bytes_of(tensor);
      all.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()).append("|");
    }
  }
  return all;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return (std::ostringstream() << file.rdbuf()).str();
}

using Load = std::function<void(const std::string& path)>;

void whole(const std::string& path) { load_model(path); }

TEST(BrokenFiles, EveryTruncationIsAnErrorAndLeavesTheModel) {
  const testing::TemporaryFolder folder;
  const models::Sequential saved = trained();
  models::Sequential model = trained();
  const Load weights = [&](const std::string& path) { load_weights(model, path); };
  std::map<std::string, Load> forms = {{"m.keras", whole},         {"m.h5", whole},
                                       {"m.json", whole},          {"w.weights.h5", weights},
                                       {"w.safetensors", weights}, {"w.npz", weights},
                                       {"s.weights.json", weights}};
  std::ofstream(folder / "m.json") << saved.to_json();
  for (const auto& [name, load] : forms) {
    const std::string path = folder / name;
    if (name == "m.json") continue;
    if (name[0] == 'm') save_model(saved, path);
    if (name[0] == 'w') save_weights(saved, path);
    if (name[0] == 's') save_weights(saved, path, {.max_shard_size = 200.0 / (1 << 30)});
  }
  forms["s_00001.weights.h5"] = [&](const std::string&) { weights(folder / "s.weights.json"); };
  for (const auto& [name, load] : forms) {
    const std::string path = folder / name, file = read(path), before = state(model);
    ASSERT_GT(file.size(), 128U) << name;
    for (const std::size_t size : testing::sampled_grid(file.size() / 128 + 1, 128, 128)) {
      if (size >= file.size()) continue;
      folder.write(name, file.substr(0, size));
      EXPECT_THROW(load(path), std::runtime_error) << name << ": " << size << " of " << file.size();
      ASSERT_EQ(state(model), before) << name << ": " << size;
    }
    folder.write(name, file);
    load(path);
  }
}

TEST(BrokenFiles, NoBitFlipOfAModelIsSilent) {
  const testing::TemporaryFolder folder;
  const models::Sequential saved = trained();
  save_model(saved, folder / "m.keras");
  const std::string file = read(folder / "m.keras"), wanted = state(saved) + saved.to_json();
  std::size_t refused = 0, taken = 0;
  for (const std::size_t bit : testing::sampled_grid(file.size() / 64 + 1, 512, 512)) {
    if (bit / 8 >= file.size()) continue;
    std::string flipped = file;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    try {
      const auto model = load_model(std::as_bytes(std::span(flipped)));
      ASSERT_EQ(state(*model) + model->to_json(), wanted) << "bit " << bit;
      ++taken;
    } catch (const std::runtime_error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, taken);  // which are times and the like
}

}  // namespace
}  // namespace keratin::saving
