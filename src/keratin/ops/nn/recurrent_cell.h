// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "keratin/ops/nn/gate_projection.h"
#include "keratin/ops/nn/recurrent.h"
#include "keratin/tensor/tensor.h"

/// One step of each kind of cell, both ways. Not installed.
namespace keratin::ops::nn {

/// The rows of a step, forwards. A row has `units` floats, and as many for each gate.
struct CellRows {
  std::int64_t count;
  const std::int64_t* samples;
  float* sums;   // of the gates: the inputs' and the bias, in; all of them, out
  float* gates;  // what they become; may be `sums`
  float* aside;  // (rows, units) for the way back, by the cell; null: nobody goes back
  const float* h_before;
  const float* c_before;  // LSTM's
  float* h;               // may be h_before
  float* c;               // may be c_before
  float* scratch;         // (rows, gates)
};

/// The same, backwards.
struct CellRowsBack {
  std::int64_t count;
  const std::int64_t* samples;
  const float* sums;  // null where the cell does not keep them
  const float* gates;
  const float* aside;
  const float* h_before;
  const float* c_before;
  float* dh;       // the slope of h, in; of h_before, out
  float* dc;       // likewise
  float* dsums;    // (rows, gates): those of the sums
  float* dstate;   // (rows, gates): those of the state's part of them, where they differ
  float* scratch;  // (rows, gates)
};

/// What all rows left, for the gradient of the recurrent kernel.
struct CellRecord {
  std::int64_t rows;
  const std::int64_t* samples;  // of each row
  const float* h_before;
  const float* aside;
  const float* dsums;
  const float* dstate;
};

/// A kind of cell with its recurrent kernel. Threads: const, and safe.
class RecurrentCell {
 public:
  virtual ~RecurrentCell() = default;
  /// Whether the way back needs the sums beside what they become.
  virtual bool keeps_sums() const = 0;
  /// Whether the state's part of the sums has slopes of its own.
  virtual bool has_dstate() const { return false; }
  /// Whether steps of other samples may run meanwhile: functions of the user's may not.
  virtual bool runs_on_threads() const = 0;
  virtual void forward(const CellRows& rows) const = 0;
  virtual void back(const CellRowsBack& rows) const = 0;
  virtual Tensor recurrent_gradient(const CellRecord& record) const = 0;
};

/// `kernel`: the recurrent one; `bias` of the recurrent part, or null.
std::unique_ptr<RecurrentCell> make_cell(const Recurrence& recurrence, const Tensor& kernel,
                                         const Tensor& bias, bool way_back);

}  // namespace keratin::ops::nn
