# SPDX-License-Identifier: Apache-2.0
"""The values of losses as operations, for labels that depend on weights: C++ knows the derivative by the predictions alone.

A teacher's probabilities, one of two views of a sample, arguments in the other order: what Keras differentiates by both.
Source of each formula: Keras's losses.py.
"""
import numpy as np

from keratin import ops

_EPSILON = 1e-7  # Keras: backend.epsilon()


def same_rank(x1, x2):
    """Keras's squeeze_or_expand_to_same_rank: a last axis of 1 that only one of the two has."""
    shape_1, shape_2 = ops.shape(x1), ops.shape(x2)
    if len(shape_1) == len(shape_2) + 1 and shape_1[-1] == 1:
        return (x1, ops.expand_dims(x2, -1)) if len(shape_2) == 1 else (ops.squeeze(x1, -1), x2)
    if len(shape_2) == len(shape_1) + 1 and shape_2[-1] == 1:
        return (ops.expand_dims(x1, -1), x2) if len(shape_1) == 1 else (x1, ops.squeeze(x2, -1))
    return x1, x2


def _mean_of(function):
    """A loss that is the mean over the last axis of a function of each pair."""
    return lambda true, pred: ops.mean(function(true, pred), axis=-1)


def _percentage(true, pred):
    return 100 * ops.abs((true - pred) / ops.maximum(ops.abs(true), _EPSILON))


def _logarithmic(true, pred):
    return ops.square(ops.log(ops.maximum(pred, _EPSILON) + 1) - ops.log(ops.maximum(true, _EPSILON) + 1))


def _log_cosh(true, pred):
    return pred - true + ops.softplus(-2 * (pred - true)) - ops.log(2.0)


def _signs(true):
    """Labels of 0 and 1 as -1 and 1, where there are no others."""
    is_binary = ops.all(ops.logical_or(ops.equal(true, 0), ops.equal(true, 1)))
    return ops.where(is_binary, 2 * true - 1, true)


def _hinge(true, pred):
    return ops.maximum(1 - _signs(true) * pred, 0)


def _squared_hinge(true, pred):
    return ops.square(_hinge(true, pred))


def _categorical_hinge(true, pred):
    return ops.maximum(ops.max((1 - true) * pred, axis=-1) - ops.sum(true * pred, axis=-1) + 1, 0)


def _huber(true, pred, delta):
    error = ops.abs(pred - true)
    return ops.mean(ops.where(error <= delta, 0.5 * ops.square(error), delta * error - 0.5 * delta * delta), axis=-1)


def _cosine_similarity(true, pred, axis):
    return -ops.sum(ops.normalize(true, axis=axis) * ops.normalize(pred, axis=axis), axis=axis)


def _kl_divergence(true, pred):
    true, pred = ops.clip(true, _EPSILON, 1), ops.clip(pred, _EPSILON, 1)
    return ops.sum(true * ops.log(true / pred), axis=-1)


def _poisson(true, pred):
    return pred - true * ops.log(pred + _EPSILON)


def _smoothed(true, label_smoothing, classes):
    return true * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else true


def _binary_crossentropy(true, pred, from_logits, label_smoothing, axis):
    return ops.mean(ops.binary_crossentropy(_smoothed(true, label_smoothing, 2), pred, from_logits=from_logits), axis=axis)


def _binary_focal_crossentropy(true, pred, apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis):
    true = _smoothed(true, label_smoothing, 2)
    pred = ops.sigmoid(pred) if from_logits else pred
    values = (1 - true * pred - (1 - true) * (1 - pred)) ** gamma * ops.binary_crossentropy(true, pred)
    if apply_class_balancing:
        values = values * (true * alpha + (1 - true) * (1 - alpha))
    return ops.mean(values, axis=axis)


def _categorical_crossentropy(true, pred, from_logits, label_smoothing, axis):
    true = _smoothed(true, label_smoothing, ops.shape(pred)[axis])
    return ops.categorical_crossentropy(true, pred, from_logits=from_logits, axis=axis)


def _along(factors, axis, rank):
    """One number for all, or a list for the places of an axis."""
    factors = np.asarray(factors, "float32")
    return factors.reshape([-1 if i == axis % rank else 1 for i in range(rank)]) if factors.ndim else factors


def _categorical_focal_crossentropy(true, pred, alpha, gamma, from_logits, label_smoothing, axis):
    true = _smoothed(true, label_smoothing, ops.shape(pred)[axis])
    pred = ops.softmax(pred, axis=axis) if from_logits else pred
    pred = ops.clip(pred / ops.sum(pred, axis=axis, keepdims=True), _EPSILON, 1 - _EPSILON)
    return ops.sum((1 - pred) ** gamma * _along(alpha, axis, len(pred.shape)) * -true * ops.log(pred), axis=axis)


def _dice(true, pred, axis):
    both = ops.sum(true * pred, axis=axis)
    return 1 - 2 * both / (ops.sum(true, axis=axis) + ops.sum(pred, axis=axis) + _EPSILON)


def _tversky(true, pred, alpha, beta, axis):
    both = ops.sum(true * pred, axis=axis)
    wrong, missed = ops.sum((1 - true) * pred, axis=axis), ops.sum(true * (1 - pred), axis=axis)
    return 1 - both / (both + wrong * alpha + missed * beta + _EPSILON)


_VALUES = {
    "MeanSquaredError": _mean_of(lambda true, pred: ops.square(true - pred)),
    "MeanAbsoluteError": _mean_of(lambda true, pred: ops.abs(true - pred)),
    "MeanAbsolutePercentageError": _mean_of(_percentage),
    "MeanSquaredLogarithmicError": _mean_of(_logarithmic),
    "LogCosh": _mean_of(_log_cosh),
    "Hinge": _mean_of(_hinge),
    "SquaredHinge": _mean_of(_squared_hinge),
    "Poisson": _mean_of(_poisson),
    "CategoricalHinge": _categorical_hinge,
    "Huber": _huber,
    "CosineSimilarity": _cosine_similarity,
    "KLDivergence": _kl_divergence,
    "BinaryCrossentropy": _binary_crossentropy,
    "BinaryFocalCrossentropy": _binary_focal_crossentropy,
    "CategoricalCrossentropy": _categorical_crossentropy,
    "CategoricalFocalCrossentropy": _categorical_focal_crossentropy,
    "Dice": _dice,
    "Tversky": _tversky,
}


def has(class_name):
    """Whether the labels of that loss may depend on weights: those of others are whole numbers."""
    return class_name in _VALUES


def values(class_name, y_true, y_pred, **options):
    """One value a sample.

    Args:
        class_name: that of the loss.
        y_true, y_pred: float32, KerasTensors among them.
        **options: those of the loss but for name, reduction and dtype.
    """
    true, pred = same_rank(y_true, y_pred)
    shapes = ops.shape(true), ops.shape(pred)
    if len(shapes[0]) != len(shapes[1]) or any(None not in sizes and sizes[0] != sizes[1] for sizes in zip(*shapes)):
        raise ValueError(f"[{class_name}] y_true and y_pred must have shapes that go together. Received: y_true of shape "
                         f"{ops.shape(y_true)} and y_pred of shape {ops.shape(y_pred)}")
    return _VALUES[class_name](true, pred, **options)
