// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/backup_and_restore.h"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/base/format_error.h"
#include "keratin/base/seed.h"
#include "keratin/callbacks/early_stopping.h"
#include "keratin/callbacks/lambda_callback.h"
#include "keratin/callbacks/learning_rate_scheduler.h"
#include "keratin/callbacks/reduce_lr_on_plateau.h"
#include "keratin/layers/layers.h"
#include "keratin/models/models.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/random/seed_generator.h"
#include "keratin/saving/saving.h"

namespace keratin::callbacks {
namespace {

using testing::TemporaryFolder;
using trainers::CallbackChoice;

constexpr std::int64_t kSamples = 50;
constexpr std::int64_t kBatch = 8;  // seven batches an epoch, the last of two
constexpr int kEpochs = 4;

Tensor ids() {
  std::vector<std::int32_t> ids(kSamples * 3);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i * i * 7 % 300);
  return Tensor::from(ids, {kSamples, 3});
}
Tensor targets() {
  std::vector<float> y(kSamples);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(i % 5) / 5;
  return Tensor::from(y, {kSamples, 1});
}

/// The program that is run once more after it was killed.
struct Program {
  std::function<std::shared_ptr<optimizers::Optimizer>()> optimizer = [] {
    return optimizers::Optimizer::get("adam");
  };
  std::optional<std::int64_t> steps = {};
  bool validates = false;
  std::vector<CallbackChoice> before = {};
  bool adapts = false;  // the table is quantized and gets a LoRA update

  std::vector<Tensor> run(std::vector<CallbackChoice> callbacks, History* history = nullptr) const {
    random::set_random_seed(1);
    models::Sequential model({layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
                              layers::Embedding({.input_dim = 300, .output_dim = 4}),
                              layers::Dropout(0.3), layers::Flatten(), layers::Dense({.units = 4}),
                              layers::Dropout(0.2), layers::Dense({.units = 1})});
    if (adapts) {
      auto& table = dynamic_cast<layers::Embedding&>(*model.layers().front());
      table.quantize(QuantizationConfig::of("int8"));
      table.enable_lora(2);
    }
    model.compile({.optimizer = optimizer(), .loss = "mse", .metrics = {"mae"}});
    callbacks.insert(callbacks.begin(), before.begin(), before.end());
    trainers::FitOptions options{.batch_size = kBatch,
                                 .epochs = kEpochs,
                                 .verbose = 0,
                                 .callbacks = callbacks,
                                 .validation_split = validates ? 0.2 : 0,
                                 .steps_per_epoch = steps};
    History found = model.fit(ids(), targets(), options);
    if (history != nullptr) *history = std::move(found);
    std::vector<Tensor> state = model.get_weights();
    for (Tensor& slot : model.optimizer().get_weights()) state.push_back(std::move(slot));
    state.push_back(Tensor::from(std::vector<std::int64_t>{random::make_default_seed()}));
    return state;
  }
};

std::shared_ptr<optimizers::Optimizer> fast_sgd() {
  return std::make_shared<optimizers::SGD>(optimizers::SGDOptions{.learning_rate = 0.2});
}

std::vector<std::byte> bits(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(), [&](auto zero) {
    const auto bytes = std::as_bytes(std::as_const(tensor).data<decltype(zero)>());
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  });
}

void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(bits(a[i]) == bits(b[i])) << i;
}

/// Runs it in a process of its own, which is ended by SIGKILL.
template <class Run>
void killed(Run&& run) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    run();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/// Kills its process at the end of that batch of the run, counted from 0, when the callbacks before
/// it have heard of it, and so before a backup of this batch.
LambdaCallback dies_at(int batch) {
  auto count = std::make_shared<int>(0);
  return LambdaCallback({.on_train_batch_end = [count, batch](std::int64_t, const Logs&) {
    if ((*count)++ == batch) ::kill(::getpid(), SIGKILL);
  }});
}

BackupAndRestoreOptions every(const std::string& folder, SaveFreq freq) {
  return {.backup_dir = folder, .save_freq = freq};
}

