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
    "norm 1": (lambda x: ops.norm(x, ord=1, axis=1), X), "norm 3": (lambda x: ops.norm(x, ord=3, axis=0), X),
    "norm inf": (lambda x: ops.norm(x, ord=np.inf, axis=0), X), "norm fro": (lambda x: ops.norm(x, ord="fro"), X),
    "matrix norm 1": (lambda x: ops.norm(x, ord=1), X), "matrix norm inf": (lambda x: ops.norm(x, ord=np.inf), X),
    "matrix norm 2": (lambda x: ops.norm(x, ord=2), X), "matrix norm nuc": (lambda x: ops.norm(x, ord="nuc"), X),
    "norms of matrices": (lambda x: ops.norm(ops.stack([x, x * OTHER]), ord=2, axis=(2, 1), keepdims=True), X),
    "normalize 1": (lambda x: ops.normalize(x, order=1, axis=0), X), "erf": (ops.erf, X),
    "mod": (lambda x: x % 0.5, X), "rmod": (lambda x: ops.mod(OTHER, x), X), "floor_divide": (lambda x: x * (x // 0.5), X),
    "broadcast_to": (lambda x: ops.broadcast_to(x, (2, 2, 3)) * OTHER[:, None], X),
    "take": (lambda x: ops.take(x, [2, 0, 2], axis=1) * OTHER, X), "take of all": (lambda x: ops.take(x, [5, 1]), X),
    "take_along_axis": (lambda x: ops.take_along_axis(x, np.array([[1], [2]]), axis=1), X),
    "take_along_axis, spread": (lambda x: ops.take_along_axis(x, np.array([[1]]), axis=1) * OTHER, X),
    "sort": (lambda x: ops.sort(x) * OTHER, X), "sort 0": (lambda x: ops.sort(x, axis=0) * OTHER, X),
    "flip": (lambda x: ops.flip(x, axis=1) * OTHER, X), "repeat": (lambda x: ops.repeat(x, 2, axis=1) ** 2, X),
    "tile": (lambda x: ops.tile(x, (2, 1)) * np.arange(4, dtype=np.float32)[:, None], X),
    "swapaxes": (lambda x: ops.swapaxes(x, 0, 1) * OTHER.T, X), "moveaxis": (lambda x: ops.moveaxis(x, 0, 1) * OTHER.T, X),
    "split": (lambda x: ops.split(x, 3, axis=1)[2] * ops.split(x, [1], axis=1)[0], X),
    "pad": (lambda x: ops.pad(x, ((1, 0), (0, 2))) * np.arange(5, dtype=np.float32), X),
    "pad 1": (lambda x: ops.pad(x, 1, constant_values=7) ** 2, X),
    "pad reflect": (lambda x: ops.pad(x, ((0, 0), (1, 1)), mode="reflect") ** 2, X),
    "dot": (lambda x: ops.dot(x, OTHER[0]), X), "dot of vectors": (lambda x: ops.dot(x[0], x[1]), X),
    "rdot": (lambda x: ops.dot(OTHER[:, 0], x), X), "dot of a number": (lambda x: ops.dot(2, x), X),
    "matmul of many": (lambda x: ops.matmul(np.stack([OTHER, 2 * OTHER]), x[0]), X),
    "max of a start": (lambda x: ops.max(x, axis=1, initial=1.0), X), "min of a start": (lambda x: ops.min(x, axis=1, initial=-1.0), X),
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


METHODS = {
    "T": lambda x: x.T * OTHER.T, "sum": lambda x: x.sum(axis=1), "mean": lambda x: x.mean(0, keepdims=True),
    "max": lambda x: x.max(axis=1), "min": lambda x: x.min(), "prod": lambda x: x.prod(1), "var": lambda x: x.var(axis=0),
    "std": lambda x: x.std(), "reshape": lambda x: x.reshape(3, -1), "reshape of a tuple": lambda x: x.reshape((6,)),
    "transpose": lambda x: x.transpose(1, 0), "squeeze": lambda x: x[:, None].squeeze(1), "flatten": lambda x: x.flatten(),
    "ravel": lambda x: x.ravel(), "clip": lambda x: x.clip(-0.5, 0.5), "dot": lambda x: x.dot(OTHER.T),
    "astype": lambda x: x.astype("float32"), "iteration": lambda x: sum(row for row in x),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    """What NumPy's methods do; their derivatives are those of the operations."""
    np.testing.assert_allclose(METHODS[name](Traced(X)).value, METHODS[name](X), rtol=1e-6)


# Keras 3.16 on JAX, of np.arange(6).reshape(2, 3).
@pytest.mark.parametrize("options, expected", [
    ({"ord": 2}, 7.348469257354736), ({"ord": 2, "axis": (0, 1), "keepdims": True}, [[7.348469257354736]]),
    ({"ord": 2, "axis": 1}, [2.2360680103302, 7.071067810058594]), ({"ord": "fro"}, 7.416198253631592),
    ({"axis": (0, 1)}, 7.416198253631592), ({}, 7.416198253631592), ({"ord": 1}, 7.0), ({"ord": 1, "axis": 1}, [3, 12]),
    ({"ord": np.inf, "axis": 0}, [3, 4, 5]), ({"ord": 3, "axis": 1}, [2.0800838470458984, 6.000000476837158]),
    ({"ord": "nuc"}, 8.348469734191895)])
def test_norm(options, expected):
    np.testing.assert_allclose(ops.norm(np.arange(6, dtype=np.float32).reshape(2, 3), **options), expected, rtol=1e-6)


def test_norms_that_are_not_there():
    for options in ({"ord": "euclidean"}, {"ord": -2}, {"ord": "fro", "axis": 0}, {"ord": 2, "axis": (0, 1, 2)}):
        with pytest.raises(ValueError, match="ops.norm"):
            ops.norm(X, **options)


# Keras 3.16 on JAX.
@pytest.mark.parametrize("factor, options, expected", [
    (1e-9, {}, [[0, 0.01, 0.02], [0.03, 0.04, 0.05]]),
    (1e-6, {}, [[0, 0.4472136, 0.8944272], [0.4242641, 0.5656854, 0.7071067]]),
    (1e-3, {"epsilon": 1e-3}, [[0, 0.4472136, 0.8944272], [0.4242641, 0.5656854, 0.7071067]]),
    (0.0, {}, np.zeros((2, 3))), (1.0, {"order": 1}, [[0, 1 / 3, 2 / 3], [0.25, 1 / 3, 5 / 12]])])
def test_normalize(factor, options, expected):
    x = np.arange(6, dtype=np.float32).reshape(2, 3) * np.float32(factor)
    np.testing.assert_allclose(ops.normalize(x, **options), expected, rtol=1e-6)


def test_of_constants():
    assert ops.size(X) == 6 and ops.ndim(Traced(X)) == 2
    np.testing.assert_array_equal(ops.full((2,), 3), np.float32([3, 3]))
    np.testing.assert_array_equal(ops.any(Traced(X) > 1, axis=1), [True, False])
    np.testing.assert_array_equal(ops.all(X < 1, axis=1), [False, True])
    assert ops.zeros((2,), dtype=None).dtype == ops.ones_like(X > 0, dtype="float32").dtype == np.float32
    np.testing.assert_array_equal(ops.argsort(X), [[1, 0, 2], [2, 1, 0]])
    # Those of a table of the error function.
    np.testing.assert_allclose(ops.erf(np.float32([0, 0.5, -1])), [0, 0.5204998778, -0.8427007929], rtol=1e-6)
