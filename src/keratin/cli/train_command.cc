// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/train_command.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/report.h"
#include "keratin/cli/talk.h"
#include "keratin/formats/json.h"

namespace keratin::cli {
namespace {

LabelledTexts read_texts(const TrainCommandOptions& options, const Talk& talk) {
  LabelledTexts all = read_data_file(options.file, options.data);
  if (all.classes.size() < 2) {
    throw InputError(options.file, str("there must be two labels or more. Received: only '",
                                       all.classes[0], "'"));
  }
  const auto broken =
      std::ranges::count_if(all.texts, [](const std::string& t) { return !utf8::is_valid(t); });
  if (broken > 0)
    talk.say(str("note: ", broken, " texts hold bytes that are no UTF-8; they count as U+FFFD"));
  const auto empty = std::ranges::count_if(all.texts, &std::string::empty);
  if (empty > 0) talk.say(str("note: ", empty, " texts are empty"));
  return all;
}

std::vector<std::string> texts_to_answer(const std::vector<std::string>& predict) {
  std::vector<std::string> texts;
  for (const std::string& text : predict) {
    if (text == "-") {
      for (std::string& line : standard_input_lines()) texts.push_back(std::move(line));
    } else {
      texts.push_back(text);
    }
  }
  return texts;
}

Config history_config(const History& history) {
  Config out = Config::dict();
  for (const auto& [name, values] : history.history) {
    Config list = Config::list();
    for (const double value : values) list.as_list().push_back(value);
    out[name] = std::move(list);
  }
  return out;
}

}  // namespace

void run_train(TrainCommandOptions options) {
  const Talk talk(options.quiet);
  options.classifier.verbose = options.quiet ? 0 : 1;
  random::set_random_seed(options.seed);
  TextClassifier classifier(options.classifier);  // wrong options are found before the file is read
  const LabelledTexts all = read_texts(options, talk);
  const Split split = split_by_class(all, options.test_split, options.seed);
  talk.say(str(options.file, ": ", all.size(), " texts, ", all.classes.size(),
               " classes; training on ", split.train.size(), ", held out ", split.test.size()));

  const History history = classifier.fit(split.train);
  const Confusion confusion(split.test.classes, split.test.labels,
                            classifier.predict(split.test.texts));
  const std::vector<std::string> texts = texts_to_answer(options.predict);
  const std::vector<Answer> answers =
      answers_of(classifier.classes(), texts, classifier.predict(texts));

  if (options.json) {
    Config out = Config::dict();
    out["file"] = options.file;
    out["seed"] = options.seed;
    out["train_texts"] = split.train.size();
    out["vocabulary"] = classifier.vocabulary();
    out["maxlen"] = classifier.maxlen();
    out["parameters"] = classifier.model().count_params();
    out["history"] = history_config(history);
    if (split.test.size() > 0) out["test"] = confusion.to_config();
    out["predictions"] = to_config(answers);
    write_out(formats::dump_json(out) + "\n");
    return;
  }
  std::string out = split.test.size() > 0 ? confusion.text() : std::string();
  if (!answers.empty()) out += str(out.empty() ? "" : "\n", answers_text(answers));
  write_out(out);
}

}  // namespace keratin::cli
