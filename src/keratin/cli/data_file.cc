// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/data_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/input.h"
#include "keratin/cli/lines.h"
#include "keratin/cli/unpack.h"

namespace keratin::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFastTextLabel = "__label__";

/// Without ".gz".
fs::path plain_name(const fs::path& path) {
  return path.extension() == ".gz" ? path.parent_path() / path.stem() : path;
}

void refuse_columns(const std::string& file, const ColumnOptions& columns, std::string_view what) {
  for (const auto& [option, value] :
       {std::pair{"--text-column", &columns.text}, std::pair{"--label-column", &columns.label}}) {
    if (!value->empty())
      throw UsageError(str(option, ": ", file, " is ", what, " and has no columns."));
  }
}

/// Texts that hold tabs leave two ways to cut a line: the label may be the first field or the last.
Table read_uneven_tsv(const std::string& file, std::string_view text,
                      const ColumnOptions& columns) {
  Table label_first = read_tsv(file, text, TabCut::kFirst);
  const bool says_first = columns.label == "1" || columns.text == "2";
  const bool says_last = columns.label == "2" || columns.text == "1";
  if (says_first || (!says_last && look_at(label_first.columns[0], 1).may_be_labels())) {
    return label_first;
  }
  Table label_last = read_tsv(file, text, TabCut::kLast);
  const bool is_last = says_last || look_at(label_last.columns[1], 1).may_be_labels();
  return is_last ? label_last : label_first;
}

void add_column(const std::string& file, std::string_view text, Table& table, ColumnChoice choice,
                LabelledTexts& out) {
  Table::Column& labels = table.columns[choice.label];
  Table::Column& texts = table.columns[choice.text];
  for (const Table::Column* column : {&texts, &labels}) {
    if (column->missing.empty()) continue;
    throw InputError(file, text, column->offsets[column->missing.front()],
                     str("'", column->name, "' must be there and be a string",
                         column == &labels ? " or a number" : ""));
  }
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const std::string_view label = trimmed(labels.cells[i]);
    if (label.empty()) throw InputError(file, text, labels.offsets[i], "the label is empty");
    std::string name;  // it is printed, and JSON is UTF-8
    utf8::append_valid(name, label);
    out.add(name, std::move(texts.cells[i]));
  }
}

std::string column_words(const Table& table, std::size_t c) {
  return table.has_names ? str("column ", c + 1, " '", table.columns[c].name, "'")
                         : str("column ", c + 1);
}

/// `format` is tsv, csv or jsonl.
DataFile read_columns(const std::string& file, std::string_view text, const std::string& format,
                      const ColumnOptions& options) {
  const bool is_tsv = format == "tsv";
  Table table = format == "csv"             ? read_csv(file, text)
                : format == "jsonl"         ? read_jsonl(file, text)
                : has_even_tabs(file, text) ? read_tsv(file, text, TabCut::kEvery)
                                            : read_uneven_tsv(file, text, options);
  const bool had_names = table.has_names;
  const ColumnChoice choice = choose_columns(file, table, options, is_tsv);
  if (table.rows() == 0) throw InputError(file, "there is no text in it");
  DataFile result;
  const std::string label = description_of(table, choice.label);
  add_column(file, text, table, choice, result.texts);
  const std::string_view header = had_names         ? ""
                                  : table.has_names ? " with a header line"
                                                    : " without a header line";
  result.decided =
      str(format, header, "; labels: ", label, "; texts: ", column_words(table, choice.text));
  return result;
}

DataFile read_fasttext(const std::string& file, std::string_view text) {
  DataFile result;
  result.decided = "fastText's form: __label__NAME, then the text";
  for_lines(text, [&](std::string_view line, std::size_t offset) {
    if (is_blank(line)) return;
    if (!line.starts_with(kFastTextLabel)) {
      throw InputError(file, text, offset, "a line must begin with __label__");
    }
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view label = line.substr(kFastTextLabel.size(), end - kFastTextLabel.size());
    if (label.empty()) throw InputError(file, text, offset, "the label is empty");
    const std::string_view rest = trimmed(line.substr(end));
    if (rest.starts_with(kFastTextLabel)) {
      throw InputError(file, text, offset, "more than one label: a text has one class here");
    }
    result.texts.add(label, std::string(rest));
  });
  return result;
}

