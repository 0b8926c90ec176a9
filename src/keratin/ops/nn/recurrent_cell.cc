// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/recurrent_cell.h"

#include <algorithm>
#include <utility>

#include "keratin/activations/activations.h"
#include "keratin/kernels/gates.h"
#include "keratin/kernels/smooth.h"
#include "keratin/ops/nn/gate_function.h"

namespace keratin::ops::nn {
namespace {

/// What rows of `gates` gates, side by side, have of one.
template <class T>
Block<T> block_of(T* rows, int gate, std::int64_t gates, std::int64_t units) {
  return {rows + gate * units, gates * units};
}

/// From the slopes behind a gate's function, which are in dsums, to those of its sums.
void through(const GateFunction& f, const CellRowsBack& rows, int gate, std::int64_t gates,
             std::int64_t units) {
  const auto block = [&](auto* of) { return block_of(of, gate, gates, units); };
  const Block<const float> slope = {block(rows.dsums).data, gates * units};
  f.back(rows.count, block(rows.sums), block(rows.gates), slope, block(rows.dsums));
}

/// All recurrent sums go into those of the inputs, and are taken back from them: the cells whose
/// gates see one sum each.
class OneSum : public RecurrentCell {
 public:
  OneSum(const Recurrence& r, const Tensor& kernel, bool way_back)
      : units_(r.units),
        gates_(gates_of(r.kind)),
        state_(kernel, r.units, 0, gates_, r.recurrent_masks, way_back) {}

  void forward(const CellRows& rows) const override {
    state_.multiply(rows.h_before, rows.samples, rows.count, true, rows.sums);
    close(rows);
  }
  void back(const CellRowsBack& rows) const override {
    close_back(rows);
    state_.multiply_back(rows.dsums, rows.samples, rows.count, false, rows.dh);
  }
  Tensor recurrent_gradient(const CellRecord& record) const override {
    Tensor gradient = Tensor::zeros({units_, gates_ * units_});
    state_.write_gradient(record.h_before, record.samples, record.dsums, record.rows, gradient);
    return gradient;
  }

 protected:
  /// From the sums to h and c; and from the slopes of those to the slopes of the sums.
  virtual void close(const CellRows& rows) const = 0;
  virtual void close_back(const CellRowsBack& rows) const = 0;

  std::int64_t units_, gates_;

 private:
  GateProjection state_;
};

class TanhSimple final : public OneSum {
 public:
  using OneSum::OneSum;
  bool keeps_sums() const override { return false; }
  bool runs_on_threads() const override { return true; }

 private:
  void close(const CellRows& rows) const override {
    kernels::tanh(rows.count * units_, rows.sums, rows.sums);
    std::copy_n(rows.sums, rows.count * units_, rows.h);
  }
  void close_back(const CellRowsBack& rows) const override {
    kernels::tanh_back(rows.count * units_, rows.gates, rows.dh, rows.dsums);
  }
};

class AnySimple final : public OneSum {
 public:
  AnySimple(const Recurrence& r, const Tensor& kernel, bool way_back)
      : OneSum(r, kernel, way_back), function_(r.activation, r.units) {}
  bool keeps_sums() const override { return true; }
  bool runs_on_threads() const override { return false; }

 private:
  void close(const CellRows& rows) const override {
    function_.apply(rows.count, {rows.sums, units_}, {rows.gates, units_});
    std::copy_n(rows.gates, rows.count * units_, rows.h);
  }
  void close_back(const CellRowsBack& rows) const override {
    function_.back(rows.count, {rows.sums, units_}, {rows.gates, units_}, {rows.dh, units_},
                   {rows.dsums, units_});
  }
  GateFunction function_;
};

class SigmoidLstm final : public OneSum {
 public:
  using OneSum::OneSum;
  bool keeps_sums() const override { return false; }
  bool runs_on_threads() const override { return true; }

 private:
  void close(const CellRows& rows) const override {
    kernels::lstm_step({rows.count, units_, rows.sums, rows.c_before, rows.c, rows.aside, rows.h});
  }
  void close_back(const CellRowsBack& rows) const override {
    kernels::lstm_step_back(
        {rows.count, units_, rows.gates, rows.c_before, rows.aside, rows.dh, rows.dc, rows.dsums});
  }
};

class AnyLstm final : public OneSum {
 public:
  AnyLstm(const Recurrence& r, const Tensor& kernel, bool way_back)
      : OneSum(r, kernel, way_back),
        function_(r.activation, r.units),
        gate_(r.recurrent_activation, r.units) {}
  bool keeps_sums() const override { return true; }
  bool runs_on_threads() const override { return false; }

 private:
  enum Gate { kI, kF, kC, kO };

