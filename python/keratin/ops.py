# SPDX-License-Identifier: Apache-2.0
"""Keras's operations on arrays, for losses and metrics that users write. Keras: `keras.ops`.

They work on NumPy arrays (and whatever becomes one) in float32, and in a loss of your own on y_pred, where
each notes its derivative (`keratin._tape`). On a KerasTensor they leave a node of its graph. Where a function has a corner, the derivative is that of Keras
on JAX: half to each side of a maximum of equals, 1 for abs at 0.
"""
import builtins
import functools
import inspect
import math

import numpy as np

from keratin import keras_tensor
from keratin._tape import OPERATIONS, Traced, record, value_of


def _operation(*numpy_names):
    def add(function):
        parameters = inspect.signature(function)

        @functools.wraps(function)
        def operation(*args, **kwargs):
            if builtins.any(map(keras_tensor.is_symbolic, args)) or builtins.any(map(keras_tensor.is_symbolic, kwargs.values())):
                given = parameters.bind(*args, **kwargs)
                given.apply_defaults()
                return _symbolic(function.__name__, given.arguments)
            return function(*args, **kwargs)

        for name in (function.__name__, *numpy_names):
            OPERATIONS[name] = operation
        return operation

    return add


def _symbolic(name, arguments):
    """The same on KerasTensors."""
    if name == "squared_difference":
        return square(subtract(**arguments))
    if name == "normalize":
        raise NotImplementedError("[ops.normalize] it is not there on a KerasTensor: divide by ops.norm.")
    if name == "norm" and isinstance(arguments["ord"], float) and math.isinf(arguments["ord"]):
        arguments = {**arguments, "ord": "inf" if arguments["ord"] > 0 else "-inf"}
    if arguments.get("dtype", "") is not None and "dtype" in arguments:
        arguments = {**arguments, "dtype": np.dtype(arguments["dtype"]).name}
    if name == "pad" and arguments["constant_values"] is None:
        arguments = {**arguments, "constant_values": 0}
    return keras_tensor.operate(name, arguments)


# -- elementwise ---------------------------------------------------------------------------------------


def _unary(name, compute, slope, *numpy_names):
    """An operation on each element: its value, and its derivative from x and the value y."""
    def operation(x):
        v = value_of(x)
        y = compute(np.asarray(v, np.float32) if not isinstance(v, np.ndarray) or v.dtype.kind in "iub" else v)
        return record(y, (x, lambda g: g * slope(v, y)))

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{name} of each element."
    return _operation(*numpy_names)(operation)


def _sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


exp = _unary("exp", np.exp, lambda x, y: y)
expm1 = _unary("expm1", np.expm1, lambda x, y: y + 1)
log = _unary("log", np.log, lambda x, y: 1 / x)
log1p = _unary("log1p", np.log1p, lambda x, y: 1 / (1 + x))
log2 = _unary("log2", np.log2, lambda x, y: 1 / (x * np.float32(np.log(2))))
sqrt = _unary("sqrt", np.sqrt, lambda x, y: 0.5 / y)
rsqrt = _unary("rsqrt", lambda x: 1 / np.sqrt(x), lambda x, y: -0.5 * y / x)
sin = _unary("sin", np.sin, lambda x, y: np.cos(x))
cos = _unary("cos", np.cos, lambda x, y: -np.sin(x))
tanh = _unary("tanh", np.tanh, lambda x, y: 1 - y * y)
sinh = _unary("sinh", np.sinh, lambda x, y: np.cosh(x))
cosh = _unary("cosh", np.cosh, lambda x, y: np.sinh(x))
arctan = _unary("arctan", np.arctan, lambda x, y: 1 / (1 + x * x))
reciprocal = _unary("reciprocal", np.reciprocal, lambda x, y: -y * y)
erf = _unary("erf", np.vectorize(math.erf, otypes=[np.float32]),
             lambda x, y: np.float32(2 / math.sqrt(math.pi)) * np.exp(-np.square(np.asarray(x, np.float32))))