void goes_on_to_the_bit(const Program& program, const SaveFreq& freq,
                        const std::vector<int>& deaths) {
  // The run that was not ended has backups too: reading rows that slept brings them up to date,
  // which their last digits may tell.
  const TemporaryFolder other;
  History whole;
  const std::vector<Tensor> wanted =
      program.run({BackupAndRestore(every(other / "backup", freq))}, &whole);
  for (const int death : deaths) {
    SCOPED_TRACE(death);
    const TemporaryFolder folder;
    const std::string path = folder / "backup";
    killed([&] { program.run({BackupAndRestore(every(path, freq)), dies_at(death)}); });
    // Killed once more, two batches later.
    killed([&] { program.run({BackupAndRestore(every(path, freq)), dies_at(2)}); });
    History rest;
    const std::vector<Tensor> got = program.run({BackupAndRestore(every(path, freq))}, &rest);
    expect_same(got, wanted);
    EXPECT_FALSE(std::filesystem::exists(path));
    // The epochs that ended here have the numbers of those of the whole run, which the first
    // batches of the first of them are part of.
    for (const auto& [name, values] : rest.history) {
      const auto& all = whole.history.at(name);
      EXPECT_TRUE(std::equal(values.rbegin(), values.rend(), all.rbegin())) << name;
    }
  }
}

TEST(BackupAndRestore, GoesOnAfterAKillToTheBit) {
  goes_on_to_the_bit({}, 1, {0, 6, 12});
  goes_on_to_the_bit({}, 3, {2, 13});
  goes_on_to_the_bit({}, "epoch", {7, 15});
}

TEST(BackupAndRestore, WithPassesThatAreNoEpochs) {
  goes_on_to_the_bit({.steps = 5}, 2, {1, 5, 9});
}

TEST(BackupAndRestore, AnUpdateByLoraIsNotMergedMeanwhile) {
  goes_on_to_the_bit({.adapts = true}, 3, {2, 13});
}

TEST(BackupAndRestore, WithEveryOptimizerAndStepsThatAreCounted) {
  const auto accumulating = [] {
    return std::make_shared<optimizers::Nadam>(
        optimizers::NadamOptions{.gradient_accumulation_steps = 3});
  };
  const auto averaging = [] {
    return std::make_shared<optimizers::SGD>(optimizers::SGDOptions{
        .learning_rate = 0.1, .momentum = 0.9, .use_ema = true, .ema_overwrite_frequency = 5});
  };
  goes_on_to_the_bit({.optimizer = accumulating}, 2, {4, 9});
  goes_on_to_the_bit({.optimizer = averaging}, 2, {4, 11});
  for (const char* name : {"rmsprop", "adagrad", "adadelta", "adamw", "adamax", "ftrl", "lion"}) {
    SCOPED_TRACE(name);
    goes_on_to_the_bit({.optimizer = [name] { return optimizers::Optimizer::get(name); }}, 2, {10});
  }
}

TEST(BackupAndRestore, WhatOtherCallbacksKnowComesBack) {
  Program program{.optimizer = fast_sgd, .validates = true};
  const auto with = [&](auto make) {
    Program fresh = program;
    fresh.before = make();
    return fresh;
  };
  // Each run has callbacks of its own: they are made anew.
  const auto reduce = [] {
    return std::vector<CallbackChoice>{
        ReduceLROnPlateau({.monitor = "loss", .factor = 0.5, .patience = 1, .min_delta = 10})};
  };
  const auto halve = [] {
    return std::vector<CallbackChoice>{
        LearningRateScheduler({.schedule = [](int, double rate) { return rate * 0.5; }})};
  };
  const auto stop = [] {
    return std::vector<CallbackChoice>{EarlyStopping(
        {.monitor = "loss", .min_delta = 10, .patience = 2, .restore_best_weights = true})};
  };
  for (const SaveFreq& freq : {SaveFreq(1), SaveFreq("epoch")}) {
    goes_on_to_the_bit(with(reduce), freq, {9});
    goes_on_to_the_bit(with(halve), freq, {9});
    goes_on_to_the_bit(with(stop), freq, {9});
  }
}

/// The callbacks behind it in the list have heard of the epoch too, when it is written.
TEST(BackupAndRestore, MayStandBeforeTheOthers) {
  const Program program{.optimizer = fast_sgd};
  const auto reduce = [] {
    return ReduceLROnPlateau({.monitor = "loss", .factor = 0.5, .patience = 1, .min_delta = 10});
  };
  const TemporaryFolder folder;
  const auto options = every(folder / "backup", "epoch");
  const std::vector<Tensor> wanted = program.run({BackupAndRestore(options), reduce()});
  killed([&] { program.run({BackupAndRestore(options), reduce(), dies_at(16)}); });
  expect_same(program.run({BackupAndRestore(options), reduce()}), wanted);
}

