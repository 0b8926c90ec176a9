// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/activations/activation.h"
#include "keratin/base/identifier.h"
#include "keratin/base/pooling.h"
#include "keratin/constraints/constraint.h"
#include "keratin/graph/pass.h"
#include "keratin/initializers/initializer.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/tensor/variable.h"

namespace keratin {

/// What a layer that uses a mask does under that policy with a sample that is masked whole.
inline MaskedSteps masked_steps(MaskPolicy policy) {
  return policy == MaskPolicy::kStrict ? MaskedSteps::kLeftOut : MaskedSteps::kLeftOutAsNaN;
}

namespace layers {

class Layer;

/// One call of a layer: the caller's, so that layers stay unchanged and predict is safe from any
/// number of threads. What call() puts into `saved` is for the backward() of the same call.
struct CallContext {
  bool training = false;
  Tensor mask;  // of the inputs, bool; may be null
  MaskPolicy mask_policy = MaskPolicy::kStrict;
  std::int64_t step = 0;             // which training step: what random layers draw from
  bool wants_input_gradient = true;  // false: backward() may return a null tensor
  std::vector<Tensor> saved;
  std::shared_ptr<const void> lookup;  // the same, for what is no tensor (layers/embedding.cc)

 private:
  friend class Layer;
  /// What backward() is the backward of; nothing behind a call that was not in training.
  struct Call {
    const Layer* layer = nullptr;
    std::optional<Pooling> pooling = {};  // of call_pooled()
    Shape output_shape = {};
    std::size_t saved = 0;
    Tensor mask = {};
  };
  Call call_;
};

/// What every layer hands to its base. Keras: the keyword arguments of `Layer`.
struct LayerOptions {
  std::string class_name;
  std::optional<std::string> name = {};
  bool trainable = true;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
};

/// A layer: weights, and a function from one tensor to another.
///
/// Life: made, built once for an input shape (weights appear), called any number of times.
/// Threads: call() and compute_*() are const and safe from any number of threads, call() in
/// training excepted; that, build, backward and set_weights need the layer alone. Layers are moved,
/// not copied: a copy would not share weights.
class Layer {
 public:
  virtual ~Layer();
  Layer(Layer&&) noexcept;
  Layer& operator=(Layer&&) noexcept;

  const std::string& class_name() const { return options_.class_name; }
  const std::string& name() const { return name_; }
  /// Where its weights have their paths from: "sequential/embedding"; the name before it is built.
  const std::string& path() const { return path_.empty() ? name_ : path_; }
  bool trainable() const { return options_.trainable; }
  void set_trainable(bool trainable);

  /// Makes the weights for inputs of that shape (batch first, kNone allowed). A second call does
  /// nothing. Throws std::invalid_argument for a shape the layer cannot take, std::logic_error when
  /// an initializer of the layer calls it.
  /// `scope`: the name of the model that builds it, which its weights have in their path.
  void build(const Shape& input_shape, std::string_view scope = {});
  /// Threads: safe; where it is true, weights() is complete.
  bool built() const {
    return std::atomic_ref(const_cast<bool&>(built_)).load(std::memory_order_acquire);
  }
  /// The shape it was built for; nothing before. Keras: `get_build_config()["input_shape"]`.
  const std::optional<Shape>& build_shape() const { return build_shape_; }

  /// The shape of the outputs. Throws std::invalid_argument for a shape the layer cannot take.
  virtual Shape compute_output_shape(const Shape& input_shape) const = 0;
  /// The mask of the outputs; null for none.
  virtual Tensor compute_mask(const Tensor& inputs, const Tensor& mask) const;
  /// True when the layer can be given a mask: it uses it, passes it on, or both. Keras: Embedding
  /// says so too when it makes one.
  virtual bool supports_masking() const { return false; }
  /// True when the outputs carry a mask, given whether the inputs do: compute_mask before any data.
  virtual bool emits_mask(bool inputs_masked) const { return inputs_masked && supports_masking(); }
  /// The static input shape the layer demands, where its options fix one (`input_length`).
  virtual std::optional<Shape> input_shape_from_options() const { return std::nullopt; }
  /// The type that inputs are cast to before call(); null for as they come (Embedding).
  virtual std::optional<DType> input_dtype() const { return DType::kFloat32; }

  /// Looks at values alone, without computing anything: Embedding throws for bad ids. What fit,
  /// evaluate and predict ask about all data before they begin.
  virtual void check_inputs(const Tensor& /*inputs*/) const {}

  virtual Config get_config() const = 0;
  /// Keras 3's form of a layer in a file; from_config takes it.
  Config serialize() const;
  /// From the closed list: layers.cc. Throws std::invalid_argument for an unknown class.
  static std::shared_ptr<Layer> deserialize(const Config& config);

