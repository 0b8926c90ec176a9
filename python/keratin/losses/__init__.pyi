# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Sequence
from typing import Any
from numpy.typing import ArrayLike
from typing_extensions import Self



__all__ = [
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CTC", "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "Circle",
    "CosineSimilarity", "Dice", "Hinge", "Huber", "KLDivergence", "ListMLELoss", "LogCosh", "Loss",
    "LossFunctionWrapper", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "PairwiseHingeLoss", "PairwiseLogisticLoss", "PairwiseMeanSquaredError",
    "PairwiseSoftZeroOneLoss", "Poisson", "SparseCategoricalCrossentropy", "SparseCategoricalFocalCrossentropy",
    "SquaredHinge", "Tversky", "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
    "categorical_focal_crossentropy", "categorical_generalized_cross_entropy", "categorical_hinge", "circle",
    "cosine_similarity", "ctc", "deserialize", "dice", "get", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "serialize", "sparse_categorical_crossentropy",
    "sparse_categorical_focal_crossentropy", "squared_hinge", "tversky",
]

class Loss:
    def __init__(self, name: str | None = None, reduction: str = 'sum_over_batch_size', dtype: Any = None) -> None: ...
    @property
    def dtype(self) -> Any: ...
    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        mask: ArrayLike | None = None,
    ) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    def __getattr__(self, name: str) -> Any: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class BinaryCrossentropy(Loss):
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] | None = -1,
        reduction: str = 'sum_over_batch_size',
        name: str = 'binary_crossentropy',
        dtype: Any = None,
    ) -> None: ...


class BinaryFocalCrossentropy(Loss):
    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float | Sequence[float] | None = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] | None = -1,
        reduction: str = 'sum_over_batch_size',
        name: str = 'binary_focal_crossentropy',
        dtype: Any = None,
    ) -> None: ...


class CTC(Loss):
    def __init__(self, reduction: str = 'sum_over_batch_size', name: str = 'ctc', dtype: Any = None) -> None: ...


class CategoricalCrossentropy(Loss):
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] | None = -1,
        reduction: str = 'sum_over_batch_size',
        name: str = 'categorical_crossentropy',
        dtype: Any = None,
    ) -> None: ...


class CategoricalFocalCrossentropy(Loss):
    def __init__(
        self,
        alpha: float | Sequence[float] | None = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] | None = -1,
        reduction: str = 'sum_over_batch_size',
        name: str = ...,
        dtype: Any = None,
    ) -> None: ...


class CategoricalGeneralizedCrossEntropy(Loss):
    def __init__(
        self,
        q: Any = 0.5,
        reduction: str = 'sum_over_batch_size',
        name: str = ...,
        dtype: Any = None,
    ) -> None: ...


class CategoricalHinge(Loss):
    def __init__(
        self,
        reduction: str = 'sum_over_batch_size',
        name: str = 'categorical_hinge',
        dtype: Any = None,
    ) -> None: ...


class Circle(Loss):
    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str = 'sum_over_batch_size',
        name: str = 'circle',
        dtype: Any = None,
    ) -> None: ...


class CosineSimilarity(Loss):
    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        reduction: str = 'sum_over_batch_size',
        name: str = 'cosine_similarity',
        dtype: Any = None,
    ) -> None: ...


class Dice(Loss):
    def __init__(
        self,
        reduction: str = 'sum_over_batch_size',
        name: str = 'dice',
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
    ) -> None: ...


class Hinge(Loss):
    def __init__(self, reduction: str = 'sum_over_batch_size', name: str = 'hinge', dtype: Any = None) -> None: ...


class Huber(Loss):
    def __init__(
        self,
        delta: float = 1.0,
        reduction: str = 'sum_over_batch_size',
        name: str = 'huber_loss',
        dtype: Any = None,
    ) -> None: ...


class KLDivergence(Loss):
    def __init__(
        self,
        reduction: str = 'sum_over_batch_size',
        name: str = 'kl_divergence',
        dtype: Any = None,
    ) -> None: ...


class LogCosh(Loss):
    def __init__(self, reduction: str = 'sum_over_batch_size', name: str = 'log_cosh', dtype: Any = None) -> None: ...


