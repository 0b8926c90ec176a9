// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/graph/function.h"
#include "keratin/models/model.h"

namespace keratin::models {

struct FunctionalOptions {
  std::optional<std::string> name = {};
  MaskPolicy mask_policy = MaskPolicy::kStrict;
  // What data and losses call them, in their order; empty: as the operations that they come from.
  // Keras: the keys, where a model is made of dicts.
  std::vector<std::string> input_names = {};
  std::vector<std::string> output_names = {};
  // What users have them in, which stands in configs: lists and dicts with a null for each value,
  // dicts by sorted keys. Null: one value by itself, several in a list. A dict gives the names.
  Config input_structure = {};
  Config output_structure = {};
};

/// The operations between some inputs and some outputs:
///
///     const auto x = kt::Input({.shape = {10}, .dtype = kt::DType::kInt32});
///     kt::Functional model(x, Dense({.units = 1})(Flatten()(Embedding({...})(x))));
///
/// Inputs and outputs may be inner values of another model: then it is cut out, and shares its
/// layers. Built as it is made. Keras: `Model(inputs, outputs)`.
class Functional : public layers::LayerOf<Functional, Model> {
 public:
  /// Throws std::invalid_argument for an output that cannot be had from the inputs, for two layers
  /// of one name, for another number of names than of inputs or outputs, or another structure, and
  /// under MaskPolicy::kStrict where a mask would be lost; each named.
  Functional(Values inputs, Values outputs, FunctionalOptions options = {});

  const Values& inputs() const { return function_.inputs(); }
  const Values& outputs() const { return function_.outputs(); }
  /// Those of the options, else of the operations that the inputs and outputs come from.
  std::vector<std::string> input_names() const override;
  std::vector<std::string> output_names() const override;
  std::size_t num_inputs() const override { return inputs().size(); }
  std::optional<Spec> known_input() const override;
  Shape input_shape() const;   ///< throws std::invalid_argument where there are several
  Shape output_shape() const;  ///< likewise

  bool built() const override { return true; }
  bool takes_several() const override { return inputs().size() > 1; }
  /// In Keras's order: those that others read from first. Input layers too, as in Keras.
  std::vector<std::shared_ptr<layers::Layer>> layers() const override { return layers_; }
  /// The nodes in the order of layers(), ops among them.
  std::span<const std::shared_ptr<const Node>> nodes() const { return function_.listed(); }
  /// Throws std::invalid_argument where a mask would be lost; then the policy is as before.
  void set_mask_policy(MaskPolicy policy);

  std::vector<SummaryRow> summary_rows() const override;
  /// Keras 3's form: every layer and op once, with the calls that are made of it.
  Config get_config() const override;
  Config serialize() const override;
  /// A model of that config, with weights of its own. Calls of layers are made again as soon as
  /// what they read is there. Throws std::invalid_argument, naming the place in the config.
  static Functional from_config(const Config& config, const LoadOptions& options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values compute_mask(const Inputs& inputs) const override;
  void prepare(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  void check_inputs(const Tensor& x) const override;
  void check_data(const Tensors& x) const override;
  void build_for(const Tensors& x) const override;

 private:
  void check_readers(std::size_t input, const Tensor& x) const;
  bool stands_in_a_row() const;
  Values fitted(const Values& inputs) const;

  Function function_;
  std::vector<std::string> input_names_;
  std::vector<std::string> output_names_;
  Config input_structure_;
  Config output_structure_;
  std::vector<std::shared_ptr<layers::Layer>> layers_;
};

}  // namespace keratin::models
