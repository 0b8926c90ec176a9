// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/columns.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/string_table.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/lines.h"
#include "keratin/cli/numbers.h"

namespace keratin::cli {
namespace {

constexpr std::size_t kLooked = 50000;
constexpr double kLongestLabel = 60;      // bytes, in the mean
constexpr std::size_t kLongestName = 40;  // of a column
constexpr std::size_t kFewRecords = 10;   // too few to tell a header by what it is not
constexpr double kClearly = 1.5;          // how much more like a text

// Names that columns of texts and of classes bear in published data, likely ones first.
constexpr std::array<std::string_view, 17> kTextNames = {
    "text",  "message",  "sentence",  "review",   "content", "headline",
    "title", "question", "tweet",     "comment",  "body",    "sms",
    "query", "phrase",   "utterance", "document", "name"};
constexpr std::array<std::string_view, 14> kLabelNames = {
    "label", "category", "class", "target", "intent", "sentiment", "topic",
    "tag",   "language", "type",  "y",      "score",  "rating",    "clickbait"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view n) { return same_letters(n, name); });
}

bool is_number(std::string_view cell) { return real_number(trimmed(cell)).has_value(); }

std::string shortened(std::string_view cell) {
  constexpr std::size_t kShown = 30;
  std::string valid;
  utf8::append_valid(valid, cell.substr(0, 4 * kShown));
  std::string shown;
  std::string_view rest = valid;
  for (std::size_t i = 0; i < kShown && !rest.empty(); ++i) {
    const std::size_t length = utf8::decode(rest).length;
    shown += static_cast<unsigned char>(rest[0]) < 0x20 ? " " : rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return rest.empty() && valid.size() >= cell.size() ? shown : shown + "...";
}

std::string descriptions_of(const Table& table) {
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    out += str("\n  ", description_of(table, c));
  }
  return out;
}

/// How much the cells are like texts: long, of many words, and different.
double text_score(const Look& look) {
  if (!look.may_be_texts()) return 0;
  return look.bytes * (1 + look.words) * static_cast<double>(look.distinct) /
         static_cast<double>(look.cells);
}

bool comes_again(const Table::Column& column) {
  const std::string_view first = trimmed(column.cells.front());
  return std::any_of(column.cells.begin() + 1, column.cells.end(),
                     [&](const std::string& cell) { return trimmed(cell) == first; });
}

bool is_name_like(std::string_view cell) {
  return cell.size() <= kLongestName && !is_number(cell) && std::ranges::count(cell, ' ') <= 2 &&
         cell.find_first_of(".!?\n") == cell.npos;
}

/// What the first record looks like beside those below it.
struct FirstRecord {
  bool has_text_name = false, has_label_name = false;
  bool stands_above_numbers = false;  // a word above numbers
  bool is_like_names = true;          // all cells
  bool is_count = true;               // 0, 1, 2 ...: how some programs name columns
  bool comes_again = false;           // its label does; without labels, any cell
  bool has_labels = false;            // there are columns that may be
};

FirstRecord look_at_first_record(const Table& table) {
  FirstRecord first;
  bool any_again = false, label_again = false, is_empty = true;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const Table::Column& column = table.columns[c];
    const std::string_view cell = trimmed(column.cells.front());
    const Look below = look_at(column, 1);
    const bool again = !cell.empty() && comes_again(column);
    any_again = any_again || again;
    if (below.may_be_labels()) first.has_labels = true, label_again = label_again || again;
    first.has_text_name = first.has_text_name || is_one_of(cell, kTextNames);
    first.has_label_name = first.has_label_name || is_one_of(cell, kLabelNames);
    first.stands_above_numbers =
        first.stands_above_numbers || (below.numbers == 1 && !cell.empty() && !is_number(cell));
    first.is_like_names = first.is_like_names && is_name_like(cell);
    first.is_count = first.is_count && whole_number(cell) == static_cast<std::int64_t>(c);
    is_empty = is_empty && cell.empty();
  }
  first.is_like_names = first.is_like_names && !is_empty;
  first.comes_again = first.has_labels ? label_again : any_again;
  return first;
}

/// Whether the first record names the columns: it has known names, or it is unlike those below it
/// and its label does not come again, or it looks like names where a header is expected.
bool has_header(const Table& table, const ColumnOptions& options, bool is_expected) {
  for (const std::string& wanted : {options.text, options.label}) {
    if (wanted.empty() || whole_number(wanted)) continue;
    for (const Table::Column& c : table.columns) {
      if (trimmed(c.cells.front()) == wanted) return true;
    }
  }
  const FirstRecord first = look_at_first_record(table);
  if (first.has_text_name && first.has_label_name) return true;
  if (first.comes_again) return false;
  if (first.has_text_name || first.has_label_name) return true;
  if (is_expected) return first.is_like_names || first.is_count;
  return table.rows() > kFewRecords &&
         (first.stands_above_numbers || (first.has_labels && first.is_like_names));
}

std::size_t named_column(const std::string& file, const Table& table, std::string_view option,
                         const std::string& wanted) {
  if (table.has_names) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].name == wanted) return c;
    }
  }
  const auto number = whole_number(wanted);
  const auto count = static_cast<std::int64_t>(table.columns.size());
  if (number && *number >= 1 && *number <= count) return static_cast<std::size_t>(*number - 1);
  if (!table.has_names || number) {
    const std::string why = number ? std::string() : ": no header line names them";
    throw UsageError(str(file, " has no column '", wanted, "' (", option,
                         "). Columns go from 1 to ", count, why, ":", descriptions_of(table)));
  }
  std::vector<std::string_view> known;
  for (const Table::Column& column : table.columns) known.push_back(column.name);
  std::string list;
  for (const std::string_view name : known) list += str(list.empty() ? "" : ", ", name);
  throw UsageError(str(file, " has no column '", wanted, "' (", option, ").",
                       did_you_mean(wanted, known), " Columns: ", list, "."));
}

