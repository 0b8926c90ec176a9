# SPDX-License-Identifier: Apache-2.0
"""Layers that C++ has: signatures and docstrings around them."""
import copy
import types
import warnings

import numpy as np

from keratin import _core, _mask, _native, keras_tensor, regularizers
from keratin._custom import core_of
from keratin._refusal import shown
from keratin.dtype_policies import DTypePolicy
from keratin._structure import flatten, map_structure
from keratin.layers.layer import Layer
from keratin.layers.part_updates import give_updates, updates_of
from keratin.variables import Variable

# What Keras's layers take, and Keratin's have no use for while it is not set.
_NOT_THERE = ("lora_rank", "lora_alpha", "quantization_config", "batch_size", "input_spec")


_CONCEPTS = {"activation": _core.Activation, "initializer": _core.Initializer, "regularizer": _core.Regularizer,
             "constraint": _core.Constraint}


def _for_core(cls, options):
    """The options as C++ takes them: what a user wrote (a function, an object) as an object of C++."""
    concepts = {name: _CONCEPTS.get(name.rpartition("_")[2]) for name in options}
    where = f"[{cls.__name__}] in its {{}}:"
    return {name: core_of(concepts[name], value, where.format(name)) if callable(value) and concepts[name] else value
            for name, value in options.items()}


def _without_mask(value):
    if type(value) is keras_tensor.KerasTensor and value._core.is_masked:
        return keras_tensor.KerasTensor._of(value._core.with_mask(None), value._operation, value._reads)
    return value


