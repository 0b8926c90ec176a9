// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/models/model.h"

namespace keratin::models {
namespace {

using Row = std::vector<std::string>;
using Widths = std::vector<std::size_t>;  // of the text in a column, without the space around

enum class Align { kLeft, kCenter, kRight };

struct Table {
  Row header = {"Layer (type)", "Output Shape", "Param #"};
  std::vector<Align> align = {Align::kLeft, Align::kLeft, Align::kRight};
  std::vector<double> positions = {0.45, 0.80, 1.0};
  Widths widths = {};
};

/// Widths as Keras asks for them, and as rich, which draws its table, cuts them: what the borders
/// and spaces take is spread over the columns from the left, halves to even.
Widths column_widths(const std::vector<double>& positions, int line_length) {
  const std::size_t columns = positions.size();
  constexpr int kSpaces = 2;
  constexpr int kLeast = 4;
  const int borders = static_cast<int>(columns) + 1;
  std::vector<int> outer;
  int current = 0;
  int total = 0;
  for (const double position : positions) {
    const int width = static_cast<int>(position * line_length) - current;
    current += width;
    outer.push_back(width + kSpaces);
    total += outer.back();
  }
  int excess = total - (line_length - borders);
  Widths widths;
  for (std::size_t i = 0; i < columns; ++i) {
    const int cut = static_cast<int>(
        std::nearbyint(static_cast<double>(excess) / static_cast<double>(columns - i)));
    excess -= cut;
    if (outer[i] - kSpaces < kLeast || outer[i] - cut - kSpaces < 1) {
      invalid_argument("summary",
                       "line_length is too short for the table. Received: ", line_length);
    }
    widths.push_back(static_cast<std::size_t>(outer[i] - cut - kSpaces));
  }
  return widths;
}

Table table_for(const SummaryOptions& options, bool graph) {
  Table table;
  if (graph) {
    table.header.emplace_back("Connected to");
    table.align.push_back(Align::kLeft);
    table.positions = {0.3, 0.56, 0.74, 1.0};
  }
  if (!options.positions.empty()) {
    const std::vector<double>& positions = options.positions;
    if (positions.size() != table.positions.size() ||
        !std::is_sorted(positions.begin(), positions.end()) || !(positions.front() > 0) ||
        positions.back() != 1) {
      invalid_argument("summary", "positions must be ", table.positions.size(),
                       " numbers, one a column, that ascend to 1.");
    }
    table.positions = positions;
  }
  if (options.show_trainable) {
    table.header.emplace_back("Trainable");
    table.align.push_back(Align::kCenter);
    for (double& position : table.positions) position *= 0.9;  // Keras: the others make room
    table.positions.push_back(1);
  }
  table.widths = column_widths(table.positions, options.line_length);
  return table;
}

/// Number of characters (not bytes) of UTF-8.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// Bytes of the first `count` characters.
std::size_t bytes_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size()) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (starts && count-- == 0) break;
    ++at;
  }
  return at;
}

/// Lines of at most `width` characters, broken at spaces; those in front stay.
std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  if (const std::size_t front = text.find_first_not_of(' ');
      front > 0 && front != std::string_view::npos && front < width) {
    std::vector<std::string> lines = wrap(text.substr(front), width - front);
    lines[0].insert(0, front, ' ');
    return lines;
  }
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (!lines.back().empty()) {
      if (characters(lines.back()) + 1 + characters(word) <= width) {
        lines.back().append(" ").append(word);
        continue;
      }
      lines.emplace_back();
    }
    if (characters(word) > width) {  // rich cuts such a word and says so
      lines.back() = std::string(word.substr(0, bytes_of(word, width - 1))) + "…";
      continue;
    }
    lines.back() = std::string(word);
  }
  return lines;
}

std::string spaces(std::size_t count) { return std::string(count, ' '); }

void append_repeated(std::string& out, std::string_view piece, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out += piece;
}

void append_rule(std::string& out, const Table& table, std::string_view left, std::string_view line,
                 std::string_view cross, std::string_view right) {
  for (std::size_t i = 0; i < table.widths.size(); ++i) {
    out += i == 0 ? left : cross;
    append_repeated(out, line, table.widths[i] + 2);
  }
  out += right;
  out += '\n';
}

std::string aligned(const std::string& text, std::size_t width, Align align) {
  const std::size_t room = width - characters(text);
  std::size_t before = 0;
  if (align == Align::kRight) before = room;
  if (align == Align::kCenter) before = room / 2;
  return spaces(before) + text + spaces(room - before);
}

/// `bottom`: cells of fewer lines than others stand below, as in rich's header.
void append_row(std::string& out, const Table& table, const Row& row, std::string_view border,
                bool bottom = false) {
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    cells.push_back(wrap(row[i], table.widths[i]));
    height = std::max(height, cells[i].size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t above = bottom ? height - cells[i].size() : 0;
      const bool is_there = line >= above && line - above < cells[i].size();
      const std::string text = is_there ? cells[i][line - above] : std::string();
      out += border;
      out += str(" ", aligned(text, table.widths[i], table.align[i]), " ");
    }
    out += border;
    out += '\n';
  }
}

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

