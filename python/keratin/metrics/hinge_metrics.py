# SPDX-License-Identifier: Apache-2.0
"""Losses of margins as metrics."""
from keratin.metrics.metric import Metric


class Hinge(Metric):
    """The mean of the loss Hinge.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.Hinge()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="hinge", dtype=None):
        self._make(name=name, dtype=dtype)


class SquaredHinge(Metric):
    """The mean of the loss SquaredHinge.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.SquaredHinge()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="squared_hinge", dtype=None):
        self._make(name=name, dtype=dtype)


class CategoricalHinge(Metric):
    """The mean of the loss CategoricalHinge.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.CategoricalHinge()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="categorical_hinge", dtype=None):
        self._make(name=name, dtype=dtype)
