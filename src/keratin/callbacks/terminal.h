// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

/// What standard error can show.
struct Terminal {
  bool moves = false;  // the line can be drawn again: a terminal, and not TERM=dumb
  bool color = false;  // as well, and NO_COLOR is not set (https://no-color.org)
  int columns = 0;     // 0: not known, or no terminal
};
Terminal standard_error();

/// Writes to standard error. Keras writes to standard output; here that belongs to the data.
void write_standard_error(std::string_view text);

/// Writes where the run's params say.
void write(const Params& params, std::string_view text);

}  // namespace keratin::callbacks
