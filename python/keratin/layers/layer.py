# SPDX-License-Identifier: Apache-2.0
"""What every layer is, and layers that users write. Keras: `keras.layers.Layer`."""
import copy

from keratin import _core, _native, dtype_policies, regularizers
from keratin._dtype import float32_only
from keratin.layers.own import Own
from keratin.layers.own_config import arguments_of, own_config
from keratin.layers.tracking import unique


class Layer(Own, _native.Native):
    """Weights, and a function from values to values. For one of your own give `call`, and `build` where weights depend
    on the shape of the inputs.

    Within `call` the arguments are `keratin.KerasTensor`: use layers, operators, `keratin.ops` and NumPy's functions that
    it covers. The derivative is read off what they did.

    Example:

    >>> class Highway(keratin.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.gate = keratin.layers.Dense(input_shape[-1], "sigmoid")
    ...         self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
    ...
    ...     def call(self, x):
    ...         g = self.gate(x)
    ...         return g * x * self.scale + (1 - g) * x

    Args:
        activity_regularizer: a penalty on the outputs.
        trainable: False: the weights stay as they are in training.
        dtype: None or "float32".
        autocast: for programs that say it; there is one type of floats.
        name: its name; a new one by default.
    """

    _concept = _core.Layer
    _module = "keratin.layers"

    def __init_subclass__(cls, listed=True, **kwargs):
        super().__init_subclass__(listed=listed, **kwargs)
        if cls._listed() is None and cls.__module__.split(".")[0] != __package__.split(".")[0]:
            cls._wrap_build()

    def __new__(cls, *args, **kwargs):
        layer = object.__new__(cls)
        layer._start()
        if cls.__init__ is not Layer.__init__:
            layer.__dict__["_keratin_made_of"] = arguments_of(cls, args, kwargs)
        else:
            layer.__dict__["_keratin_made_of"] = {}
        return layer

    def __init__(self, *, activity_regularizer=None, trainable=True, dtype=None, autocast=True, name=None, **kwargs):
        if isinstance(dtype, dict):  # of a file of Keras
            dtype = dtype_policies.deserialize(dtype)
        float32_only(type(self).__name__, dtype)
        shape = kwargs.pop("input_shape", None)
        if shape is not None:
            self.__dict__["_input_shape"] = (None, *shape)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}")
        self.__dict__["_core"] = _core.own_layer(self, type(self).__name__, name, bool(trainable))
        self.__dict__["_activity_regularizer"] = regularizers.get(activity_regularizer)
        self._find_parts()

    def __setattr__(self, name, value):
        known = getattr(type(self), name, None)
        if isinstance(known, property) and known.fset is None:
            raise AttributeError(f"'{name}' of {type(self).__name__} cannot be set.{self._hint(name)}")
        self._check_name_of_attribute(name, known)
        self._check_attribute(value)
        object.__setattr__(self, name, value)
        self._attribute_set(value)

    def __getattr__(self, name):
        if name == "_core":
            raise RuntimeError(f"In layer '{type(self).__name__}', you forgot to call `super().__init__()` as the first "
                               "statement in the `__init__()` method. Go add it!")
        raise _native.no_attribute(self, name)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    # -- what it is ---------------------------------------------------------------------------

    @property
    def name(self):
        return self._core.name

    @property
    def path(self):
        """The name, with that of the model before it which built it; None before it is built."""
        return self._core.path if self.built else None

    @property
    def trainable(self):
        """False: the weights stay as they are in training."""
        return self._core.trainable

    @trainable.setter
    def trainable(self, value):
        self._core.trainable = bool(value)

    def quantize(self, mode=None, type_check=True, config=None):
        """Of an Embedding: makes codes of its table. Others cannot: NotImplementedError."""
        raise NotImplementedError(f"[{type(self).__name__}] layer '{self.name}' cannot be quantized: Embedding, Dense and EinsumDense can.")

    @property
    def built(self):
        return self._core.built

    @built.setter
    def built(self, value):
        if value and not self.built and "_keratin_building" not in self.__dict__:
            _core.take_as_built(self._operation, [])

    @property
    def supports_masking(self):
        """Whether it passes a mask on: where it says so, or has a `compute_mask` of its own."""
        given = self.__dict__.get("_supports_masking")
        return self._written("compute_mask") if given is None else given

    @supports_masking.setter
    def supports_masking(self, value):
        self.__dict__["_supports_masking"] = bool(value)

    @property
    def input(self):
        """What it was called on: KerasTensors, of the first call that was symbolic."""
        return self._call_tensors("input")[0]

    @property
    def output(self):
        """What it gave: KerasTensors, of the first call that was symbolic."""
        return self._call_tensors("output")[1]

    def _call_tensors(self, which):
        calls = self.__dict__.get("_keratin_calls", ())
        owner = self.__dict__.get("_keratin_owner")
        if not calls and owner is not None and owner() is not None:
            owner()._functional_form()  # of a Sequential that nobody asked for its values
            calls = self.__dict__.get("_keratin_calls", ())
        if not calls:
            raise AttributeError(f"The layer {self.name} has never been called on a symbolic value and thus has no defined {which}.")
        return calls[0]

    # -- weights ------------------------------------------------------------------------------

    @property
    def weights(self):
        """Its own, then those of its parts, each once."""
        return unique([*self._own_weights, *(weight for part in self._layers_within() for weight in part.weights)])

    @property
    def losses(self):
        """The penalties of the trainable weights as they are now, and what `add_loss` was given in the last call that came from
        outside of any model."""
        return [*self._added_losses(), *self._penalties()]

    @property
    def metrics(self):
        """The metrics that are attributes, of the parts too."""
        return self._own_metrics()

    def get_weights(self):
        """The weights as a list of arrays, copies."""
        return self._core.get_weights()

    def set_weights(self, weights):
        """Sets all weights, a list of arrays of the shapes that `get_weights` gives."""
        self._core.set_weights(weights)

    def count_params(self):
        """How many numbers the weights are."""
        if not self.built:
            raise ValueError(f"You tried to call `count_params` on layer '{self.name}', but the layer isn't built. "
                             f"You can build it manually via: `layer.build(input_shape)`.")
        return self._core.count_params()

    # -- what it does -------------------------------------------------------------------------

    def __call__(self, *args, **kwargs):
        """The outputs: arrays for arrays, and KerasTensors for those, and within another layer's `call`. The arguments
        are those of `call`; `training` and masks that are not given come from around it."""
        return self._own_call(args, kwargs)

    def call(self, *args, **kwargs):
        raise NotImplementedError(f"Layer {type(self).__name__} does not have a `call` method implemented.")

    # -- config and copies --------------------------------------------------------------------

    @classmethod
    def _written_config(cls):
        return cls.get_config is not Layer.get_config

    def get_config(self):
        """The arguments as a dict of plain values; `from_config` takes it. Where those of your `__init__` are plain
        values, there is nothing to write."""
        base = {"name": self.name, "trainable": self.trainable, "dtype": "float32"}
        if self.activity_regularizer is not None:
            base["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return own_config(self, base)

    @classmethod
    def from_config(cls, config):
        """A layer of this class with the arguments in `config`."""
        return cls(**config)

    def __getstate__(self):
        return self._own_state()

    def __setstate__(self, state):
        self.__dict__["_core"] = _core.own_layer(self, type(self).__name__, **state["_made_with"])
        self._take_own_state(state)

    def __copy__(self):
        raise TypeError(f"[{type(self).__name__}] a layer of one's own is not copied with its weights shared: use the layer "
                        "itself, or copy.deepcopy.")

    def __deepcopy__(self, memo):
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return other
