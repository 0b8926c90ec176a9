# SPDX-License-Identifier: Apache-2.0
from keratin._native import arguments
from keratin.layers.called import CalledLayer
from keratin.layers.embedding import Embedding


class EmbedReduce(CalledLayer, Embedding):
    """Turns bags of ids into a vector each: an Embedding and the sum of its vectors, without the vectors between. KerasRS:
    `keras_rs.layers.EmbedReduce`.

    Example:

    >>> layer = keratin.layers.EmbedReduce(1000, 64, combiner="sqrtn")
    >>> layer(np.random.randint(1000, size=(32, 20)), weights=np.ones((32, 20))).shape
    (32, 64)

    A training step costs what its ids cost.

    Args:
        input_dim: size of the vocabulary, largest id + 1.
        output_dim: width of a vector.
        embeddings_initializer: draws the table.
        embeddings_regularizer: a penalty on the table.
        embeddings_constraint: what rows are brought back to after a step.
        mask_zero: id 0 is padding, and in no bag. Under the mask policies keras3 and keras2 it counts, as in KerasRS.
        weights: the first table, an array of shape (input_dim, output_dim).
        combiner: "mean", "sum" or "sqrtn": the sum of the rows times their weights, as it is, or divided by the sum of the
            weights, or by the root of the sum of their squares.
        **kwargs: what Embedding takes besides: activity_regularizer, lora_rank, lora_alpha, rows_drawn, precision,
            stochastic_rounding, storage, name, trainable, dtype.

    Call arguments:
        inputs: ids, of any integer type.
        weights: of each id, of the same shape; None: all are 1.

    Input shape:
        (batch, ids), or (..., ids); (batch,) of one id each.

    Output shape:
        (batch, output_dim); 0 of a bag without ids, or whose weights are 0.
    """

    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", embeddings_regularizer=None,
                 embeddings_constraint=None, mask_zero=False, weights=None, combiner="mean", **kwargs):
        of_table = {name: kwargs.pop(name) for name in ("rows_drawn", "precision", "stochastic_rounding", "storage")
                    if name in kwargs}
        kinds = self._kinds(kwargs, kwargs.pop("lora_rank", None), kwargs.pop("lora_alpha", None), None)
        self._make_table(kwargs, input_dim, output_dim, embeddings_initializer, embeddings_regularizer,
                         kwargs.pop("activity_regularizer", None), embeddings_constraint, mask_zero, weights, **of_table,
                         combiner=combiner, **kinds)

    def call(self, inputs, weights=None, training=None):
        """What the layer does."""
        return self._called(arguments(locals()))
