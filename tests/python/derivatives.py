# SPDX-License-Identifier: Apache-2.0
"""Derivatives of functions of `keratin.ops`: the tape's, and how they compare with differences. And arrays to try them on."""
import numpy as np
import pytest

from keratin import _core, ops
from keratin.keras_tensor import KerasTensor


X = np.array([[0.3, -0.7, 1.2], [0.9, 0.4, -1.1]], np.float32)
POSITIVE = np.abs(X) + np.float32(0.2)
OTHER = np.array([[0.5, 1.3, -0.4], [-0.8, 0.6, 0.7]], np.float32)
HOLES = np.where(OTHER > 1, np.nan, OTHER).astype(np.float32)


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
