// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/data_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "keratin/base/error.h"
#include "keratin/cli/csv.h"
#include "keratin/cli/failure.h"
#include "keratin/formats/json.h"

namespace keratin::cli {
namespace {

namespace fs = std::filesystem;

// Names that columns of texts and of classes bear in published data, likely ones first.
constexpr std::array<std::string_view, 16> kTextNames = {
    "text",  "message", "sentence", "review", "content", "headline",  "title",    "question",
    "tweet", "comment", "body",     "sms",    "query",   "utterance", "document", "name"};
constexpr std::array<std::string_view, 14> kLabelNames = {
    "label", "category", "class", "target", "intent", "sentiment", "topic",
    "tag",   "language", "type",  "y",      "score",  "rating",    "clickbait"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

/// Calls f(line, offset) for each line that is not empty, without its line end.
template <class F>
void for_lines(std::string_view text, F&& f) {
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) f(line, begin);
    begin = end + 1;
  }
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

struct Columns {
  std::size_t text;
  std::size_t label;
};

std::size_t named_column(const std::string& file, std::string_view name,
                         std::span<const std::string> columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == name) return i;
  }
  const std::vector<std::string_view> known(columns.begin(), columns.end());
  std::string list;
  for (const std::string_view column : known) list += str(list.empty() ? "" : ", ", column);
  throw UsageError(str(file, " has no column '", name, "'.", did_you_mean(name, known),
                       " Columns: ", list, "."));
}

std::optional<std::size_t> guessed_column(std::span<const std::string> columns,
                                          std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (same_letters(columns[i], name)) return i;
    }
  }
  return std::nullopt;
}

Columns choose_columns(const std::string& file, const DataFileOptions& options,
                       std::span<const std::string> columns) {
  std::optional<std::size_t> text, label;
  if (!options.text_column.empty()) text = named_column(file, options.text_column, columns);
  if (!options.label_column.empty()) label = named_column(file, options.label_column, columns);
  if (!text) text = guessed_column(columns, kTextNames);
  if (!label) label = guessed_column(columns, kLabelNames);
  if (columns.size() == 2) {  // the one that is known leaves the other
    if (!text && label) text = 1 - *label;
    if (!label && text) label = 1 - *text;
  }
  if (!text || !label || *text == *label) {
    std::string list;
    for (const std::string& column : columns) list += str(list.empty() ? "" : ", ", column);
    throw UsageError(str(file,
                         ": which columns hold the text and the label? Say --text-column and "
                         "--label-column. Columns: ",
                         list, "."));
  }
  return {*text, *label};
}

void read_tsv(const std::string& file, std::string_view text, LabelledTexts& out) {
  const std::string_view body = without_mark(text);
  const std::size_t mark = text.size() - body.size();
  for_lines(body, [&](std::string_view line, std::size_t offset) {
    const std::size_t tab = line.find('\t');
    if (tab == line.npos) {
      if (is_blank(line)) return;
      throw InputError(file, text, mark + offset + line.size(),
                       "no tab: a line is label, tab, text");
    }
    if (tab == 0) throw InputError(file, text, mark + offset, "the label is empty");
    out.add(line.substr(0, tab), std::string(line.substr(tab + 1)));
  });
}

void read_csv(const std::string& file, std::string_view text, const DataFileOptions& options,
              LabelledTexts& out) {
  const std::string_view body = without_mark(text);
  const std::size_t mark = text.size() - body.size();
  CsvReader reader(file, text.substr(mark));
  std::vector<CsvReader::Field> record;
  if (!reader.next(record)) throw InputError(file, "the file is empty; expected a header line");
  std::vector<std::string> names;
  for (CsvReader::Field& field : record) names.push_back(std::move(field.text));
  const Columns columns = choose_columns(file, options, names);
  while (reader.next(record)) {
    if (record.size() != names.size()) {
      throw InputError(file, body, record.front().offset,
                       str("the header has ", names.size(), " fields, this line ", record.size()));
    }
    CsvReader::Field& label = record[columns.label];
    if (label.text.empty()) throw InputError(file, body, label.offset, "the label is empty");
    out.add(label.text, std::move(record[columns.text].text));
  }
}

/// A label of JSON as text; empty for a value that is none.
std::string label_text(const Config& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  return value.is_int() ? str(value.as_int()) : std::string();
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

void read_jsonl(const std::string& file, std::string_view text, const DataFileOptions& options,
                LabelledTexts& out) {
  const std::string_view body = without_mark(text);
  std::string text_key, label_key;
  for_lines(body, [&](std::string_view line, std::size_t offset) {
    if (is_blank(line)) return;
    const Config object = parse_json_line(file, body, line, offset);
    if (!object.is_dict()) throw InputError(file, body, offset, "a line must be a JSON object");
    if (text_key.empty()) {
      std::vector<std::string> names;
      for (const auto& [key, value] : object.as_dict()) names.push_back(key);
      const Columns columns = choose_columns(file, options, names);
      text_key = names[columns.text];
      label_key = names[columns.label];
    }
    const Config* value = object.find(text_key);
    if (!value || !value->is_string()) {
      throw InputError(file, body, offset, str("'", text_key, "' must be there and be a string"));
    }
    const Config* label = object.find(label_key);
    std::string name = label ? label_text(*label) : std::string();
    if (name.empty()) {
      throw InputError(file, body, offset,
                       str("'", label_key, "' must be there and be a string or an integer"));
    }
    out.add(name, value->as_string());
  });
}

void read_folder(const std::string& folder, LabelledTexts& out) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  if (files.empty()) {
    throw InputError(folder, "the folder holds no .txt file; each would be a class, a text a line");
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    const std::string text = read_whole_file(file.string());
    for_lines(without_mark(text), [&](std::string_view line, std::size_t) {
      if (!is_blank(line)) out.add(file.stem().string(), std::string(line));
    });
  }
}

std::string format_of(const std::string& path, std::string_view text, std::string format) {
  if (format.empty()) {
    const std::string extension = fs::path(path).extension().string();
    for (const std::string_view known : {"tsv", "csv", "jsonl"}) {
      if (same_letters(extension, str(".", known))) format = known;
    }
  }
  if (format.empty()) {
    const std::string_view first = without_mark(text).substr(0, text.find('\n'));
    if (first.starts_with('{')) format = "jsonl";
    if (first.find('\t') != first.npos) format = "tsv";
  }
  if (format.empty()) {
    throw UsageError(str(path,
                         ": is it tsv, csv or jsonl? Neither the name nor the first line tells; "
                         "say --format."));
  }
  return format;
}

}  // namespace

std::string read_whole_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (!file) throw InputError(path, std::strerror(errno));
  std::string text;
  std::array<char, 1 << 16> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    check_interrupt();
    text.append(buffer.data(), count);
  }
  if (std::ferror(file.get())) throw InputError(path, std::strerror(errno));
  return text;
}

LabelledTexts read_data_file(const std::string& path, const DataFileOptions& options) {
  LabelledTexts result;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    read_folder(path, result);
  } else {
    const std::string text = read_whole_file(path);
    if (is_blank(without_mark(text))) throw InputError(path, "the file is empty");
    const std::string format = format_of(path, text, options.format);
    if (format == "tsv") read_tsv(path, text, result);
    if (format == "csv") read_csv(path, text, options, result);
    if (format == "jsonl") read_jsonl(path, text, options, result);
  }
  if (result.size() == 0) throw InputError(path, "there is no text in it");
  result.sort_classes();
  return result;
}

}  // namespace keratin::cli
