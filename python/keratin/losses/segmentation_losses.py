# SPDX-License-Identifier: Apache-2.0
"""Losses of overlaps."""
from keratin.losses.loss import Loss, _values


class Dice(Loss):
    """1 minus the Dice coefficient: twice the overlap over the sum of both.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.Dice(axis=(1, 2)))

    Args:
        reduction: as in Loss.
        name: the name.
        axis: the axes that the sums run over; all by default.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        self._make(name=name, reduction=reduction, axis=_axes(axis), dtype=dtype)


class Tversky(Loss):
    """1 minus the Tversky index: Dice, with a weight each for false positives and false negatives.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.Tversky(alpha=0.3, beta=0.7))

    Args:
        alpha: the weight of false positives.
        beta: the weight of false negatives.
        reduction: as in Loss.
        name: the name.
        axis: the axes that the sums run over; all by default.
        dtype: None or "float32".
    """

    def __init__(self, alpha=0.5, beta=0.5, reduction="sum_over_batch_size", name="tversky", axis=None,
                 dtype=None):
        self._make(alpha=alpha, beta=beta, name=name, reduction=reduction, axis=_axes(axis), dtype=dtype)


def dice(y_true, y_pred, axis=None):
    """The values of `Dice`."""
    return _values("Dice", y_true, y_pred, axis=_axes(axis))


def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """The values of `Tversky`."""
    return _values("Tversky", y_true, y_pred, alpha=alpha, beta=beta, axis=_axes(axis))


def _axes(axis):
    return [axis] if isinstance(axis, int) else axis
