// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/train_command.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/answering.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/input.h"
#include "keratin/cli/report.h"
#include "keratin/cli/talk.h"
#include "keratin/cli/text_part.h"
#include "keratin/cli/unpack.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/json.h"
#include "keratin/parallel/parallel.h"
#include "keratin/saving/saving.h"

namespace keratin::cli {
namespace {

DataFile read_texts(const TrainCommandOptions& options, const Talk& talk) {
  DataFile file = read_data_file(options.file, options.data);
  const std::string name = name_of_input(options.file);
  talk.say(str(name, ": read as ", file.decided));
  const LabelledTexts& all = file.texts;
  if (all.classes.size() < 2) {
    throw InputError(name, str("there must be two labels or more. Received: only '", all.classes[0],
                               "', as ", file.decided));
  }
  const auto broken =
      std::ranges::count_if(all.texts, [](const std::string& t) { return !utf8::is_valid(t); });
  if (broken > 0)
    talk.say(str("note: ", broken, " texts hold bytes that are no UTF-8; they count as U+FFFD"));
  const auto empty = std::ranges::count_if(all.texts, &std::string::empty);
  if (empty > 0) talk.say(str("note: ", empty, " texts are empty"));
  return file;
}

struct Judged {
  Confusion confusion;
  std::size_t unknown;  // texts without a token that is known
  std::size_t cut;
};

Judged judge(const Answerer& answerer, const LabelledTexts& test) {
  std::vector<std::int32_t> labels;
  std::size_t unknown = 0;
  const Answers answers = answerer.answers(test.texts, {});
  for (std::size_t i = 0; i < answers.size(); ++i) {
    labels.push_back(answers[i][0].label);
    unknown += answers.known_tokens(i) == 0;
  }
  return {Confusion(test.classes, test.labels, labels), unknown, answers.cut()};
}

void say_unknown(const Talk& talk, std::size_t unknown, std::size_t texts, std::string_view which) {
  if (unknown == 0) return;
  talk.say(
      str("note: ", unknown, " of the ", texts, " ", which,
          " texts hold no token that is known (they are empty, or all their tokens are rare)"));
}

void say_cut(const Talk& talk, std::size_t cut, const TextClassifier& classifier) {
  if (cut == 0) return;
  talk.say(str("note: ", cut, " training texts have more than ", *classifier.form().padding.maxlen,
               " tokens and are cut (--maxlen)"));
}

void say_pretrained(const Talk& talk, const TextClassifier& classifier,
                    const TrainCommandOptions& options) {
  if (options.classifier.pretrained.empty()) return;
  talk.say(str(options.classifier.pretrained, ": has the vectors of ",
               classifier.found_pretrained(), " of the ", classifier.vocabulary() - 1, " tokens"));
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

/// One JSON object, whose last part grows as answers come.
void answer_as_json(Config out, const Answerer& answerer, const TrainCommandOptions& options,
                    const Talk& talk) {
  std::string head = formats::dump_json(out);
  head.pop_back();  // the closing brace
  write_out(head + ", \"predictions\": [");
  std::string_view separator;
  answer_texts(answerer, options.predict, {}, talk,
               [&](std::span<const std::string> lines, const Answers& answers) {
                 std::string text;
                 for (std::size_t i = 0; i < lines.size(); ++i) {
                   const Config answer = to_config(answers[i], answerer.classes(), lines[i],
                                                   answers.known_tokens(i), {});
                   text += str(separator, "\n", formats::dump_json(answer));
                   separator = ",";
                 }
                 write_out(text);
               });
  write_out("]}\n");
}

void answer_as_text(std::string report, const Answerer& answerer,
                    const TrainCommandOptions& options, const Talk& talk) {
  if (!report.empty() && !options.predict.empty()) report += '\n';
  write_out(report);
  answer_texts(answerer, options.predict, {}, talk,
               [&](std::span<const std::string> lines, const Answers& answers) {
                 std::string text;
                 for (std::size_t i = 0; i < lines.size(); ++i)
                   append_answer(text, answers[i], answerer.classes(), lines[i]);
                 write_out(text);
               });
}

/// Found before training, not behind it: a name that says another form, and a place where no file
/// can be written.
void check_output(const std::string& path) {
  if (!path.ends_with(".keras")) {
    throw UsageError(str("--output: a model is written as NAME.keras. Received: '", path, "'."));
  }
  const formats::FileWriter tried(path);
}

void save(const TextClassifier& classifier, const TrainCommandOptions& options, const Talk& talk) {
  const std::function<void()> ask = check_interrupt;
  const parallel::Interruptible interruptible(&ask);
  // For answering: what training would go on with is twice as large again as the model.
  saving::save_model(classifier.model(), options.output,
                     {.include_optimizer = false, .assets = assets_of(classifier.form())});
  talk.say(
      str(options.output, ": written, ", std::filesystem::file_size(options.output), " bytes"));
}

}  // namespace

void run_train(TrainCommandOptions options) {
  const Talk talk(options.quiet);
  const auto inputs = std::ranges::count(options.predict, kStandardInput);
  if (inputs + (options.file == kStandardInput) > 1) {
    throw UsageError("'-' is standard input, which can be read once only.");
  }
  if (!options.output.empty()) check_output(options.output);
  options.classifier.verbose = options.quiet ? 0 : 1;
  random::set_random_seed(options.seed);
  TextClassifier classifier(options.classifier);  // wrong options are found before the file is read
  const DataFile file = read_texts(options, talk);
  const Split split = split_by_class(file.texts, options.test_split, options.seed);
  talk.say(str(name_of_input(options.file), ": ", file.texts.size(), " texts, ",
               file.texts.classes.size(), " classes; training on ", split.train.size(),
               ", held out ", split.test.size()));

  const History history = classifier.fit(split.train);
  say_pretrained(talk, classifier, options);
  say_unknown(talk, classifier.unknown_in_training(), split.train.size(), "training");
  say_cut(talk, classifier.cut_in_training(), classifier);
  if (!options.output.empty()) save(classifier, options, talk);
  const TextAnswerer answerer = classifier.answerer();
  const Judged judged = judge(answerer, split.test);
  say_unknown(talk, judged.unknown, split.test.size(), "held-out");

  const bool was_judged = split.test.size() > 0;
  if (!options.json) {
    answer_as_text(was_judged ? judged.confusion.text() : "", answerer, options, talk);
    return;
  }
  Config out = Config::dict();
  out["file"] = options.file;
  out["read_as"] = file.decided;
  out["seed"] = options.seed;
  out["train_texts"] = split.train.size();
  out["train_texts_without_known_token"] = classifier.unknown_in_training();
  out["train_texts_cut"] = classifier.cut_in_training();
  out["architecture"] = name_of(options.classifier.architecture);
  out["vocabulary"] = classifier.vocabulary();
  if (!options.classifier.pretrained.empty())
    out["pretrained_tokens"] = classifier.found_pretrained();
  out["parameters"] = classifier.model().count_params();
  out["history"] = history_config(history);
  if (was_judged) {
    out["test"] = judged.confusion.to_config();
    out["test_texts_without_known_token"] = judged.unknown;
    out["test_texts_cut"] = judged.cut;
  }
  answer_as_json(std::move(out), answerer, options, talk);
}

}  // namespace keratin::cli
