# SPDX-License-Identifier: Apache-2.0
"""Losses of margins. Labels are -1 and 1; where all of a batch are 0 or 1, they are taken as such."""
from keratin.losses.loss import Loss, _values


class Hinge(Loss):
    """The mean of `maximum(1 - y_true * y_pred, 0)`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.Hinge())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


class SquaredHinge(Loss):
    """The mean of `square(maximum(1 - y_true * y_pred, 0))`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.SquaredHinge())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


class CategoricalHinge(Loss):
    """How far the true class stays behind the best of the others.

    `maximum(neg - pos + 1, 0)` with `neg = max((1 - y_true) * y_pred)` and `pos = sum(y_true * y_pred)`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.CategoricalHinge())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


def hinge(y_true, y_pred):
    """The values of `Hinge`, one a sample."""
    return _values("Hinge", y_true, y_pred)


def squared_hinge(y_true, y_pred):
    """The values of `SquaredHinge`, one a sample."""
    return _values("SquaredHinge", y_true, y_pred)


def categorical_hinge(y_true, y_pred):
    """The values of `CategoricalHinge`, one a sample."""
    return _values("CategoricalHinge", y_true, y_pred)
