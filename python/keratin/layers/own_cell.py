# SPDX-License-Identifier: Apache-2.0
"""What a layer of a user's own is as a cell of RNN: what C++ calls of it (`python/src/own_cell.h`)."""
import numpy as np

from keratin import ops
from keratin._refusal import shown
from keratin._structure import flatten, map_structure, pack_as
from keratin.keras_tensor import KerasTensor
from keratin.layers.own_shapes import like


class OwnCell:
    """A layer with a `state_size`, whose call takes inputs and states, and gives an output and the states behind it."""

    def _state_sizes(self):
        size = getattr(self, "state_size", None)
        widths = [] if size is None else flatten(size)
        return list(map(int, widths)) if all(isinstance(width, (int, np.integer)) for width in widths) else []

    def _output_size(self):
        size = getattr(self, "output_size", None)
        return self._state_sizes()[0] if size is None else size

    def _first_states(self, batch_size):
        return [state._core if isinstance(state, KerasTensor) else state for state in flatten(initial_states(self, batch_size))]

    def _prepare_step(self, shape):
        states = map_structure(lambda width: (shape[0], width), _listed(self.state_size))
        arguments = dict(zip(self._signature.names, (like(shape), like(states))))
        self._build_by(lambda: self._build_of(arguments, {"inputs_shape": shape}), {"inputs_shape": shape})

    def _run_step(self, inputs, states):
        states = pack_as(_listed(self.state_size), map(KerasTensor._of, states))
        found = self._called((KerasTensor._of(inputs), states), {})
        if not isinstance(found, (list, tuple)) or len(found) != 2 or not isinstance(found[0], KerasTensor):
            raise ValueError(f"[RNN] the cell '{self.name}' must give an output and a list of states. Received: {shown(found, 200)}")
        return [leaf._core for leaf in flatten(found)]


def initial_states(cell, batch_size):
    """As the cell gives them, or zeros in the structure of its state_size."""
    given = getattr(cell, "get_initial_state", None)
    if given is not None:
        return given(batch_size=batch_size)
    return map_structure(lambda width: ops.zeros((batch_size, width)), cell.state_size)


def _listed(size):
    """What Keras gives a cell in one list."""
    return list(size) if isinstance(size, (list, tuple)) else [size]
