# SPDX-License-Identifier: Apache-2.0
"""Layers of models that find candidates for queries. KerasRS: `keras_rs.layers`."""
import abc

import numpy as np

from keratin import _core, ops
from keratin._arguments import flag, integer, truth
from keratin._native import arguments
from keratin.layers.called import CalledLayer
from keratin.layers.layer import Layer
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


class Retrieval(Layer, abc.ABC, listed=False):
    """What layers have in common that find the k best of many candidates for each query. One of your own derives from it, and
    gives `update_candidates` and `call`.

    Example:

    >>> class Nearest(keratin.layers.Retrieval):
    ...     def update_candidates(self, candidate_embeddings, candidate_ids=None):
    ...         self._validate_candidate_embeddings_and_ids(candidate_embeddings, candidate_ids)
    ...         self.candidates = self.add_weight(candidate_embeddings.shape, "zeros", trainable=False)
    ...         self.candidates.assign(candidate_embeddings)
    ...
    ...     def call(self, inputs):
    ...         scores, places = keratin.ops.top_k(self.compute_score(inputs, self.candidates), self.k)
    ...         return (scores, places) if self.return_scores else places
    >>> layer = Nearest(k=1)
    >>> layer.update_candidates(np.array([[1.0, 0.0], [0.0, 2.0]], "float32"))
    >>> layer(np.array([[1.0, 1.0]], "float32"))
    (array([[2.]], dtype=float32), array([[1]], dtype=int32))

    Args:
        k: how many are found.
        return_scores: whether the scores come too, in front of the candidates.
        **kwargs: those of every layer.

    Input shape:
        queries, (..., width).

    Output shape:
        (..., k), twice: scores and candidates; without `return_scores` the candidates alone.
    """

    def __init__(self, k=10, return_scores=True, **kwargs):
        super().__init__(**kwargs)
        who = type(self).__name__
        self.k, self.return_scores = integer(who, "k", k), truth(who, "return_scores", return_scores)
        if self.k < 1:
            raise ValueError(f"[{who}] k must be positive. Received: {self.k}")

    @abc.abstractmethod
    def update_candidates(self, candidate_embeddings, candidate_ids=None):
        """Takes other candidates.

        Args:
            candidate_embeddings: the candidates, (candidates, width), at least k.
            candidate_ids: what they are called, integers (candidates,); None: their places.
        """

    @abc.abstractmethod
    def call(self, inputs):
        """What the layer does.

        Args:
            inputs: queries, (..., width).

        Returns:
            Scores and candidates, (..., k) each, from the largest score on; without `return_scores` the candidates alone.
        """

    def compute_score(self, query_embedding, candidate_embedding):
        """The dot products of queries and candidates.

        Args:
            query_embedding: (..., width).
            candidate_embedding: (candidates, width).

        Returns:
            (..., candidates).
        """
        return ops.matmul(query_embedding, ops.transpose(candidate_embedding))

    def _validate_candidate_embeddings_and_ids(self, candidate_embeddings, candidate_ids=None):
        """ValueError for candidates that are not (candidates, width), at least k, and ids that are not one for each. KerasRS's name."""
        who = f"[{type(self).__name__}]"
        if candidate_embeddings is None:
            raise ValueError(f"{who} `candidate_embeddings` is required.")
        shape = tuple(candidate_embeddings.shape)
        if len(shape) != 2:
            raise ValueError(f"{who} `candidate_embeddings` must be a tensor of rank 2, (candidates, width). Received shape: {shape}")
        if shape[0] < self.k:
            raise ValueError(f"{who} The number of candidates provided ({shape[0]}) is less than k={self.k}, the number to find.")
        if candidate_ids is not None and tuple(candidate_ids.shape) != shape[:1]:
            raise ValueError(f"{who} `candidate_ids` must have the shape ({shape[0]},), one a row of `candidate_embeddings`. "
                             f"Received shape: {tuple(candidate_ids.shape)}")

    def get_config(self):
        return {**super().get_config(), "k": self.k, "return_scores": self.return_scores}


@Retrieval.register
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

    _never_called = ("compute_score",)
    compute_score = Retrieval.compute_score

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
