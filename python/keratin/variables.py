# SPDX-License-Identifier: Apache-2.0
"""A weight of a layer. Keras: `keras.Variable`."""
import numpy as np

from keratin import _core

__all__ = ["Variable"]


class Variable(np.lib.mixins.NDArrayOperatorsMixin):
    """A weight: read as an array (a copy), changed by `assign`."""

    __array_priority__ = 100

    def __init__(self, core):
        if not isinstance(core, _core.Variable):
            raise TypeError("Variables are made by layers.")
        self._core = core

    @property
    def name(self):
        return self._core.name

    @property
    def path(self):
        return self._core.path

    @property
    def shape(self):
        return self._core.shape

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def dtype(self):
        return "float32"

    @property
    def trainable(self):
        return self._core.trainable

    @trainable.setter
    def trainable(self, value):
        self._core.trainable = bool(value)

    @property
    def value(self):
        return self.numpy()

    def numpy(self):
        """The values as an array of their own."""
        return self._core.numpy()

    def assign(self, value):
        """Sets all values."""
        self._core.assign(value)
        return self

    def assign_add(self, value):
        return self.assign(self.numpy() + np.asarray(value))

    def assign_sub(self, value):
        return self.assign(self.numpy() - np.asarray(value))

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs = [value.numpy() if isinstance(value, Variable) else value for value in inputs]
        return getattr(ufunc, method)(*inputs, **kwargs)

    def __getitem__(self, index):
        return self.numpy()[index]

    def __len__(self):
        return self.shape[0]

    def __eq__(self, other):  # as an object: variables are kept in lists and looked for there
        return isinstance(other, Variable) and self._core is other._core

    def __hash__(self):
        return hash(self.path)

    def __repr__(self):
        return f"<Variable path={self.path}, shape={self.shape}, dtype=float32, value={self.numpy()}>"
