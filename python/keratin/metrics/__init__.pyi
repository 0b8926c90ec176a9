# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from numpy.typing import ArrayLike
from typing_extensions import Self

from keratin.losses import binary_crossentropy as binary_crossentropy
from keratin.losses import binary_focal_crossentropy as binary_focal_crossentropy
from keratin.losses import categorical_crossentropy as categorical_crossentropy
from keratin.losses import categorical_focal_crossentropy as categorical_focal_crossentropy
from keratin.losses import categorical_hinge as categorical_hinge
from keratin.losses import hinge as hinge
from keratin.losses import huber as huber
from keratin.losses import kl_divergence as kl_divergence
from keratin.losses import log_cosh as log_cosh
from keratin.losses import mean_absolute_error as mean_absolute_error
from keratin.losses import mean_absolute_percentage_error as mean_absolute_percentage_error
from keratin.losses import mean_squared_error as mean_squared_error
from keratin.losses import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from keratin.losses import poisson as poisson
from keratin.losses import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from keratin.losses import squared_hinge as squared_hinge

_InitializerLike = str | Mapping[str, Any] | Callable[..., Any] | None
_Shape = Sequence[int | None]

__all__ = [
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
    "categorical_focal_crossentropy", "categorical_hinge", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "sparse_categorical_crossentropy", "squared_hinge", "Accuracy",
    "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy", "AUC", "FalseNegatives",
    "FalsePositives", "Precision", "PrecisionAtRecall", "Recall", "RecallAtPrecision",
    "SensitivityAtSpecificity", "SpecificityAtSensitivity", "TrueNegatives", "TruePositives",
    "ConcordanceCorrelation", "PearsonCorrelation", "concordance_correlation", "pearson_correlation", "F1Score",
    "FBetaScore", "CategoricalHinge", "Hinge", "SquaredHinge", "BinaryIoU", "IoU", "MeanIoU", "OneHotIoU",
    "OneHotMeanIoU", "Metric", "BinaryCrossentropy", "CategoricalCrossentropy", "KLDivergence", "Poisson",
    "SparseCategoricalCrossentropy", "DCG", "NDCG", "MeanAveragePrecision", "MeanReciprocalRank",
    "PrecisionAtK", "RecallAtK", "Mean", "MeanMetricWrapper", "Sum", "CosineSimilarity", "LogCoshError",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError",
    "R2Score", "RootMeanSquaredError", "serialize", "deserialize", "get",
]

