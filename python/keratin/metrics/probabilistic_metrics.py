# SPDX-License-Identifier: Apache-2.0
"""Losses of probabilities as metrics."""
from keratin.metrics.metric import Metric


class KLDivergence(Metric):
    """The mean of the loss KLDivergence.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.KLDivergence()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="kl_divergence", dtype=None):
        self._make(name=name, dtype=dtype)


class Poisson(Metric):
    """The mean of the loss Poisson.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.Poisson()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="poisson", dtype=None):
        self._make(name=name, dtype=dtype)


class BinaryCrossentropy(Metric):
    """The mean of the loss BinaryCrossentropy.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.BinaryCrossentropy()])

    Args:
        name: the name.
        dtype: None or "float32".
        from_logits: whether y_pred are logits; else they are probabilities.
        label_smoothing: from 0 to 1; labels are drawn towards the middle by that part.
    """

    def __init__(self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0):
        self._make(name=name, dtype=dtype, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(Metric):
    """The mean of the loss CategoricalCrossentropy.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.CategoricalCrossentropy()])

    Args:
        name: the name.
        dtype: None or "float32".
        from_logits: whether y_pred are logits; else they are probabilities.
        label_smoothing: from 0 to 1; labels are drawn towards the middle by that part.
        axis: the axis of the classes.
    """

    def __init__(self, name="categorical_crossentropy", dtype=None, from_logits=False, label_smoothing=0, axis=-1):
        self._make(name=name, dtype=dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class SparseCategoricalCrossentropy(Metric):
    """The mean of the loss SparseCategoricalCrossentropy.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.SparseCategoricalCrossentropy()])

    Args:
        name: the name.
        dtype: None or "float32".
        from_logits: whether y_pred are logits; else they are probabilities.
        ignore_class: a number that stands for no class, or None.
        axis: the axis of the classes.
    """

    def __init__(self, name="sparse_categorical_crossentropy", dtype=None, from_logits=False, ignore_class=None, axis=-1):
        self._make(name=name, dtype=dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis)
