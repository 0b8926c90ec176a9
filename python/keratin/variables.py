# SPDX-License-Identifier: Apache-2.0
"""A weight. Keras: `keras.Variable`."""
import operator as op

import numpy as np

from keratin import _core, _elsewhere, constraints, initializers, keras_tensor, regularizers
from keratin._custom import core_of
from keratin._arguments import items
from keratin._dtype import float32_only
from keratin._refusal import shown
from keratin._variable_cores import Array
from keratin.keras_tensor import KerasTensor

__all__ = ["Variable"]


class Variable(np.lib.mixins.NDArrayOperatorsMixin):
    """A weight: read as an array (a copy), changed by `assign`. Layers have some; an optimizer moves them.

    Example:

    >>> weight = keratin.Variable([1.0, 2.0], name="weight")
    >>> weight.assign_add([0.5, 0.5])
    >>> weight * 2
    array([3., 5.], dtype=float32)

    Args:
        initializer: the values, or an initializer (its name, an object, a function of the shape).
        shape: the shape, for an initializer.
        dtype: None or "float32"; or a type of integers or "bool", for a number that no optimizer moves.
        trainable: whether training moves it.
        autocast, aggregation, synchronization: passed over: there is one type of floats, and one device.
        name: the name; a new one by default.
    """

    __array_priority__ = 100

    def __init__(self, initializer, shape=None, dtype=None, trainable=True, autocast=True, aggregation="none",
                 synchronization="auto", name=None):
        self._regularizer = self._constraint = None
        if isinstance(initializer, _core.Variable):  # of a layer
            self._core = initializer
            return
        try:
            is_float = dtype is None or np.dtype(getattr(dtype, "name", dtype)).kind not in "iub"
        except TypeError:
            raise ValueError(f"[Variable] dtype must be the name of a type. Received: {shown(dtype)}") from None
        if is_float:
            float32_only("Variable", dtype)
        if isinstance(initializer, (str, dict, type)):
            initializer = initializers.get(initializer)
        if callable(initializer):
            if shape is None:
                raise ValueError("[Variable] an initializer needs a shape.")
            sizes = (shape,) if isinstance(shape, (int, np.integer)) else items("Variable", "shape", shape)
            if not all(isinstance(size, (int, np.integer)) for size in sizes):
                raise ValueError(f"[Variable] shape must be integers. Received: {shown(shape)}")
            initializer = initializer(shape)
        if initializer is None:
            raise ValueError("[Variable] the values must be an array, a number or an initializer. Received: None")
        make = _core.Variable if is_float else Array.of(dtype)
        try:
            self._core = make(name or _core.auto_name("Variable"), initializer, trainable)
        except (TypeError, ValueError) as error:
            raise type(error)(f"[Variable] initializer: {error}") from error

    @classmethod
    def _of(cls, core):
        """The variable that stands for the object `core`."""
        variable = cls.__new__(cls)
        variable._regularizer = variable._constraint = None
        variable._core = core
        return variable

    def __getattr__(self, name):
        raise _elsewhere.missing_attribute(self, name)

    def __setattr__(self, name, value):
        if name in ("initializer", "autocast", "aggregation", "synchronization"):
            raise AttributeError(f"'{name}' of Variable is fixed when it is made: make another one.")
        if name == "value":
            raise AttributeError("'value' of Variable cannot be set: use assign.")
        super().__setattr__(name, value)

    @property
    def regularizer(self):
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value):
        self._regularizer = regularizers.get(value)
        self._core.set_regularizer(core_of(_core.Regularizer, self._regularizer))

    @property
    def constraint(self):
        return self._constraint

    @constraint.setter
    def constraint(self, value):
        self._constraint = constraints.get(value)
        self._core.set_constraint(core_of(_core.Constraint, self._constraint))

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
        return self._core.dtype

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
        return _core.value(self._core).numpy() if self._is_in_pass() else self._core.numpy()

    def assign(self, value):
        """Sets all values. Within a `call`, and under a GradientTape, they become so when the step is taken, or the tape
        ends; whoever reads them in the same pass sees them already."""
        if isinstance(value, (KerasTensor, Variable)):
            value = value.numpy()
        if not (self._is_in_pass() and _core.update(self._core, value)):
            self._core.assign(value)
        return self

    def assign_add(self, value):
        return self.assign(self.numpy() + _array(value))

    def assign_sub(self, value):
        return self.assign(self.numpy() - _array(value))

    def _is_in_pass(self):
        return _core.in_pass() and isinstance(self._core, _core.Variable)

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if _core.in_pass() or any(type(value) is KerasTensor for value in inputs):
            return keras_tensor.call_ufunc(ufunc, method, inputs, kwargs)
        for out in kwargs.get("out", ()):
            if isinstance(out, Variable):
                raise TypeError(f"[Variable] numpy.{ufunc.__name__} cannot write into a variable: use assign.")
        inputs = [value.numpy() if isinstance(value, Variable) else value for value in inputs]
        return getattr(ufunc, method)(*inputs, **kwargs)

    # Keras: `v += 1` makes an array of the variable's name, and leaves the variable.

    def _of_result(operator):
        return lambda self, other: operator(self.numpy(), other)

    __iadd__, __isub__, __imul__ = _of_result(op.add), _of_result(op.sub), _of_result(op.mul)
    __itruediv__, __ifloordiv__, __imod__ = _of_result(op.truediv), _of_result(op.floordiv), _of_result(op.mod)
    __ipow__, __imatmul__ = _of_result(op.pow), _of_result(op.matmul)
    del _of_result

    def __array_function__(self, function, types, args, kwargs):
        if _core.in_pass() and function.__name__ in keras_tensor.OPERATIONS:
            return keras_tensor.OPERATIONS[function.__name__](*args, **kwargs)
        return function(*keras_tensor.without_variables(args), **keras_tensor.without_variables(kwargs))

    def __getitem__(self, index):
        if self._is_in_pass():
            return keras_tensor.get_item(self, index)
        first, *rest = index if isinstance(index, tuple) and index else (index,)
        rows = self._rows_of(first)
        if rows is None:
            return self.numpy()[index]
        ids, place = rows
        return self._core.rows(ids)[(place, *rest)]

    def _rows_of(self, first):
        """The rows that this first part of an index is about, and its place among them: a table is not copied for a
        few of its rows. None where it is about more than rows."""
        if not self.shape or not hasattr(self._core, "rows"):
            return None
        count = self.shape[0]
        if isinstance(first, slice):
            return np.arange(*first.indices(count), dtype="int64"), slice(None)
        if isinstance(first, bool) or not isinstance(first, (int, list, np.integer, np.ndarray)):
            return None
        ids = np.asarray(first)
        if ids.dtype.kind not in "iu" or ids.size == 0:
            return None
        ids = ids.astype("int64")
        outside = ids[(ids < -count) | (ids >= count)]
        if outside.size:
            raise IndexError(f"[Variable] index {outside[0]} is out of bounds for axis 0 with size {count}")
        place = 0 if ids.ndim == 0 else np.arange(ids.size).reshape(ids.shape)
        return np.where(ids < 0, ids + count, ids).ravel(), place

    def __len__(self):
        return self.shape[0]

    def __eq__(self, other):
        if isinstance(other, Variable):  # as objects: variables are kept in lists and looked for there
            return self._core is other._core
        return self.numpy() == other

    def __hash__(self):
        return hash(self.path)

    def __repr__(self):
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={self.numpy()}>"

    def __float__(self):
        return float(self.numpy())

    def __int__(self):
        return int(self.numpy())

    def __bool__(self):
        raise TypeError("A Keras Variable cannot be used as a boolean.")

    def __round__(self, ndigits=None):
        return np.round(self, ndigits or 0)

    def __matmul__(self, other):
        if _core.in_pass() or type(other) is KerasTensor:
            return keras_tensor.apply("Matmul", [self, other])
        return self.numpy() @ other

    def __rmatmul__(self, other):
        if _core.in_pass() or type(other) is KerasTensor:
            return keras_tensor.apply("Matmul", [other, self])
        return other @ self.numpy()

    def __reduce__(self):
        return _unpickled, (self.path, self.numpy(), self.dtype, self.trainable, self._regularizer, self._constraint)


def _array(value):
    return value.numpy() if isinstance(value, KerasTensor) else np.asarray(value)


def _unpickled(path, value, dtype, trainable, regularizer, constraint):
    variable = Variable(value, dtype=dtype, trainable=trainable, name=path)
    if regularizer is not None or constraint is not None:
        variable.regularizer, variable.constraint = regularizer, constraint
    return variable
