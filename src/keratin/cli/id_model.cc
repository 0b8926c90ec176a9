// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/id_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/cli/answering.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/lines.h"
#include "keratin/cli/numbers.h"
#include "keratin/formats/json.h"
#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"

namespace keratin::cli {
namespace {

constexpr std::size_t kLinesTogether = 256;

std::vector<Shape> input_shapes(const models::Model& model) {
  std::vector<Shape> shapes;
  if (const auto* const graph = dynamic_cast<const models::Functional*>(&model)) {
    for (const Value& input : graph->inputs()) shapes.push_back(input.shape());
  } else if (const auto* const row = dynamic_cast<const models::Sequential*>(&model)) {
    if (row->built()) shapes.push_back(row->input_shape());
  }
  return shapes;
}

std::vector<std::string_view> cut(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

void append(const Config& value, Shape& shape, std::size_t depth, std::vector<double>& values) {
  if (!value.is_list()) {
    if (depth != shape.rank()) invalid_argument("ids", "lists of different depths.");
    values.push_back(value.as_double());
    return;
  }
  const auto size = static_cast<std::int64_t>(value.as_list().size());
  if (depth == shape.rank()) {
    if (!values.empty()) invalid_argument("ids", "lists of different depths.");
    shape.push_back(size);
  }
  if (shape[depth] != size) invalid_argument("ids", "lists of different lengths.");
  for (const Config& one : value.as_list()) append(one, shape, depth + 1, values);
}

/// The type that holds all of them: integers where they are whole.
DType type_for(std::span<const double> values) {
  DType type = DType::kInt32;
  for (const double v : values) {
    if (v != std::nearbyint(v) || std::abs(v) > 9007199254740992.0) return DType::kFloat32;
    if (std::abs(v) > std::numeric_limits<std::int32_t>::max()) type = DType::kInt64;
  }
  return type;
}

std::string last_activation(const models::Model& model) {
  const auto layers = model.layers();
  if (layers.empty()) return {};
  if (layers.back()->class_name() == "Softmax") return "softmax";
  const Config config = layers.back()->get_config();
  const Config* const name = config.find("activation");
  return name != nullptr && name->is_string() ? name->as_string() : std::string();
}

std::optional<std::int64_t> output_width(const models::Model& model) {
  Shape shape;
  if (const auto* const graph = dynamic_cast<const models::Functional*>(&model)) {
    if (graph->outputs().size() == 1) shape = graph->output_shape();
  } else if (const auto* const row = dynamic_cast<const models::Sequential*>(&model)) {
    if (row->built()) shape = row->output_shape();
  }
  if (shape.rank() != 2 || shape[1] == kNone) return std::nullopt;
  return shape[1];
}

}  // namespace

IdModel::IdModel(const models::Model& model) : model_(model) {
  for (const Shape& shape : input_shapes(model)) ranks_.push_back(shape.rank() - 1);
  if (model.num_inputs() > 1) names_ = model.input_names();
}

IdModel::Rows IdModel::read_json(const std::string& line) const {
  const Config value = formats::parse_json(line);
  std::vector<const Config*> inputs;
  if (value.is_dict()) {
    if (names_.empty()) invalid_argument("ids", "an object is for a model of several inputs.");
    for (const std::string& name : names_) inputs.push_back(&value.at(name));
    if (value.as_dict().size() != names_.size())
      invalid_argument("ids", "an object must have the inputs and no more. Received: ",
                       value.as_dict().size(), " entries for ", names_.size(), " inputs.");
  } else if (names_.empty()) {
    inputs.push_back(&value);
  } else {
    for (const Config& one : value.as_list()) inputs.push_back(&one);
  }
  Rows rows;
  for (const Config* const input : inputs) {
    Row& row = rows.emplace_back();
    const Config* first = input;
    while (first->is_list() && !first->as_list().empty()) {
      row.shape.push_back(static_cast<std::int64_t>(first->as_list().size()));
      first = &first->as_list().front();
    }
    append(*input, row.shape, 0, row.values);
  }
  return rows;
}

/// Throws std::exception for what is wrong.
IdModel::Rows IdModel::read(const std::string& line) const {
  const std::string_view text = trimmed(line);
  if (text.empty()) invalid_argument("ids", "the line is empty.");
  Rows rows;
  if (text[0] == '[' || text[0] == '{') {
    rows = read_json(std::string(text));
  } else {
    const std::size_t count = std::max<std::size_t>(names_.size(), 1);
    std::vector<std::string_view> fields = {text};
    if (count > 1) fields = cut(text, "\t");
    if (count > 1 && fields.size() != count) fields = cut(text, " ,\t");
    for (const std::string_view field : fields) {
      Row& row = rows.emplace_back();
      for (const std::string_view word : cut(field, " ,\t")) {
        if (word.empty()) continue;
        const auto number = real_number(word);
        if (!number) invalid_argument("ids", "expected numbers. Received: '", word, "'.");
        row.values.push_back(*number);
      }
      row.shape = {static_cast<std::int64_t>(row.values.size())};
    }
  }
  const std::size_t wanted = std::max<std::size_t>(names_.size(), 1);
  if (rows.size() != wanted)
    invalid_argument("ids", "the model has ", wanted, " inputs. Received: ", rows.size(),
                     " parts.");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].values.empty()) invalid_argument("ids", "there is no number.");
    if (i >= ranks_.size()) continue;
    if (ranks_[i] == 0 && rows[i].values.size() == 1) rows[i].shape = {};
    if (ranks_[i] == 1 && rows[i].shape.rank() == 0) rows[i].shape = {1};
  }
  return rows;
}

