// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/predict_command.h"

#include <array>
#include <charconv>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/answering.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/id_model.h"
#include "keratin/cli/opened_model.h"
#include "keratin/cli/report.h"
#include "keratin/cli/talk.h"
#include "keratin/formats/json.h"

namespace keratin::cli {
namespace {

void append_number(std::string& out, float value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

/// The row's numbers, of a tensor of any rank.
std::span<const float> row_of(const Tensor& tensor, std::int64_t row) {
  const auto values = tensor.data<float>();
  const auto size = values.size() / static_cast<std::size_t>(tensor.shape()[0]);
  return values.subspan(static_cast<std::size_t>(row) * size, size);
}

/// The values from `values` on, as lists within lists.
Config nested(const Shape& shape, std::size_t depth, std::span<const float>& values) {
  if (depth == shape.rank()) {
    const auto value = static_cast<double>(values.front());
    values = values.subspan(1);
    return value;
  }
  Config::List list;
  for (std::int64_t i = 0; i < shape[depth]; ++i)
    list.emplace_back(nested(shape, depth + 1, values));
  return list;
}

std::string values_text(const Tensors& outputs, std::int64_t row, std::string_view line) {
  std::string out;
  for (const Tensor& output : outputs) {
    std::string_view separator;
    for (const float value : row_of(output, row)) {
      out += separator;
      append_number(out, value);
      separator = " ";
    }
    out += '\t';
  }
  return str(out, one_line(line), "\n");
}

std::string values_json(const std::vector<std::string>& names, const Tensors& outputs,
                        std::int64_t row, std::string_view line) {
  Config::Dict values;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto rest = row_of(outputs[i], row);
    values.emplace_back(i < names.size() ? names[i] : "output",
                        nested(outputs[i].shape(), 1, rest));
  }
  std::string text;
  utf8::append_valid(text, line);
  return formats::dump_json(
             Config::Dict{{"text", std::move(text)}, {"outputs", std::move(values)}}) +
         "\n";
}

void write_values(const PredictCommandOptions& options, const models::Model& model,
                  const Talk& talk) {
  const IdModel ids(model);
  const std::vector<std::string> names = ids.output_names();
  for_lines_of(options.file, talk, [&](std::span<const std::string> lines) {
    std::string text;
    const auto take = [&](std::size_t i, const Tensors& outputs, std::int64_t row) {
      text += options.json ? values_json(names, outputs, row, lines[i])
                           : values_text(outputs, row, lines[i]);
    };
    try {
      ids.run(lines, take);
    } catch (const BadLine&) {  // what came before it is answered
      write_out(text);
      throw;
    }
    write_out(text);
  });
}

}  // namespace

void run_predict(const PredictCommandOptions& options) {
  const Talk talk(options.quiet);
  const OpenedModel opened = open_model(options.model, talk);
  const auto answerer = opened.answerer();
  if (options.values && opened.form)
    throw UsageError("--values is for models of ids; this one has texts and labels.");
  if (options.values || !answerer) {
    if (options.ranking.top != 1 || options.ranking.threshold > 0)
      throw UsageError("--top and --threshold are for classes; this gives the model's values.");
    write_values(options, *opened.model, talk);
    return;
  }
  answer_lines_of(options.file, *answerer, options.ranking, talk,
                  [&](std::span<const std::string> lines, const Answers& answers) {
                    std::string text;
                    for (std::size_t i = 0; i < lines.size(); ++i) {
                      if (!options.json) {
                        append_answer(text, answers[i], answerer->classes(), lines[i]);
                        continue;
                      }
                      text +=
                          formats::dump_json(to_config(answers[i], answerer->classes(), lines[i],
                                                       answers.known_tokens(i), options.ranking));
                      text += '\n';
                    }
                    write_out(text);
                  });
}

}  // namespace keratin::cli
