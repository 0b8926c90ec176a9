# SPDX-License-Identifier: Apache-2.0
"""How far labels and predictions go up and down together."""
import numpy as np

from keratin import _core
from keratin.metrics.metric import Metric


class PearsonCorrelation(Metric):
    """The mean of Pearson's coefficient: 1 where y_pred is a line of y_true that rises, -1 where it falls.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.PearsonCorrelation()])

    Args:
        name: the name.
        dtype: None or "float32".
        axis: the axis along which numbers are compared.
    """

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        self._make(name=name, dtype=dtype, axis=axis)


class ConcordanceCorrelation(Metric):
    """The mean of Lin's coefficient: 1 where y_pred is y_true, less where it is another line of it.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.ConcordanceCorrelation()])

    Args:
        name: the name.
        dtype: None or "float32".
        axis: the axis along which numbers are compared.
    """

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        self._make(name=name, dtype=dtype, axis=axis)


def pearson_correlation(y_true, y_pred, axis=-1):
    """The coefficients of `PearsonCorrelation`, one for each line along `axis`."""
    return _values("PearsonCorrelation", y_true, y_pred, axis)


def concordance_correlation(y_true, y_pred, axis=-1):
    """The coefficients of `ConcordanceCorrelation`, one for each line along `axis`."""
    return _values("ConcordanceCorrelation", y_true, y_pred, axis)


def _values(class_name, y_true, y_pred, axis):
    metric = _core.Metric.deserialize({"class_name": class_name, "config": {"axis": axis}})
    return metric.values(np.asarray(y_true, np.float32), np.asarray(y_pred, np.float32))[()]
