// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "keratin/cli/answers.h"
#include "keratin/cli/talk.h"
#include "keratin/cli/text_form.h"
#include "keratin/models/model.h"

namespace keratin::cli {

/// A model from a file, with the form of its texts where the file has one.
struct OpenedModel {
  std::shared_ptr<models::Model> model;
  std::optional<TextForm> form = {};

  /// Of texts, where there is a form; of ids, where the outputs are probabilities of classes; else
  /// null. Good as long as this is.
  std::unique_ptr<Answerer> answerer() const;
};

/// Says what is odd in the file. `compile`: with its optimizer and the state of that. Throws
/// FileError and FormatError, and InputError for a model that cannot be made here and a form that
/// is not the model's.
OpenedModel open_model(const std::string& path, const Talk& talk, bool compile = false);

}  // namespace keratin::cli
