# SPDX-License-Identifier: Apache-2.0
"""Losses of lists whose items are to be put in order. KerasRS: `keras_rs.losses`."""
import numpy as np

from keratin import _mask
from keratin.losses.loss import Loss


def with_mask(who, y_true):
    """The labels of `y_true`, which may be {"labels": ..., "mask": ...}; the mask goes along with them."""
    if not isinstance(y_true, dict):
        return y_true
    if "labels" not in y_true or y_true.keys() - {"labels", "mask"}:
        raise ValueError(f"[{who}] y_true must be an array, or a dict of \"labels\" and maybe \"mask\". Received a dict of: "
                         f"{', '.join(map(repr, y_true))}")
    labels = np.asarray(y_true["labels"])
    return labels if y_true.get("mask") is None else _mask.carrying(labels, np.asarray(y_true["mask"], bool))


class _RankingLoss(Loss):
    """What the losses have in common."""

    def call(self, y_true, y_pred):
        """One value an item, or of ListMLELoss one a list."""
        return super().call(with_mask(self._class_name, y_true), y_pred)

    def __call__(self, y_true, y_pred, sample_weight=None, mask=None):
        """The reduced loss.

        Args:
            y_true: the relevances of the items, (batch_size, list_size) or (list_size,); an item whose relevance is negative
                has no part in anything. Or a dict of them, "labels", and of "mask": which of them count.
            y_pred: the scores of the items, of the same shape, float32.
            sample_weight: weights of the values, or None.
            mask: which positions of y_pred count, or None.
        """
        return super().__call__(with_mask(self._class_name, y_true), y_pred, sample_weight, mask)


class PairwiseHingeLoss(_RankingLoss):
    """The sum of `max(0, 1 - (s_i - s_j))` over the items j of a list that are less relevant than item i.

    y_true are relevances, (batch_size, list_size) or (list_size,), or {"labels": ..., "mask": ...}; an item whose relevance
    is negative has no part. y_pred are scores of the same shape. One value an item.

    Example:

    >>> model.compile("adam", loss=keratin.losses.PairwiseHingeLoss())

    Args:
        temperature: what scores are divided by.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, temperature=1.0, reduction="sum_over_batch_size", name=None, dtype=None):
        self._make(temperature=temperature, reduction=reduction, name=name, dtype=dtype)


class PairwiseLogisticLoss(_RankingLoss):
    """The sum of `log(1 + exp(-(s_i - s_j)))` over the items j of a list that are less relevant than item i.

    As in KerasRS, two scores that are equal have no slope. Otherwise as PairwiseHingeLoss.

    Example:

    >>> model.compile("adam", loss=keratin.losses.PairwiseLogisticLoss())

    Args:
        temperature: what scores are divided by.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, temperature=1.0, reduction="sum_over_batch_size", name=None, dtype=None):
        self._make(temperature=temperature, reduction=reduction, name=name, dtype=dtype)


class PairwiseSoftZeroOneLoss(_RankingLoss):
    """The sum of `1 - sigmoid(s_i - s_j)` over the items j of a list that are less relevant than item i.

    Otherwise as PairwiseHingeLoss.

    Example:

    >>> model.compile("adam", loss=keratin.losses.PairwiseSoftZeroOneLoss())

    Args:
        temperature: what scores are divided by.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, temperature=1.0, reduction="sum_over_batch_size", name=None, dtype=None):
        self._make(temperature=temperature, reduction=reduction, name=name, dtype=dtype)


class PairwiseMeanSquaredError(_RankingLoss):
    """The sum of `((y_i - y_j) - (s_i - s_j))**2` over all other items j of the list of item i.

    Otherwise as PairwiseHingeLoss.

    Example:

    >>> model.compile("adam", loss=keratin.losses.PairwiseMeanSquaredError())

    Args:
        temperature: 1: it has no part in this loss.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, temperature=1.0, reduction="sum_over_batch_size", name=None, dtype=None):
        self._make(temperature=temperature, reduction=reduction, name=name, dtype=dtype)


class ListMLELoss(_RankingLoss):
    """The negative log-likelihood of the items of a list coming in the order of their relevance (Xia et al., 2008), when each
    next one is drawn by the softmax of the scores of those left.

    y_true and y_pred as in PairwiseHingeLoss. One value a list, (batch_size,).

    Example:

    >>> model.compile("adam", loss=keratin.losses.ListMLELoss())

    Args:
        temperature: what scores are divided by.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, temperature=1.0, reduction="sum_over_batch_size", name=None, dtype=None):
        self._make(temperature=temperature, reduction=reduction, name=name, dtype=dtype)
