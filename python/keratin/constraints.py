# SPDX-License-Identifier: Apache-2.0
"""Projections of weights after each step. Keras: `keras.constraints`."""
from keratin import _core, _native
from keratin._custom import CustomCore

__all__ = ["Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "max_norm", "min_max_norm", "non_neg",
           "unit_norm", "get", "serialize", "deserialize"]


class Constraint(_native.Native):
    """A projection of a weight, applied after each step of the optimizer; for one of your own, give `__call__`.

    A function of an array does as well. It sees the whole weight, so that a step visits every row of a table.

    Example:

    >>> constraint = keratin.constraints.NonNeg()
    >>> constraint([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    >>> layer = keratin.layers.Dense(3, kernel_constraint=lambda w: np.clip(w, -1, 1))
    """

    _concept = _core.Constraint
    _module = "keratin.constraints"
    _core = CustomCore()
    _called_back = ("__call__",)

    def __call__(self, w):
        """The projected array, float32."""
        return self._own_core(w) if self._own_core is not None else w

    def get_config(self):
        return super().get_config() if self._own_core is not None else {}


class MaxNorm(Constraint):
    """Shortens what is longer than `max_value`.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_constraint=keratin.constraints.MaxNorm(2.0))

    Args:
        max_value: the largest norm.
        axis: the axis, or axes, that a norm is taken along: 0 for the columns of a Dense kernel.
    """

    def __init__(self, max_value=2, axis=0):
        self._make(max_value=max_value, axis=axis)


class NonNeg(Constraint):
    """Sets what is negative to 0.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_constraint="non_neg")
    """

    def __init__(self):
        self._make()


class UnitNorm(Constraint):
    """Gives every vector the norm 1.

    Example:

    >>> layer = keratin.layers.Embedding(9, 3, embeddings_constraint=keratin.constraints.UnitNorm(axis=1))

    Args:
        axis: the axis, or axes, that a norm is taken along.
    """

    def __init__(self, axis=0):
        self._make(axis=axis)


class MinMaxNorm(Constraint):
    """Draws norms between two limits.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_constraint=keratin.constraints.MinMaxNorm(0.5, 2.0))

    Args:
        min_value: the smallest norm.
        max_value: the largest norm.
        rate: 1 brings the norms there at once, less than that some of the way at each step.
        axis: the axis, or axes, that a norm is taken along.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self._make(min_value=min_value, max_value=max_value, rate=rate, axis=axis)


# Keras: the spellings in lower case.
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm


def serialize(constraint):
    """The config of a constraint, with its class: what `deserialize` takes."""
    return _native.serialize(constraint)


@_native.refusing
def deserialize(config, custom_objects=None):
    """The constraint that a name or a serialized config describes."""
    return _native.deserialize(Constraint, config, custom_objects)


def get(identifier):
    """A constraint from None, a name, a config, a class or an object."""
    return _native.get(Constraint, identifier)
