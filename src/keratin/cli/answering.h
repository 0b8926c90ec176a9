// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "keratin/cli/answers.h"
#include "keratin/cli/talk.h"

namespace keratin::cli {

/// What a line is when it is not what a model takes. Where it stands in its file whoever reads the
/// file knows.
struct BadLine {
  std::size_t index;   // among the lines that were given
  std::size_t column;  // from 1, in characters
  std::string message;
};

/// Takes some lines and what was found for them.
using TakeLines = std::function<void(std::span<const std::string>)>;

/// Gives the lines of a file, for "-" those of standard input as they come: what is there is given
/// before more is waited for. Says on a terminal how lines are given. Throws InputError, also, with
/// its place, for a BadLine that `take` throws; Interrupted after Ctrl-C.
void for_lines_of(const std::string& path, const Talk& talk, const TakeLines& take);

using PutAnswers = std::function<void(std::span<const std::string> lines, const Answers& answers)>;

/// Counts answers that say nothing, or not all.
class OddCount {
 public:
  void add(const Answers& answers);
  /// Says how many texts hold no token that is known, and how many were cut, if any.
  void say(const Talk& talk) const;

 private:
  std::size_t answered_ = 0;
  std::size_t unknown_ = 0;
  std::size_t cut_ = 0;
};

/// Answers each of `texts`, and for "-" the lines of standard input as they come. Says at the end
/// how many texts hold no token that is known, and how many were cut.
void answer_texts(const Answerer& answerer, const std::vector<std::string>& texts,
                  const Ranking& ranking, const Talk& talk, const PutAnswers& put);
/// The same of the lines of a file.
void answer_lines_of(const std::string& path, const Answerer& answerer, const Ranking& ranking,
                     const Talk& talk, const PutAnswers& put);

}  // namespace keratin::cli
