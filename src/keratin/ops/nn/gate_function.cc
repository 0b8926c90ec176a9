// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/gate_function.h"

#include <algorithm>
#include <vector>

namespace keratin::ops::nn {
namespace {

std::vector<float> gathered(std::int64_t rows, std::int64_t units, Block<const float> from) {
  std::vector<float> out(static_cast<std::size_t>(rows * units));
  for (std::int64_t r = 0; r < rows; ++r)
    std::copy_n(from.data + r * from.row, units, out.begin() + r * units);
  return out;
}

void scatter(std::int64_t rows, std::int64_t units, const std::vector<float>& from,
             Block<float> to) {
  for (std::int64_t r = 0; r < rows; ++r)
    std::copy_n(from.begin() + r * units, units, to.data + r * to.row);
}

}  // namespace

void GateFunction::apply(std::int64_t rows, Block<const float> x, Block<float> y) const {
  const std::vector<float> in = gathered(rows, units_, x);
  std::vector<float> out(in.size());
  function_->forward(in, Shape{rows, units_}, out);
  scatter(rows, units_, out, y);
}

void GateFunction::back(std::int64_t rows, Block<const float> x, Block<const float> y,
                        Block<const float> dy, Block<float> dx) const {
  const std::vector<float> in = gathered(rows, units_, x);
  const std::vector<float> value = gathered(rows, units_, y);
  const std::vector<float> slope = gathered(rows, units_, dy);
  std::vector<float> out(in.size());
  function_->backward(in, value, slope, Shape{rows, units_}, out);
  scatter(rows, units_, out, dx);
}

}  // namespace keratin::ops::nn
