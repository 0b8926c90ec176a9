// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

struct LambdaCallbackOptions {
  std::function<void(int, const Logs&)> on_epoch_begin = {};
  std::function<void(int, Logs&)> on_epoch_end = {};
  std::function<void(const Logs&)> on_train_begin = {};
  std::function<void(const Logs&)> on_train_end = {};
  std::function<void(std::int64_t, const Logs&)> on_train_batch_begin = {};
  std::function<void(std::int64_t, const Logs&)> on_train_batch_end = {};
  std::function<void(const Logs&)> on_test_begin = {};
  std::function<void(const Logs&)> on_test_end = {};
  std::function<void(std::int64_t, const Logs&)> on_test_batch_begin = {};
  std::function<void(std::int64_t, const Logs&)> on_test_batch_end = {};
  std::function<void(const Logs&)> on_predict_begin = {};
  std::function<void(const Logs&)> on_predict_end = {};
  std::function<void(std::int64_t, const Logs&)> on_predict_batch_begin = {};
  std::function<void(std::int64_t, const Logs&)> on_predict_batch_end = {};
};

/// A callback made of functions, those that are given. Keras: `LambdaCallback`.
class LambdaCallback final : public Callback {
 public:
  using Options = LambdaCallbackOptions;
  explicit LambdaCallback(LambdaCallbackOptions options) : f_(std::move(options)) {}

  void on_epoch_begin(int epoch, const Logs& logs) override { run(f_.on_epoch_begin, epoch, logs); }
  void on_epoch_end(int epoch, Logs& logs) override { run(f_.on_epoch_end, epoch, logs); }
  void on_train_begin(const Logs& logs) override { run(f_.on_train_begin, logs); }
  void on_train_end(const Logs& logs) override { run(f_.on_train_end, logs); }
  void on_train_batch_begin(std::int64_t batch, const Logs& logs) override {
    run(f_.on_train_batch_begin, batch, logs);
  }
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override {
    run(f_.on_train_batch_end, batch, logs);
  }
  void on_test_begin(const Logs& logs) override { run(f_.on_test_begin, logs); }
  void on_test_end(const Logs& logs) override { run(f_.on_test_end, logs); }
  void on_test_batch_begin(std::int64_t batch, const Logs& logs) override {
    run(f_.on_test_batch_begin, batch, logs);
  }
  void on_test_batch_end(std::int64_t batch, const Logs& logs) override {
    run(f_.on_test_batch_end, batch, logs);
  }
  void on_predict_begin(const Logs& logs) override { run(f_.on_predict_begin, logs); }
  void on_predict_end(const Logs& logs) override { run(f_.on_predict_end, logs); }
  void on_predict_batch_begin(std::int64_t batch, const Logs& logs) override {
    run(f_.on_predict_batch_begin, batch, logs);
  }
  void on_predict_batch_end(std::int64_t batch, const Logs& logs) override {
    run(f_.on_predict_batch_end, batch, logs);
  }

 private:
  template <class Function, class... Args>
  static void run(const Function& function, Args&&... args) {
    if (function) function(args...);
  }

  LambdaCallbackOptions f_;
};

}  // namespace keratin::callbacks
