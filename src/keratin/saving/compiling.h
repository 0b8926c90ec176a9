// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/config.h"
#include "keratin/saving/saving.h"
#include "keratin/trainers/compile_choices.h"

namespace keratin::saving {

/// What compile() takes, from Keras 3's "compile_config". Throws std::invalid_argument, with the
/// place, for what neither `custom` nor the closed lists have. Not installed.
trainers::CompileOptions compile_options_from(const Config& config,
                                              const CustomObjects& custom = {});

}  // namespace keratin::saving
