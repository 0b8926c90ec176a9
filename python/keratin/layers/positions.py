# SPDX-License-Identifier: Apache-2.0
"""Layers that say where in a sequence a step is. KerasHub: `keras_hub.layers`."""
import weakref

from keratin import initializers
from keratin._native import arguments
from keratin.layers.called import CalledLayer
from keratin._arguments import flag, integer

_PARTS = weakref.WeakKeyDictionary()  # the layers within one, made when they are first asked for


class _Positioned(CalledLayer, listed=False):
    """What they have in common."""

    def call(self, inputs, start_index=0, positions=None, training=None):
        """What the layer does."""
        return self._called(arguments(locals()))


class PositionEmbedding(_Positioned):
    """A vector for each step, which is learnt: row i of a table for step i, whatever is at the step.

    Example:

    >>> layer = keratin.layers.PositionEmbedding(sequence_length=10)
    >>> layer(np.zeros((8, 10, 16))).shape
    (8, 10, 16)

    Args:
        sequence_length: the most steps.
        initializer: draws the table.
        **kwargs: those of every layer.

    Call arguments:
        inputs: (batch, ..., steps, width), of which the shape alone counts.
        start_index: the row of the first step, an integer.
        positions: the row of each step, integers (steps) or (batch, steps); then start_index does not count.

    Input shape:
        (batch, ..., steps, width).

    Output shape:
        that of the input.
    """

    def __init__(self, sequence_length, initializer="glorot_uniform", **kwargs):
        self._make(kwargs, sequence_length=integer("PositionEmbedding", "sequence_length", sequence_length),
                   initializer=initializers.get(initializer))

    @property
    def position_embeddings(self):
        """The table, a Variable of shape (sequence_length, width)."""
        return self._weight(0)


class TokenAndPositionEmbedding(_Positioned):
    """The vector of each token and that of its position, added.

    Example:

    >>> layer = keratin.layers.TokenAndPositionEmbedding(vocabulary_size=10_000, sequence_length=50, embedding_dim=128)
    >>> vectors = layer(np.ones((1, 50), "int32"))
    >>> vectors.shape, layer.token_embedding(vectors, reverse=True).shape
    ((1, 50, 128), (1, 50, 10000))

    Args:
        vocabulary_size: largest id + 1.
        sequence_length: the most steps.
        embedding_dim: width of a vector.
        tie_weights: whether `token_embedding`, a ReversibleEmbedding, has one table for both of its ways.
        embeddings_initializer: draws both tables.
        mask_zero: id 0 is padding, and masked for all layers that follow.
        **kwargs: those of every layer.

    Call arguments:
        inputs: ids, (batch, steps).
        start_index: the position of the first step, an integer.
        positions: the position of each step, integers (steps) or (batch, steps); then start_index does not count.

    Input shape:
        (batch, steps).

    Output shape:
        (batch, steps, embedding_dim).
    """

    def __init__(self, vocabulary_size, sequence_length, embedding_dim, tie_weights=True, embeddings_initializer="uniform",
                 mask_zero=False, **kwargs):
        sizes = {name: integer("TokenAndPositionEmbedding", name, value) for name, value in (
            ("vocabulary_size", vocabulary_size), ("sequence_length", sequence_length), ("embedding_dim", embedding_dim))}
        self._make(kwargs, **sizes, embeddings_initializer=initializers.get(embeddings_initializer),
                   tie_weights=flag(tie_weights), mask_zero=flag(mask_zero))

    @property
    def token_embedding(self):
        """The ReversibleEmbedding of the tokens."""
        return self._part(0)

    @property
    def position_embedding(self):
        """The PositionEmbedding."""
        return self._part(1)

    def _part(self, place):
        parts = _PARTS.get(self)
        if parts is None:
            parts = _PARTS[self] = []
            for core in self._own_core.parts:
                part = self._classes[core.class_name].from_config(core.get_config())
                part.__dict__["_core"] = core
                parts.append(part)
        return parts[place]


class SinePositionEncoding(_Positioned):
    """Waves for each step (Vaswani et al., 2017): element d of step t is the sine, for odd d the cosine, of t
    max_wavelength^(-2 floor(d / 2) / width).

    Example:

    >>> x = np.ones((2, 5, 8))
    >>> (x + keratin.layers.SinePositionEncoding()(x)).shape
    (2, 5, 8)

    Args:
        max_wavelength: of the slowest wave.
        **kwargs: those of every layer.

    Call arguments:
        inputs: (batch, ..., steps, width), of which the shape alone counts.
        start_index: the position of the first step.
        positions: the position of each step, (steps) or (batch, steps); then start_index does not count.

    Input shape:
        (batch, ..., steps, width).

    Output shape:
        that of the input.
    """

    def __init__(self, max_wavelength=10000, **kwargs):
        self._make(kwargs, max_wavelength=max_wavelength)


class RotaryEmbedding(_Positioned):
    """Pairs of features turned by an angle that grows with the step (Su et al., 2021): feature i and i + width / 2 by t
    max_wavelength^(-2 i / width).

    Example:

    >>> layer = keratin.layers.RotaryEmbedding()
    >>> layer(np.ones((16, 25, 18))).shape, layer(np.ones((16, 25, 8, 18))).shape  # the second in heads
    ((16, 25, 18), (16, 25, 8, 18))

    Args:
        max_wavelength: of the slowest turn.
        scaling_factor: positions are stretched over so many times the length that a model was trained on.
        rope_type: how: "linear", "dynamic", or "yarn" (Peng et al., 2023).
        beta_fast: of "yarn": turns over the original length, above which a frequency stays.
        beta_slow: of "yarn": turns, below which a frequency is scaled.
        original_max_position_embeddings: of "yarn": the original length.
        truncate: of "yarn": whether the dimensions between the two are whole numbers.
        sequence_axis: the axis of the steps.
        feature_axis: the axis of the features, of which there is an even number.
        denominator_dim: in place of the width in the formula; None: the width. "yarn" has the width.
        **kwargs: those of every layer.

    Call arguments:
        inputs: at least three dimensions.
        start_index: the position of the first step.
        positions: the position of each step, (steps) or (batch, steps); then start_index does not count.

    Input shape:
        (batch, steps, ..., width), or as the axes say.

    Output shape:
        that of the input.
    """

    def __init__(self, max_wavelength=10000, scaling_factor=1.0, rope_type="linear", beta_fast=32.0, beta_slow=1.0,
                 original_max_position_embeddings=4096, truncate=True, sequence_axis=1, feature_axis=-1,
                 denominator_dim=None, **kwargs):
        self._make(kwargs, max_wavelength=max_wavelength, scaling_factor=scaling_factor, rope_type=rope_type,
                   beta_fast=beta_fast, beta_slow=beta_slow,
                   original_max_position_embeddings=original_max_position_embeddings, truncate=flag(truncate),
                   sequence_axis=sequence_axis, feature_axis=feature_axis, denominator_dim=denominator_dim)