TEST(BackupAndRestore, AKillAtAnyMomentLeavesTheOldBackupOrTheNewOne) {
  const Program program;
  for (const bool twice : {false, true}) {
    const TemporaryFolder folder;
    BackupAndRestoreOptions options = every(folder / "backup", 1);
    options.double_checkpoint = twice;
    const std::vector<Tensor> wanted = program.run({BackupAndRestore(options)});
    int kills = 0;
    // Most of the time goes into writing backups: most kills come within one.
    for (int micros = 500; micros < 400'000 && kills < 20; micros += micros / 3) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        std::thread([micros] {
          std::this_thread::sleep_for(std::chrono::microseconds(micros));
          ::kill(::getpid(), SIGKILL);
        }).detach();
        program.run({BackupAndRestore(options)});
        ::_exit(0);
      }
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      if (!WIFSIGNALED(status)) break;  // it was done
      ++kills;
    }
    EXPECT_GT(kills, 5);
    expect_same(program.run({BackupAndRestore(options)}), wanted);
  }
}

TEST(BackupAndRestore, ADamagedBackupIsAnErrorUnlessThereIsTheOneBefore) {
  const Program program;
  for (const bool twice : {false, true}) {
    const TemporaryFolder folder;
    BackupAndRestoreOptions options = every(folder / "backup", 1);
    options.double_checkpoint = twice;
    const std::vector<Tensor> wanted = program.run({BackupAndRestore(options)});
    killed([&] { program.run({BackupAndRestore(options), dies_at(9)}); });
    std::ofstream(folder / "backup" / "latest.weights.h5", std::ios::trunc) << "0";
    if (twice) {
      expect_same(program.run({BackupAndRestore(options)}), wanted);
    } else {
      EXPECT_THROW(program.run({BackupAndRestore(options)}), FormatError);
    }
  }
}

TEST(BackupAndRestore, TakesABackupOfKerasUpAtTheStartOfItsEpoch) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "backup");
  const Program program;
  // The weights as Keras has them in its backup, and its metadata.
  {
    random::set_random_seed(1);
    models::Sequential model({layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
                              layers::Embedding({.input_dim = 300, .output_dim = 4}),
                              layers::Dropout(0.3), layers::Flatten(), layers::Dense({.units = 4}),
                              layers::Dropout(0.2), layers::Dense({.units = 1})});
    saving::save_weights(model, folder / "backup" / "latest.weights.h5");
  }
  std::ofstream(folder / "backup" / "training_metadata.json") << R"({"epoch": 3, "batch": 0})";
  History history;
  program.run({BackupAndRestore(every(folder / "backup", "epoch"))}, &history);
  EXPECT_EQ(history.epoch, std::vector<int>{3});
}

TEST(BackupAndRestore, RemovesItsOwnFilesAlone) {
  const TemporaryFolder folder;
  const Program program;
  BackupAndRestoreOptions options = every(folder / "backup", "epoch");
  std::filesystem::create_directory(folder / "backup");
  std::ofstream(folder / "backup" / "mine.txt") << "mine";
  program.run({BackupAndRestore(options)});
  EXPECT_TRUE(std::filesystem::exists(folder / "backup" / "mine.txt"));
  EXPECT_FALSE(std::filesystem::exists(folder / "backup" / "latest.weights.h5"));
  options.delete_checkpoint = false;
  program.run({BackupAndRestore(options)});
  EXPECT_TRUE(std::filesystem::exists(folder / "backup" / "latest.weights.h5"));
  History history;
  program.run({BackupAndRestore(options)}, &history);  // nothing is left to do
  EXPECT_TRUE(history.epoch.empty());
}

TEST(BackupAndRestore, RefusesDataAndModelsThatAreOthers) {
  const TemporaryFolder folder;
  const Program program;
  const BackupAndRestoreOptions options = every(folder / "backup", 1);
  killed([&] { program.run({BackupAndRestore(options), dies_at(5)}); });
  models::Sequential model(
      {layers::InputLayer({.batch_shape = Shape{kNone, 3}}), layers::Dense({.units = 1})});
  model.compile("adam", "mse");
  const Tensor x = Tensor::from(std::vector<float>(6, 1), {2, 3});
  const Tensor y = Tensor::from(std::vector<float>(2, 1), {2, 1});
  const std::vector<Tensor> before = model.get_weights();
  EXPECT_THROW(model.fit(x, y, {.verbose = 0, .callbacks = {BackupAndRestore(options)}}),
               FormatError);
  expect_same(model.get_weights(), before);
  EXPECT_THROW(BackupAndRestore(""), std::invalid_argument);
  EXPECT_THROW(model.run_state(), std::logic_error);
  EXPECT_THROW(model.resume({}), std::logic_error);
}

}  // namespace
}  // namespace keratin::callbacks
