// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/models/model.h"

/// Models as files and texts. Keras: `keras.saving`.
namespace keratin::saving {

/// How what is read becomes a model.
struct LoadOptions {
  /// By class name, or by Keras's registered name ("package>Class"). They come before the lists.
  std::map<std::string, models::LayerMaker, std::less<>> custom_objects = {};
  /// None: the rule of the Keras that wrote it, or that Keratin wrote beside the config.
  std::optional<MaskPolicy> mask_policy = {};
};

/// The model whose config Model::to_json wrote, here or in any Keras since 1.0, with new weights
/// and not compiled. Throws std::runtime_error for what is no JSON, or nests deeper than 100 lists
/// and dicts, and std::invalid_argument, naming the place, for what is no config of a model.
std::shared_ptr<models::Model> model_from_json(std::string_view json,
                                               const LoadOptions& options = {});

}  // namespace keratin::saving
