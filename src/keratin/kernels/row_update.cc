// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/row_update.h"

#include <array>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/row_update.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class V>
using Tag = hn::DFromV<V>;

template <class V>
HWY_INLINE V constant(float value) {
  return hn::Set(Tag<V>(), value);
}

/// One vector of `rule`: loads the elements of g and of each state, lets the rule change the state,
/// stores it.
template <class D, class Rule, class... State>
HWY_INLINE void update_vector(D d, const Rule& rule, const float* g, State*... state) {
  auto change = [&](auto... values) HWY_ATTR {
    rule(hn::LoadU(d, g), values...);
    (hn::StoreU(values, d, state), ...);
  };
  change(hn::LoadU(d, state)...);
}

/// The rule on n elements: whole vectors, then one element at a time. Nothing outside the spans is
/// read or written.
template <class Rule, class... State>
HWY_INLINE void update_span(const Rule rule, std::size_t n, const float* g, State*... state) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) update_vector(d, rule, g + i, (state + i)...);
  const hn::CappedTag<float, 1> one;
  for (; i < n; ++i) update_vector(one, rule, g + i, (state + i)...);
}

/// The rule on every row, with the slots of these numbers.
template <std::size_t... kSlots, class Rule>
HWY_INLINE void update_rows(const Rule rule, const UpdatedRows& rows) {
  for (const UpdatedRow* row = rows.first; row != rows.first + rows.count; ++row)
    update_span(rule, rows.n, row->g, row->w, row->slots[kSlots]...);
}

struct SgdRule {
  float learning_rate;
  template <class V>
  HWY_INLINE void operator()(V g, V& w) const {
    w = hn::Sub(w, hn::Mul(g, constant<V>(learning_rate)));
  }
};

template <bool kNesterov>
struct MomentumRule {
  MomentumScalars s;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& m) const {
    m = hn::Add(hn::Mul(m, constant<V>(s.momentum)), hn::Mul(g, constant<V>(s.gain)));
    const V step = hn::Mul(m, constant<V>(s.rate));
    w = hn::Add(w, kNesterov ? hn::Add(step, hn::Mul(g, constant<V>(s.ahead))) : step);
  }
};

struct RMSpropRule {
  RMSpropScalars s;

  template <class V>
  HWY_INLINE V decayed(V average, V x) const {
    return hn::Add(hn::Mul(constant<V>(s.rho), average), hn::Mul(constant<V>(s.one_minus_rho), x));
  }
  template <class V>
  HWY_INLINE V step(V g, V denominator) const {
    const V root = hn::Add(hn::Sqrt(denominator), constant<V>(s.outer_epsilon));
    return hn::Div(hn::Mul(constant<V>(s.learning_rate), g), root);
  }
  template <class V>
  HWY_INLINE V plain_step(V g, V& v) const {
    v = decayed(v, hn::Mul(g, g));
    return step(g, hn::Add(v, constant<V>(s.epsilon)));
  }
  template <class V>
  HWY_INLINE V centered_step(V g, V& v, V& average) const {
    v = decayed(v, hn::Mul(g, g));
    average = decayed(average, g);
    return step(g, hn::Add(hn::Sub(v, hn::Mul(average, average)), constant<V>(s.epsilon)));
  }
  template <class V>
  HWY_INLINE void move(V step, V& w, V& m) const {
    m = hn::Add(hn::Mul(constant<V>(s.momentum), m), step);
    w = hn::Sub(w, hn::Mul(m, constant<V>(s.rate)));
  }
};

struct RMSpropPlain : RMSpropRule {
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& v) const {
    w = hn::Sub(w, plain_step(g, v));
  }
};
struct RMSpropMomentum : RMSpropRule {
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& v, V& m) const {
    move(plain_step(g, v), w, m);
  }
};
struct RMSpropCentered : RMSpropRule {
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& v, V& a) const {
    w = hn::Sub(w, centered_step(g, v, a));
  }
};
struct RMSpropCenteredMomentum : RMSpropRule {
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& v, V& a, V& m) const {
    move(centered_step(g, v, a), w, m);
  }
};

/// average += (x - average) * rate
template <class V>
HWY_INLINE V approach(V average, V x, float rate) {
  return hn::Add(average, hn::Mul(hn::Sub(x, average), constant<V>(rate)));
}

