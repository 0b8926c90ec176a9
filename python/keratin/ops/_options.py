# SPDX-License-Identifier: Apache-2.0
"""What the functions of Keras take as options, as the configs of operations have it."""
import numpy as np


def dtype_name(dtype):
    """A type of NumPy's, or its name, as a name; None of None."""
    return dtype if dtype is None or isinstance(dtype, str) else np.dtype(dtype).name


def several(result):
    """The outputs of an operation that may give one or more, as a list."""
    return result if isinstance(result, list) else [result]


def kind_of(x):
    """The type of the elements of an array, a value, a number or lists of them, by name."""
    return dtype_name(getattr(x, "dtype", None) or np.asarray(x).dtype)