sigmoid = _unary("sigmoid", _sigmoid, lambda x, y: y * (1 - y))
relu = _unary("relu", lambda x: np.maximum(x, 0), lambda x, y: x > 0)
softplus = _unary("softplus", lambda x: np.logaddexp(x, np.float32(0)), lambda x, y: _sigmoid(x))
log_sigmoid = _unary("log_sigmoid", lambda x: -np.logaddexp(-x, np.float32(0)), lambda x, y: _sigmoid(-x))


def _keeps_type(name, compute, slope, *numpy_names):
    """As _unary, of integers too."""
    def operation(x):
        v = value_of(x)
        return record(compute(v), (x, lambda g: g * slope(v)))

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{name} of each element."
    return _operation(*numpy_names)(operation)


abs = absolute = _keeps_type("abs", np.abs, lambda x: np.where(x >= 0, np.float32(1), np.float32(-1)), "absolute",
                              "fabs")
negative = _keeps_type("negative", np.negative, lambda x: np.float32(-1))
square = _keeps_type("square", np.square, lambda x: 2 * x)
sign = _keeps_type("sign", np.sign, lambda x: np.float32(0))
floor = _keeps_type("floor", np.floor, lambda x: np.float32(0))
ceil = _keeps_type("ceil", np.ceil, lambda x: np.float32(0))
round = _keeps_type("round", np.round, lambda x: np.float32(0), "rint")


def _binary(name, compute, slope_1, slope_2, *numpy_names):
    """An operation on two arrays that broadcast: its value, and the derivatives by each."""
    def operation(x1, x2):
        a, b = value_of(x1), value_of(x2)
        y = compute(a, b)
        return record(y, (x1, lambda g: g * slope_1(a, b, y)), (x2, lambda g: g * slope_2(a, b, y)))

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{name} of the elements of two arrays."
    return _operation(*numpy_names)(operation)


def _larger(a, b, y):
    return np.where(a == b, np.float32(0.5), np.asarray(a > b, np.float32))


def _smaller(a, b, y):
    return 1 - _larger(a, b, y)


def _divide(a, b):
    return np.true_divide(a, b, dtype=np.float32)


def _log_of_base(a, b, y):
    return np.where(a > 0, y * np.log(np.where(a > 0, a, 1)), 0)


add = _binary("add", np.add, lambda a, b, y: np.float32(1), lambda a, b, y: np.float32(1))
subtract = _binary("subtract", np.subtract, lambda a, b, y: np.float32(1), lambda a, b, y: np.float32(-1))
multiply = _binary("multiply", np.multiply, lambda a, b, y: b, lambda a, b, y: a)
divide = true_divide = _binary("divide", _divide, lambda a, b, y: 1 / np.asarray(b, np.float32),
                               lambda a, b, y: -y / b, "true_divide")
power = _binary("power", np.power, lambda a, b, y: b * np.power(np.asarray(a, np.float32), b - 1), _log_of_base,
                "float_power")
maximum = _binary("maximum", np.maximum, _larger, _smaller)
minimum = _binary("minimum", np.minimum, _smaller, _larger)
mod = _binary("mod", np.mod, lambda a, b, y: np.float32(1), lambda a, b, y: -np.floor_divide(a, b), "remainder")
floor_divide = _binary("floor_divide", np.floor_divide, lambda a, b, y: np.float32(0), lambda a, b, y: np.float32(0))
logaddexp = _binary("logaddexp", np.logaddexp, lambda a, b, y: np.exp(a - y), lambda a, b, y: np.exp(b - y))
squared_difference = _binary("squared_difference", lambda a, b: np.square(np.subtract(a, b)),
                             lambda a, b, y: 2 * np.subtract(a, b), lambda a, b, y: 2 * np.subtract(b, a))


@_operation()
def divide_no_nan(x1, x2):
    """x1 / x2, and 0 where x2 is 0."""
    zero = equal(x2, 0)
    return where(zero, np.float32(0), divide(x1, where(zero, np.float32(1), x2)))


@_operation()
def clip(x, x_min, x_max):
    """What is below x_min becomes x_min, what is above x_max becomes x_max."""
    return minimum(maximum(x, x_min), x_max)


@_operation()
def where(condition, x1, x2):
    """x1 where `condition`, else x2."""
    kept = np.asarray(value_of(condition), bool)
    return record(np.where(kept, value_of(x1), value_of(x2)),
                  (x1, lambda g: np.where(kept, g, 0)), (x2, lambda g: np.where(kept, 0, g)))


