// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/nn/recurrent.h"

#include <algorithm>
#include <utility>

#include "keratin/graph/op.h"
#include "keratin/kernels/matmul.h"
#include "keratin/ops/nn/packed_steps.h"
#include "keratin/ops/nn/recurrent_cell.h"
#include "keratin/ops/nn/tasks.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops::nn {
namespace {

using Group = PackedSteps::Group;
using Step = PackedSteps::Step;

// Rows whose inputs meet the kernel at once: enough to share its reading, and few enough to be
// still in a cache when their steps come.
constexpr std::int64_t kRowsAtOnce = 128;

float* elements(Tensor& tensor) { return tensor ? tensor.data<float>().data() : nullptr; }

/// What both ways know of one run.
struct Run {
  Run(const Arguments& in, const Tensor& mask, const Recurrence& recurrence, bool goes_back)
      : r(recurrence),
        way_back(goes_back),
        x(in[0]),
        kernel(in[1]),
        bias(in[3]),
        h0(in[4]),
        c0(in[5]),
        width(in[1].shape()[0]),
        units(r.units),
        gates(gates_of(r.kind) * r.units),
        packed(in[0].shape()[0], in[0].shape()[1], mask, r.go_backwards),
        cell(make_cell(r, in[2], bias, goes_back)),
        inputs(in[1], r.units, 0, gates_of(r.kind), r.input_masks, goes_back) {
    samples.resize(static_cast<std::size_t>(packed.rows()));
    for (const Group& group : packed.groups()) {
      for (const Step& step : group.steps)
        std::copy_n(group.samples.begin(), step.count, samples.begin() + step.first);
    }
    if (!way_back) return;
    const std::int64_t rows = packed.rows();
    const bool is_lstm = r.kind == CellKind::kLstm;
    h_before = uninitialized({rows, units});
    if (is_lstm) c_before = uninitialized({rows, units});
    kept_gates = uninitialized({rows, gates});
    if (cell->keeps_sums()) sums = uninitialized({rows, gates});
    if (r.kind != CellKind::kSimple) aside = uninitialized({rows, units});
  }

  bool is_lstm() const { return r.kind == CellKind::kLstm; }
  /// The inputs of some rows: where they lie, or in `room`.
  const float* inputs_of(std::int64_t first, std::int64_t count, std::vector<float>& room) const {
    if (packed.is_as_it_lies()) return elements(x) + first * width;
    room.resize(static_cast<std::size_t>(count * width));
    for (std::int64_t i = 0; i < count; ++i)
      std::copy_n(elements(x) + packed.source(first + i) * width, width, room.begin() + i * width);
    return room.data();
  }
  const std::int64_t* samples_from(std::int64_t row) const { return samples.data() + row; }
  /// body(group) for each: on threads where the cell may.
  template <class Body>
  void for_groups(Body body) const {
    const auto groups = packed.groups();
    const auto count = static_cast<std::int64_t>(groups.size());
    parallel::for_chunks(count, cell->runs_on_threads() ? 1 : std::max<std::int64_t>(1, count),
                         [&](std::int64_t begin, std::int64_t end) {
                           for (std::int64_t g = begin; g < end; ++g)
                             body(groups[static_cast<std::size_t>(g)]);
                         });
  }
  /// Whether the last output of a sample is zero: its last step is masked, and those are shown so.
  bool ends_in_zero(const Group& group, std::size_t i) const {
    if (!r.zero_output_for_mask || packed.steps() == 0) return false;
    std::int64_t last = -1;
    for (const Step& step : group.steps) {
      if (static_cast<std::int64_t>(i) < step.count)
        last = step.first + static_cast<std::int64_t>(i);
    }
    return last < 0 || packed.shown(last) > 1;
  }
  /// How many places show the row.
  std::int64_t shown(std::int64_t row) const {
    return r.zero_output_for_mask ? 1 : packed.shown(row);
  }

  Recurrence r;
  bool way_back;
  Tensor x, kernel, bias, h0, c0;
  std::int64_t width, units, gates;
  PackedSteps packed;
  std::unique_ptr<RecurrentCell> cell;
  GateProjection inputs;
  std::vector<std::int64_t> samples;  // of each row
  // A row each, kept for the way back; null where there is none.
  Tensor h_before, c_before, sums, kept_gates, aside;
};

// -- forwards -------------------------------------------------------------------------------------

struct Outputs {
  Tensor y, h, c;
};

/// A group on its way. Where nobody goes back, the rows of one step are all there is.
class Forward {
 public:
  Forward(Run& run, Outputs& out, const Group& group)
      : run_(run), out_(out), group_(group), units_(run.units) {
    const auto rows = group.samples.size() * static_cast<std::size_t>(units_);
    h_.resize(rows), c_.resize(rows);
    scratch_.resize(group.samples.size() * static_cast<std::size_t>(run.gates));
  }

