// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/functional.h"

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "keratin/base/error.h"
#include "keratin/graph/op.h"
#include "keratin/graph/shapes_alone.h"
#include "keratin/models/functional_config.h"
#include "keratin/models/graph_calls.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {
namespace {

std::vector<std::string> names_of(const Values& values) {
  std::vector<std::string> names;
  for (const Value& value : values) names.push_back(value.node()->name);
  return names;
}

/// The layer of a node; null for an op. Held by nodes as what runs, by models as what it is.
std::shared_ptr<layers::Layer> layer_of(const Node& node) {
  return std::dynamic_pointer_cast<layers::Layer>(
      std::const_pointer_cast<Operation>(node.operation));
}

/// x of shape (B,) for (None, 1), and the other way. Keras: `_adjust_input_rank`.
Value with_rank_of(const Value& x, const Shape& wanted) {
  if (x.is_symbolic() || x.shape().rank() == wanted.rank()) return x;
  Shape shape = x.shape();
  if (shape.rank() == wanted.rank() + 1 && shape.back() == 1) {
    return Value(x.tensor().reshaped(shape.leading())).with_mask(x.mask());
  }
  if (shape.rank() + 1 == wanted.rank() && wanted.rank() > 0 && wanted.back() == 1) {
    shape.push_back(1);
    return Value(x.tensor().reshaped(shape)).with_mask(x.mask());
  }
  return x;
}

/// A symbolic value of that shape that no model has.
Value stand_in(const Value& like, const Spec& spec) {
  return Value::symbolic(
      std::make_shared<Node>(like.node()->operation, Inputs(), std::vector<Spec>{spec}), 0);
}

/// How many values stand in a structure.
std::size_t count_of(const Config& structure) {
  std::size_t count = structure.is_null() ? 1 : 0;
  if (structure.is_dict()) {
    for (const auto& entry : structure.as_dict()) count += count_of(entry.second);
  } else if (!structure.is_null()) {
    for (const Config& item : structure.as_list()) count += count_of(item);
  }
  return count;
}

void check_structure(std::string_view what, const Config& structure, const Values& values) {
  if (structure.is_null() || count_of(structure) == values.size()) return;
  invalid_argument("Functional", what, "_structure must have one leaf for each ", what,
                   ". Received: ", count_of(structure), " for ", values.size(), ".");
}

/// The keys of a dict of values, sorted; empty for another structure.
std::vector<std::string> names_in(const Config& structure) {
  std::vector<std::string> names;
  if (!structure.is_dict()) return names;
  for (const auto& [key, value] : structure.as_dict()) {
    if (!value.is_null()) return {};
    names.push_back(key);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> names_or(std::string_view what, std::vector<std::string> given,
                                  const Config& structure, const Values& values) {
  if (given.empty()) given = names_in(structure);
  if (given.empty()) return names_of(values);
  if (given.size() != values.size()) {
    invalid_argument("Functional", what, "_names must name each ", what,
                     ". Received: ", given.size(), " names for ", values.size(), ".");
  }
  return given;
}

}  // namespace

Functional::Functional(Values inputs, Values outputs, FunctionalOptions options)
    : LayerOf("Functional", options.name, options.mask_policy),
      function_(std::move(inputs), std::move(outputs), options.mask_policy, name()) {
  if (function_.inputs().empty() || function_.outputs().empty())
    invalid_argument("Functional", "model '", name(), "' must have inputs and outputs.");
  input_structure_ = std::move(options.input_structure);
  output_structure_ = std::move(options.output_structure);
  check_structure("input", input_structure_, this->inputs());
  check_structure("output", output_structure_, this->outputs());
  input_names_ =
      names_or("input", std::move(options.input_names), input_structure_, this->inputs());
  output_names_ =
      names_or("output", std::move(options.output_names), output_structure_, this->outputs());
  std::unordered_set<const layers::Layer*> seen;
  for (const auto& node : nodes()) {
    add_to_run(*node->operation);
    auto layer = layer_of(*node);
    if (layer && seen.insert(layer.get()).second) layers_.push_back(std::move(layer));
  }
  std::unordered_map<std::string, const layers::Layer*> names;
  for (const auto& layer : layers_) {
    const auto [known, is_new] = names.emplace(layer->name(), layer.get());
    if (!is_new && known->second != layer.get()) {
      invalid_argument("Functional", "the name '", layer->name(),
                       "' is that of two layers of model '", name(),
                       "'. All layer names must be unique.");
    }
  }
}

std::vector<std::string> Functional::input_names() const { return input_names_; }
std::vector<std::string> Functional::output_names() const { return output_names_; }

std::optional<Spec> Functional::known_input() const {
  if (inputs().size() != 1) return std::nullopt;
  return Spec{inputs()[0].shape(), inputs()[0].dtype()};
}

Shape Functional::input_shape() const {
  if (inputs().size() != 1)
    invalid_argument("Functional", "model '", name(), "' has ", inputs().size(), " inputs.");
  return inputs()[0].shape();
}

Shape Functional::output_shape() const {
  if (outputs().size() != 1)
    invalid_argument("Functional", "model '", name(), "' has ", outputs().size(), " outputs.");
  return outputs()[0].shape();
}

void Functional::set_mask_policy(MaskPolicy policy) {
  require_idle("set_mask_policy");
  Function checked(inputs(), outputs(), policy, name());
  function_ = std::move(checked);
  mask_policy_ = policy;
}

Values Functional::fitted(const Values& given) const {
  Values result;
  for (std::size_t i = 0; i < given.size(); ++i)
    result.push_back(with_rank_of(given[i], inputs()[i].shape()));
  return result;
}

void Functional::prepare(const Inputs& given) const {
  if (given.size() != inputs().size()) {
    invalid_argument("Functional", "model '", name(), "' takes ", inputs().size(),
                     inputs().size() == 1 ? " input" : " inputs", ". Received: ", given.size());
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i])
      invalid_argument("Functional", "model '", name(), "': input '", input_names_[i],
                       "' is missing.");
    const Shape& wanted = inputs()[i].shape();
    const Shape shape = with_rank_of(given[i], wanted).shape();
    const bool fits = shape.rank() == wanted.rank() &&
                      (shape.rank() == 0 || shape.from(1).is_compatible_with(wanted.from(1)));
    if (!fits) {
      invalid_argument("Functional", "model '", name(), "': input '", input_names_[i],
                       "' must have shape ", wanted, ". Received: ", given[i].shape());
    }
  }
}

