# SPDX-License-Identifier: Apache-2.0
"""Variables of Keras whose numbers are in Keratin."""
import keras
import numpy as np

from keratin.keras import _found
from keratin.keras.table import LINK


class _Shape(tuple):
    """The shape of what is in Keratin, which equals that of what stands for it in Keras's graphs too."""

    def __new__(cls, shape, link):
        self = super().__new__(cls, shape)
        self._link = tuple(link)
        return self

    def __eq__(self, other):
        return tuple(self) == tuple(other) or self._link == tuple(other)

    def __ne__(self, other):
        return not self == other

    __hash__ = tuple.__hash__


class Elsewhere(keras.Variable):
    """A variable that is in Keratin: `numpy`, `assign`, `shape` and files see it; Keras's graphs see a link, a few NaN.

    Args:
        read: gives the array.
        write: takes one.
        shape: of the array.
        link: the shape of the link.
    """

    def __init__(self, read, write, shape, link, **kwargs):
        self._read, self._write = read, write
        super().__init__(lambda shape, dtype=None: keras.ops.full(shape, float("nan"), dtype="float32"), shape=link,
                         dtype="float32", autocast=False, **kwargs)
        self._full_shape = _Shape(shape, link)
        self._ndim = len(shape)

    def _initialize(self, value):  # now, or when Keras has seen the whole model
        super()._initialize(value)
        _found.backend.show(self)

    @property
    def shape(self):
        return self.__dict__.get("_full_shape", self._shape)

    def numpy(self):
        _found.backend.wait()
        return self._read()

    def __array__(self, dtype=None, copy=None):
        values = self.numpy()
        return values if dtype is None else values.astype(dtype, copy=False)

    def assign(self, value):
        """Takes an array of the shape; or, from Keras's trainers, a link."""
        if tuple(value.shape) == tuple(self._shape) != tuple(self.shape):
            if keras.src.backend.common.stateless_scope.in_stateless_scope():
                keras.src.backend.common.stateless_scope.get_stateless_scope().add_update((self, value))
            else:
                self._direct_assign(value)
            return value
        values = np.asarray(keras.ops.convert_to_numpy(value), np.float32)
        if values.shape != tuple(self.shape):
            raise ValueError("The shape of the target variable and the shape of the target value in `variable.assign(value)` must "
                             f"match. variable.shape={tuple(self.shape)}, Received: value.shape={values.shape}. Target variable: "
                             f"{self}")
        _found.backend.wait()
        self._write(values)
        return value

    def assign_add(self, value):
        return self.assign(self.numpy() + keras.ops.convert_to_numpy(value))

    def assign_sub(self, value):
        return self.assign(self.numpy() - keras.ops.convert_to_numpy(value))

    def __repr__(self):
        return f"<Variable path={self.path}, shape={tuple(self.shape)}, dtype=float32, in Keratin>"


class TableVariable(Elsewhere):
    """The rows of a layer."""

    def __init__(self, table, **kwargs):
        self.table = table
        super().__init__(table.numpy, table.assign, (table.input_dim, table.output_dim), (LINK,), **kwargs)
