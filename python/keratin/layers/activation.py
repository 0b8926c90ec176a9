# SPDX-License-Identifier: Apache-2.0
from keratin import activations, constraints, initializers, regularizers
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
        self._make(kwargs, activation=activations.get(activation))


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


class LeakyReLU(NativeLayer):
    """`x`, or `negative_slope * x` where x is below 0.

    Example:

    >>> keratin.layers.LeakyReLU(0.5)(np.array([-2.0, 3.0]))
    array([-1.,  3.], dtype=float32)

    Args:
        negative_slope: the slope below 0.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, negative_slope=0.3, **kwargs):
        negative_slope = kwargs.pop("alpha", negative_slope)  # Keras 2
        if negative_slope is None:
            raise ValueError("[LeakyReLU] negative_slope of a Leaky ReLU layer cannot be None. Received: None")
        self._make(kwargs, negative_slope=negative_slope)


class ELU(NativeLayer):
    """`x`, or `alpha * (exp(x) - 1)` where x is below 0.

    Example:

    >>> keratin.layers.ELU()(np.array([-1.0, 3.0]))
    array([-0.63212055,  3.        ], dtype=float32)

    Args:
        alpha: how far it goes below 0.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, alpha=1.0, **kwargs):
        self._make(kwargs, alpha=alpha)


class PReLU(NativeLayer):
    """`x`, or `alpha * x` where x is below 0, with an alpha that is learnt for each place of a sample.

    Example:

    >>> layer = keratin.layers.PReLU(alpha_initializer="ones", shared_axes=[1])
    >>> layer(-np.ones((2, 5, 3))).shape, layer.alpha.shape
    ((2, 5, 3), (1, 3))

    Args:
        alpha_initializer: draws alpha.
        alpha_regularizer: a penalty on alpha.
        alpha_constraint: what alpha is brought back to after a step.
        shared_axes: axes along which alpha is one number; the batch is axis 0. None: none.

    Input shape:
        (batch, ...); the axes that are not shared must be known.

    Output shape:
        That of the inputs.
    """

    def __init__(self, alpha_initializer="Zeros", alpha_regularizer=None, alpha_constraint=None, shared_axes=None, **kwargs):
        if shared_axes is not None:
            shared_axes = list(shared_axes) if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        self._make(kwargs, alpha_initializer=initializers.get(alpha_initializer),
                   alpha_regularizer=regularizers.get(alpha_regularizer),
                   alpha_constraint=constraints.get(alpha_constraint), shared_axes=shared_axes)

    @property
    def alpha(self):
        return self._weight(0)
