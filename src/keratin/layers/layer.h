// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/activations/activation.h"
#include "keratin/base/identifier.h"
#include "keratin/base/owned.h"
#include "keratin/base/pooling.h"
#include "keratin/base/quantization.h"
#include "keratin/constraints/constraint.h"
#include "keratin/graph/operation.h"
#include "keratin/initializers/initializer.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/tensor/variable.h"

namespace keratin {

/// What a layer that uses a mask does under that policy with a sample that is masked whole.
inline MaskedSteps masked_steps(MaskPolicy policy) {
  return policy == MaskPolicy::kStrict ? MaskedSteps::kLeftOut : MaskedSteps::kLeftOutAsNaN;
}

namespace layers {

/// What every layer hands to its base. Keras: the keyword arguments of `Layer`.
struct LayerOptions {
  std::string class_name;
  std::optional<std::string> name = {};
  bool trainable = true;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
};

/// While it lives, weights of layers that this thread builds are zero and not drawn: they will be
/// assigned, as those of a model in a file are.
class Undrawn {
 public:
  Undrawn() : before_(std::exchange(is_on_, true)) {}
  ~Undrawn() { is_on_ = before_; }
  Undrawn(const Undrawn&) = delete;
  Undrawn& operator=(const Undrawn&) = delete;
  static bool is_on() { return is_on_; }

 private:
  static thread_local bool is_on_;
  bool before_;
};

/// A layer: weights, and a function from values to values, made of ops (`call`), which needs no
/// derivative of its own.
///
/// Life: made, built once for the shape of its inputs (weights appear), called any number of times.
/// Threads: calls are const and safe from any number of threads, also the first, which builds;
/// calls in training, set_weights and set_trainable need the layer alone. Layers are moved, not
/// copied: a copy would not share weights.
class Layer : public Operation {
 public:
  ~Layer() override;
  Layer(Layer&&) noexcept;
  Layer& operator=(Layer&&) noexcept;

  std::string_view class_name() const override { return options_.class_name; }
  const std::string& name() const override { return name_; }
  /// Where its weights have their paths from: "sequential/embedding"; the name before it is built.
  const std::string& path() const { return path_.empty() ? name_ : path_; }
  bool trainable() const { return options_.trainable; }
  /// Of its weights and parts too, as in Keras.
  virtual void set_trainable(bool trainable);

  /// Makes the weights for inputs of that shape (batch first, kNone allowed). A second call does
  /// nothing. Throws std::invalid_argument for a shape the layer cannot take, std::logic_error when
  /// an initializer of the layer calls it; then it is not built.
  /// `scope`: the name of the model that builds it, which its weights have in their path.
  void build(const Shape& input_shape, std::string_view scope = {}) const;
  void build(std::span<const Spec> inputs, std::string_view scope = {}) const;
  /// Threads: safe; where it is true, weights() is complete.
  virtual bool built() const;
  /// The shapes it was built for; none before. Keras: `get_build_config()`.
  const std::vector<Shape>& build_shapes() const { return build_shapes_; }

  /// The shape of the output for one input of that shape. Throws std::invalid_argument for a shape
  /// the layer cannot take. For layers of one input and one output, which are most, this is all
  /// that compute_output_spec needs.
  virtual Shape compute_output_shape(const Shape& input_shape) const;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  /// True when it takes more than one input: merges.
  virtual bool takes_several() const { return false; }
  /// Whether a call reads what is no weight and may be changed: a vocabulary, candidates. Threads
  /// that call it must then keep out those that change it.
  virtual bool keeps_more_than_weights() const;
  Values compute_mask(const Inputs& inputs) const override;
  /// The mask of the output for one input, given that of the input; null for none.
  Tensor compute_mask(const Tensor& inputs, const Tensor& mask) const;
  /// The static input shape the layer demands, where its options fix one (`input_length`).
  virtual std::optional<Shape> input_shape_from_options() const { return std::nullopt; }
  /// The type that inputs are cast to before call(); null for as they come (Embedding).
  virtual std::optional<DType> input_dtype() const { return DType::kFloat32; }

  Config get_config() const override = 0;
  /// Keras 3's form of a layer in a file; deserialize takes it.
  virtual Config serialize() const;
  /// From the closed list: layers.cc. Throws std::invalid_argument for an unknown class.
  static std::shared_ptr<Layer> deserialize(const Config& config);

