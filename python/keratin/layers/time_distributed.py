# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin.layers.native_layer import NativeLayer
from keratin.layers.wrapping import Wrapping, check_layer


class TimeDistributed(Wrapping, NativeLayer):
    """A layer on every step by itself.

    Example:

    >>> layer = keratin.layers.TimeDistributed(keratin.layers.Dense(4))
    >>> layer(np.ones((2, 5, 3))).shape
    (2, 5, 4)

    Args:
        layer: the layer, of one input and one output.
        **kwargs: those of every layer.

    Call arguments:
        inputs: (batch, steps, ...).
        mask: which steps count, bool (batch, steps), or what counts in each, (batch, steps, ...), which the layer is given.
        training: True: as in training.

    Input shape:
        (batch, steps, ...).

    Output shape:
        (batch, steps, ...).
    """

    _wrapped = _inner_names = ("layer",)

    def __init__(self, layer, **kwargs):
        check_layer("TimeDistributed", "layer", layer)
        self.__dict__["_layer"] = layer
        self._make(kwargs)

    def _make_core(self, config, options):
        return _core.time_distributed(config, self._layer._operation)

    @property
    def layer(self):
        """The layer that every step goes through."""
        return self._layer
