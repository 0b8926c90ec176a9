// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "keratin/models/model.h"

namespace keratin::callbacks {

/// What the embedding projector of TensorBoard opens: in `folder` a file of tabs and lines for each
/// Embedding of the model, those within other layers too, a line a row; then
/// projector_config.pbtxt, which has each by the name of its layer. `metadata`: by that name, or by
/// "" for all others, the path of a file of what the rows are, from `folder`. Throws FileError.
/// Source: projector_config.proto of TensorBoard.
void write_projector(const models::Model& model, const std::string& folder,
                     const std::map<std::string, std::string>& metadata);

/// Throws std::invalid_argument where `metadata` has a name, other than "", of which the model has
/// no Embedding.
void check_projector(const models::Model& model,
                     const std::map<std::string, std::string>& metadata);

}  // namespace keratin::callbacks
