# SPDX-License-Identifier: Apache-2.0
"""The same elements in other places and shapes; arrays put together and cut. Keras: `keras.ops.numpy`, `keras.ops.core`."""
import numpy as np

from keratin._arguments import plain
from keratin.keras_tensor import KerasTensor, apply, asked, is_symbolic
from keratin.ops._options import several
from keratin.ops.elementwise import add, equal, where

__all__ = ["append", "array_split", "broadcast_to", "concatenate", "column_stack", "diag", "diagflat", "diagonal", "dsplit", "dstack", "expand_dims",
           "flip", "fliplr", "flipud", "hsplit", "hstack", "meshgrid", "moveaxis", "ndim", "pad", "ravel", "repeat",
           "reshape", "roll", "rot90", "shape", "size", "slice", "slice_update", "split", "squeeze", "stack", "swapaxes", "tile",
           "transpose", "tril", "triu", "unstack", "vsplit", "vstack"]


def shape(x):
    """The shape, a tuple; None where a KerasTensor leaves it open."""
    sizes = sizes_of(x)
    asked.open_size = asked.open_size or None in sizes
    return sizes


def sizes_of(x):
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def ndim(x):
    """How many axes there are."""
    return len(sizes_of(x))


def from_first(axis, x, operation):
    """An axis of x, counted from the first."""
    if not -ndim(x) <= axis < ndim(x):
        raise ValueError(f"[ops.{operation}] axis must be one of an array of {ndim(x)} axes. Received: {axis}")
    return axis % ndim(x)


def size(x):
    """How many elements there are; None where a KerasTensor leaves it open."""
    return x.size if isinstance(x, KerasTensor) else np.size(x)


def reshape(x, newshape):
    """The same elements under another shape, of which one size may be -1: what is left."""
    newshape = plain(newshape)
    sizes = [newshape] if isinstance(newshape, (int, np.integer)) else newshape
    return apply("Reshape", (x,), {"newshape": tuple(-1 if one is None else one for one in sizes)})


def ravel(x):
    """With one axis."""
    return apply("Ravel", (x,))


def expand_dims(x, axis):
    """With one more axis, of size 1; with several, one each."""
    return apply("ExpandDims", (x,), {"axis": axis})


def squeeze(x, axis=None):
    """Without axes of size 1: these, or all."""
    return apply("Squeeze", (x,), {"axis": axis})


def transpose(x, axes=None):
    """With the axes in another order; reversed by default."""
    return apply("Transpose", (x,), {"axes": plain(axes)})


def swapaxes(x, axis1, axis2):
    """With two axes exchanged."""
    return apply("Swapaxes", (x,), {"axis1": axis1, "axis2": axis2})


def moveaxis(x, source, destination):
    """With axes in other places."""
    return apply("Moveaxis", (x,), {"source": source, "destination": destination})


def broadcast_to(x, shape):
    """Repeated along axes of 1 and new first axes, up to `shape`."""
    return apply("BroadcastTo", (x,), {"shape": plain(shape)})


def flip(x, axis=None):
    """In reverse order along `axis`, or along all."""
    return apply("Flip", (x,), {"axis": axis})


def flipud(x):
    """In reverse order along the first axis."""
    return flip(x, 0)


def fliplr(x):
    """In reverse order along the second axis."""
    return flip(x, 1)


def rot90(array, k=1, axes=(0, 1)):
    """Turned `k` times by a right angle in the plane of two axes, from the first to the second."""
    if ndim(array) < 2:
        raise ValueError(f"Input array must have at least 2 dimensions. Received: array.shape={shape(array)}")
    places = dict.fromkeys(from_first(one, array, "rot90") for one in axes)
    if len(axes) != 2 or len(places) != 2:
        raise ValueError(f"Invalid axes: {axes}. Axes must be a tuple of two different dimensions.")
    first, second = places
    if k % 4 == 0:
        return array
    if k % 4 == 2:
        return flip(array, (first, second))
    return swapaxes(flip(array, second), first, second) if k % 4 == 1 else flip(swapaxes(array, first, second), second)


def diagonal(x, offset=0, axis1=0, axis2=1):
    """The diagonal of two axes, which becomes the last one."""
    return apply("Diagonal", (x,), {"offset": offset, "axis1": axis1, "axis2": axis2})


def diag(x, k=0):
    """Of a matrix the diagonal `k`; of a vector the matrix that has it there, else 0."""
    if ndim(x) not in (1, 2):
        raise ValueError(f"`x` must be 1-D or 2-D, but received shape {shape(x)}.")
    return diagflat(x, k) if ndim(x) == 1 else diagonal(x, k)


def diagflat(x, k=0):
    """The matrix that has all elements on the diagonal `k`, else 0."""
    more = ((0, k if k > 0 else -k),)
    line = pad(ravel(x), more)
    place = apply("Cumsum", (apply("OnesLike", (line,), {"dtype": "int32"}),), {"axis": 0, "dtype": None})
    row, column = expand_dims(place, 1), expand_dims(place, 0)
    on_it = equal(add(row, np.int32(k)), column)
    return where(on_it, expand_dims(line, 1 if k >= 0 else 0), apply("ZerosLike", (line,), {"dtype": None}))


def tril(x, k=0):
    """With 0 above the diagonal `k`."""
    return apply("Tril", (x,), {"k": k})


