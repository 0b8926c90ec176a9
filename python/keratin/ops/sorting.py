# SPDX-License-Identifier: Apache-2.0
"""In order, and by places: sorting, taking, scattering. Keras: `keras.ops.numpy`, `keras.ops.math`, `keras.ops.core`."""
import numpy as np

from keratin._arguments import plain
from keratin.keras_tensor import KerasTensor, apply, is_symbolic
from keratin.ops.elementwise import (add, cast, clip, divide, equal, floor_divide, less, logical_not, mod, where)
from keratin.ops.shapes import expand_dims, ravel
from keratin.ops.shapes import sizes_of as shape_of

__all__ = ["argpartition", "argsort", "digitize", "in_top_k", "isin", "median", "nanmedian", "nanpercentile", "nanquantile",
           "percentile", "quantile", "scatter", "scatter_update", "searchsorted", "segment_max", "segment_sum", "sort", "take",
           "take_along_axis", "top_k", "unravel_index"]


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
    found = apply("SearchSorted", (sorted_sequence, values), {"side": side})
    return cast(found, "int64") if shape_of(sorted_sequence)[0] is None else found  # as Keras says of it


def digitize(x, bins):
    """Which of the intervals between the sorted `bins` each element is in."""
    return apply("Digitize", (x, bins))


def median(x, axis=None, keepdims=False):
    """The middle element along `axis`, or several, or of all (None): the mean of two where their number is even."""
    return apply("Median", (x,), {"axis": axis, "keepdims": keepdims})


def nanmedian(x, axis=None, keepdims=False):
    """The middle element along `axis`, or several, or of all (None), without NaN."""
    return apply("Nanmedian", (x,), {"axis": axis, "keepdims": keepdims})


def quantile(x, q, axis=None, method="linear", keepdims=False):
    """The element below which the part q, of 0 to 1, of them lies.

    Args:
        x: an array.
        q: a number, or a vector: then the results for each stand along a new first axis.
        axis: along which, one or several; None: of all.
        method: what it is where q falls between two: "linear", "lower", "higher", "midpoint" or "nearest".
        keepdims: whether the axes stay, of size 1.
    """
    return apply("Quantile", (x, _parts(q)), {"axis": axis, "method": method, "keepdims": keepdims})


def nanquantile(x, q, axis=None, method="linear", keepdims=False):
    """As quantile, without NaN."""
    return apply("Nanquantile", (x, _parts(q)), {"axis": axis, "method": method, "keepdims": keepdims})


def percentile(x, q, axis=None, method="linear", keepdims=False):
    """As quantile, with q from 0 to 100."""
    return quantile(x, divide(_parts(q), 100.0), axis, method, keepdims)


def nanpercentile(x, q, axis=None, method="linear", keepdims=False):
    """As percentile, without NaN."""
    return nanquantile(x, divide(_parts(q), 100.0), axis, method, keepdims)


def _parts(q):
    return q if isinstance(q, KerasTensor) else np.asarray(q, np.float32)


def argpartition(x, kth, axis=-1):
    """The places of the elements along `axis` (None: in the flat array), so that the one at `kth` is where it is in ascending
    order, with no larger one before it and no smaller one behind."""
    if not isinstance(kth, int):
        raise ValueError(f"kth must be an integer. Received: kth={kth}")
    found = argsort(x, axis)
    size = shape_of(found)[-1 if axis is None else axis]
    if not is_symbolic([x]) and not -size <= kth < size:
        raise ValueError(f"kth must be a place of the axis, which has {size}. Received: kth={kth}")
    return found


def unravel_index(indices, shape):
    """Where places of a flat array are in one of that shape: an array an axis. Those outside are the nearest."""
    count = int(np.prod(shape))
    places = indices if isinstance(indices, KerasTensor) else np.asarray(indices)
    places = clip(where(less(places, 0), add(places, count), places), 0, max(count - 1, 0))
    found = []
    for size in reversed(shape):
        found.append(mod(places, size))
        places = floor_divide(places, size)
    return found[::-1]


def isin(x1, x2, assume_unique=False, invert=False):
    """Whether each element of x1 is one of x2; `invert`: whether it is none. `assume_unique` is for programs that say it."""
    found = apply("Any", (equal(expand_dims(x1, -1), ravel(x2)),), {"axis": -1, "keepdims": False})
    return logical_not(found) if invert else found


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
