# SPDX-License-Identifier: Apache-2.0
"""Losses of probabilities of yes or no, and of distributions."""
from keratin.losses.loss import Loss, _values


class KLDivergence(Loss):
    """The Kullback-Leibler divergence: `sum(y_true * log(y_true / y_pred))`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.KLDivergence())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


class Poisson(Loss):
    """The mean of `y_pred - y_true * log(y_pred)`: for counts.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.Poisson())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


class BinaryCrossentropy(Loss):
    """The crossentropy of labels 0 and 1.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.BinaryCrossentropy(from_logits=True))

    Args:
        from_logits: whether y_pred are logits; else they are probabilities.
        label_smoothing: from 0 to 1; labels are drawn towards 0.5 by that part.
        axis: the axis that the values are averaged over.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
                 name="binary_crossentropy", dtype=None):
        self._make(from_logits=from_logits, label_smoothing=label_smoothing, axis=axis, name=name,
                   reduction=reduction, dtype=dtype)


class BinaryFocalCrossentropy(Loss):
    """BinaryCrossentropy, in which what is predicted well counts less: times `(1 - p)**gamma`.

    p is the probability given to the true class.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.BinaryFocalCrossentropy(gamma=2.0, from_logits=True))

    Args:
        apply_class_balancing: whether class 1 has weight `alpha` and class 0 the rest.
        alpha: that weight.
        gamma: 0 gives BinaryCrossentropy.
        from_logits: whether y_pred are logits; else they are probabilities.
        label_smoothing: from 0 to 1; labels are drawn towards 0.5 by that part.
        axis: the axis that the values are averaged over.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False,
                 label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
                 name="binary_focal_crossentropy", dtype=None):
        self._make(apply_class_balancing=apply_class_balancing, alpha=alpha, gamma=gamma,
                   from_logits=from_logits, label_smoothing=label_smoothing, axis=axis, name=name,
                   reduction=reduction, dtype=dtype)


def kl_divergence(y_true, y_pred):
    """The values of `KLDivergence`, one a sample."""
    return _values("KLDivergence", y_true, y_pred)


def poisson(y_true, y_pred):
    """The values of `Poisson`, one a sample."""
    return _values("Poisson", y_true, y_pred)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """The values of `BinaryCrossentropy`, one a sample."""
    return _values("BinaryCrossentropy", y_true, y_pred, from_logits=from_logits,
                   label_smoothing=label_smoothing, axis=axis)


def binary_focal_crossentropy(y_true, y_pred, apply_class_balancing=False, alpha=0.25, gamma=2.0,
                              from_logits=False, label_smoothing=0.0, axis=-1):
    """The values of `BinaryFocalCrossentropy`, one a sample."""
    return _values("BinaryFocalCrossentropy", y_true, y_pred, apply_class_balancing=apply_class_balancing,
                   alpha=alpha, gamma=gamma, from_logits=from_logits, label_smoothing=label_smoothing,
                   axis=axis)