def triu(x, k=0):
    """With 0 below the diagonal `k`."""
    return apply("Triu", (x,), {"k": k})


def slice(inputs, start_indices, shape):
    """The block of that shape that begins there; -1: all that is behind."""
    return apply("Slice", (inputs,), {"start_indices": plain(start_indices), "shape": plain(shape)})


def slice_update(inputs, start_indices, updates):
    """With the block `updates` in place of what is there."""
    return apply("SliceUpdate", (inputs, updates), {"start_indices": plain(start_indices)})


# -- put together --------------------------------------------------------------------------------------


def concatenate(xs, axis=0):
    """One array after another, along `axis`; None: flat ones, of arrays alone."""
    if axis is None:
        if is_symbolic(list(xs)):
            raise ValueError("[ops.concatenate] axis=None is for arrays: on a symbolic value give the axis.")
        return apply("Concatenate", [ravel(x) for x in xs], {"axis": 0})
    return apply("Concatenate", list(xs), {"axis": axis})


def stack(x, axis=0):
    """Arrays of one shape along a new axis."""
    return apply("Stack", list(x), {"axis": axis})


def _at_least(x, axes):
    """x with so many axes: what NumPy's atleast_1d, atleast_2d and atleast_3d do."""
    while ndim(x) < axes:
        x = expand_dims(x, -1 if ndim(x) == 2 else 0)
    return x


def hstack(xs):
    """One array after another, along the second axis, or the only one."""
    xs = [_at_least(x, 1) for x in xs]
    return concatenate(xs, 0 if ndim(xs[0]) == 1 else 1)


def vstack(xs):
    """One array below another, along the first axis."""
    return concatenate([_at_least(x, 2) for x in xs], 0)


def dstack(xs):
    """One array behind another, along the third axis."""
    return concatenate([_at_least(x, 3) for x in xs], 2)


def column_stack(xs):
    """Vectors as the columns of a matrix; matrices beside each other."""
    return concatenate([expand_dims(x, 1) if ndim(x) == 1 else x for x in xs], 1)


def append(x1, x2, axis=None):
    """One array after another, along `axis`; None: flat ones."""
    return concatenate([ravel(x1), ravel(x2)] if axis is None else [x1, x2], 0 if axis is None else axis)


def meshgrid(*x, indexing="xy"):
    """The coordinates of a grid, an array for each vector: "xy", the second one counts rows, or "ij"."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"[ops.meshgrid] indexing must be 'xy' or 'ij'. Received: {indexing!r}")
    vectors = [ravel(one) for one in x]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        order[:2] = [1, 0]
    sizes = [0] * len(vectors)
    for one, place in zip(vectors, order):
        sizes[place] = shape(one)[0]
    vectors = [reshape(one, [-1 if i == place else 1 for i in range(len(vectors))]) for one, place in zip(vectors, order)]
    if None not in sizes:
        return [broadcast_to(one, sizes) for one in vectors]
    anywhere = equal(vectors[0], vectors[0])  # whatever it says: it takes the shape that the model finds
    for one in vectors[1:]:
        anywhere = equal(anywhere, equal(one, one))
    return [where(anywhere, one, one) for one in vectors]


# -- cut -----------------------------------------------------------------------------------------------


def split(x, indices_or_sections, axis=0):
    """A list of parts along `axis`: so many equal ones, or cut at these places."""
    return several(apply("Split", (x,), {"indices_or_sections": plain(indices_or_sections), "axis": axis}))


def array_split(x, indices_or_sections, axis=0):
    """The same; so many parts need not be equal: the first ones are larger by one."""
    return several(apply("ArraySplit", (x,), {"indices_or_sections": plain(indices_or_sections), "axis": axis}))


def hsplit(x, indices_or_sections):
    """A list of parts along the second axis, or the only one."""
    return split(x, indices_or_sections, 0 if ndim(x) == 1 else 1)


def vsplit(x, indices_or_sections):
    """A list of parts along the first axis."""
    return split(x, indices_or_sections, 0)


def dsplit(x, indices_or_sections):
    """A list of parts along the third axis."""
    return split(x, indices_or_sections, 2)


def unstack(x, num=None, axis=0):
    """A list of what is at each place of `axis`, without it; `num`: how many, where the shape does not say."""
    return several(apply("Unstack", (x,), {"num": num, "axis": axis}))


# -- repeated ------------------------------------------------------------------------------------------


def repeat(x, repeats, axis=None):
    """Each element, or slice along `axis`, several times: one number, or one for each."""
    return apply("Repeat", (x,), {"repeats": plain(repeats), "axis": axis})


def tile(x, repeats):
    """The whole array several times along each axis."""
    return apply("Tile", (x,), {"repeats": plain(repeats)})


def roll(x, shift, axis=None):
    """Moved along `axis`, or as a flat array, so that what leaves comes back at the other end."""
    return apply("Roll", (x,), {"shift": plain(shift), "axis": axis})


def pad(x, pad_width, mode="constant", constant_values=None):
    """With more elements at the ends: 0, `constant_values`, or by `mode` ("reflect", "symmetric", "edge") its own."""
    if mode != "constant" and constant_values is not None:
        raise ValueError("Argument `constant_values` can only be provided when `mode == 'constant'`. "
                         f"Received: mode={mode}")
    return apply("Pad", (x,), {"pad_width": plain(pad_width), "mode": mode,
                               "constant_values": 0 if constant_values is None else plain(constant_values)})
