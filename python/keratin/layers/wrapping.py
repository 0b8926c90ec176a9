# SPDX-License-Identifier: Apache-2.0
"""What layers have in common that are made of other layers. Keras: `keras.layers.Wrapper`."""
from keratin import _native
from keratin._refusal import shown
from keratin._structure import distinct, flatten, map_structure
from keratin.layers.tracking import Tracking, unique


class Wrapping:
    """Beside NativeLayer."""

    _all_in_python = True  # what is in it may be of a class of the user's
    _wrapped = ()  # the arguments that are layers, or lists of them
    _inner_names = ()  # the attributes that they become

    @property
    def _inner(self):
        return flatten([getattr(self, name) for name in self._inner_names])

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

        def written(layer):
            config = serialize_keras_object(layer)
            config.pop("build_config", None)  # they are built with what they are part of
            return config
        return {**super().get_config(), **self._each_inner(written)}

    def _each_inner(self, function):
        """`function` of each layer, by the arguments."""
        return {name: map_structure(function, getattr(self, attribute)) for name, attribute in zip(self._wrapped, self._inner_names)}

    def _own_objects(self, kind, of_part):
        found = super()._own_objects(kind, of_part)
        found += [one for layer in self._inner for one in of_part(layer)]
        return distinct(found)

    def _config_of_clone(self):
        from keratin.models import Model, clone_model
        clones = self._each_inner(lambda layer: clone_model(layer) if isinstance(layer, Model) else layer._clone())
        return {**super()._config_of_clone(), **clones}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer of the config, whose layers may be objects already, or of classes among the custom objects."""
        from keratin import models
        with _native.told_by(cls.__name__):
            config = dict(_native.arguments_in(config))

        def read(layer):
            return models._deserialized(layer, "strict", custom_objects) if isinstance(layer, dict) else layer
        for name in cls._wrapped:
            with _native.at_place(name):
                layers = config.get(name)
                config[name] = list(map(read, layers)) if isinstance(layers, (list, tuple)) else read(layers)
        if cls is not cls._listed():
            return cls(**config)  # of a user's own class, whose errors come as they are
        with _native.told_by(cls.__name__):
            return cls(**config)


def check_layer(who, name, layer):
    """A ValueError for what is no layer, and no model."""
    if not isinstance(layer, Tracking):
        raise ValueError(f"[{who}] {name} must be a layer. Received: {shown(layer, 200)} (of type {type(layer).__name__})")
