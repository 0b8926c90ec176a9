# SPDX-License-Identifier: Apache-2.0
"""The mask that goes along with what a layer returns. Keras: `_keras_mask`."""
import numpy as np


class Array(np.ndarray):
    """An array that a layer returned with a mask: `_keras_mask`, bool, of its leading axes; None for none.

    The next layer, loss or metric takes the mask. What is made of the array (by an operator, a slice, a function of
    NumPy, a copy) has none, as in Keras.
    """

    _keras_mask = None

    def __array_finalize__(self, source):
        pass  # no attribute of the source goes along

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if out is not None:
            kwargs["out"] = tuple(_plain(array) for array in out)
        return getattr(ufunc, method)(*(_plain(array) for array in inputs), **kwargs)

    def __getitem__(self, index):
        return _plain(self)[index]

    def __repr__(self):
        return repr(_plain(self))

    def __reduce__(self):
        return _plain(self).__reduce__()


def _plain(array):
    return array.view(np.ndarray) if isinstance(array, Array) else array


def carrying(array, mask):
    """`array`, with this mask."""
    result = array.view(Array)
    result._keras_mask = mask
    return result


def of(array):
    """The mask that goes along with an array, or None."""
    return getattr(array, "_keras_mask", None)