std::optional<std::size_t> known_column(const Table& table,
                                        std::span<const std::string_view> names) {
  if (!table.has_names) return std::nullopt;
  for (const std::string_view name : names) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (same_letters(table.columns[c].name, name)) return c;
    }
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const std::string& file, const Table& table, std::string_view why) {
  throw UsageError(str(file, ": ", why,
                       ". Say which are which: --label-column NAME --text-column NAME (or their "
                       "numbers). Columns:",
                       descriptions_of(table)));
}

std::optional<std::size_t> column_of_texts(std::span<const Look> looks,
                                           std::optional<std::size_t> label) {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < looks.size(); ++c) {
    if (c == label || text_score(looks[c]) == 0) continue;
    if (!best || text_score(looks[c]) > text_score(looks[*best])) best = c;
  }
  return best;
}

/// Of two columns, the labels'; none where they look alike.
std::optional<std::size_t> label_of_two(std::span<const Look> looks) {
  const bool first = looks[0].may_be_labels(), second = looks[1].may_be_labels();
  if (first != second) return first ? 0 : 1;
  if (!first) return std::nullopt;
  const double a = text_score(looks[0]), b = text_score(looks[1]);
  if (b > kClearly * a && looks[1].distinct > looks[0].distinct) return 0;
  if (a > kClearly * b && looks[0].distinct > looks[1].distinct) return 1;
  return std::nullopt;
}

/// What is not known yet of a table with three columns or more.
ColumnChoice choice_of_many(const std::string& file, const Table& table,
                            std::span<const Look> looks, std::optional<std::size_t> text,
                            std::optional<std::size_t> label) {
  if (!text) text = column_of_texts(looks, label);
  if (!text) refuse(file, table, "no column looks like texts");
  if (!label) {
    for (std::size_t c = 0; c < looks.size(); ++c) {
      if (c == *text || !looks[c].may_be_labels()) continue;
      if (label) refuse(file, table, "more than one column looks like labels");
      label = c;
    }
  }
  if (!label) refuse(file, table, "no column looks like labels");
  return {*text, *label};
}

}  // namespace

bool Look::may_be_labels() const {
  return distinct >= 2 && 2 * distinct <= cells && bytes <= kLongestLabel && empty < 0.1;
}

bool Look::may_be_texts() const { return distinct >= 2 && numbers < 0.5; }

Look look_at(const Table::Column& column, std::size_t first) {
  Look look;
  StringTable seen;
  const std::size_t step = std::max<std::size_t>(column.cells.size() / kLooked, 1);
  for (std::size_t i = first; i < column.cells.size(); i += step) {
    const std::string_view cell = trimmed(column.cells[i]);
    seen.insert(cell);
    ++look.cells;
    look.bytes += static_cast<double>(cell.size());
    look.words += cell.empty() ? 0 : 1 + static_cast<double>(std::ranges::count(cell, ' '));
    look.numbers += is_number(cell);
    look.empty += cell.empty();
  }
  look.distinct = seen.size();
  const double count = std::max(1.0, static_cast<double>(look.cells));
  for (double* sum : {&look.bytes, &look.words, &look.numbers, &look.empty}) *sum /= count;
  return look;
}

ColumnChoice choose_columns(const std::string& file, Table& table, const ColumnOptions& options,
                            bool label_is_first) {
  if (!table.has_names && table.rows() > 0 && has_header(table, options, !label_is_first)) {
    table.take_header();
    for (Table::Column& column : table.columns) column.name = trimmed(column.name);
  }
  if (table.columns.size() < 2) refuse(file, table, "there is one column only");
  std::optional<std::size_t> text, label;
  if (!options.text.empty()) text = named_column(file, table, "--text-column", options.text);
  if (!options.label.empty()) label = named_column(file, table, "--label-column", options.label);
  if (text && text == label) refuse(file, table, "texts and labels cannot be the same column");
  const auto by_name = [&](auto& column, const auto& other, const auto& names) {
    if (column) return;
    column = known_column(table, names);
    if (column == other) column.reset();
  };
  by_name(text, label, kTextNames);
  by_name(label, text, kLabelNames);
  if (text && label) return {*text, *label};

  std::vector<Look> looks;
  for (const Table::Column& column : table.columns) looks.push_back(look_at(column));
  if (looks.size() > 2) return choice_of_many(file, table, looks, text, label);
  if (!label && text) label = 1 - *text;
  if (!label) label = label_of_two(looks);
  if (!label && label_is_first) label = 0;
  if (!label)
    refuse(file, table, "it is not clear which column holds the texts and which the labels");
  return {1 - *label, *label};
}

std::string description_of(const Table& table, std::size_t c) {
  const Table::Column& column = table.columns[c];
  const Look look = look_at(column);
  std::string out = str("column ", c + 1);
  if (table.has_names) out += str(" '", shortened(column.name), "'");
  out += str(": ", look.distinct, look.distinct == 1 ? " value" : " different values");
  if (look.cells < column.cells.size()) out += str(" in ", look.cells, " of its cells");
  if (!column.cells.empty()) out += str(", such as '", shortened(column.cells.front()), "'");
  return out;
}

}  // namespace keratin::cli
