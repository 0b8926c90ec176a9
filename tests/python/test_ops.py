# SPDX-License-Identifier: Apache-2.0
"""keratin.ops: every function on arrays, on values that a tape records, and on symbolic ones. Numbers are those that Keras
gave (tests/golden/op_cases.py), NumPy's, or differences."""
import numpy as np
import pytest

import keratin
from derivatives import HOLES, OTHER, X, differentiated
from golden_files import array_of
from golden_ops import KERAS, NOT_OF_KERAS, name_of
from keratin import _core, ops
from keratin.keras_tensor import KerasTensor

# -- what Keras gave -----------------------------------------------------------------------------------

def function_of(case):
    """The function of a golden case, of its inputs."""
    name = name_of(case)
    function, config = getattr(ops, name), dict(case["config"])
    if name in ("concatenate", "stack"):
        return lambda *x: function(list(x), **config)
    if name == "einsum":
        return lambda *x: function(config["subscripts"], *x)
    if name == "get_item":
        key = tuple(key_of(entry) for entry in config["key"])
        return lambda x: function(x, key)
    if name == "slice_update":
        return lambda x, updates: function(x, config["start_indices"], updates)
    return lambda *x: function(*x, **config)


def key_of(entry):
    if not isinstance(entry, dict):
        return entry
    return Ellipsis if entry["class_name"] == "__ellipsis__" else slice(*(entry["config"][end] for end in ("start", "stop", "step")))


def arrays_of(result):
    return [np.asarray(y) for y in (result if isinstance(result, (list, tuple)) else [result])]


def by_class():
    found = {}
    for case in KERAS:
        found.setdefault(case["class_name"], []).append(case)
    return [pytest.param(cases, id=name) for name, cases in found.items() if name not in NOT_OF_KERAS]


# The tolerances are those of src/keratin/ops/ops_test.cc, which says why.
@pytest.mark.parametrize("cases", by_class())
def test_values_and_slopes_of_keras(cases):
    for case in cases:
        inputs, wanted, g = ([array_of(x) for x in case[key]] for key in ("inputs", "y", "g"))
        size = max([case.get("scale", 1), 1, *(largest(x) for x in inputs)])
        function = function_of(case)
        recorded, slopes = differentiated(function, *inputs, slope=g)
        for found in (arrays_of(function(*inputs)), recorded):
            assert len(found) == len(wanted)
            for got, want in zip(found, wanted):
                assert got.shape == want.shape and got.dtype == want.dtype
                np.testing.assert_allclose(got, want, rtol=2e-6, atol=5e-7 * size)
        for got, golden in zip(slopes, case["dx"]):
            if golden is not None:
                want = array_of(golden)
                poles = np.isinf(want)  # where the sign is that of the side from which one comes
                assert np.isinf(got[poles]).all()
                got, want = got[~poles], want[~poles]
                np.testing.assert_allclose(got, want, rtol=4e-6, atol=1e-6 * max(1, largest(want)))


def largest(x):
    finite = np.abs(x[np.isfinite(x)].astype(np.float64))
    return float(finite.max()) if finite.size else 0.0


@pytest.mark.parametrize("cases", by_class())
def test_a_symbolic_value_has_the_shape_and_type_of_the_result(cases):
    for case in cases:
        inputs, function = [array_of(x) for x in case["inputs"]], function_of(case)
        symbolic = [keratin.Input(batch_shape=x.shape, dtype=x.dtype.name) if x.ndim else x for x in inputs]
        if not any(x.ndim for x in inputs):
            continue
        found = function(*symbolic)
        for got, want in zip(found if isinstance(found, (list, tuple)) else [found], case["y"]):
            assert isinstance(got, KerasTensor) and got._core.is_symbolic
            assert list(got.shape) == want["shape"] and got.dtype == want["dtype"]


def test_every_operation_gives_a_number_or_an_array_without_a_tape():
    assert ops.mean([1.0, 2.0, 6.0]) == 3
    assert ops.sum(np.array([1, 2, 3])) == 6 and ops.sum(np.array([1, 2, 3])).dtype.kind == "i"
    assert ops.one_hot([1, 0], 3).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_what_the_tape_does_not_know_is_named():
    def unknown(x):
        with pytest.raises(NotImplementedError, match="numpy.spacing has no derivative here"):
            np.spacing(x)
        with pytest.raises(NotImplementedError, match="numpy.partition"):
            np.partition(x, 1)
        with pytest.raises(TypeError, match="control flow"):
            float(ops.sum(x))
        with pytest.raises(TypeError, match="derivative would be lost"):
            np.array(x)
        return x

    differentiated(unknown, X)


def test_equals_share_the_derivative_of_a_maximum():
    assert differentiated(ops.max, np.float32([1, 1, 0]))[1][0].tolist() == [0.5, 0.5, 0]


