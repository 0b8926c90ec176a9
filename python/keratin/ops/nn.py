# SPDX-License-Identifier: Apache-2.0
"""What neural networks are made of. Keras: `keras.ops.nn`. float32 comes out, whatever goes in."""
import warnings

import numpy as np

from keratin import _core, random
from keratin.keras_tensor import apply, computed
from keratin.ops._options import dtype_name, kind_of
from keratin.ops.elementwise import (add, cast, divide, greater, logical_and, maximum, multiply, rsqrt, square, subtract, tanh,
                                     where)
from keratin.ops.making import ones
from keratin.ops.products import einsum
from keratin.ops.reductions import mean, moments, norm, sum, var
from keratin.ops.shapes import expand_dims, from_first, ndim, repeat, reshape, tril
from keratin.ops.shapes import sizes_of as shape

__all__ = ["batch_normalization", "binary_crossentropy", "categorical_crossentropy", "celu", "ctc_loss", "dot_product_attention", "elu",
           "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "layer_normalization",
           "leaky_relu", "log_sigmoid", "log_softmax", "moments", "multi_hot", "nce_loss", "normalize", "one_hot", "relu", "relu6",
           "rms_normalization", "sampled_softmax_loss", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
           "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh_shrink",
           "threshold"]


def _activation(name, formula, class_name=None):
    class_name = class_name or "".join(word.capitalize() for word in name.split("_"))

    def operation(x):
        return apply(class_name, (x,))

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{formula} of each element."
    return operation


relu = _activation("relu", "max(x, 0)")
relu6 = _activation("relu6", "x between 0 and 6")
sigmoid = _activation("sigmoid", "1 / (1 + exp(-x))")
sparse_sigmoid = _activation("sparse_sigmoid", "(x + 1) / 2 between 0 and 1")
log_sigmoid = _activation("log_sigmoid", "log(sigmoid(x))")
hard_sigmoid = _activation("hard_sigmoid", "x / 6 + 0.5 between 0 and 1")
softplus = _activation("softplus", "log(1 + exp(x))")
softsign = _activation("softsign", "x / (1 + abs(x))")
sparse_plus = _activation("sparse_plus", "0 up to -1, (x + 1)**2 / 4 between, x from 1 on:")
silu = _activation("silu", "x * sigmoid(x)")
swish = _activation("swish", "x * sigmoid(x)", "Silu")
hard_silu = _activation("hard_silu", "x * hard_sigmoid(x)")
hard_swish = _activation("hard_swish", "x * hard_sigmoid(x)", "HardSilu")
selu = _activation("selu", "elu scaled so that mean 0 and variance 1 are kept,")
hard_tanh = _activation("hard_tanh", "x between -1 and 1")
tanh_shrink = _activation("tanh_shrink", "x - tanh(x)")


def leaky_relu(x, negative_slope=0.2):
    """x, or `negative_slope * x` where it is negative."""
    return apply("LeakyRelu", (x,), {"negative_slope": negative_slope})


def elu(x, alpha=1.0):
    """x, or `alpha * (exp(x) - 1)` where it is negative."""
    return apply("Elu", (x,), {"alpha": alpha})


def celu(x, alpha=1.0):
    """x, or `alpha * (exp(x / alpha) - 1)` where it is negative."""
    return apply("Celu", (x,), {"alpha": alpha})


def gelu(x, approximate=True):
    """x times the normal distribution of x; `approximate`: by way of tanh."""
    return apply("Gelu", (x,), {"approximate": approximate})


def glu(x, axis=-1):
    """`a * sigmoid(b)`, a and b the halves of x along `axis`."""
    return apply("Glu", (x,), {"axis": axis})


def soft_shrink(x, threshold=0.5):
    """x moved towards 0 by `threshold`; 0 where it does not reach."""
    return apply("SoftShrink", (x,), {"threshold": threshold})


def hard_shrink(x, threshold=0.5):
    """x, or 0 where its absolute value is at most `threshold`."""
    return apply("HardShrink", (x,), {"threshold": threshold})


def squareplus(x, b=4):
    """`(x + sqrt(x**2 + b)) / 2`."""
    return apply("Squareplus", (x,), {"b": b})


def threshold(x, threshold, default_value):
    """x where it is above `threshold`, else `default_value`."""
    if np.dtype(kind_of(x)).kind in "iub":
        return where(greater(x, threshold), x, default_value)
    return apply("Threshold", (x,), {"threshold": threshold, "default_value": default_value})


