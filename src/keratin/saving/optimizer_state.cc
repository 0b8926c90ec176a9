// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/optimizer_state.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/pages.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::saving {
namespace {

bool is_number(const Tensor& tensor) { return tensor.shape().size() == 1; }

/// Of the first `kinds` of slots, each of all variables, one variable's behind another's; amsgrad's
/// maxima, a third kind, stay behind all of them, as today.
void put_by_variable(std::vector<Tensor>& state, std::size_t variables, std::size_t kinds) {
  if (kinds < 2 || state.size() < 1 + kinds * variables) return;
  std::vector<Tensor> by_variable;
  for (std::size_t i = 0; i < variables; ++i) {
    for (std::size_t kind = 0; kind < kinds; ++kind)
      by_variable.push_back(state[1 + kind * variables + i]);
  }
  std::ranges::move(by_variable, state.begin() + 1);
}

/// How many kinds of slots stand by kind in the file, and by variable today.
std::size_t kinds_by_variable(std::string_view class_name, StateForm form) {
  if (class_name == "Adadelta") return form == StateForm::kByKind ? 2 : 0;
  return class_name == "Adam" || class_name == "Adamax" || class_name == "Nadam" ? 2 : 0;
}

const table::RowStorage* rows_on_demand(const Variable& weight) {
  const auto* const rows = dynamic_cast<const table::RowStorage*>(weight.storage().get());
  return rows != nullptr && rows->on_demand() ? rows : nullptr;
}

/// The rows of a (V, D) array in another order: row i of the result is row `places[i]` of `array`
/// (`gather`), or row `places[i]` of the result is row i.
Tensor reordered(const Tensor& array, const std::vector<std::int64_t>& places, bool gather) {
  Tensor result = uninitialized(array.shape());
  const auto width = static_cast<std::size_t>(array.shape()[1]);
  const std::span<const float> in = array.data<float>();
  const std::span<float> out = result.data<float>();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t place = static_cast<std::size_t>(places[i]) * width;
    const auto from = in.subspan(gather ? place : i * width, width);
    std::ranges::copy(from, out.subspan(gather ? i * width : place, width).begin());
  }
  return result;
}

/// The variables that arrays of the state stand beside, whose names go on behind their paths.
class Beside {
 public:
  explicit Beside(const std::vector<const Variable*>& variables) {
    for (const Variable* variable : variables) {
      std::string name = variable->path();
      std::ranges::replace(name, '/', '_');
      by_name_.emplace(std::move(name), variable);
    }
  }
  /// Of paths that begin alike the longest; null for an array of its own.
  const Variable* variable_of(std::string_view array) const {
    for (std::size_t end = array.rfind('_'); end != array.npos && end > 0;
         end = array.rfind('_', end - 1)) {
      const auto found = by_name_.find(std::string(array.substr(0, end)));
      if (found != by_name_.end()) return found->second;
    }
    return nullptr;
  }

 private:
  std::unordered_map<std::string, const Variable*> by_name_;
};

/// What stands beside tables drawn on demand, whose rows are all in use: in the order of the ids
/// (`by_id`), or from that back in the order in which this model has them.
void put_rows_in_order(const optimizers::Optimizer& optimizer, std::vector<Tensor>& state,
                       bool by_id) {
  const std::vector<const Variable*> variables = optimizer.variables();
  if (std::ranges::none_of(variables, [](const Variable* v) { return rows_on_demand(*v); })) return;
  const std::vector<std::string> names = optimizer.weight_names();
  const Beside beside(variables);
  for (std::size_t i = 0; i < state.size(); ++i) {
    const Variable* const variable = beside.variable_of(names[i]);
    if (variable == nullptr || state[i].shape() != variable->shape()) continue;
    if (const table::RowStorage* const rows = rows_on_demand(*variable))
      state[i] = reordered(state[i], rows->used().ids, !by_id);
  }
}

}  // namespace

