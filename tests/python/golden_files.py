# SPDX-License-Identifier: Apache-2.0
"""Reads what tests/golden/golden.py writes: its `array`, as NumPy has it."""
import numpy as np


def array_of(golden):
    """The array of {"shape", "dtype", "data"}; None of None. JSON has no word for NaN and infinity, and signed numbers alone."""
    if golden is None:
        return None
    kind = np.dtype(golden["dtype"])
    data = [float(x) if isinstance(x, str) else x % 2 ** 64 if kind == np.uint64 else x for x in golden["data"]]
    return np.array(data, kind).reshape(golden["shape"])