DataFile read_folder(const std::string& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (plain_name(entry.path()).extension() == ".txt") files.push_back(entry.path());
  }
  if (files.empty()) {
    throw InputError(folder, "the folder holds no .txt file; each would be a class, a text a line");
  }
  std::ranges::sort(files);
  DataFile result;
  result.decided = str("a folder; labels: the names of its ", files.size(), " .txt files");
  for (const fs::path& file : files) {
    const std::string text = read_text(file.string());
    const std::string label = plain_name(file).stem().string();
    for_lines(text, [&](std::string_view line, std::size_t) {
      if (!is_blank(line)) result.texts.add(label, std::string(line));
    });
  }
  return result;
}

std::string format_of(const std::string& path, std::string_view text) {
  const std::string extension = plain_name(path).extension().string();
  for (const std::string_view known : {"tsv", "csv", "jsonl"}) {
    const std::string dotted = str(".", known);
    if (std::ranges::equal(extension, dotted,
                           [](char a, char b) { return (a | 0x20) == (b | 0x20); }))
      return std::string(known);
  }
  const std::string_view body = text.substr(std::min(text.find_first_not_of("\r\n"), text.size()));
  const std::string_view first = body.substr(0, body.find('\n'));
  if (first.starts_with(kFastTextLabel)) return "fasttext";
  if (first.starts_with('{')) return "jsonl";
  if (first.find('\t') != first.npos) return "tsv";
  if (first.starts_with('[')) {
    throw UsageError(str(path, ": a JSON list, it seems; jsonl has an object a line."));
  }
  if (first.find_first_of(",;|") != first.npos) return "csv";
  throw UsageError(
      str(path,
          ": is it tsv, csv, jsonl or fasttext? Neither the name nor the first line tells; "
          "say --format."));
}

/// Nearly as many classes as texts are the texts themselves, ids, or numbers to be measured, and
/// there is nothing to learn: most classes have one text.
void refuse_what_cannot_be_right(const std::string& file, const DataFile& data,
                                 const DataFileOptions& options) {
  const std::size_t classes = data.texts.classes.size(), texts = data.texts.size();
  const bool insists = !options.columns.label.empty() && classes < texts;
  if (classes <= 2 || 2 * classes <= texts || insists || options.few_a_label) return;
  throw InputError(
      file,
      str(classes, " different labels for ", texts,
          " texts cannot be right: hardly two texts share one. Read as ", data.decided,
          ". If the labels stand elsewhere, say --label-column NAME --text-column NAME (or their "
          "numbers)"));
}

}  // namespace

DataFile read_data_file(const std::string& path, const DataFileOptions& options) {
  const std::string name = name_of_input(path);
  std::error_code ignored;
  DataFile result;
  if (path != kStandardInput && fs::is_directory(path, ignored)) {
    refuse_columns(name, options.columns, "a folder");
    result = read_folder(path);
  } else {
    const std::string text = read_text(path);
    if (text.empty()) throw InputError(name, "the file is empty");
    if (is_blank(text)) throw InputError(name, "there is no text in it");
    const std::string format = options.format.empty() ? format_of(name, text) : options.format;
    if (format == "fasttext") {
      refuse_columns(name, options.columns, "in fastText's form");
      result = read_fasttext(name, text);
    } else {
      result = read_columns(name, text, format, options.columns);
    }
  }
  if (result.texts.size() == 0) throw InputError(name, "there is no text in it");
  result.texts.sort_classes();
  refuse_what_cannot_be_right(name, result, options);
  return result;
}

}  // namespace keratin::cli
