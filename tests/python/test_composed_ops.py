# SPDX-License-Identifier: Apache-2.0
"""keratin.ops: functions that are made of others. Numbers are NumPy's, or differences."""
import math

import numpy as np
import pytest

import keratin
from derivatives import HOLES, OTHER, POSITIVE, X, compare_with_differences, differentiated
from golden_ops import KERAS, name_of
from keratin import activations, losses, ops


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

# name: the function, and what NumPy says
COMPOSED = {
    "abs": (ops.abs, np.abs), "fabs": (ops.fabs, np.abs), "cbrt": (ops.cbrt, np.cbrt), "exp2": (ops.exp2, np.exp2),
    "deg2rad": (ops.deg2rad, np.deg2rad), "rad2deg": (ops.rad2deg, np.rad2deg), "sinc": (ops.sinc, np.sinc),
    "erfc": (ops.erfc, lambda x: 1 - np.vectorize(math.erf)(x)),
    "float_power": (lambda x: ops.float_power(ops.abs(x), 1.5), lambda x: np.float_power(np.abs(x), 1.5)),
    "squared_difference": (lambda x: ops.squared_difference(x, OTHER), lambda x: (x - OTHER) ** 2),
    "hypot": (lambda x: ops.hypot(x, OTHER), lambda x: np.hypot(x, OTHER)),
    "logaddexp2": (lambda x: ops.logaddexp2(x, OTHER), lambda x: np.logaddexp2(x, OTHER)),
    "copysign": (lambda x: ops.copysign(x, OTHER), lambda x: np.copysign(x, OTHER)),
    "heaviside": (lambda x: ops.heaviside(x, 0.5) * x, lambda x: np.heaviside(x, 0.5) * x),
    "fmax": (lambda x: ops.fmax(x, HOLES), lambda x: np.fmax(x, HOLES)),
    "fmin": (lambda x: ops.fmin(x, HOLES), lambda x: np.fmin(x, HOLES)),
    "saturate_cast": (lambda x: ops.saturate_cast(x * 300, "float32"), lambda x: x * 300),
    "hard_swish": (ops.hard_swish, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)), "swish": (ops.swish, lambda x: x / (1 + np.exp(-x))),
    "average": (lambda x: ops.average(x, 1, [1.0, 2.0, 4.0]), lambda x: np.average(x, 1, [1, 2, 4])),
    "ptp": (lambda x: ops.ptp(x, 1), lambda x: np.ptp(x, 1)), "trace": (ops.trace, np.trace),
    "diff": (lambda x: ops.diff(x, axis=0), lambda x: np.diff(x, axis=0)), "diff twice": (lambda x: ops.diff(x, 2), lambda x: np.diff(x, 2)),
    "median": (lambda x: ops.median(x, 1), lambda x: np.median(x, 1)), "median of all": (ops.median, np.median),
    "moments": (lambda x: ops.concatenate(ops.moments(x, [1]), 0), lambda x: np.concatenate([x.mean(1), x.var(1)])),
    "flipud": (ops.flipud, np.flipud), "fliplr": (ops.fliplr, np.fliplr), "rot90": (ops.rot90, np.rot90),
    "rot90 thrice": (lambda x: ops.rot90(x, 3), lambda x: np.rot90(x, 3)), "rot90 twice": (lambda x: ops.rot90(x, 2), lambda x: np.rot90(x, 2)),
    "hstack": (lambda x: ops.hstack([x, OTHER]), lambda x: np.hstack([x, OTHER])),
    "vstack": (lambda x: ops.vstack([x, OTHER]), lambda x: np.vstack([x, OTHER])),
    "dstack": (lambda x: ops.dstack([x, OTHER]), lambda x: np.dstack([x, OTHER])),
    "column_stack": (lambda x: ops.column_stack([x, OTHER[:, 0]]), lambda x: np.column_stack([x, OTHER[:, 0]])),
    "append": (lambda x: ops.append(x, OTHER), lambda x: np.append(x, OTHER)),
    "meshgrid": (lambda x: ops.meshgrid(x[0], OTHER[:, 0])[0], lambda x: np.meshgrid(x[0], OTHER[:, 0])[0]),
    "meshgrid ij": (lambda x: ops.meshgrid(x[0], OTHER[:, 0], indexing="ij")[0], lambda x: np.meshgrid(x[0], OTHER[:, 0], indexing="ij")[0]),
    "array_split": (lambda x: ops.array_split(x, 2, axis=1)[0], lambda x: np.array_split(x, 2, axis=1)[0]),
    "hsplit": (lambda x: ops.hsplit(x, 3)[1], lambda x: np.hsplit(x, 3)[1]),
    "vsplit": (lambda x: ops.vsplit(x, 2)[1], lambda x: np.vsplit(x, 2)[1]),
    "dsplit": (lambda x: ops.dsplit(x[None], 3)[1], lambda x: np.dsplit(x[None], 3)[1]),
    "kron": (lambda x: ops.kron(x, OTHER), lambda x: np.kron(x, OTHER)), "kron of a vector": (lambda x: ops.kron(OTHER[0], x), lambda x: np.kron(OTHER[0], x)),
    "cross": (lambda x: ops.cross(x, OTHER), lambda x: np.cross(x, OTHER)),
    "get_item of arrays": (lambda x: ops.get_item(x, ([0, 1], [2, -1])), lambda x: x[[0, 1], [2, -1]]),
    "get_item of an array": (lambda x: x[:, np.array([[2, 0], [1, 1]])], lambda x: x[:, np.array([[2, 0], [1, 1]])]),
    "get_item of bools": (lambda x: x[OTHER > 0], lambda x: x[OTHER > 0]),
    "full": (lambda x: ops.full((2, 2), 3.0) * x[0, 0], lambda x: np.full((2, 2), 3.0) * x[0, 0]),
    "empty_like": (lambda x: ops.empty_like(x) + x, lambda x: x),
    "full_like of a value": (lambda x: ops.full_like(x, x[0, 0]), lambda x: np.full_like(x, x[0, 0])),
    "clip by arrays": (lambda x: ops.clip(x, OTHER - 0.5, OTHER + 0.5), lambda x: np.clip(x, OTHER - 0.5, OTHER + 0.5)),
    "normalize": (ops.normalize, lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)),
    "batch_normalization": (lambda x: ops.batch_normalization(x, [0.1, 0.2, 0.3], [1.0, 2.0, 3.0], -1, [1.0, 0.0, 2.0], [2.0, 1.0, 3.0]),
                            lambda x: (x - [0.1, 0.2, 0.3]) / np.sqrt(np.array([1, 2, 3]) + 1e-3) * [2, 1, 3] + [1, 0, 2]),
    "layer_normalization": (lambda x: ops.layer_normalization(x, [2.0, 1.0, 3.0], [1.0, 0.0, 2.0], epsilon=0.1),
                            lambda x: (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 0.1) * [2, 1, 3] + [1, 0, 2]),
    "rms_normalization": (lambda x: ops.rms_normalization(x, [2.0, 1.0, 3.0], epsilon=0.1),
                          lambda x: x / np.sqrt((x ** 2).mean(-1, keepdims=True) + 0.1) * [2, 1, 3]),
    "dot_product_attention": (lambda x: ops.dot_product_attention(x[None, :, None], OTHER[None, :, None], x[None, :, None], is_causal=True),
                              lambda x: attention(x)[None, :, None]),
    "signbit": (lambda x: ops.where(ops.signbit(x), x, 2 * x), lambda x: np.where(np.signbit(x), x, 2 * x)),
    "ldexp": (lambda x: ops.ldexp(x, [2, -1, 0]), lambda x: np.ldexp(x, [2, -1, 0])),
    "angle": (lambda x: ops.angle(x) + x, lambda x: np.angle(x) + x), "real": (ops.real, np.real), "conj": (ops.conj, np.conj),
    "conjugate": (ops.conjugate, np.conjugate), "imag": (lambda x: ops.imag(x) + x, lambda x: np.imag(x) + x),
    "select": (lambda x: ops.select([OTHER > 0.5, OTHER > -0.5], [x * x, 2 * x], 7.0),
               lambda x: np.select([OTHER > 0.5, OTHER > -0.5], [x * x, 2 * x], 7.0)),
    "linspace": (lambda x: ops.linspace(x, OTHER[0], 4, axis=1), lambda x: np.linspace(x, OTHER[0] + 0 * x, 4, axis=1)),
    "linspace without its end": (lambda x: ops.linspace(x[0], x, 3, endpoint=False), lambda x: np.linspace(x[0] + 0 * x, x, 3, endpoint=False)),
    "linspace and its distance": (lambda x: ops.linspace(x, 2.0, 5, retstep=True)[1], lambda x: np.linspace(x, 2.0, 5, retstep=True)[1]),
    "logspace": (lambda x: ops.logspace(x, 1.0, 3, base=2, axis=-1), lambda x: np.logspace(x, 1.0, 3, base=2, axis=-1)),
    "geomspace": (lambda x: ops.geomspace(ops.abs(x) + 0.5, 3.0, 4), lambda x: np.geomspace(np.abs(x) + 0.5, 3.0, 4)),
    "median of two axes": (lambda x: ops.median(ops.stack([x, OTHER]), (0, 2)), lambda x: np.median(np.stack([x, OTHER]), (0, 2))),
    "percentile": (lambda x: ops.percentile(x, [30.0, 77.0], axis=1), lambda x: np.percentile(x, [30.0, 77.0], axis=1)),
    "nanpercentile": (lambda x: ops.nanpercentile(ops.where(np.isnan(HOLES), np.nan, x), 40.0, axis=1, keepdims=True),
                      lambda x: np.nanpercentile(x + 0 * HOLES, 40.0, axis=1, keepdims=True)),
    "nansum": (lambda x: ops.nansum(ops.where(np.isnan(HOLES), np.nan, x), 1), lambda x: np.nansum(x + 0 * HOLES, 1)),
    "nanprod": (lambda x: ops.nanprod(ops.where(np.isnan(HOLES), np.nan, x), 0), lambda x: np.nanprod(x + 0 * HOLES, 0)),
    "nanmean": (lambda x: ops.nanmean(ops.where(np.isnan(HOLES), np.nan, x), (0, 1)), lambda x: np.nanmean(x + 0 * HOLES, (0, 1))),
    "nanvar": (lambda x: ops.nanvar(ops.where(np.isnan(HOLES), np.nan, x), 1), lambda x: np.nanvar(x + 0 * HOLES, 1)),
    "nanstd": (lambda x: ops.nanstd(ops.where(np.isnan(HOLES), np.nan, x), 1, keepdims=True), lambda x: np.nanstd(x + 0 * HOLES, 1, keepdims=True)),
    "nanmax": (lambda x: ops.nanmax(ops.where(np.isnan(HOLES), np.nan, x), 1), lambda x: np.nanmax(x + 0 * HOLES, 1)),
    "nanmin": (lambda x: ops.nanmin(ops.where(np.isnan(HOLES), np.nan, x)), lambda x: np.nanmin(x + 0 * HOLES)),
    "nancumsum": (lambda x: ops.nancumsum(ops.where(np.isnan(HOLES), np.nan, x), 1), lambda x: np.nancumsum(x + 0 * HOLES, 1)),
    "nancumprod": (lambda x: ops.nancumprod(ops.where(np.isnan(HOLES), np.nan, x)), lambda x: np.nancumprod(x + 0 * HOLES)),
    "trapezoid": (lambda x: ops.trapezoid(x, axis=0, dx=0.5), lambda x: np.trapezoid(x, axis=0, dx=0.5)),
    "trapezoid at points": (lambda x: ops.trapezoid(x, [0.0, 0.5, 2.0]), lambda x: np.trapezoid(x, [0.0, 0.5, 2.0])),
    "corrcoef": (lambda x: ops.corrcoef(ops.concatenate([x, OTHER])), lambda x: np.corrcoef(np.concatenate([x, OTHER]))),
    **{f"correlate {mode} of {n}": (lambda x, mode=mode, n=n: ops.correlate(x[0], OTHER.ravel()[:n], mode),
                                    lambda x, mode=mode, n=n: np.correlate(x[0], OTHER.ravel()[:n], mode))
       for mode in ("valid", "same", "full") for n in (2, 3, 5)},
    "vander": (lambda x: ops.vander(x[0]), lambda x: np.vander(x[0])),
    "vander of four": (lambda x: ops.vander(x[0] * [1.0, 0.0, 1.0], 4, increasing=True), lambda x: np.vander(x[0] * [1, 0, 1], 4, increasing=True)),
    "diag": (lambda x: ops.diag(x, 1), lambda x: np.diag(x, 1)), "diag of a vector": (lambda x: ops.diag(x[0], -2), lambda x: np.diag(x[0], -2)),
    "diagflat": (lambda x: ops.diagflat(x, 1), lambda x: np.diagflat(x, 1)),
    "cross of two": (lambda x: ops.cross(x[:, :2], OTHER[:, :2]), lambda x: x[:, 0] * OTHER[:, 1] - x[:, 1] * OTHER[:, 0]),
    "cross of two and three": (lambda x: ops.cross(x[:, :2], OTHER), lambda x: np.cross(np.pad(x[:, :2], ((0, 0), (0, 1))), OTHER)),
    "cross of three and two": (lambda x: ops.cross(OTHER, x[:, :2]), lambda x: np.cross(OTHER, np.pad(x[:, :2], ((0, 0), (0, 1))))),
    "cond": (lambda x: ops.cond(True, lambda: x * 2, lambda: x), lambda x: x * 2),
    "switch": (lambda x: ops.switch(7, [lambda y: y, lambda y: y * y], x), lambda x: x * x),
    "fori_loop": (lambda x: ops.fori_loop(1, 4, lambda i, y: y * i, x), lambda x: x * 6),
    "while_loop": (lambda x: ops.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), (0, x))[1], lambda x: x ** 4),
    "scan": (lambda x: ops.scan(lambda carry, row: (carry + row, carry * row), x[0], x)[1],
             lambda x: np.stack([x[0] * x[0], 2 * x[0] * x[1]])),
    "associative_scan": (lambda x: ops.associative_scan(lambda a, b: a * b, x, axis=1), lambda x: np.cumprod(x, 1)),
    "associative_scan from the end": (lambda x: ops.associative_scan(lambda a, b: a + b, x, reverse=True), lambda x: np.stack([x[0] + x[1], x[1]])),
    "map": (lambda x: ops.map(lambda row: row * row[0], x), lambda x: x * x[:, :1]),
    "vectorized_map": (lambda x: ops.vectorized_map(ops.sum, x), lambda x: x.sum(1)),
    "convert_to_tensor": (lambda x: ops.convert_to_tensor(x), lambda x: x), "array": (ops.array, lambda x: x),
    "convert_to_tensor of a list": (lambda x: ops.convert_to_tensor([x[0], x[1] * 2]), lambda x: np.stack([x[0], x[1] * 2])),
    "custom_gradient": (ops.custom_gradient(lambda x: (x ** 3, lambda upstream: 3 * x ** 2 * upstream)), lambda x: x ** 3),
}
# Without a value among their arguments, or none in their result; those are tested below.
PLAIN = ("allclose argpartition bartlett blackman hamming hanning histogram isin isreal kaiser nanargmax nanargmin unravel_index "
         "bitwise_not left_shift right_shift arange convert_to_numpy dtype empty eye full identity is_tensor isneginf isposinf linspace logspace ndim nonzero ones "
         "shape size tri zeros").split()


