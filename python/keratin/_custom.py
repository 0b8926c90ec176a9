# SPDX-License-Identifier: Apache-2.0
"""Regularizers, constraints, initializers and activations that users write: how C++ calls them.

An object of a class of one's own, or a plain function, stands wherever Keratin takes the concept. Derivatives come
from a tape (`keratin.ops`, NumPy's functions that they cover), or from a method `gradient(x)` of the object.
"""
import numpy as np

from keratin import _core
from keratin._refusal import bounded
from keratin.keras_tensor import KerasTensor


class CustomCore:
    """`_core` of an object whose class a user wrote: made at each use, so that no object that C++ holds is kept
    alive by what it calls."""

    def __get__(self, instance, owner):
        return self if instance is None else _MAKE[owner._concept](instance)


def core_of(concept, value, where=""):
    """The C++ object of an option of that concept: of None, of Keratin's objects, of what a user wrote. `where`:
    what a ValueError of it begins with."""
    if value is None:
        return None
    if where and concept is _core.Initializer and "_core" not in getattr(value, "__dict__", ()):
        return _initializer(_Placed(value, where))  # all of it is Python's
    core = getattr(value, "_core", None)
    if concept is _core.Activation and isinstance(core, _core.Layer):
        return _of_layer(value)
    return core if core is not None else _MAKE[concept](value)


class _Placed:
    """An initializer whose errors say whose it is."""

    def __init__(self, function, where):
        self.function, self.where = function, where

    def __call__(self, shape, dtype):
        try:
            return self.function(shape, dtype=dtype)
        except (ValueError, TypeError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(bounded(f"{self.where} {error}")) from error


def _regularizer(function):
    def evaluate(x, wants_gradient):
        if not wants_gradient:
            return float(np.asarray(function(x))), None
        return 0.0, _gradient(function, x, np.float32(1))

    return _core.Regularizer.custom(evaluate)


def _activation(function):
    def evaluate(x, slope):
        return function(x) if slope is None else _gradient(function, x, slope)

    return _core.Activation.custom(evaluate, getattr(function, "__name__", type(function).__name__))


def _of_layer(layer):
    """Of a layer that stands where Keras takes a function. Keras: of any."""
    from keratin import _native, activations
    if type(layer).__name__ not in activations._LAYERS or layer._listed() is not type(layer):
        raise TypeError(f"a layer in place of an activation must be one of {', '.join(activations._LAYERS)}: what a layer of one's "
                        f"own or one with weights does stands behind, as a layer. Received: {_native.shown(layer)}")
    return _core.Activation.deserialize(_native.serialize(layer))


def _gradient(function, x, slope):
    """The derivative by x of sum(function(x) * slope)."""
    if hasattr(function, "gradient"):
        return np.asarray(function.gradient(x), np.float32) * slope
    recording = _core.Recording(False)
    source = KerasTensor._of(recording.watch(x))
    recording.enter()
    try:
        result = function(source)
    finally:
        recording.exit()
    if type(result) is not KerasTensor:
        return np.zeros_like(x)  # it does not depend on x
    return recording.gradients(result._core, slope, [source._core])[0]


def _initializer(function):
    return _core.Initializer.custom(lambda shape: function(shape, dtype="float32"))


_MAKE = {_core.Regularizer: _regularizer, _core.Activation: _activation, _core.Initializer: _initializer,
         _core.Constraint: _core.Constraint.custom}
