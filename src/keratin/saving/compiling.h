// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/config.h"
#include "keratin/trainers/compile_choices.h"

namespace keratin::saving {

/// What compile() takes, from Keras 3's "compile_config". Throws std::invalid_argument, with the
/// place, for what the closed lists do not have. Not installed.
trainers::CompileOptions compile_options_from(const Config& config);

}  // namespace keratin::saving
