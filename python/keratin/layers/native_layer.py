# SPDX-License-Identifier: Apache-2.0
"""Layers that C++ has: signatures and docstrings around them."""
import copy
import warnings

import numpy as np

from keratin import _core, _mask, _native, keras_tensor
from keratin._custom import core_of
from keratin.dtype_policies import DTypePolicy
from keratin.layers.layer import Layer
from keratin.variables import Variable

# What Keras's layers take, and Keratin's have no use for while it is not set.
_NOT_THERE = ("lora_rank", "lora_alpha", "quantization_config", "autocast", "batch_size", "input_spec")


_CONCEPTS = {"activation": _core.Activation, "initializer": _core.Initializer, "regularizer": _core.Regularizer,
             "constraint": _core.Constraint}


def _for_core(cls, options):
    """The options as C++ takes them: what a user wrote (a function, an object) as an object of C++."""
    concepts = {name: _CONCEPTS.get(name.rpartition("_")[2]) for name in options}
    where = f"[{cls.__name__}] in its {{}}:"
    return {name: core_of(concepts[name], value, where.format(name)) if callable(value) and concepts[name] else value
            for name, value in options.items()}


class NativeLayer(Layer, listed=False):
    """A layer that C++ has.

    All take `name`, `trainable` and `dtype` ("float32"), and for the first layer of a model `input_shape` (without the
    batch), `batch_input_shape` (with it) or `batch_size`.
    """

    _never_called = ("call", "__call__", "build", "compute_output_shape", "compute_mask")

    def __init_subclass__(cls, **kwargs):
        _native.Native.__init_subclass__.__func__(cls, **kwargs)

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    # What every object of C++ does, and a layer of one's own does in its own way.
    __getattr__, __setattr__, __repr__ = _native.Native.__getattr__, _native.Native.__setattr__, _native.Native.__repr__
    from_config = _native.Native.__dict__["from_config"]

    @property
    def activity_regularizer(self):
        return self.__dict__.get("_options", {}).get("activity_regularizer")

    def _make(self, base, **options):
        """Makes the C++ layer. `base`: the keywords that all layers take."""
        keywords = {name: base.pop(name) for name in ("name", "trainable", "dtype") if base.get(name) is not None}
        if isinstance(keywords.get("dtype"), DTypePolicy):
            keywords["dtype"] = keywords["dtype"].name
        base.pop("name", None), base.pop("dtype", None)
        self.__dict__["_input_shape"] = _take_input_shape(base, options)
        for name in _NOT_THERE:
            if base.get(name) is None:
                base.pop(name, None)
        if base:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: {base}")
        options = {name: _native.frozen(value) for name, value in options.items()}
        self._core = self._make_core({**keywords, **_for_core(type(self), options)}, {**keywords, **options})
        self._options = options
        self._keywords = keywords

    def _make_core(self, config, options):
        return self._deserialized(config, options)

    def _hint(self, name):
        if isinstance(getattr(self, name, None), (list, Variable)):
            return " Use set_weights, or assign of the variable."
        return super()._hint(name)

    def _variable(self, weight):
        # Keras: a weight carries the constraint and the regularizer that the layer was made with.
        variable = Variable(weight)
        variable._regularizer = self._options.get(f"{weight.name}_regularizer")
        variable._constraint = self._options.get(f"{weight.name}_constraint")
        return variable

    @property
    def weights(self):
        return [self._variable(weight) for weight in self._core.weights]

    def _weight(self, index):
        weights = self._core.weights
        if index >= len(weights):
            raise AttributeError(f"{type(self).__name__} '{self.name}' has no such weight" +
                                 ("." if self.built else ": it is not built yet."))
        return self._variable(weights[index])

    @property
    def built(self):
        return self._core.built

    @property
    def supports_masking(self):
        return self._core.supports_masking

    @property
    def losses(self):
        """The penalties of the weights as they are now. A layer keeps nothing of a call, so that those of outputs
        are in the reported loss alone."""
        return [weight.regularizer(weight.numpy()) for weight in self.weights if weight.regularizer is not None]

    # -- what it does -------------------------------------------------------------------------

    def build(self, input_shape):
        """Makes the weights for inputs of that shape, batch first."""
        self._core.build(input_shape)

    def __call__(self, inputs, *, mask=None, training=None):
        """Outputs for the inputs, an array.

        Args:
            inputs: an array.
            mask: which steps count: bool, the leading axes of the inputs; by default the mask that goes along with
                what another layer returned.
            training: True: as in training, where Dropout drops; None: as around it, which is False at the outermost.
        """
        if keras_tensor.is_symbolic(inputs) or _core.in_pass():
            return keras_tensor.call(self, self._core, inputs, training, mask)
        if isinstance(inputs, Layer):
            raise TypeError(f"[{type(self).__name__}] a layer is called with an array, or with what Input gives. Received: "
                            f"the layer {inputs!r}")
        if self._core.takes_several:
            masks = mask if mask is not None else [_mask.of(value) for value in inputs]
            masks = None if all(entry is None for entry in masks) else masks
            return self._core.call_values(list(inputs), bool(training), masks)[0]
        if inputs is None:
            raise TypeError(f"[{type(self).__name__}] a layer is called with an array. Received: None")
        if mask is not None and not self.supports_masking:
            raise TypeError(f"[{type(self).__name__}] layer '{self.name}' takes no mask.")
        if _mask.of(inputs) is not None and not self.supports_masking:
            warnings.warn(f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask attached "
                          "to it. However, this layer does not support masking and will therefore destroy the mask "
                          "information. Downstream layers will not see the mask.", stacklevel=2)
        return self._core(inputs, bool(training), mask)

    def call(self, inputs, mask=None, training=None):
        return self(inputs, mask=mask, training=training)

    def compute_output_shape(self, input_shape):
        return self._core.compute_output_shape(input_shape)

    def compute_mask(self, inputs, mask=None):
        """The mask of the outputs; None where there is none."""
        return self._core.compute_mask(inputs, mask)

    # -- config and copies --------------------------------------------------------------------

    def get_config(self):
        config = _native.Native.get_config(self)
        config.update({name: _native.serialize(value) for name, value in self._own_options().items()})
        return config

    def _own_options(self):
        """The options that a user wrote: functions, objects of classes of one's own."""
        return {name: value for name, value in self._options.items()
                if callable(value) and "_core" not in getattr(value, "__dict__", {})}

    def _clone(self):
        """Another one of the same config, with weights of its own."""
        return type(self).from_config(self._config_of_clone())

    def _config_of_clone(self):
        return {**self.get_config(), **self._own_options()}

    def get_build_config(self):
        shape = self._core.build_shape
        return None if shape is None else {"input_shape": shape}

    def build_from_config(self, config):
        if config and config.get("input_shape") is not None:
            self.build(config["input_shape"])

    def __getstate__(self):
        state = _native.Native.__getstate__(self)
        state["_keywords"] = {**self._keywords, "name": self.name, "trainable": self.trainable}
        if self._core.build_shape is not None and not self._core.takes_several:  # merges are built as they are called
            trainable = [weight.trainable for weight in self._core.weights]
            scope = self._core.path.rpartition("/")[0]
            state["_built"] = (self._core.build_shape, scope, self._values(), trainable)
        state["_chance"] = self._core.chance  # after the weights: reading them may use some up
        return state

    def __setstate__(self, state):
        state = dict(state)
        built, chance = state.pop("_built", None), state.pop("_chance")
        self.__dict__.update(state)
        self._core = self._make_core({**self._keywords, **_for_core(type(self), self._options)}, self._options)
        if built is not None:
            shape, scope, weights, trainable = built
            self._core.build(shape, scope)
            self._take_values(weights)
            for weight, value in zip(self._core.weights, trainable):
                weight.trainable = value
        self._core.chance = chance

    def _values(self):
        """What its weights hold, for a copy: what `_take_values` takes."""
        return self.get_weights()

    def _take_values(self, values):
        self._core.set_weights(values)

    def __copy__(self):
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)  # shares the weights, as in Keras
        return other

    def __deepcopy__(self, memo):
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return other


def integer(layer, name, value):
    """The value of an argument as an integer; a ValueError for what is none, 4.0 among it. C++ knows its range."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    raise ValueError(f"[{layer}] {name} must be a positive integer. Received: {name}={value!r} "
                     f"(of type {type(value).__name__})")


def _take_input_shape(base, options):
    """The batch shape that the keywords of a first layer give, or None."""
    batch_size = base.pop("batch_size", None)
    shape = base.pop("batch_input_shape", base.pop("batch_shape", None))
    if shape is not None:
        if batch_size is not None and batch_size != shape[0]:
            raise ValueError(f"batch_size must be the first axis of the shape {tuple(shape)}. Received: {batch_size!r}")
        return tuple(shape)
    shape = base.pop("input_shape", None)
    if shape is None and "input_dim" in base and "input_dim" not in options:
        shape = (base.pop("input_dim"),)
    if shape is None:
        if batch_size is not None:
            raise ValueError(f"batch_size is the first axis of an input_shape, and there is none. Received: {batch_size!r}")
        return None
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    return (batch_size, *shape)
