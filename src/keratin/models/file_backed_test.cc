// SPDX-License-Identifier: Apache-2.0
// Tables whose rows live in a file: they have the numbers of the same table in memory, and those of
// the last flush whatever ends the process.
#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/error_message.h"
#include "support/golden.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/constraints/constraints.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/layers.h"
#include "keratin/models/sequential.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/regularizers/regularizers.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {
namespace {

using ::keratin::testing::message;
using layers::Embedding;
using layers::EmbeddingOptions;

constexpr std::int64_t kRows = 200, kWidth = 6;

struct Trained {
  std::shared_ptr<Embedding> table;
  Sequential model;

  void step(std::uint64_t n) {
    Tensor x = Tensor::zeros({4, 3}, DType::kInt64);
    std::uint64_t next = n * 77 + 1;
    for (std::int64_t& id : x.data<std::int64_t>()) {
      next = next * 6364136223846793005u + 1442695040888963407u;
      id = static_cast<std::int64_t>((next >> 33) % 20 * ((next >> 60) % 10));  // some often
    }
    const Tensor y = Tensor::from(std::vector<float>{1, -1, 2, 0}, {4, 1});
    model.train_on_batch(x, y);
  }
  void steps(std::uint64_t begin, std::uint64_t end) {
    for (; begin < end; ++begin) step(begin);
  }
  std::vector<Tensor> state() {
    std::vector<Tensor> all = model.get_weights();
    for (const Tensor& slot : model.optimizer().get_weights())
      all.push_back(cast(slot, DType::kFloat32));
    return all;
  }
};

Trained trained(const std::string& storage, const std::shared_ptr<optimizers::Optimizer>& optimizer,
                EmbeddingOptions options = {}) {
  options.input_dim = kRows;
  options.output_dim = kWidth;
  options.embeddings_initializer = initializers::RandomUniform({.seed = 4});
  options.storage = storage;
  auto table = std::make_shared<Embedding>(std::move(options));
  Trained made{table, Sequential()};
  made.model.add(table);
  made.model.add(layers::GlobalAveragePooling1D());
  made.model.add(
      layers::Dense({.units = 1, .kernel_initializer = initializers::RandomUniform({.seed = 5})}));
  made.model.compile({.optimizer = optimizer, .loss = "mse"});
  return made;
}

void expect_same(std::vector<Tensor> a, std::vector<Tensor> b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(testing::difference(a[i], b[i], 0, 0), "") << what << " " << i;
}

/// Of each kind of optimizer one whose rows stand still, owe steps in closed form or one by one, or
/// are swept; with averages, sums of gradients, decay.
const std::vector<std::string> kOptimizers = {"sgd",    "adam",  "adagrad", "rmsprop", "adadelta",
                                              "adamax", "nadam", "ftrl",    "lion",    "adamw"};

TEST(FileBacked, HasTheNumbersOfTheTableInMemoryAndGoesOnWithThem) {
  const testing::TemporaryFolder folder;
  for (const std::string& name : kOptimizers) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
      const std::string path =
          (folder / (name + std::to_string(static_cast<int>(precision)))).string();
      const auto options = [&] {
        EmbeddingOptions all;
        all.precision = precision;
        if (name == "sgd") all.embeddings_regularizer = regularizers::L2({.l2 = 0.01});
        if (name == "rmsprop") all.embeddings_constraint = constraints::MaxNorm({.max_value = 0.5});
        return all;
      };
      Trained memory = trained("", optimizers::Optimizer::get(name), options());
      std::vector<Tensor> dense;
      {
        Trained file = trained(path, optimizers::Optimizer::get(name), options());
        memory.steps(0, 30);
        file.steps(0, 30);
        file.table->flush();
        memory.table->embeddings();  // which brings all rows up to date, as flush() does
        if (precision != Precision::kFloat32) memory.model.optimizer().get_weights();
        expect_same(file.state(), memory.state(), name);
        dense = file.model.get_weights();
        file.steps(500, 510);  // is lost
      }
      Trained again = trained(path, optimizers::Optimizer::get(name), options());
      again.model.build({kNone, 3});
      again.model.optimizer().build(again.model.trainable_variables());
      EXPECT_EQ(again.model.optimizer().iterations(), 30) << name;
      again.model.layers()[2]->set_weights({dense[1], dense[2]});
      // The slots of what is no table are not in its file.
      std::vector<Tensor> slots = memory.model.optimizer().get_weights();
      again.model.optimizer().set_weights(slots);
      expect_same(again.state(), memory.state(), name + " again");
      memory.steps(30, 45);
      again.steps(30, 45);
      expect_same(again.state(), memory.state(), name + " goes on");
    }
  }
}