/// "1.12 KB", as Keras writes bytes.
std::string memory(std::int64_t bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KB", "MB", "GB", "TB", "PB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ", size);
  return text + std::string(kUnits[unit]);
}

/// How many numbers there are, and their bytes.
struct Parameters {
  std::int64_t count = 0, bytes = 0;
  void add(const Variable& variable) {
    count += variable.shape().size();
    bytes += variable.shape().size() * static_cast<std::int64_t>(size_of(variable.dtype()));
  }
  Parameters operator+(const Parameters& o) const { return {count + o.count, bytes + o.bytes}; }
  Parameters operator-(const Parameters& o) const { return {count - o.count, bytes - o.bytes}; }
};

std::string total_line(std::string_view what, const Parameters& all) {
  return str(" ", what, " params: ", with_commas(all.count), " (", memory(all.bytes), ")\n");
}

/// Shapes as Keras writes them here: one of one axis without a comma.
std::string without_comma(std::string shapes) {
  for (std::size_t at; (at = shapes.find(",)")) != std::string::npos;) shapes.erase(at, 1);
  return shapes;
}

Row cells_of(const SummaryRow& of, bool graph, bool show_trainable) {
  const bool built = !of.layer || of.layer->built();
  Row row = {
      str(of.name, " (", of.class_name, ")"), without_comma(of.shape),
      built ? with_commas(of.layer ? of.layer->count_params() : 0) : std::string("0 (unbuilt)")};
  if (graph) row.push_back(of.reads_from.value_or("-"));
  if (show_trainable) {
    const bool has_weights = of.layer && !of.layer->weights().empty();
    row.emplace_back(!has_weights ? "-" : of.layer->trainable() ? "Y" : "N");
  }
  return row;
}

/// The lines of a model; those of models within it behind theirs, each level further in.
void append_rows(std::vector<SummaryRow>& rows, const Model& model, bool expand, int level) {
  for (SummaryRow& row : model.summary_rows()) {
    if (level > 0)
      row.name = str(std::string(static_cast<std::size_t>(level) * 3, ' '), "└ ", row.name);
    const auto* const inner = dynamic_cast<const Model*>(row.layer.get());
    rows.push_back(std::move(row));
    if (expand && inner != nullptr) append_rows(rows, *inner, expand, level + 1);
  }
}

/// The places [first, last] of the rows that are shown.
std::pair<std::size_t, std::size_t> shown(const std::vector<SummaryRow>& rows,
                                          const SummaryOptions& options) {
  if (!options.layer_range) return {0, rows.size()};
  const auto place = [&](const std::string& name) {
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
    if (found == rows.end())
      invalid_argument("summary", "layer_range: there is no layer '", name, "'.");
    return static_cast<std::size_t>(found - rows.begin());
  };
  const auto [first, last] = *options.layer_range;
  return std::minmax({place(first), place(last)});
}

}  // namespace

std::string shape_column(const std::vector<Shape>& outputs) {
  std::string all;
  for (const Shape& shape : outputs) all += str(all.empty() ? "" : ", ", shape);
  return outputs.size() == 1 ? all : str("[", all, "]");
}

std::string summary_text(const Model& model, const SummaryOptions& options) {
  std::vector<SummaryRow> rows;
  append_rows(rows, model, options.expand_nested, 0);
  const bool graph = std::any_of(rows.begin(), rows.end(),
                                 [](const auto& row) { return row.reads_from.has_value(); });
  const Table table = table_for(options, graph);
  std::string out = str("Model: \"", model.name(), "\"\n");
  append_rule(out, table, "┏", "━", "┳", "┓");
  append_row(out, table, table.header, "┃", true);
  append_rule(out, table, "┡", "━", "╇", "┩");
  const auto [first, last] = shown(rows, options);
  for (std::size_t i = first; i < rows.size() && i <= last; ++i) {
    if (i != first) append_rule(out, table, "├", "─", "┼", "┤");
    append_row(out, table, cells_of(rows[i], graph, options.show_trainable), "│");
  }
  append_rule(out, table, "└", "─", "┴", "┘");

  Parameters all, trainable, optimizer;
  for (const Variable* variable : model.variables()) all.add(*variable);
  for (const Variable* variable : model.trainable_variables()) trainable.add(*variable);
  const bool has_optimizer = model.compiled() && model.optimizer().built();
  if (has_optimizer) {
    optimizer.count = model.optimizer().count_params();
    optimizer.bytes = 4 * optimizer.count;
  }
  out += total_line("Total", all + optimizer);
  out += total_line("Trainable", trainable);
  out += total_line("Non-trainable", all - trainable);
  if (has_optimizer) out += total_line("Optimizer", optimizer);
  return out;
}

}  // namespace keratin::models
