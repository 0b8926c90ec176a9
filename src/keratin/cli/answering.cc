// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/answering.h"

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/input.h"

namespace keratin::cli {

void for_lines_of(const std::string& path, const Talk& talk, const TakeLines& take) {
  LineInput input(path);
  if (path == kStandardInput && standard_input_is_terminal())
    talk.say("A line after the other; Ctrl-D ends:");
  std::size_t before = 0;
  for (std::vector<std::string> lines; input.next(lines);) {
    try {
      take(lines);
    } catch (const BadLine& bad) {
      throw InputError(str(input.name(), ":", before + bad.index + 1, ":", bad.column),
                       bad.message);
    }
    before += lines.size();
  }
}

void OddCount::add(const Answers& answers) {
  for (std::size_t i = 0; i < answers.size(); ++i) unknown_ += answers.known_tokens(i) == 0;
  cut_ += answers.cut();
  answered_ += answers.size();
}

void OddCount::say(const Talk& talk) const {
  if (unknown_ > 0) {
    talk.say(str("note: ", unknown_, " of the ", answered_,
                 " answered texts hold no token that is known; their answer says nothing of them"));
  }
  if (cut_ > 0) {
    talk.say(str("note: ", cut_, " of the ", answered_,
                 " answered texts are longer than the model reads, and were cut"));
  }
}

void answer_texts(const Answerer& answerer, const std::vector<std::string>& texts,
                  const Ranking& ranking, const Talk& talk, const PutAnswers& put) {
  OddCount odd;
  const auto answer = [&](std::span<const std::string> lines) {
    const Answers answers = answerer.answers(lines, ranking);
    odd.add(answers);
    put(lines, answers);
  };
  for (const std::string& text : texts) {
    if (text == kStandardInput) {
      for_lines_of(text, talk, answer);
    } else {
      answer(std::span(&text, 1));
    }
  }
  odd.say(talk);
}

void answer_lines_of(const std::string& path, const Answerer& answerer, const Ranking& ranking,
                     const Talk& talk, const PutAnswers& put) {
  OddCount odd;
  for_lines_of(path, talk, [&](std::span<const std::string> lines) {
    const Answers answers = answerer.answers(lines, ranking);
    odd.add(answers);
    put(lines, answers);
  });
  odd.say(talk);
}

}  // namespace keratin::cli
