// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/report.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"

namespace keratin::cli {
namespace {

constexpr std::size_t kMistakes = 15;

std::size_t best_of(const Tensor& probabilities, std::size_t row, std::size_t classes) {
  const auto all = probabilities.data<float>();
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(row * classes);
  return static_cast<std::size_t>(
      std::max_element(begin, begin + static_cast<std::ptrdiff_t>(classes)) - begin);
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string spaces(std::size_t width, std::string_view text) {
  const std::size_t length = utf8::length(text);
  return std::string(width > length ? width - length : 0, ' ');
}
std::string left(std::string_view text, std::size_t width) {
  return str(text, spaces(width, text));
}
std::string right(std::string_view text, std::size_t width) {
  return str(spaces(width, text), text);
}

/// Text of the user's in a line of ours: no line ends, no control characters.
std::string one_line(std::string_view text) {
  std::string valid;
  utf8::append_valid(valid, text);
  for (char& c : valid) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return valid;
}

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Confusion::Confusion(std::vector<std::string> classes, const std::vector<std::int32_t>& truth,
                     const Tensor& probabilities)
    : classes_(std::move(classes)),
      counts_(classes_.size() * classes_.size()),
      total_(static_cast<std::int64_t>(truth.size())) {
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ++counts_[static_cast<std::size_t>(truth[i]) * classes_.size() +
              best_of(probabilities, i, classes_.size())];
  }
}

Confusion::Scores Confusion::scores(std::size_t c) const {
  std::int64_t answered = 0;
  Scores scores;
  for (std::size_t other = 0; other < classes_.size(); ++other) {
    answered += at(other, c);
    scores.texts += at(c, other);
  }
  scores.precision = ratio(at(c, c), answered);
  scores.recall = ratio(at(c, c), scores.texts);
  scores.f1 = ratio(2 * at(c, c), answered + scores.texts);
  return scores;
}

Confusion::Scores Confusion::mean() const {
  Scores mean;
  double classes = 0;
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    const Scores one = scores(c);
    if (one.texts == 0) continue;
    ++classes;
    mean.precision += one.precision;
    mean.recall += one.recall;
    mean.f1 += one.f1;
    mean.texts += one.texts;
  }
  if (classes > 0) mean.precision /= classes, mean.recall /= classes, mean.f1 /= classes;
  return mean;
}

std::int64_t Confusion::correct() const {
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < classes_.size(); ++c) sum += at(c, c);
  return sum;
}

double Confusion::accuracy() const { return ratio(correct(), total_); }

std::string Confusion::text() const {
  std::string out =
      str("held-out accuracy  ", fixed(accuracy(), 4), "  (", correct(), " of ", total_, ")\n\n");
  out += scores_text();
  out += classes_.size() <= kTableClasses ? table_text() : mistakes_text();
  return out;
}

std::string Confusion::scores_text() const {
  std::size_t width = 5;
  for (const std::string& name : classes_) width = std::max(width, utf8::length(name));
  std::string out = str(left("class", width), "  precision  recall      f1  texts\n");
  const auto line = [&](std::string_view name, const Scores& s) {
    out += str(left(name, width), right(fixed(s.precision, 4), 11), right(fixed(s.recall, 4), 8),
               right(fixed(s.f1, 4), 8), right(str(s.texts), 7), "\n");
  };
  for (std::size_t c = 0; c < classes_.size(); ++c) line(one_line(classes_[c]), scores(c));
  line("mean", mean());
  return out;
}

std::string Confusion::table_text() const {
  std::size_t width = 5;
  for (const std::string& name : classes_) width = std::max(width, utf8::length(name));
  std::vector<std::size_t> widths;
  for (const std::string& name : classes_)
    widths.push_back(std::max<std::size_t>(6, utf8::length(name)));
  std::string out =
      str("\nconfusion: a row for what it is, a column for the answer\n", spaces(width, ""));
  for (std::size_t c = 0; c < classes_.size(); ++c)
    out += str("  ", right(one_line(classes_[c]), widths[c]));
  out += '\n';
  for (std::size_t truth = 0; truth < classes_.size(); ++truth) {
    out += left(one_line(classes_[truth]), width);
    for (std::size_t c = 0; c < classes_.size(); ++c)
      out += str("  ", right(str(at(truth, c)), widths[c]));
    out += '\n';
  }
  return out;
}

std::string Confusion::mistakes_text() const {
  struct Mistake {
    std::int64_t times;
    std::size_t truth, answer;
  };
  std::vector<Mistake> mistakes;
  for (std::size_t truth = 0; truth < classes_.size(); ++truth) {
    for (std::size_t answer = 0; answer < classes_.size(); ++answer) {
      if (truth != answer && at(truth, answer) > 0)
        mistakes.push_back({at(truth, answer), truth, answer});
    }
  }
  std::ranges::stable_sort(mistakes,
                           [](const Mistake& a, const Mistake& b) { return a.times > b.times; });
  if (mistakes.size() > kMistakes) mistakes.resize(kMistakes);
  std::string out = "\ncommonest mistakes: times, what it is, the answer\n";
  for (const Mistake& m : mistakes) {
    out += str(right(str(m.times), 5), "  ", one_line(classes_[m.truth]), " -> ",
               one_line(classes_[m.answer]), "\n");
  }
  return out;
}

Config Confusion::to_config() const {
  Config classes = Config::list(), table = Config::list();
  const auto numbers = [](Config& out, const Scores& s) {
    out["precision"] = s.precision;
    out["recall"] = s.recall;
    out["f1"] = s.f1;
    out["texts"] = s.texts;
  };
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    Config one = Config::dict();
    one["label"] = classes_[c];
    numbers(one, scores(c));
    classes.as_list().push_back(std::move(one));
    Config row = Config::list();
    for (std::size_t answer = 0; answer < classes_.size(); ++answer)
      row.as_list().push_back(at(c, answer));
    table.as_list().push_back(std::move(row));
  }
  Config out = Config::dict();
  out["accuracy"] = accuracy();
  out["texts"] = total_;
  out["classes"] = std::move(classes);
  Config mean_scores = Config::dict();
  numbers(mean_scores, mean());
  out["mean"] = std::move(mean_scores);
  out["confusion"] = std::move(table);
  return out;
}

std::vector<Answer> answers_of(const std::vector<std::string>& classes,
                               const std::vector<std::string>& texts, const Tensor& probabilities) {
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t best = best_of(probabilities, i, classes.size());
    answers.push_back(
        {texts[i], classes[best], probabilities.data<float>()[i * classes.size() + best]});
  }
  return answers;
}

std::string answers_text(const std::vector<Answer>& answers) {
  std::string out;
  for (const Answer& answer : answers) {
    out += str(one_line(answer.label), "\t", fixed(answer.probability, 4), "\t",
               one_line(answer.text), "\n");
  }
  return out;
}

Config to_config(const std::vector<Answer>& answers) {
  Config out = Config::list();
  for (const Answer& answer : answers) {
    Config one = Config::dict();
    one["text"] = answer.text;
    one["label"] = answer.label;
    one["probability"] = answer.probability;
    out.as_list().push_back(std::move(one));
  }
  return out;
}

void write_out(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) runtime_failure("keratin", "standard output: ", std::strerror(errno));
}

}  // namespace keratin::cli
