# SPDX-License-Identifier: Apache-2.0
"""Sums and means of values."""
from keratin import _core
from keratin._dtype import float32_only
from keratin._native import overrides
from keratin.metrics.metric import Metric, plain


class Sum(Metric):
    """The weighted sum of values.

    Example:

    >>> metric = keratin.metrics.Sum()
    >>> metric([1, 3, 5, 7])
    16.0

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="sum", dtype=None):
        self._make(name=name, dtype=dtype)

    def update_state(self, values, sample_weight=None):
        """Takes values in; nothing while a layer's `call` is made to see its shapes."""
        if _core.is_traced():
            return
        self._own_core.update_values(plain(values), plain(sample_weight))


class Mean(Metric):
    """The weighted mean of values.

    Example:

    >>> metric = keratin.metrics.Mean()
    >>> metric([1, 3, 5, 7])
    4.0

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="mean", dtype=None):
        self._make(name=name, dtype=dtype)

    def update_state(self, values, sample_weight=None):
        """Takes values in; nothing while a layer's `call` is made to see its shapes."""
        if _core.is_traced():
            return
        self._own_core.update_values(plain(values), plain(sample_weight))


class MeanMetricWrapper(Metric, listed=False):
    """The mean of a function of y_true and y_pred.

    Example:

    >>> metric = keratin.metrics.MeanMetricWrapper(lambda y_true, y_pred: abs(y_true - y_pred), name="distance")

    Args:
        fn: takes y_true and y_pred, returns one value a sample.
        name: the name; a new one by default.
        dtype: None or "float32".
        **kwargs: more arguments for `fn`.
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        float32_only(type(self).__name__, dtype)
        super().__init__(name=name)
        self._fn = fn
        self._fn_kwargs = kwargs
        self._remake()

    def _remake(self):
        fn, kwargs = self._fn, self._fn_kwargs
        core = _core.Metric.mean_of(lambda y_true, y_pred: fn(y_true, y_pred, **kwargs), self.name)
        self.__dict__["_base_core" if overrides(type(self), MeanMetricWrapper, self._called_back) else "_core"] = core

    def get_config(self):
        return {**super().get_config(), "fn": self._fn, **self._fn_kwargs}
