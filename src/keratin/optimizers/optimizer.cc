// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/optimizer.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/constraints/constraint.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/missed_steps.h"
#include "keratin/optimizers/rule.h"
#include "keratin/optimizers/step_gradient.h"
#include "keratin/optimizers/variable_step.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

enum class Visits { kNone, kTouched, kAll };

/// The state that belongs to one variable.
struct Entry {
  Variable* variable;
  // Keeps a layer's variable alive: its address must not become another variable's.
  std::shared_ptr<Variable> owner;
  bool decays;
  std::vector<Tensor> slots;
  Tensor average;   // of use_ema; else null
  GradientSum sum;  // of gradient_accumulation_steps

  // Of a table, in place of slots and average.
  table::RowStorage* table = nullptr;
  std::shared_ptr<table::RowSlots> rows = {};
  std::shared_ptr<MissedSteps> missed = {};   // null: rows without gradient stand still, or
  bool sweeps = false;                        // every step visits every row
  Visits visits = Visits::kNone;              // of the step in progress: which rows,
  std::span<const std::int64_t> places = {};  // and where they are
  std::optional<double> penalty = {};         // of the weights that the sweep left
};

table::RowStorage* table_of(const Variable& variable) {
  return dynamic_cast<table::RowStorage*>(variable.storage().get());
}

/// A table of fewer rows per visited row than this is swept: that reads memory in order.
constexpr std::int64_t kSweepBelow = 3;
/// From so many missed steps on record on, each step brings some rows up to date, so that after as
/// many again it was the turn of all, and the steps before can be forgotten.
constexpr std::int64_t kLongRecord = RowMaps::kLongest;

/// Rows that are dear to read are brought to rest in turn, all of them in so many steps: what is
/// left for a reader, or for a step that visits all, is then what these steps moved.
constexpr std::int64_t kTurn = 256;

void check_options(std::string_view who, const CommonOptions& o) {
  if (o.gradient_accumulation_steps.value_or(0) != 0 && *o.gradient_accumulation_steps < 2) {
    invalid_argument(who, "gradient_accumulation_steps must be an integer >= 2. Received: ",
                     *o.gradient_accumulation_steps);
  }
  if (o.use_ema && (o.ema_momentum > 1 || o.ema_momentum < 0)) {
    invalid_argument(who, "ema_momentum must be in the range [0, 1]. Received: ", o.ema_momentum);
  }
  if (o.use_ema && o.ema_overwrite_frequency.value_or(1) < 0) {
    invalid_argument(who, "ema_overwrite_frequency must be an integer >= 1 or none. Received: ",
                     *o.ema_overwrite_frequency);
  }
  if (o.clipnorm.has_value() + o.clipvalue.has_value() + o.global_clipnorm.has_value() > 1) {
    invalid_argument(
        who, "only one of clipnorm, clipvalue and global_clipnorm can be set. Received: clipnorm=",
        o.clipnorm.value_or(0), ", clipvalue=", o.clipvalue.value_or(0),
        ", global_clipnorm=", o.global_clipnorm.value_or(0), " (0: not set).");
  }
}

/// What a step multiplies weights by that decay.
double decay_factor(const CommonOptions& o, float learning_rate) {
  return 1 - static_cast<double>(static_cast<float>(o.weight_decay.value_or(0))) *
                 static_cast<double>(learning_rate);
}

float norm_of(double squared) { return std::sqrt(static_cast<float>(squared)); }

/// Keras clips only by a limit above zero.
bool clips(const std::optional<double>& limit) { return limit.value_or(0) > 0; }

}  // namespace

struct Optimizer::State {
  static constexpr std::string_view kOwner = "Optimizer";
  std::string_view class_name;
  CommonOptions options;
  std::shared_ptr<Rule> rule;
  float rate;                   // where there is no schedule
  std::int64_t iterations = 0;  // calls of apply
  bool built = false;
  std::vector<Entry> entries = {};
  std::unordered_map<const Variable*, std::size_t> index = {};
  std::unordered_set<const Variable*> excluded = {};
  std::vector<std::string> excluded_names = {};

