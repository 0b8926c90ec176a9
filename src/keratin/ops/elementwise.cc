// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/elementwise.h"

#include <cmath>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"

namespace keratin::ops {
namespace {

/// A smooth function: F has kName, `value(x)`, and its derivative as `slope(x)`, or as
/// `slope_from(y)` where that is what is at hand.
template <class F>
struct Smooth final : NamedOp<Smooth<F>> {
  static constexpr std::string_view kName = F::kName;
  std::vector<Spec> output_spec(const Inputs& inputs) const { return {{inputs[0].shape()}}; }
  Result compute(const Arguments& x) const {
    const Tensor input = cast(x[0], DType::kFloat32);
    Result result{map_floats(
        input.shape(), [](float v) { return F::value(v); }, input)};
    if (!x.wants_any()) return result;
    if constexpr (requires { F::slope_from(0.0f); }) {
      result.pullback = [y = result.outputs[0]](Slopes& slopes) {
        slopes.add(0, map_floats(
                          y.shape(), [](float g, float v) { return g * F::slope_from(v); },
                          slopes.of(), y));
      };
    } else {
      result.pullback = [input](Slopes& slopes) {
        slopes.add(0, map_floats(
                          input.shape(), [](float g, float v) { return g * F::slope(v); },
                          slopes.of(), input));
      };
    }
    return result;
  }
};

struct ExpFormula {
  static constexpr std::string_view kName = "Exp";
  static float value(float x) { return std::exp(x); }
  static float slope_from(float y) { return y; }
};
using Exp = Smooth<ExpFormula>;

}  // namespace

OpEntries elementwise_ops() { return op_entries<Exp>(); }

Value exp(const Value& x) { return apply_op(the_op<Exp>(), x); }

}  // namespace keratin::ops
