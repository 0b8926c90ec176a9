// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/answering.h"

#include "keratin/base/error.h"
#include "keratin/cli/input.h"

namespace keratin::cli {
namespace {

/// Answers texts, and counts those that say nothing to the classifier.
class Answering {
 public:
  Answering(const TextClassifier& classifier,
            const std::function<void(const std::vector<Answer>&)>& put)
      : classifier_(classifier), put_(put) {}

  void answer(const std::vector<std::string>& texts) {
    std::vector<Answer> answers;
    const auto found = classifier_.answers(texts);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string& label = classifier_.classes()[static_cast<std::size_t>(found[i].label)];
      answers.push_back({texts[i], label, found[i].probability, found[i].known_tokens});
      unknown_ += found[i].known_tokens == 0;
    }
    answered_ += texts.size();
    put_(answers);
  }
  std::size_t answered() const { return answered_; }
  std::size_t unknown() const { return unknown_; }

 private:
  const TextClassifier& classifier_;
  const std::function<void(const std::vector<Answer>&)>& put_;
  std::size_t answered_ = 0;
  std::size_t unknown_ = 0;
};

}  // namespace

void answer_texts(const TextClassifier& classifier, const std::vector<std::string>& texts,
                  const Talk& talk, const std::function<void(const std::vector<Answer>&)>& put) {
  Answering answering(classifier, put);
  for (const std::string& text : texts) {
    if (text != kStandardInput) {
      answering.answer({text});
      continue;
    }
    if (standard_input_is_terminal()) talk.say("A text a line; Ctrl-D ends:");
    LineInput input;
    for (std::vector<std::string> lines; input.next(lines);) answering.answer(lines);
  }
  if (answering.unknown() > 0) {
    talk.say(str("note: ", answering.unknown(), " of the ", answering.answered(),
                 " answered texts hold no token that is known; their answer says nothing of them"));
  }
}

}  // namespace keratin::cli