def attention(x):
    logits = x @ OTHER.T / np.sqrt(3)
    logits[0, 1] = -np.inf
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ x


@pytest.mark.parametrize("name", COMPOSED)
def test_what_is_made_of_others(name):
    function, reference = COMPOSED[name]
    wanted = reference(X.astype(np.float64))
    (recorded,), _ = differentiated(function, X)
    for found in (np.asarray(function(X)), recorded):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, wanted, rtol=3e-6, atol=1e-6)
    compare_with_differences(function, X)
    if name not in ("map", "scan", "associative_scan from the end", "custom_gradient"):
        symbolic = function(keratin.Input(batch_shape=X.shape))
        assert symbolic._core.is_symbolic and symbolic.shape == wanted.shape


def test_every_function_is_tested():
    tested = {name_of(case) for case in KERAS} | {"searchsorted", "sampled_softmax_loss", "nce_loss", "ctc_decode"}  # test_outputs, test_decoding
    tested |= {name.split()[0] for name in COMPOSED} | set(PLAIN)
    assert [name for name in ops.__all__ if name not in tested] == []


@pytest.mark.parametrize("name", CASES)
def test_derivative(name):
    function, x = CASES[name]
    (value,), _ = differentiated(function, x)
    np.testing.assert_allclose(value, np.asarray(function(x)), rtol=1e-6)
    compare_with_differences(function, x)