def _comparison(name, compute, *numpy_names):
    def operation(x1, x2):
        return compute(value_of(x1), value_of(x2))

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{name} of the elements of two arrays: an array of bools, which has no derivative."
    return _operation(*numpy_names)(operation)


equal = _comparison("equal", np.equal)
not_equal = _comparison("not_equal", np.not_equal)
greater = _comparison("greater", np.greater)
greater_equal = _comparison("greater_equal", np.greater_equal)
less = _comparison("less", np.less)
less_equal = _comparison("less_equal", np.less_equal)
logical_and = _comparison("logical_and", np.logical_and)
logical_or = _comparison("logical_or", np.logical_or)


@_operation()
def logical_not(x):
    """Whether each element is 0."""
    return np.logical_not(value_of(x))


@_operation()
def isnan(x):
    """Whether each element is not a number."""
    return np.isnan(value_of(x))


@_operation()
def isfinite(x):
    """Whether each element is a finite number."""
    return np.isfinite(value_of(x))


@_operation()
def stop_gradient(variable):
    """The array as a constant: without derivative."""
    return value_of(variable)


# -- along axes ----------------------------------------------------------------------------------------


def _spread(g, v, axis, keepdims):
    """The derivative of a reduction, brought back to the shape that was reduced."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, v.shape)


@_operation()
def sum(x, axis=None, keepdims=False):
    """The sum along `axis`, or of all."""
    v = np.asarray(value_of(x))
    return record(np.sum(v, axis=axis, keepdims=keepdims), (x, lambda g: _spread(g, v, axis, keepdims)))


@_operation()
def mean(x, axis=None, keepdims=False):
    """The mean along `axis`, or of all."""
    v = np.asarray(value_of(x))
    y = np.mean(v, axis=axis, keepdims=keepdims, dtype=np.float32)
    share = np.float32(np.size(y) / v.size if v.size else 0)
    return record(y, (x, lambda g: _spread(g, v, axis, keepdims) * share))


@_operation("amax")
def max(x, axis=None, keepdims=False, initial=None):
    """The largest element along `axis`, or of all, at least `initial`. Equals share the derivative."""
    y = _extreme(np.max, x, axis, keepdims)
    return y if initial is None else maximum(y, initial)


@_operation("amin")
def min(x, axis=None, keepdims=False, initial=None):
    """The smallest element along `axis`, or of all, at most `initial`. Equals share the derivative."""
    y = _extreme(np.min, x, axis, keepdims)
    return y if initial is None else minimum(y, initial)


def _extreme(pick, x, axis, keepdims):
    v = np.asarray(value_of(x))
    most = pick(v, axis=axis, keepdims=True)

    def pull(g):
        chosen = np.asarray(v == most, np.float32)
        return _spread(g, v, axis, keepdims) * chosen / np.sum(chosen, axis=axis, keepdims=True)

    return record(most if keepdims else pick(v, axis=axis), (x, pull))


@_operation()
def prod(x, axis=None, keepdims=False):
    """The product along `axis`, or of all. Where it is differentiated, no element may be 0."""
    v = np.asarray(value_of(x))
    y = np.prod(v, axis=axis, keepdims=keepdims)
    return record(y, (x, lambda g: _spread(g * y, v, axis, keepdims) / v))


@_operation()
def var(x, axis=None, keepdims=False):
    """The variance along `axis`, or of all."""
    return mean(square(subtract(x, mean(x, axis=axis, keepdims=True))), axis=axis, keepdims=keepdims)


@_operation()
def std(x, axis=None, keepdims=False):
    """The standard deviation along `axis`, or of all."""
    return sqrt(var(x, axis=axis, keepdims=keepdims))


@_operation()
def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))), without overflow."""
    most = stop_gradient(max(x, axis=axis, keepdims=True))
    y = add(log(sum(exp(subtract(x, most)), axis=axis, keepdims=True)), most)
    if keepdims:
        return y
    return squeeze(y, axis=axis) if axis is not None else reshape(y, ())


