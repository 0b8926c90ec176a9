// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "keratin/cli/answers.h"
#include "keratin/models/model.h"
#include "keratin/trainers/tensors.h"

namespace keratin::cli {

/// Runs a model on lines of numbers: "3 1 4" or JSON, "[3, 1, 4]"; of several inputs in order with
/// tabs between them, or a JSON object by their names.
class IdModel {
 public:
  /// The model must outlive this.
  explicit IdModel(const models::Model& model);

  /// Takes a line's number among those given, the outputs of its batch, and its row there.
  using Take = std::function<void(std::size_t line, const Tensors& outputs, std::int64_t row)>;
  /// Calls `take` for every line, in order. Lines of like shapes that follow one another run
  /// together. Throws BadLine (answering.h) for a line that is no numbers or that the model does
  /// not take, Interrupted after Ctrl-C.
  void run(std::span<const std::string> lines, const Take& take) const;

  std::vector<std::string> output_names() const { return model_.output_names(); }

 private:
  struct Row {
    Shape shape;
    std::vector<double> values;
  };
  using Rows = std::vector<Row>;  // one an input
  Rows read(const std::string& line) const;
  Rows read_json(const std::string& line) const;
  Tensors predict(std::span<const Rows> batch) const;
  void run_batch(std::span<const Rows> batch, std::size_t first, const Take& take) const;

  const models::Model& model_;
  std::vector<std::string> names_;  // of the inputs; empty: one, unnamed
  std::vector<std::size_t> ranks_;  // of an input's rows; where it is known
};

/// Answers lines of numbers by a model whose one output ends in softmax or sigmoid: classes are
/// "0", "1" ...; of one sigmoid "0" and "1".
class IdAnswerer final : public Answerer {
 public:
  /// Whether the model is such a one.
  static bool fits(const models::Model& model);
  explicit IdAnswerer(const models::Model& model);
  const std::vector<std::string>& classes() const override { return classes_; }
  Answers answers(std::span<const std::string> lines, const Ranking& ranking) const override;

 private:
  IdModel model_;
  std::size_t width_;
  std::vector<std::string> classes_;
};

}  // namespace keratin::cli