def test_an_infinite_slope_goes_to_the_one_chosen_alone():
    """As on PyTorch; 0 of it to the other made whole models NaN."""
    for op, of_a, of_b in (("maximum", [0, np.inf, np.inf], [np.inf, 0, np.inf]), ("minimum", [np.inf, 0, np.inf], [0, np.inf, np.inf])):
        a, b = keratin.Variable(np.array([1.0, 3.0, 2.0], "float32")), keratin.Variable(np.array([2.0, 1.0, 2.0], "float32"))
        with keratin.GradientTape() as tape:
            total = keratin.ops.sum(getattr(keratin.ops, op)(a, b) * np.float32(np.inf))
        to_a, to_b = tape.gradient(total, [a, b])
        np.testing.assert_array_equal(to_a, of_a)
        np.testing.assert_array_equal(to_b, of_b)


BOOLS, BYTES = np.array([True, True, False, False]), np.uint8([200, 100, 250])


@pytest.mark.parametrize("name, found, wanted", [
    ("fabs", ops.fabs(np.int32([-3, 2])), np.float32([3, 2])), ("fabs of bools", ops.fabs(BOOLS), np.float32([1, 1, 0, 0])),
    ("cbrt of bools", ops.cbrt(BOOLS), np.float32([1, 1, 0, 0])),
    ("float_power", ops.float_power(BYTES, np.uint8([2, 2, 1])), np.float32([40000, 10000, 250])),
    ("hypot", ops.hypot(BYTES, np.uint8([200, 0, 0])), np.float32([200 * math.sqrt(2), 100, 250])),
    ("hypot of large ones", ops.hypot(np.float32([3e30, np.inf, np.nan, 0]), np.float32([4e30, np.nan, 1, 0])),
     np.float32([5e30, np.inf, np.nan, 0])),
    ("copysign", ops.copysign(np.int32([3, -2]), np.int32([-1, 1])), np.float32([-3, 2])),
    ("copysign of bools", ops.copysign(BOOLS, np.float32(-1)), np.float32([-1, -1, 0, 0])),
    ("heaviside", ops.heaviside(np.float32([np.nan, 0, 2]), 0.5), np.float32([np.nan, 0.5, 1])),
    ("diff of bools", ops.diff(BOOLS), np.array([False, True, False])), ("diff twice", ops.diff(BOOLS, 2), np.array([True, True])),
    ("trapezoid of bools", ops.trapezoid(BOOLS), np.float32(1.5)), ("trapezoid of bytes", ops.trapezoid(BYTES), np.float32(325)),
    ("nonzero", ops.nonzero(BOOLS)[0], np.int32([0, 1])), ("where", ops.where(BOOLS)[0], np.int32([0, 1])),
    ("left_shift", ops.left_shift(BOOLS, np.int32([1, 2, 1, 0])), np.int32([2, 4, 0, 0])),
    ("right_shift", ops.right_shift(BOOLS, BOOLS), np.int32([0, 0, 0, 0])),
    ("a narrow type and a number", ops.add(BYTES, 2), np.uint8([202, 102, 252])),
    ("a number and a narrow type", 2 - keratin.ops.convert_to_tensor(np.int8([1, -2])), np.int8([1, 4])),
    ("a narrow type and a number that it has not", ops.maximum(BYTES, 300), np.int32([300, 300, 300])),
    ("bools and a number", ops.add(BOOLS, 2), np.int32([3, 3, 2, 2])),
    ("amax of none", ops.amax(np.zeros((0, 2), np.float32), 0, initial=0.5), np.float32([0.5, 0.5])),
    ("amin of integers", ops.amin(np.int32([3, 2]), initial=1.0), np.int32(1)),
    ("max of a start that is a bool", ops.max(np.float32([-3, 0.5]), initial=True), np.float32(1)),
    ("max of bools", ops.max(BOOLS, initial=-9.0), np.bool_(True)), ("min of bools", ops.amin(BOOLS[:2], initial=0.5), np.bool_(True)),
    ("prod as bools", ops.prod(np.float32([0.5, -0.5]), dtype="bool"), np.bool_(True)),
    ("norm of the smallest singular value", ops.norm(np.float32([[3, 0], [0, -2]]), -2, keepdims=True), np.float32([[2]])),
    ("roll along no axis", ops.roll(BYTES, 1, axis=()), BYTES),
    ("rms_normalization of a number", ops.rms_normalization(np.float32(3)), np.float32([1])),
    ("full_like of a bool", ops.full_like(np.int32([[2, 3]]), True), np.int32([[1, 1]])),
    ("where of numbers", ops.where(np.float32([0.5, 0]), 1, 0), np.int32([1, 0])),
    ("where of integers and a number", ops.where(np.float32([0.5, 0]), np.int32([3, 4]), 2), np.int32([3, 2])),
    ("where of a number and a bool", ops.where(BOOLS, True, 0.5), np.float32([1, 1, 0.5, 0.5])),
    ("threshold of integers", ops.threshold(np.int32([-4, 2]), 1, 7), np.int32([7, 2])),
    ("saturate_cast of integers", ops.saturate_cast(np.int32([300, -300, 2 ** 31 - 1]), "int32"), np.int32([300, -300, 2 ** 31 - 1])),
    ("saturate_cast to narrow ones", ops.saturate_cast(np.int32([300, -300, 7]), "uint8"), np.uint8([255, 0, 7])),
    ("saturate_cast to wide ones", ops.saturate_cast(np.int64([2 ** 40, -5]), "int32"), np.int32([2 ** 31 - 1, -5])),
    ("corrcoef of one row", ops.corrcoef(np.float32([1, 3, 2])), np.float32(1)),
])
def test_types_are_those_of_keras(name, found, wanted):
    """Values and types are those of Keras on JAX, but that 300 becomes a byte there."""
    assert found.dtype == wanted.dtype and found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize("function, reference, x", [
    (lambda x: ops.meshgrid(x, np.float32([7, 8]))[0], lambda x: np.meshgrid(x, [7, 8])[0], np.float32([1, 2, 3])),
    (lambda x: ops.meshgrid(x, np.float32([7, 8]))[1], lambda x: np.meshgrid(x, [7, 8])[1], np.float32([1, 2, 3])),
    (lambda x: ops.meshgrid(x, np.int32([7, 8]), x, indexing="ij")[1], lambda x: np.meshgrid(x, [7, 8], x, indexing="ij")[1],
     np.float32([1, 2, 3])),
    (lambda x: ops.histogram(x, 4)[0], lambda x: np.histogram(x, 4)[0], np.float32([2, 2, 2])),
    (lambda x: ops.histogram(x, 4)[1], lambda x: np.histogram(x, 4)[1], np.float32([2, 2, 2]))])