struct AdamRule {
  AdamScalars s;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& m, V& v) const {
    m = approach(m, g, s.one_minus_beta_1);
    v = approach(v, hn::Mul(g, g), s.one_minus_beta_2);
    move(w, m, v);
  }
  template <class V>
  HWY_INLINE void move(V& w, V m, V v) const {
    const V root = hn::Add(hn::Sqrt(v), constant<V>(s.epsilon));
    w = hn::Sub(w, hn::Div(hn::Mul(m, constant<V>(s.alpha)), root));
  }
};
struct AmsgradRule {
  AdamRule adam;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& m, V& v, V& v_max) const {
    m = approach(m, g, adam.s.one_minus_beta_1);
    v = approach(v, hn::Mul(g, g), adam.s.one_minus_beta_2);
    v_max = hn::Max(v_max, v);
    adam.move(w, m, v_max);
  }
};

struct AdagradRule {
  AdagradScalars s;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& a) const {
    a = hn::Add(a, hn::Mul(g, g));
    const V root =
        hn::Add(hn::Sqrt(hn::Add(a, constant<V>(s.epsilon))), constant<V>(s.outer_epsilon));
    w = hn::Sub(w, hn::Div(hn::Mul(constant<V>(s.learning_rate), g), root));
  }
};

struct AdadeltaRule {
  AdadeltaScalars s;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& a, V& d) const {
    const V rho = constant<V>(s.rho);
    const V rest = constant<V>(s.one_minus_rho);
    const V epsilon = constant<V>(s.epsilon);
    a = hn::Add(hn::Mul(rho, a), hn::Mul(rest, hn::Mul(g, g)));
    const V step =
        hn::Neg(hn::Div(hn::Mul(hn::Sqrt(hn::Add(d, epsilon)), g), hn::Sqrt(hn::Add(a, epsilon))));
    d = hn::Add(hn::Mul(rho, d), hn::Mul(rest, hn::Mul(step, step)));
    w = hn::Add(w, hn::Mul(constant<V>(s.learning_rate), step));
  }
};

struct AdamaxRule {
  AdamaxScalars s;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& m, V& u) const {
    m = approach(m, g, s.one_minus_beta_1);
    u = hn::Max(hn::Mul(constant<V>(s.beta_2), u), hn::Abs(g));
    const V scale =
        hn::Mul(constant<V>(s.one_minus_beta_1_power), hn::Add(u, constant<V>(s.epsilon)));
    w = hn::Sub(w, hn::Div(hn::Mul(constant<V>(s.learning_rate), m), scale));
  }
};

struct NadamRule {
  NadamScalars s;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& m, V& v) const {
    m = approach(m, g, s.one_minus_beta_1);
    v = approach(v, hn::Mul(g, g), s.one_minus_beta_2);
    const V ahead =
        hn::Div(hn::Mul(constant<V>(s.next_u), m), constant<V>(s.one_minus_next_u_product));
    const V now =
        hn::Div(hn::Mul(constant<V>(s.one_minus_u), g), constant<V>(s.one_minus_u_product));
    const V root = hn::Sqrt(hn::Div(v, constant<V>(s.one_minus_beta_2_power)));
    const V step = hn::Mul(hn::Add(ahead, now), constant<V>(s.learning_rate));
    w = hn::Sub(w, hn::Div(step, hn::Add(root, constant<V>(s.epsilon))));
  }
};

/// Ftrl with the usual learning_rate_power of -0.5.
struct FtrlRule {
  FtrlScalars s;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& a, V& z) const {
    const V rate = constant<V>(s.learning_rate);
    const V grown = hn::Add(a, hn::Mul(g, g));
    const V root = hn::Sqrt(grown);
    const V shrunk = hn::Add(g, hn::Mul(constant<V>(s.twice_shrinkage), w));
    z = hn::Add(z, hn::Sub(shrunk, hn::Mul(hn::Div(hn::Sub(root, hn::Sqrt(a)), rate), w)));
    const V quadratic = hn::Add(hn::Div(root, rate), constant<V>(s.twice_l2));
    const V clipped = hn::Max(constant<V>(-s.l1), hn::Min(constant<V>(s.l1), z));
    w = hn::Div(hn::Sub(clipped, z), quadratic);
    a = grown;
  }
};