void draw_rows(const models::Model& model) {
  for (const auto& weight : model.weights()) {
    const table::RowStorage* const rows = rows_on_demand(*weight);
    if (rows != nullptr && rows->has_undrawn()) weight->assign(weight->value());
  }
}

std::vector<Tensor> state_of(const models::Model& model) {
  if (!model.compiled() || !model.optimizer().built()) return {};
  draw_rows(model);
  std::vector<Tensor> state = model.optimizer().get_weights();
  put_rows_in_order(model.optimizer(), state, true);
  return state;
}

void set_state(models::Model& model, std::vector<Tensor> state) {
  put_rows_in_order(model.optimizer(), state, false);
  model.optimizer().set_weights(state);
}

bool is_as_made(const optimizers::Optimizer& optimizer, const std::vector<Tensor>& saved) {
  const auto is = [&](std::size_t i, float number) {
    return saved[i].shape().size() == 1 &&
           cast(saved[i], DType::kFloat32).data<float>()[0] == number;
  };
  const bool has_rate = optimizer.learning_rate_option().schedule() == nullptr;
  return !optimizer.built() && optimizer.iterations() == 0 &&
         saved.size() == (has_rate ? 2U : 1U) && is(0, 0) &&
         (!has_rate || is(1, optimizer.learning_rate()));
}

OptimizerState state_of(const optimizers::Optimizer& optimizer, const ReadWeights& coming) {
  OptimizerState state{std::string(optimizer.class_name()), optimizer.get_weights(),
                       optimizer.variables().size(),
                       optimizer.learning_rate_option().schedule() == nullptr};
  if (state.class_name == "Nadam") state.beta_1 = optimizer.get_config().at("beta_1").as_double();
  const std::unordered_map<std::string_view, Shape> others = coming.other_shapes();
  if (others.empty()) return state;
  const std::vector<std::string> names = optimizer.weight_names();
  const Beside beside(optimizer.variables());
  for (std::size_t i = 0; i < state.weights.size(); ++i) {
    const Variable* const variable = beside.variable_of(names[i]);
    if (variable == nullptr || state.weights[i].shape() != variable->shape()) continue;
    const auto found = others.find(variable->path());
    if (found != others.end() && variable->takes(found->second))
      state.weights[i] = untouched_zeros(found->second);
  }
  return state;
}

namespace {

/// A number of steps as it must be, int64; null for anything else.
Tensor steps_from(const Tensor& saved) {
  if (!is_number(saved)) return {};
  const double number = cast(saved, DType::kFloat64).data<double>()[0];
  constexpr double kMost = 9007199254740992;  // 2^53: above it a float tells no two steps apart
  if (!(number >= 0 && number <= kMost) || number != std::floor(number)) return {};
  return cast(saved, DType::kInt64);
}

/// Nadam's product to where it stands today, behind all: Keras 3 had it in front of the slots once
/// (3.0 to 3.6 did). tf.keras (2.11 and later) keeps none; then it is what the steps until here
/// have made it there, where each weight multiplies it by the step's factor, and not each step
/// alone.
void put_product_last(std::vector<Tensor>& saved, const OptimizerState& now) {
  const std::size_t wanted = now.weights.size();
  for (std::size_t i = 1; i < std::min<std::size_t>(3, saved.size()); ++i) {
    if (saved.back().shape().rank() == 0 || saved[i].shape().rank() != 0) continue;
    if (i == 1 && now.has_rate && saved.size() == wanted) continue;  // the learning rate
    std::rotate(saved.begin() + static_cast<std::ptrdiff_t>(i),
                saved.begin() + static_cast<std::ptrdiff_t>(i) + 1, saved.end());
    return;
  }
  const Tensor steps = steps_from(saved[0]);
  if (saved.size() + (now.has_rate ? 2 : 1) != wanted || !steps) return;
  constexpr double kZero = 1e-45;  // to a float
  constexpr std::int64_t kMost = 1'000'000;
  double product = 1;
  for (std::int64_t t = 1; t <= std::min(steps.data<std::int64_t>()[0], kMost); ++t) {
    if (product < kZero) break;
    product *= std::pow(now.beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(t))),
                        static_cast<double>(now.variables));
  }
  saved.push_back(Tensor::from(std::vector<float>{static_cast<float>(product)}, Shape{}));
}