  /// Builds the layer when needed, casts its inputs, calls it and adds the loss of its activity
  /// regularizer. Throws std::invalid_argument for inputs that are none, too many, or of a shape
  /// that compute_output_spec refuses; then nothing has changed.
  Values run(const Inputs& inputs, Pass& pass) const override;
  void prepare(const Inputs& inputs) const override;

  /// Runs the layer on its own. `mask` wins over that of the inputs, and the outputs carry
  /// compute_mask(): so a mask travels from layer to layer. Throws std::invalid_argument unless the
  /// mask is null or bool of the leading dimensions of the inputs, and, under MaskPolicy::kStrict,
  /// where the layer cannot carry one.
  struct CallOptions {
    bool training = false;
    Tensor mask = {};
    MaskPolicy mask_policy = MaskPolicy::kStrict;
  };
  Tensor operator()(const Tensor& inputs, const CallOptions& options) const;
  Tensor operator()(const Tensor& inputs) const& { return (*this)(inputs, CallOptions()); }
  Tensor operator()(const Tensor& inputs) && { return (*this)(inputs, CallOptions()); }
  /// On values: symbolic ones leave a node, which shares the layer: `Dense({.units = 1})(x)` moves
  /// it there, and one that is used twice is made by shared().
  Values operator()(const Values& inputs) const&;
  Values operator()(const Values& inputs) && { return (*std::move(*this).moved())(inputs); }
  /// What a call takes beside its inputs: values by name, and what is no tensor.
  ///   lstm(x, {.named = {{"initial_state", states}}})
  ///   attention({query, value}, {.options = {{"use_causal_mask", true}}})
  struct CallArguments {
    std::vector<std::pair<std::string, Values>> named = {};
    Config::Dict options = {};
  };
  Values operator()(const Values& inputs, const CallArguments& arguments) const&;
  Values operator()(const Values& inputs, const CallArguments& arguments) && {
    return (*std::move(*this).moved())(inputs, arguments);
  }
  using Operation::operator();

  /// Whether a call may be given that argument by name, beside its inputs: a value, or an option.
  /// What reads a file refuses others. {"training": true} is what Layer itself does: this call is
  /// in training in every pass.
  virtual bool takes_keyword(std::string_view name) const {
    return name == "training" || (name == "mask" && supports_masking());
  }

  /// What add_weight() makes a weight of.
  struct WeightOptions {
    std::string_view name;
    Shape shape;
    Identifier<const initializers::Initializer> initializer;  // None: "glorot_uniform", as in Keras
    Identifier<const regularizers::Regularizer> regularizer = {};
    Identifier<const constraints::Constraint> constraint = {};
    bool trainable = true;
    Tensor value = {};  // the first value, in place of the initializer's
    std::shared_ptr<VariableStorage> storage = {};  // of a table, in place of both
  };

  /// The layers inside it under Keras's names ("cell", "layer"), each once: their weights are its
  /// weights.
  virtual std::vector<std::shared_ptr<Layer>> parts() const { return {}; }
  /// What Keras calls part i in a file of weights, the name of an attribute; empty for its class
  /// and number.
  virtual std::string_view name_of_part(std::size_t /*i*/) const { return {}; }
  /// Its own, then those of its parts: in Keras's order, each once.
  std::vector<std::shared_ptr<Variable>> weights() const;
  /// What stands in a file for `own`, the weights that are its own and of no part: mostly they
  /// themselves. Assigning one of these is what reading the file does.
  virtual std::vector<std::shared_ptr<Variable>> as_saved(
      std::vector<std::shared_ptr<Variable>> own) const {
    return own;
  }
  std::vector<Variable*> trainable_weights() const;
  std::int64_t count_params() const;
  /// Copies.
  std::vector<Tensor> get_weights() const;
  /// Throws std::invalid_argument, and assigns nothing, when number or a shape differs.
  void set_weights(const std::vector<Tensor>& weights);

  /// Whether its weights are integer codes.
  virtual bool is_quantized() const { return false; }
  /// Makes them so. Throws std::invalid_argument for a layer that cannot: all but Embedding.
  virtual void quantize(const QuantizationConfig& config);
  /// The name of its dtype policy, as in Keras.
  virtual std::string dtype() const { return "float32"; }

