// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/report.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/failure.h"

namespace keratin::cli {
namespace {

constexpr std::size_t kMistakes = 15;

std::string spaces(std::size_t width, std::string_view text) {
  const std::size_t length = utf8::length(text);
  return std::string(width > length ? width - length : 0, ' ');
}

/// Whether one_line() leaves it as it is.
bool is_plain(std::string_view text) {
  bool is_other = false;  // without a way out the loop is one of vectors
  for (const char c : text) is_other |= c < 0x20 || c == 0x7F;
  return !is_other;
}

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string left(std::string_view text, std::size_t width) {
  return str(text, spaces(width, text));
}
std::string right(std::string_view text, std::size_t width) {
  return str(spaces(width, text), text);
}

std::string one_line(std::string_view text) {
  std::string valid;
  utf8::append_valid(valid, text);
  for (char& c : valid) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return valid;
}

Confusion::Confusion(std::vector<std::string> classes, const std::vector<std::int32_t>& truth,
                     const std::vector<std::int32_t>& answers)
    : names_(std::move(classes)),
      classes_(names_.size()),
      total_(static_cast<std::int64_t>(truth.size())) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto is = static_cast<std::size_t>(truth[i]),
               answer = static_cast<std::size_t>(answers[i]);
    pairs.emplace_back(is, answer);
    ++classes_[is].texts;
    ++classes_[answer].answered;
    classes_[is].correct += is == answer;
  }
  std::ranges::sort(pairs);
  for (const auto& [is, answer] : pairs) {
    if (entries_.empty() || entries_.back().truth != is || entries_.back().answer != answer) {
      entries_.push_back({is, answer, 0});
    }
    ++entries_.back().texts;
  }
}

std::int64_t Confusion::at(std::size_t truth, std::size_t answer) const {
  const auto found = std::ranges::lower_bound(
      entries_, std::pair(truth, answer), {},
      [](const Entry& entry) { return std::pair(entry.truth, entry.answer); });
  const bool is_there = found != entries_.end() && found->truth == truth && found->answer == answer;
  return is_there ? found->texts : 0;
}

Confusion::Scores Confusion::scores(std::size_t c) const {
  const Class& one = classes_[c];
  Scores scores;
  scores.texts = one.texts;
  scores.precision = ratio(one.correct, one.answered);
  scores.recall = ratio(one.correct, one.texts);
  scores.f1 = ratio(2 * one.correct, one.answered + one.texts);
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
  for (const Class& one : classes_) sum += one.correct;
  return sum;
}

double Confusion::accuracy() const { return ratio(correct(), total_); }

std::string Confusion::text(std::string_view what) const {
  std::string out =
      str(what, " accuracy  ", fixed(accuracy(), 4), "  (", correct(), " of ", total_, ")\n\n");
  out += scores_text();
  out += names_.size() <= kTableClasses ? table_text() : mistakes_text();
  return out;
}