def test_sizes_and_equals_that_only_a_run_of_the_model_knows(function, reference, x):
    given = keratin.Input(batch_shape=(None,))
    model = keratin.Model(given, function(given))
    np.testing.assert_allclose(model(x), reference(x), rtol=1e-6)


@pytest.mark.parametrize("function, wanted", [
    (ops.cbrt, [np.inf, 1 / 3]), (lambda x: ops.hypot(x, np.float32(0)), [0.5, 1]),
    (lambda x: ops.fmax(x, np.float32([0, 0])), [0, 1]), (lambda x: ops.fmin(np.float32([0, 0]), x), [1, 0])])
def test_slopes_at_corners_are_those_of_keras_on_jax(function, wanted):
    x = keratin.Variable(np.float32([0, 1]))
    with keratin.GradientTape() as tape:
        total = ops.sum(function(x))
    np.testing.assert_allclose(tape.gradient(total, [x])[0], wanted, rtol=1e-6)


@pytest.mark.parametrize("function, wanted", [
    (lambda x: ops.norm(x, 2), [[1, 0], [0, 0]]), (lambda x: ops.norm(x, -2, (1, 0)), [[0, 0], [0, -1]]),
    (lambda x: ops.norm(x, "nuc"), [[1, 0], [0, -1]]),
    (ops.custom_gradient(lambda x: (x * x, lambda upstream: upstream * np.float32([[1, 2], [3, 4]]))), [[1, 2], [3, 4]])])
