// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "keratin/base/owned.h"
#include "keratin/graph/function.h"
#include "keratin/models/model.h"

namespace keratin::models {

/// A layer given by value (moved in) or as a shared_ptr, or the input.
class LayerEntry {
 public:
  template <std::derived_from<layers::Layer> Object>
  LayerEntry(Object layer) : layer_(std::make_shared<Object>(std::move(layer))) {}
  template <std::derived_from<layers::Layer> Object>
  LayerEntry(std::shared_ptr<Object> layer) : layer_(std::move(layer)) {}
  /// What Input() gives. Throws std::invalid_argument for another value.
  LayerEntry(const Value& input);
  const std::shared_ptr<layers::Layer>& get() const { return layer_; }

 private:
  std::shared_ptr<layers::Layer> layer_;
};

struct SequentialOptions {
  std::optional<std::string> name = {};
  MaskPolicy mask_policy = MaskPolicy::kStrict;
};

/// Layers one after another.
///
/// Built at once when the first layer fixes the input shape (InputLayer, or Embedding with
/// input_length), else by build() or by the first data. Once built, weights exist and
/// output_shape() is known. Under MaskPolicy::kStrict a mask that would reach a layer which cannot
/// carry it is an error of add() or build().
class Sequential : public layers::LayerOf<Sequential, Model> {
 public:
  explicit Sequential(SequentialOptions options = {});
  Sequential(std::initializer_list<LayerEntry> layers, SequentialOptions options = {});
  ~Sequential() override;
  Sequential(Sequential&&) noexcept;
  Sequential& operator=(Sequential&&) noexcept;

  /// Puts a layer on top and returns it. When it does not fit (shape, mask, a name that is taken),
  /// throws std::invalid_argument and the model is as before.
  template <std::derived_from<layers::Layer> Object>
  Object& add(Object layer) {
    auto shared = std::make_shared<Object>(std::move(layer));
    add_layer(shared);
    return *shared;
  }
  void add(std::shared_ptr<layers::Layer> layer) { add_layer(std::move(layer)); }
  void add(const Value& input) { add_layer(LayerEntry(input).get()); }
  /// Takes the last layer off. Throws std::invalid_argument when there is none.
  std::shared_ptr<layers::Layer> pop();

  /// Makes the weights for inputs of that shape, batch first.
  void build(const Shape& input_shape);
  bool built() const override;
  /// Throw std::invalid_argument until the model is built.
  Shape input_shape() const;
  std::optional<Spec> known_input() const override;
  Shape output_shape() const;

  std::vector<std::shared_ptr<layers::Layer>> layers() const override;
  void set_mask_policy(MaskPolicy policy);

  std::vector<SummaryRow> summary_rows() const override;
  /// Keras 3's form: name, layers, build_input_shape.
  Config get_config() const override;
  Config serialize() const override;
  /// Throws std::invalid_argument, naming the place in the config.
  static Sequential from_config(const Config& config, const LoadOptions& options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  Values compute_mask(const Inputs& inputs) const override;
  void check_inputs(const Tensor& x) const override;
  void prepare(const Inputs& inputs) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  void build_for(const Tensors& x) const override;

 private:
  struct Build;
  void add_layer(std::shared_ptr<layers::Layer> layer);
  void rebuild_if_known();
  void require_not_building(std::string_view method) const;
  void build_weights(std::span<const Spec> inputs) override;
  // Const, because the first prediction may build: what is made lies behind build_ and the layers.
  void build_layers(const Spec& input) const;
  /// What the layer, which is built for it, gives for that value. Throws where a mask would be
  /// lost.
  Value output_of(const layers::Layer& layer, const Value& value) const;
  const Function& function() const;

  std::vector<std::shared_ptr<layers::Layer>> layers_;
  std::unordered_set<std::string> names_;  // of the layers
  Owned<Build> build_;
};

}  // namespace keratin::models
