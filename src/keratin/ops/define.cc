// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/define.h"

namespace keratin::ops {

void check_count(const Operation& op, std::size_t wanted, std::size_t count) {
  if (wanted == kSome ? count > 0 : count == wanted) return;
  if (wanted == kSome) refuse(op, "takes one value or more. Received: none.");
  refuse(op, "takes ", wanted, wanted == 1 ? " value" : " values", ". Received: ", count, ".");
}

void refuse_none(const Operation& op) { refuse(op, "a value is none: it has no elements."); }

}  // namespace keratin::ops
