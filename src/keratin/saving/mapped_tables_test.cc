// SPDX-License-Identifier: Apache-2.0
// Tables that lie in the file that they were loaded from.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "support/golden.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/formats/bytes.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/layers.h"
#include "keratin/models/sequential.h"
#include "keratin/saving/saving.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {
namespace {

using layers::Embedding;

constexpr std::int64_t kRows = 9000, kWidth = 64;  // 2.3 MB

/// The file of which the mapping that `memory` lies in is one; "" where it is none.
std::string file_at(const void* memory) {
  const auto at = reinterpret_cast<std::uintptr_t>(memory);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::uintptr_t begin = 0, end = 0;
    std::string skipped, path;
    char dash = 0;
    words >> std::hex >> begin >> dash >> end >> skipped >> skipped >> skipped >> skipped >> path;
    if (begin <= at && at < end) return path;
  }
  return "";
}

models::Sequential a_model(layers::RowsDrawn drawn = layers::RowsDrawn::kAtOnce) {
  return models::Sequential(
      {layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
       Embedding({.input_dim = kRows, .output_dim = kWidth, .rows_drawn = drawn}),
       layers::GlobalAveragePooling1D(), layers::Dense({.units = 1})});
}

Embedding& table_of(models::Model& model) {
  for (const auto& layer : dynamic_cast<models::Sequential&>(model).layers()) {
    if (auto* const table = dynamic_cast<Embedding*>(layer.get())) return *table;
  }
  throw std::logic_error("no table");
}

const Tensor& id_rows() {
  static const Tensor ids =
      Tensor::from(std::vector<std::int32_t>{0, 8999, 2, 77, 4000, 4}, {2, 3});
  return ids;
}
Tensor targets() { return Tensor::from(std::vector<float>{1, -1}, {2, 1}); }

void expect_equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(testing::difference(cast(a[i], DType::kFloat32), cast(b[i], DType::kFloat32), 0, 0),
              "")
        << i;
}

std::vector<Tensor> copies(const models::Model& model) {
  std::vector<Tensor> all;
  for (const Tensor& tensor : model.get_weights()) all.push_back(copy_of(tensor));
  return all;
}

TEST(MappedTables, LieInTheFileAndAreAlignedThere) {
  const testing::TemporaryFolder folder;
  models::Sequential model = a_model();
  const std::string archive = (folder / "m.keras").string();
  const std::string weights = (folder / "m.weights.h5").string();
  save_model(model, archive);
  save_weights(model, weights);
  const auto loaded = load_model(archive);
  models::Sequential other = a_model();
  load_weights(other, weights);
  for (const auto& [mapped, path] : std::vector<std::pair<models::Model*, std::string>>{
           {loaded.get(), archive}, {&other, weights}}) {
    expect_equal(mapped->get_weights(), model.get_weights());
    EXPECT_EQ(testing::difference(mapped->predict(id_rows()), model.predict(id_rows()), 0, 0), "");
    const void* const rows = TensorAccess::raw(table_of(*mapped).embeddings());
    EXPECT_EQ(file_at(rows), path);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(rows) % 64, 0U);  // a mapping begins with a page
  }
  const auto copied = load_model(archive, {.mmap = false});
  EXPECT_NE(file_at(TensorAccess::raw(table_of(*copied).embeddings())), archive);
  load_weights(other, weights, {.mmap = false});
  EXPECT_NE(file_at(TensorAccess::raw(table_of(other).embeddings())), weights);
  expect_equal(other.get_weights(), model.get_weights());
}

TEST(MappedTables, TrainingCopiesPagesAndLeavesTheFileAndOthersAlone) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "m.keras").string();
  models::Sequential model = a_model();
  save_model(model, path);
  const std::string before(formats::Bytes::open(path).text());
  const auto one = load_model(path);
  const auto two = load_model(path);
  const std::vector<Tensor> first = copies(*two);
  for (models::Model* const each : {static_cast<models::Model*>(&model), one.get()}) {
    each->compile("adam", "mse");
    for (int i = 0; i < 3; ++i) each->train_on_batch(id_rows(), targets());
  }
  expect_equal(one->get_weights(), model.get_weights());
  expect_equal(two->get_weights(), first);
  EXPECT_TRUE(formats::Bytes::open(path).text() == before);
}

TEST(MappedTables, TheFileMayBeReplacedByAModelThatLiesInIt) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "m.keras").string();
  save_model(a_model(), path);
  const auto model = load_model(path);
  const auto other = load_model(path);
  const std::vector<Tensor> before = copies(*other);
  model->compile("sgd", "mse");
  for (int i = 0; i < 3; ++i) {
    model->train_on_batch(id_rows(), targets());
    save_model(*model, path);
    expect_equal(load_model(path)->get_weights(), model->get_weights());
  }
  std::filesystem::remove(path);
  expect_equal(other->get_weights(), before);
}

TEST(MappedTables, ATableOnDemandBecomesADenseOneWhereNoRowIsInUse) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "m.weights.h5").string();
  models::Sequential model = a_model();
  save_weights(model, path);
  model.compile("adam", "mse");
  for (const bool used : {false, true}) {
    models::Sequential other = a_model(layers::RowsDrawn::kOnDemand);
    other.compile("adam", "mse");
    if (used) {
      other.train_on_batch(id_rows(), targets());
      other.compile("sgd", "mse");
    }
    load_weights(other, path);
    EXPECT_EQ(table_of(other).draws_rows(), used);
    EXPECT_EQ(table_of(other).rows_in_use(), kRows);
    expect_equal(other.get_weights(), model.get_weights());
    if (used) continue;
    other.train_on_batch(id_rows(), targets());
    model.train_on_batch(id_rows(), targets());
    expect_equal(other.get_weights(), model.get_weights());
    expect_equal(other.optimizer().get_weights(), model.optimizer().get_weights());
    load_weights(model, path);
  }
}

TEST(MappedTables, AnErrorLeavesAllTablesAsTheyWere) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "m.weights.h5").string();
  save_weights(models::Sequential({layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
                                   Embedding({.input_dim = kRows, .output_dim = kWidth}),
                                   layers::GlobalAveragePooling1D(), layers::Dense({.units = 2})}),
               path);
  models::Sequential model = a_model();
  const std::vector<Tensor> before = copies(model);
  EXPECT_ANY_THROW(load_weights(model, path));
  expect_equal(model.get_weights(), before);
}

/// An initializer that must not be asked.
class Refuses final : public initializers::Initializer {
 public:
  std::string_view class_name() const override { return "Refuses"; }
  Config get_config() const override { return Config::dict(); }
  bool draws_parts() const override { return true; }
  void fill(const Shape&, std::int64_t, std::span<float>) const override {
    throw std::logic_error("drawn");
  }
};

TEST(MappedTables, WeightsThatWillBeReadAreNotDrawn) {
  const auto refuses = std::make_shared<Refuses>();
  const auto build = [&] {
    Embedding table({.input_dim = 30, .output_dim = 2, .embeddings_initializer = refuses});
    table.build({kNone});
    layers::Dense dense({.units = 3, .kernel_initializer = refuses});
    dense.build({kNone, 4});
    EXPECT_EQ(testing::difference(table.embeddings(), Tensor::zeros({30, 2}), 0, 0), "");
    EXPECT_EQ(testing::difference(dense.get_weights()[0], Tensor::zeros({4, 3}), 0, 0), "");
  };
  EXPECT_THROW(build(), std::logic_error);
  const layers::Undrawn undrawn;
  build();
}

}  // namespace
}  // namespace keratin::saving
