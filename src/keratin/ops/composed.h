// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "keratin/graph/tape.h"
#include "keratin/ops/define.h"

/// Ops that are written in other ops, and are one op all the same: one node of a graph under
/// Keras's name, one record of a tape. Not installed.
namespace keratin::ops {

/// A constant of such a composition: float32, ().
inline Value number(float value) { return Tensor::from<float>({value}, Shape{}); }

/// What `compose` makes of the arguments, which are values with elements, and its way back: a tape
/// of its own, which runs when the outer one gets here.
template <class Compose>
Result composed(const Arguments& x, Compose compose) {
  // The outer one may be persistent, and come here again.
  const auto tape = x.wants_any() ? std::make_shared<Tape>(true) : nullptr;
  Values in;
  std::vector<Value> by;
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < x.size(); ++i) {
    in.push_back(x.wants(i) ? tape->watch(x[i]) : Value(x[i]));
    if (!x.wants(i)) continue;
    by.push_back(in[i]);
    wanted.push_back(i);
  }
  const Value y = compose(std::as_const(in));
  Result result{y.tensor()};
  if (tape && y.is_recorded()) {
    result.pullback = [tape, y, by = std::move(by), wanted = std::move(wanted)](Slopes& slopes) {
      std::vector<Tensor> found = tape->slopes(y, slopes.of(), by);
      for (std::size_t i = 0; i < wanted.size(); ++i) slopes.add(wanted[i], std::move(found[i]));
    };
  }
  return result;
}

}  // namespace keratin::ops