@_operation()
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along `axis`."""
    e = exp(subtract(x, stop_gradient(max(x, axis=axis, keepdims=True))))
    return divide(e, sum(e, axis=axis, keepdims=True))


@_operation()
def log_softmax(x, axis=-1):
    """log(softmax(x)) along `axis`."""
    return subtract(x, logsumexp(x, axis=axis, keepdims=True))


@_operation()
def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of vectors along `axis`, or of matrices where that is two axes.

    Args:
        x: an array.
        ord: None is the square root of the sum of squares. Of vectors: 1, 2, another number, inf or -inf. Of
            matrices: "fro", 1, inf, 2 (the largest singular value) or "nuc" (the sum of the singular values).
        axis: an axis, or a pair; None: all of them, which with an `ord` must be one or two.
        keepdims: whether the axes stay, of size 1.
    """
    if ord is None:
        return sqrt(sum(square(x), axis=axis, keepdims=keepdims))
    ndim = np.ndim(value_of(x))
    axes = tuple(range(ndim)) if axis is None else tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError(f"[ops.norm] ord is for vectors and matrices: axis must be one axis or two. "
                         f"Received: axis={axis}, an array of {ndim} axes")
    first, second = (one % ndim for one in axes)
    if ord == "fro":
        return sqrt(sum(square(x), axis=axes, keepdims=keepdims))
    if not isinstance(ord, str) and ord in (1, np.inf):
        along, over = (first, second) if ord == 1 else (second, first)
        return _dropped(max(sum(abs(x), axis=along, keepdims=True), axis=over, keepdims=True), axes, keepdims)
    if ord == 2 or ord == "nuc":
        return _dropped(_singular(x, ord, first, second), axes, keepdims)
    raise ValueError(f"[ops.norm] ord of matrices must be None, 'fro', 'nuc', 1, 2 or inf. Received: {ord!r}")


def _vector_norm(x, ord, axis, keepdims):
    if isinstance(ord, str):
        raise ValueError(f"[ops.norm] ord of vectors must be None or a number. Received: {ord!r}")
    if ord == 2:
        return sqrt(sum(square(x), axis=axis, keepdims=keepdims))
    if ord == 1:
        return sum(abs(x), axis=axis, keepdims=keepdims)
    if builtins.abs(ord) == np.inf:
        return (max if ord > 0 else min)(abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return sum(np.asarray(not_equal(x, 0), np.float32), axis=axis, keepdims=keepdims)
    return power(sum(power(abs(x), ord), axis=axis, keepdims=keepdims), np.float32(1 / ord))


def _dropped(x, axes, keepdims):
    return x if keepdims else squeeze(x, axes)


def _singular(x, ord, first, second):
    """The largest singular value, or the sum of all, of the matrices along two axes, which become 1."""
    m = np.moveaxis(np.asarray(value_of(x), np.float32), (first, second), (-2, -1))
    u, s, vt = np.linalg.svd(m, full_matrices=False)
    if ord == 2:
        u, s, vt = u[..., :, :1], s[..., :1], vt[..., :1, :]
    y = np.moveaxis(np.sum(s, axis=-1)[..., None, None], (-2, -1), (first, second))
    return record(y, (x, lambda g: g * np.moveaxis(u @ vt, (-2, -1), (first, second))))


@_operation()
def normalize(x, axis=-1, order=2, epsilon=None):
    """x / norm(x, order) along `axis`; the norm is at least `epsilon` (None: 1e-7)."""
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"[ops.normalize] order must be an integer of 1 or more. Received: {order!r}")
    epsilon = np.float32(1e-7 if epsilon is None else epsilon)
    if np.ndim(value_of(x)) == 0:
        x = expand_dims(x, 0)
    if order == 2:
        return multiply(x, rsqrt(maximum(sum(square(x), axis=axis, keepdims=True), epsilon * epsilon)))
    return divide(x, maximum(norm(x, ord=order, axis=axis, keepdims=True), epsilon))


@_operation()
def cumsum(x, axis=None):
    """The sums up to each element along `axis`."""
    if axis is None:
        return cumsum(reshape(x, (-1,)), axis=0)
    v = np.asarray(value_of(x))
    return record(np.cumsum(v, axis=axis),
                  (x, lambda g: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)))