  std::int64_t accumulation() const {
    return std::max<std::int64_t>(1, options.gradient_accumulation_steps.value_or(0));
  }
  std::int64_t steps() const { return iterations / accumulation(); }
  float loss_scale() const { return static_cast<float>(options.loss_scale_factor.value_or(1)); }
  float learning_rate() const {
    const LearningRate option = options.learning_rate;  // a user's schedule may set another one
    return option.schedule() != nullptr ? option.at(iterations) : rate;
  }

  Entry& entry(const Variable& variable) {
    const auto found = index.find(&variable);
    if (found == index.end()) {
      invalid_argument(class_name, "unknown variable '", variable.path(),
                       "': an optimizer works only on the variables it was built with; make a new "
                       "one for others.");
    }
    return entries[found->second];
  }
  Entry make_entry(Variable& variable) const;
  void make_table_state(Entry& entry) const;
  void prepare_tables(std::span<Entry* const> active, const std::vector<StepGradient>& gradients,
                      float rate);
  void choose_visits(Entry& entry, const StepGradient& gradient, float rate) const;
  void take(Entry& entry, VariableStep step);
  bool use_weight_decay(const Variable& variable) const;

  std::vector<Entry*> with_gradient(std::span<Variable* const> variables, const Gradients& found);
  std::vector<GradientSum> accumulated(std::span<Entry* const> active,
                                       const Gradients& found) const;
  std::vector<StepGradient> gradients(std::span<Entry* const> active,
                                      const std::vector<GradientSum>& sums,
                                      const Gradients& found) const;
  void clip(std::vector<StepGradient>& gradients) const;
  std::vector<WholeRule::Part> parts(std::span<Entry* const> active,
                                     const std::vector<StepGradient>& gradients, float rate) const;
  std::exception_ptr move(std::span<Entry* const> active,
                          const std::vector<StepGradient>& gradients, float rate);

  /// Calls on_tensor(Tensor) and on_sum(GradientSum&, shape) for the state of the variables, in
  /// the order of Keras's `optimizer.variables` after the learning rate.
  Tensor slot_of(const Entry& entry, std::size_t k) const;
  Tensor average_of(const Entry& entry) const;
  static constexpr int kAverage = -1, kSum = -2, kScalar = -3;
  template <class F>
  void for_each_part(F f);
  template <class OnTensor, class OnSum>
  void visit_state(OnTensor on_tensor, OnSum on_sum);
  std::vector<Tensor> copies(std::optional<std::size_t> only);
};

Optimizer::Optimizer(std::string_view class_name, const CommonOptions& options,
                     std::unique_ptr<Rule> rule)
    : state_(std::unique_ptr<State>(
          new State{.class_name = class_name,
                    .options = options,
                    .rule = std::move(rule),
                    .rate = static_cast<float>(options.learning_rate.number())})) {
  check_options(class_name, options);
  if (state_->options.name.empty()) state_->options.name = auto_name(class_name);
}

Optimizer::~Optimizer() = default;
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;

const std::string& Optimizer::name() const { return state_->options.name; }
bool Optimizer::built() const { return state_->built; }
std::vector<const Variable*> Optimizer::variables() const {
  std::vector<const Variable*> result;
  for (const Entry& entry : state_->entries) result.push_back(entry.variable);
  return result;
}
std::int64_t Optimizer::iterations() const { return state_->steps(); }
float Optimizer::loss_scale_factor() const { return state_->loss_scale(); }
float Optimizer::learning_rate() const { return state_->learning_rate(); }

LearningRate Optimizer::learning_rate_option() const {
  if (state_->options.learning_rate.schedule() != nullptr) return state_->options.learning_rate;
  return LearningRate(state_->rate);
}

void Optimizer::set_learning_rate(double rate) {
  if (state_->options.learning_rate.schedule() != nullptr) {
    invalid_argument(state_->class_name,
                     "the learning rate comes from a schedule and cannot be set; make the "
                     "optimizer with a number for that. Received: ",
                     rate);
  }
  state_->rate = static_cast<float>(rate);
}