  const GateFunction& of(int gate) const { return gate == kC ? function_ : gate_; }
  template <class T>
  Block<T> block(T* rows, int gate) const {
    return block_of(rows, gate, 4, units_);
  }

  void close(const CellRows& rows) const override {
    for (int g = kI; g <= kO; ++g) {
      of(g).apply(rows.count, {rows.sums + g * units_, 4 * units_}, block(rows.gates, g));
    }
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const float* const gate = rows.gates + r * 4 * units_;
      for (std::int64_t j = 0; j < units_; ++j) {
        const std::int64_t at = r * units_ + j;
        rows.c[at] = gate[units_ + j] * rows.c_before[at] + gate[j] * gate[2 * units_ + j];
      }
    }
    float* const of_c = rows.aside != nullptr ? rows.aside : rows.h;
    function_.apply(rows.count, {rows.c, units_}, {of_c, units_});
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const float* const o = rows.gates + (r * 4 + kO) * units_;
      for (std::int64_t j = 0; j < units_; ++j)
        rows.h[r * units_ + j] = o[j] * of_c[r * units_ + j];
    }
  }

  void close_back(const CellRowsBack& rows) const override {
    // What is behind the functions goes where the slopes of the sums will be.
    std::vector<float> c(static_cast<std::size_t>(rows.count * units_)), dc(c.size());
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const float* const gate = rows.gates + r * 4 * units_;
      for (std::int64_t j = 0; j < units_; ++j) {
        const std::int64_t at = r * units_ + j;
        const auto i = static_cast<std::size_t>(at);
        c[i] = gate[units_ + j] * rows.c_before[at] + gate[j] * gate[2 * units_ + j];
        dc[i] = rows.dh[at] * gate[kO * units_ + j];
      }
    }
    function_.back(rows.count, {c.data(), units_}, {rows.aside, units_}, {dc.data(), units_},
                   {dc.data(), units_});
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const float* const gate = rows.gates + r * 4 * units_;
      float* const slope = rows.dsums + r * 4 * units_;
      for (std::int64_t j = 0; j < units_; ++j) {
        const std::int64_t at = r * units_ + j;
        const float of_c = dc[static_cast<std::size_t>(at)] + rows.dc[at];
        slope[j] = of_c * gate[2 * units_ + j];
        slope[units_ + j] = of_c * rows.c_before[at];
        slope[2 * units_ + j] = of_c * gate[j];
        slope[3 * units_ + j] = rows.dh[at] * rows.aside[at];
        rows.dc[at] = of_c * gate[units_ + j];
      }
    }
    for (int g = kI; g <= kO; ++g) through(of(g), rows, g, 4, units_);
  }

  GateFunction function_, gate_;
};

class Gru : public RecurrentCell {
 public:
  Gru(const Recurrence& r, const Tensor& kernel, const Tensor& bias, bool way_back)
      : units_(r.units), state_(kernel, r.units, 0, 3, r.recurrent_masks, way_back), bias_(bias) {}
  bool has_dstate() const override { return true; }
  void back(const CellRowsBack& rows) const override {
    close_back(rows);
    state_.multiply_back(rows.dstate, rows.samples, rows.count, true, rows.dh);
  }
  void forward(const CellRows& rows) const override {
    if (bias_) {
      for (std::int64_t r = 0; r < rows.count; ++r) {
        std::copy_n(std::as_const(bias_).data<float>().data() + 3 * units_, 3 * units_,
                    rows.scratch + r * 3 * units_);
      }
    }
    state_.multiply(rows.h_before, rows.samples, rows.count, static_cast<bool>(bias_),
                    rows.scratch);
    close(rows);
  }
  Tensor recurrent_gradient(const CellRecord& record) const override {
    Tensor gradient = Tensor::zeros({units_, 3 * units_});
    state_.write_gradient(record.h_before, record.samples, record.dstate, record.rows, gradient);
    return gradient;
  }

 protected:
  /// The state's part of the sums is in `scratch`.
  virtual void close(const CellRows& rows) const = 0;
  /// dh becomes what of it h_before has directly.
  virtual void close_back(const CellRowsBack& rows) const = 0;

  std::int64_t units_;

 private:
  GateProjection state_;
  Tensor bias_;
};

class SigmoidGru final : public Gru {
 public:
  using Gru::Gru;
  bool keeps_sums() const override { return false; }
  bool runs_on_threads() const override { return true; }

 private:
  void close(const CellRows& rows) const override {
    kernels::gru_step(
        {rows.count, units_, rows.sums, rows.scratch, rows.h_before, rows.aside, rows.h});
  }
  void close_back(const CellRowsBack& rows) const override {
    kernels::gru_step_back({rows.count, units_, rows.gates, rows.aside, rows.h_before, rows.dh,
                            rows.dsums, rows.dstate});
  }
};