  /// Where the layer's draws by chance stand: what a copy needs, beside the weights, to go on as
  /// this layer would. Empty where nothing is drawn. Not part of the config, as in Keras.
  virtual std::vector<std::int64_t> chance() const { return {}; }
  /// Throws std::invalid_argument unless it has as many numbers as chance() gives.
  void set_chance(const std::vector<std::int64_t>& chance);

  const Identifier<const regularizers::Regularizer>& activity_regularizer() const {
    return options_.activity_regularizer;
  }

 protected:
  explicit Layer(LayerOptions options);

  /// While it lives, layers that this thread builds have the path of `layer` in front of theirs:
  /// what a layer that makes its parts as it is built or called is told by. They may stand one in
  /// another.
  class Scope {
   public:
    explicit Scope(const Layer& layer);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    /// Where `layer` has its path from, if anywhere: the innermost that is not itself.
    static const Layer* around(const Layer& layer);

   private:
    const Layer& layer_;
    const Scope* outer_;
    static thread_local const Scope* innermost_;
  };

  /// The path of a layer that is built now: within `scope`, "/" for none; where that is empty,
  /// within the layer that this thread is building.
  void take_path(std::string_view scope = {});
  Variable& add_weight(const WeightOptions& options);
  /// A weight that is there already becomes one of its own, those that train before the others, as
  /// in Keras; nothing where it is one.
  void add_weight(std::shared_ptr<Variable> weight);
  /// Is none of its own weights any more.
  void remove_weight(const Variable& weight);
  /// For a layer that was built elsewhere, and has its weights: it is built for these shapes.
  void set_built(std::vector<Shape> shapes);
  /// What the initializer of a weight draws.
  static Tensor first_values(const WeightOptions& options);
  /// Weight `index` of its own; throws std::invalid_argument when the layer is not built.
  Variable& weight(std::size_t index) const;
  /// The weight in this pass: to be differentiated by where layer and weight are trainable.
  Value value(std::size_t index, const Pass& pass) const;
  /// The same elements under another shape of the same size.
  static Value reshaped(const Value& value, const Shape& shape);
  /// For the constructor of a layer without weights that takes any shape: it is built as it is
  /// made.
  void build_at_init() { built_ = true; }
  /// What set_chance() leaves to do, with as many numbers as chance() gives.
  virtual void take_chance(const std::vector<std::int64_t>& /*chance*/) {}
  /// Makes the weights; called once by build(). One of the two is enough.
  virtual void build_weights(const Shape& input_shape);
  virtual void build_weights(std::span<const Spec> inputs);
  /// Throws std::invalid_argument for inputs that a built layer cannot take: those that
  /// compute_output_spec refuses.
  virtual void check_call(const Inputs& inputs) const;
  /// "name", "trainable" and "dtype", which Keras writes before a layer's own options.
  Config base_config() const;
  /// Throws std::invalid_argument unless the shape has `rank` dimensions.
  void check_rank(const Shape& shape, std::size_t rank) const;

  /// This layer, moved to where a graph can share it. Throws std::logic_error unless its class says
  /// how (LayerOf).
  virtual std::shared_ptr<Layer> moved() &&;

 private:
  struct Build;

  LayerOptions options_;
  std::string name_;
  std::string path_;
  bool built_ = false;  // read by any thread
  std::vector<Shape> build_shapes_;
  std::vector<std::shared_ptr<Variable>> weights_;
  std::vector<bool> trains_;  // one a weight: whether it may be trained at all
  Owned<Build> build_;
};

/// The base of a class of layers `Self`, between it and `Base`: objects of it can be called as they
/// are made.
template <class Self, class Base = Layer>
class LayerOf : public Base {
 protected:
  using Base::Base;
  std::shared_ptr<Layer> moved() && override {
    return std::make_shared<Self>(std::move(static_cast<Self&>(*this)));
  }
};

/// A layer that is used in more than one place: `const auto table = kt::shared(Embedding({...}));`.
template <class Self>
std::shared_ptr<Self> shared(Self layer) {
  return std::make_shared<Self>(std::move(layer));
}

}  // namespace layers
}  // namespace keratin