void Optimizer::set_learning_rate(std::shared_ptr<const schedules::LearningRateSchedule> schedule) {
  if (!schedule) invalid_argument(state_->class_name, "a schedule must be given.");
  state_->options.learning_rate = LearningRate(std::move(schedule));
}

void Optimizer::exclude_from_weight_decay(std::span<Variable* const> variables,
                                          std::vector<std::string> names) {
  if (state_->built) {
    invalid_argument(state_->class_name,
                     "exclude_from_weight_decay must be called before the optimizer is built.");
  }
  state_->excluded = {variables.begin(), variables.end()};
  state_->excluded_names = std::move(names);
}

bool Optimizer::State::use_weight_decay(const Variable& variable) const {
  if (!options.weight_decay || excluded.contains(&variable)) return false;
  const std::string name = variable.name();
  return std::none_of(excluded_names.begin(), excluded_names.end(), [&](const std::string& part) {
    return name.find(part) != std::string::npos;
  });
}

Entry Optimizer::State::make_entry(Variable& variable) const {
  // No rows: throws where it cannot take this shape. In the middle of a step it would be too late.
  if (variable.constraint && variable.shape().rank() > 0)
    variable.constraint->apply({}, variable.shape().with_batch(0));
  Entry entry{.variable = &variable,
              .owner = variable.weak_from_this().lock(),
              .decays = use_weight_decay(variable),
              .slots = {},
              .average = {},
              .sum = {},
              .table = table_of(variable)};
  if (entry.table != nullptr) {
    make_table_state(entry);
    entry.visits = entry.sweeps ? Visits::kAll : Visits::kNone;
    return entry;
  }
  for (const Slot& slot : rule->slots()) {
    entry.slots.push_back(Tensor::zeros(variable.shape()));
    if (slot.initial != 0) {
      const auto values = entry.slots.back().data<float>();
      std::fill(values.begin(), values.end(), slot.initial);
    }
  }
  if (options.use_ema) entry.average = Tensor::zeros(variable.shape());
  return entry;
}

void Optimizer::State::make_table_state(Entry& entry) const {
  const CatchUpChoice choice = choose(rule, options, entry.decays, *entry.variable);
  entry.sweeps = choice.how == CatchUp::kSweep || entry.table->width() > kLongestRow;
  if (entry.table->on_demand() && (entry.sweeps || options.use_ema)) {
    const std::string_view why = choice.how == CatchUp::kSweep ? choice.reason
                                 : options.use_ema
                                     ? "use_ema puts an average in the place of each at the end"
                                     : "rows wider than 2048 are not brought up to date one by one";
    invalid_argument(
        class_name, "the rows of '", entry.variable->path(),
        "' are drawn on demand, and this optimizer would have to visit all of them: ", why, ".");
  }
  if (!entry.sweeps && choice.how != CatchUp::kNothing)
    entry.missed = std::make_shared<MissedSteps>(rule, options, entry.decays, *entry.variable);
  std::vector<float> initial;
  for (const Slot& slot : rule->slots()) initial.push_back(slot.initial);
  if (options.use_ema) initial.push_back(0.0f);
  entry.rows =
      std::make_shared<table::RowSlots>(entry.table->width(), std::move(initial), entry.missed);
  entry.table->attach(entry.rows);
}

void Optimizer::build(std::span<Variable* const> variables) {
  State& s = *state_;
  for (const Variable* variable : variables) {
    if (variable == nullptr || (!variable->storage() && !variable->value()))
      invalid_argument(s.class_name, "a variable must be given, and must have a value.");
  }
  if (s.built) {
    for (const Variable* variable : variables) s.entry(*variable);
    return;
  }
  const parallel::Uninterrupted whole;
  std::vector<Entry> entries = {};
  std::unordered_map<const Variable*, std::size_t> index;
  for (Variable* variable : variables) {
    if (index.emplace(variable, entries.size()).second) entries.push_back(s.make_entry(*variable));
  }
  s.entries = std::move(entries);
  s.index = std::move(index);
  s.built = true;
}