  void run() {
    load(run_.h0, h_), load(run_.c0, c_);
    for (std::size_t i = 0; i < group_.samples.size(); ++i) show_leading(i);
    for (std::size_t s = 0; s < group_.steps.size(); ++s) take(s);
    for (std::size_t i = 0; i < group_.samples.size(); ++i) finish(i);
  }

 private:
  void load(const Tensor& states, std::vector<float>& to) const {
    if (!states) return;  // zeros
    for (std::size_t i = 0; i < group_.samples.size(); ++i) {
      std::copy_n(elements(states) + group_.samples[i] * units_, units_,
                  to.begin() + static_cast<std::ptrdiff_t>(i) * units_);
    }
  }
  const float* h(std::size_t i) const { return h_.data() + static_cast<std::int64_t>(i) * units_; }

  void show_leading(std::size_t i) {
    if (!run_.r.return_sequences) return;
    const std::int64_t sample = group_.samples[i];
    float* const y = elements(out_.y) + sample * run_.packed.steps() * units_;
    for (std::int64_t place = 0; place < run_.packed.leading(sample); ++place) {
      if (run_.r.zero_output_for_mask) {
        std::fill_n(y + place * units_, units_, 0.0F);
      } else {
        std::copy_n(h(i), units_, y + place * units_);
      }
    }
  }

  /// The sums of the inputs of some steps from s on.
  void fill_sums(std::size_t s) {
    first_ = group_.steps[s].first;
    end_ = first_;
    for (; s < group_.steps.size() && end_ - first_ < kRowsAtOnce; ++s)
      end_ += group_.steps[s].count;
    const std::int64_t count = end_ - first_;
    float* sums = kept(run_.cell->keeps_sums() ? run_.sums : run_.kept_gates, first_, run_.gates);
    if (sums == nullptr) {
      few_sums_.resize(static_cast<std::size_t>(count * run_.gates));
      sums = few_sums_.data();
    }
    sums_ = sums;
    if (run_.bias) {
      for (std::int64_t i = 0; i < count; ++i)
        std::copy_n(elements(run_.bias), run_.gates, sums + i * run_.gates);
    }
    run_.inputs.multiply(run_.inputs_of(first_, count, room_), run_.samples_from(first_), count,
                         static_cast<bool>(run_.bias), sums);
  }

  void take(std::size_t s) {
    const Step step = group_.steps[s];
    if (step.first >= end_) fill_sums(s);
    float* const sums = sums_ + (step.first - first_) * run_.gates;
    keep(run_.h_before, step, h_), keep(run_.c_before, step, c_);
    float* const gates = kept(run_.kept_gates, step.first, run_.gates);
    run_.cell->forward({.count = step.count,
                        .samples = run_.samples_from(step.first),
                        .sums = sums,
                        .gates = gates != nullptr ? gates : sums,
                        .aside = kept(run_.aside, step.first, units_),
                        .h_before = h_.data(),
                        .c_before = c_.data(),
                        .h = h_.data(),
                        .c = c_.data(),
                        .scratch = scratch_.data()});
    if (run_.r.return_sequences) show(step);
  }
  float* kept(Tensor& of, std::int64_t row, std::int64_t size) const {
    return of ? elements(of) + row * size : nullptr;
  }
  void keep(Tensor& to, const Step& step, const std::vector<float>& state) const {
    if (to) std::copy_n(state.begin(), step.count * units_, elements(to) + step.first * units_);
  }

  void show(const Step& step) {
    for (std::int64_t i = 0; i < step.count; ++i) {
      float* y = elements(out_.y) + run_.packed.place(step.first + i) * units_;
      const std::int64_t shown = run_.shown(step.first + i);
      const std::int64_t all = run_.packed.shown(step.first + i);
      for (std::int64_t n = 0; n < all; ++n, y += units_) {
        if (n < shown) {
          std::copy_n(h(static_cast<std::size_t>(i)), units_, y);
        } else {
          std::fill_n(y, units_, 0.0F);
        }
      }
    }
  }

  void finish(std::size_t i) {
    const std::int64_t at = group_.samples[i] * units_;
    std::copy_n(h(i), units_, elements(out_.h) + at);
    if (out_.c)
      std::copy_n(c_.data() + static_cast<std::int64_t>(i) * units_, units_, elements(out_.c) + at);
    if (run_.r.return_sequences) return;
    if (run_.ends_in_zero(group_, i)) {
      std::fill_n(elements(out_.y) + at, units_, 0.0F);
    } else {
      std::copy_n(h(i), units_, elements(out_.y) + at);
    }
  }

