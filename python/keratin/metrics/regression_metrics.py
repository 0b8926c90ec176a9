# SPDX-License-Identifier: Apache-2.0
"""Distances of numbers."""
from keratin.metrics.metric import Metric


class MeanSquaredError(Metric):
    """The mean of the loss MeanSquaredError.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.MeanSquaredError()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="mean_squared_error", dtype=None):
        self._make(name=name, dtype=dtype)


class MeanAbsoluteError(Metric):
    """The mean of the loss MeanAbsoluteError.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.MeanAbsoluteError()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="mean_absolute_error", dtype=None):
        self._make(name=name, dtype=dtype)


class MeanAbsolutePercentageError(Metric):
    """The mean of the loss MeanAbsolutePercentageError.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.MeanAbsolutePercentageError()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        self._make(name=name, dtype=dtype)


class MeanSquaredLogarithmicError(Metric):
    """The mean of the loss MeanSquaredLogarithmicError.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.MeanSquaredLogarithmicError()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        self._make(name=name, dtype=dtype)


class RootMeanSquaredError(Metric):
    """The root of the mean of squared differences.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.RootMeanSquaredError()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="root_mean_squared_error", dtype=None):
        self._make(name=name, dtype=dtype)


class CosineSimilarity(Metric):
    """The mean cosine of the angle between y_true and y_pred.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.CosineSimilarity()])

    Args:
        name: the name.
        dtype: None or "float32".
        axis: the axis of the vectors.
    """

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        self._make(name=name, dtype=dtype, axis=axis)


class LogCoshError(Metric):
    """The mean of the loss LogCosh.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.LogCoshError()])

    Args:
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, name="logcosh", dtype=None):
        self._make(name=name, dtype=dtype)


class R2Score(Metric):
    """The coefficient of determination: 1 is perfect, 0 as good as the mean of y_true.

    Example:

    >>> model.compile("sgd", loss="mse", metrics=[keratin.metrics.R2Score()])

    Args:
        class_aggregation: "uniform_average", "variance_weighted_average", or None for a number a column.
        num_regressors: the number of inputs of the model, for the adjusted score; 0 for the plain one.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", dtype=None):
        self._make(class_aggregation=class_aggregation, num_regressors=num_regressors, name=name, dtype=dtype)
