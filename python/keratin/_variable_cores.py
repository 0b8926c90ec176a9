# SPDX-License-Identifier: Apache-2.0
"""What may stand behind a Variable in the place of a weight (`_core.Variable`)."""
import functools

import numpy as np


class Array:
    """Numbers that no optimizer moves, of any dtype: NumPy keeps them."""

    def __init__(self, path, value, trainable, dtype):
        self.path = path
        self.trainable = trainable
        self._value = np.array(value, dtype)

    @classmethod
    def of(cls, dtype):
        return functools.partial(cls, dtype=np.dtype(getattr(dtype, "name", dtype)))

    name = property(lambda self: self.path.rpartition("/")[2])
    shape = property(lambda self: self._value.shape)
    dtype = property(lambda self: self._value.dtype.name)

    def numpy(self):
        return self._value.copy()

    def assign(self, value):
        value = np.asarray(value)
        if value.shape != self.shape:
            raise ValueError(f"The shape of the target variable and the shape of the target value in "
                             f"`variable.assign(value)` must match. variable.shape={self.shape}, Received: "
                             f"value.shape={value.shape}. Target variable: {self.path}")
        self._value = value.astype(self._value.dtype)  # in one go: who reads sees the old or the new


class Part:
    """One of the arrays that an object of C++ keeps as its state.

    Args:
        path: its name.
        index: its place.
        get: returns the array in a place.
        get_all, set_all: return and take the arrays of all places.
    """

    trainable = False

    def __init__(self, path, index, get, get_all, set_all):
        self.path = path
        self._index, self._get, self._get_all, self._set_all = index, get, get_all, set_all

    name = property(lambda self: self.path.rpartition("/")[2])
    shape = property(lambda self: self.numpy().shape)
    dtype = property(lambda self: self.numpy().dtype.name)

    def numpy(self):
        array = self._get(self._index)
        return array.astype(np.float32) if array.dtype.kind == "f" else array

    def assign(self, value):
        values = self._get_all()
        values[self._index] = np.asarray(value)
        self._set_all(values)
