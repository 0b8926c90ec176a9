# SPDX-License-Identifier: Apache-2.0
"""The cells of recurrent layers: a step of one as a layer. Keras: `keras.layers.LSTMCell` and its like."""
from keratin import _core, activations, constraints, initializers, keras_tensor, ops, regularizers
from keratin._structure import flatten, pack_as
from keratin._arguments import flag, integer
from keratin.layers.native_layer import NativeLayer

_CONCEPTS = {"activation": activations, "initializer": initializers, "regularizer": regularizers,
             "constraint": constraints}
_FLAGS = ("use_bias", "unit_forget_bias", "reset_after", "return_sequences", "return_state", "go_backwards", "stateful", "unroll",
          "zero_output_for_mask")


class OfCell(NativeLayer, listed=False):
    """What a cell and the layer of one cell have in common: weights, and how they are made."""

    def _make_recurrent(self, base, units, **options):
        """`base`: what is given by name."""
        name = type(self)._listed().__name__
        implementation = base.pop("implementation", 2)  # Keras: of the choices that dropout makes
        if implementation not in (1, 2) or (implementation == 1 and options["dropout"]):
            raise ValueError(f"[{name}] implementation must be 2, or 1 where no inputs are dropped. "
                             f"Received: implementation={implementation!r}")
        made = {"units": integer(name, "units", units)}
        for key, value in options.items():
            concept = _CONCEPTS.get(key.rpartition("_")[2])
            if concept is not None:
                made[key] = concept.get(value)
            else:
                made[key] = flag(value) if key in _FLAGS else value
        self._make(base, **made)

    @property
    def kernel(self):
        return self._weight(0)

    @property
    def recurrent_kernel(self):
        return self._weight(1)

    @property
    def bias(self):
        return self._weight(2) if self.use_bias else None


class Cell(OfCell, listed=False):
    """A step: an input, and what the step before left."""

    _number_of_states = 1

    def __call__(self, inputs, states, training=None):
        """The output of a step for the inputs, an array, and the states behind it, a list where `states` is one."""
        if self._is_called_back():
            return self._own_call((inputs, states), {} if training is None else {"training": training})
        given = flatten(states)
        if _core.in_pass() or keras_tensor.is_symbolic([inputs, *given]):
            found = keras_tensor.call(self, self._core, inputs, training, None, {"states": given})
        else:
            found = self._core.call_values([inputs], bool(training), None, {"states": given})
        return _with_states(found, states)

    def call(self, inputs, states, training=False):
        """What the layer does, without what is around it in a class that derives from it."""
        if not self._is_called_back():
            return self(inputs, states, training=training)
        return _with_states(keras_tensor.call(self, self._own_core, inputs, training, None, {"states": flatten(states)}), states)

    def compute_output_shape(self, inputs_shape, states_shape=None):
        """The shapes of the output and of the states behind it, a list."""
        output, *behind = self._own_core.compute_output_shapes([inputs_shape])
        return output, behind

    @property
    def state_size(self):
        """The width of the state, or a list of the widths of each."""
        return self.units

    @property
    def output_size(self):
        """The width of the output."""
        return self.units

    def reset_dropout_mask(self):
        """The next call in training chooses anew which inputs it drops: till then the choice stays, for the steps of a
        sequence. RNN chooses anew for every sequence."""
        _core.reset_dropout_masks(self._own_core, True, False)

    def reset_recurrent_dropout_mask(self):
        """The same of the state."""
        _core.reset_dropout_masks(self._own_core, False, True)

    def get_initial_state(self, batch_size=None):
        """The states to begin with: zeros, a list of (batch_size, units)."""
        return [ops.zeros((batch_size, self.units)) for _ in range(self._number_of_states)]


def _with_states(found, given):
    """The output, and the states behind it in the structure of those before it."""
    output, *behind = found
    return output, pack_as(list(given) if isinstance(given, tuple) else given, behind)


