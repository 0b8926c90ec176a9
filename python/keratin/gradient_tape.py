# SPDX-License-Identifier: Apache-2.0
"""Derivatives in a loop of one's own, in TensorFlow's words."""
import numpy as np

from keratin import _core
from keratin._structure import flatten, pack_as
from keratin.keras_tensor import KerasTensor
from keratin.variables import Variable


class IndexedSlices:
    """The gradient of a table: rows, and where they belong. Every other row is 0.

    Args:
        values: (n, D) float32.
        indices: n row numbers, ascending, each once.
        dense_shape: the shape of the table.
    """

    def __init__(self, values, indices, dense_shape):
        self.values, self.indices, self.dense_shape = values, indices, tuple(dense_shape)

    shape = property(lambda self: self.dense_shape)
    dtype = property(lambda self: self.values.dtype)

    def __array__(self, dtype=None, copy=None):
        dense = np.zeros(self.dense_shape, np.float32)
        dense[self.indices] = self.values
        return dense if dtype is None else dense.astype(dtype, copy=False)

    def __mul__(self, factor):
        return IndexedSlices(self.values * np.float32(factor), self.indices, self.dense_shape)

    __rmul__ = __mul__

    def __truediv__(self, divisor):
        return self * (1 / divisor)

    def __repr__(self):
        return f"IndexedSlices(values={self.values!r}, indices={self.indices!r}, dense_shape={self.dense_shape})"


class GradientTape:
    """Records what layers, models, losses and `keratin.ops` do under it, and gives derivatives.

    Under it they return `keratin.KerasTensor`. It can be asked once. Weights are watched by themselves.

    Example:

    >>> with keratin.GradientTape() as tape:
    ...     loss = loss_fn(y, model(x, training=True))
    >>> gradients = tape.gradient(loss, model.trainable_variables)
    >>> optimizer.apply(gradients, model.trainable_variables)

    Args:
        persistent: False: a tape can be asked once.
        watch_accessed_variables: True: weights are watched by themselves.
    """

    def __init__(self, persistent=False, watch_accessed_variables=True):
        if persistent or not watch_accessed_variables:
            raise ValueError("[GradientTape] a tape is asked once, and watches the weights that are read under it: persistent "
                             "must be False and watch_accessed_variables True.")
        self._recording = None

    persistent = property(lambda self: False)
    watch_accessed_variables = property(lambda self: True)

    def __enter__(self):
        if self._recording is not None:
            raise ValueError("[GradientTape] a tape records once: make another one.")
        self._recording = _core.Recording(False)
        self._recording.enter()
        return self

    def __exit__(self, kind, error, traceback):
        self._recording.exit()
        if kind is None:
            self._recording.commit()

    def watch(self, tensor):
        """Lets the derivative by an array be asked for.

        Args:
            tensor: an array, or a KerasTensor, which is watched from here on.

        Returns:
            The KerasTensor to go on with.
        """
        if self._recording is None:
            raise ValueError("[GradientTape] watch is for what runs under the tape: `with keratin.GradientTape() as tape:`.")
        if isinstance(tensor, Variable):
            return tensor
        value = KerasTensor._of(_core.operand(tensor)) if not isinstance(tensor, KerasTensor) else tensor
        value._core = self._recording.watch(value.numpy())
        return value

    def gradient(self, target, sources, output_gradients=None, unconnected_gradients="none"):
        """The derivatives of `target` by `sources`.

        Args:
            target: what came out under the tape, a KerasTensor; where it is no single number, its sum.
            sources: a Variable or watched KerasTensor, or a list or dict of them.
            output_gradients: the derivative by `target` to begin with; None: ones.
            unconnected_gradients: what is given by what has no part in the target: "none", None, or "zero".

        Returns:
            Arrays in the structure of `sources`; `IndexedSlices` for a table of which rows were looked up.
        """
        if self._recording is None:
            raise ValueError("[GradientTape] nothing was recorded: `with keratin.GradientTape() as tape:`.")
        if unconnected_gradients not in ("none", "zero"):
            raise ValueError(f"[GradientTape] unconnected_gradients must be 'none' or 'zero'. Received: {unconnected_gradients!r}")
        if not isinstance(target, KerasTensor):
            raise TypeError(f"[GradientTape] target must be what came out under the tape, a KerasTensor. Received: {target!r}")
        leaves = flatten(sources)
        wrong = next((leaf for leaf in leaves if not isinstance(leaf, (Variable, KerasTensor))), None)
        if wrong is not None:
            raise TypeError(f"[GradientTape] sources must be Variables, or what watch returned. Received: {wrong!r}")
        cores = [leaf._core for leaf in leaves]
        asked = [core for core in cores if isinstance(core, (_core.Variable, _core.Value))]
        found = iter(self._recording.gradients(target._core, output_gradients, asked))
        result = []
        for leaf, core in zip(leaves, cores):
            gradient = next(found) if isinstance(core, (_core.Variable, _core.Value)) else None
            if isinstance(gradient, tuple):
                gradient = IndexedSlices(gradient[1], gradient[0], leaf.shape)
            if gradient is None and unconnected_gradients == "zero":
                gradient = np.zeros(leaf.shape, np.float32)
            result.append(gradient)
        return pack_as(sources, result)
