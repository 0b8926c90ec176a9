# SPDX-License-Identifier: Apache-2.0
"""The functions that NumPy has too. Keras: `keras.ops.numpy`."""
from keratin.ops import bits, elementwise, indexing, making, nans, products, reductions, series, shapes, sorting
from keratin.ops.bits import *
from keratin.ops.core import array
from keratin.ops.elementwise import *
from keratin.ops.indexing import *
from keratin.ops.making import *
from keratin.ops.nans import *
from keratin.ops.products import *
from keratin.ops.reductions import *
from keratin.ops.series import *
from keratin.ops.shapes import *
from keratin.ops.sorting import *

_ELSEWHERE = {"cast", "erf", "erfc", "erfinv", "in_top_k", "logsumexp", "moments", "norm", "rsqrt", "saturate_cast", "scatter",
              "scatter_update", "segment_max", "segment_sum", "shape", "slice", "slice_update", "squared_difference",
              "stop_gradient", "top_k", "unstack"}  # in Keras's nn, math, linalg and core

__all__ = sorted({"array"} | {name for module in (bits, elementwise, indexing, making, nans, products, reductions, series,
                                                          shapes, sorting) for name in module.__all__} - _ELSEWHERE)