/// h' = z h + (1 - z) n.
void mix(std::int64_t rows, std::int64_t units, const float* gates, const float* before, float* h) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const gate = gates + r * 3 * units;
    for (std::int64_t j = 0; j < units; ++j) {
      const std::int64_t at = r * units + j;
      h[at] = gate[j] * before[at] + (1 - gate[j]) * gate[2 * units + j];
    }
  }
}

/// The slopes of z and n behind their functions into dsums; dh becomes what of it h has directly.
void mix_back(const CellRowsBack& rows, std::int64_t units) {
  for (std::int64_t r = 0; r < rows.count; ++r) {
    const float* const gate = rows.gates + r * 3 * units;
    float* const slope = rows.dsums + r * 3 * units;
    for (std::int64_t j = 0; j < units; ++j) {
      const std::int64_t at = r * units + j;
      slope[j] = rows.dh[at] * (rows.h_before[at] - gate[2 * units + j]);
      slope[2 * units + j] = rows.dh[at] * (1 - gate[j]);
      rows.dh[at] *= gate[j];
    }
  }
}

class AnyGru final : public Gru {
 public:
  AnyGru(const Recurrence& r, const Tensor& kernel, const Tensor& bias, bool way_back)
      : Gru(r, kernel, bias, way_back),
        function_(r.activation, r.units),
        gate_(r.recurrent_activation, r.units) {}
  bool keeps_sums() const override { return true; }
  bool runs_on_threads() const override { return false; }

 private:
  template <class T>
  Block<T> block(T* rows, int gate) const {
    return block_of(rows, gate, 3, units_);
  }

  void close(const CellRows& rows) const override {
    for (std::int64_t r = 0; r < rows.count; ++r) {
      for (std::int64_t j = 0; j < 2 * units_; ++j)
        rows.sums[r * 3 * units_ + j] += rows.scratch[r * 3 * units_ + j];
    }
    for (int g = 0; g < 2; ++g) {
      gate_.apply(rows.count, {rows.sums + g * units_, 3 * units_}, block(rows.gates, g));
    }
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const float* const of_state = rows.scratch + (r * 3 + 2) * units_;
      for (std::int64_t j = 0; j < units_; ++j) {
        rows.sums[(r * 3 + 2) * units_ + j] += rows.gates[(r * 3 + 1) * units_ + j] * of_state[j];
        if (rows.aside != nullptr) rows.aside[r * units_ + j] = of_state[j];
      }
    }
    function_.apply(rows.count, {rows.sums + 2 * units_, 3 * units_}, block(rows.gates, 2));
    mix(rows.count, units_, rows.gates, rows.h_before, rows.h);
  }

  void close_back(const CellRowsBack& rows) const override {
    mix_back(rows, units_);
    through(function_, rows, 2, 3, units_);
    for (std::int64_t r = 0; r < rows.count; ++r) {
      float* const slope = rows.dsums + r * 3 * units_;
      for (std::int64_t j = 0; j < units_; ++j)
        slope[units_ + j] = slope[2 * units_ + j] * rows.aside[r * units_ + j];
    }
    for (int g = 0; g < 2; ++g) through(gate_, rows, g, 3, units_);
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const float* const from = rows.dsums + r * 3 * units_;
      float* const to = rows.dstate + r * 3 * units_;
      std::copy_n(from, 2 * units_, to);
      for (std::int64_t j = 0; j < units_; ++j) {
        to[2 * units_ + j] = from[2 * units_ + j] * rows.gates[(r * 3 + 1) * units_ + j];
      }
    }
  }

  GateFunction function_, gate_;
};

/// The reset gate stands before the product: n = f(x_h + (r h) U_h).
class GruResetsBefore final : public RecurrentCell {
 public:
  GruResetsBefore(const Recurrence& r, const Tensor& kernel, bool way_back)
      : units_(r.units),
        gates_state_(kernel, r.units, 0, 2, masks(r, 0, 2), way_back),
        reset_state_(kernel, r.units, 2, 1, masks(r, 2, 3), way_back),
        function_(r.activation, r.units),
        gate_(r.recurrent_activation, r.units) {}
  bool keeps_sums() const override { return true; }
  bool runs_on_threads() const override { return false; }