  Run& run_;
  Outputs& out_;
  const Group& group_;
  std::int64_t units_;
  std::vector<float> h_, c_, scratch_, few_sums_, room_;
  std::int64_t first_ = 0, end_ = 0;  // the rows that have sums
  float* sums_ = nullptr;             // from first_ on
};

// -- backwards ------------------------------------------------------------------------------------

/// The slopes that come in, null where there are none, and those that go out.
struct RunSlopes {
  Tensor y, h, c;
  Tensor dsums, dstate, dh0, dc0;
};

class Backward {
 public:
  Backward(const Run& run, RunSlopes& slopes, const Group& group)
      : run_(run), slopes_(slopes), group_(group), units_(run.units) {
    const auto rows = group.samples.size() * static_cast<std::size_t>(units_);
    dh_.resize(rows), dc_.resize(rows);
    scratch_.resize(group.samples.size() * static_cast<std::size_t>(run.gates));
  }

  void run() {
    for (std::size_t i = 0; i < group_.samples.size(); ++i) start(i);
    for (std::size_t s = group_.steps.size(); s-- > 0;) take(group_.steps[s]);
    for (std::size_t i = 0; i < group_.samples.size(); ++i) finish(i);
  }

 private:
  float* dh(std::size_t i) { return dh_.data() + static_cast<std::int64_t>(i) * units_; }
  float* dc(std::size_t i) { return dc_.data() + static_cast<std::int64_t>(i) * units_; }
  void add(const float* from, float* to) const {
    for (std::int64_t j = 0; j < units_; ++j) to[j] += from[j];
  }

  /// What comes in behind the last step of a sample.
  void start(std::size_t i) {
    const std::int64_t at = group_.samples[i] * units_;
    if (slopes_.h) add(elements(slopes_.h) + at, dh(i));
    if (slopes_.c) add(elements(slopes_.c) + at, dc(i));
    if (slopes_.y && !run_.r.return_sequences && !run_.ends_in_zero(group_, i))
      add(elements(slopes_.y) + at, dh(i));
  }

  void take(const Step& step) {
    for (std::int64_t i = 0; slopes_.y && run_.r.return_sequences && i < step.count; ++i) {
      const float* y = elements(slopes_.y) + run_.packed.place(step.first + i) * units_;
      for (std::int64_t n = run_.shown(step.first + i); n-- > 0; y += units_)
        add(y, dh(static_cast<std::size_t>(i)));
    }
    const auto from = [&](const Tensor& kept, std::int64_t size) {
      return kept ? elements(kept) + step.first * size : nullptr;
    };
    run_.cell->back(
        {.count = step.count,
         .samples = run_.samples_from(step.first),
         .sums = from(run_.sums, run_.gates),
         .gates = from(run_.kept_gates, run_.gates),
         .aside = from(run_.aside, units_),
         .h_before = from(run_.h_before, units_),
         .c_before = from(run_.c_before, units_),
         .dh = dh_.data(),
         .dc = dc_.data(),
         .dsums = elements(slopes_.dsums) + step.first * run_.gates,
         .dstate = slopes_.dstate ? elements(slopes_.dstate) + step.first * run_.gates : nullptr,
         .scratch = scratch_.data()});
  }

  /// What is left in front of the first step is of the states to begin with.
  void finish(std::size_t i) {
    const std::int64_t sample = group_.samples[i];
    if (slopes_.y && run_.r.return_sequences && !run_.r.zero_output_for_mask) {
      const float* y = elements(slopes_.y) + sample * run_.packed.steps() * units_;
      for (std::int64_t n = run_.packed.leading(sample); n-- > 0; y += units_) add(y, dh(i));
    }
    std::copy_n(dh(i), units_, elements(slopes_.dh0) + sample * units_);
    if (slopes_.dc0) std::copy_n(dc(i), units_, elements(slopes_.dc0) + sample * units_);
  }