@_operation()
def argmax(x, axis=None, keepdims=False):
    """Where the largest element is; has no derivative."""
    return np.argmax(value_of(x), axis=axis, keepdims=keepdims)


@_operation()
def argmin(x, axis=None, keepdims=False):
    """Where the smallest element is; has no derivative."""
    return np.argmin(value_of(x), axis=axis, keepdims=keepdims)


@_operation()
def argsort(x, axis=-1):
    """The places of the elements along `axis` in ascending order; has no derivative."""
    return np.argsort(value_of(x), axis=axis, kind="stable")


@_operation()
def any(x, axis=None, keepdims=False):
    """Whether an element along `axis` is not 0; has no derivative."""
    return np.any(value_of(x), axis=axis, keepdims=keepdims)


@_operation()
def all(x, axis=None, keepdims=False):
    """Whether no element along `axis` is 0; has no derivative."""
    return np.all(value_of(x), axis=axis, keepdims=keepdims)


# -- elements in other places --------------------------------------------------------------------------


def _moved(x, move):
    """What `move` makes of the places of the elements."""
    v = np.asarray(value_of(x))
    if not isinstance(x, Traced):
        return move(v)
    places = move(np.arange(v.size).reshape(v.shape))
    return record(v.reshape(-1)[places],
                  (x, lambda g: np.bincount(places.reshape(-1), g.reshape(-1), v.size).reshape(v.shape)))


@_operation()
def broadcast_to(x, shape):
    """Repeated along axes of 1 and new first axes, up to `shape`."""
    return _moved(x, lambda v: np.broadcast_to(v, shape))


@_operation()
def take(x, indices, axis=None):
    """The elements, or the slices along `axis`, at `indices`."""
    indices = np.asarray(value_of(indices))
    return _moved(x, lambda v: np.take(v, indices, axis=axis))


@_operation()
def take_along_axis(x, indices, axis=None):
    """One element for each of `indices`, which says where along `axis`."""
    indices = np.asarray(value_of(indices))

    def move(v):
        if axis is None:
            return np.take_along_axis(v.reshape(-1), indices.reshape(-1), axis=0)
        rest = list(v.shape)  # what is 1 there is repeated
        rest[axis] = indices.shape[axis]
        return np.take_along_axis(v, np.broadcast_to(indices, np.broadcast_shapes(indices.shape, tuple(rest))), axis)

    return _moved(x, move)


@_operation()
def sort(x, axis=-1):
    """The elements along `axis` in ascending order."""
    return take_along_axis(x, argsort(x, axis=axis), axis=axis)


@_operation()
def flip(x, axis=None):
    """In reverse order along `axis`, or along all."""
    return _moved(x, lambda v: np.flip(v, axis))


@_operation()
def repeat(x, repeats, axis=None):
    """Each element, or slice along `axis`, several times."""
    return _moved(x, lambda v: np.repeat(v, repeats, axis=axis))


@_operation()
def tile(x, repeats):
    """The whole array several times along each axis."""
    return _moved(x, lambda v: np.tile(v, repeats))


@_operation()
def swapaxes(x, axis1, axis2):
    """With two axes exchanged."""
    return _moved(x, lambda v: np.swapaxes(v, axis1, axis2))


@_operation()
def moveaxis(x, source, destination):
    """With axes in other places."""
    return _moved(x, lambda v: np.moveaxis(v, source, destination))


@_operation()
def split(x, indices_or_sections, axis=0):
    """A list of parts along `axis`: so many equal ones, or cut at these places."""
    size = np.asarray(value_of(x)).shape[axis]
    count = len(np.split(np.arange(size), indices_or_sections))
    return [_moved(x, lambda v, i=i: np.split(v, indices_or_sections, axis=axis)[i]) for i in range(count)]


@_operation()
def pad(x, pad_width, mode="constant", constant_values=None):
    """With more elements at the ends: 0, `constant_values`, or by `mode` those of the array."""
    if mode != "constant":
        if constant_values is not None:
            raise ValueError(f"[ops.pad] constant_values are for mode='constant'. Received: mode={mode!r}")
        return _moved(x, lambda v: np.pad(v, pad_width, mode=mode))
    v = np.asarray(value_of(x))
    y = np.pad(v, pad_width, constant_values=0 if constant_values is None else constant_values)
    first = np.broadcast_to(np.asarray(pad_width), (v.ndim, 2))[:, 0]
    inside = tuple(slice(begin, begin + size) for begin, size in zip(first, v.shape))
    return record(y, (x, lambda g: g[inside]))


