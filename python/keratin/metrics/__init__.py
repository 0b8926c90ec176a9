# SPDX-License-Identifier: Apache-2.0
"""Numbers gathered over batches. Keras: `keras.metrics`."""
from keratin import _native
from keratin.losses import (
    binary_crossentropy, binary_focal_crossentropy, categorical_crossentropy, categorical_focal_crossentropy,
    categorical_hinge, hinge, huber, kl_divergence, log_cosh, mean_absolute_error,
    mean_absolute_percentage_error, mean_squared_error, mean_squared_logarithmic_error, poisson,
    sparse_categorical_crossentropy, squared_hinge)
from keratin.metrics.accuracy_metrics import (
    Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy, binary_accuracy, categorical_accuracy, sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy, top_k_categorical_accuracy)
from keratin.metrics.confusion_metrics import (
    AUC, FalseNegatives, FalsePositives, Precision, PrecisionAtRecall, Recall, RecallAtPrecision,
    SensitivityAtSpecificity, SpecificityAtSensitivity, TrueNegatives, TruePositives)
from keratin.metrics.correlation_metrics import (
    ConcordanceCorrelation, PearsonCorrelation, concordance_correlation, pearson_correlation)
from keratin.metrics.f_score_metrics import F1Score, FBetaScore
from keratin.metrics.hinge_metrics import CategoricalHinge, Hinge, SquaredHinge
from keratin.metrics.iou_metrics import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from keratin.metrics.metric import Metric
from keratin.metrics.probabilistic_metrics import (
    BinaryCrossentropy, CategoricalCrossentropy, KLDivergence, Poisson, SparseCategoricalCrossentropy)
from keratin.metrics.ranking_metrics import (
    DCG, NDCG, MeanAveragePrecision, MeanReciprocalRank, PrecisionAtK, RecallAtK)
from keratin.metrics.reduction_metrics import Mean, MeanMetricWrapper, Sum
from keratin.metrics.regression_metrics import (
    CosineSimilarity, LogCoshError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogarithmicError, R2Score, RootMeanSquaredError)


def serialize(metric):
    """The config of a metric, with its class: what `deserialize` takes. Of a function its name."""
    if not isinstance(metric, Metric) and callable(metric):
        return metric.__name__
    return _native.serialize(metric)


@_native.refusing
def deserialize(config, custom_objects=None):
    """The metric that a name or a serialized config describes."""
    return _native.deserialize(Metric, config, custom_objects)


def get(identifier):
    """A metric from None, a name, a config, a class, an object or a function."""
    return _native.get(Metric, identifier)