def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along `axis`, or several; None: of all."""
    if isinstance(axis, int) and -ndim(x) <= axis < ndim(x) and shape(x)[axis] == 1:
        warnings.warn(f"You are using a softmax over axis {axis} of a tensor of shape {shape(x)}. This axis has size 1. The "
                      "softmax operation will always return the value 1, which is likely not what you intended. Did you mean "
                      "to use a sigmoid instead?", stacklevel=2)
    return apply("Softmax", (x,), {"axis": _lines(x, axis)})


def log_softmax(x, axis=-1):
    """log(softmax(x)) along `axis`, or several; None: of all."""
    return apply("LogSoftmax", (x,), {"axis": _lines(x, axis)})


def _lines(x, axis):
    return tuple(range(ndim(x))) if axis is None else axis


def sparsemax(x, axis=-1):
    """The nearest point of the probability simplex, along `axis`."""
    return apply("Sparsemax", (x,), {"axis": axis})


def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """1 at each class number, else 0, along a new axis; all 0 for a number that is no class."""
    return apply("OneHot", (x,), {"num_classes": num_classes, "axis": axis, "dtype": dtype_name(dtype), "sparse": sparse})


def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """1 at each of the class numbers of the last axis, else 0. Older programs say `num_tokens`."""
    num_tokens = kwargs.pop("num_tokens", None)
    num_classes = num_tokens if num_classes is None else num_classes
    _refuse_others("multi_hot", kwargs)
    if num_classes is None:
        raise ValueError("[ops.multi_hot] num_classes must be given.")
    return apply("MultiHot", (inputs,),
                 {"num_classes": num_classes, "axis": axis, "dtype": dtype_name(dtype), "sparse": sparse})


def binary_crossentropy(target, output, from_logits=False):
    """-target log(output) - (1 - target) log(1 - output) of each element."""
    return apply("BinaryCrossentropy", (target, output), {"from_logits": from_logits})


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-sum(target log(output)) along `axis`."""
    return apply("CategoricalCrossentropy", (target, output), {"from_logits": from_logits, "axis": axis})


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-log of `output` at the class numbers `target`."""
    return apply("SparseCategoricalCrossentropy", (target, output), {"from_logits": from_logits, "axis": axis})


def ctc_loss(target, output, target_length, output_length, mask_index=0):
    """Minus the log of the probability that the logits `output` say `target`, however its labels are spread over the steps.

    Args:
        target: class numbers, (batch_size, max_length).
        output: logits, (batch_size, steps, num_classes).
        target_length: how many labels of each count, (batch_size,).
        output_length: how many steps of each count, (batch_size,).
        mask_index: the class that is the blank between labels.
    """
    return apply("CTCLoss", (target, output, target_length, output_length), {"mask_index": mask_index})


def sampled_softmax_loss(weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None,
                         remove_accidental_hits=True, seed=None):
    """The cross-entropy of a softmax over the labels of each sample and some drawn classes, in place of all classes.
    TensorFlow: `tf.nn.sampled_softmax_loss`. The gradient of `weights` is dense: the layer SampledSoftmax has a table.

    Args:
        weights: (num_classes, width).
        biases: (num_classes,), or None.
        labels: class numbers, (batch, num_true).
        inputs: (batch, width).
        num_sampled: how many classes are drawn.
        num_classes: how many there are.
        num_true: how many labels a sample has, 1 / num_true each.
        sampled_values: what a `keratin.random.*_candidate_sampler` gave; None: the log-uniform one is asked for distinct ones.
        remove_accidental_hits: whether drawn classes that are labels of a sample do not count for it.
        seed: of the draw.

    Returns:
        (batch,).
    """
    return _sampled_loss("sampled_softmax_loss", weights, biases, labels, inputs, num_sampled, num_classes, num_true,
                         sampled_values, remove_accidental_hits, seed)


def nce_loss(weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None,
             remove_accidental_hits=False, seed=None):
    """The sum of the logistic losses of the labels of each sample and of some drawn classes: noise-contrastive estimation.
    TensorFlow: `tf.nn.nce_loss`. Arguments and result as those of `sampled_softmax_loss`."""
    return _sampled_loss("nce_loss", weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
                         remove_accidental_hits, seed)


def _sampled_loss(name, weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
                  remove_accidental_hits, seed):
    if tuple(shape(weights))[:1] != (num_classes,):
        raise ValueError(f"[ops.{name}] weights must be (num_classes, width), with num_classes={num_classes}. "
                         f"Received shape: {tuple(shape(weights))}")
    labels = np.asarray(labels)
    if labels.ndim != 2 or labels.shape[1] != num_true:
        raise ValueError(f"[ops.{name}] labels must be (batch, num_true), with num_true={num_true}. Received shape: {labels.shape}")
    drawn = sampled_values or random.log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed)
    drawn = [np.asarray(one) for one in drawn]
    if len(drawn) != 3 or drawn[0].shape != (num_sampled,):
        raise ValueError(f"[ops.{name}] sampled_values must be three arrays, the first of num_sampled={num_sampled} classes. "
                         f"Received shapes: {[one.shape for one in drawn]}")
    return computed(lambda values: _core.sampled_loss(name, values, labels, *drawn, bool(remove_accidental_hits)),
                    [weights, inputs] if biases is None else [weights, inputs, biases])


# Made of the others.


def normalize(x, axis=-1, order=2, epsilon=None):
    """x / norm(x, order) along `axis`; the norm is at least `epsilon` (None: 1e-7)."""
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"[ops.normalize] order must be an integer of 1 or more. Received: {order!r}")
    epsilon = 1e-7 if epsilon is None else float(epsilon)
    x = expand_dims(x, 0) if ndim(x) == 0 else cast(x, "float32")
    if order == 2:
        return multiply(x, rsqrt(maximum(sum(square(x), axis=axis, keepdims=True), epsilon * epsilon)))
    return divide(x, maximum(norm(x, ord=order, axis=axis, keepdims=True), epsilon))


def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, of vectors along `axis`."""
    line = [1] * ndim(x)
    line[axis] = -1
    mean, variance, offset, scale = (None if one is None else reshape(one, line) for one in (mean, variance, offset, scale))
    factor = rsqrt(add(variance, epsilon))
    return _scaled(multiply(subtract(x, mean), factor), scale, offset)