TEST(FileBacked, RowsAndSlotsComeBackWithTheirSteps) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "table").string();
  const auto adam = [] { return optimizers::Optimizer::get("adam"); };
  std::vector<Tensor> before;
  {
    Trained file = trained(path, adam());
    file.steps(0, 20);
    file.table->flush();
    before = file.state();
  }
  {
    Trained again = trained(path, adam());
    again.model.build({kNone, 3});
    again.model.optimizer().build(again.model.trainable_variables());
    const std::vector<Tensor> now = again.state();
    EXPECT_EQ(testing::difference(now[0], before[0], 0, 0), "");  // the table
    EXPECT_EQ(testing::difference(now[3], before[3], 0, 0), "");  // iterations
    EXPECT_EQ(testing::difference(now[5], before[5], 0, 0), "");  // its momentum
    EXPECT_EQ(testing::difference(now[6], before[6], 0, 0), "");  // its velocity
  }
  // Another optimizer begins anew, with the rows as they are.
  Trained other = trained(path, optimizers::Optimizer::get("adagrad"));
  other.model.build({kNone, 3});
  other.model.optimizer().build(other.model.trainable_variables());
  EXPECT_EQ(other.model.optimizer().iterations(), 0);
  EXPECT_EQ(testing::difference(other.state()[0], before[0], 0, 0), "");
}

TEST(FileBacked, TheSlotsOfOneOptimizerHaveRoom) {
  const testing::TemporaryFolder folder;
  Trained file = trained((folder / "table").string(), optimizers::Optimizer::get("adam"));
  file.steps(0, 3);
  const std::shared_ptr<optimizers::Optimizer> first = optimizers::Optimizer::get("adam");
  file.model.compile({.optimizer = first, .loss = "mse"});
  file.steps(3, 6);
  file.model.compile("adagrad", "mse");
  file.steps(6, 9);
  EXPECT_NE(message([&] { first->get_weights(); }).find("those of this optimizer are gone"),
            std::string::npos);
}

TEST(FileBacked, KilledWhileItTrainsItIsAsAtTheLastFlush) {
  const testing::TemporaryFolder folder;
  constexpr int kFlushed = 25;
  for (const std::string name : {"sgd", "adam", "adamax"}) {
    for (const useconds_t wait : {0, 300, 3'000, 20'000}) {
      const std::string path = (folder / (name + std::to_string(wait))).string();
      std::array<int, 2> pipe = {};
      ASSERT_EQ(::pipe(pipe.data()), 0);
      const pid_t child = ::fork();
      if (child == 0) {
        Trained file = trained(path, optimizers::Optimizer::get(name));
        file.steps(0, kFlushed);
        file.table->flush();
        if (::write(pipe[1], "x", 1) != 1) ::_exit(1);
        for (std::uint64_t n = kFlushed;; ++n) file.step(n);
      }
      ::close(pipe[1]);  // so that a child that fails is noticed
      char flushed = 0;
      ASSERT_EQ(::read(pipe[0], &flushed, 1), 1);
      ::usleep(wait);
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      ::close(pipe[0]);
      ASSERT_TRUE(WIFSIGNALED(status));
      Trained memory = trained("", optimizers::Optimizer::get(name));
      memory.steps(0, kFlushed);
      Trained again = trained(path, optimizers::Optimizer::get(name));
      again.model.build({kNone, 3});
      EXPECT_EQ(testing::difference(again.table->embeddings(), memory.table->embeddings(), 0, 0),
                "")
          << name << " " << wait;
    }
  }
}

TEST(FileBacked, SaysWhatItDoesNotTake) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "table").string();
  const auto table = [&](EmbeddingOptions options) {
    options.input_dim = 3;
    options.output_dim = 2;
    options.storage = path;
    auto made = std::make_shared<Embedding>(options);
    made->build({kNone});
    return made;
  };
  const Tensor weights = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2});
  {
    const auto first = table({.weights = weights});
    EXPECT_EQ(testing::difference(first->embeddings(), weights, 0, 0), "");
    EXPECT_THROW(first->embeddings().data<float>()[0] = 1, std::invalid_argument);
    EXPECT_NE(message([&] { table({}); }).find("is the storage of another layer"),
              std::string::npos);
    const Tensor others = Tensor::from(std::vector<float>{6, 5, 4, 3, 2, 1}, {3, 2});
    first->set_weights({others});
    EXPECT_EQ(testing::difference(first->embeddings(), others, 0, 0), "");
    EXPECT_FALSE(first->get_config().find("storage"));
  }
  EXPECT_EQ(testing::difference(table({})->embeddings(), weights, 0, 0), "");
  EXPECT_NE(message([&] { table({.weights = weights}); }).find("has rows already"),
            std::string::npos);
  EXPECT_NE(message([&] {
              table({.rows_drawn = layers::RowsDrawn::kOnDemand});
            }).find("cannot be drawn on demand"),
            std::string::npos);
  Embedding in_memory({.input_dim = 3, .output_dim = 2, .name = "e"});
  EXPECT_EQ(message([&] { in_memory.flush(); }),
            "[Embedding] layer 'e' is not built yet: there is nothing to flush.");
  in_memory.build({kNone});
  EXPECT_EQ(message([&] { in_memory.flush(); }),
            "[Embedding] layer 'e' has no storage: there is nothing to flush.");
}

}  // namespace
}  // namespace keratin::models