/// Adafactor has numbers that say nothing beside each vector; tf.keras does not write them.
void put_numbers_beside_vectors(std::vector<Tensor>& saved, const OptimizerState& now) {
  const bool is_without_rate = now.has_rate && saved.size() > 1 && saved[1].shape().rank() > 0;
  for (std::size_t i = now.has_rate ? 2 : 1; i < now.weights.size(); ++i) {
    const std::size_t place = i - (is_without_rate ? 1 : 0);
    if (now.weights[i].shape().rank() > 0 || place > saved.size()) continue;
    if (place < saved.size() && saved[place].shape().rank() == 0) continue;
    saved.insert(saved.begin() + static_cast<std::ptrdiff_t>(place), now.weights[i]);
  }
}

bool fits(std::vector<Tensor>& saved, const std::vector<Tensor>& wanted) {
  if (saved.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < saved.size(); ++i) {
    if (i < 2 && is_number(saved[i]) && is_number(wanted[i]))
      saved[i] = saved[i].reshaped(wanted[i].shape());
    if (saved[i].shape() != wanted[i].shape()) return false;
  }
  saved[0] = steps_from(saved[0]);
  return static_cast<bool>(saved[0]);
}

}  // namespace

StateForm state_form(std::string_view keras_version, std::string_view first_name) {
  if (first_name.ends_with("/iter:0")) return StateForm::kOptimizerV2;
  if (!keras_version.starts_with("2.")) return StateForm::kToday;
  int minor = 0;
  std::from_chars(keras_version.data() + 2, keras_version.data() + keras_version.size(), minor);
  return minor <= 10 ? StateForm::kByKind : StateForm::kToday;
}

std::optional<std::vector<Tensor>> state_for(const OptimizerState& now, std::vector<Tensor> saved,
                                             StateForm form, const Warn& warn) {
  if (saved.empty()) return std::nullopt;
  const std::size_t wanted = now.weights.size();
  const std::size_t count = saved.size();
  if (form != StateForm::kToday) {
    // Keras 2.3 wrote a number for each third moment that Adam does not have.
    while (saved.size() + (now.has_rate ? 1 : 0) > wanted && is_number(saved.back()))
      saved.pop_back();
    // Nadam's product stands behind the steps, and today at the end.
    if (now.class_name == "Nadam" && saved.size() > 1 && is_number(saved[1]))
      std::rotate(saved.begin() + 1, saved.begin() + 2, saved.end());
    put_by_variable(saved, now.variables, kinds_by_variable(now.class_name, form));
  }
  if (now.class_name == "Nadam") put_product_last(saved, now);
  if (now.class_name == "Adafactor") put_numbers_beside_vectors(saved, now);
  // tf.keras's SGD has sums of past steps without a momentum too, of which it makes nothing.
  if (now.class_name == "SGD" && wanted == (now.has_rate ? 2U : 1U) &&
      saved.size() == 1 + now.variables)
    saved.resize(1);
  if (now.has_rate && saved.size() + 1 == wanted) saved.insert(saved.begin() + 1, now.weights[1]);
  if (!now.has_rate && saved.size() == wanted + 1 && is_number(saved[1]))
    saved.erase(saved.begin() + 1);
  if (fits(saved, now.weights)) return saved;
  warn(str("the optimizer starts anew: the file has ", count,
           " arrays of its state, which are not those of ", now.class_name, " for ", now.variables,
           " weights, ", wanted, "."));
  return std::nullopt;
}

}  // namespace keratin::saving