def _refuse_others(name, kwargs):
    if kwargs:
        raise ValueError(f"[ops.{name}] unknown arguments: {sorted(kwargs)}")


def _scaled(x, scale, offset):
    x = x if scale is None else multiply(x, scale)
    return x if offset is None else add(x, offset)


def _of_axes(weight, x, axis):
    """A weight of the sizes along `axis` of x, so that it broadcasts."""
    if weight is None:
        return None
    axes = {from_first(one, x, "normalization") for one in (axis if isinstance(axis, (tuple, list)) else [axis])}
    sizes = iter(shape(weight))
    return reshape(weight, [next(sizes) if i in axes else 1 for i in range(ndim(x))])


def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """(x - mean) / sqrt(variance + epsilon) along `axis`, times gamma, plus beta. `epsilon`: None is 1e-7."""
    _refuse_others("layer_normalization", kwargs)
    apart = subtract(x, mean(x, axis, keepdims=True))
    factor = rsqrt(add(var(x, axis, keepdims=True), 1e-7 if epsilon is None else epsilon))
    return _scaled(multiply(apart, factor), _of_axes(gamma, x, axis), _of_axes(beta, x, axis))


def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """x / sqrt(mean(x**2) + epsilon) along `axis`, times scale. `epsilon`: None is 1e-7."""
    x = expand_dims(x, 0) if ndim(x) == 0 else x
    factor = rsqrt(add(mean(square(x), axis, keepdims=True), 1e-7 if epsilon is None else epsilon))
    return _scaled(multiply(x, factor), _of_axes(scale, x, axis), None)


def dot_product_attention(query, key, value, bias=None, mask=None, scale=None, is_causal=False, flash_attention=None,
                          attn_logits_soft_cap=None):
    """softmax(query key scale + bias) value, in heads.

    Args:
        query: (batch, steps, heads, size).
        key: (batch, steps of the source, heads, size); of fewer heads, each serves several of the query's.
        value: as key.
        bias: added to the logits, which it broadcasts to: (batch, heads, steps, steps of the source).
        mask: bool, likewise: False takes a place out.
        scale: None is 1 / sqrt(size).
        is_causal: whether a step sees no later one.
        flash_attention: there is one way to compute it: not True.
        attn_logits_soft_cap: where the logits are held, by tanh; None: nowhere.
    """
    if flash_attention:
        raise ValueError("[ops.dot_product_attention] flash_attention=True is not there: leave it out.")
    heads = shape(query)[2]
    if shape(key)[2] != heads:
        key, value = (repeat(one, heads // shape(key)[2], axis=2) for one in (key, value))
    scale = shape(query)[-1] ** -0.5 if scale is None else scale
    logits = multiply(einsum("btnh,bsnh->bnts", query, key), scale)
    if attn_logits_soft_cap is not None:
        logits = multiply(tanh(divide(logits, attn_logits_soft_cap)), attn_logits_soft_cap)
    logits = logits if bias is None else add(logits, bias)
    if is_causal:
        steps, of_source = shape(query)[1], shape(key)[1]
        causal = tril(ones((1, 1, steps, of_source), "bool"))
        mask = causal if mask is None else logical_and(mask, causal)
    if mask is not None:
        logits = where(mask, logits, -0.7 * 3.4028235e38)
    return einsum("bnts,bsnh->btnh", softmax(logits), value)
