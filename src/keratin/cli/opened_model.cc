// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/opened_model.h"

#include <stdexcept>

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/id_model.h"
#include "keratin/cli/input.h"
#include "keratin/cli/text_part.h"
#include "keratin/formats/bytes.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/input_layer.h"
#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"
#include "keratin/saving/saving.h"

namespace keratin::cli {
namespace {

/// The Embedding that is the model's first layer, but for input layers; null where another is.
const layers::Embedding* first_table(const models::Model& model) {
  for (const auto& layer : model.layers()) {
    if (dynamic_cast<const layers::InputLayer*>(layer.get()) == nullptr)
      return dynamic_cast<const layers::Embedding*>(layer.get());
  }
  return nullptr;
}

/// Of a model that is built and has one input and one output.
std::optional<Shape> output_shape(const models::Model& model) {
  if (const auto* const row = dynamic_cast<const models::Sequential*>(&model))
    return row->built() ? std::optional(row->output_shape()) : std::nullopt;
  const auto* const graph = dynamic_cast<const models::Functional*>(&model);
  if (graph == nullptr || graph->num_inputs() != 1 || graph->outputs().size() != 1)
    return std::nullopt;
  return graph->output_shape();
}

void check_form(const std::string& path, const models::Model& model, const TextForm& form) {
  const layers::Embedding* const table = first_table(model);
  const auto output = output_shape(model);
  if (table == nullptr || !output)
    throw InputError(path,
                     "it has a form of texts, but its model does not begin with an Embedding");
  if (form.encoder.num_ids() > table->input_dim()) {
    throw InputError(path, str("its vocabulary has ", form.encoder.num_ids(),
                               " ids, and its table ", table->input_dim(), " rows"));
  }
  const auto classes = static_cast<std::int64_t>(form.classes.size());
  if (*output != Shape{kNone, classes}) {
    throw InputError(path,
                     str("it names ", classes, " labels, and its model's output is ", *output));
  }
}

}  // namespace

std::unique_ptr<Answerer> OpenedModel::answerer() const {
  if (form) return std::make_unique<TextAnswerer>(*model, *form);
  if (IdAnswerer::fits(*model)) return std::make_unique<IdAnswerer>(*model);
  return nullptr;
}

OpenedModel open_model(const std::string& path, const Talk& talk, bool compile) {
  if (path == kStandardInput) throw UsageError("a model is read from a file, not from '-'.");
  const auto bytes = formats::Bytes::open(path);
  OpenedModel opened;
  try {
    opened.model = saving::load_model(
        path, {.compile = compile,
               .warn = [&](std::string_view text) { talk.say(str("note: ", path, ": ", text)); }});
  } catch (const std::logic_error& error) {
    throw InputError(path, error.what());
  }
  opened.form = text_form_in(bytes);
  if (opened.form) check_form(path, *opened.model, *opened.form);
  return opened;
}

}  // namespace keratin::cli
