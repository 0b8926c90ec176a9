# SPDX-License-Identifier: Apache-2.0
"""Layers of C++ whose call takes several values, or options beside them."""
import inspect
import types

from keratin import _core, keras_tensor
from keratin.layers.native_layer import NativeLayer


class CalledLayer(NativeLayer, listed=False):
    """A layer whose `call` is a signature, in Keras's words, around `_called`: what C++ names among the arguments are
    its inputs (of a layer in whose list nothing is named, the list that stands first; of one that takes one input, the
    first), what is true or false, or a number, its options, and `training` what it says."""

    def __call__(self, *args, **kwargs):
        if self._is_called_back():
            return self._own_call(args, kwargs)
        return self.call(*args, **kwargs)

    def _called(self, arguments):
        """What the layer gives for the arguments of its `call`, by name."""
        core = self._own_core
        operation = types.SimpleNamespace() if self._is_called_back() else self
        training = arguments.pop("training", None)
        mask = arguments.pop("mask", None)
        if not core.takes_several and mask is not None:
            mask = [mask]
        mask = None if mask is None or all(one is None for one in mask) else list(mask)
        if core.value_names:
            inputs = [arguments.pop(name) for name in core.value_names]
            while inputs[-1] is None:
                inputs.pop()
        else:
            first = arguments.pop(self._first)
            inputs = list(first) if core.takes_several else [first]
        options = {name: bool(arguments.pop(name)) for name in self._flags}
        options.update((name, arguments.pop(name)) for name, value in list(arguments.items())
                       if isinstance(value, (int, float)) and not isinstance(value, bool))
        named = {name: [value] for name, value in arguments.items() if value is not None}
        options = {name: value for name, value in options.items() if value}
        reads = [*inputs, *(mask or ()), *(one for given in named.values() for one in given)]
        if _core.in_pass() or keras_tensor.is_symbolic(reads):
            outputs = keras_tensor.call(operation, core, inputs, training, mask, named, options)
        else:
            outputs = core.call_values(inputs, bool(training), mask, named, options)
            outputs = outputs[0] if len(outputs) == 1 else outputs
        return tuple(outputs) if isinstance(outputs, list) else outputs

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "_flags" not in cls.__dict__ and cls is cls._listed():
            parameters = inspect.signature(cls.call).parameters.values()
            cls._first = list(cls.call.__code__.co_varnames)[1]
            cls._flags = [p.name for p in parameters if isinstance(p.default, bool) and p.name != "training"]

    def _build_core(self, core, input_shape, scope):
        if core.takes_several:
            core.build_for_shapes(input_shape, scope)
        else:
            super()._build_core(core, input_shape, scope)

    def _build_of(self, arguments, shapes):
        if not self._written("build"):
            names = self._own_core.value_names
            if names:
                self.build(**{f"{name}_shape": shapes[f"{name}_shape"] for name in names if f"{name}_shape" in shapes})
            else:
                self.build(shapes[f"{self._first}_shape"])
        super(NativeLayer, self)._build_of(arguments, shapes)

    def get_build_config(self):
        if self._is_called_back():
            return super().get_build_config()
        if not self._core.takes_several:
            return super().get_build_config()
        shapes = self._core.build_shapes
        if not shapes:
            return None
        names = self._core.value_names
        return {"shapes_dict": {f"{name}_shape": shape for name, shape in zip(names, shapes)}} if names else {
            "input_shape": shapes}

    def build_from_config(self, config):
        if self._is_called_back():
            super().build_from_config(config)
        elif config and config.get("shapes_dict"):
            self.build(**config["shapes_dict"])
        elif config and config.get("input_shape"):
            self.build(config["input_shape"])