# -- shapes --------------------------------------------------------------------------------------------


@_operation()
def reshape(x, newshape):
    """The same elements under another shape."""
    v = np.asarray(value_of(x))
    return record(np.reshape(v, newshape), (x, lambda g: np.reshape(g, v.shape)))


@_operation()
def expand_dims(x, axis):
    """With one more axis, of size 1."""
    v = np.asarray(value_of(x))
    return record(np.expand_dims(v, axis), (x, lambda g: np.reshape(g, v.shape)))


@_operation()
def squeeze(x, axis=None):
    """Without axes of size 1."""
    v = np.asarray(value_of(x))
    return record(np.squeeze(v, axis), (x, lambda g: np.reshape(g, v.shape)))


@_operation()
def transpose(x, axes=None):
    """With the axes in another order; reversed by default."""
    v = np.asarray(value_of(x))
    back = None if axes is None else np.argsort(axes)
    return record(np.transpose(v, axes), (x, lambda g: np.transpose(g, back)))


@_operation()
def concatenate(xs, axis=0):
    """One array after another, along `axis`."""
    values = [np.asarray(value_of(x)) for x in xs]
    ends = np.cumsum([v.shape[axis] for v in values])[:-1]

    def part(i):
        return lambda g: np.split(g, ends, axis=axis)[i]

    return record(np.concatenate(values, axis=axis), *((x, part(i)) for i, x in enumerate(xs)))


@_operation()
def stack(x, axis=0):
    """Arrays of one shape along a new axis."""
    return concatenate([expand_dims(one, axis) for one in x], axis=axis)


@_operation()
def matmul(x1, x2):
    """The product of matrices."""
    a, b = np.asarray(value_of(x1)), np.asarray(value_of(x2))
    if a.ndim == 1 and b.ndim > 0:
        return squeeze(matmul(expand_dims(x1, 0), x2), -2 if b.ndim > 1 else 0)
    if b.ndim == 1 and a.ndim > 0:
        return squeeze(matmul(x1, expand_dims(x2, -1)), -1)
    return record(np.matmul(a, b), (x1, lambda g: np.matmul(g, np.swapaxes(b, -1, -2))),
                  (x2, lambda g: np.matmul(np.swapaxes(a, -1, -2), g)))


@_operation()
def dot(x1, x2):
    """The product of vectors or matrices; of numbers and arrays, as multiply."""
    a, b = np.ndim(value_of(x1)), np.ndim(value_of(x2))
    if a == 0 or b == 0:
        return multiply(x1, x2)
    if b > 2:
        raise ValueError(f"[ops.dot] x2 must have at most two axes: use matmul. Received: one of {b} axes")
    return matmul(x1, x2)


def _getitem(x, key):
    v = x.value

    def pull(g):
        gradient = np.zeros(v.shape, np.float32)
        np.add.at(gradient, key, g)
        return gradient

    return record(v[key], (x, pull))


# -- of constants --------------------------------------------------------------------------------------


def convert_to_tensor(x, dtype=None):
    """An array; on the tape, and where it is symbolic, it stays."""
    if isinstance(x, Traced) or (isinstance(x, keras_tensor.KerasTensor) and dtype is None):
        return x
    if isinstance(x, keras_tensor.KerasTensor):
        return cast(x, dtype)
    return np.asarray(value_of(x), dtype)


@_operation()
def cast(x, dtype):
    """An array of another type; of a traced one only to float32."""
    if isinstance(x, Traced):
        if np.dtype(dtype) != np.float32:
            raise TypeError(f"[ops.cast] what is differentiated stays float32. Received: dtype={dtype!r}")
        return x
    return np.asarray(x).astype(dtype)


def convert_to_numpy(x):
    """A NumPy array."""
    return np.asarray(x)


def shape(x):
    """The shape, a tuple; None where a KerasTensor leaves it open."""
    if isinstance(x, keras_tensor.KerasTensor):
        return x.shape
    return np.shape(value_of(x))


