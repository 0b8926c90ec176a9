// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/table.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/cli/csv.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/lines.h"
#include "keratin/formats/json.h"

namespace keratin::cli {
namespace {

constexpr std::size_t kRecordsBetweenLooks = 1024;  // for Ctrl-C

void put(Table::Column& column, std::string cell, std::size_t offset) {
  column.cells.push_back(std::move(cell));
  column.offsets.push_back(offset);
}

Config parse_json_line(const std::string& file, std::string_view text, std::string_view line,
                       std::size_t offset) {
  try {
    return formats::parse_json(line);
  } catch (const std::runtime_error& error) {
    // The parser says "... at line 1, column N: ...".
    std::string_view message = error.what();
    std::size_t column = 1;
    constexpr std::string_view kColumn = "line 1, column ";
    if (const std::size_t at = message.find(kColumn); at != message.npos) {
      column = std::strtoul(message.data() + at + kColumn.size(), nullptr, 10);
      message.remove_prefix(std::min(message.find(": ", at), message.size() - 2) + 2);
    }
    const std::size_t place = offset + std::min(column > 0 ? column - 1 : 0, line.size());
    throw InputError(file, text, place, message);
  }
}

std::optional<std::string> cell_of(const Config* value) {
  if (!value) return std::nullopt;
  if (value->is_string()) return value->as_string();
  if (value->is_bool()) return value->as_bool() ? "true" : "false";
  if (value->is_int()) return str(value->as_int());
  if (value->is_number()) return formats::dump_json(*value);
  return std::nullopt;
}

/// The values of a JSON object in the order of `columns`, which most objects have themselves.
void put_object(const Config::Dict& object, std::size_t offset,
                std::vector<Table::Column>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Config* value = nullptr;
    if (i < object.size() && object[i].first == columns[i].name) {
      value = &object[i].second;
    } else {
      const auto found =
          std::ranges::find(object, columns[i].name, &Config::Dict::value_type::first);
      if (found != object.end()) value = &found->second;
    }
    std::optional<std::string> cell = cell_of(value);
    if (!cell) columns[i].missing.push_back(columns[i].cells.size());
    put(columns[i], cell ? *std::move(cell) : std::string(), offset);
  }
}

}  // namespace

void Table::take_header() {
  has_names = true;
  for (Column& column : columns) column.name = column.cells.front();
  // Files that were joined have it again.
  const auto is_header = [&](std::size_t row) {
    return std::ranges::all_of(columns, [&](const Column& c) { return c.cells[row] == c.name; });
  };
  std::vector<std::size_t> records;
  for (std::size_t row = 0; row < rows(); ++row) {
    if (!is_header(row)) records.push_back(row);
  }
  for (Column& column : columns) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i] == i) continue;
      column.cells[i] = std::move(column.cells[records[i]]);
      column.offsets[i] = column.offsets[records[i]];
    }
    column.cells.resize(records.size());
    column.offsets.resize(records.size());
  }
}

Table read_csv(const std::string& file, std::string_view text) {
  Table table;
  CsvReader reader(file, text, separator_of(text));
  std::vector<CsvReader::Field> record;
  for (std::size_t i = 0; reader.next(record); ++i) {
    if (i % kRecordsBetweenLooks == 0) check_interrupt();
    if (i == 0) table.columns.resize(record.size());
    if (record.size() != table.columns.size()) {
      throw InputError(file, text, record.front().offset,
                       str("the first line has ", table.columns.size(), " fields, this one ",
                           record.size(), "; a field that holds the separator must be quoted"));
    }
    for (std::size_t c = 0; c < record.size(); ++c) {
      put(table.columns[c], std::move(record[c].text), record[c].offset);
    }
  }
  return table;
}

bool has_even_tabs(const std::string& file, std::string_view text) {
  std::optional<std::size_t> first;
  bool is_even = true;
  for_lines(text, [&](std::string_view line, std::size_t offset) {
    const auto tabs = static_cast<std::size_t>(std::ranges::count(line, '\t'));
    if (tabs == 0 && !is_blank(line)) {
      throw InputError(file, text, offset + line.size(), "no tab: a line is label, tab, text");
    }
    if (tabs == 0) return;
    if (!first) first = tabs;
    is_even = is_even && tabs == *first;
  });
  return is_even;
}

Table read_tsv(const std::string& file, std::string_view text, TabCut cut) {
  Table table;
  std::size_t lines = 0;
  for_lines(text, [&](std::string_view line, std::size_t offset) {
    if (++lines % kRecordsBetweenLooks == 0) check_interrupt();
    const std::size_t first = line.find('\t');
    if (first == line.npos) return;  // blank: has_even_tabs has looked
    std::size_t tab = cut == TabCut::kLast ? line.rfind('\t') : first;
    for (std::size_t c = 0, begin = 0;; ++c) {
      const std::size_t end = std::min(tab, line.size());
      if (table.columns.size() == c) table.columns.emplace_back();
      put(table.columns[c], std::string(line.substr(begin, end - begin)), offset + begin);
      if (tab == line.npos) break;
      begin = tab + 1;
      tab = cut == TabCut::kEvery ? line.find('\t', begin) : line.npos;
    }
  });
  if (table.rows() == 0) throw InputError(file, "there is no text in it");
  return table;
}

Table read_jsonl(const std::string& file, std::string_view text) {
  Table table;
  table.has_names = true;
  std::size_t lines = 0;
  for_lines(text, [&](std::string_view line, std::size_t offset) {
    if (++lines % kRecordsBetweenLooks == 0) check_interrupt();
    if (is_blank(line)) return;
    const Config object = parse_json_line(file, text, line, offset);
    if (!object.is_dict()) throw InputError(file, text, offset, "a line must be a JSON object");
    if (table.columns.empty()) {
      for (const auto& [key, value] : object.as_dict()) table.columns.emplace_back().name = key;
      if (table.columns.empty()) throw InputError(file, text, offset, "an object without any key");
    }
    put_object(object.as_dict(), offset, table.columns);
  });
  return table;
}

}  // namespace keratin::cli
