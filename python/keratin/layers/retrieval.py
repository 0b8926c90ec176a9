# SPDX-License-Identifier: Apache-2.0
"""Layers of models that find candidates for queries. KerasRS: `keras_rs.layers`."""
import numpy as np

from keratin import _core
from keratin._arguments import flag
from keratin._native import arguments
from keratin.layers.called import CalledLayer
from keratin.variables import Variable


class HardNegativeMining(CalledLayer):
    """Of the candidates of each query the positive one and those negatives that have the largest logits.

    Example:

    >>> layer = keratin.layers.HardNegativeMining(num_hard_negatives=1)
    >>> layer(np.array([[0.5, 2.0, 1.0]]), np.array([[1.0, 0.0, 0.0]]))[0]
    array([[0.5, 2. ]], dtype=float32)

    Args:
        num_hard_negatives: how many negatives.
        **kwargs: those of every layer.

    Call arguments:
        logits: (..., candidates).
        labels: of the same shape, 1 for the positive candidate, else 0.

    Input shape:
        (..., candidates), twice.

    Output shape:
        (..., num_hard_negatives + 1), twice: logits and labels, the positive one first; all candidates where there are less.
    """

    def __init__(self, num_hard_negatives, **kwargs):
        self._make(kwargs, num_hard_negatives=num_hard_negatives)

    def call(self, logits, labels, training=None):
        """What the layer does."""
        return self._called(arguments(locals()))


class RemoveAccidentalHits(CalledLayer):
    """Takes negatives out of a softmax that are the positive candidate of their row once more: their logit is 3.4e36 less.

    Example:

    >>> layer = keratin.layers.RemoveAccidentalHits()
    >>> logits = layer(np.ones((1, 3)), np.array([[1.0, 0.0, 0.0]]), np.array([7, 8, 7]))
    >>> keratin.ops.softmax(logits)
    array([[0.5, 0.5, 0. ]], dtype=float32)

    Args:
        **kwargs: those of every layer.

    Call arguments:
        logits: (..., candidates).
        labels: of the same shape, 1 for the positive candidate, else 0.
        candidate_ids: integers (candidates,), or of more of the last axes of that shape.

    Input shape:
        (..., candidates).

    Output shape:
        that of the logits.
    """

    def __init__(self, **kwargs):
        self._make(kwargs)

    def call(self, logits, labels, candidate_ids, training=None):
        """What the layer does."""
        return self._called(arguments(locals()))


class SamplingProbabilityCorrection(CalledLayer):
    """`logits - log(p)`: what a softmax over sampled candidates wants, of which each was drawn with probability p (Yi et al.,
    2019).

    Example:

    >>> layer = keratin.layers.SamplingProbabilityCorrection()
    >>> layer(np.zeros((1, 2)), np.array([1.0, 0.5]))
    array([[0.       , 0.6931472]], dtype=float32)

    Args:
        epsilon: the least that a probability is taken for.
        **kwargs: those of every layer.

    Call arguments:
        logits: (..., candidates).
        candidate_sampling_probability: of the same shape, or of its last axes.

    Input shape:
        (..., candidates).

    Output shape:
        that of the logits.
    """

    def __init__(self, epsilon=1e-6, **kwargs):
        self._make(kwargs, epsilon=epsilon)

    def call(self, logits, candidate_sampling_probability, training=None):
        """What the layer does."""
        return self._called(arguments(locals()))


class BruteForceRetrieval(CalledLayer):
    """The k candidates of the largest dot products with each query, exactly.

    The candidates are no weights, and not in files, as in KerasRS: a layer that comes from a file is given them again. Those
    that are a weight of another layer, as in `retrieval.candidate_embeddings = embedding.embeddings`, are looked at as they
    are at each call.

    Example:

    >>> layer = keratin.layers.BruteForceRetrieval(k=1)
    >>> layer.update_candidates(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([10, 20]))
    >>> layer(np.array([[1.0, 1.0]]))
    (array([[2.]], dtype=float32), array([[20]], dtype=int32))

    Args:
        candidate_embeddings: the candidates, (candidates, width); or None: `update_candidates` gives them.
        candidate_ids: what they are called, integers (candidates,); None: their places.
        k: how many are found.
        return_scores: whether the scores come too.
        **kwargs: those of every layer.

    Call arguments:
        inputs: queries, (..., width).

    Input shape:
        (..., width).

    Output shape:
        (..., k), twice: scores from the largest on, and candidates; without `return_scores` the candidates alone.
    """

    def __init__(self, candidate_embeddings=None, candidate_ids=None, k=10, return_scores=True, **kwargs):
        self._make(kwargs, k=k, return_scores=flag(return_scores))
        if candidate_embeddings is not None:
            self.update_candidates(candidate_embeddings, candidate_ids)
        elif candidate_ids is not None:
            raise ValueError("[BruteForceRetrieval] candidate_ids must come with candidate_embeddings.")

    def call(self, inputs, training=None):
        """What the layer does."""
        return self._called(arguments(locals()))

    def update_candidates(self, candidate_embeddings, candidate_ids=None):
        """Takes other candidates.

        Args:
            candidate_embeddings: the candidates, (candidates, width), at least k.
            candidate_ids: what they are called, integers (candidates,); None: their places.
        """
        _core.update_candidates(self._own_core, np.asarray(candidate_embeddings),
                                None if candidate_ids is None else np.asarray(candidate_ids))

    @property
    def candidate_embeddings(self):
        """The candidates, an array, or the weight of another layer that they are; None before the first. To be set to any of these."""
        if self._shares():
            return self._variable(self._own_core.weights[0])
        return _core.candidates(self._own_core)[0]

    @candidate_embeddings.setter
    def candidate_embeddings(self, value):
        weight = value._core if isinstance(value, Variable) else None
        if value is None or isinstance(weight, _core.Variable):
            _core.share_candidates(self._own_core, weight, None if value is None else self.candidate_ids)
        else:
            ids = self.candidate_ids
            _core.share_candidates(self._own_core, None, None)
            self.update_candidates(value, ids)

    @property
    def candidate_ids(self):
        """What they are called, an array; None: their places. To be set to either."""
        return _core.candidates(self._own_core)[1]

    @candidate_ids.setter
    def candidate_ids(self, value):
        if self._shares():
            _core.share_candidates(self._own_core, self._own_core.weights[0], None if value is None else np.asarray(value))
        elif value is not None or self.candidate_embeddings is not None:
            self.update_candidates(self.candidate_embeddings, value)

    def _shares(self):
        return bool(self._own_core.weights)

    def __getstate__(self):
        # A copy of the layer alone does not share with the layer that it was not copied with.
        candidates = (None, None) if self._shares() else _core.candidates(self._own_core)
        return {**super().__getstate__(), "_candidates": candidates}

    def __setstate__(self, state):
        embeddings, ids = state.pop("_candidates")
        super().__setstate__(state)
        if embeddings is not None:
            self.update_candidates(embeddings, ids)
