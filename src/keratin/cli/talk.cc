// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/talk.h"

#include <cstdio>

#include "keratin/base/error.h"

namespace keratin::cli {

void Talk::say(std::string_view line) const {
  if (!quiet_) std::fputs(str(line, "\n").c_str(), stderr);
}

}  // namespace keratin::cli