struct LionRule {
  LionScalars s;
  template <class V>
  HWY_INLINE void operator()(V g, V& w, V& m) const {
    const V c =
        hn::Add(hn::Mul(m, constant<V>(s.beta_1)), hn::Mul(g, constant<V>(s.one_minus_beta_1)));
    const V zero = constant<V>(0.0f);
    const V negative = hn::IfThenElse(hn::Lt(c, zero), constant<V>(-1.0f), c);  // 0 and NaN stay
    const V sign = hn::IfThenElse(hn::Gt(c, zero), constant<V>(1.0f), negative);
    w = hn::Sub(w, hn::Mul(constant<V>(s.learning_rate), sign));
    m = hn::Add(hn::Mul(m, constant<V>(s.beta_2)), hn::Mul(g, constant<V>(s.one_minus_beta_2)));
  }
};

struct DecayRule {
  float rate;
  float learning_rate;
  template <class V>
  HWY_INLINE void operator()(V, V& w) const {
    w = hn::Sub(w, hn::Mul(hn::Mul(w, constant<V>(rate)), constant<V>(learning_rate)));
  }
};

struct AverageRule {
  float momentum;
  template <class V>
  HWY_INLINE void operator()(V w, V& average) const {
    average =
        hn::Add(hn::Mul(constant<V>(momentum), average), hn::Mul(constant<V>(1.0f - momentum), w));
  }
};

struct ScaleRule {
  float factor;
  float divisor;
  template <class V>
  HWY_INLINE void operator()(V, V& x) const {
    x = hn::Div(hn::Mul(x, constant<V>(factor)), constant<V>(divisor));
  }
};

struct ClipRule {
  float limit;
  template <class V>
  HWY_INLINE void operator()(V, V& x) const {
    x = hn::Max(constant<V>(-limit), hn::Min(constant<V>(limit), x));
  }
};

// What is exported and chosen at run time: one function a kernel.

void Sgd(const UpdatedRows& rows, float rate) { update_rows<>(SgdRule{rate}, rows); }
void Momentum(const UpdatedRows& rows, bool nesterov, const MomentumScalars& s) {
  if (nesterov) {
    update_rows<0>(MomentumRule<true>{s}, rows);
  } else {
    update_rows<0>(MomentumRule<false>{s}, rows);
  }
}
void RMSprop(const UpdatedRows& rows, bool m, bool average, const RMSpropScalars& s) {
  if (average && m) {
    update_rows<0, 2, 1>(RMSpropCenteredMomentum{{s}}, rows);
  } else if (average) {
    update_rows<0, 1>(RMSpropCentered{{s}}, rows);
  } else if (m) {
    update_rows<0, 1>(RMSpropMomentum{{s}}, rows);
  } else {
    update_rows<0>(RMSpropPlain{{s}}, rows);
  }
}
void Adam(const UpdatedRows& rows, const AdamScalars& s) { update_rows<0, 1>(AdamRule{s}, rows); }
void Amsgrad(const UpdatedRows& rows, const AdamScalars& s) {
  update_rows<0, 1, 2>(AmsgradRule{{s}}, rows);
}
void Adagrad(const UpdatedRows& rows, const AdagradScalars& s) {
  update_rows<0>(AdagradRule{s}, rows);
}
void Adadelta(const UpdatedRows& rows, const AdadeltaScalars& s) {
  update_rows<0, 1>(AdadeltaRule{s}, rows);
}
void Adamax(const UpdatedRows& rows, const AdamaxScalars& s) {
  update_rows<0, 1>(AdamaxRule{s}, rows);
}
void Nadam(const UpdatedRows& rows, const NadamScalars& s) {
  update_rows<0, 1>(NadamRule{s}, rows);
}
void Ftrl(const UpdatedRows& rows, const FtrlScalars& s) { update_rows<0, 1>(FtrlRule{s}, rows); }
void Lion(const UpdatedRows& rows, const LionScalars& s) { update_rows<0>(LionRule{s}, rows); }
void Decay(float* w, std::size_t n, float rate, float learning_rate) {
  update_span(DecayRule{rate, learning_rate}, n, w, w);
}
void Average(float* average, const float* w, std::size_t n, float momentum) {
  update_span(AverageRule{momentum}, n, w, average);
}
void Scale(float* x, std::size_t n, float factor, float divisor) {
  update_span(ScaleRule{factor, divisor}, n, x, x);
}
void Clip(float* x, std::size_t n, float limit) { update_span(ClipRule{limit}, n, x, x); }

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(Sgd);
HWY_EXPORT(Momentum);
HWY_EXPORT(RMSprop);
HWY_EXPORT(Adam);
HWY_EXPORT(Amsgrad);
HWY_EXPORT(Adagrad);
HWY_EXPORT(Adadelta);
HWY_EXPORT(Adamax);
HWY_EXPORT(Nadam);
HWY_EXPORT(Ftrl);
HWY_EXPORT(Lion);
HWY_EXPORT(Decay);
HWY_EXPORT(Average);
HWY_EXPORT(Scale);
HWY_EXPORT(Clip);