def test_corners_are_those_of_keras_on_jax():
    x = np.float32([-2, 0, 3])
    np.testing.assert_array_equal(differentiated(ops.abs, x)[1][0], [-1, 1, 1])
    np.testing.assert_array_equal(differentiated(lambda x: ops.maximum(x, 0.0), x)[1][0], [0, 0.5, 1])


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
    np.testing.assert_allclose(differentiated(METHODS[name], X)[0][0], METHODS[name](X), rtol=1e-6)


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
    for options in ({"ord": "euclidean"}, {"ord": -3}, {"ord": "fro", "axis": 0}, {"ord": 2, "axis": (0, 1, 2)}):
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
    assert ops.size(X) == 6 and ops.ndim(X) == 2
    np.testing.assert_array_equal(ops.full((2,), 3), np.float32([3, 3]))
    np.testing.assert_array_equal(ops.any(X > 1, axis=1), [True, False])
    np.testing.assert_array_equal(ops.all(X < 1, axis=1), [False, True])
    assert ops.zeros((2,), dtype=None).dtype == ops.ones_like(X > 0, dtype="float32").dtype == np.float32
    np.testing.assert_array_equal(ops.argsort(X), [[1, 0, 2], [2, 1, 0]])
    # Those of a table of the error function.
    np.testing.assert_allclose(ops.erf(np.float32([0, 0.5, -1])), [0, 0.5204998778, -0.8427007929], rtol=1e-6)
    np.testing.assert_array_equal(ops.isposinf([np.inf, -np.inf, 0]), [True, False, False])
    np.testing.assert_array_equal(ops.isneginf([np.inf, -np.inf, 0]), [False, True, False])
    assert ops.shape(X) == (2, 3) and ops.dtype(X) == "float32" and ops.is_tensor(X) and not ops.is_tensor([1])
    for found, wanted in ((ops.arange(3), [0, 1, 2]), (ops.arange(1, 2, 0.5), [1, 1.5]), (ops.linspace(0, 1, 3), [0, 0.5, 1]),
                          (ops.logspace(0, 2, 3), [1, 10, 100]), (ops.eye(2), [[1, 0], [0, 1]]), (ops.identity(1), [[1]]),
                          (ops.tri(2), [[1, 0], [1, 1]]), (ops.empty((1, 2)).shape, [1, 2]), (ops.zeros(2), [0, 0])):
        np.testing.assert_array_equal(found, wanted)
    assert ops.arange(3).dtype == "int32" and ops.arange(1.0).dtype == ops.eye(2).dtype == "float32"  # as Keras has it
    assert [places.tolist() for places in ops.where(X > 1)] == [[0], [2]]


WHOLE = np.array([[5, -3, 12], [7, 0, -8]], np.int32)
PLAIN_CASES = {
    "allclose": (lambda x: ops.allclose(x, OTHER, atol=2.0), lambda x: np.allclose(x, OTHER, atol=2.0)),
    "isin": (lambda x: ops.isin(x, OTHER.ravel()[:3]), lambda x: np.isin(x, OTHER.ravel()[:3])),
    "isin, turned": (lambda x: ops.isin(x, [0.5, 1.2], invert=True), lambda x: np.isin(x, np.float32([0.5, 1.2]), invert=True)),
    "isreal": (ops.isreal, np.isreal),
    "nanargmax": (lambda x: ops.nanargmax(x * HOLES, 1), lambda x: np.nanargmax(x * HOLES, 1)),
    "nanargmin": (lambda x: ops.nanargmin(x * HOLES), lambda x: np.nanargmin(x * HOLES)),
    "histogram": (lambda x: ops.histogram(ops.ravel(x), 4)[0], lambda x: np.histogram(x, 4)[0]),
    "ends of a histogram": (lambda x: ops.histogram(ops.ravel(x), 4)[1], lambda x: np.histogram(x, 4)[1]),
    "histogram of a range": (lambda x: ops.histogram(ops.ravel(x), 3, (-1.0, 0.4))[0], lambda x: np.histogram(x, 3, (-1.0, 0.4))[0]),
    "histogram of equals": (lambda x: ops.histogram(ops.ravel(x * 0), 2)[0], lambda x: np.histogram(x * 0, 2)[0]),
}


@pytest.mark.parametrize("name", PLAIN_CASES)
def test_what_has_no_derivative(name):
    function, reference = PLAIN_CASES[name]
    wanted = reference(X)
    np.testing.assert_allclose(function(X), wanted, rtol=1e-6)
    x = keratin.Input(X.shape[1:])
    made = keratin.Model(x, function(x)).predict(X, batch_size=2) if np.ndim(wanted) == 2 else function(KerasTensor._of(_core.value(X)))
    np.testing.assert_allclose(np.asarray(made), wanted, rtol=1e-6, atol=1e-7)  # atol: roundings of ends near 1