void Optimizer::apply(std::span<Variable* const> variables, const Gradients& found) {
  if (variables.empty()) return;
  build(variables);
  State& s = *state_;
  // What may fail comes first, and leaves everything as it was. A schedule may be a user's own, and
  // may call us.
  const float rate = s.learning_rate();
  const std::vector<Entry*> active = s.with_gradient(variables, found);
  std::vector<GradientSum> sums = s.accumulated(active, found);
  std::vector<StepGradient> gradients;
  const bool moves = (s.iterations + 1) % s.accumulation() == 0;
  if (moves) {
    gradients = s.gradients(active, sums, found);
    s.clip(gradients);
  }
  WholeRule* const own = moves ? s.rule->whole() : nullptr;
  if (own != nullptr) {
    own->begin(s.parts(active, gradients, rate), rate);
    gradients.clear();  // the driver below has averages and constraints left to do
  }
  s.prepare_tables(active, gradients, rate);
  const parallel::Uninterrupted whole;
  if (own != nullptr) own->end();
  const std::exception_ptr thrown = s.move(active, gradients, rate);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (moves) {
      active[i]->sum.clear();
    } else {
      active[i]->sum = std::move(sums[i]);
    }
  }
  ++s.iterations;
  gradients.clear();  // and with them the handles of weights
  for (Entry* entry : active) {
    if (const auto penalty = std::exchange(entry->penalty, std::nullopt))
      entry->table->remember(entry->variable->regularizer.get(), *penalty);
  }
  if (thrown) std::rethrow_exception(thrown);
}

/// What a rule of whole weights is given.
std::vector<WholeRule::Part> Optimizer::State::parts(std::span<Entry* const> active,
                                                     const std::vector<StepGradient>& gradients,
                                                     float rate) const {
  std::vector<WholeRule::Part> parts;
  for (std::size_t i = 0; i < active.size(); ++i) {
    const Shape& shape = active[i]->variable->shape();
    const Layout layout = layout_of(shape);
    std::vector<float> memory(static_cast<std::size_t>(shape.size()));
    GradientBlock block(memory);
    const float* const numbers = gradients[i].block(0, layout.rows, block);
    std::vector<float> whole(numbers, numbers + shape.size());
    const double decay = active[i]->decays ? decay_factor(options, rate) : 1;
    parts.push_back(
        {active[i]->variable, Tensor::from(std::move(whole), shape), static_cast<float>(decay)});
  }
  return parts;
}

/// The entries of the variables that take part in this step.
std::vector<Entry*> Optimizer::State::with_gradient(std::span<Variable* const> variables,
                                                    const Gradients& found) {
  std::vector<Entry*> active;
  active.reserve(variables.size());
  for (const Variable* variable : variables) {
    Entry& own = entry(*variable);
    // The penalty is part of the loss: it alone gives a gradient.
    if (variable->regularizer || found.find(*variable) != nullptr) active.push_back(&own);
  }
  if (active.empty()) invalid_argument(class_name, "no gradients provided for any variable.");
  return active;
}

/// The sums with this call's gradients; none without accumulation.
/// Keras: the sum holds the penalty's part of each call, at the weights of that call, and is part
/// of the state. So the sum of a table with a regularizer is dense; other tables' sums stay rows.
std::vector<GradientSum> Optimizer::State::accumulated(std::span<Entry* const> active,
                                                       const Gradients& found) const {
  std::vector<GradientSum> sums;
  if (accumulation() == 1) return sums;
  sums.reserve(active.size());
  for (const Entry* entry : active) {
    sums.push_back(entry->sum);
    const Variable& variable = *entry->variable;
    sums.back().add(variable, found.find(variable), loss_scale(), variable.regularizer != nullptr);
  }
  return sums;
}

