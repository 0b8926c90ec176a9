// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/metrics.h"

namespace keratin::metrics {

namespace {

template <class Object>
NamedEntry<Metric> entry(std::string_view class_name, std::vector<std::string_view> aliases = {}) {
  return named_entry<Metric, Object>(class_name, std::move(aliases));
}

const NamedList<Metric>& list() {
  static const NamedList<Metric> kList(
      "keras.metrics", "metric",
      {
          entry<Mean>("Mean"),
          entry<Sum>("Sum"),
          entry<MeanSquaredError>("MeanSquaredError", {"mse", "MSE"}),
          entry<RootMeanSquaredError>("RootMeanSquaredError"),
          entry<MeanAbsoluteError>("MeanAbsoluteError", {"mae", "MAE"}),
          entry<MeanAbsolutePercentageError>("MeanAbsolutePercentageError", {"mape", "MAPE"}),
          entry<MeanSquaredLogarithmicError>("MeanSquaredLogarithmicError", {"msle", "MSLE"}),
          entry<CosineSimilarity>("CosineSimilarity"),
          entry<LogCoshError>("LogCoshError", {"logcosh"}),
          entry<R2Score>("R2Score"),
          entry<AUC>("AUC"),
          entry<TruePositives>("TruePositives"),
          entry<TrueNegatives>("TrueNegatives"),
          entry<FalsePositives>("FalsePositives"),
          entry<FalseNegatives>("FalseNegatives"),
          entry<Precision>("Precision"),
          entry<Recall>("Recall"),
          entry<PrecisionAtRecall>("PrecisionAtRecall"),
          entry<RecallAtPrecision>("RecallAtPrecision"),
          entry<SensitivityAtSpecificity>("SensitivityAtSpecificity"),
          entry<SpecificityAtSensitivity>("SpecificityAtSensitivity"),
          entry<Hinge>("Hinge"),
          entry<SquaredHinge>("SquaredHinge"),
          entry<CategoricalHinge>("CategoricalHinge"),
          entry<KLDivergence>("KLDivergence", {"kld", "KLD"}),
          entry<Poisson>("Poisson"),
          entry<BinaryCrossentropy>("BinaryCrossentropy", {"bce", "BCE"}),
          entry<CategoricalCrossentropy>("CategoricalCrossentropy"),
          entry<SparseCategoricalCrossentropy>("SparseCategoricalCrossentropy"),
          entry<Accuracy>("Accuracy"),
          entry<BinaryAccuracy>("BinaryAccuracy"),
          entry<CategoricalAccuracy>("CategoricalAccuracy"),
          entry<SparseCategoricalAccuracy>("SparseCategoricalAccuracy"),
          entry<TopKCategoricalAccuracy>("TopKCategoricalAccuracy"),
          entry<SparseTopKCategoricalAccuracy>("SparseTopKCategoricalAccuracy"),
          entry<F1Score>("F1Score"),
          entry<FBetaScore>("FBetaScore"),
          entry<IoU>("IoU"),
          entry<BinaryIoU>("BinaryIoU"),
          entry<MeanIoU>("MeanIoU"),
          entry<OneHotIoU>("OneHotIoU"),
          entry<OneHotMeanIoU>("OneHotMeanIoU"),
          entry<PearsonCorrelation>("PearsonCorrelation"),
          entry<ConcordanceCorrelation>("ConcordanceCorrelation"),
          entry<DCG>("DCG"),
          entry<NDCG>("NDCG"),
          entry<MeanAveragePrecision>("MeanAveragePrecision"),
          entry<MeanReciprocalRank>("MeanReciprocalRank"),
          entry<PrecisionAtK>("PrecisionAtK"),
          entry<RecallAtK>("RecallAtK"),
      });
  return kList;
}

}  // namespace

std::span<const NamedEntry<Metric>> entries() { return list().entries(); }

std::shared_ptr<Metric> Metric::get(std::string_view name) { return list().get(name); }
void Metric::require_known(std::string_view name) { list().require(name); }

std::shared_ptr<Metric> Metric::deserialize(const Config& config) {
  // Keras writes a metric given as a function so.
  const Config* name = config.find("config");
  if (name && name->is_string() && config.at("class_name") == Config("function")) {
    return get(name->as_string());
  }
  return list().deserialize(config);
}

Config Metric::serialize() const { return list().serialize(class_name(), get_config()); }

}  // namespace keratin::metrics
