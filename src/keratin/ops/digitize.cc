// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/digitize.h"

#include <algorithm>
#include <cmath>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"

namespace keratin::ops {
namespace {

struct Digitize final : NamedOp<Digitize> {
  static constexpr std::string_view kName = "Digitize";
  static constexpr std::size_t kInputs = 2;
  void check(const Shape& bins) const {
    if (bins.rank() != 1) refuse(*this, "bins must have one axis. Received: shape ", bins, ".");
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    check(x[1].shape());
    return {{x[0].shape(), DType::kInt32}};
  }
  Result compute(const Arguments& x) const {
    check(x[1].shape());
    const Tensor bins = cast(x[1], DType::kFloat32);
    const float* first = bins.data<float>().data();
    const float* last = first + bins.size();
    const auto place = [=](float v) {
      return static_cast<std::int32_t>((std::isnan(v) ? last : std::upper_bound(first, last, v)) -
                                       first);
    };
    return {map_elements<std::int32_t, float>(x[0].shape(), DType::kInt32, place,
                                              cast(x[0], DType::kFloat32))};
  }
};

}  // namespace

OpEntries digitize_ops() { return op_entries<Digitize>(); }

Value digitize(const Value& x, const Value& bins) {
  return apply_op(the_op<Digitize>(), Values{x, bins});
}

}  // namespace keratin::ops
