# SPDX-License-Identifier: Apache-2.0
"""Penalties on weights and outputs, which are added to the loss. Keras: `keras.regularizers`."""
import numpy as np

from keratin import _core, _native
from keratin._custom import CustomCore
from keratin._refusal import shown
from keratin.keras_tensor import KerasTensor, in_pass

__all__ = ["Regularizer", "L1", "L2", "L1L2", "OrthogonalRegularizer", "l1", "l2", "l1_l2",
           "orthogonal_regularizer", "get", "serialize", "deserialize"]


class Regularizer(_native.Native):
    """A penalty on a weight, or on an output as `activity_regularizer`; for one of your own, give `__call__`.

    A function of an array does as well. The derivative comes from `keratin.ops` and NumPy's functions, or from a
    method `gradient(x)`.

    Example:

    >>> regularizer = keratin.regularizers.L2(0.1)
    >>> regularizer(np.ones((2, 3)))
    0.6
    >>> class Cubes(keratin.regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return 0.01 * keratin.ops.sum(keratin.ops.abs(x) ** 3)
    >>> layer = keratin.layers.Dense(3, kernel_regularizer=Cubes())
    """

    _concept = _core.Regularizer
    _module = "keratin.regularizers"
    _core = CustomCore()
    _called_back = ("__call__",)

    def __call__(self, x):
        """The penalty of an array, a float32."""
        core = self._own_core
        if core is None:
            return 0.0
        x = in_pass(x)
        if type(x) is KerasTensor:  # called by a class of one's own, by a loss, or in a layer
            elements = x.numpy()
            return KerasTensor._of(_core.differentiable(
                [np.float32(core(elements))], [x._core], lambda slopes: [slopes[0] * core.gradient(elements)])[0])
        return np.float32(core(x))

    def get_config(self):
        if self._own_core is None:
            raise NotImplementedError(f"{shown(self)} does not implement get_config()")
        return super().get_config()


class L1(Regularizer):
    """The sum of absolute values: `l1 * sum(abs(x))`.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_regularizer="l1")

    Args:
        l1: the factor, 0 or more.
    """

    def __init__(self, l1=0.01):
        self._make(l1=_factor(l1, 0.01))


class L2(Regularizer):
    """The sum of squares: `l2 * sum(square(x))`.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_regularizer="l2")

    Args:
        l2: the factor, 0 or more.
    """

    def __init__(self, l2=0.01):
        self._make(l2=_factor(l2, 0.01))


class L1L2(Regularizer):
    """Both sums: `l1 * sum(abs(x)) + l2 * sum(square(x))`.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_regularizer=keratin.regularizers.L1L2(l1=0.01, l2=0.01))

    Args:
        l1: the factor of the first sum, 0 or more.
        l2: the factor of the second sum, 0 or more.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self._make(l1=_factor(l1, 0.0), l2=_factor(l2, 0.0))


class OrthogonalRegularizer(Regularizer):
    """Draws the rows (or columns) of a matrix towards right angles.

    The mean, over all pairs, of the absolute cosine of the pair, times `factor`.

    Example:

    >>> regularizer = keratin.regularizers.OrthogonalRegularizer(factor=0.01)
    >>> layer = keratin.layers.Dense(4, kernel_regularizer=regularizer)

    Args:
        factor: the factor, 0 or more.
        mode: "rows" or "columns".
    """

    def __init__(self, factor=0.01, mode="rows"):
        self._make(factor=factor, mode=mode)


def _factor(value, default):
    # Keras: None is the default.
    return default if value is None else value


# Keras: the spellings in lower case.
l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer


def serialize(regularizer):
    """The config of a regularizer, with its class: what `deserialize` takes."""
    return _native.serialize(regularizer)


@_native.refusing
def deserialize(config, custom_objects=None):
    """The regularizer that a name or a serialized config describes."""
    return _native.deserialize(Regularizer, config, custom_objects)


def get(identifier):
    """A regularizer from None, a name, a config, a class or an object."""
    return _native.get(Regularizer, identifier)