  /// Runs the layer on its own, building it when needed. `mask` wins over that of the inputs, and
  /// the outputs carry compute_mask(): so a mask travels from layer to layer. Throws
  /// std::invalid_argument unless the mask is null or bool of the leading dimensions of the inputs,
  /// and, under MaskPolicy::kStrict, where the layer cannot carry one.
  struct CallOptions {
    bool training = false;
    Tensor mask = {};
    MaskPolicy mask_policy = MaskPolicy::kStrict;
  };
  Tensor operator()(const Tensor& inputs, const CallOptions& options);
  Tensor operator()(const Tensor& inputs) { return (*this)(inputs, CallOptions()); }

  /// The function itself. Throws std::invalid_argument for inputs that are null, have a shape that
  /// compute_output_shape refuses or another type than input_dtype says, for a mask that does not
  /// fit, and before build() where there are weights.
  Tensor call(const Tensor& inputs, CallContext& context) const;
  /// Adds to the gradients of the trainable weights, and returns the gradient of the inputs. Throws
  /// std::invalid_argument, and adds nothing, unless the context is as call() in training left it
  /// and the gradient is float32 of the shape of its outputs.
  Tensor backward(const Tensor& output_gradient, CallContext& context);

  // -- two layers in one: a model may call the first, whose inputs have no gradient, for both -----

  /// Not null when call() is this pooling of (B, T, D) to (B, D), or (B, 1, D), and nothing else.
  virtual std::optional<Pooling> pooling() const { return std::nullopt; }
  /// True when call_pooled() takes inputs of that shape.
  virtual bool fuses_pooling(const Shape& /*input_shape*/) const { return false; }
  /// call() and then the pooling of its outputs to (B, D), to the bit, without those outputs.
  /// `masked`: the pooling is given the mask of compute_mask(). Throws as call() does, and where
  /// fuses_pooling() is false.
  Tensor call_pooled(const Tensor& inputs, Pooling pooling, MaskedSteps masked,
                     CallContext& context) const;
  /// The backward() of both: `output_gradient` is that of call_pooled(). Throws as it does.
  void backward_pooled(const Tensor& output_gradient, Pooling pooling, MaskedSteps masked,
                       CallContext& context);

  const std::vector<std::shared_ptr<Variable>>& weights() const { return weights_; }
  std::vector<Variable*> trainable_weights() const;
  std::int64_t count_params() const;
  /// Copies. Order as in Keras.
  std::vector<Tensor> get_weights() const;
  /// Throws std::invalid_argument, and assigns nothing, when number or a shape differs.
  void set_weights(const std::vector<Tensor>& weights);

  /// A call in training with that CallContext::step is done: what next_step() goes on from.
  virtual void took_step(std::int64_t /*step*/) {}

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

  // What call() and backward() do, once they have looked at what they were given.
  virtual Tensor compute(const Tensor& inputs, CallContext& context) const = 0;
  virtual Tensor compute_gradient(const Tensor& output_gradient, CallContext& context) = 0;
  virtual Tensor compute_pooled(const Tensor& inputs, Pooling pooling, MaskedSteps masked,
                                CallContext& context) const;
  virtual void compute_pooled_gradient(const Tensor& output_gradient, Pooling pooling,
                                       MaskedSteps masked, CallContext& context);

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
  Variable& add_weight(const WeightOptions& options);
  /// What the initializer of a weight draws.
  static Tensor first_values(const WeightOptions& options);
  /// Weight `index`; throws std::invalid_argument when the layer is not built.
  Variable& weight(std::size_t index) const;
  /// For the constructor of a layer without weights that takes any shape: it is built as it is
  /// made.
  void build_at_init() { built_ = true; }
  /// What set_chance() leaves to do, with as many numbers as chance() gives.
  virtual void take_chance(const std::vector<std::int64_t>& /*chance*/) {}
  /// CallContext::step of a call in training that is no model's.
  virtual std::int64_t next_step() const { return 0; }
  /// Makes the weights; called once by build().
  virtual void build_weights(const Shape& input_shape);
  /// "name", "trainable" and "dtype", which Keras writes before a layer's own options.
  Config base_config() const;
  /// Throws std::invalid_argument unless the shape has `rank` dimensions.
  void check_rank(const Shape& shape, std::size_t rank) const;

 private:
  void note_call(const Tensor& outputs, std::optional<Pooling> pooling, CallContext& context) const;
  void check_backward(const Tensor& output_gradient, std::optional<Pooling> pooling,
                      CallContext& context) const;

  LayerOptions options_;
  std::string name_;
  std::string path_;
  bool built_ = false;
  bool building_ = false;
  std::optional<Shape> build_shape_;
  std::vector<std::shared_ptr<Variable>> weights_;
};

}  // namespace layers
}  // namespace keratin
