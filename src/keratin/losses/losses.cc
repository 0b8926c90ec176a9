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
          entry<Circle>("Circle"),
          entry<CTC>("CTC"),
          entry<CategoricalGeneralizedCrossEntropy>("CategoricalGeneralizedCrossEntropy"),
          entry<PairwiseHingeLoss>("PairwiseHingeLoss"),
          entry<PairwiseLogisticLoss>("PairwiseLogisticLoss"),
          entry<PairwiseSoftZeroOneLoss>("PairwiseSoftZeroOneLoss"),
          entry<PairwiseMeanSquaredError>("PairwiseMeanSquaredError"),
          entry<ListMLELoss>("ListMLELoss"),
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

}  // namespace keratin::losses
