// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/make_sampling_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "keratin/base/error.h"

namespace keratin::utils {

Tensor make_sampling_table(std::int64_t size, double sampling_factor) {
  constexpr std::string_view kMakeSamplingTable = "make_sampling_table";
  constexpr double kGamma = 0.577;
  if (size < 1) {
    invalid_argument(kMakeSamplingTable,
                     "size must be a number of words, 1 at least. Received: ", size);
  }
  if (!(sampling_factor > 0) || !std::isfinite(sampling_factor)) {
    invalid_argument(kMakeSamplingTable,
                     "sampling_factor must be positive and finite. Received: ", sampling_factor);
  }
  Tensor result = Tensor::zeros({size}, DType::kFloat64);
  const auto table = result.data<double>();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double rank = static_cast<double>(std::max<std::size_t>(i, 1));
    const double inverse_frequency = rank * (std::log(rank) + kGamma) + 0.5 - 1.0 / (12.0 * rank);
    const double f = sampling_factor * inverse_frequency;
    table[i] = std::min(1.0, f / std::sqrt(f));
  }
  return result;
}

}  // namespace keratin::utils
