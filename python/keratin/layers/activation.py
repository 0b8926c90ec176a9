# SPDX-License-Identifier: Apache-2.0
from keratin import activations, regularizers
from keratin.layers.native_layer import NativeLayer


class Activation(NativeLayer):
    """An activation function as a layer of its own. A mask passes through.

    Example:

    >>> keratin.layers.Activation("relu")([[-3.0, 1.0]])
    array([[0., 1.]], dtype=float32)

    Args:
        activation: a name, or a function of `keratin.activations`.
        activity_regularizer: a penalty on the outputs.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, activation, **kwargs):
        activity_regularizer = regularizers.get(kwargs.pop("activity_regularizer", None))
        self._make(kwargs, activation=activations.get(activation), activity_regularizer=activity_regularizer)