class LossFunctionWrapper(Loss):
    fn: Any
    def __init__(
        self,
        fn: Any,
        reduction: str = 'sum_over_batch_size',
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None: ...
    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...


class MeanAbsoluteError(Loss):
    def __init__(
        self,
        reduction: str = 'sum_over_batch_size',
        name: str = 'mean_absolute_error',
        dtype: Any = None,
    ) -> None: ...


class MeanAbsolutePercentageError(Loss):
    def __init__(self, reduction: str = 'sum_over_batch_size', name: str = ..., dtype: Any = None) -> None: ...


class MeanSquaredError(Loss):
    def __init__(
        self,
        reduction: str = 'sum_over_batch_size',
        name: str = 'mean_squared_error',
        dtype: Any = None,
    ) -> None: ...


class MeanSquaredLogarithmicError(Loss):
    def __init__(self, reduction: str = 'sum_over_batch_size', name: str = ..., dtype: Any = None) -> None: ...


class Poisson(Loss):
    def __init__(self, reduction: str = 'sum_over_batch_size', name: str = 'poisson', dtype: Any = None) -> None: ...


class SparseCategoricalCrossentropy(Loss):
    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str = 'sum_over_batch_size',
        axis: int | Sequence[int] | None = -1,
        label_smoothing: float = 0.0,
        name: str = ...,
        dtype: Any = None,
    ) -> None: ...


class SparseCategoricalFocalCrossentropy(Loss):
    def __init__(
        self,
        alpha: float | Sequence[float] | None = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int | Sequence[int] | None = -1,
        reduction: str = 'sum_over_batch_size',
        name: str = ...,
        dtype: Any = None,
    ) -> None: ...


class SquaredHinge(Loss):
    def __init__(
        self,
        reduction: str = 'sum_over_batch_size',
        name: str = 'squared_hinge',
        dtype: Any = None,
    ) -> None: ...


class Tversky(Loss):
    def __init__(
        self,
        alpha: float | Sequence[float] | None = 0.5,
        beta: float = 0.5,
        reduction: str = 'sum_over_batch_size',
        name: str = 'tversky',
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
    ) -> None: ...


class ListMLELoss(Loss):
    def __init__(
        self,
        temperature: float = 1.0,
        reduction: str = 'sum_over_batch_size',
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class PairwiseHingeLoss(Loss):
    def __init__(
        self,
        temperature: float = 1.0,
        reduction: str = 'sum_over_batch_size',
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class PairwiseLogisticLoss(Loss):
    def __init__(
        self,
        temperature: float = 1.0,
        reduction: str = 'sum_over_batch_size',
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class PairwiseMeanSquaredError(Loss):
    def __init__(
        self,
        temperature: float = 1.0,
        reduction: str = 'sum_over_batch_size',
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


class PairwiseSoftZeroOneLoss(Loss):
    def __init__(
        self,
        temperature: float = 1.0,
        reduction: str = 'sum_over_batch_size',
        name: str | None = None,
        dtype: Any = None,
    ) -> None: ...


def binary_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] | None = -1,
) -> Any: ...

def binary_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    apply_class_balancing: bool = False,
    alpha: float | Sequence[float] | None = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] | None = -1,
) -> Any: ...

def categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] | None = -1,
) -> Any: ...

def categorical_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    alpha: float | Sequence[float] | None = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] | None = -1,
) -> Any: ...

def categorical_generalized_cross_entropy(y_true: ArrayLike, y_pred: ArrayLike, q: Any) -> Any: ...

def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def circle(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    ref_labels: ArrayLike | None = None,
    ref_embeddings: ArrayLike | None = None,
    remove_diagonal: bool = True,
    gamma: int = 80,
    margin: float = 0.4,
) -> Any: ...

def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int | Sequence[int] | None = -1) -> Any: ...

def ctc(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def deserialize(name: str, custom_objects: dict[str, Any] | None = None) -> Any: ...

def dice(y_true: ArrayLike, y_pred: ArrayLike, axis: int | Sequence[int] | None = None) -> Any: ...

def get(identifier: Any) -> Any: ...

def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Any: ...

def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def serialize(loss: Any) -> dict[str, Any]: ...

def sparse_categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int | Sequence[int] | None = -1,
    label_smoothing: float = 0.0,
) -> Any: ...

def sparse_categorical_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    alpha: float | Sequence[float] | None = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int | Sequence[int] | None = -1,
) -> Any: ...

def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

def tversky(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    alpha: float | Sequence[float] | None = 0.5,
    beta: float = 0.5,
    axis: int | Sequence[int] | None = None,
) -> Any: ...
