// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/trainers/callback.h"
#include "keratin/trainers/compile_choices.h"
#include "keratin/trainers/data_adapter.h"

namespace keratin::trainers {

/// The names of the metrics' numbers, first those of `metrics`, then of `weighted_metrics`, of one
/// output after another: a name that is taken becomes name_1, name_2 ... or weighted_name; where
/// there are several outputs, each begins with its output's. Keras: `CompileMetrics.result`.
std::vector<std::string> metric_names(const std::vector<OutputChoices>& outputs);

/// The metrics of a compiled model. Keras: `CompileMetrics`. Threads: one at a time.
class CompiledMetrics {
 public:
  CompiledMetrics() = default;
  /// Chooses by the shapes where a choice is left to them. Throws as the choices do.
  CompiledMetrics(const std::vector<OutputChoices>& outputs, const Tensors& y_true,
                  const Values& y_pred);

  /// Null where there is none of that name in the logs.
  const metrics::Metric* find(std::string_view name) const;
  bool empty() const { return metrics_.empty(); }
  /// Takes a batch into every metric; when one throws, those before it have taken it in.
  void update(const Batch& batch, const Values& y_pred);
  void reset();
  /// What they have gathered, and that again: by their places.
  RunState run_state() const;
  void set_run_state(const RunState& state);
  /// Whether one is of a class that a user wrote, which may throw in any batch.
  bool any_own() const;
  /// What all have gathered so far.
  using State = std::vector<std::vector<Tensor>>;
  State state() const;
  /// As they were then; one whose state has another form now, or is not C++'s, starts anew.
  void set_state(const State& state);
  /// Appends the numbers. A metric that gives several, (n,), gives `name[0]` ... `name[n-1]`.
  void add_to(Logs& logs) const;

 private:
  struct OfOutput {
    std::shared_ptr<metrics::Metric> metric;
    std::size_t output;
    bool weighted;
    std::string name;
  };
  std::vector<OfOutput> metrics_;  // in the order of the logs
};

/// The mean loss of the samples so far. Keras: `Mean`, updated with the batch size as weight.
class LossTracker {
 public:
  void update(double loss, std::int64_t samples) {
    total_ += loss * static_cast<double>(samples);
    samples_ += samples;
  }
  RunState run_state() const;
  void set_run_state(const RunState& state);
  double result() const { return samples_ == 0 ? 0 : total_ / static_cast<double>(samples_); }
  void reset() { *this = LossTracker(); }

 private:
  double total_ = 0;
  std::int64_t samples_ = 0;
};

}  // namespace keratin::trainers