class NativeLayer(Layer, listed=False):
    """A layer that C++ has.

    All take `name`, `trainable` and `dtype` ("float32"), and for the first layer of a model `input_shape` (without the
    batch), `batch_input_shape` (with it) or `batch_size`.

    A class of a user's that derives from one, and gives `call`, `build` ... anew, is a layer of one's own (own.py), of
    which the layer of C++ is a part: what `super()` reaches. Its weights are its own.
    """

    _tuples = ()  # what Keras's config has as tuples
    _of_kernel = "kernel"  # what the arguments of the weight "kernel" begin with

    _called_back = ("__call__", "call", "build", "compute_output_shape", "compute_output_spec", "compute_mask")

    def __init_subclass__(cls, **kwargs):
        _native.Native.__init_subclass__.__func__(cls, **kwargs)
        if cls is not cls._listed() and cls._is_called_back():
            cls._check_names()
            cls._wrap_build()

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    # What every object of C++ does, and a layer of one's own does in its own way.
    __getattr__, __repr__ = _native.Native.__getattr__, _native.Native.__repr__

    def __setattr__(self, name, value):
        _native.Native.__setattr__(self, name, value)
        if "_base_core" in self.__dict__:
            self._attribute_set(value)

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
        if base.get("activity_regularizer") is not None:  # of a layer that has no argument of that name of its own
            options["activity_regularizer"] = regularizers.get(base["activity_regularizer"])
        base.pop("activity_regularizer", None)
        if base.get("autocast", True) is True:  # Keras: inputs become the layer's type, as here
            base.pop("autocast", None)
        self.__dict__["_input_shape"] = _take_input_shape(base, options)
        for name in _NOT_THERE:
            if base.get(name) is None:
                base.pop(name, None)
        if base:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: {base}")
        options = {name: _native.frozen(value) for name, value in options.items()}
        if type(self) is not self._listed() and keywords.get("name") is None:
            keywords["name"] = _core.auto_name(type(self).__name__)
        self.__dict__["_options"], self.__dict__["_keywords"] = options, keywords
        self._make_cores()
        if self._is_called_back():
            self._find_parts()

    def _make_cores(self):
        """`_core`, and where a user's class is called back `_base_core`, which `super()` reaches."""
        config = {**self._keywords, **_for_core(type(self), self._options)}
        if not self._is_called_back():
            self.__dict__["_core"] = self._make_core(config, {**self._keywords, **self._options})
            return
        self._start()
        if "activity_regularizer" in config:
            config["activity_regularizer"] = None  # of what `call` gives, which is not C++'s to see
        base = self._make_core(config, {**self._keywords, **self._options})
        self.__dict__["_core"] = _core.own_layer(self, type(self).__name__, base.name, base.trainable)
        self.__dict__["_base_core"] = base

    def _make_core(self, config, options):
        return self._deserialized(config, options)

    def _hint(self, name):
        if isinstance(getattr(self, name, None), (list, Variable)):
            return " Use set_weights, or assign of the variable."
        return super()._hint(name)

    def _variable(self, weight):
        # Keras: a weight carries the constraint and the regularizer that the layer was made with.
        variable = Variable(weight)
        of = self._of_kernel if weight.name == "kernel" else weight.name.removesuffix("_kernel")  # "recurrent_kernel"
        variable._regularizer = self._options.get(f"{of}_regularizer")
        variable._constraint = self._options.get(f"{of}_constraint")
        return variable

    @property
    def weights(self):
        if self._is_called_back():
            return Layer.weights.fget(self)
        return [self._variable(weight) for weight in self._core.weights]

    def _weight(self, index):
        weights = self._own_core.weights
        if index >= len(weights):
            raise AttributeError(f"{type(self).__name__} '{self.name}' has no such weight" +
                                 ("." if self.built else ": it is not built yet."))
        return self._variable(weights[index])

    @property
    def built(self):
        return self._core.built

    @built.setter
    def built(self, value):
        if not self._is_called_back():
            raise AttributeError(f"'built' of {type(self).__name__} cannot be set.")
        Layer.built.fset(self, value)

    @property
    def supports_masking(self):
        given = self.__dict__.get("_supports_masking")
        return (self._own_core.supports_masking or self._written("compute_mask")) if given is None else given

    @supports_masking.setter
    def supports_masking(self, value):
        if not self._is_called_back():
            raise AttributeError(f"'supports_masking' of {type(self).__name__} cannot be set.")
        self.__dict__["_supports_masking"] = bool(value)

    @property
    def losses(self):
        """The penalties of the trainable weights as they are now. A layer keeps nothing of a call, so that those of outputs
        are in the reported loss alone."""
        if self._is_called_back():
            return Layer.losses.fget(self)
        return self._penalties()

    # -- what it does -------------------------------------------------------------------------

    def build(self, input_shape):
        """Makes the weights for inputs of that shape, batch first."""
        if not self._is_called_back():
            self._build_core(self._core, input_shape, "")
        elif "_keratin_building" in self.__dict__:
            if not self._base_core.built:
                self._build_core(self._base_core, input_shape, self._core.path.rpartition("/")[0] or "/")
                self._find_parts()  # its weights stand before what is made from here on
        else:
            super().build(input_shape)

    def _build_core(self, core, input_shape, scope):
        if not core.built or core.build_shapes:  # else it was built as it was made, and takes any inputs: Keras looks at no shape either
            core.build(input_shape, scope)

    def _build_of(self, arguments, shapes):
        if not self._written("build"):
            self.build(map_structure(lambda leaf: leaf.shape, arguments[self._signature.first]))
        super()._build_of(arguments, shapes)

    def _find_parts(self):
        base = self.__dict__.get("_base_core")
        if base is not None and base.built:
            for weight in base.weights:
                self._track(self._variable(weight))
        super()._find_parts()

    def _part_cores(self):
        base = self.__dict__.get("_base_core")
        return super()._part_cores() if base is None else [base, *super()._part_cores()]

    def _has_call(self):
        return True

    def _carries_mask(self):
        return super()._carries_mask() if self._written("call") else self.supports_masking

    def __call__(self, inputs, *args, mask=None, training=None, **kwargs):
        """Outputs for the inputs, an array.

        Args:
            inputs: an array.
            mask: which steps count: bool, the leading axes of the inputs; by default the mask that goes along with
                what another layer returned.
            training: True: as in training, where Dropout drops; None: as around it, which is False at the outermost.
        """
        if self._is_called_back():
            given = {name: value for name, value in (("mask", mask), ("training", training)) if value is not None}
            return self._own_call((inputs, *args), {**kwargs, **given})
        if args or kwargs:
            raise TypeError(f"[{type(self).__name__}] layer '{self.name}' is called with inputs, mask and training. Received "
                            f"besides: {shown(args or kwargs, 200)}")
        if keras_tensor.is_symbolic(inputs) or _core.in_pass():
            return keras_tensor.call(self, self._core, inputs, training, mask)
        if isinstance(inputs, (Layer, dict)) or hasattr(inputs, "_operation"):
            raise TypeError(f"[{type(self).__name__}] layer '{self.name}' is called with an array, or with what Input gives. "
                            f"Received: {shown(inputs, 200)} (of type {type(inputs).__name__})")
        if self._core.takes_several:
            masks = mask if mask is not None else [_mask.of(value) for value in inputs]
            masks = None if all(entry is None for entry in masks) else masks
            return self._core.call_values(list(inputs), bool(training), masks)[0]
        if inputs is None:
            raise TypeError(f"[{type(self).__name__}] a layer is called with an array. Received: None")
        if isinstance(inputs, (list, tuple)) and any(np.ndim(value) > 0 for value in inputs if hasattr(value, "__array__")):
            if len(inputs) > 1:
                raise ValueError(f"[{type(self).__name__}] layer '{self.name}' takes one input. Received: {len(inputs)}")
            inputs = inputs[0]  # as in a model; else it is a list of numbers
        if isinstance(inputs, str):  # one text, for layers that take texts
            inputs = np.array(inputs)
        if mask is not None and not self.supports_masking:
            raise TypeError(f"[{type(self).__name__}] layer '{self.name}' takes no mask.")
        if _mask.of(inputs) is not None and not self.supports_masking:
            warnings.warn(f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask attached "
                          "to it. However, this layer does not support masking and will therefore destroy the mask "
                          "information. Downstream layers will not see the mask.", stacklevel=2)
        return self._core(inputs, bool(training), mask)

    def call(self, inputs, mask=None, training=None):
        """What the layer does, without what is around it in a class that derives from it."""
        if isinstance(mask, (bool, np.bool_)):  # Keras: training is the second argument of Dense and Dropout, mask of poolings
            mask, training = None, mask
        if not self._is_called_back():
            return self(inputs, mask=mask, training=training)
        if not self._own_core.supports_masking:
            mask = None
        outputs = keras_tensor.call(types.SimpleNamespace(), self._own_core, inputs, training, mask)
        return map_structure(_without_mask, outputs)  # compute_mask says which they have

    def compute_output_shape(self, input_shape):
        if self._is_called_back() and self._written("call") and not self._written("compute_output_shape"):
            return super().compute_output_shape(input_shape)
        return self._own_core.compute_output_shape(input_shape)

    def compute_mask(self, inputs, mask=None):
        """The mask of the outputs; None where there is none."""
        if not self._is_called_back():
            return self._core.compute_mask(inputs, mask)
        return keras_tensor.compute_mask(self._own_core, flatten(inputs), [one for one in flatten(mask) if one is not None])

    # -- config and copies --------------------------------------------------------------------

    def get_config(self):
        config = _native.Native.get_config(self)
        if self._is_called_back() and self.activity_regularizer is not None:
            config["activity_regularizer"] = _native.serialize(self.activity_regularizer)
        config.update({name: _native.serialize(value) for name, value in self._own_options().items()})
        config.update({name: tuple(config[name]) for name in self._tuples if isinstance(config.get(name), list)})
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
        if self._is_called_back():
            return super().get_build_config()
        shape = self._core.build_shape
        return None if shape is None else {"input_shape": shape}

    def build_from_config(self, config):
        if self._is_called_back():
            super().build_from_config(config)
        elif config and config.get("input_shape") is not None:
            self.build(config["input_shape"])

    def __getstate__(self):
        core = self._own_core
        state = self._own_state() if self._is_called_back() else _native.Native.__getstate__(self)
        state["_keywords"] = {**self._keywords, "name": self.name, "trainable": self.trainable}
        if core.build_shapes and (core.weights or not core.takes_several):  # merges are built as they are called
            trainable = [weight.trainable for weight in core.weights]
            scope = core.path.rpartition("/")[0] or ("/" if self._is_called_back() else "")
            state["_built"] = (core.build_shapes, scope, self._values(), trainable, updates_of(core))
            if self._is_called_back():
                mine = list(core.weights)
                state["_own_weights"] = [next((i for i, known in enumerate(mine) if known is weight._core), weight)
                                         for weight in state["_own_weights"]]
        state["_chance"] = core.chance  # after the weights: reading them may use some up
        return state

    def __setstate__(self, state):
        state = dict(state)
        built, chance = state.pop("_built", None), state.pop("_chance")
        is_own = self._is_called_back()
        own = {name: state.pop(name) for name in ("_own_weights", "_made_with", "_was_built") if is_own}
        self.__dict__.update(state)
        self._make_cores()
        core = self._own_core
        if built is not None:
            shapes, scope, weights, trainable, updates = built
            self._build_core(core, shapes if core.takes_several else shapes[0], scope)
            give_updates(core, updates)
            self._take_values(weights)
            for weight, value in zip(core.weights, trainable):
                weight.trainable = value
        core.chance = chance
        if is_own:
            mine = list(core.weights) if core.built else []
            own["_own_weights"] = [self._variable(mine[weight]) if isinstance(weight, int) else weight
                                   for weight in own["_own_weights"]]
            self._take_own_state({**state, **own})

    def _values(self):
        """What the weights of C++ hold, for a copy: what `_take_values` takes."""
        return self._own_core.get_weights()

    def _take_values(self, values):
        self._own_core.set_weights(values)

    def __copy__(self):
        if self._is_called_back():
            return super().__copy__()
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)  # shares the weights, as in Keras
        return other

    def __deepcopy__(self, memo):
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return other


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
