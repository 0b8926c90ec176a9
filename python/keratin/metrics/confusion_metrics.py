# SPDX-License-Identifier: Apache-2.0
"""What is counted by true and false, positive and negative. Predictions above a threshold are positive."""
import numpy as np
from keratin._arguments import items

from keratin.metrics.metric import Metric


class FalsePositives(Metric):
    """How many are predicted 1 and are 0.

    Example:

    >>> metric = keratin.metrics.FalsePositives()
    >>> metric([0, 1, 0, 0], [0, 0, 1, 1])
    2.0

    Args:
        thresholds: a number or a list of them, from 0 to 1; 0.5 by default. With several there are as many results.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, thresholds=None, name=None, dtype=None):
        self._make(thresholds=thresholds, name=name, dtype=dtype)


class FalseNegatives(Metric):
    """How many are predicted 0 and are 1.

    Example:

    >>> metric = keratin.metrics.FalseNegatives()
    >>> metric([0, 1, 1, 1], [0, 1, 0, 0])
    2.0

    Args:
        thresholds: a number or a list of them, from 0 to 1; 0.5 by default. With several there are as many results.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, thresholds=None, name=None, dtype=None):
        self._make(thresholds=thresholds, name=name, dtype=dtype)


class TrueNegatives(Metric):
    """How many are predicted 0 and are 0.

    Example:

    >>> metric = keratin.metrics.TrueNegatives()
    >>> metric([0, 1, 0, 0], [1, 1, 0, 0])
    2.0

    Args:
        thresholds: a number or a list of them, from 0 to 1; 0.5 by default. With several there are as many results.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, thresholds=None, name=None, dtype=None):
        self._make(thresholds=thresholds, name=name, dtype=dtype)


class TruePositives(Metric):
    """How many are predicted 1 and are 1.

    Example:

    >>> metric = keratin.metrics.TruePositives()
    >>> metric([0, 1, 1, 1], [1, 0, 1, 1])
    2.0

    Args:
        thresholds: a number or a list of them, from 0 to 1; 0.5 by default. With several there are as many results.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, thresholds=None, name=None, dtype=None):
        self._make(thresholds=thresholds, name=name, dtype=dtype)


class Precision(Metric):
    """How many of those predicted 1 are 1: TP / (TP + FP).

    Example:

    >>> model.compile("sgd", loss="binary_crossentropy", metrics=[keratin.metrics.Precision()])

    Args:
        thresholds: a number or a list of them, from 0 to 1; 0.5 by default. With several there are as many results.
        top_k: only the k largest of a row of y_pred may be positive; all by default.
        class_id: the one column that is counted; all by default.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        self._make(thresholds=thresholds, top_k=top_k, class_id=class_id, name=name, dtype=dtype)


class Recall(Metric):
    """How many of those that are 1 are predicted 1: TP / (TP + FN).

    Example:

    >>> model.compile("sgd", loss="binary_crossentropy", metrics=[keratin.metrics.Recall()])

    Args:
        thresholds: a number or a list of them, from 0 to 1; 0.5 by default. With several there are as many results.
        top_k: only the k largest of a row of y_pred may be positive; all by default.
        class_id: the one column that is counted; all by default.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        self._make(thresholds=thresholds, top_k=top_k, class_id=class_id, name=name, dtype=dtype)


class SensitivityAtSpecificity(Metric):
    """The best sensitivity (recall) at a threshold where the specificity is at least `specificity`.

    Example:

    >>> model.compile("sgd", loss="binary_crossentropy", metrics=[keratin.metrics.SensitivityAtSpecificity(0.8)])

    Args:
        specificity: from 0 to 1.
        num_thresholds: how many thresholds are tried.
        class_id: the one column that is counted; all by default.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._make(specificity=specificity, num_thresholds=num_thresholds, class_id=class_id, name=name, dtype=dtype)


class SpecificityAtSensitivity(Metric):
    """The best specificity at a threshold where the sensitivity (recall) is at least `sensitivity`.

    Example:

    >>> model.compile("sgd", loss="binary_crossentropy", metrics=[keratin.metrics.SpecificityAtSensitivity(0.8)])

    Args:
        sensitivity: from 0 to 1.
        num_thresholds: how many thresholds are tried.
        class_id: the one column that is counted; all by default.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._make(sensitivity=sensitivity, num_thresholds=num_thresholds, class_id=class_id, name=name, dtype=dtype)


class PrecisionAtRecall(Metric):
    """The best precision at a threshold where the recall is at least `recall`.

    Example:

    >>> model.compile("sgd", loss="binary_crossentropy", metrics=[keratin.metrics.PrecisionAtRecall(0.8)])

    Args:
        recall: from 0 to 1.
        num_thresholds: how many thresholds are tried.
        class_id: the one column that is counted; all by default.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._make(recall=recall, num_thresholds=num_thresholds, class_id=class_id, name=name, dtype=dtype)


class RecallAtPrecision(Metric):
    """The best recall at a threshold where the precision is at least `precision`.

    Example:

    >>> model.compile("sgd", loss="binary_crossentropy", metrics=[keratin.metrics.RecallAtPrecision(0.8)])

    Args:
        precision: from 0 to 1.
        num_thresholds: how many thresholds are tried.
        class_id: the one column that is counted; all by default.
        name: the name; a new one by default.
        dtype: None or "float32".
    """

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._make(precision=precision, num_thresholds=num_thresholds, class_id=class_id, name=name, dtype=dtype)


class AUC(Metric):
    """The area under a curve that a threshold draws, as a sum over thresholds.

    Example:

    >>> model.compile("sgd", loss="binary_crossentropy", metrics=[keratin.metrics.AUC()])

    Args:
        num_thresholds: how many thresholds there are, evenly spaced.
        curve: "ROC" (recall against false alarms) or "PR" (precision against recall).
        summation_method: "interpolation", "minoring" or "majoring".
        name: the name; a new one by default.
        dtype: None or "float32".
        thresholds: thresholds of your own, from 0 to 1.
        multi_label: whether each column has an area of its own, of which the mean is taken.
        num_labels: the number of columns.
        label_weights: the weights of the columns.
        from_logits: whether y_pred are logits; else they are probabilities.
    """

    def __init__(self, num_thresholds=200, curve="ROC", summation_method="interpolation", name=None, dtype=None,
                 thresholds=None, multi_label=False, num_labels=None, label_weights=None, from_logits=False):
        if thresholds is not None:  # Keras: num_thresholds has no say then
            thresholds = items("AUC", "thresholds", thresholds)
            num_thresholds = len(thresholds) + 2
        self._make(num_thresholds=num_thresholds, curve=curve, summation_method=summation_method, name=name,
                   dtype=dtype, thresholds=thresholds, multi_label=multi_label, num_labels=num_labels,
                   label_weights=label_weights, from_logits=from_logits)

    @property
    def thresholds(self):
        """All thresholds, with the two ends 0 and 1."""
        inner = self._options["thresholds"]
        if inner is None:
            return np.linspace(0, 1, self.num_thresholds).tolist()
        return [0.0, *sorted(inner), 1.0]