Tensors IdModel::predict(std::span<const Rows> batch) const {
  std::vector<Tensor> inputs;
  for (std::size_t input = 0; input < batch[0].size(); ++input) {
    std::vector<double> values;
    for (const Rows& rows : batch)
      values.insert(values.end(), rows[input].values.begin(), rows[input].values.end());
    Shape shape = {static_cast<std::int64_t>(batch.size())};
    for (std::size_t d = 0; d < batch[0][input].shape.rank(); ++d)
      shape.push_back(batch[0][input].shape[d]);
    Tensor tensor = Tensor::zeros(shape, type_for(values));
    visit_dtype(tensor.dtype(), [&](auto zero) {
      using T = decltype(zero);
      std::ranges::transform(values, tensor.data<T>().begin(),
                             [](double v) { return static_cast<T>(v); });
    });
    inputs.push_back(std::move(tensor));
  }
  return model_.predict_on_batch(Tensors(std::move(inputs)));
}

void IdModel::run_batch(std::span<const Rows> batch, std::size_t first, const Take& take) const {
  Tensors outputs;
  try {
    outputs = predict(batch);
  } catch (const std::logic_error& error) {
    if (batch.size() == 1) throw BadLine{first, 1, error.what()};
    // One of the lines: by itself it says what is wrong with it.
    for (std::size_t i = 0; i < batch.size(); ++i) run_batch(batch.subspan(i, 1), first + i, take);
    return;
  }
  for (std::size_t i = 0; i < batch.size(); ++i)
    take(first + i, outputs, static_cast<std::int64_t>(i));
}

void IdModel::run(std::span<const std::string> lines, const Take& take) const {
  std::vector<Rows> waiting;
  std::size_t first = 0;
  const auto fits = [&](const Rows& rows) {
    return std::ranges::equal(rows, waiting[0],
                              [](const Row& a, const Row& b) { return a.shape == b.shape; });
  };
  const auto finish = [&] {
    check_interrupt();
    if (!waiting.empty()) run_batch(waiting, first, take);
    waiting.clear();
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Rows rows;
    try {
      rows = read(lines[i]);
    } catch (const std::exception& error) {
      finish();
      throw BadLine{i, 1, error.what()};
    }
    if (!waiting.empty() && (waiting.size() == kLinesTogether || !fits(rows))) finish();
    if (waiting.empty()) first = i;
    waiting.push_back(std::move(rows));
  }
  finish();
}

bool IdAnswerer::fits(const models::Model& model) {
  const std::string last = last_activation(model);
  const auto width = output_width(model);
  return width && ((last == "softmax" && *width > 1) || last == "sigmoid");
}

IdAnswerer::IdAnswerer(const models::Model& model)
    : model_(model), width_(static_cast<std::size_t>(output_width(model).value())) {
  for (std::size_t c = 0; c < std::max<std::size_t>(width_, 2); ++c) classes_.push_back(str(c));
}

Answers IdAnswerer::answers(std::span<const std::string> lines, const Ranking& ranking) const {
  Answers answers;
  std::vector<float> probabilities(classes_.size());
  model_.run(lines, [&](std::size_t, const Tensors& outputs, std::int64_t row) {
    const auto values = outputs.one().data<float>();
    const auto one = values.subspan(static_cast<std::size_t>(row) * width_, width_);
    if (width_ == 1) {
      probabilities = {1 - one[0], one[0]};
    } else {
      std::ranges::copy(one, probabilities.begin());
    }
    answers.add(probabilities, ranking, 1);
  });
  return answers;
}

}  // namespace keratin::cli