@_operation()
def zeros_like(x, dtype=None):
    """Zeros of the same shape."""
    return np.zeros_like(value_of(x), dtype)


@_operation()
def ones_like(x, dtype=None):
    """Ones of the same shape."""
    return np.ones_like(value_of(x), dtype)


@_operation()
def one_hot(x, num_classes, axis=-1):
    """1 at each class number, else 0; all 0 for a number that is no class."""
    return np.moveaxis(np.asarray(np.asarray(x)[..., None] == np.arange(num_classes), np.float32), -1, axis)


def size(x):
    """How many elements there are."""
    return np.size(value_of(x))


def ndim(x):
    """How many axes there are."""
    return np.ndim(value_of(x))


def full(shape, fill_value, dtype=None):
    """One value everywhere."""
    return np.full(shape, fill_value, "float32" if dtype is None else dtype)


def zeros(shape, dtype=None):
    """Zeros, float32 by default."""
    return np.zeros(shape, "float32" if dtype is None else dtype)


def ones(shape, dtype=None):
    """Ones, float32 by default."""
    return np.ones(shape, "float32" if dtype is None else dtype)


def arange(start, stop=None, step=1, dtype=None):
    """Numbers from `start` up to `stop`, which is not among them."""
    return np.arange(start, dtype=dtype) if stop is None else np.arange(start, stop, step, dtype=dtype)


# Python's operators on a Traced array.
Traced.__add__ = Traced.__radd__ = lambda self, other: add(self, other)
Traced.__sub__ = lambda self, other: subtract(self, other)
Traced.__rsub__ = lambda self, other: subtract(other, self)
Traced.__mul__ = Traced.__rmul__ = lambda self, other: multiply(self, other)
Traced.__truediv__ = lambda self, other: divide(self, other)
Traced.__rtruediv__ = lambda self, other: divide(other, self)
Traced.__pow__ = lambda self, other: power(self, other)
Traced.__rpow__ = lambda self, other: power(other, self)
Traced.__matmul__ = lambda self, other: matmul(self, other)
Traced.__rmatmul__ = lambda self, other: matmul(other, self)
Traced.__neg__ = lambda self: negative(self)
Traced.__abs__ = lambda self: absolute(self)
Traced.__gt__ = lambda self, other: greater(self, other)
Traced.__ge__ = lambda self, other: greater_equal(self, other)
Traced.__lt__ = lambda self, other: less(self, other)
Traced.__le__ = lambda self, other: less_equal(self, other)
Traced.__eq__ = lambda self, other: equal(self, other)
Traced.__ne__ = lambda self, other: not_equal(self, other)
Traced.__hash__ = object.__hash__
Traced.__getitem__ = _getitem
Traced.__mod__ = lambda self, other: mod(self, other)
Traced.__floordiv__ = lambda self, other: floor_divide(self, other)


def _axes(given):
    return given[0] if len(given) == 1 else given


# NumPy's methods on a Traced array.
Traced.T = property(lambda self: transpose(self))
Traced.sum = lambda self, axis=None, keepdims=False: sum(self, axis, keepdims)
Traced.mean = lambda self, axis=None, keepdims=False: mean(self, axis, keepdims)
Traced.max = lambda self, axis=None, keepdims=False: max(self, axis, keepdims)
Traced.min = lambda self, axis=None, keepdims=False: min(self, axis, keepdims)
Traced.prod = lambda self, axis=None, keepdims=False: prod(self, axis, keepdims)
Traced.var = lambda self, axis=None, keepdims=False: var(self, axis, keepdims)
Traced.std = lambda self, axis=None, keepdims=False: std(self, axis, keepdims)
Traced.reshape = lambda self, *shape: reshape(self, _axes(shape))
Traced.transpose = lambda self, *axes: transpose(self, _axes(axes) if axes else None)
Traced.squeeze = lambda self, axis=None: squeeze(self, axis)
Traced.flatten = Traced.ravel = lambda self: reshape(self, (-1,))
Traced.clip = lambda self, x_min, x_max: clip(self, x_min, x_max)
Traced.dot = lambda self, other: dot(self, other)
Traced.astype = lambda self, dtype: cast(self, dtype)
