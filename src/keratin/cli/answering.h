// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "keratin/cli/report.h"
#include "keratin/cli/talk.h"
#include "keratin/cli/text_classifier.h"

namespace keratin::cli {

/// Answers each of `texts`, and for "-" the lines of standard input as they come: what is there is
/// answered before more is waited for. Says on a terminal how lines are given, and at the end how
/// many texts hold no token that is known. Throws Interrupted after Ctrl-C.
void answer_texts(const TextClassifier& classifier, const std::vector<std::string>& texts,
                  const Talk& talk, const std::function<void(const std::vector<Answer>&)>& put);

}  // namespace keratin::cli
