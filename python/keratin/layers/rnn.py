# SPDX-License-Identifier: Apache-2.0
"""Cells over the steps of a sequence. Keras: `keras.layers.RNN`, `keras.layers.StackedRNNCells`."""
from keratin import _core
from keratin._arguments import flag
from keratin._structure import flatten, pack_as
from keratin.layers.cells import Cell
from keratin.layers.own_cell import initial_states
from keratin.layers.recurrent import Recurrent
from keratin.layers.wrapping import Wrapping, check_layer


class RNN(Wrapping, Recurrent):
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
        stateful: whether a batch begins with the states behind the one before it, also in evaluate and predict, until
            `reset_state`. The batch size must be known: `Input(batch_shape=...)`.
        unroll: for programs that say it: the numbers are the same. The number of steps must be known then.
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

    _wrapped = _inner_names = ("cell",)

    def __init__(self, cell, return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False,
                 zero_output_for_mask=False, **kwargs):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        check_layer("RNN", "a cell", cell)
        self.__dict__["_cell"] = cell
        self._make(kwargs, return_sequences=flag(return_sequences), return_state=flag(return_state),
                   go_backwards=flag(go_backwards), stateful=flag(stateful), unroll=flag(unroll),
                   zero_output_for_mask=flag(zero_output_for_mask))

    def _make_core(self, config, options):
        return _core.rnn(config, self._cell._operation)

    @property
    def cell(self):
        """The cell."""
        return self._cell

    @property
    def state_size(self):
        """A list: the width of each state, or of a stack the list of each cell's."""
        size = self.cell.state_size
        return list(size) if isinstance(size, (list, tuple)) else [size]

    @property
    def _states_of_cell(self):
        return flatten(self.state_size)

    def get_initial_state(self, batch_size):
        """The states to begin with: the cell's, or zeros."""
        states = initial_states(self.cell, batch_size)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    def __call__(self, sequences, initial_state=None, mask=None, training=None):
        initial_state = None if initial_state is None else flatten(initial_state)
        return self._with_states(super().__call__(sequences, initial_state, mask, training))

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        return self._with_states(super().compute_output_shape(sequences_shape))

    def compute_mask(self, sequences, mask=None):
        """The mask of the outputs; None where there is none. States have none."""
        return self._with_states(super().compute_mask(sequences, mask))

    def _with_states(self, found):
        """An output with the states behind it in the structure of state_size."""
        if not self.return_state or self._is_called_back():
            return found
        output, *states = found
        return type(found)([output, *pack_as(self.state_size, states)])


class StackedRNNCells(Wrapping, Cell):
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

    _wrapped = _inner_names = ("cells",)

    def __init__(self, cells, **kwargs):
        cells = list(cells) if isinstance(cells, (list, tuple)) else [cells]
        for cell in cells:
            check_layer("StackedRNNCells", "a cell", cell)
        self.__dict__["_cells"] = cells
        self._make(kwargs)

    def _make_core(self, config, options):
        return _core.stacked_rnn_cells(config, [cell._operation for cell in self._cells])

    @property
    def cells(self):
        """A list of the cells."""
        return list(self._cells)

    @property
    def state_size(self):
        """A list: of each cell its state_size."""
        return [cell.state_size for cell in self._cells]

    @property
    def output_size(self):
        """The width of the output of the last cell."""
        last = self._cells[-1]
        size = getattr(last, "output_size", None)
        return flatten(last.state_size)[0] if size is None else size

    def get_initial_state(self, batch_size=None):
        """The states to begin with, of each cell."""
        return [initial_states(cell, batch_size) for cell in self._cells]

    def compute_output_shape(self, inputs_shape, states_shape=None):
        """The shapes of the output and of the states behind it, a list of those of each cell."""
        output, behind = super().compute_output_shape(inputs_shape)
        return output, pack_as(self.state_size, behind)
