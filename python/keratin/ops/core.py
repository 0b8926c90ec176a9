# SPDX-License-Identifier: Apache-2.0
"""Arrays and values, and functions of functions. Keras: `keras.ops.core`.

Values have their elements when they are computed with, so `cond` and the loops are `if` and `for`. What is symbolic has
none yet: there they are an error.
"""
import functools

import numpy as np

from keratin import _core
from keratin.keras_tensor import KerasTensor, in_pass
from keratin.ops._options import dtype_name, kind_of
from keratin.ops.elementwise import cast, copy
from keratin.ops.shapes import moveaxis, stack
from keratin.ops.shapes import sizes_of as shape

__all__ = ["array", "associative_scan", "cond", "convert_to_numpy", "convert_to_tensor", "custom_gradient", "dtype", "fori_loop",
           "is_tensor", "map", "scan", "switch", "vectorized_map", "while_loop"]


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """An array, floats as float32; a KerasTensor stays one. `sparse` and `ragged`: not True."""
    if sparse or ragged:
        raise ValueError("[ops.convert_to_tensor] there are no sparse and no ragged arrays.")
    if isinstance(x, KerasTensor):
        return x if dtype is None or dtype_name(dtype) == x.dtype else cast(x, dtype)
    if isinstance(getattr(x, "_core", None), _core.Variable):
        return copy(x) if dtype is None else cast(x, dtype)
    if isinstance(x, (list, tuple)) and any(isinstance(one, KerasTensor) for one in x):
        return stack([convert_to_tensor(one, dtype) for one in x])
    array = np.asarray(x, dtype_name(dtype))
    return array.astype(np.float32) if dtype is None and array.dtype == np.float64 else array


def array(x, dtype=None):
    """An array of that type: as convert_to_tensor."""
    return convert_to_tensor(x, dtype)


def convert_to_numpy(x):
    """A NumPy array; of a value that is differentiated too, whose derivative ends there."""
    return x.numpy() if isinstance(x, KerasTensor) else np.asarray(x)


def is_tensor(x):
    """Whether it is an array or a KerasTensor."""
    return isinstance(x, (np.ndarray, np.generic, KerasTensor))


def dtype(x):
    """The name of the type of the elements."""
    return kind_of(x)


def cond(pred, true_fn, false_fn):
    """What true_fn() gives where `pred`, else what false_fn() gives. The other is not called."""
    return true_fn() if _number(pred, "cond", "pred") else false_fn()


def switch(index, branches, *operands):
    """What branches[index](*operands) gives; an index beyond the ends is the nearest."""
    index = int(_number(index, "switch", "index"))
    return branches[max(0, min(index, len(branches) - 1))](*operands)


def fori_loop(lower, upper, body_fun, init_val):
    """`init_val`, after body_fun(i, value) for each i from `lower` up to `upper`."""
    for i in range(int(_number(lower, "fori_loop", "lower")), int(_number(upper, "fori_loop", "upper"))):
        init_val = body_fun(i, init_val)
    return init_val


def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """`loop_vars` after body(*loop_vars), as long as cond(*loop_vars), at most so many times."""
    several = isinstance(loop_vars, (list, tuple))
    values, count = tuple(loop_vars) if several else (loop_vars,), 0
    while (maximum_iterations is None or count < maximum_iterations) and _number(cond(*values), "while_loop", "cond"):
        found = body(*values)
        values, count = tuple(found) if isinstance(found, (list, tuple)) else (found,), count + 1
    return type(loop_vars)(values) if several else values[0]


def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """The last carry and the stacked results of carry, y = f(carry, x) for each x of the first axis of `xs`."""
    leaves = _leaves(xs)
    count = int(length) if not leaves else _length(leaves[0])
    if length is not None and length != count:
        raise ValueError(f"[ops.scan] length must be that of xs, {count}. Received: {length}")
    results = []
    for i in reversed(range(count)) if reverse else range(count):
        init, y = f(init, _mapped(lambda x: x[i], xs))
        results.append(y)
    results = results[::-1] if reverse else results
    return init, _mapped(lambda *ys: stack(ys), *results) if results else None


def associative_scan(f, elems, reverse=False, axis=0):
    """The results of f, which may be associated as one likes, up to each place of `axis`."""
    if not callable(f):
        raise ValueError(f"Argument `f` must be a callable. Received: f={f}")
    sizes = {shape(x)[axis] for x in _leaves(elems)}
    if len(sizes) != 1:
        raise ValueError("Array inputs to associative_scan must have the same first dimension. (saw: "
                         f"{[shape(x) for x in _leaves(elems)]})")
    elems = _mapped(lambda x: moveaxis(x, axis, 0), elems)
    places = range(_length(_leaves(elems)[0]))
    done = []
    for i in reversed(places) if reverse else places:
        one = _mapped(lambda x: x[i], elems)
        done.append(f(done[-1], one) if done else one)
    return _mapped(lambda *ys: stack(ys, axis), *(done[::-1] if reverse else done))


def map(f, xs):
    """The stacked results of f(x) for each x of the first axis of `xs`."""
    return scan(lambda _, x: (None, f(x)), None, xs)[1]


def vectorized_map(function, elements):
    """The stacked results of function(x) for each x of the first axis of `elements`."""
    return map(function, elements)


def custom_gradient(f):
    """A function whose way back is written by hand: `f` returns its result, and a function from `upstream`, the
    derivative by the result, to those by its arguments (one, or as many as there are)."""
    @functools.wraps(f)
    def function(*args, **kwargs):
        args = [in_pass(x) for x in args]
        reads = [x for x in args if isinstance(x, KerasTensor)]
        plain = [convert_to_numpy(x) if isinstance(x, KerasTensor) else x for x in args]
        result, pullback = f(*plain, **kwargs)
        if not reads:
            return result
        places = [i for i, x in enumerate(args) if isinstance(x, KerasTensor)]

        def back(slopes):
            found = pullback(slopes[0])
            found = list(found) if isinstance(found, (list, tuple)) else [found]
            return [found[place] for place in places]

        return KerasTensor._of(_core.differentiable([convert_to_numpy(result)], [x._core for x in reads], back)[0])

    return function


def _number(x, function, argument):
    """What decides on what is computed."""
    if isinstance(x, KerasTensor):
        if x._core.is_symbolic:
            raise TypeError(f"[ops.{function}] {argument} is symbolic: it has no elements to go by before the model runs. "
                            "ops.where chooses element by element.")
        x = x.numpy()
    return np.asarray(x)[()]


def _length(x):
    length = shape(x)[0]
    if length is None:
        raise TypeError("[ops.scan] the first axis is open: how often there is something to do is not known.")
    return length


def _leaves(structure):
    if isinstance(structure, dict):
        structure = list(structure.values())
    if isinstance(structure, (list, tuple)):
        return [leaf for one in structure for leaf in _leaves(one)]
    return [] if structure is None else [structure]


def _mapped(function, *structures):
    """`function` of the arrays at the same place of structures: tuples, lists and dicts of arrays."""
    first = structures[0]
    if isinstance(first, dict):
        return {name: _mapped(function, *(one[name] for one in structures)) for name in first}
    if isinstance(first, (list, tuple)):
        found = [_mapped(function, *parts) for parts in zip(*structures)]
        return type(first)(*found) if hasattr(first, "_fields") else type(first)(found)
    return None if first is None else function(*structures)
