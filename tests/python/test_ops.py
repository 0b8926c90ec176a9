# SPDX-License-Identifier: Apache-2.0
"""keratin.ops: every function on arrays, on values that a tape records, and on symbolic ones. Numbers are those that Keras
gave (tests/golden/op_cases.py), NumPy's, or differences."""
import json
import math
import pathlib
import re

import numpy as np
import pytest

import keratin
from golden_files import array_of
from keratin import _core, activations, losses, ops
from keratin.keras_tensor import KerasTensor

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
FILES = [GOLDEN / f"{name}.json" for name in ("ops", "ops_axes", "ops_nn", "ops_numpy")]
KERAS = [case for file in FILES if file.exists() for case in json.loads(file.read_text())["cases"]]


def differentiated(function, *arrays, slope=None):
    """What a function gives of values that a tape records, and the derivatives of sum(slope * of it); arrays of integers
    are not recorded."""
    recording = _core.Recording(True)
    sources = [KerasTensor._of(recording.watch(x)) if x.dtype.kind == "f" else x for x in arrays]
    recording.enter()
    try:
        result = function(*sources)
        results = list(result) if isinstance(result, (list, tuple)) else [result]
        slopes = [np.ones(y.shape, np.float32) for y in results] if slope is None else slope
        total = sum((ops.sum(y * g) for y, g in zip(results, slopes) if y.dtype == "float32"), np.float32(0))
    finally:
        recording.exit()
    by = [source for source in sources if isinstance(source, KerasTensor)]
    total = total if isinstance(total, KerasTensor) else KerasTensor._of(_core.value(total))
    found = iter(recording.gradients(total._core, None, [source._core for source in by]))
    return [np.asarray(y.numpy() if isinstance(y, KerasTensor) else y) for y in results], [
        next(found) if isinstance(source, KerasTensor) else None for source in sources]


# -- what Keras gave -----------------------------------------------------------------------------------

NAMES = {"SearchSorted": "searchsorted", "I0": "i0", "CTCLoss": "ctc_loss"}
NOT_OF_KERAS = {"Gather"}  # operations that keras.ops has no function for


def name_of(case):
    return NAMES.get(case["class_name"]) or re.sub("(?<=[a-z])(?=[A-Z])", "_", case["class_name"]).lower()


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


# -- what is made of others ----------------------------------------------------------------------------

X = np.array([[0.3, -0.7, 1.2], [0.9, 0.4, -1.1]], np.float32)
POSITIVE = np.abs(X) + np.float32(0.2)
OTHER = np.array([[0.5, 1.3, -0.4], [-0.8, 0.6, 0.7]], np.float32)
HOLES = np.where(OTHER > 1, np.nan, OTHER).astype(np.float32)

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
    tested = {name_of(case) for case in KERAS} | {"searchsorted", "sampled_softmax_loss", "nce_loss"}  # these: test_outputs
    tested |= {name.split()[0] for name in COMPOSED} | set(PLAIN)
    assert [name for name in ops.__all__ if name not in tested] == []


@pytest.mark.parametrize("name", CASES)
def test_derivative(name):
    function, x = CASES[name]
    (value,), _ = differentiated(function, x)
    np.testing.assert_allclose(value, np.asarray(function(x)), rtol=1e-6)
    compare_with_differences(function, x)


def compare_with_differences(function, x):
    shape = np.shape(function(x))
    slope = np.asarray(np.random.RandomState(1).rand(*shape), np.float32)
    _, (gradient,) = differentiated(function, x, slope=[slope])
    # Central differences of float32: a step of 2**-9 leaves an error of its square (4e-6) times the third
    # derivative, and of rounding, 6e-8 * |sum| / 2**-9 = 3e-5 * |sum|; sums here stay below 30, but where 300 is a factor.
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
