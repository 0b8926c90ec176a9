# SPDX-License-Identifier: Apache-2.0
"""attention.json: for every attention layer and option, and EinsumDense, its config, outputs and all gradients, from
Keras."""
import numpy as np
from called_case import CalledCases
from golden import keras, write

L = keras.layers
made = CalledCases(70)
case, floats = made.case, made.floats


def bits(*shape, some=True):
    """A mask; with `some`, along the last axis there is always one that is true."""
    mask = made.rng.random(shape) < 0.6
    if some:
        mask[..., 0] = True
    return mask


R, C, I = keras.regularizers, keras.constraints, keras.initializers
B, T, S, N = 2, 5, 7, 6

# -- EinsumDense ------------------------------------------------------------------------------------------------------
for equation, output_shape, bias_axes, shape in (
        ("ab,bc->ac", 4, "c", (3, 5)), ("abc,cd->abd", (None, 4), None, (2, 3, 5)), ("abc,cde->abde", (None, 2, 3), "de", (2, 3, 5)),
        ("abc,cde->abde", (None, 2, 3), "e", (2, 3, 5)), ("abcd,cde->abe", (None, 4), "e", (2, 3, 2, 5)),
        ("...x,xy->...y", 4, "y", (2, 3, 5)), ("...ab,bc->...ac", (3, 4), "ac", (2, 3, 5)), ("...ab,b->...a", 3, "a", (2, 2, 3, 5)),
        ("abc...,bde->acde...", (3, 4, 2), "e", (2, 5, 3, 2)), ("abc,bd->adc", (4, 5), "dc", (2, 3, 5)),
        ("abc,cd->adb", (4, 3), "d", (2, 3, 5)), ("ab,b->ab", 5, "b", (3, 5)), ("abc,dc->abd", (3, 4), "bd", (2, 3, 5))):
    case(L.EinsumDense(equation, output_shape, bias_axes=bias_axes), floats(*shape))
case(L.EinsumDense("abc,cde->abde", (None, 2, 3), "tanh", "de", I.HeNormal(seed=3), "ones", R.L2(0.1), R.L1(0.1), C.UnitNorm(),
                   C.NonNeg(), activity_regularizer="l2", name="dense"), floats(2, 3, 5))