std::string Confusion::scores_text() const {
  std::vector<std::size_t> shown(names_.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  if (shown.size() > kListedClasses) {
    std::ranges::stable_sort(shown, std::greater{},
                             [&](std::size_t c) { return classes_[c].texts; });
    shown.resize(kListedClasses);
  }
  std::size_t width = 5;
  for (const std::size_t c : shown) width = std::max(width, utf8::length(names_[c]));
  std::string out = str(left("class", width), "  precision  recall      f1  texts\n");
  const auto line = [&](std::string_view name, const Scores& s) {
    out += str(left(name, width), right(fixed(s.precision, 4), 11), right(fixed(s.recall, 4), 8),
               right(fixed(s.f1, 4), 8), right(str(s.texts), 7), "\n");
  };
  for (const std::size_t c : shown) line(one_line(names_[c]), scores(c));
  if (shown.size() < names_.size()) {
    out += str("... and ", names_.size() - shown.size(),
               " classes with fewer texts (--json has all)\n");
  }
  line("mean", mean());
  return out;
}

std::string Confusion::table_text() const {
  std::size_t width = 5;
  for (const std::string& name : names_) width = std::max(width, utf8::length(name));
  std::vector<std::size_t> widths;
  for (const std::string& name : names_)
    widths.push_back(std::max<std::size_t>(6, utf8::length(name)));
  std::string out =
      str("\nconfusion: a row for what it is, a column for the answer\n", spaces(width, ""));
  for (std::size_t c = 0; c < names_.size(); ++c)
    out += str("  ", right(one_line(names_[c]), widths[c]));
  out += '\n';
  for (std::size_t truth = 0; truth < names_.size(); ++truth) {
    out += left(one_line(names_[truth]), width);
    for (std::size_t c = 0; c < names_.size(); ++c)
      out += str("  ", right(str(at(truth, c)), widths[c]));
    out += '\n';
  }
  return out;
}

std::string Confusion::mistakes_text() const {
  std::vector<Entry> mistakes;
  for (const Entry& entry : entries_) {
    if (entry.truth != entry.answer) mistakes.push_back(entry);
  }
  std::ranges::stable_sort(mistakes, std::greater{}, &Entry::texts);
  if (mistakes.size() > kMistakes) mistakes.resize(kMistakes);
  std::string out = "\ncommonest mistakes: times, what it is, the answer\n";
  for (const Entry& m : mistakes) {
    out += str(right(str(m.texts), 5), "  ", one_line(names_[m.truth]), " -> ",
               one_line(names_[m.answer]), "\n");
  }
  return out;
}

Config Confusion::to_config() const {
  Config::List classes, table, mistakes;
  const auto numbers = [](const Scores& s) {
    return Config::Dict{
        {"precision", s.precision}, {"recall", s.recall}, {"f1", s.f1}, {"texts", s.texts}};
  };
  for (std::size_t c = 0; c < names_.size(); ++c) {
    Config::Dict one = numbers(scores(c));
    one.insert(one.begin(), {"label", names_[c]});
    classes.emplace_back(std::move(one));
  }
  const bool has_table = names_.size() <= kConfigTableClasses;
  for (std::size_t truth = 0; has_table && truth < names_.size(); ++truth) {
    Config::List row;
    for (std::size_t answer = 0; answer < names_.size(); ++answer)
      row.emplace_back(at(truth, answer));
    table.emplace_back(std::move(row));
  }
  for (const Entry& entry : entries_) {
    if (entry.truth == entry.answer) continue;
    mistakes.emplace_back(Config::Dict{
        {"label", names_[entry.truth]}, {"answer", names_[entry.answer]}, {"texts", entry.texts}});
  }
  return Config::Dict{{"accuracy", accuracy()},
                      {"texts", total_},
                      {"classes", std::move(classes)},
                      {"mean", numbers(mean())},
                      {"confusion", has_table ? Config(std::move(table)) : Config()},
                      {"mistakes", std::move(mistakes)}};
}

namespace {

void append_line(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += text;
  } else {
    out += one_line(text);
  }
}

/// Of a probability four digits behind the point: what printf writes, a third of a microsecond
/// sooner.
void append_probability(std::string& out, double p) {
  constexpr double kScale = 10000;
  const double scaled = p * kScale;
  const double whole = std::nearbyint(scaled);
  const bool is_near_half = std::abs(std::abs(scaled - whole) - 0.5) < 1e-6;
  if (!(p >= 0 && p <= 1) || is_near_half) {
    out += fixed(p, 4);
    return;
  }
  auto digits = static_cast<int>(whole);
  char text[6] = {'0', '.', '0', '0', '0', '0'};
  for (std::size_t i = 5; i > 1; --i, digits /= 10) text[i] = static_cast<char>('0' + digits % 10);
  text[0] = static_cast<char>('0' + digits);
  out.append(text, sizeof text);
}

}  // namespace

void append_answer(std::string& out, std::span<const Choice> answer,
                   std::span<const std::string> classes, std::string_view line) {
  for (const Choice& choice : answer) {
    append_line(out, classes[static_cast<std::size_t>(choice.label)]);
    out += '\t';
    append_probability(out, static_cast<double>(choice.probability));
    out += '\t';
  }
  if (answer.empty()) out += "\t\t";
  append_line(out, line);
  out += '\n';
}

Config to_config(std::span<const Choice> answer, std::span<const std::string> classes,
                 std::string_view line, std::size_t known_tokens, const Ranking& ranking) {
  const auto entry = [&](const Choice& choice) {
    return Config::Dict{{"label", classes[static_cast<std::size_t>(choice.label)]},
                        {"probability", static_cast<double>(choice.probability)}};
  };
  // JSON is UTF-8.
  std::string text;
  utf8::append_valid(text, line);
  Config::Dict out{{"text", std::move(text)}};
  for (auto& [key, value] :
       answer.empty() ? Config::Dict{{"label", {}}, {"probability", {}}} : entry(answer[0]))
    out.emplace_back(key, value);
  out.emplace_back("known_tokens", known_tokens);
  if (ranking.top == 1) return out;
  Config::List all;
  for (const Choice& choice : answer) all.emplace_back(entry(choice));
  out.emplace_back("answers", std::move(all));
  return out;
}

void write_out(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return;
  const int error = errno;
  check_interrupt();
  runtime_failure("keratin", "standard output: ", std::strerror(error));
}

}  // namespace keratin::cli
