// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/test_command.h"

#include <algorithm>
#include <map>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/cli/answering.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/input.h"
#include "keratin/cli/opened_model.h"
#include "keratin/cli/report.h"
#include "keratin/cli/talk.h"
#include "keratin/cli/unpack.h"
#include "keratin/formats/json.h"

namespace keratin::cli {
namespace {

/// The classes of the model, then the labels of the file that it does not know; and which of them
/// each label of the file is.
struct Labels {
  std::vector<std::string> names;
  std::vector<std::int32_t> places;
  std::int64_t unknown_texts = 0;
};

Labels labels_of(const Answerer& answerer, const LabelledTexts& texts) {
  Labels labels{answerer.classes(), {}, 0};
  std::map<std::string_view, std::int32_t> known;
  for (std::size_t c = 0; c < answerer.classes().size(); ++c)
    known.emplace(answerer.classes()[c], static_cast<std::int32_t>(c));
  const std::vector<std::size_t> counts = texts.counts();
  for (std::size_t c = 0; c < texts.classes.size(); ++c) {
    const auto found = known.find(texts.classes[c]);
    if (found != known.end()) {
      labels.places.push_back(found->second);
      continue;
    }
    labels.places.push_back(static_cast<std::int32_t>(labels.names.size()));
    labels.names.push_back(texts.classes[c]);
    labels.unknown_texts += static_cast<std::int64_t>(counts[c]);
  }
  return labels;
}

/// Of all answers, how many are right, and of all texts, how many have the right one among theirs:
/// a text has one label.
struct AtTop {
  std::int64_t answers = 0, right = 0, texts = 0;
  double precision() const { return ratio(right, answers); }
  double recall() const { return ratio(right, texts); }
  double f1() const { return ratio(2 * right, answers + texts); }
  static double ratio(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

struct Judgement {
  AtTop at_top;
  std::vector<std::int32_t> truth, best;
  OddCount odd;
};

Judgement judge(const TestCommandOptions& options, const Answerer& answerer,
                const LabelledTexts& texts, const Labels& labels) {
  constexpr std::size_t kAtOnce = 4096;
  Judgement result;
  for (std::size_t done = 0; done < texts.size(); done += kAtOnce) {
    const auto lines = std::span(texts.texts).subspan(done, std::min(kAtOnce, texts.size() - done));
    // Without the threshold: the table of who was taken for whom needs an answer to each.
    Answers answers;
    try {
      answers = answerer.answers(lines, {.top = options.ranking.top});
    } catch (const BadLine& bad) {
      throw InputError(name_of_input(options.file),
                       str("text ", done + bad.index + 1, ", '", one_line(lines[bad.index]),
                           "': ", bad.message));
    }
    result.odd.add(answers);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::int32_t truth = labels.places[static_cast<std::size_t>(texts.labels[done + i])];
      result.truth.push_back(truth);
      result.best.push_back(answers[i][0].label);
      ++result.at_top.texts;
      for (const Choice& choice : answers[i]) {
        if (static_cast<double>(choice.probability) < options.ranking.threshold) continue;
        ++result.at_top.answers;
        result.at_top.right += choice.label == truth;
      }
    }
  }
  return result;
}

std::string at_top_text(const TestCommandOptions& options, const AtTop& at) {
  const std::string k = str("at ", options.ranking.top);
  std::string out = str("precision ", k, "  ", fixed(at.precision(), 4), "  (", at.right, " of ",
                        at.answers, " answers)\n", "recall    ", k, "  ", fixed(at.recall(), 4),
                        "  (", at.right, " of ", at.texts, " texts)\n");
  return out + str("micro f1  ", k, "  ", fixed(at.f1(), 4), "\n");
}

}  // namespace

void run_test(const TestCommandOptions& options) {
  const Talk talk(options.quiet);
  const OpenedModel opened = open_model(options.model, talk);
  const auto answerer = opened.answerer();
  if (!answerer) {
    throw InputError(
        options.model,
        "there are no classes to judge: the model's last activation is neither softmax "
        "nor sigmoid, or it has several outputs");
  }
  DataFileOptions data = options.data;
  data.few_a_label = true;  // what labels there are the model says
  const DataFile file = read_data_file(options.file, data);
  talk.say(str(name_of_input(options.file), ": read as ", file.decided));
  const Labels labels = labels_of(*answerer, file.texts);
  if (labels.unknown_texts == static_cast<std::int64_t>(file.texts.size())) {
    throw InputError(name_of_input(options.file),
                     str("none of its labels is one of the model's. Received: '",
                         file.texts.classes[0], "', and the model knows '", answerer->classes()[0],
                         "' and ", answerer->classes().size() - 1, " more"));
  }
  if (labels.unknown_texts > 0) {
    talk.say(str("note: ", labels.unknown_texts,
                 " texts have a label that the model does not know; they count as mistakes"));
  }
  const Judgement judged = judge(options, *answerer, file.texts, labels);
  judged.odd.say(talk);
  const Confusion confusion(labels.names, judged.truth, judged.best);
  if (!options.json) {
    write_out(str(at_top_text(options, judged.at_top), "macro f1        ",
                  fixed(confusion.mean().f1, 4), "\n\n", confusion.text("test")));
    return;
  }
  Config::Dict out{{"file", options.file},
                   {"top", options.ranking.top},
                   {"threshold", options.ranking.threshold},
                   {"precision", judged.at_top.precision()},
                   {"recall", judged.at_top.recall()},
                   {"micro_f1", judged.at_top.f1()},
                   {"macro_f1", confusion.mean().f1},
                   {"unknown_labels", labels.unknown_texts},
                   {"test", confusion.to_config()}};
  write_out(formats::dump_json(out) + "\n");
}

}  // namespace keratin::cli
