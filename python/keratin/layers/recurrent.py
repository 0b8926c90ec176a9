# SPDX-License-Identifier: Apache-2.0
"""Layers that run a cell over the steps of a sequence. Keras: `keras.layers.RNN` and those that derive from it."""
import types

from keratin import _core, keras_tensor, ops
from keratin._structure import flatten
from keratin.layers.cells import OfCell
from keratin.layers.native_layer import NativeLayer
from keratin.variables import Variable


def _check_cudnn(use_cudnn):
    if use_cudnn is not False and use_cudnn != "auto":
        raise ValueError("use_cudnn must be 'auto' or False: there is no cuDNN here. "
                         f"Received: use_cudnn={use_cudnn!r}")


class OverSteps(NativeLayer, listed=False):
    """What runs over the steps of a sequence: masks, and the states that come in and go out."""

    def __call__(self, sequences, initial_state=None, mask=None, training=None):
        """Outputs for the sequences, an array, and with `return_state` a list of them and the states."""
        if self._is_called_back():
            given = {"initial_state": initial_state, "mask": mask, "training": training}
            return self._own_call((sequences,), {name: value for name, value in given.items() if value is not None})
        if initial_state is None and not self._gives_several:
            return super().__call__(sequences, mask=mask, training=training)
        named = {} if initial_state is None else {"initial_state": keras_tensor.flat(initial_state)}
        reads = [sequences, *named.get("initial_state", ())]
        if _core.in_pass() or keras_tensor.is_symbolic(reads):
            return keras_tensor.call(self, self._core, sequences, training, mask, named)
        outputs = self._core.call_values([sequences], bool(training), None if mask is None else [mask], named)
        return outputs if self._gives_several else outputs[0]

    @property
    def _gives_several(self):
        """Whether it gives a list."""
        return self.return_state

    def call(self, sequences, initial_state=None, mask=None, training=None):
        """What the layer does, without what is around it in a class that derives from it."""
        if not self._is_called_back():
            return self(sequences, initial_state, mask, training)
        named = {} if initial_state is None else {"initial_state": flatten(initial_state)}
        return keras_tensor.call(types.SimpleNamespace(), self._own_core, sequences, training, mask, named)

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        if not self._gives_several or self._is_called_back():
            return super().compute_output_shape(sequences_shape)
        return tuple(self._core.compute_output_shapes([sequences_shape]))

    def compute_mask(self, sequences, mask=None):
        """The mask of the outputs; None where there is none. States have none."""
        found = super().compute_mask(sequences, mask)
        return [found, *(None for _ in self._states_of_cell)] if self.return_state else found


