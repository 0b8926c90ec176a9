# SPDX-License-Identifier: Apache-2.0
"""Losses of classes, whose labels are the numbers of classes."""
from keratin.losses.loss import Loss, _values


class SparseCategoricalCrossentropy(Loss):
    """The crossentropy of classes given by number: `-log(y_pred[y_true])`.

    A number that is no class is an error that names it and its place.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.SparseCategoricalCrossentropy(from_logits=True))

    Args:
        from_logits: whether y_pred are logits; else they are probabilities.
        ignore_class: a number that stands for no class, or None: such samples have no part.
        reduction: as in Loss.
        axis: the axis of the classes.
        label_smoothing: from 0 to 1; that part of a label is spread over all classes.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, from_logits=False, ignore_class=None, reduction="sum_over_batch_size", axis=-1,
                 label_smoothing=0.0, name="sparse_categorical_crossentropy", dtype=None):
        self._make(from_logits=from_logits, ignore_class=ignore_class, axis=axis,
                   label_smoothing=label_smoothing, name=name, reduction=reduction, dtype=dtype)


class SparseCategoricalFocalCrossentropy(Loss):
    """SparseCategoricalCrossentropy, in which what is predicted well counts less: times
    `alpha * (1 - p)**gamma`.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.SparseCategoricalFocalCrossentropy())

    Args:
        alpha: a factor, or a list of one for each class.
        gamma: 0 gives SparseCategoricalCrossentropy, times alpha.
        from_logits: whether y_pred are logits; else they are probabilities.
        ignore_class: a number that stands for no class, or None: such samples have no part.
        axis: the axis of the classes.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, alpha=0.25, gamma=2.0, from_logits=False, ignore_class=None, axis=-1,
                 reduction="sum_over_batch_size", name="sparse_categorical_focal_crossentropy", dtype=None):
        self._make(alpha=alpha, gamma=gamma, from_logits=from_logits, ignore_class=ignore_class, axis=axis,
                   name=name, reduction=reduction, dtype=dtype)


class CategoricalGeneralizedCrossEntropy(Loss):
    """(1 - p**q) / q, p the predicted probability of the true class: robust where some labels are wrong.

    Near q = 0 it is the crossentropy, near 1 the absolute error. y_true are class numbers, y_pred
    probabilities.

    Example:

    >>> model.compile("sgd", loss=keratin.losses.CategoricalGeneralizedCrossEntropy(q=0.7))

    Args:
        q: between 0 and 1.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, q=0.5, reduction="sum_over_batch_size", name="categorical_generalized_cross_entropy", dtype=None):
        self._make(q=q, name=name, reduction=reduction, dtype=dtype)



def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1,
                                    label_smoothing=0.0):
    """The values of `SparseCategoricalCrossentropy`, one a sample."""
    return _values("SparseCategoricalCrossentropy", y_true, y_pred, from_logits=from_logits,
                   ignore_class=ignore_class, axis=axis, label_smoothing=label_smoothing)


def sparse_categorical_focal_crossentropy(y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False,
                                          ignore_class=None, axis=-1):
    """The values of `SparseCategoricalFocalCrossentropy`, one a sample."""
    return _values("SparseCategoricalFocalCrossentropy", y_true, y_pred, alpha=alpha, gamma=gamma,
                   from_logits=from_logits, ignore_class=ignore_class, axis=axis)


def categorical_generalized_cross_entropy(y_true, y_pred, q):
    """The values of `CategoricalGeneralizedCrossEntropy`, one a sample."""
    return _values("CategoricalGeneralizedCrossEntropy", y_true, y_pred, q=q)