std::vector<StepGradient> Optimizer::State::gradients(std::span<Entry* const> active,
                                                      const std::vector<GradientSum>& sums,
                                                      const Gradients& found) const {
  std::vector<StepGradient> result;
  result.reserve(active.size());
  for (std::size_t i = 0; i < active.size(); ++i) {
    const Variable& variable = *active[i]->variable;
    if (accumulation() > 1) {
      result.emplace_back(variable, sums[i].dense(), &sums[i].rows(),
                          static_cast<float>(accumulation()), false);
    } else if (const Gradients::Entry* gradient = found.find(variable)) {
      result.emplace_back(variable, gradient->dense, &gradient->rows, loss_scale(), true);
    } else {
      result.emplace_back(variable, Tensor(), nullptr, loss_scale(), true);
    }
  }
  return result;
}

void Optimizer::State::clip(std::vector<StepGradient>& gradients) const {
  if (clips(options.clipnorm)) {
    const auto limit = static_cast<float>(*options.clipnorm);
    for (StepGradient& g : gradients)
      g.clip_by_scale(limit, std::max(norm_of(g.squared_norm()), limit));
  } else if (clips(options.global_clipnorm)) {
    double squared = 0;
    for (const StepGradient& g : gradients) squared += g.squared_norm();
    const float norm = norm_of(squared);
    const auto limit = static_cast<float>(*options.global_clipnorm);
    const float scale =
        limit * std::min(1.0f / norm, static_cast<float>(1.0 / *options.global_clipnorm));
    // Keras: a norm that is not finite makes every gradient NaN, so that it is noticed.
    for (StepGradient& g : gradients) g.clip_by_scale(scale + (norm - norm), 1.0f);
  } else if (clips(options.clipvalue)) {
    for (StepGradient& g : gradients) g.clip_by_value(static_cast<float>(*options.clipvalue));
  }
}

std::vector<Tensor> Optimizer::clip_gradients(const std::vector<Tensor>& gradients) const {
  std::vector<StepGradient> clipped;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i]) continue;
    const Tensor values = cast(gradients[i], DType::kFloat32);
    clipped.emplace_back(Variable("", values), values, nullptr, 1.0f, false);
    places.push_back(i);
  }
  state_->clip(clipped);
  std::vector<Tensor> result(gradients.size());
  for (std::size_t i = 0; i < clipped.size(); ++i) {
    const Tensor& gradient = gradients[places[i]];
    Tensor& values = result[places[i]] = uninitialized(gradient.shape());
    const auto out = values.data<float>();
    const std::int64_t rows = layout_of(gradient.shape()).rows;
    std::vector<float> large(out.size());
    GradientBlock memory(large);
    if (!out.empty()) std::copy_n(clipped[i].block(0, rows, memory), out.size(), out.begin());
  }
  return result;
}

/// All that can fail in the step of a table: what follows only computes.
void Optimizer::State::prepare_tables(std::span<Entry* const> active,
                                      const std::vector<StepGradient>& gradients, float rate) {
  for (Entry& entry : entries) {
    const auto at = std::find(active.begin(), active.end(), &entry);
    if (entry.table == nullptr || (at == active.end() && !options.use_ema)) continue;
    entry.table->attach(entry.rows);
    entry.visits = entry.sweeps ? Visits::kAll : Visits::kNone;
    if (!gradients.empty() && at != active.end() && !entry.sweeps)
      choose_visits(entry, gradients[static_cast<std::size_t>(at - active.begin())], rate);
    if (entry.visits == Visits::kAll) entry.table->settle();
    if (!entry.missed) continue;
    entry.table->advance_next(entry.table->rows_in_use() / kTurn + 1);
    if (entry.missed->recorded() >= kLongRecord && !entry.table->on_demand())
      entry.missed->forget(entry.table->settle_next((entry.table->rows() - 1) / kLongRecord + 1));
    entry.missed->reserve_one();
  }
}