class Recurrent(OverSteps, OfCell, listed=False):
    """What the layers of one cell have in common."""

    def _make_recurrent(self, base, **options):
        super()._make_recurrent(base, zero_output_for_mask=base.pop("zero_output_for_mask", False), **options)

    @property
    def states(self):
        """Of a stateful layer that is built the states that it keeps, a list of variables; else None."""
        return [Variable(state) for state in _core.kept_states(self._own_core)] or None

    def get_initial_state(self, batch_size=None):
        """The states to begin with: zeros, a list of (batch_size, units)."""
        return [ops.zeros((batch_size, self.units)) for _ in self._states_of_cell]

    def reset_state(self):
        """The states that a stateful layer keeps become zero."""
        _core.reset_state(self._own_core)

    def reset_states(self):
        """Keras 2's name of reset_state."""
        self.reset_state()


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997): gates i, f, c, o, and the states h, c.

    Example:

    >>> layer = keratin.layers.LSTM(4, return_sequences=True, return_state=True)
    >>> outputs, h, c = layer(np.ones((2, 5, 3)))
    >>> outputs.shape
    (2, 5, 4)

    Args:
        units: width of the outputs and of each state.
        activation: the function of the candidate and of the output; None for none.
        recurrent_activation: the function of the gates; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        recurrent_initializer: draws the recurrent kernel.
        bias_initializer: draws the bias.
        unit_forget_bias: whether the bias of the forget gate begins as 1.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are brought back to after a step.
        dropout: the share of the inputs that is dropped in training, one choice for all steps.
        recurrent_dropout: the share of the state that a step does not see in training, likewise.
        seed: an integer, or None for other choices in every run.
        return_sequences: whether the output is that of all steps, or of the last.
        return_state: whether the states behind the last step are returned too.
        go_backwards: whether the last step comes first. Outputs stand in that order.
        stateful: whether a batch begins with the states behind the one before it, also in evaluate and predict, until
            `reset_state`. The batch size must be known: `Input(batch_shape=...)`.
        unroll: for programs that say it: the numbers are the same. The number of steps must be known then.
        use_cudnn: "auto" or False; there is no cuDNN here.
        zero_output_for_mask: whether masked steps give 0, or what the step before gave.

    Call arguments:
        sequences: (batch, steps, width).
        initial_state: the states to begin with, a list of (batch, units); zeros by default.
        mask: which steps count, bool (batch, steps). The others are left out, wherever they are.
        training: True: as in training.

    Input shape:
        (batch, steps, width).

    Output shape:
        (batch, units), or (batch, steps, units). With `return_state` a list of that and the states.
    """

    _states_of_cell = ("h", "c")

    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
                 kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal", bias_initializer="zeros",
                 unit_forget_bias=True, kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None,
                 activity_regularizer=None, kernel_constraint=None, recurrent_constraint=None, bias_constraint=None,
                 dropout=0.0, recurrent_dropout=0.0, seed=None, return_sequences=False, return_state=False,
                 go_backwards=False, stateful=False, unroll=False, use_cudnn="auto", **kwargs):
        _check_cudnn(use_cudnn)
        self._make_recurrent(
            kwargs, units=units, activation=activation, recurrent_activation=recurrent_activation, use_bias=use_bias,
            kernel_initializer=kernel_initializer, recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer, unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer, recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer, activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint, recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint, dropout=dropout, recurrent_dropout=recurrent_dropout, seed=seed,
            return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards, stateful=stateful,
            unroll=unroll)
        self.__dict__["use_cudnn"] = use_cudnn


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al., 2014): gates z, r, h, and one state.

    Example:

    >>> layer = keratin.layers.GRU(4, return_sequences=True, return_state=True)
    >>> outputs, h = layer(np.ones((2, 5, 3)))
    >>> outputs.shape
    (2, 5, 4)

    Args:
        units: width of the outputs and of the state.
        activation: the function of the candidate; None for none.
        recurrent_activation: the function of the gates; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        recurrent_initializer: draws the recurrent kernel.
        bias_initializer: draws the bias.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are brought back to after a step.
        dropout: the share of the inputs that is dropped in training, one choice for all steps.
        recurrent_dropout: the share of the state that a step does not see in training, likewise.
        seed: an integer, or None for other choices in every run.
        return_sequences: whether the output is that of all steps, or of the last.
        return_state: whether the states behind the last step are returned too.
        go_backwards: whether the last step comes first. Outputs stand in that order.
        stateful: whether a batch begins with the states behind the one before it, also in evaluate and predict, until
            `reset_state`. The batch size must be known: `Input(batch_shape=...)`.
        unroll: for programs that say it: the numbers are the same. The number of steps must be known then.
        reset_after: whether the reset gate stands behind the product with the state, as in cuDNN, or before it.
        use_cudnn: "auto" or False; there is no cuDNN here.
        zero_output_for_mask: whether masked steps give 0, or what the step before gave.

    Call arguments:
        sequences: (batch, steps, width).
        initial_state: the states to begin with, a list of (batch, units); zeros by default.
        mask: which steps count, bool (batch, steps). The others are left out, wherever they are.
        training: True: as in training.

    Input shape:
        (batch, steps, width).

    Output shape:
        (batch, units), or (batch, steps, units). With `return_state` a list of that and the states.
    """

    _states_of_cell = ("h",)

    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
                 kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal", bias_initializer="zeros",
                 kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0.0,
                 recurrent_dropout=0.0, seed=None, return_sequences=False, return_state=False, go_backwards=False,
                 stateful=False, unroll=False, reset_after=True, use_cudnn="auto", **kwargs):
        _check_cudnn(use_cudnn)
        self._make_recurrent(
            kwargs, units=units, activation=activation, recurrent_activation=recurrent_activation, use_bias=use_bias,
            kernel_initializer=kernel_initializer, recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer, kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer, kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint, dropout=dropout,
            recurrent_dropout=recurrent_dropout, seed=seed, return_sequences=return_sequences,
            return_state=return_state, go_backwards=go_backwards, stateful=stateful, unroll=unroll,
            reset_after=reset_after)
        self.__dict__["use_cudnn"] = use_cudnn


class SimpleRNN(Recurrent):
    """`activation(inputs @ kernel + bias + h @ recurrent_kernel)`, which is the output and the state.

    Example:

    >>> layer = keratin.layers.SimpleRNN(4, return_sequences=True, return_state=True)
    >>> outputs, h = layer(np.ones((2, 5, 3)))
    >>> outputs.shape
    (2, 5, 4)

    Args:
        units: width of the outputs and of the state.
        activation: the function; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        recurrent_initializer: draws the recurrent kernel.
        bias_initializer: draws the bias.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint, recurrent_constraint, bias_constraint: what the weights are brought back to after a step.
        dropout: the share of the inputs that is dropped in training, one choice for all steps.
        recurrent_dropout: the share of the state that a step does not see in training, likewise.
        seed: an integer, or None for other choices in every run.
        return_sequences: whether the output is that of all steps, or of the last.
        return_state: whether the states behind the last step are returned too.
        go_backwards: whether the last step comes first. Outputs stand in that order.
        stateful: whether a batch begins with the states behind the one before it, also in evaluate and predict, until
            `reset_state`. The batch size must be known: `Input(batch_shape=...)`.
        unroll: for programs that say it: the numbers are the same. The number of steps must be known then.
        zero_output_for_mask: whether masked steps give 0, or what the step before gave.

    Call arguments:
        sequences: (batch, steps, width).
        initial_state: the states to begin with, a list of (batch, units); zeros by default.
        mask: which steps count, bool (batch, steps). The others are left out, wherever they are.
        training: True: as in training.

    Input shape:
        (batch, steps, width).

    Output shape:
        (batch, units), or (batch, steps, units). With `return_state` a list of that and the states.
    """

    _states_of_cell = ("h",)

    def __init__(self, units, activation="tanh", use_bias=True, kernel_initializer="glorot_uniform",
                 recurrent_initializer="orthogonal", bias_initializer="zeros", kernel_regularizer=None,
                 recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None,
                 recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0,
                 return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False,
                 seed=None, **kwargs):
        self._make_recurrent(
            kwargs, units=units, activation=activation, use_bias=use_bias, kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer, activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint, recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint, dropout=dropout, recurrent_dropout=recurrent_dropout,
            return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards, stateful=stateful,
            unroll=unroll, seed=seed)