class Metric:
    def __init__(self, dtype: Any = None, name: str | None = None) -> None: ...
    @property
    def dtype(self) -> Any: ...
    @property
    def name(self) -> str: ...
    @name.setter
    def name(self, value: str) -> None: ...
    @property
    def variables(self) -> list[Any]: ...
    def __getattr__(self, name: str) -> Any: ...
    def add_variable(
        self,
        shape: _Shape,
        initializer: _InitializerLike,
        dtype: Any = None,
        aggregation: str = 'sum',
        name: str | None = None,
    ) -> Any: ...
    def add_weight(
        self,
        shape: _Shape = ...,
        initializer: _InitializerLike = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Any: ...
    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None: ...
    def result(self) -> Any: ...
    def reset_state(self) -> None: ...
    def stateless_update_state(self, metric_variables: Any, *args: Any, **kwargs: Any) -> Any: ...
    def stateless_result(self, metric_variables: Any) -> Any: ...
    def stateless_reset_state(self) -> Any: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class Accuracy(Metric):
    def __init__(self, name: str = 'accuracy', dtype: Any = None) -> None: ...


class BinaryAccuracy(Metric):
    def __init__(
        self,
        name: str = 'binary_accuracy',
        dtype: Any = None,
        threshold: float | Sequence[float] | None = 0.5,
    ) -> None: ...


class CategoricalAccuracy(Metric):
    def __init__(self, name: str = 'categorical_accuracy', dtype: Any = None) -> None: ...


class SparseCategoricalAccuracy(Metric):
    def __init__(self, name: str = 'sparse_categorical_accuracy', dtype: Any = None) -> None: ...


class SparseTopKCategoricalAccuracy(Metric):
    def __init__(self, k: int = 5, name: str = ..., dtype: Any = None, from_sorted_ids: bool = False) -> None: ...


class TopKCategoricalAccuracy(Metric):
    def __init__(self, k: int = 5, name: str = 'top_k_categorical_accuracy', dtype: Any = None) -> None: ...


class AUC(Metric):
    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = 'ROC',
        summation_method: str = 'interpolation',
        name: str | None = None,
        dtype: Any = None,
        thresholds: float | Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: float | Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None: ...
    @property
    def thresholds(self) -> Any: ...


class FalseNegatives(Metric):
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class FalsePositives(Metric):
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class Precision(Metric):
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class PrecisionAtRecall(Metric):
    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class Recall(Metric):
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class RecallAtPrecision(Metric):
    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class SensitivityAtSpecificity(Metric):
    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class SpecificityAtSensitivity(Metric):
    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class TrueNegatives(Metric):
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class TruePositives(Metric):
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class ConcordanceCorrelation(Metric):
    def __init__(
        self,
        name: str = 'concordance_correlation',
        dtype: Any = None,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class PearsonCorrelation(Metric):
    def __init__(
        self,
        name: str = 'pearson_correlation',
        dtype: Any = None,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class F1Score(Metric):
    def __init__(
        self,
        average: Any = None,
        threshold: float | Sequence[float] | None = None,
        name: str = 'f1_score',
        dtype: Any = None,
    ) -> None: ...


class FBetaScore(Metric):
    def __init__(
        self,
        average: Any = None,
        beta: float = 1.0,
        threshold: float | Sequence[float] | None = None,
        name: str = 'fbeta_score',
        dtype: Any = None,
    ) -> None: ...


class CategoricalHinge(Metric):
    def __init__(self, name: str = 'categorical_hinge', dtype: Any = None) -> None: ...


class Hinge(Metric):
    def __init__(self, name: str = 'hinge', dtype: Any = None) -> None: ...


class SquaredHinge(Metric):
    def __init__(self, name: str = 'squared_hinge', dtype: Any = None) -> None: ...


class BinaryCrossentropy(Metric):
    def __init__(
        self,
        name: str = 'binary_crossentropy',
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: int = 0,
    ) -> None: ...


class CategoricalCrossentropy(Metric):
    def __init__(
        self,
        name: str = 'categorical_crossentropy',
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: int = 0,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class KLDivergence(Metric):
    def __init__(self, name: str = 'kl_divergence', dtype: Any = None) -> None: ...


class Poisson(Metric):
    def __init__(self, name: str = 'poisson', dtype: Any = None) -> None: ...


class SparseCategoricalCrossentropy(Metric):
    def __init__(
        self,
        name: str = ...,
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class Mean(Metric):
    def __init__(self, name: str = 'mean', dtype: Any = None) -> None: ...
    def update_state(self, values: Any, sample_weight: ArrayLike | None = None) -> None: ...  # type: ignore[override]


class MeanMetricWrapper(Metric):
    def __init__(self, fn: Any, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None: ...
    def get_config(self) -> dict[str, Any]: ...


class Sum(Metric):
    def __init__(self, name: str = 'sum', dtype: Any = None) -> None: ...
    def update_state(self, values: Any, sample_weight: ArrayLike | None = None) -> None: ...  # type: ignore[override]


class CosineSimilarity(Metric):
    def __init__(
        self,
        name: str = 'cosine_similarity',
        dtype: Any = None,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class LogCoshError(Metric):
    def __init__(self, name: str = 'logcosh', dtype: Any = None) -> None: ...


class MeanAbsoluteError(Metric):
    def __init__(self, name: str = 'mean_absolute_error', dtype: Any = None) -> None: ...


class MeanAbsolutePercentageError(Metric):
    def __init__(self, name: str = ..., dtype: Any = None) -> None: ...


class MeanSquaredError(Metric):
    def __init__(self, name: str = 'mean_squared_error', dtype: Any = None) -> None: ...


class MeanSquaredLogarithmicError(Metric):
    def __init__(self, name: str = ..., dtype: Any = None) -> None: ...


class R2Score(Metric):
    def __init__(
        self,
        class_aggregation: str = 'uniform_average',
        num_regressors: int = 0,
        name: str = 'r2_score',
        dtype: Any = None,
    ) -> None: ...


class RootMeanSquaredError(Metric):
    def __init__(self, name: str = 'root_mean_squared_error', dtype: Any = None) -> None: ...


class BinaryIoU(Metric):
    def __init__(
        self,
        target_class_ids: Sequence[int] = ...,
        threshold: float | Sequence[float] | None = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class IoU(Metric):
    def __init__(
        self,
        num_classes: int | None,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class MeanIoU(Metric):
    def __init__(
        self,
        num_classes: int | None,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class OneHotIoU(Metric):
    def __init__(
        self,
        num_classes: int | None,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class OneHotMeanIoU(Metric):
    def __init__(
        self,
        num_classes: int | None,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...


class DCG(Metric):
    def __init__(
        self,
        k: int | None = None,
        gain_fn: str = 'default_gain_fn',
        rank_discount_fn: str = 'default_rank_discount_fn',
        shuffle_ties: bool = True,
        seed: Any = None,
        name: str = 'mean',
        dtype: Any = None,
    ) -> None: ...


class NDCG(Metric):
    def __init__(
        self,
        k: int | None = None,
        gain_fn: str = 'default_gain_fn',
        rank_discount_fn: str = 'default_rank_discount_fn',
        shuffle_ties: bool = True,
        seed: Any = None,
        name: str = 'mean',
        dtype: Any = None,
    ) -> None: ...


class MeanAveragePrecision(Metric):
    def __init__(
        self,
        k: int | None = None,
        shuffle_ties: bool = True,
        seed: Any = None,
        name: str = 'mean',
        dtype: Any = None,
    ) -> None: ...


class MeanReciprocalRank(Metric):
    def __init__(
        self,
        k: int | None = None,
        shuffle_ties: bool = True,
        seed: Any = None,
        name: str = 'mean',
        dtype: Any = None,
    ) -> None: ...


class PrecisionAtK(Metric):
    def __init__(
        self,
        k: int | None = None,
        shuffle_ties: bool = True,
        seed: Any = None,
        name: str = 'mean',
        dtype: Any = None,
    ) -> None: ...


class RecallAtK(Metric):
    def __init__(
        self,
        k: int | None = None,
        shuffle_ties: bool = True,
        seed: Any = None,
        name: str = 'mean',
        dtype: Any = None,
    ) -> None: ...


def binary_accuracy(y_true: ArrayLike, y_pred: ArrayLike, threshold: float | Sequence[float] | None = 0.5) -> Any: ...

def categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def sparse_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def sparse_top_k_categorical_accuracy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    k: int = 5,
    from_sorted_ids: bool = False,
) -> Any: ...

def top_k_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike, k: int = 5) -> Any: ...

def concordance_correlation(y_true: ArrayLike, y_pred: ArrayLike, axis: int | Sequence[int] | None = -1) -> Any: ...

def pearson_correlation(y_true: ArrayLike, y_pred: ArrayLike, axis: int | Sequence[int] | None = -1) -> Any: ...

def serialize(metric: Any) -> dict[str, Any]: ...

def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any: ...

def get(identifier: Any) -> Any: ...