/// Which rows of a table that is not swept anyway this step visits.
void Optimizer::State::choose_visits(Entry& entry, const StepGradient& gradient, float rate) const {
  const auto touched = static_cast<std::int64_t>(gradient.ids().size());
  // A decay that turns weights over has no logarithm, and so no closed form.
  const bool flips = entry.decays && !(decay_factor(options, rate) > 0) &&
                     choose(rule, options, true, *entry.variable).how == CatchUp::kClosedForm;
  // Keras: 0 times infinity, and with a NaN every row is NaN, not the rows with a gradient alone.
  const bool spoils_all = !std::isfinite(rate) || !gradient.keeps_zeros();
  if (entry.table->on_demand()) {
    const std::string_view reason =
        spoils_all
            ? "a learning rate or a norm of gradients that is not finite makes every row NaN."
        : !gradient.is_sparse() ? "its gradient must be made of rows, not dense."
        : flips ? "weight_decay * learning_rate must be below 1, or rows that are not in use "
                  "cannot be brought up to date."
                : "";
    if (!reason.empty())
      invalid_argument(class_name, "the rows of '", entry.variable->path(),
                       "' are drawn on demand: ", reason);
  }
  const bool few = touched < entry.table->rows() / kSweepBelow && !flips && !spoils_all &&
                   !(entry.missed && entry.missed->breaks_off(rate));
  if (entry.table->on_demand() || (gradient.is_sparse() && few)) {
    entry.places = entry.table->places(gradient.ids());
    entry.visits = Visits::kTouched;
  } else {
    entry.visits = Visits::kAll;
  }
}

void Optimizer::State::take(Entry& entry, VariableStep step) {
  if (entry.table == nullptr) {
    take_step(step);
    return;
  }
  const Visits visits = std::exchange(entry.visits, entry.sweeps ? Visits::kAll : Visits::kNone);
  if (visits == Visits::kAll) {
    for (std::size_t k = 0; k < step.slot_count; ++k) step.slots[k] = entry.rows->slot(k);
    if (options.use_ema) step.average = entry.rows->slot(entry.rows->count() - 1);
    entry.penalty = take_step(step);
    if (entry.missed) entry.missed->restart();  // every row is true as it is
    return;
  }
  if (visits == Visits::kTouched) {
    step.visits_touched = true;
    step.places = entry.places;
    step.rows_read = step.gradient->weights(entry.table->version());
    take_step(step);
  }
  if (entry.missed) entry.missed->push(step);
}

/// Without gradients (a call that only accumulates) the averages and constraints act all the same,
/// as in Keras. Returns what a constraint threw.
std::exception_ptr Optimizer::State::move(std::span<Entry* const> active,
                                          const std::vector<StepGradient>& gradients, float rate) {
  std::exception_ptr thrown;
  VariableStep common{.learning_rate = rate, .thrown = &thrown};
  common.weight_decay = static_cast<float>(options.weight_decay.value_or(0));
  common.average_momentum = steps() != 0 ? static_cast<float>(options.ema_momentum) : 0.0f;
  const std::int64_t frequency = options.ema_overwrite_frequency.value_or(0);
  common.overwrite = options.use_ema && frequency != 0 && (steps() + 1) % frequency == 0;
  common.averages = options.use_ema;
  std::vector<std::pair<Entry*, VariableStep>> all;
  all.reserve(entries.size());
  const auto add = [&](Entry& entry) -> VariableStep& {
    VariableStep& step = all.emplace_back(&entry, common).second;
    step.variable = entry.variable;
    step.table = entry.table;
    if (entry.table == nullptr) {
      Tensor weights = entry.variable->value();
      step.weights = weights.data<float>().data();
    }
    if (entry.average) step.average = entry.average.data<float>().data();
    step.memory = memory_of_step(*entry.variable, entry.table);
    return step;
  };
  const std::size_t slot_count = rule->slots().size();
  for (std::size_t i = 0; i < active.size(); ++i) {
    VariableStep& step = add(*active[i]);
    step.constrain = true;
    if (gradients.empty()) continue;
    step.gradient = &gradients[i];
    step.rule = rule.get();
    step.decays = active[i]->decays;
    step.slot_count = slot_count;
    for (std::size_t k = 0; k < active[i]->slots.size(); ++k)
      step.slots[k] = active[i]->slots[k].data<float>().data();
  }
  if (options.use_ema && active.size() != entries.size()) {
    for (Entry& entry : entries) {  // Keras averages every variable, also those that stand still
      if (std::find(active.begin(), active.end(), &entry) == active.end()) add(entry);
    }
  }

  // From here on nothing is allocated: the step is taken whole.
  if (!gradients.empty()) {
    const StepScalars scalars = rule->begin_step(steps() + 1, common.learning_rate);
    for (std::size_t i = 0; i < active.size(); ++i) all[i].second.scalars = scalars;
  }
  for (auto& [entry, step] : all) take(*entry, step);
  return thrown;
}

