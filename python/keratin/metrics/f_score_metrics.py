# SPDX-License-Identifier: Apache-2.0
"""Precision and recall in one number."""
from keratin.metrics.metric import Metric


class FBetaScore(Metric):
    """The weighted harmonic mean of precision and recall.

    `(1 + beta**2) * precision * recall / (beta**2 * precision + recall)`, of each column.

    Example:

    >>> metric = keratin.metrics.FBetaScore(average="macro", beta=2.0, threshold=0.5)

    Args:
        average: None for a number a column; "micro", "macro" or "weighted" for one.
        beta: how much more recall counts.
        threshold: predictions above it are 1; by default the largest of a row is.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        self._make(average=average, beta=beta, threshold=threshold, name=name, dtype=dtype)


class F1Score(Metric):
    """FBetaScore with beta 1: the harmonic mean of precision and recall.

    Example:

    >>> metric = keratin.metrics.F1Score(average="macro", threshold=0.5)

    Args:
        average: None for a number a column; "micro", "macro" or "weighted" for one.
        threshold: predictions above it are 1; by default the largest of a row is.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        self._make(average=average, threshold=threshold, name=name, dtype=dtype)
