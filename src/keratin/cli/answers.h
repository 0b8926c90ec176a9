// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keratin/cli/text_form.h"
#include "keratin/models/model.h"

namespace keratin::cli {

/// A class that is an answer.
struct Choice {
  std::int32_t label;  // an index into the classes
  float probability;
};

/// Which classes are answers: the `top` most likely ones of those that reach `threshold`.
struct Ranking {
  std::int64_t top = 1;
  double threshold = 0;
};

/// The answers to some lines, one after another.
class Answers {
 public:
  /// The answer to one more line, from the probabilities of all classes. `known`: how many of the
  /// line's tokens the model knows.
  void add(std::span<const float> probabilities, const Ranking& ranking, std::size_t known);
  /// One of the lines was answered by a part of it.
  void add_cut() { ++cut_; }

  std::size_t size() const { return ends_.size(); }
  /// The likeliest first; of equals the first. Empty where none reaches the threshold.
  std::span<const Choice> operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::span(choices_).subspan(begin, ends_[i] - begin);
  }
  std::size_t known_tokens(std::size_t i) const { return known_[i]; }
  /// How many of the lines were longer than the model reads.
  std::size_t cut() const { return cut_; }

 private:
  std::vector<Choice> choices_;
  std::vector<std::size_t> ends_;
  std::vector<std::size_t> known_;
  std::size_t cut_ = 0;
  std::vector<Choice> all_;  // memory for add()
};

/// Something that answers lines.
class Answerer {
 public:
  virtual ~Answerer() = default;
  virtual const std::vector<std::string>& classes() const = 0;
  /// One a line. Takes memory for some lines at a time, however many there are. Throws Interrupted
  /// after Ctrl-C.
  virtual Answers answers(std::span<const std::string> lines, const Ranking& ranking) const = 0;
};

/// Answers texts by a model of their ids.
class TextAnswerer final : public Answerer {
 public:
  /// The model has one input, of ids, and a probability a class. It must outlive this.
  TextAnswerer(const models::Model& model, const TextForm& form) : model_(model), form_(form) {}
  const std::vector<std::string>& classes() const override { return form_.classes; }
  Answers answers(std::span<const std::string> lines, const Ranking& ranking) const override;

 private:
  void answer_some(std::span<const std::string> lines, const Ranking& ranking,
                   Answers& answers) const;
  const models::Model& model_;
  const TextForm& form_;
};

}  // namespace keratin::cli
