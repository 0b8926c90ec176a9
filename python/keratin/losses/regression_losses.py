# SPDX-License-Identifier: Apache-2.0
"""Losses of numbers."""
from keratin.losses.loss import Loss, _values


class MeanSquaredError(Loss):
    """The mean of squared differences: `mean(square(y_true - y_pred))`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.MeanSquaredError())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


class MeanAbsoluteError(Loss):
    """The mean of absolute differences: `mean(abs(y_true - y_pred))`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.MeanAbsoluteError())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


class MeanAbsolutePercentageError(Loss):
    """The mean of relative differences: `100 * mean(abs((y_true - y_pred) / y_true))`.

    The divisor is kept away from 0 by 1e-7.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.MeanAbsolutePercentageError())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


class MeanSquaredLogarithmicError(Loss):
    """The mean of squared differences of logarithms: `mean(square(log(y_true + 1) - log(y_pred + 1)))`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.MeanSquaredLogarithmicError())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between y_true and y_pred: -1 where they point the same way.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.CosineSimilarity(axis=1))

    Args:
        axis: the axis of the vectors.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", dtype=None):
        self._make(axis=axis, name=name, reduction=reduction, dtype=dtype)


class Huber(Loss):
    """Squares of small differences, absolute values of large ones.

    `0.5 * d**2` where `abs(d) <= delta`, else `delta * abs(d) - 0.5 * delta**2`; d is y_true - y_pred.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.Huber(delta=0.5))

    Args:
        delta: where the one becomes the other.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        self._make(delta=delta, name=name, reduction=reduction, dtype=dtype)


class LogCosh(Loss):
    """The mean of `log(cosh(y_pred - y_true))`: nearly squares where small, absolute values where large.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.LogCosh())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


def mean_squared_error(y_true, y_pred):
    """The values of `MeanSquaredError`, one a sample."""
    return _values("MeanSquaredError", y_true, y_pred)


def mean_absolute_error(y_true, y_pred):
    """The values of `MeanAbsoluteError`, one a sample."""
    return _values("MeanAbsoluteError", y_true, y_pred)


def mean_absolute_percentage_error(y_true, y_pred):
    """The values of `MeanAbsolutePercentageError`, one a sample."""
    return _values("MeanAbsolutePercentageError", y_true, y_pred)


def mean_squared_logarithmic_error(y_true, y_pred):
    """The values of `MeanSquaredLogarithmicError`, one a sample."""
    return _values("MeanSquaredLogarithmicError", y_true, y_pred)


def cosine_similarity(y_true, y_pred, axis=-1):
    """The values of `CosineSimilarity`, one a sample."""
    return _values("CosineSimilarity", y_true, y_pred, axis=axis)


def huber(y_true, y_pred, delta=1.0):
    """The values of `Huber`, one a sample."""
    return _values("Huber", y_true, y_pred, delta=delta)


def log_cosh(y_true, y_pred):
    """The values of `LogCosh`, one a sample."""
    return _values("LogCosh", y_true, y_pred)