def test_derivatives_by_a_weight_itself(function, wanted):
    """What tells values from arrays takes a weight in a pass for its value: the derivative was lost without a word."""
    x = keratin.Variable(np.float32([[3, 0], [0, -2]]))
    with keratin.GradientTape() as tape:
        total = ops.sum(function(x))
    np.testing.assert_allclose(tape.gradient(total, [x])[0], wanted, atol=1e-6)


def test_a_corner_at_infinity():
    x = keratin.Variable(np.float32([np.inf, -np.inf]))
    with keratin.GradientTape() as tape:
        total = ops.sum(ops.hard_silu(x))
    np.testing.assert_array_equal(tape.gradient(total, [x])[0], [1, 0])


@pytest.mark.parametrize("call", [
    lambda: ops.diff(np.float32(1)), lambda: ops.diff(X, axis=2), lambda: ops.trapezoid(X, axis=-3), lambda: ops.trapezoid(np.float32(1)),
    lambda: ops.average(X, 2, [1.0, 2.0]), lambda: ops.rot90(X, axes=(0, 3)), lambda: ops.layer_normalization(X, X[0], axis=2),
    lambda: ops.norm(X, "nuc", (0, 2))])
def test_an_axis_that_there_is_not(call):
    with pytest.raises(ValueError, match="axis|axes"):
        call()
