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

constexpr std::size_t kColumns = 3;
using Row = std::array<std::string, kColumns>;
using Widths =
    std::array<std::size_t, kColumns>;  // of the text in a column, without the space around

/// Widths as Keras asks for them (45 %, 35 % and 20 % of the line), and as rich, which draws its
/// table, cuts them: what the borders and spaces take is spread over the columns from the left,
/// halves to even.
Widths column_widths(int line_length) {
  const std::array<double, kColumns> positions = {0.45, 0.80, 1.0};
  constexpr int kSpaces = 2;
  constexpr int kBorders = kColumns + 1;
  std::array<int, kColumns> outer{};
  int current = 0;
  int total = 0;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const int width = static_cast<int>(positions[i] * line_length) - current;
    current += width;
    outer[i] = width + kSpaces;
    total += outer[i];
  }
  int excess = total - (line_length - kBorders);
  Widths widths{};
  for (std::size_t i = 0; i < kColumns; ++i) {
    const int cut = static_cast<int>(
        std::nearbyint(static_cast<double>(excess) / static_cast<double>(kColumns - i)));
    excess -= cut;
    if (outer[i] - cut - kSpaces < 1) {
      invalid_argument("summary",
                       "line_length is too short for the table. Received: ", line_length);
    }
    widths[i] = static_cast<std::size_t>(outer[i] - cut - kSpaces);
  }
  return widths;
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

/// Lines of at most `width` characters, broken at spaces.
std::vector<std::string> wrap(std::string_view text, std::size_t width) {
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

void append_rule(std::string& out, const Widths& widths, std::string_view left,
                 std::string_view line, std::string_view cross, std::string_view right) {
  for (std::size_t i = 0; i < kColumns; ++i) {
    out += i == 0 ? left : cross;
    append_repeated(out, line, widths[i] + 2);
  }
  out += right;
  out += '\n';
}

void append_row(std::string& out, const Widths& widths, const Row& row, std::string_view border) {
  std::array<std::vector<std::string>, kColumns> cells;
  std::size_t height = 0;
  for (std::size_t i = 0; i < kColumns; ++i) {
    cells[i] = wrap(row[i], widths[i]);
    height = std::max(height, cells[i].size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::string text = line < cells[i].size() ? cells[i][line] : std::string();
      const std::string pad = spaces(widths[i] - characters(text));
      const bool right_aligned = i == kColumns - 1;
      out += border;
      out += str(" ", right_aligned ? pad : text, right_aligned ? text : pad, " ");
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

/// "1.12 KB" for the bytes of `count` float32 numbers, as Keras writes them.
std::string memory(std::int64_t count) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KB", "MB", "GB", "TB", "PB"};
  double size = static_cast<double>(count) * 4;
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ", size);
  return text + std::string(kUnits[unit]);
}

std::string total_line(std::string_view what, std::int64_t count) {
  return str(" ", what, " params: ", with_commas(count), " (", memory(count), ")\n");
}

}  // namespace

std::string summary_text(const Model& model, const std::vector<Shape>& output_shapes,
                         const SummaryOptions& options) {
  const Widths widths = column_widths(options.line_length);
  std::string out = str("Model: \"", model.name(), "\"\n");
  append_rule(out, widths, "┏", "━", "┳", "┓");
  append_row(out, widths, {"Layer (type)", "Output Shape", "Param #"}, "┃");
  append_rule(out, widths, "┡", "━", "╇", "┩");
  const auto layers = model.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const layers::Layer& layer = *layers[i];
    if (i != 0) append_rule(out, widths, "├", "─", "┼", "┤");
    append_row(out, widths,
               {str(layer.name(), " (", layer.class_name(), ")"),
                output_shapes.empty() ? std::string("?") : to_string(output_shapes[i]),
                layer.built() ? with_commas(layer.count_params()) : std::string("0 (unbuilt)")},
               "│");
  }
  append_rule(out, widths, "└", "─", "┴", "┘");

  std::int64_t all = 0;
  std::int64_t trainable = 0;
  for (const Variable* variable : model.variables()) all += variable->shape().size();
  for (const Variable* variable : model.trainable_variables())
    trainable += variable->shape().size();
  const bool has_optimizer = model.compiled() && model.optimizer().built();
  const std::int64_t optimizer = has_optimizer ? model.optimizer().count_params() : 0;
  out += total_line("Total", all + optimizer);
  out += total_line("Trainable", trainable);
  out += total_line("Non-trainable", all - trainable);
  if (has_optimizer) out += total_line("Optimizer", optimizer);
  return out;
}

}  // namespace keratin::models
