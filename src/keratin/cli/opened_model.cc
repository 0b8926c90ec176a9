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
#include "keratin/models/sequential.h"
#include "keratin/saving/saving.h"

namespace keratin::cli {
namespace {

void check_form(const std::string& path, const models::Model& model, const TextForm& form) {
  const auto layers = model.layers();
  const auto* const row = dynamic_cast<const models::Sequential*>(&model);
  const layers::Embedding* table = nullptr;
  if (row != nullptr && !layers.empty())
    table = dynamic_cast<const layers::Embedding*>(layers.front().get());
  if (table == nullptr || !row->built())
    throw InputError(path,
                     "it has a form of texts, but its model does not begin with an Embedding");
  if (form.encoder.num_ids() > table->input_dim()) {
    throw InputError(path, str("its vocabulary has ", form.encoder.num_ids(),
                               " ids, and its table ", table->input_dim(), " rows"));
  }
  const auto classes = static_cast<std::int64_t>(form.classes.size());
  if (const Shape shape = row->output_shape(); shape != Shape{kNone, classes}) {
    throw InputError(path, str("it names ", classes, " labels, and its model's output is ", shape));
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