class LSTMCell(Cell):
    """A step of LSTM, for RNN: gates i, f, c, o, and the states h, c.

    Example:

    >>> cell = keratin.layers.LSTMCell(4)
    >>> output, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> output.shape
    (2, 4)
    >>> keratin.layers.RNN([cell, keratin.layers.LSTMCell(5)])(np.ones((2, 6, 3))).shape
    (2, 5)

    Args:
        units: width of the output and of each state.
        activation: the function of the candidate and of the output; None for none.
        recurrent_activation: the function of the gates; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        recurrent_initializer: draws the recurrent kernel.
        bias_initializer: draws the bias.
        unit_forget_bias: whether the bias of the forget gate begins as 1.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are brought back to after a step.
        dropout: the share of the inputs that is dropped in training: one choice for all steps, by RNN one a call, else
            until `reset_dropout_mask`.
        recurrent_dropout: the share of the state that a step does not see in training, likewise.
        seed: an integer, or None for other choices in every run.

    Call arguments:
        inputs: (batch, width).
        states: [h, c], (batch, units) each.
        training: True: as in training.

    Input shape:
        (batch, width).

    Output shape:
        (batch, units), and a list of the states, (batch, units) each.
    """

    _number_of_states = 2

    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
                 kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal", bias_initializer="zeros",
                 unit_forget_bias=True, kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None,
                 kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0.0,
                 recurrent_dropout=0.0, seed=None, **kwargs):
        self._make_recurrent(
            kwargs, units=units, activation=activation, recurrent_activation=recurrent_activation, use_bias=use_bias,
            kernel_initializer=kernel_initializer, recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer, unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer, recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer, kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint, dropout=dropout,
            recurrent_dropout=recurrent_dropout, seed=seed)

    @property
    def state_size(self):
        """The widths of h and c."""
        return [self.units, self.units]


class GRUCell(Cell):
    """A step of GRU, for RNN: gates z, r, h, and one state.

    Example:

    >>> cell = keratin.layers.GRUCell(4)
    >>> output, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> output.shape
    (2, 4)

    Args:
        units: width of the output and of the state.
        activation: the function of the candidate; None for none.
        recurrent_activation: the function of the gates; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        recurrent_initializer: draws the recurrent kernel.
        bias_initializer: draws the bias.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are brought back to after a step.
        dropout: the share of the inputs that is dropped in training: one choice for all steps, by RNN one a call, else
            until `reset_dropout_mask`.
        recurrent_dropout: the share of the state that a step does not see in training, likewise.
        reset_after: whether the reset gate stands behind the product with the state, as in cuDNN, or before it.
        seed: an integer, or None for other choices in every run.

    Call arguments:
        inputs: (batch, width).
        states: (batch, units), or a list of it.
        training: True: as in training.

    Input shape:
        (batch, width).

    Output shape:
        (batch, units), and the state, (batch, units), in a list where `states` is one.
    """

    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
                 kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal", bias_initializer="zeros",
                 kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None,
                 recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, reset_after=True,
                 seed=None, **kwargs):
        self._make_recurrent(
            kwargs, units=units, activation=activation, recurrent_activation=recurrent_activation, use_bias=use_bias,
            kernel_initializer=kernel_initializer, recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer, kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint, recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint, dropout=dropout, recurrent_dropout=recurrent_dropout,
            reset_after=reset_after, seed=seed)


class SimpleRNNCell(Cell):
    """A step of SimpleRNN, for RNN: `activation(inputs @ kernel + bias + h @ recurrent_kernel)`.

    Example:

    >>> cell = keratin.layers.SimpleRNNCell(4)
    >>> output, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> output.shape
    (2, 4)

    Args:
        units: width of the output and of the state.
        activation: the function; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        recurrent_initializer: draws the recurrent kernel.
        bias_initializer: draws the bias.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are brought back to after a step.
        dropout: the share of the inputs that is dropped in training: one choice for all steps, by RNN one a call, else
            until `reset_dropout_mask`.
        recurrent_dropout: the share of the state that a step does not see in training, likewise.
        seed: an integer, or None for other choices in every run.

    Call arguments:
        inputs: (batch, width).
        states: (batch, units), or a list of it.
        training: True: as in training.

    Input shape:
        (batch, width).

    Output shape:
        (batch, units), and the state, (batch, units), in a list where `states` is one.
    """

    def __init__(self, units, activation="tanh", use_bias=True, kernel_initializer="glorot_uniform",
                 recurrent_initializer="orthogonal", bias_initializer="zeros", kernel_regularizer=None,
                 recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None, recurrent_constraint=None,
                 bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, seed=None, **kwargs):
        self._make_recurrent(
            kwargs, units=units, activation=activation, use_bias=use_bias, kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer, kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint, dropout=dropout,
            recurrent_dropout=recurrent_dropout, seed=seed)