void sgd_update(const UpdatedRows& rows, float learning_rate) {
  HWY_DYNAMIC_DISPATCH(Sgd)(rows, learning_rate);
}
void momentum_update(const UpdatedRows& rows, bool nesterov, const MomentumScalars& s) {
  HWY_DYNAMIC_DISPATCH(Momentum)(rows, nesterov, s);
}
void rmsprop_update(const UpdatedRows& rows, bool m, bool average, const RMSpropScalars& s) {
  HWY_DYNAMIC_DISPATCH(RMSprop)(rows, m, average, s);
}
void adam_update(const UpdatedRows& rows, const AdamScalars& s) {
  HWY_DYNAMIC_DISPATCH(Adam)(rows, s);
}
void amsgrad_update(const UpdatedRows& rows, const AdamScalars& s) {
  HWY_DYNAMIC_DISPATCH(Amsgrad)(rows, s);
}
void adagrad_update(const UpdatedRows& rows, const AdagradScalars& s) {
  HWY_DYNAMIC_DISPATCH(Adagrad)(rows, s);
}
void adadelta_update(const UpdatedRows& rows, const AdadeltaScalars& s) {
  HWY_DYNAMIC_DISPATCH(Adadelta)(rows, s);
}
void adamax_update(const UpdatedRows& rows, const AdamaxScalars& s) {
  HWY_DYNAMIC_DISPATCH(Adamax)(rows, s);
}
void nadam_update(const UpdatedRows& rows, const NadamScalars& s) {
  HWY_DYNAMIC_DISPATCH(Nadam)(rows, s);
}
void ftrl_update(const UpdatedRows& rows, const FtrlScalars& s) {
  if (s.power == 0.5f) return HWY_DYNAMIC_DISPATCH(Ftrl)(rows, s);
  // Any other power is rare, and its cost is that of pow itself.
  for (const UpdatedRow* row = rows.first; row != rows.first + rows.count; ++row) {
    const auto [g, w, slots] = *row;
    float* const a = slots[0];
    float* const z = slots[1];
    for (std::size_t i = 0; i < rows.n; ++i) {
      const float grown = a[i] + g[i] * g[i];
      const float grown_power = std::pow(grown, s.power);
      const float shrunk = g[i] + s.twice_shrinkage * w[i];
      z[i] += shrunk - (grown_power - std::pow(a[i], s.power)) / s.learning_rate * w[i];
      const float clipped = std::fmax(-s.l1, std::fmin(s.l1, z[i]));
      w[i] = (clipped - z[i]) / (grown_power / s.learning_rate + s.twice_l2);
      a[i] = grown;
    }
  }
}
void lion_update(const UpdatedRows& rows, const LionScalars& s) {
  HWY_DYNAMIC_DISPATCH(Lion)(rows, s);
}
void decay_update(float* w, std::size_t n, float rate, float learning_rate) {
  HWY_DYNAMIC_DISPATCH(Decay)(w, n, rate, learning_rate);
}
void average_update(float* average, const float* w, std::size_t n, float momentum) {
  HWY_DYNAMIC_DISPATCH(Average)(average, w, n, momentum);
}
void scale_elements(float* x, std::size_t n, float factor, float divisor) {
  HWY_DYNAMIC_DISPATCH(Scale)(x, n, factor, divisor);
}
void clip_elements(float* x, std::size_t n, float limit) {
  HWY_DYNAMIC_DISPATCH(Clip)(x, n, limit);
}

}  // namespace keratin::kernels
#endif  // HWY_ONCE