Values Functional::call(const Inputs& given, Pass& pass) const {
  return function_(fitted(given.values), pass);
}

Shape Functional::compute_output_shape(const Shape& input_shape) const {
  if (takes_several()) return Layer::compute_output_shape(input_shape);  // which throws
  return compute_output_spec(stand_in(inputs()[0], {input_shape, inputs()[0].dtype()}))[0].shape;
}

std::vector<Spec> Functional::compute_output_spec(const Inputs& given) const {
  prepare(given);
  Values stands;
  for (std::size_t i = 0; i < given.size(); ++i)
    stands.push_back(stand_in(inputs()[i], {given[i].shape(), given[i].dtype()}));
  const ShapesAlone alone;
  std::vector<Spec> specs;
  Pass pass(false, nullptr, MaskPolicy::kKeras3);  // masks were looked at when it was made
  for (const Value& output : function_(stands, pass))
    specs.push_back({output.shape(), output.dtype()});
  return specs;
}

Values Functional::compute_mask(const Inputs& given) const {
  return function_.masks(fitted(given.values), mask_policy_);
}

/// Of a model within a model, which has its first input to look at here.
void Functional::check_inputs(const Tensor& x) const {
  if (takes_several()) {
    check_readers(0, x);
  } else {
    check_data(x);
  }
}

void Functional::check_data(const Tensors& x) const {
  prepare(Values(std::vector<Value>(x.begin(), x.end())));
  for (std::size_t i = 0; i < x.size(); ++i) check_readers(i, x[i]);
}

