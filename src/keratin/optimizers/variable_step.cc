// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/variable_step.h"

#include <algorithm>

#include "keratin/constraints/constraint.h"
#include "keratin/kernels/row_update.h"
#include "keratin/parallel/parallel.h"

namespace keratin::optimizers {
namespace {

constexpr std::int64_t kBlock = 4096;  // elements that pass through the first-level cache together
constexpr std::int64_t kSweepChunk = 32768;  // elements for one task: some ten microseconds
constexpr std::int64_t kRowsChunk = 8192;    // the same for rows that lie apart

std::int64_t rows_in(std::int64_t elements, std::int64_t width) {
  return std::max<std::int64_t>(1, elements / std::max<std::int64_t>(1, width));
}

class Step {
 public:
  explicit Step(const VariableStep& step)
      : step_(step),
        layout_(layout_of(step.variable->shape())),
        w_(step.variable->value().data<float>().data()),
        constraint_(step.constrain ? step.variable->constraint.get() : nullptr),
        constrains_rows_(constraint_ != nullptr && step.variable->shape().rank() == 2 &&
                         !constraint_->couples_rows()) {}

  void take() const {
    if (visits_only_touched_rows()) {
      touched_rows();
    } else if (step_.gradient != nullptr || step_.average != nullptr || constrains_rows_) {
      sweep();
    }
    if (constraint_ != nullptr && !constrains_rows_) {
      constraint_->apply(step_.variable->value().data<float>(), step_.variable->shape());
    }
  }

 private:
  bool visits_only_touched_rows() const {
    return step_.gradient != nullptr && step_.gradient->is_sparse() &&
           !step_.rule->moves_without_gradient() && !step_.decays && step_.average == nullptr &&
           constraint_ == nullptr;
  }

  void touched_rows() const {
    const auto& ids = step_.gradient->ids();
    parallel::for_chunks(static_cast<std::int64_t>(ids.size()), rows_in(kRowsChunk, layout_.width),
                         [&](std::int64_t begin, std::int64_t end) {
                           GradientBlock memory;
                           for (auto i = static_cast<std::size_t>(begin);
                                i < static_cast<std::size_t>(end); ++i) {
                             update(ids[i] * layout_.width, step_.gradient->row(i, memory),
                                    static_cast<std::size_t>(layout_.width));
                           }
                         });
  }

  void sweep() const {
    const std::int64_t block = rows_in(kBlock, layout_.width);
    const std::int64_t chunk =
        block * std::max<std::int64_t>(1, kSweepChunk / std::max(kBlock, layout_.width));
    parallel::for_chunks(layout_.rows, chunk, [&](std::int64_t begin, std::int64_t end) {
      GradientBlock memory;
      for (; begin < end; begin += block) visit(begin, std::min(end, begin + block), memory);
    });
  }

  void visit(std::int64_t begin, std::int64_t end, GradientBlock& memory) const {
    const std::int64_t first = begin * layout_.width;
    const auto n = static_cast<std::size_t>((end - begin) * layout_.width);
    float* const w = w_ + first;
    if (step_.gradient != nullptr) {
      const float* g =
          step_.gradient->block(begin, end, memory);  // the penalty's part sees w undecayed
      if (step_.decays) kernels::decay_update(w, n, step_.weight_decay, step_.learning_rate);
      update(first, g, n);
    }
    if (step_.average != nullptr) {
      kernels::average_update(step_.average + first, w, n, step_.average_momentum);
      if (step_.overwrite) std::copy_n(step_.average + first, n, w);
    }
    if (constrains_rows_) constraint_->apply({w, n}, Shape{end - begin, layout_.width});
  }

  void update(std::int64_t first, const float* g, std::size_t n) const {
    std::array<float*, kMaxSlots> slots = step_.slots;
    for (float*& slot : slots) slot = slot == nullptr ? nullptr : slot + first;
    step_.rule->update(w_ + first, g, slots.data(), n);
  }

  const VariableStep& step_;
  Layout layout_;
  float* w_;
  const constraints::Constraint* constraint_;
  bool constrains_rows_;  // row by row, in the blocks
};

}  // namespace

void take_step(const VariableStep& step) { Step(step).take(); }

}  // namespace keratin::optimizers
