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


class ReLU(NativeLayer):
    """`max(x, 0)`, with a largest value, a slope below and a threshold. A mask passes through.

    Example:

    >>> keratin.layers.ReLU(max_value=10, negative_slope=0.5)([[-10.0, -5.0, 0.0, 5.0, 20.0]])
    array([[-5. , -2.5,  0. ,  5. , 10. ]], dtype=float32)

    Args:
        max_value: the largest value; None: there is none.
        negative_slope: what is below the threshold is this times its distance from it.
        threshold: where the values begin that stay as they are.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        for name, value in (("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None:
                raise ValueError(f"{name} of a ReLU layer cannot be None or a negative value. Received: {name}=None")
        self._make(kwargs, max_value=max_value, negative_slope=negative_slope, threshold=threshold)


class Softmax(NativeLayer):
    """`exp(x) / sum(exp(x))` along an axis. A mask of the inputs' shape passes through: what it masks has no part in the
    sums and is 0.

    Example:

    >>> keratin.layers.Softmax()([[1.0, 2.0, 1.0]])
    array([[0.21194156, 0.5761169 , 0.21194156]], dtype=float32)

    Args:
        axis: an axis, or a list of axes that are one line together.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, axis=-1, **kwargs):
        self._make(kwargs, axis=list(axis) if isinstance(axis, tuple) else axis)
