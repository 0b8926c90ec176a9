// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/kernel_layer.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/packed_kernel.h"
#include "keratin/layers/saved_weight.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/nn/dense.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {

void check_kernel_kinds(std::string_view who, const Kinds& kinds, bool has_constraint) {
  check_float32(who, kinds.dtype);
  check_kinds(who, kinds);
  if (kinds.lora_rank && has_constraint) {
    invalid_argument(
        who,
        "Lora is incompatible with kernel constraints. In order to enable lora on this "
        "layer, remove the `kernel_constraint` argument.");
  }
}

// -- weights --------------------------------------------------------------------------------------

std::string KernelLayer::dtype() const { return kinds_.dtype.name(); }

namespace {

/// A kernel as a matrix of inputs and outputs.
Shape matrix_of(const Shape& kernel, std::int64_t summed) {
  Shape matrix{1, 1};
  for (std::size_t i = 0; i < kernel.rank(); ++i)
    matrix[i < static_cast<std::size_t>(summed) ? 0 : 1] *= kernel[i];
  return matrix;
}

}  // namespace

std::int64_t KernelLayer::matrix_rows() const { return matrix_of(kernel_shape_, summed_)[0]; }

std::shared_ptr<Variable> KernelLayer::added(const WeightOptions& options) {
  auto weight = std::make_shared<Variable>(str(path(), "/", options.name),
                                           options.value ? options.value : first_values(options),
                                           options.trainable);
  weight->regularizer = options.regularizer.shared();
  weight->constraint = options.constraint.shared();
  add_weight(weight);
  return weight;
}

void KernelLayer::add_packed(const PackedKernel& packed) {
  const auto add = [this](std::string_view name, const Tensor& value) -> std::shared_ptr<Variable> {
    if (!value) return nullptr;
    auto weight = added({.name = name,
                         .shape = value.shape(),
                         .initializer = {},
                         .trainable = false,
                         .value = value});
    weight->fix();
    return weight;
  };
  kernel_ = add("kernel", packed.is_int4 ? packed.codes : packed.codes.reshaped(kernel_shape_));
  scale_ = add("kernel_scale", packed.is_int4 ? packed.scale : packed.scale.reshaped(scale_shape_));
  zero_ = add("zero_point", packed.zero);
  groups_ = add("g_idx", packed.groups);
}

void KernelLayer::build_kernel(const Kernel& form) {
  kernel_shape_ = form.kernel.shape;
  scale_shape_ = form.scale;
  summed_ = form.summed;
  regularizer_ = form.kernel.regularizer;
  has_constraint_ = static_cast<bool>(form.kernel.constraint);
  how_ = kinds_.quantization_config ? kinds_.quantization_config : kinds_.dtype.quantization();
  if (how_) {
    require_matrix();
    add_packed(packed_kernel_of_zeros(matrix_rows(), matrix_of(kernel_shape_, summed_)[1], *how_));
  } else {
    kernel_ = added(form.kernel);
  }
  if (form.bias) bias_ = added(*form.bias);
  if (!kinds_.lora_rank) return;
  if (!kinds_.lora_alpha) kinds_.lora_alpha = static_cast<double>(*kinds_.lora_rank);
  add_lora(*kinds_.lora_rank, *kinds_.lora_alpha, "he_uniform", "zeros");
}

void KernelLayer::require_matrix() const {
  if (summed_ > 0) return;
  invalid_argument(class_name(), "layer '", name(),
                   "' cannot be quantized: its kernel is no matrix, whose first axes are summed.");
}

void KernelLayer::add_lora(std::int64_t rank, double alpha,
                           const Identifier<const initializers::Initializer>& a,
                           const Identifier<const initializers::Initializer>& b) {
  Shape left = kernel_shape_;
  left[left.rank() - 1] = rank;
  const auto drawn = [&](std::string_view name, const Shape& shape,
                         const Identifier<const initializers::Initializer>& by) {
    WeightOptions options{.name = name, .shape = shape, .initializer = by};
    options.value = first_values(options);
    options.regularizer = regularizer_;
    return options;
  };
  const WeightOptions of_a = drawn("lora_kernel_a", left, a);
  const WeightOptions of_b = drawn("lora_kernel_b", {rank, kernel_shape_.back()}, b);
  lora_a_ = added(of_a);
  lora_b_ = added(of_b);
  kernel_->set_trainable(false);
  lora_scale_ = static_cast<float>(alpha / static_cast<double>(rank));
}

void KernelLayer::enable_lora(std::int64_t rank, std::optional<double> lora_alpha,
                              Identifier<const initializers::Initializer> a_initializer,
                              Identifier<const initializers::Initializer> b_initializer) {
  check_takes_lora(*this, lora_enabled());
  check_kernel_kinds(class_name(), {kinds_.dtype, rank, lora_alpha, kinds_.quantization_config},
                     has_constraint_);
  const double alpha = lora_alpha.value_or(static_cast<double>(rank));
  add_lora(rank, alpha, a_initializer ? a_initializer : "glorot_uniform",
           b_initializer ? b_initializer : "glorot_uniform");
  kinds_.lora_rank = rank;
  kinds_.lora_alpha = alpha;
}

