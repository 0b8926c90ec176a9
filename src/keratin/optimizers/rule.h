// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/kernels/row_update.h"
#include "keratin/tensor/tensor.h"
#include "keratin/tensor/variable.h"

/// What an optimizer adds to the driver in optimizer.cc. Not installed.
namespace keratin::optimizers {

/// Most slots that a rule has.
inline constexpr std::size_t kMaxSlots = 3;

/// A piece of state as large as the weight it belongs to.
struct Slot {
  std::string_view name;  // Keras's: "momentum"
  float initial = 0;
  /// Where it stands in `optimizer.variables`: Keras lists group 0 of all variables (a variable's
  /// slots of that group side by side), then group 1 of all variables ...
  int group = 0;
};

/// The scalars of one step: a rule's own struct of floats, as a value that can be kept.
using StepScalars = std::array<float, 9>;

template <class Scalars>
StepScalars packed(const Scalars& scalars) {
  static_assert(sizeof(Scalars) <= sizeof(StepScalars));
  StepScalars result{};
  std::memcpy(result.data(), &scalars, sizeof scalars);
  return result;
}
template <class Scalars>
Scalars unpacked(const StepScalars& packed) {
  Scalars result;
  std::memcpy(static_cast<void*>(&result), packed.data(), sizeof result);  // members have defaults
  return result;
}

/// How a row moves while it has no gradient. With j the missed steps, d_j = 1 - weight_decay *
/// learning_rate_j where weights decay, else 1:
///
///   w_j = d_j w_{j-1} - size_j m_j / (r_j + epsilon)    kQuotient: m_j = decay_m^j m, r_j likewise
///   w_j = d_j w_{j-1} - size_j m_j                      kProduct
///   w_j = d_j w_{j-1} - size_j sign(m_j)                kSign
///   w_j = d_j w_{j-1}                                   kNone
///
/// and every slot is multiplied by its decay at each step.
struct Drift {
  enum class Kind { kNone, kProduct, kQuotient, kSign };
  Kind kind = Kind::kNone;
  std::array<double, kMaxSlots> decay = {1, 1, 1};  // of each slot
  std::size_t m = 0;                                // which slot
  std::size_t r = 0;                                // which slot,
  bool root = false;                                // or its square root
  double epsilon = 0;
};

/// How a row ends up that has no gradient any more, whatever the scalars of its steps.
struct Rest {
  enum class Kind {
    kNever,    // not known: its steps are taken one by one
    kStill,    // its weights do not move, nor did they at the first such step
    kMoment,   // nor once its slot `m` is 0, or as near to it as it gets
    kSign,     // they move by drift_size() times the sign of its slot `m`, which does not change
    kLatest,   // they are what the latest step makes of slots that stand still
    kRepeats,  // repeat() knows
  };
  Kind kind = Kind::kNever;
  std::size_t m = 0;
  std::array<double, kMaxSlots> decay = {1, 1, 1};  // of each slot, at a step
  /// Of kMoment: what a step moves weights by is at most this share of what the step before did,
  /// at equal drift_size().
  double push_decay = 1;
};

/// The formula of one optimizer, in two parts that are kept apart: the scalars of a step, and the
/// elements. Which elements are visited, and with what gradient, is the driver's business.
class Rule {
 public:
  virtual ~Rule() = default;

