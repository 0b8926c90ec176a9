// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/variable_step.h"

#include <algorithm>
#include <numeric>

#include "keratin/constraints/constraint.h"
#include "keratin/kernels/flush_subnormals.h"
#include "keratin/kernels/row_update.h"
#include "keratin/parallel/parallel.h"

namespace keratin::optimizers {
namespace {

// Elements that pass through the first-level cache together.
constexpr std::int64_t kBlock = GradientBlock::kElements;
constexpr std::int64_t kSweepChunk = 32768;  // elements for one task: some ten microseconds

/// The rows that one task of a sweep visits.
std::int64_t chunk_of(const Layout& layout) {
  return rows_in(kBlock, layout.width) *
         std::max<std::int64_t>(1, kSweepChunk / std::max(kBlock, layout.width));
}

/// Weights and state of rows that are visited together: of one that is a block of many, or of many
/// that are one each.
struct Rows {
  std::span<kernels::UpdatedRow> of;
  std::span<float* const> averages;  // of each; empty without use_ema
  std::int64_t in_each;              // rows of the variable
};

class Step {
 public:
  explicit Step(const VariableStep& step)
      : step_(step),
        layout_(layout_of(step.variable->shape())),
        constraint_(step.constrain ? step.variable->constraint.get() : nullptr),
        constrains_rows_(constraint_ != nullptr && step.variable->shape().rank() == 2 &&
                         !constraint_->couples_rows()) {}

  std::optional<double> take() const {
    std::optional<double> penalty;
    {
      const kernels::FlushSubnormals flush(step_.rule != nullptr &&
                                           step_.rule->flushes_subnormals());
      if (step_.visits_touched) {
        touched_rows();
      } else if (step_.gradient != nullptr || step_.average != nullptr || constrains_rows_) {
        penalty = sweep();
      }
    }
    if (constraint_ != nullptr && !constrains_rows_) {
      with_rows(0, layout_.rows, round(), whole_table(), [this](float* w) {
        const Shape& shape = step_.variable->shape();
        try {
          constraint_->apply({w, static_cast<std::size_t>(shape.size())}, shape);
        } catch (...) {
          if (!*step_.thrown) *step_.thrown = std::current_exception();
        }
      });
    }
    return penalty;
  }

 private:
  void touched_rows() const {
    step_.table->update(
        step_.places, step_.rows_read,
        [this](std::int64_t i, std::span<const table::VisitedRow> visited) {
          std::array<float, kLongestRow> memory;
          std::array<kernels::UpdatedRow, table::kTogether> rows;
          std::array<float*, table::kTogether> averages;
          const std::size_t count = visited.size();
          const float* g = step_.gradient->rows(static_cast<std::size_t>(i), count, memory);
          for (std::size_t k = 0; k < count; ++k, g += layout_.width) {
            const auto& slots = visited[k].slots;
            rows[k] = {g, visited[k].w, {slots[0], slots[1], slots[2]}};
            if (step_.averages) averages[k] = slots[step_.slot_count];
          }
          change({{rows.data(), count}, {averages.data(), step_.averages ? count : 0}, 1});
        });
  }