void KernelLayer::quantize(const QuantizationConfig& config) {
  check_takes_codes(*this, config);
  require_matrix();
  const DTypePolicy policy = kinds_.dtype.quantized(config);
  const PackedKernel packed =
      pack_kernel(kernel_->value().reshaped(matrix_of(kernel_shape_, summed_)), config);
  remove_weight(*kernel_);
  add_packed(packed);
  how_ = config;
  kinds_.dtype = policy;
  kinds_.quantization_config = config;
}

// -- what it computes -----------------------------------------------------------------------------

Value KernelLayer::value_of(const std::shared_ptr<Variable>& weight, const Pass& pass) const {
  if (weight == nullptr) return {};
  return trainable() ? pass.value(*weight) : pass.constant(*weight);
}

PackedKernel KernelLayer::packed() const {
  PackedKernel packed;
  packed.is_int4 = how_->is_int4();
  packed.columns = matrix_of(kernel_shape_, summed_)[1];
  packed.codes = kernel_->value();
  if (!packed.is_int4) packed.codes = packed.codes.reshaped(matrix_of(kernel_shape_, summed_));
  packed.scale = scale_->value();
  if (!packed.is_int4) packed.scale = packed.scale.reshaped({packed.columns});
  if (zero_) packed.zero = zero_->value();
  if (groups_) packed.groups = groups_->value();
  return packed;
}

Value KernelLayer::update(Pass& pass) const {
  const Value product = ops::matmul(value_of(lora_a_, pass), value_of(lora_b_, pass));
  return ops::multiply(product, Value(Tensor::from<float>({lora_scale_}, Shape{})));
}

Value KernelLayer::kernel_value(Pass& pass) const {
  const Value kernel = value_of(kernel_, pass);
  return lora_enabled() ? ops::add(kernel, update(pass)) : kernel;
}

Value KernelLayer::projected(const Value& x, const Value& bias, Pass& pass) const {
  const Shape matrix = matrix_of(kernel_shape_, summed_);
  const auto flat = [&](const Value& kernel) {
    return kernel.shape() == matrix ? kernel : reshaped(kernel, matrix);
  };
  if (!is_quantized()) return ops::nn::dense(x, flat(kernel_value(pass)), bias);
  const std::optional<AbsMaxQuantizer> inputs = how_->activation_quantizer;
  Value y = packed_product(x, packed(), inputs);
  if (lora_enabled()) y = ops::add(y, ops::nn::dense(x, flat(update(pass)), Value()));
  return bias ? ops::add(y, bias) : y;
}

// -- what others see ------------------------------------------------------------------------------

Tensor KernelLayer::kernel() const {
  if (!built())
    invalid_argument(class_name(), "layer '", name(), "' is not built yet: it has no kernel.");
  const Tensor kernel =
      is_quantized() ? packed().dequantized().reshaped(kernel_shape_) : kernel_->value();
  if (!lora_enabled()) return copy_of(kernel);
  Pass pass;
  return copy_of(ops::add(Value(kernel), update(pass)).tensor());
}

Tensor KernelLayer::codes() const {
  if (!is_quantized())
    invalid_argument(class_name(), "layer '", name(), "' is not quantized: it has no codes.");
  return copy_of(packed().unpacked().reshaped(kernel_shape_));
}

std::vector<std::shared_ptr<Variable>> KernelLayer::as_saved(
    std::vector<std::shared_ptr<Variable>> own) const {
  if (!is_quantized() && !lora_enabled()) return own;
  // Keras's order, without the update.
  std::vector<std::shared_ptr<Variable>> saved;
  for (const auto& weight : {kernel_, bias_, scale_, zero_, groups_}) {
    if (weight) saved.push_back(weight);
  }
  if (!lora_enabled()) return saved;
  const std::function<void()> was_read = without_update(lora_a_, lora_b_);
  const auto merged =
      [this, made = std::make_shared<std::optional<PackedKernel>>()]() -> const PackedKernel& {
    if (!*made) *made = pack_kernel(kernel().reshaped(matrix_of(kernel_shape_, summed_)), *how_);
    return **made;
  };
  for (auto& weight : saved) {
    std::function<Tensor()> value = [weight] { return weight->value(); };
    if (weight == kernel_ && !is_quantized()) {
      value = [this] { return kernel(); };
    } else if (weight == kernel_) {
      value = [merged, shape = weight->shape()] { return merged().codes.reshaped(shape); };
    } else if (weight == scale_) {
      value = [merged, shape = weight->shape()] { return merged().scale.reshaped(shape); };
    } else if (weight == zero_) {
      value = [merged] { return merged().zero; };
    }
    weight = in_file(weight, std::move(value), was_read);
  }
  return saved;
}

}  // namespace keratin::layers
