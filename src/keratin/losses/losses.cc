// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/losses.h"

namespace keratin::losses {

namespace {

template <class Object>
NamedEntry<const Loss> entry(std::string_view class_name,
                             std::vector<std::string_view> aliases = {}) {
  return named_entry<const Loss, Object>(class_name, std::move(aliases));
}

const NamedList<const Loss>& list() {
  static const NamedList<const Loss> kList(
      "keras.losses", "loss",
      {
          entry<KLDivergence>("KLDivergence", {"kld", "KLD", "kullback_leibler_divergence"}),
          entry<Poisson>("Poisson"),
          entry<BinaryCrossentropy>("BinaryCrossentropy", {"bce", "BCE"}),
          entry<BinaryFocalCrossentropy>("BinaryFocalCrossentropy"),
          entry<CategoricalCrossentropy>("CategoricalCrossentropy"),
          entry<CategoricalFocalCrossentropy>("CategoricalFocalCrossentropy"),
          entry<SparseCategoricalCrossentropy>("SparseCategoricalCrossentropy"),
          entry<SparseCategoricalFocalCrossentropy>("SparseCategoricalFocalCrossentropy"),
          entry<MeanSquaredError>("MeanSquaredError", {"mse", "MSE"}),
          entry<MeanAbsoluteError>("MeanAbsoluteError", {"mae", "MAE"}),
          entry<MeanAbsolutePercentageError>("MeanAbsolutePercentageError", {"mape", "MAPE"}),
          entry<MeanSquaredLogarithmicError>("MeanSquaredLogarithmicError", {"msle", "MSLE"}),
          entry<CosineSimilarity>("CosineSimilarity"),
          entry<LogCosh>("LogCosh", {"logcosh", "log_cosh"}),
          entry<Huber>("Huber", {"huber_loss"}),
          entry<Hinge>("Hinge"),
          entry<SquaredHinge>("SquaredHinge"),
          entry<CategoricalHinge>("CategoricalHinge"),
          entry<Dice>("Dice"),
          entry<Tversky>("Tversky"),
      });
  return kList;
}

}  // namespace

std::span<const NamedEntry<const Loss>> entries() { return list().entries(); }

std::shared_ptr<const Loss> Loss::get(std::string_view name) { return list().get(name); }

std::shared_ptr<const Loss> Loss::deserialize(const Config& config) {
  // Keras writes a loss given as a function so.
  const Config* name = config.find("config");
  if (name && name->is_string() && config.at("class_name") == Config("function")) {
    return get(name->as_string());
  }
  return list().deserialize(config);
}

Config Loss::serialize() const { return list().serialize(class_name(), get_config()); }

namespace {
/// Keras's functions return what their classes do before any reduction.
template <class Object>
Tensor values(typename Object::Options options, const Tensor& y_true, const Tensor& y_pred) {
  options.reduction = "none";
  return Object(std::move(options))(y_true, y_pred);
}
}  // namespace

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  return values<MeanSquaredError>({}, y_true, y_pred);
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  return values<MeanAbsoluteError>({}, y_true, y_pred);
}

Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred) {
  return values<MeanAbsolutePercentageError>({}, y_true, y_pred);
}

Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred) {
  return values<MeanSquaredLogarithmicError>({}, y_true, y_pred);
}

Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta) {
  return values<Huber>({.delta = delta}, y_true, y_pred);
}

Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred) {
  return values<LogCosh>({}, y_true, y_pred);
}

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  return values<CosineSimilarity>({.axis = axis}, y_true, y_pred);
}

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                           double label_smoothing, std::int64_t axis) {
  return values<BinaryCrossentropy>(
      {.from_logits = from_logits, .label_smoothing = label_smoothing, .axis = axis}, y_true,
      y_pred);
}

Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                 bool apply_class_balancing, double alpha, double gamma,
                                 bool from_logits, double label_smoothing, std::int64_t axis) {
  return values<BinaryFocalCrossentropy>({.apply_class_balancing = apply_class_balancing,
                                          .alpha = alpha,
                                          .gamma = gamma,
                                          .from_logits = from_logits,
                                          .label_smoothing = label_smoothing,
                                          .axis = axis},
                                         y_true, y_pred);
}

Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred) {
  return values<KLDivergence>({}, y_true, y_pred);
}

Tensor poisson(const Tensor& y_true, const Tensor& y_pred) {
  return values<Poisson>({}, y_true, y_pred);
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                                double label_smoothing, std::int64_t axis) {
  return values<CategoricalCrossentropy>(
      {.from_logits = from_logits, .label_smoothing = label_smoothing, .axis = axis}, y_true,
      y_pred);
}

Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred, double alpha,
                                      double gamma, bool from_logits, double label_smoothing,
                                      std::int64_t axis) {
  return values<CategoricalFocalCrossentropy>({.alpha = alpha,
                                               .gamma = gamma,
                                               .from_logits = from_logits,
                                               .label_smoothing = label_smoothing,
                                               .axis = axis},
                                              y_true, y_pred);
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                                       std::optional<std::int64_t> ignore_class, std::int64_t axis,
                                       double label_smoothing) {
  return values<SparseCategoricalCrossentropy>({.from_logits = from_logits,
                                                .ignore_class = ignore_class,
                                                .axis = axis,
                                                .label_smoothing = label_smoothing},
                                               y_true, y_pred);
}

Tensor hinge(const Tensor& y_true, const Tensor& y_pred) {
  return values<Hinge>({}, y_true, y_pred);
}

Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred) {
  return values<SquaredHinge>({}, y_true, y_pred);
}

Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred) {
  return values<CategoricalHinge>({}, y_true, y_pred);
}

Tensor dice(const Tensor& y_true, const Tensor& y_pred,
            const std::optional<std::vector<std::int64_t>>& axis) {
  return values<Dice>({.axis = axis}, y_true, y_pred);
}

Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha, double beta,
               const std::optional<std::vector<std::int64_t>>& axis) {
  return values<Tversky>({.alpha = alpha, .beta = beta, .axis = axis}, y_true, y_pred);
}

}  // namespace keratin::losses
