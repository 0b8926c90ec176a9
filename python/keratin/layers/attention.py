# SPDX-License-Identifier: Apache-2.0
"""Layers that look from one sequence at another. Keras: `keras.layers`, attention."""
from keratin import constraints, initializers, keras_tensor, regularizers
from keratin._arguments import flag
from keratin._native import arguments
from keratin._refusal import shown
from keratin.layers.called import CalledLayer
from keratin.layers.einsum_dense import EinsumDense


def _is_positive(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


class _Heads(CalledLayer, listed=False):
    """What the layers that attend in heads have in common."""

    def _make_heads(self, base, flash_attention, **options):
        made = dict(options)
        for name, concept in (("initializer", initializers), ("regularizer", regularizers), ("constraint", constraints)):
            made.update({key: concept.get(value) for key, value in options.items() if key.endswith(name)})
        window = options["sliding_window"]
        if window is not None and not _is_positive(window):
            raise ValueError(f"[{type(self).__name__}] `sliding_window` must be `None` or a positive integer. "
                             f"Received: sliding_window={window!r}")
        self._make(base, flash_attention=flash_attention, **made)

    def build(self, query_shape, value_shape, key_shape=None):
        """Makes the weights for a query, a value and maybe a key of these shapes, batch first."""
        super().build([tuple(shape) for shape in (query_shape, value_shape, key_shape) if shape is not None])

    def call(self, query, value, key=None, query_mask=None, value_mask=None, key_mask=None, attention_mask=None,
             return_attention_scores=False, training=None, use_causal_mask=False):
        """What the layer does."""
        return self._called(arguments(locals()))

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        """The shape of the output for a query, a value and maybe a key of these shapes."""
        shapes = [tuple(shape) for shape in (query_shape, value_shape, key_shape) if shape is not None]
        return self._own_core.compute_output_shapes(shapes)[0]


class MultiHeadAttention(_Heads):
    """Attention in heads (Vaswani et al., 2017): query, key and value are projected, each head gives
    softmax(query . key / sqrt(key_dim)) value, and all heads are projected to the output.

    Example:

    >>> layer = keratin.layers.MultiHeadAttention(num_heads=2, key_dim=3)
    >>> output, scores = layer(np.ones((2, 8, 16)), np.ones((2, 4, 16)), return_attention_scores=True)
    >>> output.shape, scores.shape
    ((2, 8, 16), (2, 2, 8, 4))

    Scores are made and used up in blocks, whatever `flash_attention` says: a long sequence takes no memory of the size
    of its square, but for the scores that are returned.

    Args:
        num_heads: how many heads.
        key_dim: the size of each head of query and key.
        value_dim: that of the value; None: key_dim.
        dropout: the share of the softmax that is set to 0 in training.
        use_bias: whether the projections have biases.
        output_shape: of the output behind the steps, an integer or several; None: as the query.
        attention_axes: over which axes attention runs; None: all between the batch and the last.
        sliding_window: a query sees keys less than so many steps away; None: all.
        flash_attention: True refuses, as in Keras, dropout and return_attention_scores; the numbers are the same. None
            is as False.
        kernel_initializer: draws the kernels.
        bias_initializer: draws the biases.
        kernel_regularizer: a penalty on the kernels.
        bias_regularizer: a penalty on the biases.
        activity_regularizer: a penalty on what the projections give.
        kernel_constraint: what the kernels are brought back to after a step.
        bias_constraint: what the biases are brought back to after a step.
        use_gate: whether the heads are multiplied with the sigmoid of a projection of the query.
        seed: an integer, or None for other choices in every run.

    Call arguments:
        query: (batch, steps, width).
        value: (batch, steps of the source, width).
        key: as value; None: the value.
        query_mask, value_mask, key_mask: which steps count, bool (batch, steps); None: the masks that go along with the
            values.
        attention_mask: which steps of the source each step sees, bool (batch, steps, steps of the source), which it
            broadcasts to; heads may stand behind the batch.
        return_attention_scores: whether the softmax is returned too, (batch, heads, steps, steps of the source).
        training: True: as in training.
        use_causal_mask: whether a step sees no later one.

    Input shape:
        (batch, steps, width).

    Output shape:
        (batch, steps, width). It has the mask of the query. A step that sees nothing gets 0 from all heads.
    """

    _tuples = ("output_shape", "attention_axes")

    def __init__(self, num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, output_shape=None,
                 attention_axes=None, sliding_window=None, flash_attention=None, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, bias_constraint=None, use_gate=False, seed=None, **kwargs):
        for name, value in (("num_heads", num_heads), ("key_dim", key_dim), ("value_dim", value_dim)):
            if not _is_positive(value) and (name != "value_dim" or value is not None):
                raise ValueError(f"[MultiHeadAttention] Received an invalid value for argument `{name}`, expected a positive "
                                 f"integer. Received: {name}={value!r}")
        if isinstance(output_shape, int):
            output_shape = (output_shape,) if output_shape else None
        if output_shape is not None:
            try:
                output_shape = tuple(output_shape) or None
            except TypeError:
                raise ValueError(f"[MultiHeadAttention] Invalid `output_shape`: {output_shape}. When specified, the "
                                 "`output_shape` should be of type tuple, list, or int.") from None
        if isinstance(attention_axes, int):
            attention_axes = (attention_axes,)
        elif attention_axes and not isinstance(attention_axes, (list, tuple)):
            raise ValueError("[MultiHeadAttention] `attention_axes` must be an int, list, or tuple. "
                             f"Received: attention_axes={attention_axes}")
        self._make_heads(
            kwargs, flash_attention, num_heads=num_heads, key_dim=key_dim, value_dim=value_dim or key_dim,
            dropout=dropout, use_bias=flag(use_bias), output_shape=output_shape,
            attention_axes=None if attention_axes is None else tuple(attention_axes), sliding_window=sliding_window,
            kernel_initializer=kernel_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer, kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint, use_gate=flag(use_gate), seed=seed)

    def _projection(self, name):
        """A projection as a layer, whose weights are those of this one; there is none before they are made."""
        part = next((part for part in self._own_core.parts if part.name == name), None)
        if part is None:
            raise AttributeError(f"MultiHeadAttention '{self.name}' has no such projection: it is not built yet.")
        mine = {key: value for key, value in self._options.items() if key.endswith(("_initializer", "_regularizer", "_constraint"))}
        layer = EinsumDense.from_config({**part.get_config(), **mine})
        layer.__dict__.update(_core=part, _part_of=self)
        return layer

    query_dense = property(lambda self: self._projection("query"), doc="The projection of the query, an EinsumDense.")
    key_dense = property(lambda self: self._projection("key"), doc="That of the key.")
    value_dense = property(lambda self: self._projection("value"), doc="That of the value.")
    output_dense = property(lambda self: self._projection("attention_output"), doc="That of the heads to the output.")


class GroupedQueryAttention(_Heads):
    """Attention in heads where several heads of the query share one of key and value (Ainslie et al., 2023); one for all
    is multi-query attention.

    Example:

    >>> layer = keratin.layers.GroupedQueryAttention(head_dim=4, num_query_heads=6, num_key_value_heads=2)
    >>> layer(np.ones((2, 8, 16)), np.ones((2, 4, 16))).shape
    (2, 8, 16)

    Args:
        head_dim: the size of each head.
        num_query_heads: how many heads the query has.
        num_key_value_heads: how many key and value have: a divisor of the former.
        dropout: the share of the softmax that is set to 0 in training.
        use_bias: whether the projections have biases.
        sliding_window: a query sees keys less than so many steps away; None: all.
        flash_attention: as of MultiHeadAttention.
        kernel_initializer: draws the kernels.
        bias_initializer: draws the biases.
        kernel_regularizer: a penalty on the kernels.
        bias_regularizer: a penalty on the biases.
        activity_regularizer: a penalty on the output, and on what the projections give.
        kernel_constraint: what the kernels are brought back to after a step.
        bias_constraint: what the biases are brought back to after a step.
        use_gate: whether the heads are multiplied with the sigmoid of a projection of the query.
        seed: an integer, or None for other choices in every run.

    Call arguments:
        query, value, key, query_mask, value_mask, key_mask, attention_mask, return_attention_scores, training,
        use_causal_mask: as of MultiHeadAttention.

    Input shape:
        (batch, steps, width), of query and value the same width.

    Output shape:
        (batch, steps, width). It has the mask of the query. A step that sees nothing gets 0 from all heads.
    """

    def __init__(self, head_dim, num_query_heads, num_key_value_heads, dropout=0.0, use_bias=True, sliding_window=None,
                 flash_attention=None, kernel_initializer="glorot_uniform", bias_initializer="zeros",
                 kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, use_gate=False, seed=None, **kwargs):
        self._make_heads(
            kwargs, flash_attention, head_dim=head_dim, num_query_heads=num_query_heads,
            num_key_value_heads=num_key_value_heads, dropout=dropout, use_bias=flag(use_bias),
            sliding_window=sliding_window, kernel_initializer=kernel_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer, kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint, use_gate=flag(use_gate), seed=seed)


class _Scored(CalledLayer, listed=False):
    """What the layers without projections have in common."""

    def build(self, input_shape):
        """Makes the weights for a list of the shapes of query, value and maybe key, batch first."""
        self._check(input_shape, None)
        super().build([tuple(shape) for shape in input_shape])

    def call(self, inputs, mask=None, training=False, return_attention_scores=False, use_causal_mask=False):
        """What the layer does."""
        self._check(inputs, mask)
        return self._called(arguments(locals()))

    def compute_output_shape(self, input_shape):
        """The shape of the output for a list of the shapes of query, value and maybe key."""
        self._check(input_shape, None)
        return self._own_core.compute_output_shapes([tuple(shape) for shape in input_shape])[0]

    def compute_mask(self, inputs, mask=None):
        """The mask of the output: that of the query, the first of a list."""
        self._check(inputs, mask)
        return None if mask is None or mask[0] is None else keras_tensor.in_pass(mask[0])

    def _check(self, inputs, mask):
        name = type(self).__name__
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(f"[{name}] layer must be called on a list of inputs, namely [query, value] or [query, value, "
                             f"key]. Received: inputs={shown(inputs, 200)}.")
        if not 2 <= len(inputs) <= 3:
            raise ValueError(f"[{name}] layer accepts inputs list of length 2 or 3, namely [query, value] or [query, value, "
                             f"key]. Received length: {len(inputs)}.")
        if mask is None:
            return
        if not isinstance(mask, (list, tuple)):
            raise ValueError(f"[{name}] layer mask must be a list, namely [query_mask, value_mask]. "
                             f"Received: mask={shown(mask, 200)}.")
        if not 2 <= len(mask) <= 3:
            raise ValueError(f"[{name}] layer accepts mask list of length 2 or 3. Received: mask={shown(mask, 200)}.")


class Attention(_Scored):
    """softmax(query . key) value, without projections (Luong et al., 2015).

    Example:

    >>> layer = keratin.layers.Attention()
    >>> layer([np.ones((2, 8, 16)), np.ones((2, 4, 16))]).shape
    (2, 8, 16)

    Args:
        use_scale: whether there is a weight of one number that scores are multiplied with.
        score_mode: "dot", or "concat": a weight times the sum of tanh(query + key).
        dropout: the share of the softmax that is set to 0 in training.
        seed: an integer, or None for other choices in every run.

    Call arguments:
        inputs: a list: query (batch, steps, width), value (batch, steps of the source, width), and maybe key, as value;
            without it the value is the key.
        mask: a list: which steps of the query count, bool (batch, steps), the output is 0 at the others; and which of
            the value, which alone are seen. None: the masks that go along with the values.
        training: True: as in training.
        return_attention_scores: whether the softmax is returned too, (batch, steps, steps of the source).
        use_causal_mask: whether a step sees no later one.

    Input shape:
        a list of (batch, steps, width), (batch, steps of the source, width of the value), and maybe that of the key.

    Output shape:
        (batch, steps, width of the value). It has the mask of the query.
    """

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **kwargs):
        self._make(kwargs, use_scale=flag(use_scale), score_mode=score_mode, dropout=dropout, seed=seed)

    @property
    def scale(self):
        return self._weight(0) if self.use_scale else None

    @property
    def concat_score_weight(self):
        return self._weight(int(self.use_scale)) if self.score_mode == "concat" else None


class AdditiveAttention(_Scored):
    """softmax(sum of scale tanh(query + key)) value, without projections (Bahdanau et al., 2014).

    Example:

    >>> layer = keratin.layers.AdditiveAttention()
    >>> layer([np.ones((2, 8, 16)), np.ones((2, 4, 16))]).shape
    (2, 8, 16)

    Args:
        use_scale: whether there is a weight for each feature; without it all count alike.
        dropout: the share of the softmax that is set to 0 in training.
        seed: an integer, or None for other choices in every run.

    Call arguments:
        inputs, mask, training, return_attention_scores, use_causal_mask: as of Attention.

    Input shape:
        a list of (batch, steps, width), (batch, steps of the source, width of the value), and maybe that of the key.

    Output shape:
        (batch, steps, width of the value). It has the mask of the query.
    """

    def __init__(self, use_scale=True, dropout=0.0, **kwargs):
        seed = kwargs.pop("seed", None)
        self._make(kwargs, use_scale=flag(use_scale), dropout=dropout, seed=seed)

    @property
    def scale(self):
        return self._weight(0) if self.use_scale else None