  const Run& run_;
  RunSlopes& slopes_;
  const Group& group_;
  std::int64_t units_;
  std::vector<float> dh_, dc_, scratch_;
};

/// The slopes of the inputs: zero where a step is masked.
Tensor input_slope(const Run& run, const Tensor& dsums) {
  const std::int64_t rows = run.packed.rows();
  const bool whole = rows == run.packed.batch() * run.packed.steps();
  Tensor slope = whole ? uninitialized(run.x.shape()) : Tensor::zeros(run.x.shape());
  float* const to = elements(slope);
  const std::int64_t at_once = items_per_task(run.gates);
  parallel::for_chunks(rows, at_once, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t count = end - begin;
    std::vector<float> dx(static_cast<std::size_t>(count * run.width));
    run.inputs.multiply_back(elements(dsums) + begin * run.gates, run.samples_from(begin), count,
                             false, dx.data());
    for (std::int64_t i = 0; i < count; ++i)
      std::copy_n(dx.begin() + i * run.width, run.width,
                  to + run.packed.source(begin + i) * run.width);
  });
  return slope;
}

/// The sums of the columns into `to`.
void sum_rows(const Tensor& from, std::int64_t columns, float* to) {
  const std::int64_t rows = from.shape()[0];
  constexpr std::int64_t kColumns = 64;
  parallel::for_chunks(columns, rows * kColumns < kFloatsPerTask ? columns : kColumns,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t i = 0; i < rows; ++i) {
                           const float* const row = elements(from) + i * columns;
                           for (std::int64_t j = begin; j < end; ++j) to[j] += row[j];
                         }
                       });
}

void pull_back(const Run& run, Slopes& slopes) {
  const std::int64_t rows = run.packed.rows(), batch = run.packed.batch();
  RunSlopes s{.y = slopes.of(0),
              .h = slopes.of(1),
              .c = run.is_lstm() ? slopes.of(2) : Tensor(),
              .dsums = uninitialized({rows, run.gates}),
              .dstate = run.cell->has_dstate() ? uninitialized({rows, run.gates}) : Tensor(),
              .dh0 = uninitialized({batch, run.units}),
              .dc0 = run.is_lstm() ? uninitialized({batch, run.units}) : Tensor()};
  run.for_groups([&](const Group& group) { Backward(run, s, group).run(); });
  if (slopes.wants(0)) slopes.add(0, input_slope(run, s.dsums));
  if (slopes.wants(1)) {
    std::vector<float> room;
    Tensor gradient = Tensor::zeros(run.kernel.shape());
    run.inputs.write_gradient(run.inputs_of(0, rows, room), run.samples_from(0), elements(s.dsums),
                              rows, gradient);
    slopes.add(1, std::move(gradient));
  }
  if (slopes.wants(2)) {
    slopes.add(2, run.cell->recurrent_gradient({.rows = rows,
                                                .samples = run.samples_from(0),
                                                .h_before = elements(run.h_before),
                                                .aside = elements(run.aside),
                                                .dsums = elements(s.dsums),
                                                .dstate = elements(s.dstate)}));
  }
  if (run.bias && slopes.wants(3)) {
    Tensor gradient = Tensor::zeros(run.bias.shape());
    sum_rows(s.dsums, run.gates, elements(gradient));
    if (s.dstate) sum_rows(s.dstate, run.gates, elements(gradient) + run.gates);
    slopes.add(3, std::move(gradient));
  }
  if (run.h0 && slopes.wants(4)) slopes.add(4, std::move(s.dh0));
  if (run.c0 && slopes.wants(5)) slopes.add(5, std::move(s.dc0));
}

}  // namespace

std::int64_t gates_of(CellKind kind) {
  switch (kind) {
    case CellKind::kSimple:
      return 1;
    case CellKind::kLstm:
      return 4;
    default:
      return 3;
  }
}

Values recurrent(const Value& x, const Value& mask, const Value& kernel,
                 const Value& recurrent_kernel, const Value& bias, const Values& states,
                 const Recurrence& recurrence) {
  const Value none;
  const Value& h0 = !states.empty() ? states[0] : none;
  const Value& c0 = states.size() > 1 ? states[1] : none;
  return compute({&x, &kernel, &recurrent_kernel, &bias, &h0, &c0}, [&](const Arguments& in) {
    const auto run =
        std::make_shared<Run>(in, mask ? mask.tensor() : Tensor(), recurrence, in.wants_any());
    const std::int64_t batch = run->packed.batch(), units = run->units;
    const Shape last = {batch, units};
    Outputs out{uninitialized(recurrence.return_sequences ? Shape{batch, run->packed.steps(), units}
                                                          : last),
                uninitialized(last), run->is_lstm() ? uninitialized(last) : Tensor()};
    run->for_groups([&](const Group& group) { Forward(*run, out, group).run(); });
    Result result;
    result.outputs.push_back(out.y), result.outputs.push_back(out.h);
    if (out.c) result.outputs.push_back(out.c);
    if (in.wants_any()) {
      result.pullback = [run](Slopes& slopes) { pull_back(*run, slopes); };
    }
    return result;
  });
}

}  // namespace keratin::ops::nn