void Optimizer::finalize_variable_values(std::span<Variable* const> variables) {
  State& s = *state_;
  if (!s.options.use_ema || !s.built) return;
  build(variables);  // refuses others
  for (Variable* variable : variables) variable->assign(s.average_of(s.entry(*variable)));
}

/// A view of one slot of a table, every row as it is now; on demand of the rows in use.
Tensor Optimizer::State::slot_of(const Entry& entry, std::size_t k) const {
  if (entry.table->on_demand() && entry.table->moves_untouched_rows()) {
    invalid_argument(class_name, "the rows of '", entry.variable->path(),
                     "' are drawn on demand, and the optimizer has moved rows that were never "
                     "drawn: its state cannot be had without them.");
  }
  entry.table->attach(entry.rows);
  entry.table->settle();
  const Shape shape{entry.table->rows_in_use(), entry.table->width()};
  const auto count = static_cast<std::size_t>(shape.size());
  return Tensor::view(std::span<float>(entry.rows->slot(k), count), shape);
}

Tensor Optimizer::State::average_of(const Entry& entry) const {
  return entry.table != nullptr ? slot_of(entry, entry.rows->count() - 1) : entry.average;
}

/// Calls f(entry, name, slot) for each part of the state, in the order of Keras's
/// `optimizer.variables` after the learning rate. `slot` is the slot's place, or kAverage, kSum, or
/// kScalar, which belongs to no entry (null).
template <class F>
void Optimizer::State::for_each_part(F f) {
  if (options.use_ema) {
    for (Entry& entry : entries) f(&entry, "average", kAverage);
  }
  if (accumulation() > 1) {
    for (Entry& entry : entries) f(&entry, "gradient_accumulator", kSum);
  }
  const std::vector<Slot> slots = rule->slots();
  int groups = 0;
  for (const Slot& slot : slots) groups = std::max(groups, slot.group + 1);
  for (int group = 0; group < groups; ++group) {
    for (Entry& entry : entries) {
      for (std::size_t k = 0; k < slots.size(); ++k) {
        if (slots[k].group == group) f(&entry, slots[k].name, static_cast<int>(k));
      }
    }
  }
  if (built && rule->scalar_state() != nullptr) f(nullptr, rule->scalar_name(), kScalar);
}

template <class OnTensor, class OnSum>
void Optimizer::State::visit_state(OnTensor on_tensor, OnSum on_sum) {
  for_each_part([&](Entry* entry, std::string_view, int slot) {
    if (slot == kScalar) return on_tensor(*rule->scalar_state());
    if (slot == kAverage) return on_tensor(average_of(*entry));
    if (slot == kSum) return on_sum(entry->sum, entry->variable->shape());
    const auto k = static_cast<std::size_t>(slot);
    on_tensor(entry->table != nullptr ? slot_of(*entry, k) : entry->slots[k]);
  });
}

std::int64_t Optimizer::count_params() const {
  const State& s = *state_;
  std::int64_t count = s.options.learning_rate.schedule() == nullptr ? 2 : 1;  // with iterations
  if (!s.built) return count;
  const auto like_weights = static_cast<std::int64_t>(s.rule->slots().size()) +
                            (s.options.use_ema ? 1 : 0) + (s.accumulation() > 1 ? 1 : 0);
  for (const Entry& entry : s.entries) count += like_weights * entry.variable->shape().size();
  return count + (s.rule->scalar_state() != nullptr ? 1 : 0);
}

