# SPDX-License-Identifier: Apache-2.0
"""Cells over the steps of a sequence. Keras: `keras.layers.RNN`, `keras.layers.StackedRNNCells`."""
import inspect

import numpy as np

from keratin import _native, keras_tensor, ops
from keratin._structure import flatten, map_structure, pack_as
from keratin.keras_tensor import KerasTensor
from keratin.layers.cells import Cell
from keratin.layers.layer import Layer


class _OfCells(Layer, listed=False):
    """What is written here, and still a class that a config names."""

    _all_in_python = True

    def _written(self, method):
        return method in ("call", "build", "compute_output_shape") or super()._written(method)

    @classmethod
    def _written_config(cls):
        return True


class RNN(_OfCells, listed=True):
    """A cell over the steps of a sequence: an LSTMCell, GRUCell or SimpleRNNCell, a stack of them, or one of your own.

    A cell of your own is a layer whose `call(inputs, states)` gives the output of a step and the list of the states behind it. Its
    `state_size` says how wide each state is: a number, or a list of them; `output_size` the output, by default as wide as
    the first state. `get_initial_state(batch_size)` may give other states to begin with than zeros.

    Example:

    >>> class Cell(keratin.layers.Layer):
    ...     state_size = 4
    ...
    ...     def build(self, input_shape):
    ...         self.kernel = self.add_weight(shape=(input_shape[-1] + 4, 4), name="kernel")
    ...
    ...     def call(self, inputs, states):
    ...         h = keratin.ops.tanh(keratin.ops.concatenate([inputs, states[0]], -1) @ self.kernel)
    ...         return h, [h]
    >>> keratin.layers.RNN(Cell())(np.ones((2, 5, 3))).shape
    (2, 4)

    Args:
        cell: the cell; a list of them is as StackedRNNCells of it.
        return_sequences: whether the output is that of all steps, or of the last.
        return_state: whether the states behind the last step are returned too.
        go_backwards: whether the last step comes first. Outputs stand in that order.
        stateful: False; LSTM, GRU and SimpleRNN keep states from batch to batch.
        unroll: for programs that say it: the numbers are the same.
        zero_output_for_mask: whether masked steps give 0, or what the step before gave.

    Call arguments:
        sequences: (batch, steps, ...).
        initial_state: the states to begin with, a list of (batch, width).
        mask: which steps count, bool (batch, steps). The others are left out: the state goes past them.
        training: True: as in training.

    Input shape:
        (batch, steps, ...).

    Output shape:
        (batch, width), or (batch, steps, width). With `return_state` a list of that and the states, of a stack those of each
        cell.
    """

    def __init__(self, cell, return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False,
                 zero_output_for_mask=False, **kwargs):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        _check_cell("RNN", cell)
        if stateful:
            raise ValueError("[RNN] stateful must be False: LSTM, GRU and SimpleRNN keep states from batch to batch. Received: "
                             f"stateful={stateful!r}")
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences, self.return_state = bool(return_sequences), bool(return_state)
        self.go_backwards, self.stateful, self.unroll = bool(go_backwards), False, bool(unroll)
        self.zero_output_for_mask = bool(zero_output_for_mask)
        self.supports_masking = True

    @property
    def state_size(self):
        """A list: the width of each state, or of a stack the list of each cell's."""
        size = self.cell.state_size
        return list(size) if isinstance(size, (list, tuple)) else [size]

    def get_initial_state(self, batch_size):
        """The states to begin with: the cell's, or zeros."""
        states = _initial_states(self.cell, batch_size)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    def build(self, sequences_shape, initial_state_shape=None):
        _build_cell(self.cell, (sequences_shape[0], *sequences_shape[2:]))

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        if len(sequences_shape) < 3:
            raise ValueError(f"[RNN] layer '{self.name}' takes inputs of at least 3 dimensions, (batch, steps, ...). Received "
                             f"shape: {tuple(sequences_shape)}")
        batch, steps = sequences_shape[:2]
        if self.unroll and steps is None:
            raise ValueError(f"[RNN] layer '{self.name}': Cannot unroll a RNN if the time dimension is undefined. Received "
                             f"shape: {tuple(sequences_shape)}")
        output = (batch, *([steps] if self.return_sequences else []), _width(self.cell))
        return (output, *map_structure(lambda width: (batch, width), self.state_size)) if self.return_state else output

    def compute_mask(self, sequences, mask=None):
        """The mask of the outputs; None where there is none. States have none."""
        found = flatten(mask)[0] if self.return_sequences and mask is not None else None
        if found is not None and self.go_backwards:
            found = ops.flip(found, 1)
        return [found, *map_structure(lambda width: None, self.state_size)] if self.return_state else found

    def call(self, sequences, initial_state=None, mask=None, training=None):
        self.compute_output_shape(sequences.shape)  # refuses what it cannot take
        batch, steps = sequences.shape[:2]
        if initial_state is None:
            initial_state = self.get_initial_state(batch)
        states = flatten(initial_state)
        if len(states) != len(flatten(self.state_size)):
            raise ValueError(f"[RNN] layer '{self.name}' has {len(flatten(self.state_size))} states: initial_state must be as "
                             f"many. Received: {len(states)}")
        output, states = _run_sequence(self.cell, sequences, mask, states, training, return_sequences=self.return_sequences,
                                       go_backwards=self.go_backwards, zero_output_for_mask=self.zero_output_for_mask)
        return [output, *pack_as(self.state_size, states)] if self.return_state else output

    def get_config(self):
        from keratin.saving import serialize_keras_object
        flags = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "zero_output_for_mask")
        return {**super().get_config(), **{name: getattr(self, name) for name in flags},
                "cell": serialize_keras_object(self.cell)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer of the config, whose cell is a class among the custom objects."""
        return _from_config(cls, config, "cell", lambda cell: _cell_of(cell, custom_objects))


class StackedRNNCells(_OfCells, listed=True):
    """Cells one behind another as one cell: each is given what the one before it gave.

    Example:

    >>> layer = keratin.layers.RNN(keratin.layers.StackedRNNCells([Cell(), Cell()]))

    Args:
        cells: a list of cells, as RNN takes them.
        **kwargs: those of every layer.

    Call arguments:
        inputs: (batch, width), of a step.
        states: a list of the states of each cell: one, or a list of them.
        training: True: as in training.

    Input shape:
        (batch, width).

    Output shape:
        (batch, width of the last cell).
    """

    def __init__(self, cells, **kwargs):
        cells = list(cells) if isinstance(cells, (list, tuple)) else [cells]
        if not cells:
            raise ValueError("[StackedRNNCells] cells must be a list of one cell or more. Received: none")
        for cell in cells:
            _check_cell("StackedRNNCells", cell)
        super().__init__(**kwargs)
        self.cells = cells

    @property
    def state_size(self):
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self):
        return _width(self.cells[-1])

    def get_initial_state(self, batch_size=None):
        """The states to begin with, of each cell."""
        return [_initial_states(cell, batch_size) for cell in self.cells]

    def build(self, inputs_shape, states_shape=None):
        for cell in self.cells:
            _build_cell(cell, inputs_shape)
            inputs_shape = (inputs_shape[0], _width(cell))

    def compute_output_shape(self, inputs_shape, states_shape=None):
        return (inputs_shape[0], self.output_size), states_shape

    def call(self, inputs, states, training=None):
        behind = []
        for cell, given in zip(self.cells, states):
            is_list = isinstance(given, (list, tuple))
            inputs, new = _called(cell, inputs, list(given) if is_list else [given], training)
            behind.append(new if is_list or not isinstance(new, (list, tuple)) or len(new) > 1 else new[0])
        return inputs, behind

    def get_config(self):
        from keratin.saving import serialize_keras_object
        return {**super().get_config(), "cells": [serialize_keras_object(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The cells of the config, whose classes are among the custom objects."""
        return _from_config(cls, config, "cells", lambda cells: [_cell_of(cell, custom_objects) for cell in cells])


RNN._wrap_build(), StackedRNNCells._wrap_build()


def _run_sequence(cell, sequences, mask, states, training, return_sequences, go_backwards, zero_output_for_mask):
    """The output of a sequence, and the list of the states behind it: through a stack cell by cell, through a cell of C++
    in one op, else step by step."""
    how = {"return_sequences": return_sequences, "zero_output_for_mask": zero_output_for_mask}
    if type(cell) is StackedRNNCells:
        behind = []
        for place, one in enumerate(cell.cells):
            own, states = states[:_states_of(one)], states[_states_of(one):]
            how_of = how if place == len(cell.cells) - 1 else {"return_sequences": True, "zero_output_for_mask": False}
            sequences, found = _run_sequence(one, sequences, mask, own, training, go_backwards=go_backwards, **how_of)
            behind += found
            if go_backwards and mask is not None:  # what a cell gives stands in the order in which it went
                mask = ops.flip(mask, 1)
            go_backwards = False
        return sequences, behind
    if isinstance(cell, Cell) and not cell._is_called_back():
        output, *behind = keras_tensor.call_sequence(cell._core, sequences, mask, states, go_backwards=go_backwards, **how)
        return output, behind
    return _run_steps(cell, sequences, mask, states, training, go_backwards=go_backwards, **how)


def _run_steps(cell, sequences, mask, states, training, return_sequences, go_backwards, zero_output_for_mask):
    batch, steps = sequences.shape[:2]
    output = ops.zeros((batch, _width(cell)))
    outputs = []
    for step in range(steps)[::-1 if go_backwards else 1]:
        inputs = sequences[:, step]
        if mask is None:
            output, states = _step(cell, inputs, states, training)
            outputs.append(output)
            continue
        counts = ops.expand_dims(mask[:, step], 1)
        # What a masked step holds, NaN among it, reaches neither a number nor a derivative.
        inputs = ops.where(ops.reshape(counts, (-1, *[1] * (len(inputs.shape) - 1))), inputs, 0.0)
        given, behind = _step(cell, inputs, states, training)
        shown = ops.zeros_like(given) if zero_output_for_mask else output
        output = ops.where(counts, given, output)
        outputs.append(ops.where(counts, given, shown))
        states = [ops.where(counts, new, old) for new, old in zip(behind, states)]
    if return_sequences:
        output = ops.stack(outputs, 1) if outputs else ops.zeros((batch, 0, _width(cell)))
    elif zero_output_for_mask and outputs:
        output = outputs[-1]
    return output, states


def _step(cell, inputs, states, training):
    size = cell.state_size if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
    output, behind = _called(cell, inputs, pack_as(list(size), states), training)
    behind = flatten(behind)
    if len(behind) != len(states):
        raise ValueError(f"[RNN] the cell '{cell.name}' must give its output and {len(states)} states. Received: "
                         f"{len(behind)} states")
    return output, behind


def _initial_states(cell, batch_size):
    """As the cell gives them, or zeros in the structure of its state_size."""
    given = getattr(cell, "get_initial_state", None)
    if given is not None:
        return given(batch_size=batch_size)
    return map_structure(lambda width: ops.zeros((batch_size, width)), cell.state_size)


def _states_of(cell):
    return len(flatten(cell.state_size))


def _from_config(cls, config, name, read):
    with _native.told_by(cls.__name__):
        config = dict(_native.arguments_in(config))
    if name not in config:
        raise ValueError(f"[{cls.__name__}] config[\"{name}\"] is missing.")
    with _native.at_place(name):
        config[name] = read(config[name])
    return cls(**config)


def _cell_of(cell, custom_objects):
    return _native.deserialize(Layer, cell, custom_objects) if isinstance(cell, dict) else cell


def _check_cell(who, cell):
    if not isinstance(cell, Layer):
        raise ValueError(f"[{who}] a cell must be a layer. Received: {cell!r:.200} (of type {type(cell).__name__})")
    size = getattr(cell, "state_size", None)
    widths = flatten(size) if size is not None else []
    if not widths or not all(isinstance(width, (int, np.integer)) and width > 0 for width in widths):
        raise ValueError(f"[{who}] a cell must have a state_size, a positive integer or a list of them. Received: {size!r:.200} "
                         f"of {cell!r:.200}")


def _width(cell):
    """Of the output of a cell."""
    size = getattr(cell, "output_size", None)
    return flatten(cell.state_size)[0] if size is None else size


def _build_cell(cell, shape):
    # What makes its layers' weights as they are called does so in the first step.
    if not cell.built and (cell._written("build") or all(part.built for part in cell._layers_within())):
        cell.build(shape)


def _called(cell, inputs, states, training):
    takes = inspect.signature(type(cell).call).parameters
    found = cell(inputs, states, **({"training": training} if "training" in takes and training is not None else {}))
    if not isinstance(found, (list, tuple)) or len(found) != 2 or not isinstance(found[0], (KerasTensor, np.ndarray)):
        raise ValueError(f"[RNN] the cell '{cell.name}' must give an output and a list of states. Received: {found!r:.200}")
    return found
