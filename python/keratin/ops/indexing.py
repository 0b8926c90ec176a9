# SPDX-License-Identifier: Apache-2.0
"""x[...]: numbers, slices, None, ..., and arrays of places. Keras: `keras.ops.get_item`."""
import numpy as np

from keratin.keras_tensor import KerasTensor, apply, in_pass
from keratin.ops.elementwise import add, cast, mod, multiply, nonzero
from keratin.ops.shapes import reshape
from keratin.ops.shapes import sizes_of as shape
from keratin.ops.sorting import take

__all__ = ["get_item"]

_ALL = slice(None)


def get_item(x, key):
    """x[key], where a key is what NumPy takes: numbers, slices, None, ..., and arrays of places or of bools."""
    x = in_pass(x)
    if not isinstance(x, KerasTensor):
        return np.asarray(x)[key]
    parts = list(key) if isinstance(key, tuple) else [key]
    if not any(_is_array(part) for part in parts):
        return apply("GetItem", [x], {"key": [_entry(part) for part in parts]})
    return _of_arrays(x, _spread(x, parts))


def _is_array(part):
    return isinstance(part, (list, np.ndarray, KerasTensor))


def _entry(part):
    """What stands between the brackets, as a config says it."""
    if part is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(part, slice):
        ends = (None if end is None else end.__index__() for end in (part.start, part.stop, part.step))
        return {"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), ends))}
    return int(part) if isinstance(part, np.integer) else part


def _spread(x, parts):
    """The parts without ..., and with the places where an array of bools holds."""
    result = []
    for part in parts:
        is_bool = _is_array(part) and (part.dtype if isinstance(part, KerasTensor) else np.asarray(part).dtype) == "bool"
        result += nonzero(part) if is_bool else [part]
    at = next((i for i, part in enumerate(result) if part is Ellipsis), len(result))
    missing = len(shape(x)) - sum(part is not None and part is not Ellipsis for part in result)
    return result[:at] + [_ALL] * missing + result[at + 1:]


def _of_arrays(x, parts):
    """First the numbers and slices, then the arrays, whose axes stand beside each other."""
    arrays = [i for i, part in enumerate(parts) if _is_array(part)]
    advanced = [i for i, part in enumerate(parts) if _is_array(part) or isinstance(part, (int, np.integer))]
    if advanced[-1] - advanced[0] + 1 != len(advanced):
        raise NotImplementedError("[ops.get_item] arrays of places must stand beside each other, and beside numbers: "
                                  "use ops.take along one axis after another.")
    plain = [_ALL if i in arrays else part for i, part in enumerate(parts)]
    x = apply("GetItem", [x], {"key": [_entry(part) for part in plain]})
    axis = sum(not isinstance(part, (int, np.integer)) for part in parts[:arrays[0]])
    sizes = shape(x)
    places = parts[arrays[0]] if isinstance(parts[arrays[0]], KerasTensor) else np.asarray(parts[arrays[0]], np.int64)
    if len(arrays) == 1:
        return take(x, places, axis)
    places = mod(places, sizes[axis])
    for more, i in enumerate(arrays[1:], axis + 1):
        part = parts[i] if isinstance(parts[i], KerasTensor) else np.asarray(parts[i], np.int64)
        places = add(multiply(places, sizes[more]), mod(part, sizes[more]))
    merged = reshape(x, (*sizes[:axis], -1, *sizes[axis + len(arrays):]))
    return take(merged, cast(places, "int32"), axis)
