# SPDX-License-Identifier: Apache-2.0
import inspect

from keratin import _core, _native
from keratin._structure import flatten, map_shapes
from keratin.layers.layer import Layer


class Lambda(Layer):
    """A function as a layer. It has no weights; what it is made of are operators, `keratin.ops` and other layers' outputs.

    A config has its function by its name, and a model of a file never brings one along: give it as `custom_objects`.

    Example:

    >>> square = keratin.layers.Lambda(lambda x: x ** 2)

    Args:
        function: takes the inputs, and `mask` and `training` where it has such arguments.
        output_shape: the shape of the outputs without the batch, or a function of the input's shape; None: found by calling it.
        mask: None, a mask, or a function of the inputs and their mask: the mask of the outputs.
        arguments: a dict of more arguments of the function.
        **kwargs: those of every layer.

    Input shape:
        What the function takes.

    Output shape:
        What the function gives.
    """

    _all_in_python = True

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"[Lambda] function must be a function. Received: {function!r}")
        if not isinstance(arguments or {}, dict):
            raise TypeError(f"[Lambda] arguments must be a dict. Received: {arguments!r}")
        self.arguments = dict(arguments or {})
        self.function = function
        self.supports_masking = mask is not None
        self.mask = mask
        self._output_shape = output_shape
        try:
            names = inspect.signature(function).parameters
        except (TypeError, ValueError):  # of a builtin
            names = {}
        self._takes = [name for name in ("mask", "training") if name in names]

    @property
    def output_shape(self):
        return self._output_shape

    def call(self, inputs, mask=None, training=None):
        given = {"mask": mask, "training": training}
        return self.function(inputs, **{**self.arguments, **{name: given[name] for name in self._takes}})

    def _written(self, method):
        if method == "compute_output_shape":
            return self._output_shape is not None
        return method == "call" or super()._written(method)

    def compute_output_shape(self, input_shape):
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        batch = flatten(input_shape)[0]
        return map_shapes(lambda shape: (batch, *shape), self._output_shape)

    def compute_mask(self, inputs, previous_mask=None):
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    @classmethod
    def _written_config(cls):
        return True

    def get_config(self):
        from keratin.saving import serialize_keras_object
        config = {**super().get_config(), "function": serialize_keras_object(self.function),
                  "arguments": serialize_keras_object(self.arguments)}
        if self._output_shape is not None:
            config["output_shape"] = serialize_keras_object(self._output_shape)
        if self.mask is not None:
            config["mask"] = serialize_keras_object(self.mask)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer of the function that the config names, which must be among the custom objects."""
        from keratin.saving import deserialize_keras_object
        with _native.told_by(cls.__name__):
            config = _core.plain(_native.arguments_in(config))
        if config.get("function") is None:
            raise ValueError("[Lambda] config[\"function\"] is missing: the name of a function among the custom objects.")
        for name in ("function", "output_shape", "mask", "arguments"):
            if name in config:
                with _native.at_place(name):
                    value = deserialize_keras_object(config[name], custom_objects)
                config[name] = tuple(value) if name == "output_shape" and isinstance(value, list) else value
        with _native.told_by(cls.__name__):
            return cls(**config)

    def _clone(self):
        return type(self)(self.function, self._output_shape, self.mask, self.arguments, name=self.name, trainable=self.trainable)
