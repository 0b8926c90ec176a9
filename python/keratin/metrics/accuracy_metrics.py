# SPDX-License-Identifier: Apache-2.0
"""How often predictions are right."""
from keratin.metrics.metric import Metric, values


class Accuracy(Metric):
    """How often y_pred equals y_true.

    Example:

    >>> metric = keratin.metrics.Accuracy()
    >>> metric([[1], [2], [3], [4]], [[0], [2], [3], [4]])
    0.75

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="accuracy", dtype=None):
        self._make(name=name, dtype=dtype)


class BinaryAccuracy(Metric):
    """How often y_pred is on the side of the threshold that y_true, 0 or 1, says.

    Example:

    >>> model.compile("sgd", loss="binary_crossentropy", metrics=[keratin.metrics.BinaryAccuracy()])

    Args:
        name: the name.
        dtype: None or "float32".
        threshold: predictions above it are taken as 1.
    """

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        self._make(name=name, dtype=dtype, threshold=threshold)


class CategoricalAccuracy(Metric):
    """How often the best of y_pred is the class that y_true, one-hot, says.

    Example:

    >>> model.compile("sgd", loss="categorical_crossentropy", metrics=[keratin.metrics.CategoricalAccuracy()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="categorical_accuracy", dtype=None):
        self._make(name=name, dtype=dtype)


class SparseCategoricalAccuracy(Metric):
    """How often the best of y_pred is the class whose number y_true is.

    Example:

    >>> metric = keratin.metrics.SparseCategoricalAccuracy()
    >>> model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=[metric])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        self._make(name=name, dtype=dtype)


class TopKCategoricalAccuracy(Metric):
    """How often the class that y_true, one-hot, says is among the k best of y_pred.

    Example:

    >>> metric = keratin.metrics.TopKCategoricalAccuracy(k=3)
    >>> model.compile("sgd", loss="categorical_crossentropy", metrics=[metric])

    Args:
        k: how many count.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        self._make(k=k, name=name, dtype=dtype)


class SparseTopKCategoricalAccuracy(Metric):
    """How often the class whose number y_true is, is among the k best of y_pred.

    Example:

    >>> metric = keratin.metrics.SparseTopKCategoricalAccuracy(k=3)
    >>> model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=[metric])

    Args:
        k: how many count.
        name: the name.
        dtype: None or "float32".
        from_sorted_ids: whether y_pred holds the numbers of classes, best first, and not scores.
    """

    def __init__(self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None, from_sorted_ids=False):
        self._make(k=k, name=name, dtype=dtype, from_sorted_ids=from_sorted_ids)


def accuracy(y_true, y_pred):
    """The values of `Accuracy`, one a sample: 1 where it is right."""
    return values("Accuracy", y_true, y_pred)


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """The values of `BinaryAccuracy`, one a sample."""
    return values("BinaryAccuracy", y_true, y_pred, threshold=threshold)


def categorical_accuracy(y_true, y_pred):
    """The values of `CategoricalAccuracy`, one a sample."""
    return values("CategoricalAccuracy", y_true, y_pred)


def sparse_categorical_accuracy(y_true, y_pred):
    """The values of `SparseCategoricalAccuracy`, one a sample."""
    return values("SparseCategoricalAccuracy", y_true, y_pred)


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """The values of `TopKCategoricalAccuracy`, one a sample."""
    return values("TopKCategoricalAccuracy", y_true, y_pred, k=k)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """The values of `SparseTopKCategoricalAccuracy`, one a sample."""
    return values("SparseTopKCategoricalAccuracy", y_true, y_pred, k=k, from_sorted_ids=from_sorted_ids)
