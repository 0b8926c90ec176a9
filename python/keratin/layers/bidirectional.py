# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin._refusal import shown
from keratin.layers.native_layer import NativeLayer
from keratin.layers.recurrent import OverSteps, Recurrent
from keratin.layers.wrapping import Wrapping, check_layer


class Bidirectional(Wrapping, OverSteps):
    """A recurrent layer over the steps in both directions (Schuster and Paliwal, 1997).

    Example:

    >>> layer = keratin.layers.Bidirectional(keratin.layers.LSTM(4, return_sequences=True))
    >>> layer(np.ones((2, 5, 3))).shape
    (2, 5, 8)

    Args:
        layer: an LSTM, GRU, SimpleRNN or RNN, which is made again from its config: the weights are new.
        merge_mode: what becomes of the two outputs: "sum", "mul", "ave", "concat" (behind one another), or None: a list of
            both.
        weights: None; set_weights sets them once the layer is built.
        backward_layer: a layer that runs the other way (`go_backwards`), which is used as it is; None: one like `layer`.

    Call arguments:
        sequences: (batch, steps, width).
        initial_state: the states to begin with, those of the first layer, then those of the second; zeros by default.
        mask: which steps count, bool (batch, steps). The others are left out; with `return_sequences` they give zeros.
        training: True: as in training.

    Input shape:
        (batch, steps, width).

    Output shape:
        (batch, units), or (batch, steps, units), of both by "concat". With `return_state` a list of that and the states.
    """

    _wrapped = ("layer", "backward_layer")
    _inner_names = ("forward_layer", "backward_layer")

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        check_layer("Bidirectional", "layer", layer)
        if backward_layer is None:
            backward = _again(layer, "backward_", go_backwards=True)
        else:
            check_layer("Bidirectional", "backward_layer", backward_layer)
            backward = backward_layer
        if weights:
            raise ValueError("[Bidirectional] weights must be None: use set_weights once the layer is built. Received: "
                             f"{shown(weights, 100)}")
        self.__dict__["_directions"] = _again(layer, "forward_"), backward
        self._make(kwargs, merge_mode=merge_mode)

    def _make_core(self, config, options):
        return _core.bidirectional(config, *(layer._core for layer in self._directions))

    @property
    def forward_layer(self):
        """The layer that runs from the first step on."""
        return self._directions[0]

    @property
    def backward_layer(self):
        """The layer that runs from the last step on."""
        return self._directions[1]

    @property
    def return_sequences(self):
        return self.forward_layer.return_sequences

    @property
    def return_state(self):
        return self.forward_layer.return_state

    @property
    def stateful(self):
        return self.forward_layer.stateful

    @property
    def states(self):
        """Of stateful layers that are built the states that they keep, a list of variables; else None."""
        states = [state for layer in self._directions for state in layer.states or ()]
        return states or None

    def reset_state(self):
        """The states that stateful layers keep become zero."""
        if not self.stateful:
            raise AttributeError(f"[Bidirectional] layer '{self.name}' is not stateful: there is no state to reset.")
        for layer in self._directions:
            layer.reset_state()

    def reset_states(self):
        """Keras 2's name of reset_state."""
        self.reset_state()

    @property
    def _gives_several(self):
        return self.return_state or self.merge_mode is None

    def compute_mask(self, sequences, mask=None):
        """The mask of the outputs, None where there is none; two with merge_mode=None."""
        found = NativeLayer.compute_mask(self, sequences, mask)
        return found if self.merge_mode is not None else (found, found)


def _again(layer, prefix, **options):
    """A layer of the same config under another name."""
    check_layer("Bidirectional", "layer", layer)
    if not isinstance(layer, Recurrent):
        raise ValueError("[Bidirectional] layer must be a recurrent layer: LSTM, GRU, SimpleRNN or RNN. Received: "
                         f"{shown(layer, 200)} (of type {type(layer).__name__})")
    return type(layer).from_config({**layer._config_of_clone(), **options, "name": prefix + layer.name.removeprefix(prefix)})
