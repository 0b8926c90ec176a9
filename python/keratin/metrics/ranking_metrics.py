# SPDX-License-Identifier: Apache-2.0
"""How good the order is that scores put items in. KerasRS: `keras_rs.metrics`."""
from keratin import _core
from keratin._arguments import flag
from keratin._custom import core_of
from keratin.losses.ranking_losses import with_mask
from keratin.metrics.metric import Metric


class _RankingMetric(Metric):
    """What the metrics have in common."""

    _functions = ("gain_fn", "rank_discount_fn")

    def _deserialized(self, config, options):
        cores = {name: core_of(_core.Activation, value) for name, value in config.items()
                 if name in self._functions and callable(value)}
        return super()._deserialized({**config, **cores}, options)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Takes a batch in.

        Args:
            y_true: the relevances of the items, (batch_size, list_size) or (list_size,); an item whose relevance is negative
                has no part in anything. Or a dict of them, "labels", and of "mask": which of them count.
            y_pred: the scores of the items, of the same shape.
            sample_weight: a number, weights of the lists (batch_size,), or of the items (batch_size, list_size), or None.
                An item whose weight is not positive has no part; a list weighs what its relevant items do in the mean.
        """
        super().update_state(with_mask(self._class_name, y_true), y_pred, sample_weight)


class DCG(_RankingMetric):
    """Discounted cumulative gain: the sum of `gain_fn(relevance) * rank_discount_fn(place)` over the first k items.

    y_true and y_pred are relevances and scores of the items of lists, (batch_size, list_size) or (list_size,).
    `update_state` says what masks and weights do.

    Example:

    >>> keratin.metrics.DCG()([[0, 1, 1]], [[0.3, 0.2, 0.1]])
    np.float32(1.1309298)

    Args:
        k: how many items, from the highest score on, are looked at; None: all.
        gain_fn: what relevances are worth: a function of an array, element by element, or the name of an activation. By
            default `2**y - 1`.
        rank_discount_fn: what that counts at places 1, 2, ..., likewise. By default `1 / log2(1 + place)`.
        shuffle_ties: whether items of one score come by chance; else as they stand.
        seed: an integer, or None for another order in every run.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, k=None, gain_fn="default_gain_fn", rank_discount_fn="default_rank_discount_fn", shuffle_ties=True,
                 seed=None, name="mean", dtype=None):
        self._make(k=k, gain_fn=gain_fn, rank_discount_fn=rank_discount_fn, shuffle_ties=flag(shuffle_ties), seed=seed,
                   name=name, dtype=dtype)


class NDCG(_RankingMetric):
    """DCG over that of the best order; 0 where nothing is worth anything.

    y_true and y_pred are relevances and scores of the items of lists, (batch_size, list_size) or (list_size,).
    `update_state` says what masks and weights do.

    Example:

    >>> keratin.metrics.NDCG()([[0, 1, 1]], [[0.3, 0.2, 0.1]])
    np.float32(0.6934264)

    Args:
        k: how many items, from the highest score on, are looked at; None: all.
        gain_fn: what relevances are worth: a function of an array, element by element, or the name of an activation. By
            default `2**y - 1`.
        rank_discount_fn: what that counts at places 1, 2, ..., likewise. By default `1 / log2(1 + place)`.
        shuffle_ties: whether items of one score come by chance; else as they stand.
        seed: an integer, or None for another order in every run.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, k=None, gain_fn="default_gain_fn", rank_discount_fn="default_rank_discount_fn", shuffle_ties=True,
                 seed=None, name="mean", dtype=None):
        self._make(k=k, gain_fn=gain_fn, rank_discount_fn=rank_discount_fn, shuffle_ties=flag(shuffle_ties), seed=seed,
                   name=name, dtype=dtype)


class MeanAveragePrecision(_RankingMetric):
    """The mean, over the relevant items, of the share of relevant ones down to each.

    y_true and y_pred are relevances and scores of the items of lists, (batch_size, list_size) or (list_size,); an item is
    relevant from 1 on. `update_state` says what masks and weights do.

    Example:

    >>> keratin.metrics.MeanAveragePrecision()([[0, 1, 1]], [[0.3, 0.2, 0.1]])
    np.float32(0.5833333)

    Args:
        k: how many items, from the highest score on, are looked at; None: all.
        shuffle_ties: whether items of one score come by chance; else as they stand.
        seed: an integer, or None for another order in every run.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, k=None, shuffle_ties=True, seed=None, name="mean", dtype=None):
        self._make(k=k, shuffle_ties=flag(shuffle_ties), seed=seed, name=name, dtype=dtype)


class MeanReciprocalRank(_RankingMetric):
    """`1 / r`, r the place of the first relevant item; 0 where none is among the first k.

    y_true and y_pred are relevances and scores of the items of lists, (batch_size, list_size) or (list_size,); an item is
    relevant from 1 on. `update_state` says what masks and weights do.

    Example:

    >>> keratin.metrics.MeanReciprocalRank()([[0, 1, 1]], [[0.3, 0.2, 0.1]])
    np.float32(0.5)

    Args:
        k: how many items, from the highest score on, are looked at; None: all.
        shuffle_ties: whether items of one score come by chance; else as they stand.
        seed: an integer, or None for another order in every run.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, k=None, shuffle_ties=True, seed=None, name="mean", dtype=None):
        self._make(k=k, shuffle_ties=flag(shuffle_ties), seed=seed, name=name, dtype=dtype)


class PrecisionAtK(_RankingMetric):
    """The share of relevant items among the first k, or among all where a list has fewer.

    y_true and y_pred are relevances and scores of the items of lists, (batch_size, list_size) or (list_size,); an item is
    relevant from 1 on. `update_state` says what masks and weights do.

    Example:

    >>> keratin.metrics.PrecisionAtK(k=2)([[0, 1, 1]], [[0.3, 0.2, 0.1]])
    np.float32(0.5)

    Args:
        k: how many items, from the highest score on, are looked at; None: all.
        shuffle_ties: whether items of one score come by chance; else as they stand.
        seed: an integer, or None for another order in every run.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, k=None, shuffle_ties=True, seed=None, name="mean", dtype=None):
        self._make(k=k, shuffle_ties=flag(shuffle_ties), seed=seed, name=name, dtype=dtype)


class RecallAtK(_RankingMetric):
    """The share of the relevant items that is among the first k.

    y_true and y_pred are relevances and scores of the items of lists, (batch_size, list_size) or (list_size,); an item is
    relevant from 1 on. `update_state` says what masks and weights do.

    Example:

    >>> keratin.metrics.RecallAtK(k=2)([[0, 1, 1]], [[0.3, 0.2, 0.1]])
    np.float32(0.5)

    Args:
        k: how many items, from the highest score on, are looked at; None: all.
        shuffle_ties: whether items of one score come by chance; else as they stand.
        seed: an integer, or None for another order in every run.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, k=None, shuffle_ties=True, seed=None, name="mean", dtype=None):
        self._make(k=k, shuffle_ties=flag(shuffle_ties), seed=seed, name=name, dtype=dtype)