case(L.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d"), floats(0, 3, 5))
case(L.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d"), floats(2, 0, 5))

# -- in heads ---------------------------------------------------------------------------------------------------------
q, v, k = floats(B, T, N), floats(B, S, N), floats(B, S, 4)
M = lambda **kwargs: L.MultiHeadAttention(2, 3, **kwargs)  # noqa: E731
G = lambda **kwargs: L.GroupedQueryAttention(3, 4, 2, **kwargs)  # noqa: E731
for make in (M, G):
    for options in ({}, {"use_bias": False}, {"use_gate": True}, {"sliding_window": 2}, {"kernel_initializer": "ones", "seed": 3},
                    {"kernel_regularizer": R.L2(0.1), "bias_regularizer": R.L1(0.1), "activity_regularizer": R.L2(0.01),
                     "kernel_constraint": C.UnitNorm(), "bias_constraint": C.NonNeg(), "name": "attention"}):
        case(make(**options), q, v)
    case(make(use_gate=True), q, v, return_attention_scores=True)
    case(make(), q, v, k)
    for scores in (False, True):
        case(make(), q, v, use_causal_mask=True, return_attention_scores=scores)
        case(make(sliding_window=3), v, q, use_causal_mask=True, return_attention_scores=scores)
        for shape in ((T, S), (B, 1, S), (B, 4 if make is G else 2, T, S)):
            case(make(), q, v, attention_mask=bits(*shape), return_attention_scores=scores)
        case(make(), q, v, attention_mask=bits(B, T, S).astype("int32"), use_causal_mask=True, return_attention_scores=scores)
        case(make(), q, v, k, value_mask=bits(B, S), key_mask=bits(B, S), use_causal_mask=True, attention_mask=bits(B, T, S),
             return_attention_scores=scores)
    # A query that sees nothing: Keras gives 0 where it makes the scores, and the mean of all values where it does not.
    case(make(), q, v, attention_mask=bits(B, T, S, some=False) & (np.arange(T) > 1)[None, :, None], return_attention_scores=True)
    case(make(), q, v, value_mask=np.array([[True] * S, [False] * S]), return_attention_scores=True)
    case(make(dropout=0.4, seed=5), q, v, training=True)
    case(make(dropout=0.4, seed=5), q, v, training=True, return_attention_scores=True, attention_mask=bits(B, T, S))
    case(make(dropout=0.4, seed=5), q, v)
    case(make(), floats(0, T, N), floats(0, S, N))
    case(make(), floats(B, 1, N), floats(B, 1, N), use_causal_mask=True)
    case(make(), floats(B, 0, N), v)
# Blocks of scores: more steps than one has, with all that is looked at row by row.
long_q, long_v = floats(1, 150, N), floats(1, 300, N)
case(M(), long_q, long_v)
case(M(), long_q, long_v, use_causal_mask=True)
case(M(sliding_window=40), long_v, long_v, use_causal_mask=True)
case(M(dropout=0.3, seed=2), long_q, long_v, training=True, value_mask=np.arange(300)[None] < 100)
for options in ({"value_dim": 4}, {"output_shape": 5}, {"output_shape": (2, 3)}, {"value_dim": 5, "use_gate": True}):
    case(M(**options), q, v, return_attention_scores=True)  # Keras on JAX has other sizes of the value there alone
four, others = floats(2, 3, 4, 5), floats(2, 3, 4, 5)
for axes in (None, 1, (2, 1), -2):
    case(M(attention_axes=axes), four, others, return_attention_scores=True)
case(M(attention_axes=2), four, others, attention_mask=bits(2, 4, 4), return_attention_scores=True)
case(M(attention_axes=(1, 2)), four, others, attention_mask=bits(2, 3, 4, 3, 4), return_attention_scores=True)
case(M(attention_axes=1), four, floats(2, 6, 4, 5))

# -- without projections ----------------------------------------------------------------------------------------------
w = floats(B, S, 4)
for make in (lambda **o: L.Attention(**o), lambda **o: L.Attention(score_mode="concat", **o), lambda **o: L.AdditiveAttention(**o)):
    for options in ({"use_scale": False}, {"use_scale": True}):
        case(make(**options), [q, w, v], return_attention_scores=True)
        case(make(**options), [q, v], use_causal_mask=True, return_attention_scores=True)
        case(make(**options), [q, v], mask=[bits(B, T), bits(B, S)])
        case(make(**options), [q, v], mask=[None, bits(B, S)], use_causal_mask=True, return_attention_scores=True)
        case(make(**options), [q, v], mask=[None, np.zeros((B, S), bool)], return_attention_scores=True)
        case(make(dropout=0.4, seed=5, **options), [q, v], training=True, return_attention_scores=True)
    case(make(), [floats(0, T, N), floats(0, S, N)])
    case(make(), [floats(B, 1, N), floats(B, 1, N)])
    case(make(), [floats(1, 150, N), floats(1, 300, N)], mask=[None, np.arange(300)[None] < 100])

# -- queries that see nothing, as Keras has it ------------------------------------------------------------------------
blind = {"mask_policy": "keras3"}
starts = np.arange(S)[None] >= np.array([[2], [S]])  # padded in front, and whole
for make in (M, G):
    for scores in (False, True):
        case(make(), v, v, value_mask=starts, use_causal_mask=True, return_attention_scores=scores, **blind)
        case(make(), q, v, attention_mask=bits(B, T, S, some=False) & (np.arange(T) > 1)[None, :, None], return_attention_scores=scores,
             **blind)
    case(make(), q, v, attention_mask=bits(B, 4 if make is G else 2, T, S) & (np.arange(T) < 3)[None, None, :, None], **blind)
    case(make(sliding_window=2), floats(B, 9, N), q, use_causal_mask=True, **blind)  # too far behind all
    case(make(dropout=0.4, seed=5), q, v, value_mask=starts, **blind)
    case(make(dropout=0.4, seed=5), q, v, value_mask=starts, training=True, **blind)
    case(make(), long_q, long_v, attention_mask=(np.arange(150) % 7 > 2)[None, :, None] & (np.arange(300) > 40)[None, None], **blind)
case(M(attention_axes=1), four, others, attention_mask=np.zeros((2, 4, 3, 3), bool), **blind)
for make in (lambda **o: L.Attention(**o), lambda **o: L.AdditiveAttention(**o)):
    case(make(), [v, v], mask=[None, starts], use_causal_mask=True, return_attention_scores=True, **blind)

write("attention", made.cases)