/// Copies of the state, or of the one part at `only`: the others are null then.
std::vector<Tensor> Optimizer::State::copies(std::optional<std::size_t> only) {
  std::vector<Tensor> all;
  const auto add = [&](auto copy) {
    all.push_back(!only || *only == all.size() ? copy() : Tensor());
  };
  add([&] { return Tensor::from(std::vector<std::int64_t>{iterations}, Shape{}); });
  if (options.learning_rate.schedule() == nullptr)
    add([&] { return Tensor::from(std::vector<float>{rate}, Shape{}); });
  if (only && *only < all.size()) return all;  // without a look at the slots
  visit_state(
      [&](const Tensor& tensor) { add([&] { return copy_of(tensor); }); },
      [&](GradientSum& sum, const Shape& shape) { add([&] { return sum.to_tensor(shape); }); });
  return all;
}

std::vector<Tensor> Optimizer::get_weights() const { return state_->copies(std::nullopt); }

Tensor Optimizer::get_weight(std::size_t index) const {
  const std::vector<Tensor> all = state_->copies(index);
  if (index >= all.size()) {
    out_of_range(state_->class_name, "there is no weight ", index, ": there are ", all.size(), ".");
  }
  return all[index];
}

std::vector<std::string> Optimizer::weight_names() const {
  std::vector<std::string> names = {"iteration"};
  if (state_->options.learning_rate.schedule() == nullptr) names.emplace_back("learning_rate");
  state_->for_each_part([&](const Entry* entry, std::string_view what, int) {
    std::string name = entry == nullptr ? "" : entry->variable->path() + "_";
    std::replace(name.begin(), name.end(), '/', '_');
    names.push_back(name.append(what));
  });
  return names;
}

void Optimizer::set_weights(const std::vector<Tensor>& weights) {
  State& s = *state_;
  const bool has_rate = s.options.learning_rate.schedule() == nullptr;
  std::vector<Shape> shapes(has_rate ? 2 : 1);
  s.visit_state([&](Tensor tensor) { shapes.push_back(tensor.shape()); },
                [&](GradientSum&, const Shape& shape) { shapes.push_back(shape); });
  if (weights.size() != shapes.size()) {
    invalid_argument(s.class_name, "set_weights needs ", shapes.size(), " tensors",
                     s.built ? "" : " before build", ". Received: ", weights.size());
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!weights[i] || weights[i].shape() != shapes[i]) {
      invalid_argument(s.class_name, "set_weights: tensor ", i, " must have shape ", shapes[i],
                       ". Received: ", weights[i] ? to_string(weights[i].shape()) : "none");
    }
  }
  if (is_floating(weights[0].dtype())) {
    invalid_argument(s.class_name, "set_weights: the number of iterations must be an integer.");
  }
  const Tensor iterations = cast(weights[0], DType::kInt64);
  if (iterations.data<std::int64_t>()[0] < 0) {
    invalid_argument(s.class_name,
                     "set_weights: the number of iterations must not be negative. Received: ",
                     iterations.data<std::int64_t>()[0]);
  }
  std::vector<Tensor> values;  // cast before anything is written: memory may run out
  for (const Tensor& weight : weights) values.push_back(cast(weight, DType::kFloat32));
  s.iterations = iterations.data<std::int64_t>()[0];
  if (has_rate) s.rate = std::as_const(values[1]).data<float>()[0];
  std::size_t next = has_rate ? 2 : 1;
  s.visit_state(
      [&](Tensor tensor) {
        const auto from = std::as_const(values[next++]).data<float>();
        std::copy(from.begin(), from.end(), tensor.data<float>().begin());
      },
      [&](GradientSum& sum, const Shape&) { sum.from_tensor(values[next++]); });
}

}  // namespace keratin::optimizers
