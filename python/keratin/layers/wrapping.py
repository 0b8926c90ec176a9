# SPDX-License-Identifier: Apache-2.0
"""What layers have in common that are made of other layers. Keras: `keras.layers.Wrapper`."""
from keratin import _native
from keratin.layers.tracking import Tracking, unique


class Wrapping:
    """Beside NativeLayer."""

    _all_in_python = True  # what is in it may be of a class of the user's
    _wrapped = ()  # the arguments that are layers
    _inner_names = ()  # the attributes that they become

    @property
    def _inner(self):
        return [getattr(self, name) for name in self._inner_names]

    @property
    def weights(self):
        """Those of its layers, each once."""
        if self._is_called_back():
            return super().weights
        return unique(weight for layer in self._inner for weight in layer.weights)

    @property
    def losses(self):
        return [loss for layer in self._inner for loss in layer.losses] if not self._is_called_back() else super().losses

    @property
    def metrics(self):
        return [metric for layer in self._inner for metric in layer.metrics]

    def get_config(self):
        from keratin.saving import serialize_keras_object
        inner = {name: serialize_keras_object(layer) for name, layer in zip(self._wrapped, self._inner)}
        for config in inner.values():
            config.pop("build_config", None)  # they are built with what they are part of
        return {**super().get_config(), **inner}

    def _config_of_clone(self):
        from keratin.models import Model, clone_model
        clones = [clone_model(layer) if isinstance(layer, Model) else layer._clone() for layer in self._inner]
        return {**super()._config_of_clone(), **dict(zip(self._wrapped, clones))}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer of the config, whose layers may be objects already, or of classes among the custom objects."""
        from keratin import models
        with _native.told_by(cls.__name__):
            config = dict(_native.arguments_in(config))
        for name in cls._wrapped:
            if isinstance(config.get(name), dict):
                with _native.at_place(name):
                    config[name] = models._deserialized(config[name], "strict", custom_objects)
        if cls is not cls._listed():
            return cls(**config)  # of a user's own class, whose errors come as they are
        with _native.told_by(cls.__name__):
            return cls(**config)


def check_layer(who, name, layer):
    """A ValueError for what is no layer, and no model."""
    if not isinstance(layer, Tracking):
        raise ValueError(f"[{who}] {name} must be a layer. Received: {layer!r:.200} (of type {type(layer).__name__})")