/// The operations that read an input first look at the data, but in a call with options, which
/// decide what it takes: that looks by itself.
void Functional::check_readers(std::size_t input, const Tensor& x) const {
  for (const auto& node : function_.nodes()) {
    const Inputs& in = node->inputs;
    if (!in.values.empty() && in.options.is_null() && in[0].is_same(inputs()[input]))
      node->operation->check_inputs(x);
  }
}

void Functional::build_for(const Tensors& x) const { check_data(x); }

Config Functional::get_config() const {
  Config config = Config::dict();
  config["name"] = name();
  config["trainable"] = trainable();
  put_graph(config, nodes(), inputs(), input_structure_, outputs(), output_structure_);
  return config;
}

Functional Functional::from_config(const Config& config, const LoadOptions& load) {
  FunctionalOptions options{.mask_policy = load.mask_policy};
  if (const Config* name = config.find("name"))
    at_place("name", [&] { keratin::from_config(*name, options.name); });
  bool trainable = true;
  if (const Config* given = config.find("trainable"); given != nullptr && !given->is_null())
    at_place("trainable", [&] { trainable = given->as_bool(); });
  GraphEnds ends = made_again(config, load);
  options.input_structure = std::move(ends.input_structure);
  options.output_structure = std::move(ends.output_structure);
  Functional model(std::move(ends.inputs), std::move(ends.outputs), std::move(options));
  if (!trainable) model.set_trainable(false);
  return model;
}

Config Functional::serialize() const {
  Config out = Config::dict();
  out["module"] = "keras.src.models.functional";
  out["class_name"] = "Functional";
  out["config"] = get_config();
  out["registered_name"] = "Functional";
  return out;
}

/// Whether each operation reads from the one before it alone, and none is there twice: what Keras
/// shows as it shows a Sequential.
bool Functional::stands_in_a_row() const {
  std::unordered_set<const Operation*> seen;
  const Node* before = nullptr;
  for (const auto& node : nodes()) {
    std::size_t reads = 0;
    bool from_before = true;
    for_each_value(node->inputs, [&](const Value& value) {
      if (!value.is_symbolic()) return;
      ++reads;
      from_before = from_before && value.node().get() == before;
    });
    const bool is_op = node->operation->name().empty();
    if (reads > 1 || !from_before || (reads == 0 && before != nullptr) ||
        (!is_op && !seen.insert(node->operation.get()).second))
      return false;
    before = node.get();
  }
  return true;
}

std::vector<SummaryRow> Functional::summary_rows() const {
  const bool in_a_row = stands_in_a_row();
  const NodeIndices indices(nodes());
  std::vector<SummaryRow> rows;
  std::unordered_map<const Operation*, std::size_t> places;
  // Of a layer that is called several times, what each call reads stands in the order of the calls.
  std::vector<std::map<std::int32_t, std::string>> calls;
  for (const auto& node : nodes()) {
    std::string reads;
    for_each_value(node->inputs, [&](const Value& value) {
      if (!value.is_symbolic()) return;
      reads += str(reads.empty() ? "" : ", ", value.node()->name, "[", indices.of(*value.node()),
                   "][", value.place(), "]");
    });
    const bool shared = !node->operation->name().empty();  // an op stands for itself
    const auto known = shared ? places.find(node->operation.get()) : places.end();
    if (known != places.end()) {
      calls[known->second].emplace(node->call, std::move(reads));
      continue;
    }
    if (shared) places.emplace(node->operation.get(), rows.size());
    calls.push_back({{node->call, reads.empty() ? "-" : std::move(reads)}});
    std::vector<Shape> shapes;
    for (const Spec& spec : node->outputs) shapes.push_back(spec.shape);
    rows.push_back({.name = node->name,
                    .class_name = std::string(node->operation->class_name()),
                    .shape = shape_column(shapes),
                    .layer = layer_of(*node)});
  }
  for (std::size_t row = 0; row < rows.size() && !in_a_row; ++row) {
    std::string all;
    for (const auto& [call, reads] : calls[row]) all += str(all.empty() ? "" : ", ", reads);
    rows[row].reads_from = std::move(all);
  }
  return rows;
}

}  // namespace keratin::models
