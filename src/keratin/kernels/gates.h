// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// What one step of a recurrent cell does to the sums of its gates, where those go through sigmoid
/// and tanh: both functions, the state and the output in one reading. Rows lie one behind another;
/// a row has the same bits whatever rows are beside it. NaN gives NaN.
namespace keratin::kernels {

/// The gates i, f, c, o of S. Hochreiter, J. Schmidhuber, "Long short-term memory" (1997), as Keras
/// has them: c' = f c + i g, h = o tanh(c').
struct LstmStep {
  std::int64_t rows, units;
  float* gates;           // (rows, 4 units): sums; where tanh_c is given, what they become
  const float* c_before;  // (rows, units)
  float* c;               // (rows, units): may be c_before
  float* tanh_c;          // (rows, units): kept for the way back; may be null
  float* h;               // (rows, units)
};
void lstm_step(const LstmStep& step);

/// The way back through that step.
struct LstmStepBack {
  std::int64_t rows, units;
  const float* gates;     // (rows, 4 units): what lstm_step left
  const float* c_before;  // (rows, units)
  const float* tanh_c;    // (rows, units)
  const float* dh;        // (rows, units): the slope of h
  float* dc;              // (rows, units): in, that of c'; out, that of c
  float* dsums;           // (rows, 4 units): those of the sums
};
void lstm_step_back(const LstmStepBack& step);

/// The gates z, r, h of K. Cho et al. (2014) in the form of cuDNN: the reset gate stands behind the
/// product. h' = z h + (1 - z) tanh(x_h + r s_h), where x are the sums of the inputs and s those of
/// the state.
struct GruStep {
  std::int64_t rows, units;
  float* gates;           // (rows, 3 units): x; where candidate is given, what they become
  const float* sums;      // (rows, 3 units): s
  const float* h_before;  // (rows, units)
  float* candidate;       // (rows, units): s_h, kept for the way back; may be null
  float* h;               // (rows, units): may be h_before
};
void gru_step(const GruStep& step);

struct GruStepBack {
  std::int64_t rows, units;
  const float* gates;      // (rows, 3 units): what gru_step left
  const float* candidate;  // (rows, units)
  const float* h_before;   // (rows, units)
  float* dh;               // (rows, units): in, the slope of h'; out, what of it h has directly
  float* dx;               // (rows, 3 units): the slopes of x
  float* ds;               // (rows, 3 units): those of s
};
void gru_step_back(const GruStepBack& step);

}  // namespace keratin::kernels
