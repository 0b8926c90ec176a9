// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/gates.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/gates.cc"
// What is there once for each instruction set comes behind what begins them.
// clang-format off
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"
#include "keratin/kernels/smooth-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void LstmRows(const LstmStep& s) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    float* const gate = s.gates + r * 4 * s.units;
    const std::int64_t at = r * s.units;
    for_each_vector(s.units, [&](auto d, std::int64_t k) HWY_ATTR {
      const auto i = sigmoid(d, hn::LoadU(d, gate + k));
      const auto f = sigmoid(d, hn::LoadU(d, gate + s.units + k));
      const auto g = tanh(d, hn::LoadU(d, gate + 2 * s.units + k));
      const auto o = sigmoid(d, hn::LoadU(d, gate + 3 * s.units + k));
      const auto c = hn::MulAdd(f, hn::LoadU(d, s.c_before + at + k), hn::Mul(i, g));
      const auto t = tanh(d, c);
      hn::StoreU(c, d, s.c + at + k);
      hn::StoreU(hn::Mul(o, t), d, s.h + at + k);
      if (s.tanh_c == nullptr) return;
      hn::StoreU(t, d, s.tanh_c + at + k);
      hn::StoreU(i, d, gate + k);
      hn::StoreU(f, d, gate + s.units + k);
      hn::StoreU(g, d, gate + 2 * s.units + k);
      hn::StoreU(o, d, gate + 3 * s.units + k);
    });
  }
}

void LstmRowsBack(const LstmStepBack& s) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    const float* const gate = s.gates + r * 4 * s.units;
    float* const out = s.dsums + r * 4 * s.units;
    const std::int64_t at = r * s.units;
    for_each_vector(s.units, [&](auto d, std::int64_t k) HWY_ATTR {
      const auto i = hn::LoadU(d, gate + k);
      const auto f = hn::LoadU(d, gate + s.units + k);
      const auto g = hn::LoadU(d, gate + 2 * s.units + k);
      const auto o = hn::LoadU(d, gate + 3 * s.units + k);
      const auto t = hn::LoadU(d, s.tanh_c + at + k);
      const auto dh = hn::LoadU(d, s.dh + at + k);
      const auto dc = hn::MulAdd(hn::Mul(dh, o), of_tanh(d, t), hn::LoadU(d, s.dc + at + k));
      hn::StoreU(hn::Mul(hn::Mul(dc, g), of_sigmoid(d, i)), d, out + k);
      hn::StoreU(hn::Mul(hn::Mul(dc, hn::LoadU(d, s.c_before + at + k)), of_sigmoid(d, f)), d,
                 out + s.units + k);
      hn::StoreU(hn::Mul(hn::Mul(dc, i), of_tanh(d, g)), d, out + 2 * s.units + k);
      hn::StoreU(hn::Mul(hn::Mul(dh, t), of_sigmoid(d, o)), d, out + 3 * s.units + k);
      hn::StoreU(hn::Mul(dc, f), d, s.dc + at + k);
    });
  }
}

void GruRows(const GruStep& s) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    float* const gate = s.gates + r * 3 * s.units;
    const float* const sum = s.sums + r * 3 * s.units;
    const std::int64_t at = r * s.units;
    for_each_vector(s.units, [&](auto d, std::int64_t k) HWY_ATTR {
      const auto z = sigmoid(d, hn::Add(hn::LoadU(d, gate + k), hn::LoadU(d, sum + k)));
      const auto reset =
          sigmoid(d, hn::Add(hn::LoadU(d, gate + s.units + k), hn::LoadU(d, sum + s.units + k)));
      const auto of_state = hn::LoadU(d, sum + 2 * s.units + k);
      const auto next = tanh(d, hn::MulAdd(reset, of_state, hn::LoadU(d, gate + 2 * s.units + k)));
      const auto before = hn::LoadU(d, s.h_before + at + k);
      const auto rest = hn::Sub(hn::Set(d, 1.0F), z);
      hn::StoreU(hn::MulAdd(z, before, hn::Mul(rest, next)), d, s.h + at + k);
      if (s.candidate == nullptr) return;
      hn::StoreU(of_state, d, s.candidate + at + k);
      hn::StoreU(z, d, gate + k);
      hn::StoreU(reset, d, gate + s.units + k);
      hn::StoreU(next, d, gate + 2 * s.units + k);
    });
  }
}

void GruRowsBack(const GruStepBack& s) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    const float* const gate = s.gates + r * 3 * s.units;
    float* const dx = s.dx + r * 3 * s.units;
    float* const ds = s.ds + r * 3 * s.units;
    const std::int64_t at = r * s.units;
    for_each_vector(s.units, [&](auto d, std::int64_t k) HWY_ATTR {
      const auto z = hn::LoadU(d, gate + k);
      const auto reset = hn::LoadU(d, gate + s.units + k);
      const auto next = hn::LoadU(d, gate + 2 * s.units + k);
      const auto dh = hn::LoadU(d, s.dh + at + k);
      const auto rest = hn::Sub(hn::Set(d, 1.0F), z);
      const auto dnext = hn::Mul(hn::Mul(dh, rest), of_tanh(d, next));
      const auto dz =
          hn::Mul(hn::Mul(dh, hn::Sub(hn::LoadU(d, s.h_before + at + k), next)), of_sigmoid(d, z));
      const auto dreset =
          hn::Mul(hn::Mul(dnext, hn::LoadU(d, s.candidate + at + k)), of_sigmoid(d, reset));
      hn::StoreU(dz, d, dx + k);
      hn::StoreU(dz, d, ds + k);
      hn::StoreU(dreset, d, dx + s.units + k);
      hn::StoreU(dreset, d, ds + s.units + k);
      hn::StoreU(dnext, d, dx + 2 * s.units + k);
      hn::StoreU(hn::Mul(dnext, reset), d, ds + 2 * s.units + k);
      hn::StoreU(hn::Mul(dh, z), d, s.dh + at + k);
    });
  }
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(LstmRows);
HWY_EXPORT(LstmRowsBack);
HWY_EXPORT(GruRows);
HWY_EXPORT(GruRowsBack);

void lstm_step(const LstmStep& step) { HWY_DYNAMIC_DISPATCH(LstmRows)(step); }
void lstm_step_back(const LstmStepBack& step) { HWY_DYNAMIC_DISPATCH(LstmRowsBack)(step); }
void gru_step(const GruStep& step) { HWY_DYNAMIC_DISPATCH(GruRows)(step); }
void gru_step_back(const GruStepBack& step) { HWY_DYNAMIC_DISPATCH(GruRowsBack)(step); }

}  // namespace keratin::kernels
#endif
