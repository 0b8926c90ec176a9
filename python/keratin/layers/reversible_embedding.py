# SPDX-License-Identifier: Apache-2.0
from keratin._arguments import flag
from keratin.layers.called import CalledLayer
from keratin.layers.embedding import Embedding
from keratin.layers.kinds import _inputs_quantizer


class ReversibleEmbedding(CalledLayer, Embedding):
    """An Embedding that also goes back: from vectors to a number for every id, with the same table (Press and Wolf, 2016).

    Example:

    >>> table = keratin.layers.ReversibleEmbedding(1000, 64)
    >>> vectors = table(np.random.randint(1000, size=(32, 10)))
    >>> vectors.shape, table(vectors, reverse=True).shape
    ((32, 10, 64), (32, 10, 1000))

    A look-up costs the rows of its ids, in training too. A call in reverse multiplies with the whole table: where the
    weights are tied, a step after it visits every row.

    Args:
        input_dim: size of the vocabulary, largest id + 1.
        output_dim: width of a vector.
        tie_weights: whether the way back has the table itself; False: a weight `reverse_embeddings` of its own, (output_dim,
            input_dim).
        embeddings_initializer: draws the table, and the weight of the way back.
        embeddings_regularizer: a penalty on the table.
        embeddings_constraint: what rows are brought back to after a step.
        mask_zero: id 0 is padding, and masked for all layers that follow.
        reverse_dtype: None or "float32", which the numbers of the way back are.
        logit_soft_cap: None, or c > 0: what the way back gives becomes c tanh(x / c).
        **kwargs: what Embedding takes besides: activity_regularizer, weights, lora_rank, lora_alpha, quantization_config,
            rows_drawn, precision, stochastic_rounding, storage, name, trainable, dtype ("float32", or of a quantized table).

    Call arguments:
        inputs: ids, of any integer type and rank; in reverse vectors, (..., output_dim).
        reverse: whether it goes back.

    Input shape:
        (batch, steps); in reverse (batch, steps, output_dim).

    Output shape:
        (batch, steps, output_dim); in reverse (batch, steps, input_dim), which keeps the mask of its input.
    """

    _of = "embeddings"

    def __init__(self, input_dim, output_dim, tie_weights=True, embeddings_initializer="uniform",
                 embeddings_regularizer=None, embeddings_constraint=None, mask_zero=False, reverse_dtype=None,
                 logit_soft_cap=None, **kwargs):
        of_table = {name: kwargs.pop(name) for name in ("weights", "rows_drawn", "precision", "stochastic_rounding", "storage")
                    if name in kwargs}
        kinds = self._kinds(kwargs, *(kwargs.pop(name, None) for name in ("lora_rank", "lora_alpha", "quantization_config")))
        self._make_table(
            kwargs, input_dim, output_dim, embeddings_initializer, embeddings_regularizer,
            kwargs.pop("activity_regularizer", None), embeddings_constraint, mask_zero, **of_table,
            tie_weights=flag(tie_weights), reverse_dtype=reverse_dtype, logit_soft_cap=logit_soft_cap, **kinds)

    def call(self, inputs, reverse=False, mask=None, training=None):
        """What the layer does."""
        return self._called(dict(inputs=inputs, reverse=reverse, mask=mask, training=training))

    def compute_output_shape(self, input_shape, reverse=False):
        """The shape of the output for inputs of that shape."""
        if reverse:
            return (*input_shape[:-1], self.input_dim)
        return super().compute_output_shape(input_shape)

    @property
    def reverse_embeddings(self):
        """The weight of the way back, (output_dim, input_dim), where it has one of its own."""
        if self.tie_weights:
            raise AttributeError(f"ReversibleEmbedding '{self.name}' has tied weights: its way back is its embeddings.")
        return self._named("reverse_embeddings")

    inputs_quantizer = property(_inputs_quantizer, doc="What inputs of a call in reverse become codes by, of a quantized layer.")
    reverse_embeddings_scale = property(lambda self: self._named("reverse_embeddings_scale"))
    reverse_embeddings_zero = property(lambda self: self._named("reverse_embeddings_zero"))
