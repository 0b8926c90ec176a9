# SPDX-License-Identifier: Apache-2.0
"""The tape: every operation's derivative against differences, in float64 where the operation allows."""
import numpy as np
import pytest

from keratin import activations, losses, ops
from keratin._tape import OPERATIONS, Traced, pull_back

X = np.array([[0.3, -0.7, 1.2], [0.9, 0.4, -1.1]], np.float32)
POSITIVE = np.abs(X) + np.float32(0.2)
OTHER = np.array([[0.5, 1.3, -0.4], [-0.8, 0.6, 0.7]], np.float32)

CASES = {
    "abs": (ops.abs, X), "absolute": (ops.absolute, X), "negative": (ops.negative, X), "square": (ops.square, X),
    "exp": (ops.exp, X), "expm1": (ops.expm1, X), "log": (ops.log, POSITIVE), "log1p": (ops.log1p, POSITIVE),
    "log2": (ops.log2, POSITIVE), "sqrt": (ops.sqrt, POSITIVE), "rsqrt": (ops.rsqrt, POSITIVE),
    "sin": (ops.sin, X), "cos": (ops.cos, X), "tanh": (ops.tanh, X), "sinh": (ops.sinh, X), "cosh": (ops.cosh, X),
    "arctan": (ops.arctan, X), "reciprocal": (ops.reciprocal, POSITIVE), "sigmoid": (ops.sigmoid, X),
    "relu": (ops.relu, X), "softplus": (ops.softplus, X), "log_sigmoid": (ops.log_sigmoid, X),
    "add": (lambda x: ops.add(x, OTHER), X), "radd": (lambda x: OTHER[0] + x, X),
    "subtract": (lambda x: x - OTHER, X), "rsubtract": (lambda x: 1 - x, X),
    "multiply": (lambda x: x * OTHER * x, X), "divide": (lambda x: x / POSITIVE, X),
    "rdivide": (lambda x: 2 / x, POSITIVE), "power": (lambda x: x ** 3, X), "rpower": (lambda x: 2.0 ** x, X),
    "maximum": (lambda x: ops.maximum(x, OTHER), X), "minimum": (lambda x: ops.minimum(x, 0.35), X),
    "clip": (lambda x: ops.clip(x, -0.5, 0.5), X), "where": (lambda x: ops.where(OTHER > 0, x, x * x), X),
    "logaddexp": (lambda x: ops.logaddexp(x, OTHER), X),
    "squared_difference": (lambda x: ops.squared_difference(x, OTHER), X),
    "divide_no_nan": (lambda x: ops.divide_no_nan(OTHER, x), POSITIVE),
    "sum": (lambda x: ops.sum(x * x, axis=0), X), "mean": (lambda x: ops.mean(x * x, axis=-1, keepdims=True), X),
    "max": (lambda x: ops.max(x, axis=1), X), "min": (lambda x: ops.min(x), X),
    "prod": (lambda x: ops.prod(x, axis=1), X), "var": (lambda x: ops.var(x, axis=1), X),
    "std": (lambda x: ops.std(x, axis=1), X), "logsumexp": (lambda x: ops.logsumexp(x, axis=1), X),
    "softmax": (ops.softmax, X), "log_softmax": (ops.log_softmax, X), "norm": (lambda x: ops.norm(x, axis=1), X),
    "normalize": (ops.normalize, X), "cumsum": (lambda x: ops.cumsum(x, axis=1), X),
    "reshape": (lambda x: ops.reshape(x, (3, 2)) * np.arange(6, dtype=np.float32).reshape(3, 2), X),
    "expand_dims": (lambda x: ops.expand_dims(x, 1) * OTHER[:, None], X),
    "squeeze": (lambda x: ops.squeeze(ops.expand_dims(x, 1)) * OTHER, X),
    "transpose": (lambda x: ops.transpose(x) * OTHER.T, X),
    "concatenate": (lambda x: ops.concatenate([x, OTHER, x * x], axis=1), X),
    "stack": (lambda x: ops.stack([x, x * x], axis=1), X),
    "matmul": (lambda x: ops.matmul(x, OTHER.T), X), "rmatmul": (lambda x: OTHER.T @ x, X),
    "getitem": (lambda x: x[:, 1] * x[:, 2], X), "getitem of rows": (lambda x: x[[0, 1, 0]] * x[0], X),
    "numpy": (lambda x: np.mean(np.square(np.exp(x) - OTHER), axis=-1), X),
    "cast": (lambda x: ops.cast(x, "float32") * x, X),
    "activations.gelu": (activations.gelu, X),
    "losses.huber": (lambda x: losses.huber(OTHER, x) + losses.mean_squared_error(OTHER, x), X),
}


@pytest.mark.parametrize("name", CASES)
def test_derivative(name):
    function, x = CASES[name]
    source = Traced(x)
    result = function(source)
    plain = np.asarray(function(x))
    np.testing.assert_allclose(result.value, plain, rtol=1e-6)
    slope = np.asarray(np.random.RandomState(1).rand(*plain.shape), np.float32)
    gradient = pull_back(result, slope, source)
    # Central differences of float32: a step of 2**-9 leaves an error of its square (4e-6) times the third
    # derivative, and of rounding, 6e-8 * |sum| / 2**-9 = 3e-5 * |sum|; sums here stay below 30.
    for index in np.ndindex(*x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][index] += np.float32(2.0 ** -9)
        moved[1][index] -= np.float32(2.0 ** -9)
        ahead, behind = (np.sum(np.asarray(function(m), np.float64) * slope) for m in moved)
        expected = (ahead - behind) / (float(moved[0][index]) - float(moved[1][index]))
        assert gradient[index] == pytest.approx(expected, abs=1e-3, rel=1e-3)


def test_every_operation_gives_a_number_or_an_array_without_a_tape():
    assert ops.mean([1.0, 2.0, 6.0]) == 3
    assert ops.sum(np.array([1, 2, 3])) == 6 and ops.sum(np.array([1, 2, 3])).dtype.kind == "i"
    assert ops.one_hot([1, 0], 3).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_what_the_tape_does_not_know_is_named():
    with pytest.raises(NotImplementedError, match="numpy.arccos has no derivative here"):
        np.arccos(Traced(X))
    with pytest.raises(NotImplementedError, match="numpy.median"):
        np.median(Traced(X))
    with pytest.raises(TypeError, match="control flow"):
        float(ops.sum(Traced(X)))
    with pytest.raises(TypeError, match="derivative would be lost"):
        np.array(Traced(X))
    assert "arccos" not in OPERATIONS


def test_equals_share_the_derivative_of_a_maximum():
    source = Traced(np.array([1.0, 1.0, 0.0], np.float32))
    assert pull_back(ops.max(source), 1.0, source).tolist() == [0.5, 0.5, 0]


def test_corners_are_those_of_keras_on_jax():
    x = Traced(np.float32([-2, 0, 3]))
    np.testing.assert_array_equal(pull_back(ops.abs(x), np.ones(3, "float32"), x), [-1, 1, 1])
    np.testing.assert_array_equal(pull_back(ops.maximum(x, 0.0), np.ones(3, "float32"), x), [0, 0.5, 1])