def test_other_names_of_bits():
    np.testing.assert_array_equal(ops.bitwise_not(WHOLE), ~WHOLE)
    np.testing.assert_array_equal(ops.left_shift(WHOLE, 2), WHOLE << 2)
    np.testing.assert_array_equal(ops.right_shift(WHOLE, 1), WHOLE >> 1)


def test_floats_that_are_whole_numbers_are_taken_as_places_and_for_bits():
    np.testing.assert_array_equal(ops.take(X, np.float32([2, 0]), axis=1), X[:, [2, 0]])
    np.testing.assert_array_equal(ops.bitwise_and(WHOLE.astype("float32"), 4), WHOLE & 4)
    x, at = keratin.Input((3,)), keratin.Input((2,))
    np.testing.assert_array_equal(keratin.Model([x, at], ops.take_along_axis(x, at, axis=1))([X, np.float32([[2, 0], [1, 1]])]),
                                  np.take_along_axis(X, np.array([[2, 0], [1, 1]]), 1))
    for call in (lambda: ops.take(X, 0.5), lambda: ops.gcd(WHOLE, 1.5), lambda: ops.take(X, np.nan),
                 lambda: ops.scatter_update(X, np.float32([[0, 1.5]]), [7.0])):
        with pytest.raises(ValueError, match="indices must be integers. Received: (0.5|1.5|nan) at position"):
            call()


def test_places():
    places = np.array([[0, 5], [11, 3]])
    for found, wanted in zip(ops.unravel_index(places, (2, 3, 2)), np.unravel_index(places, (2, 3, 2))):
        np.testing.assert_array_equal(found, wanted)
    order = ops.argpartition(X, 1, axis=1)
    np.testing.assert_array_equal(np.take_along_axis(X, order, 1)[:, 1], np.partition(X, 1, axis=1)[:, 1])
    with pytest.raises(ValueError, match="kth must be a place of the axis, which has 3. Received: kth=3"):
        ops.argpartition(X, 3)
    assert ops.argsort(np.array(3)).tolist() == [0]
    assert ops.searchsorted(keratin.Input(batch_shape=(None,)), X).dtype == "int64"  # as Keras says of it


def test_windows():
    for name in ("bartlett", "blackman", "hamming", "hanning"):
        np.testing.assert_allclose(getattr(ops, name)(7), getattr(np, name)(7), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ops.kaiser(7, 3.5), np.kaiser(7, 3.5), rtol=1e-6)


def test_of_sizes_that_are_not_known():
    x = keratin.Input((3,))
    cases = {"median": (lambda x: ops.median(x, 0, keepdims=True), np.median(X, 0, keepdims=True)),
             "array_split": (lambda x: ops.array_split(x, 2)[1], X[1:]), "kron": (lambda x: ops.kron(x, OTHER), np.kron(X, OTHER)),
             "diagflat": (ops.diagflat, np.diagflat(X))}
    for name, (function, wanted) in cases.items():
        made = function(x)
        assert None in made.shape or name == "median"
        np.testing.assert_allclose(keratin.Model(x, made)(X), wanted, rtol=1e-6, err_msg=name)


def test_what_of_a_symbolic_value_is_refused_as_in_keras():
    x = keratin.Input((1,))
    with pytest.raises(ValueError, match="axis=None is for arrays"):
        ops.concatenate([x, x], axis=None)
    with pytest.raises(ValueError, match="axis 0 must be of size 1"):
        ops.squeeze(x, 0)
    assert ops.append(x, x).shape == (None,)
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        ops.rot90(np.ones(3))
    with pytest.raises(ValueError, match="two different dimensions"):
        ops.rot90(X, axes=(0, -2))
    with pytest.raises(ValueError, match="must be 2 or 3|2 or 3 elements"):
        ops.cross(np.ones((2, 4)), np.ones((2, 3)))
    with pytest.warns(UserWarning, match="softmax over axis -1 .* has size 1"):
        ops.softmax(x)


def test_saturate_cast():
    assert ops.saturate_cast(np.array([300]), None).dtype == "float32"
    x = np.float32([-1e10, -3.5, 300, 1e10])
    np.testing.assert_array_equal(ops.saturate_cast(x, "uint8"), [0, 0, 255, 255])
    np.testing.assert_array_equal(ops.saturate_cast(x, "int8"), [-128, -3, 127, 127])


def test_what_decides_must_have_elements():
    x = keratin.Input(())
    for function in (lambda: ops.cond(x, lambda: 1, lambda: 2), lambda: ops.fori_loop(0, x, lambda i, y: y, 0),
                     lambda: ops.while_loop(lambda y: y > 0, lambda y: y, (x,))):
        with pytest.raises(TypeError, match="is symbolic: it has no elements"):
            function()
    with pytest.raises(TypeError, match="first axis is open"):
        ops.map(lambda row: row, keratin.Input((2,)))
