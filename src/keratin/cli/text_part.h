// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "keratin/cli/text_form.h"
#include "keratin/formats/bytes.h"
#include "keratin/saving/saving.h"

/// The text part of a `.keras` archive: docs/formats/text.md.
namespace keratin::cli {

/// What stands beside the model in its archive, so that the form can be had again.
saving::Assets assets_of(const TextForm& form);

/// The form of the texts that the model in that file is for; nothing where the file is no archive
/// or has none. Throws FormatError for one that is damaged or of a newer kind.
std::optional<TextForm> text_form_in(const formats::Bytes& file);

}  // namespace keratin::cli