  std::optional<double> sweep() const {
    const std::uint64_t sweep_round = round();
    const std::int64_t block = rows_in(kBlock, layout_.width);
    const std::int64_t chunk = chunk_of(layout_);
    const regularizers::Regularizer* const penalty =
        step_.memory && !step_.memory->penalties.empty() ? step_.variable->regularizer.get()
                                                         : nullptr;
    parallel::for_chunks(layout_.rows, chunk, [&](std::int64_t begin, std::int64_t end) {
      std::optional<parallel::Scratch::Block> wide;
      if (step_.memory && step_.memory->rows) wide.emplace(*step_.memory->rows);
      const auto n = static_cast<std::size_t>(wide ? layout_.width : 0);
      GradientBlock memory(wide ? wide->floats().first(n) : std::span<float>());
      std::array<float, kBlock> few;
      float* const scratch = wide ? wide->floats().data() + n : few.data();
      double sum = 0;
      const std::int64_t index = begin / chunk;
      for (; begin < end; begin += block) {
        const std::int64_t stop = std::min(end, begin + block);
        const std::int64_t first = begin * layout_.width;
        with_rows(begin, stop, sweep_round, scratch, [&](float* w) {
          // The penalty's part of the gradient sees the weights before they decay.
          kernels::UpdatedRow row{
              step_.gradient ? step_.gradient->block(begin, stop, memory) : nullptr, w};
          for (std::size_t k = 0; k < kMaxSlots; ++k)
            row.slots[k] = step_.slots[k] == nullptr ? nullptr : step_.slots[k] + first;
          float* const average = step_.average == nullptr ? nullptr : step_.average + first;
          change({{&row, 1}, {&average, average == nullptr ? 0U : 1U}, stop - begin});
          const auto elements = static_cast<std::size_t>((stop - begin) * layout_.width);
          if (penalty != nullptr) sum += *penalty->part_of_penalty({w, elements});
        });
      }
      if (penalty != nullptr) step_.memory->penalties[static_cast<std::size_t>(index)] = sum;
    });
    if (penalty == nullptr) return std::nullopt;
    const std::vector<double>& sums = step_.memory->penalties;
    return std::accumulate(sums.begin(), sums.end(), 0.0);
  }

  float* whole_table() const { return step_.memory ? step_.memory->whole.data() : nullptr; }

  /// Calls body(w) on the weights of the rows from `begin` to `end`, as floats at `scratch` where
  /// they are kept in 16 bits.
  template <class Body>
  void with_rows(std::int64_t begin, std::int64_t end, std::uint64_t round, float* scratch,
                 Body body) const {
    if (step_.table != nullptr) {
      step_.table->change(begin, end, round, scratch, body);
    } else {
      body(step_.weights + begin * layout_.width);
    }
  }
  std::uint64_t round() const { return step_.table != nullptr ? step_.table->next_round() : 0; }

  void change(const Rows& rows) const {
    const Shape shape{rows.in_each, layout_.width};
    const auto n = static_cast<std::size_t>(shape.size());
    if (step_.gradient != nullptr) {
      for (const kernels::UpdatedRow& row : rows.of) {
        if (step_.decays) kernels::decay_update(row.w, n, step_.weight_decay, step_.learning_rate);
      }
      step_.rule->update(step_.scalars, {rows.of.data(), rows.of.size(), n});
    }
    for (std::size_t i = 0; i < rows.averages.size(); ++i) {
      float* const w = rows.of[i].w;
      kernels::average_update(rows.averages[i], w, n, step_.average_momentum);
      if (step_.overwrite) std::copy_n(rows.averages[i], n, w);
    }
    if (!constrains_rows_) return;
    for (const kernels::UpdatedRow& row : rows.of) constraint_->apply({row.w, n}, shape);
  }

  const VariableStep& step_;
  Layout layout_;
  const constraints::Constraint* constraint_;
  bool constrains_rows_;  // row by row, as they are visited
};

}  // namespace

std::shared_ptr<StepMemory> memory_of_step(const Variable& variable,
                                           const table::RowStorage* table) {
  const Layout layout = layout_of(variable.shape());
  const bool wide = layout.width > kBlock;
  const bool whole = table != nullptr && table->precision() != Precision::kFloat32 &&
                     variable.constraint && variable.constraint->couples_rows();
  const bool sums = table != nullptr && table->precision() == Precision::kFloat32 &&
                    variable.regularizer && variable.regularizer->part_of_penalty({}) &&
                    !(variable.constraint && variable.constraint->couples_rows());
  if (!wide && !whole && !sums) return nullptr;
  auto memory = std::make_shared<StepMemory>();
  if (wide) memory->rows.emplace(2 * static_cast<std::size_t>(layout.width));  // gradient, weights
  if (whole) memory->whole.resize(static_cast<std::size_t>(variable.shape().size()));
  const std::int64_t chunk = chunk_of(layout);
  if (sums) memory->penalties.resize(static_cast<std::size_t>((layout.rows + chunk - 1) / chunk));
  return memory;
}

std::optional<double> take_step(const VariableStep& step) { return Step(step).take(); }

}  // namespace keratin::optimizers
