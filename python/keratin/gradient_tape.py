# SPDX-License-Identifier: Apache-2.0
"""Derivatives in a loop of one's own, in TensorFlow's words."""
import threading

import numpy as np

from keratin import _core
from keratin._refusal import shown
from keratin._structure import flatten, map_structure, pack_as
from keratin.keras_tensor import KerasTensor
from keratin.variables import Variable


class IndexedSlices(np.lib.mixins.NDArrayOperatorsMixin):
    """The gradient of a table: rows, and where they belong. Every other row is 0. Times a number, or divided by one, it stays
    rows; in any other arithmetic it is a dense array.

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

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method == "__call__" and not kwargs and ufunc in (np.multiply, np.true_divide):
            first, second = inputs[::-1] if inputs[1] is self and ufunc is np.multiply else inputs
            if first is self and np.ndim(second) == 0:
                return IndexedSlices(ufunc(self.values, np.float32(second)), self.indices, self.dense_shape)
        return getattr(ufunc, method)(*(np.asarray(x) if isinstance(x, IndexedSlices) else x for x in inputs), **kwargs)

    @staticmethod
    def _from(gradient, variable):
        """What C++ gives as a gradient: an array, None, or a pair of ids and rows."""
        return IndexedSlices(gradient[1], gradient[0], variable.shape) if isinstance(gradient, tuple) else gradient

    def __repr__(self):
        return f"IndexedSlices(values={self.values!r}, indices={self.indices!r}, dense_shape={self.dense_shape})"


class GradientTape:
    """Records what layers, models, losses and `keratin.ops` do under it, and gives derivatives.

    Under it they return `keratin.KerasTensor`. It can be asked once, unless it is persistent. Weights are watched by
    themselves. Tapes may stand one in another, as for the two losses of two models that play against each other. What
    they give are arrays: there is no derivative of a derivative.

    Example:

    >>> with keratin.GradientTape() as tape:
    ...     loss = loss_fn(y, model(x, training=True))
    >>> gradients = tape.gradient(loss, model.trainable_variables)
    >>> optimizer.apply(gradients, model.trainable_variables)

    Args:
        persistent: True: it can be asked any number of times, and keeps what it recorded until it is gone.
        watch_accessed_variables: False: only the weights that `watch` was given have gradients.
    """

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self.persistent, self.watch_accessed_variables = bool(persistent), bool(watch_accessed_variables)
        self._recording, self._since = None, 0  # how much of the recording is from before this tape
        self._is_asked = False
        self._watched = []  # weights

    def __enter__(self):
        if self._recording is not None:
            raise ValueError("[GradientTape] a tape records once: make another one.")
        outer = next((tape._recording for tape in _here.tapes if tape._recording.is_current), None)
        if outer is not None:
            self._recording, self._since = outer, outer.share()
        else:
            self._recording = _core.Recording(False, self.persistent)
            self._recording.enter()
        self._is_outermost = outer is None
        _here.tapes.append(self)
        return self

    def __exit__(self, kind, error, traceback):
        _here.tapes.remove(self)
        if self._is_outermost:
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
        if self not in _here.tapes:
            raise ValueError("[GradientTape] watch came too late: what is behind the `with` is not recorded.")
        if isinstance(tensor, Variable):
            self._watched.append(tensor)
            return tensor
        value = KerasTensor._of(_core.operand(tensor)) if not isinstance(tensor, KerasTensor) else tensor
        if not value._core.is_recorded and not value._core.is_symbolic:  # else it is known, with what it came from
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
        if any(tape is not self for tape in _here.tapes) or (_core.is_recording() and self not in _here.tapes) or (
                self.persistent and self in _here.tapes):
            raise NotImplementedError("[GradientTape] a derivative of a derivative is not there: gradient() was called where "
                                      "another tape, or this one, records. Call it behind the `with`.")
        if unconnected_gradients not in ("none", "zero"):
            raise ValueError(f"[GradientTape] unconnected_gradients must be 'none' or 'zero'. Received: {unconnected_gradients!r}")
        if not isinstance(target, KerasTensor):
            raise TypeError("[GradientTape] target must be what came out under the tape, a KerasTensor; gradients are arrays, "
                            f"and have no derivatives. Received: {shown(target, 200)}")
        if self._is_asked and not self.persistent:
            raise RuntimeError("[GradientTape] the tape has ended: its derivatives were taken already. A persistent one may be "
                               "asked again.")
        leaves = flatten(sources)
        wrong = next((leaf for leaf in leaves if not isinstance(leaf, (Variable, KerasTensor))), None)
        if wrong is not None:
            raise TypeError(f"[GradientTape] sources must be Variables, or what watch returned. Received: {wrong!r}")
        if target._core.is_symbolic and _core.in_pass():  # a call that is made to see its shapes
            return map_structure(lambda leaf: KerasTensor._of(_core.symbolic(leaf.shape, "float32")), sources)
        cores = [leaf._core for leaf in leaves]
        asked = [isinstance(core, _core.Value) or (isinstance(core, _core.Variable) and self._watches(leaf))
                 for leaf, core in zip(leaves, cores)]
        found = iter(self._recording.gradients(target._core, output_gradients,
                                               [core for core, is_asked in zip(cores, asked) if is_asked], self._since))
        self._is_asked = True
        result = []
        for leaf, is_asked in zip(leaves, asked):
            gradient = IndexedSlices._from(next(found), leaf) if is_asked else None
            if gradient is None and unconnected_gradients == "zero":
                gradient = np.zeros(leaf.shape, np.float32)
            result.append(gradient)
        return pack_as(sources, result)

    def _watches(self, variable):
        return self.watch_accessed_variables or any(variable._core is known._core for known in self._watched)


class Untaped:
    """A pass whose values and losses are to be seen, and of which nobody asks derivatives."""

    def __init__(self, training=False):
        self._recording = _core.Recording(training, taped=False)

    def __enter__(self):
        self._recording.enter()

    def __exit__(self, kind, error, traceback):
        self._recording.exit()
        if kind is None:
            self._recording.commit()


class _Here(threading.local):
    """The tapes whose `with` this thread is in."""

    def __init__(self):
        self.tapes = []


_here = _Here()
