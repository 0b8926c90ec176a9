// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/activate.h"

#include "keratin/graph/op.h"

namespace keratin::ops::nn {

Value activate(const std::shared_ptr<const activations::Activation>& activation, const Value& x) {
  return compute({&x}, [&](const Arguments& in) {
    Result result{(*activation)(in[0])};
    if (in.wants_any()) {
      result.pullback = [activation, x = in[0], y = result.outputs[0]](Slopes& slopes) {
        slopes.add(0, activation->gradient(x, y, slopes.of()));
      };
    }
    return result;
  });
}

}  // namespace keratin::ops::nn