  /// True: the optimizer has update_step(), which computes what whole weights become.
  virtual bool is_own() const { return false; }
  /// The rule of the closed list that a function of the user's stands before; null for none.
  virtual Rule* within() const { return nullptr; }
  /// The weight decay of a variable, that of the options being `of_all`. Of a rule that is_own()
  /// alone may it be another.
  virtual std::optional<double> weight_decay(const Variable&, std::optional<double> of_all) const {
    return of_all;
  }
  /// In the order in which update() takes them.
  virtual std::vector<Slot> slots() const = 0;
  /// Computes the scalars of step `step` (1 is the first) in float32, as Keras does. Called once a
  /// step, in order.
  virtual StepScalars begin_step(std::int64_t step, float learning_rate) = 0;
  /// The step with these scalars, on rows of elements anywhere in a variable.
  /// Threads: safe on elements of their own.
  virtual void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const = 0;
  /// False when an element whose gradient is zero keeps its weight and slots, to the bit.
  virtual bool moves_without_gradient() const { return true; }
  /// True when slots below the smallest normal number may count as 0 (kernels/flush_subnormals.h):
  /// when they move no weight that one can see. Not where a slot's sign moves weights, or where
  /// slots are divided by each other.
  virtual bool flushes_subnormals() const { return false; }
  /// How a row without gradient moves; none where no closed form is known: its steps are replayed.
  virtual std::optional<Drift> drift() const { return std::nullopt; }
  /// `size` of Drift for the step with these scalars; of Rest, what moves are in proportion to.
  virtual double drift_size(const StepScalars&) const { return 0; }
  /// How a row without gradient comes to rest: as its drift says, where there is one.
  virtual Rest rest() const;
  /// Of kLatest and kRepeats: takes `count` steps that have these scalars and no gradient on a row
  /// that had such a step before. `decay` is what each of them multiplies weights by first.
  virtual void repeat(const StepScalars&, double /*decay*/, float* /*w*/, float* const* /*slots*/,
                      std::size_t /*n*/, std::int64_t /*count*/) const {}
  /// A scalar that Keras keeps in `optimizer.variables` after all slots; null when there is none.
  virtual Tensor* scalar_state() { return nullptr; }
  virtual std::string_view scalar_name() const { return {}; }
};

/// Of an optimizer whose update_step() a user wrote: it leaves averages and constraints to do.
class OwnRule : public Rule {
 public:
  bool is_own() const override { return true; }
  std::vector<Slot> slots() const override { return {}; }
  StepScalars begin_step(std::int64_t, float) override { return {}; }
  void update(const StepScalars&, const kernels::UpdatedRows&) const override {}
};

/// Of an optimizer of the closed list whose update_step() a user's function stands before, which
/// comes back to `rule` for whole weights. Its slots are weights of the pass, since a step may fail
/// behind it.
class RuleWithin final : public OwnRule {
 public:
  explicit RuleWithin(std::shared_ptr<Rule> rule) : rule_(std::move(rule)) {}
  Rule* within() const override { return rule_.get(); }
  std::optional<double> weight_decay(const Variable& variable,
                                     std::optional<double> of_all) const override {
    return rule_->weight_decay(variable, of_all);
  }
  StepScalars begin_step(std::int64_t step, float learning_rate) override {
    return rule_->begin_step(step, learning_rate);
  }
  Tensor* scalar_state() override { return rule_->scalar_state(); }
  std::string_view scalar_name() const override { return rule_->scalar_name(); }
  /// Those of a step that may still fail.
  StepScalars scalars_of(std::int64_t step, float learning_rate) {
    Tensor* const scalar = scalar_state();
    const float before = scalar != nullptr ? scalar->data<float>()[0] : 0;
    const StepScalars found = begin_step(step, learning_rate);
    if (scalar != nullptr) scalar->data<float>()[0] = before;
    return found;
  }

 private:
  std::shared_ptr<Rule> rule_;
};

inline Rest Rule::rest() const {
  const std::optional<Drift> drift = this->drift();
  if (!drift) return {};
  switch (drift->kind) {
    case Drift::Kind::kNone:
      return {Rest::Kind::kStill, 0, drift->decay};
    case Drift::Kind::kSign:
      return {Rest::Kind::kSign, drift->m, drift->decay};
    case Drift::Kind::kProduct:
      return {Rest::Kind::kMoment, drift->m, drift->decay, drift->decay[drift->m]};
    case Drift::Kind::kQuotient: {
      const double r = drift->decay[drift->r];
      return {drift->epsilon > 0 ? Rest::Kind::kMoment : Rest::Kind::kNever,  // else 0 / 0
              drift->m, drift->decay, drift->decay[drift->m] / (drift->root ? std::sqrt(r) : r)};
    }
  }
  return {};
}

/// base^exponent as a correctly rounded float32, which is what Keras's float32 power gives.
inline float power(float base, std::int64_t exponent) {
  return static_cast<float>(
      std::pow(static_cast<double>(base), static_cast<double>(static_cast<float>(exponent))));
}

/// 1 - x, taken in double as Python does, then rounded.
inline float one_minus(double x) { return static_cast<float>(1.0 - x); }

}  // namespace keratin::optimizers
