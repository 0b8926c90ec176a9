// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/resting_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "keratin/constraints/non_neg.h"
#include "keratin/kernels/norm.h"
#include "keratin/kernels/row_catch_up.h"
#include "keratin/optimizers/step_gradient.h"

namespace keratin::optimizers {
namespace {

constexpr std::array<float, kLongestRow> kNoGradient{};
/// What a projection divides a norm by is larger by so much: keras.config.epsilon().
constexpr double kNormEpsilon = 1e-7;
/// A step multiplies a norm by 1 - kNormEpsilon / norm, which from this norm on is linear to all
/// the digits of a float: the norm less kNormEpsilon.
constexpr double kLeastNorm = 1000 * kNormEpsilon;
/// So is the way to the end of a range, once the norm moves no more than by this share a step.
constexpr double kNear = 0.05;

/// Where numbers below the smallest normal one are 0, a moment does not get there that moves by its
/// share 1 - decay a step: it stops where that share is below it.
float least_moment(const Rule& rule, const Rest& rest) {
  if (!rule.flushes_subnormals()) return std::numeric_limits<float>::denorm_min();
  const double share = std::max(1 - rest.decay[rest.m], 1e-7);
  return static_cast<float>(std::numeric_limits<float>::min() / share);
}

/// A number that has no part in a sum may be infinite.
double times(double share, double x) { return share == 0 ? 0 : share * x; }

bool none_below_zero(const float* x, std::size_t n) {
  return std::none_of(x, x + n, [](float value) { return value < 0; });
}

/// The steps after which `share` is left of what each multiplies by `decay`.
double steps_until(double share, double decay) {
  if (decay >= 1) return std::numeric_limits<double>::infinity();
  return decay <= share ? 1 : std::log(share) / std::log(decay);
}

double norm_of(const float* x, std::size_t n) { return std::sqrt(kernels::sum_of_squares(x, n)); }

/// As the constraint does: NaN stays.
void raise_to_zero(float* w, std::size_t n) {
  std::transform(w, w + n, w, [](float x) { return x <= 0 ? 0.0f : x; });
}

/// Whether one of the two is a multiple of the other, to the digits of a float.
bool lie_in_line(const float* a, const float* b, std::size_t n) {
  const double size_a = norm_of(a, n), size_b = norm_of(b, n);
  double product = 0;
  for (std::size_t i = 0; i < n; ++i) product += static_cast<double>(a[i]) * b[i];
  const double cosine = product / (size_a * size_b);
  return size_b == 0 || (size_a > 0 && cosine > 0 && 1 - cosine * cosine < 0x1p-40);
}

}  // namespace

void update_without_gradient(const Rule& rule, const StepScalars& scalars, float* w,
                             float* const* slots, std::size_t n) {
  const kernels::UpdatedRow row{kNoGradient.data(), w, {slots[0], slots[1], slots[2]}};
  rule.update(scalars, {&row, 1, n});
}

RestingRows::RestingRows(std::shared_ptr<const Rule> rule, const CommonOptions& options,
                         bool decays, std::shared_ptr<const constraints::Constraint> constraint)
    : rule_(std::move(rule)),
      constraint_(std::move(constraint)),
      rest_(rule_->rest()),
      slot_count_(rule_->slots().size()),
      least_moment_(least_moment(*rule_, rest_)),
      averages_(options.use_ema),
      overwrites_(options.use_ema && options.ema_overwrite_frequency.value_or(0) != 0),
      average_momentum_(options.ema_momentum),
      overwrite_frequency_(options.ema_overwrite_frequency.value_or(0)) {
  for (std::size_t k = 0; k < kMaxSlots; ++k) {
    if (!(rest_.decay[k] >= 0 && rest_.decay[k] <= 1)) rest_.kind = Rest::Kind::kNever;
    powers_[k] = Powers(rest_.decay[k]);
  }
  using enum Rest::Kind;
  if (constraint_) {
    ranges_ = constraint_->norm_ranges();
    projection_ = !ranges_.empty() ? Projection::kNorm
                  : dynamic_cast<const constraints::NonNeg*>(constraint_.get()) != nullptr
                      ? Projection::kNonNeg
                      : Projection::kUnknown;
    // A row that is pushed for ever and projected bends.
    const bool bends = projection_ != Projection::kNonNeg || averages_;
    if (rest_.kind == kSign && bends) rest_.kind = kMoment;
  }
  // The weights that a rule repeats its step on are then not those that it left.
  if (rest_.kind == kRepeats && (constraint_ || averages_)) rest_.kind = kNever;
  // A projection that nobody knows is at its end where it changes nothing, and nothing else does.
  if (projection_ == Projection::kUnknown && (averages_ || decays) && rest_.kind != kLatest)
    rest_.kind = kNever;
  accumulates_ = options.gradient_accumulation_steps.value_or(1) > 1;
  const std::optional<Drift> drift = rule_->drift();
  if (rest_.kind == kMoment && averages_ && projection_ == Projection::kNone && drift &&
      ClosedForm::exists(*drift))
    drift_.emplace(*drift);
  maps_.resize(std::max<std::size_t>(1, ranges_.size()));
  reserve_one();
  moves_.push_back(0);
}

std::int64_t RestingRows::longest_wait() const {
  using enum Rest::Kind;
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  if (drift_) return 0;
  if (rest_.kind == kNever) return kEver;
  // Its average remembers every step that is not like the one before.
  if (rest_.kind == kLatest) return averages_ && accumulates_ ? kEver : 0;
  // An average below 0 sinks for long before it may be written over a weight.
  if (projection_ == Projection::kNonNeg && overwrites_) return kEver;
  double wait = 0;
  if (rest_.kind == kMoment)
    wait = rest_.push_decay < 1 ? steps_until(0x1p-40, rest_.push_decay)
                                : steps_until(least_moment_, rest_.decay[rest_.m]);
  if (projection_ == Projection::kNorm && overwrites_)
    wait += std::min(steps_until(0x1p-20, average_momentum_),
                     static_cast<double>(overwrite_frequency_));
  return wait < 1e15 ? static_cast<std::int64_t>(wait) : kEver;
}

bool RestingRows::always() const {
  return projection_ == Projection::kNone &&
         (rest_.kind == Rest::Kind::kStill || rest_.kind == Rest::Kind::kSign || drift_);
}

bool RestingRows::waits() const {
  using enum Rest::Kind;
  if (rest_.kind == kLatest || rest_.kind == kRepeats) return false;
  const bool at_once = projection_ != Projection::kUnknown && !overwrites_ && linear_;
  return !(rest_.kind == kStill && at_once) && !always();
}

void RestingRows::reserve_one() {
  for (RowMaps& maps : maps_) maps.reserve_one();
  steps_.reserve_one();
  moves_.reserve_one();
  pushes_.reserve_one();
  if (drift_) drift_->reserve_one();
}

void RestingRows::push(const MissedStep& step, double decay) noexcept {
  RowMap map;
  if (step.moves) {
    map.w[0] = decay;
    if (rest_.kind == Rest::Kind::kSign) map.w[2] = -rule_->drift_size(step.scalars);
  }
  if (averages_) {
    const auto kept = static_cast<double>(step.average_momentum);
    const auto rest = static_cast<double>(1.0f - step.average_momentum);
    for (std::size_t i = 0; i < 3; ++i) map.average[i] = (i == 1 ? kept : 0) + rest * map.w[i];
    if (step.overwrite) map.w = map.average;
  }
  const double factor = step.moves ? decay : 1;
  linear_ = linear_ && factor >= 0 && factor <= 1 && map.w[2] <= 0;
  constrains_ = constrains_ && step.constrain;
  if (rest_.kind == Rest::Kind::kMoment && step.moves && !drift_)
    note_push(std::abs(rule_->drift_size(step.scalars)), factor);
  moved_ = moved_ || averages_ || factor != 1 || rest_.kind == Rest::Kind::kSign;
  moves_.push_back(moves_.back() + (step.moves ? 1 : 0));
  if (drift_) {
    const double size = step.moves ? rule_->drift_size(step.scalars) : 0;
    const double averaged = size * static_cast<double>(1.0f - step.average_momentum);
    drift_->push(map, step.moves, step.overwrite ? averaged : size, averaged);
  }
  if (projection_ != Projection::kNorm) return maps_[0].push(map);
  steps_.push_back({factor, step.average_momentum, step.overwrite, step.constrain});
  for (std::size_t r = 0; r < ranges_.size(); ++r) {
    RowMap projected = map;
    if (step.constrain) {
      for (double& x : projected.w) x *= ranges_[r].kept;
      projected.w[2] += ranges_[r].added - kNormEpsilon;
    }
    maps_[r].push(projected);
  }
}

/// A push is lost while it sinks faster than the weights do: a step whose size is above what is
/// left of an earlier one wakes it, and so those between them that were not awake already.
void RestingRows::note_push(double size, double decay) noexcept {
  pushes_.push_back({size, decay, false});
  double left = 1;
  for (std::size_t i = pushes_.size() - 1; size > 0 && i-- > 0;) {
    left *= pushes_[i + 1].decay / rest_.push_decay;
    if (pushes_[i].size * left >= size) break;
    pushes_[i].grows = true;
  }
}

void RestingRows::restart() noexcept {
  for (RowMaps& maps : maps_) maps.restart();
  steps_.clear();
  pushes_.clear();
  if (drift_) drift_->restart();
  moves_.clear();
  moves_.push_back(0);
  linear_ = true;
  constrains_ = true;
  moved_ = false;
}

void RestingRows::forget(std::int64_t steps) noexcept {
  for (RowMaps& maps : maps_) maps.forget(steps);
  const auto dropped = static_cast<std::size_t>(steps);
  if (projection_ == Projection::kNorm) steps_.drop_first(dropped);
  const std::int64_t moves = moves_[dropped] - moves_[0];
  if (!pushes_.empty()) pushes_.drop_first(static_cast<std::size_t>(moves));
  moves_.drop_first(dropped);
  if (drift_) drift_->forget(steps);
}

/// What is not finite stays so, with and without a push.
bool RestingRows::is_quiet(const float* w, const float* const* slots, std::size_t n) const {
  const float* m = slots[rest_.m];
  for (std::size_t i = 0; i < n; ++i) {
    if (!(std::abs(m[i]) < least_moment_) && (std::isfinite(m[i]) || std::isfinite(w[i])))
      return false;
  }
  return true;
}

/// Whether the rule's next step leaves the weights as they are, to the bit (or as the projection
/// makes them): then none that follows does otherwise.
bool RestingRows::push_is_lost(const MissedStep& step, std::int64_t at, const float* w,
                               const float* const* slots, std::size_t n) const {
  const std::int64_t push = moves_[static_cast<std::size_t>(at)] - moves_[0];
  if (!step.moves || !(rest_.push_decay < 1) || pushes_[static_cast<std::size_t>(push)].grows)
    return false;
  std::array<float, kLongestRow> before, pushed;
  std::array<std::array<float, kLongestRow>, kMaxSlots> copies;
  std::array<float*, kMaxSlots> own{};
  std::copy_n(w, n, before.data());
  std::copy_n(w, n, pushed.data());
  for (std::size_t k = 0; k < slot_count_; ++k) {
    own[k] = copies[k].data();
    std::copy_n(slots[k], n, own[k]);
  }
  update_without_gradient(*rule_, step.scalars, pushed.data(), own.data(), n);
  if (projection_ == Projection::kNonNeg) {
    raise_to_zero(before.data(), n);
    raise_to_zero(pushed.data(), n);
  }
  return std::memcmp(before.data(), pushed.data(), n * sizeof(float)) == 0;
}

bool RestingRows::is_fixed(const float* w, std::size_t n) const {
  std::array<float, kLongestRow> projected;
  std::copy_n(w, n, projected.data());
  constraint_->apply({projected.data(), n}, Shape{1, static_cast<std::int64_t>(n)});
  return std::memcmp(projected.data(), w, n * sizeof(float)) == 0;
}

bool RestingRows::rests(const MissedStep& step, std::int64_t at, const float* w,
                        const float* const* slots, std::size_t n) const {
  using enum Rest::Kind;
  if (rest_.kind == kNever || rest_.kind == kLatest || rest_.kind == kRepeats) return false;
  if (rest_.kind == kMoment && !is_quiet(w, slots, n) && !push_is_lost(step, at, w, slots, n))
    return false;
  if (projection_ == Projection::kNone) return true;
  if (projection_ == Projection::kUnknown) return is_fixed(w, n);
  if (!linear_) return false;
  const float* average = averages_ ? slots[slot_count_] : nullptr;
  if (projection_ == Projection::kNonNeg)
    return (constrains_ || none_below_zero(w, n)) &&
           !(overwrites_ && !(none_below_zero(w, n) && none_below_zero(average, n)));
  return !std::isinf(norm_of(w, n)) && (!overwrites_ || lie_in_line(w, average, n));
}

void RestingRows::jump(float* w, float* const* slots, std::size_t n, std::int64_t from,
                       std::int64_t to) const {
  float* average = averages_ ? slots[slot_count_] : nullptr;
  if (projection_ == Projection::kNorm) {
    jump_norm(w, average, n, from, to);
  } else {
    const float* s = rest_.kind == Rest::Kind::kSign ? slots[rest_.m] : nullptr;
    const bool projects = projection_ == Projection::kNonNeg;
    if (projects && average != nullptr && !none_below_zero(w, n)) {
      jump_elements(w, s, average, n, from, from + 1);  // the average sees it once
      raise_to_zero(w, n);
      ++from;
    }
    if (moved_ && from < to) jump_elements(w, s, average, n, from, to);
    if (drift_) drift_->apply(w, average, slots, n, from, maps_[0]);
    if (projects) raise_to_zero(w, n);
  }
  const std::int64_t steps =
      moves_[static_cast<std::size_t>(to)] - moves_[static_cast<std::size_t>(from)];
  for (std::size_t k = 0; k < slot_count_; ++k) {
    if (rest_.kind == Rest::Kind::kMoment && k == rest_.m) {
      const auto factor = static_cast<float>(powers_[k](steps));
      std::transform(slots[k], slots[k] + n, slots[k], [&](float m) {
        const float left = std::isfinite(m) ? m * factor : m;
        return std::abs(left) < least_moment_ ? 0.0f : left;
      });
    } else if (rest_.decay[k] != 1) {
      kernels::decay_elements(slots[k], n, powers_[k](steps));
    }
  }
}

/// `s` is the slot whose sign pushes, or null.
void RestingRows::jump_elements(float* w, const float* s, float* average, std::size_t n,
                                std::int64_t from, std::int64_t to) const {
  const RowMap map = maps_[0].between(from, to);
  for (std::size_t i = 0; i < n; ++i) {
    const double before = w[i];
    const double mean = average != nullptr ? average[i] : 0.0f;
    const double sign = s == nullptr ? 0.0 : s[i] > 0 ? 1.0 : s[i] < 0 ? -1.0 : 0.0;
    w[i] = static_cast<float>(times(map.w[0], before) + times(map.w[1], mean) + map.w[2] * sign);
    if (average != nullptr)
      average[i] = static_cast<float>(times(map.average[0], before) + times(map.average[1], mean) +
                                      map.average[2] * sign);
  }
}

std::size_t RestingRows::range_of(double norm) const {
  std::size_t r = 0;
  while (r + 1 < ranges_.size() && norm > ranges_[r].most) ++r;
  return r;
}

double RestingRows::projected(double norm) const {
  const constraints::NormRange& range = ranges_[range_of(norm)];
  return norm / (norm + kNormEpsilon) * (range.kept * norm + range.added);
}

RestingRows::Scaled RestingRows::one_step(Scaled row, std::int64_t at) const {
  const Step& step = steps_[static_cast<std::size_t>(at)];
  row.norm *= step.decay;
  if (averages_) {
    const auto kept = static_cast<double>(step.average_momentum);
    row.along = kept * row.along + static_cast<double>(1.0f - step.average_momentum) * row.norm;
    row.kept *= kept;
    if (step.overwrite) row.norm = row.along;
  }
  if (step.constrain) row.norm = projected(row.norm);
  return row;
}

/// In runs of steps as long as the norm stays in one range, and moves there as the map of the range
/// has it; step by step where it does not.
RestingRows::Scaled RestingRows::scaled(Scaled row, std::int64_t from, std::int64_t to) const {
  const auto fits = [&](double norm, std::size_t r) {
    const double moved = ranges_[r].kept * norm + ranges_[r].added - norm;
    return range_of(norm) == r && norm >= kLeastNorm && std::abs(moved) <= kNear * norm;
  };
  while (from < to) {
    const std::size_t r = range_of(row.norm);
    const bool starts = fits(row.norm, r) && (!overwrites_ || range_of(row.along) == r);
    std::size_t l = starts ? RowMaps::level(from, to) : 0;
    for (; l > 0; --l) {
      const RowMap& map = maps_[r].run(l, from);
      const Scaled next = {map.w[0] * row.norm + map.w[1] * row.along + map.w[2],
                           map.average[0] * row.norm + map.average[1] * row.along + map.average[2],
                           map.average[1] * row.kept};
      if (!fits(next.norm, r) || (overwrites_ && range_of(next.along) != r)) continue;
      row = next;
      break;
    }
    if (l == 0) row = one_step(row, from);
    from += std::int64_t{1} << l;
  }
  return row;
}

void RestingRows::jump_norm(float* w, float* average, std::size_t n, std::int64_t from,
                            std::int64_t to) const {
  const double norm = norm_of(w, n);
  const double mean_norm = average != nullptr ? norm_of(average, n) : 0;
  if (std::isnan(norm)) {
    std::fill_n(w, n, static_cast<float>(norm));
    if (average != nullptr) std::fill_n(average, n, static_cast<float>(norm));
    return;
  }
  // In float32 such a norm is left as it is; and 0 has no direction.
  const auto in_float = static_cast<float>(norm);
  const constraints::NormRange& range = ranges_[range_of(norm)];
  const bool stays = range.kept == 1 && range.added == 0 &&
                     in_float + static_cast<float>(kNormEpsilon) == in_float;
  if (!moved_ && (stays || norm == 0)) return;
  if (norm == 0 && !(overwrites_ && mean_norm > 0)) {
    if (average == nullptr) return;
    const auto kept = static_cast<float>(maps_[0].between(from, to).average[1]);
    for (std::size_t i = 0; i < n; ++i) average[i] *= kept;
    return;
  }
  // Where averages are written over weights, both have one direction (rests()).
  const float* direction = norm > 0 ? w : average;
  const double size = norm > 0 ? norm : mean_norm;
  const Scaled end =
      scaled({norm, overwrites_ ? mean_norm : 0.0, overwrites_ ? 0.0 : 1.0}, from, to);
  const double factor = end.norm / size, along = end.along / size;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = direction[i];
    if (average != nullptr) average[i] = static_cast<float>(end.kept * average[i] + along * x);
    w[i] = static_cast<float>(factor * x);
  }
}

}  // namespace keratin::optimizers
