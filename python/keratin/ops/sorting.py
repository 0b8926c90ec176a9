# SPDX-License-Identifier: Apache-2.0
"""In order, and by places: sorting, taking, scattering. Keras: `keras.ops.numpy`, `keras.ops.math`, `keras.ops.core`."""
import numpy as np

from keratin.keras_tensor import KerasTensor, apply
from keratin.ops._options import plain
from keratin.ops.elementwise import add, divide
from keratin.ops.shapes import expand_dims, ndim, ravel, reshape
from keratin.ops.shapes import shape as shape_of

__all__ = ["argsort", "digitize", "in_top_k", "median", "scatter", "scatter_update", "searchsorted", "segment_max",
           "segment_sum", "sort", "take", "take_along_axis", "top_k"]


def sort(x, axis=-1):
    """The elements along `axis` in ascending order; None: of the flat array."""
    return apply("Sort", (x,), {"axis": axis})


def argsort(x, axis=-1):
    """The places of the elements along `axis` in ascending order; None: in the flat array."""
    return apply("Argsort", (x,), {"axis": axis})


def top_k(x, k, sorted=True, is_stable=True):
    """The `k` largest elements of the last axis in descending order, and their places: two arrays."""
    return tuple(apply("TopK", (x,), {"k": k, "sorted": sorted, "is_stable": is_stable}))


def in_top_k(targets, predictions, k):
    """Whether the class `targets` is among the `k` most likely of each row of `predictions`."""
    return apply("InTopK", (targets, predictions), {"k": k})


def searchsorted(sorted_sequence, values, side="left"):
    """Where `values` would stand in a sorted vector."""
    return apply("SearchSorted", (sorted_sequence, values), {"side": side})


def digitize(x, bins):
    """Which of the intervals between the sorted `bins` each element is in."""
    return apply("Digitize", (x, bins))


def median(x, axis=None, keepdims=False):
    """The middle element along `axis` (one axis, or None: all), the mean of two where their number is even."""
    rank = ndim(x)
    values = sort(ravel(x) if axis is None else x, 0 if axis is None else axis)
    count = shape_of(values)[0 if axis is None else axis]
    low, high = (take(values, place, 0 if axis is None else axis) for place in ((count - 1) // 2, count // 2))
    found = divide(add(low, high), 2.0)
    if not keepdims:
        return found
    return reshape(found, (1,) * rank) if axis is None else expand_dims(found, axis)


def take(x, indices, axis=None):
    """The elements of the flat array, or the slices along `axis`, at `indices`."""
    return apply("Take", (x, np.int32(indices) if isinstance(indices, int) else indices), {"axis": axis})


def take_along_axis(x, indices, axis=None):
    """One element for each of `indices`, which says where along `axis`."""
    return apply("TakeAlongAxis", (x, indices), {"axis": axis})


def scatter(indices, values, shape):
    """Zeros of that shape, to which `values` are added at `indices`."""
    return apply("Scatter", (indices, values), {"shape": plain(shape)})


def scatter_update(inputs, indices, updates, reduction=None):
    """With `updates` at `indices`: in place of what was there, or by `reduction`, "add", "max", "min" or "mul"."""
    return apply("ScatterUpdate", (inputs, indices, updates), {"reduction": reduction})


def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    """The sums of the slices of each segment."""
    return apply("SegmentSum", (data, segment_ids), _segments(segment_ids, num_segments, sorted))


def segment_max(data, segment_ids, num_segments=None, sorted=False):
    """The largest elements of the slices of each segment; of none, the smallest number."""
    return apply("SegmentMax", (data, segment_ids), _segments(segment_ids, num_segments, sorted))


def _segments(segment_ids, num_segments, sorted):
    if num_segments is None and not (isinstance(segment_ids, KerasTensor) and segment_ids._core.is_symbolic):
        ids = segment_ids.numpy() if isinstance(segment_ids, KerasTensor) else np.asarray(segment_ids)
        num_segments = int(ids.max()) + 1 if ids.size else 0
    return {"num_segments": num_segments, "sorted": sorted}