  void forward(const CellRows& rows) const override {
    gates_state_.multiply(rows.h_before, rows.samples, rows.count, false, rows.scratch);
    add(rows.count, rows.scratch, 2, rows.sums, 0);
    for (int g = 0; g < 2; ++g) {
      gate_.apply(rows.count, {rows.sums + g * units_, 3 * units_}, block(rows.gates, g));
    }
    std::vector<float> own;
    float* reset = rows.aside;
    if (reset == nullptr) {
      own.resize(static_cast<std::size_t>(rows.count * units_));
      reset = own.data();
    }
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const float* const gate = rows.gates + (r * 3 + 1) * units_;
      for (std::int64_t j = 0; j < units_; ++j)
        reset[r * units_ + j] = gate[j] * rows.h_before[r * units_ + j];
    }
    reset_state_.multiply(reset, rows.samples, rows.count, false, rows.scratch);
    add(rows.count, rows.scratch, 1, rows.sums, 2);
    function_.apply(rows.count, {rows.sums + 2 * units_, 3 * units_}, block(rows.gates, 2));
    mix(rows.count, units_, rows.gates, rows.h_before, rows.h);
  }

  void back(const CellRowsBack& rows) const override {
    mix_back(rows, units_);
    through(function_, rows, 2, 3, units_);
    const std::vector<float> dnext = columns(rows.dsums, rows.count, 2, 1);
    float* const dreset = rows.scratch;
    reset_state_.multiply_back(dnext.data(), rows.samples, rows.count, false, dreset);
    for (std::int64_t r = 0; r < rows.count; ++r) {
      for (std::int64_t j = 0; j < units_; ++j) {
        const std::int64_t at = r * units_ + j;
        rows.dsums[(r * 3 + 1) * units_ + j] = dreset[at] * rows.h_before[at];
        rows.dh[at] += dreset[at] * rows.gates[(r * 3 + 1) * units_ + j];
      }
    }
    for (int g = 0; g < 2; ++g) through(gate_, rows, g, 3, units_);
    const std::vector<float> dgates = columns(rows.dsums, rows.count, 0, 2);
    gates_state_.multiply_back(dgates.data(), rows.samples, rows.count, true, rows.dh);
  }

  Tensor recurrent_gradient(const CellRecord& record) const override {
    Tensor gradient = Tensor::zeros({units_, 3 * units_});
    gates_state_.write_gradient(record.h_before, record.samples,
                                columns(record.dsums, record.rows, 0, 2).data(), record.rows,
                                gradient);
    reset_state_.write_gradient(record.aside, record.samples,
                                columns(record.dsums, record.rows, 2, 1).data(), record.rows,
                                gradient);
    return gradient;
  }

 private:
  static std::vector<Tensor> masks(const Recurrence& r, std::ptrdiff_t first, std::ptrdiff_t end) {
    if (r.recurrent_masks.empty()) return {};
    return {r.recurrent_masks.begin() + first, r.recurrent_masks.begin() + end};
  }
  template <class T>
  Block<T> block(T* rows, int gate) const {
    return block_of(rows, gate, 3, units_);
  }
  /// Of rows of three gates, `count` from `first` on.
  std::vector<float> columns(const float* from, std::int64_t rows, std::int64_t first,
                             std::int64_t count) const {
    std::vector<float> out(static_cast<std::size_t>(rows * count * units_));
    for (std::int64_t r = 0; r < rows; ++r)
      std::copy_n(from + (r * 3 + first) * units_, count * units_,
                  out.begin() + r * count * units_);
    return out;
  }
  void add(std::int64_t rows, const float* from, std::int64_t count, float* to,
           std::int64_t first) const {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t j = 0; j < count * units_; ++j)
        to[(r * 3 + first) * units_ + j] += from[r * count * units_ + j];
    }
  }

  std::int64_t units_;
  GateProjection gates_state_, reset_state_;
  GateFunction function_, gate_;
};

template <class Function>
bool is(const std::shared_ptr<const activations::Activation>& activation) {
  return dynamic_cast<const Function*>(activation.get()) != nullptr;
}

}  // namespace

std::unique_ptr<RecurrentCell> make_cell(const Recurrence& r, const Tensor& kernel,
                                         const Tensor& bias, bool way_back) {
  const bool usual =
      is<activations::Tanh>(r.activation) &&
      (r.kind == CellKind::kSimple || is<activations::Sigmoid>(r.recurrent_activation));
  switch (r.kind) {
    case CellKind::kSimple:
      if (usual) return std::make_unique<TanhSimple>(r, kernel, way_back);
      return std::make_unique<AnySimple>(r, kernel, way_back);
    case CellKind::kLstm:
      if (usual) return std::make_unique<SigmoidLstm>(r, kernel, way_back);
      return std::make_unique<AnyLstm>(r, kernel, way_back);
    case CellKind::kGru:
      if (usual) return std::make_unique<SigmoidGru>(r, kernel, bias, way_back);
      return std::make_unique<AnyGru>(r, kernel, bias, way_back);
    case CellKind::kGruResetsBefore:
      break;
  }
  return std::make_unique<GruResetsBefore>(r, kernel, way_back);
}

}  // namespace keratin::ops::nn
