// SPDX-License-Identifier: Apache-2.0
// `kernel_calls KERNEL TIMES`: calls one kernel so many times, for tools/check_instructions.py to
// count what a call takes.
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "keratin/kernels/row_catch_up.h"
#include "keratin/kernels/row_update.h"
#include "keratin/kernels/rows.h"
#include "keratin/table/unique_rows.h"

namespace kernels = keratin::kernels;
using keratin::Precision;

int main(int argc, char** argv) {
  constexpr std::int64_t kWidth = 64, kRows = 256, kIds = 640, kBags = 64;
  std::vector<float> table(kRows * kWidth, 0.5F), out(kIds * kWidth);
  std::vector<float> w(kWidth, 1.0F), g(kWidth, 0.1F), m(kWidth, 0.1F), v(kWidth, 0.1F);
  std::vector<std::int64_t> ids(kIds), first(kBags + 1);
  std::vector<std::int64_t> far(4096);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(i * i % kRows);
  for (std::size_t i = 0; i < far.size(); ++i)
    far[i] = static_cast<std::int64_t>(i * i * 2654435761U % 10'000'000U);
  for (std::size_t b = 0; b <= kBags; ++b) first[b] = static_cast<std::int64_t>(b * 10);
  const kernels::UpdatedRow row{g.data(), w.data(), {v.data(), m.data()}};
  const kernels::UpdatedRows rows{&row, 1, kWidth};
  const double terms[] = {0.1, 0.2, 0.3, 0.4, 1};

  const auto gather = [&](Precision precision) {
    return [&, precision] {
      kernels::gather_rows({table.data(), precision, kWidth}, ids.data(), kIds, out.data(), false);
    };
  };
  const auto reduce = [&](kernels::Reduction reduction, Precision precision) {
    return [&, reduction, precision] {
      kernels::reduce_rows(reduction, {table.data(), precision, kWidth}, ids.data(), first.data(),
                           kBags, out.data());
    };
  };
  const std::map<std::string, std::function<void()>> calls = {
      {"gather_float32", gather(Precision::kFloat32)},
      {"gather_bfloat16", gather(Precision::kBfloat16)},
      {"gather_float16", gather(Precision::kFloat16)},
      {"sum_float32", reduce(kernels::Reduction::kSum, Precision::kFloat32)},
      {"sum_float16", reduce(kernels::Reduction::kSum, Precision::kFloat16)},
      {"max_float32", reduce(kernels::Reduction::kMax, Precision::kFloat32)},
      {"sum_where_equal",
       [&] {
         kernels::sum_where_equal(w.data(), table.data(), table.data(), kWidth, ids.data(), kIds,
                                  out.data());
       }},
      {"store_bfloat16_stochastic",
       [&] {
         kernels::store_elements_stochastic(Precision::kBfloat16, w.data(), kWidth, 7, out.data());
       }},
      {"store_float16_stochastic",
       [&] {
         kernels::store_elements_stochastic(Precision::kFloat16, w.data(), kWidth, 7, out.data());
       }},
      {"sgd", [&] { kernels::sgd_update(rows, 0.01F); }},
      {"adagrad",
       [&] {
         kernels::adagrad_update(rows, {0.01F, 1e-7F});
       }},
      {"adam",
       [&] {
         kernels::adam_update(rows, {0.001F, 0.1F, 0.001F, 1e-7F});
       }},
      {"drift_quotient",
       [&] {
         const kernels::DriftRow drifting{w.data(), m.data(), v.data(), terms, 1};
         kernels::drift_quotients(&drifting, 1, kWidth, 1e-7F, true, 4);
       }},
      {"decay_elements", [&] { kernels::decay_elements(m.data(), kWidth, 0.999F); }},
      {"unique_rows",
       [&] { keratin::table::unique_rows(far.data(), 4096, std::int64_t{10'000'000}); }}};

  if (argc != 3 || !calls.contains(argv[1])) {
    for (const auto& [name, call] : calls) std::cout << name << '\n';
    return argc == 1 ? 0 : 2;
  }
  for (int i = std::stoi(argv[2]); i > 0; --i) calls.at(argv[1])();
}
