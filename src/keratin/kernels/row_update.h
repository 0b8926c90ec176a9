// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

/// The formulas of the optimizers on spans of elements: weights w, gradients g, slots. Element i
/// of every span belongs together; spans do not overlap; any length and alignment. Elementwise,
/// without fused multiply-add and in the order of operations written here, so that every
/// instruction set gives the same bits and a span may be cut anywhere. Threads: safe on disjoint
/// spans.
///
/// Formulas: the update_step of Keras's class of that name, some so that torch's are there too.
namespace keratin::kernels {

/// A gradient, the weights that it moves, and their slots, in the order of the formula.
struct UpdatedRow {
  const float* g;
  float* w;
  std::array<float*, 3> slots = {};
};
/// `count` of them, n elements each: a call takes many short rows, or one span of any length.
struct UpdatedRows {
  const UpdatedRow* first;
  std::size_t count;
  std::size_t n;
};

/// w -= g * learning_rate
void sgd_update(const UpdatedRows& rows, float learning_rate);

struct MomentumScalars {
  float momentum;
  float gain;       // Keras: -learning_rate; torch: 1 - dampening
  float rate;       // Keras: 1, nesterov: momentum; torch: -learning_rate, nesterov: times momentum
  float ahead = 0;  // nesterov: -learning_rate
};
/// m = m * momentum + g * gain; w += m * rate, with `nesterov`: w += m * rate + g * ahead
void momentum_update(const UpdatedRows& rows, bool nesterov, const MomentumScalars& s);

struct RMSpropScalars {
  float learning_rate;
  float rho;
  float one_minus_rho;
  float epsilon;
  float momentum;
  float outer_epsilon = 0;  // torch has one, and none under the root
  float rate = 1;           // torch: the learning rate, and that of step is 1
};
/// v = rho * v + (1 - rho) * g^2; step = learning_rate * g / (sqrt(d) + outer_epsilon), d = v +
/// epsilon, or with `average`: average = rho * average + (1 - rho) * g, d = v - average^2 +
/// epsilon. w -= step, or with `m`: m = momentum * m + step, w -= m * rate. Slots: v, then m and
/// average where they are there.
void rmsprop_update(const UpdatedRows& rows, bool m, bool average, const RMSpropScalars& s);

struct AdamScalars {
  float alpha;  // learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
  float one_minus_beta_1;
  float one_minus_beta_2;
  float epsilon;
};
/// m += (g - m) * (1 - beta_1); v += (g^2 - v) * (1 - beta_2); w -= m * alpha / (sqrt(v) + epsilon)
void adam_update(const UpdatedRows& rows, const AdamScalars& s);
/// As adam_update, but v_max = max(v_max, v) stands under the root.
void amsgrad_update(const UpdatedRows& rows, const AdamScalars& s);

struct AdagradScalars {
  float learning_rate;
  float epsilon;
  float outer_epsilon = 0;  // torch has one, and none under the root
};
/// a += g^2; w -= learning_rate * g / (sqrt(a + epsilon) + outer_epsilon)
void adagrad_update(const UpdatedRows& rows, const AdagradScalars& s);

struct AdadeltaScalars {
  float learning_rate;
  float rho;
  float one_minus_rho;
  float epsilon;
};
/// a = rho * a + (1 - rho) * g^2; step = -(sqrt(d + epsilon) * g / sqrt(a + epsilon));
/// d = rho * d + (1 - rho) * step^2; w += learning_rate * step
void adadelta_update(const UpdatedRows& rows, const AdadeltaScalars& s);

struct AdamaxScalars {
  float learning_rate;
  float one_minus_beta_1;
  float beta_2;
  float one_minus_beta_1_power;  // 1 - beta_1^t
  float epsilon;
};
/// m += (g - m) * (1 - beta_1); u = max(beta_2 * u, |g|);
/// w -= learning_rate * m / ((1 - beta_1^t) * (u + epsilon))
void adamax_update(const UpdatedRows& rows, const AdamaxScalars& s);

struct NadamScalars {
  float learning_rate;
  float one_minus_beta_1;
  float one_minus_beta_2;
  float one_minus_beta_2_power;    // 1 - beta_2^t
  float next_u;                    // u_{t+1}
  float one_minus_u;               // 1 - u_t
  float one_minus_u_product;       // 1 - u_1 ... u_t
  float one_minus_next_u_product;  // 1 - u_1 ... u_{t+1}
  float epsilon;
};
/// m += (g - m) * (1 - beta_1); v += (g^2 - v) * (1 - beta_2);
/// m_hat = u_{t+1} * m / (1 - u_1...u_{t+1}) + (1 - u_t) * g / (1 - u_1...u_t);
/// w -= m_hat * learning_rate / (sqrt(v / (1 - beta_2^t)) + epsilon)
void nadam_update(const UpdatedRows& rows, const NadamScalars& s);

struct FtrlScalars {
  float learning_rate;
  float power;  // -learning_rate_power; 0.5 takes the square root
  float l1;
  float twice_l2;  // 2 * (l2 + beta / (2 * learning_rate))
  float twice_shrinkage;
};
/// b = a + g^2; z += g + 2 shrinkage w - (b^power - a^power) / learning_rate * w;
/// w = (clip(z, -l1, l1) - z) / (b^power / learning_rate + 2 l2); a = b
void ftrl_update(const UpdatedRows& rows, const FtrlScalars& s);

struct LionScalars {
  float learning_rate;
  float beta_1;
  float one_minus_beta_1;
  float beta_2;
  float one_minus_beta_2;
};
/// w -= learning_rate * sign(m * beta_1 + g * (1 - beta_1)); m = m * beta_2 + g * (1 - beta_2)
void lion_update(const UpdatedRows& rows, const LionScalars& s);

/// w -= w * rate * learning_rate (weight decay)
void decay_update(float* w, std::size_t n, float rate, float learning_rate);
/// average = momentum * average + (1 - momentum) * w
void average_update(float* average, const float* w, std::size_t n, float momentum);
/// x = x * factor / divisor
void scale_elements(float* x, std::size_t n, float factor, float divisor);
/// x = min(max(x, -limit), limit)
void clip_elements(float* x, std::size_t n, float limit);

}  // namespace keratin::kernels
