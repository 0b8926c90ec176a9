# SPDX-License-Identifier: Apache-2.0
"""Operations on arrays and values. Keras: `keras.ops`.

They are C++ (docs/guides/ops.md). On NumPy arrays, and what becomes one, they give arrays; on a KerasTensor one: a node of
its graph where it is symbolic, else the elements, with their way back where somebody will ask for derivatives.
"""
from keratin import keras_tensor
from keratin.ops import bits, core, decoding, elementwise, indexing, making, nans, nn, products, reductions, series, shapes, sorting
from keratin.ops.bits import *
from keratin.ops.core import *
from keratin.ops.decoding import *
from keratin.ops.elementwise import *
from keratin.ops.indexing import *
from keratin.ops.making import *
from keratin.ops.nans import *
from keratin.ops.nn import *
from keratin.ops.products import *
from keratin.ops.reductions import *
from keratin.ops.series import *
from keratin.ops.shapes import *
from keratin.ops.sorting import *

__all__ = sorted({name for module in (bits, core, decoding, elementwise, indexing, making, nans, nn, products, reductions,
                                              series, shapes, sorting) for name in module.__all__})

keras_tensor.OPERATIONS.update((name, globals()[name]) for name in __all__ if name not in core.__all__)
# NumPy's names for them.
keras_tensor.OPERATIONS.update(remainder=elementwise.mod, rint=elementwise.round, around=elementwise.round)

from keratin.ops import numpy  # noqa: E402, after the rest: the functions that NumPy has too
