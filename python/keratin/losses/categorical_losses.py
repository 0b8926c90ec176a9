# SPDX-License-Identifier: Apache-2.0
"""Losses of classes, whose labels are probabilities (one-hot, mostly)."""
from keratin.losses.loss import Loss, _values


class CategoricalCrossentropy(Loss):
    """The crossentropy of classes: `-sum(y_true * log(y_pred))`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.CategoricalCrossentropy(from_logits=True))

    Args:
        from_logits: whether y_pred are logits; else they are probabilities.
        label_smoothing: from 0 to 1; that part of a label is spread over all classes.
        axis: the axis of the classes.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
                 name="categorical_crossentropy", dtype=None):
        self._make(from_logits=from_logits, label_smoothing=label_smoothing, axis=axis, name=name,
                   reduction=reduction, dtype=dtype)


class CategoricalFocalCrossentropy(Loss):
    """CategoricalCrossentropy, in which what is predicted well counts less: times `alpha * (1 - p)**gamma`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.CategoricalFocalCrossentropy())

    Args:
        alpha: a factor, or a list of one for each class.
        gamma: 0 gives CategoricalCrossentropy, times alpha.
        from_logits: whether y_pred are logits; else they are probabilities.
        label_smoothing: from 0 to 1; that part of a label is spread over all classes.
        axis: the axis of the classes.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1,
                 reduction="sum_over_batch_size", name="categorical_focal_crossentropy", dtype=None):
        self._make(alpha=alpha, gamma=gamma, from_logits=from_logits, label_smoothing=label_smoothing,
                   axis=axis, name=name, reduction=reduction, dtype=dtype)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """The values of `CategoricalCrossentropy`, one a sample."""
    return _values("CategoricalCrossentropy", y_true, y_pred, from_logits=from_logits,
                   label_smoothing=label_smoothing, axis=axis)


def categorical_focal_crossentropy(y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False,
                                   label_smoothing=0.0, axis=-1):
    """The values of `CategoricalFocalCrossentropy`, one a sample."""
    return _values("CategoricalFocalCrossentropy", y_true, y_pred, alpha=alpha, gamma=gamma,
                   from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)
