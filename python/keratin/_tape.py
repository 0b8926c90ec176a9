# SPDX-License-Identifier: Apache-2.0
"""A tape: what was done to an array, so that a derivative can be read off backwards.

`Traced` stands for an array in the body of a loss that a user writes. An operation on it (an operator, a
function of `keratin.ops`, a function of NumPy) computes with NumPy, and notes for each argument how a
derivative of the result becomes one of the argument. `pull_back` reads the notes from last to first.
"""
import numbers

import numpy as np


class Traced:
    """An array, and how it came to be.

    `sources` are pairs of a Traced argument and a function, from the derivative by this array to the
    derivative by that argument.
    """

    __array_priority__ = 1000

    def __init__(self, value, sources=()):
        self.value = value
        self.sources = sources

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    dtype = property(lambda self: self.value.dtype)
    size = property(lambda self: self.value.size)

    def __len__(self):
        return len(self.value)

    def __repr__(self):
        return f"Traced({self.value!r})"

    def _no_number(self, *_):
        raise TypeError("An array that is being differentiated has no value in Python's control flow: use "
                        "keratin.ops.where in place of `if`, and keratin.ops in place of float().")

    __bool__ = __float__ = __int__ = __index__ = _no_number

    def __array__(self, *args, **kwargs):
        raise TypeError("An array that is being differentiated cannot become a plain NumPy array: the derivative "
                        "would be lost. Use keratin.ops, NumPy's functions that it covers, or give the loss a "
                        "method gradient(y_true, y_pred).")

    # NumPy's functions, where there is an operation of that name.

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        operation = OPERATIONS.get(ufunc.__name__)
        if method == "__call__" and operation is not None and not kwargs:
            return operation(*inputs)
        raise no_derivative(f"numpy.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}"))

    def __array_function__(self, function, types, args, kwargs):
        operation = OPERATIONS.get(function.__name__)
        if operation is None:
            raise no_derivative(f"numpy.{function.__name__}")
        return operation(*args, **kwargs)


def no_derivative(name):
    """The error for what the tape does not know."""
    return NotImplementedError(f"{name} has no derivative here. Known: {', '.join(sorted(OPERATIONS))}. "
                               "Or give the loss a method gradient(y_true, y_pred).")


# Name of each operation: what computes it. NumPy's other names for the same are here too.
OPERATIONS = {}


def value_of(x):
    """The array itself; what is no array becomes one, floats as float32."""
    if isinstance(x, Traced):
        return x.value
    if isinstance(x, (np.ndarray, np.generic)):
        return x.astype(np.float32) if x.dtype == np.float64 else x
    if isinstance(x, numbers.Number):
        return x
    x = np.asarray(x)
    return x.astype(np.float32) if x.dtype.kind == "f" else x


def record(value, *sources):
    """The result of an operation: an array, or, where a source is Traced, a Traced."""
    traced = tuple((source, pull) for source, pull in sources if isinstance(source, Traced))
    return Traced(np.asarray(value, np.float32), traced) if traced else value


def differentiable(value, source, pull):
    """A Traced whose derivative is computed elsewhere: in C++."""
    return Traced(np.asarray(value, np.float32), ((source, pull),))


def pull_back(result, slope, source):
    """The derivative by `source` of sum(result * slope)."""
    order, seen, stack = [], set(), [(result, False)]
    while stack:  # a loss may be longer than Python's own stack is deep
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((argument, False) for argument, _ in node.sources)
    slopes = {id(result): np.broadcast_to(np.asarray(slope, np.float32), result.shape)}
    for node in reversed(order):
        gradient = slopes.pop(id(node), None) if node is not source else None
        if gradient is None:
            continue
        for argument, pull in node.sources:
            part = unbroadcast(np.asarray(pull(gradient), np.float32), argument.shape)
            known = slopes.get(id(argument))
            slopes[id(argument)] = part if known is None else known + part
    return slopes.get(id(source), np.zeros(source.shape, np.float32))


def unbroadcast(gradient, shape):
    """Sums over the axes along which an array of `shape` was repeated."""
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    axes = tuple(i for i, size in enumerate(shape) if size == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=axes, keepdims=True) if axes else gradient
