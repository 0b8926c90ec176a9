# SPDX-License-Identifier: Apache-2.0
"""Layers that are trained together. Keras: `keras.Model`."""
import copy
import inspect
import re
import sys

from keratin import _core, _elsewhere, _native, keras_tensor, quantizers, regularizers
from keratin._dtype import float32_only
from keratin._structure import distinct
from keratin.layers.own import Own
from keratin.keras_tensor import KerasTensor
from keratin.layers.own_config import arguments_of, own_config
from keratin.layers.running import calls
from keratin.layers.tracking import unique
from keratin.models import quantizing
from keratin.models.model_files import ModelFiles
from keratin.models.own_data import OwnData
from keratin.trainers import batches
from keratin.trainers.trainer import Trainer


class Model(OwnData, Own, ModelFiles, Trainer):
    """Layers that are trained together. `Model(inputs, outputs)` is a `Functional`; for a model of your own give `call`.

    Example:

    >>> class Classifier(keratin.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.vectors = keratin.layers.Embedding(1000, 16)
    ...         self.mean = keratin.layers.GlobalAveragePooling1D()
    ...         self.out = keratin.layers.Dense(1, "sigmoid")
    ...
    ...     def call(self, ids):
    ...         return self.out(self.mean(self.vectors(ids)))

    `train_step(data)`, `test_step(data)` and `compute_loss(x, y, y_pred, sample_weight)` may be given too.

    Args:
        name: its name; a new one by default.
        trainable: False: the weights stay as they are in training.
        dtype: None or "float32".
        mask_policy: as in `Sequential`.
    """

    _classes = {}
    _graph_class = None
    _of_graphs = ("call", "build", "compute_mask", "compute_output_spec")  # a class that has one of them is one's own
    _never_called = ("predict_step", "make_train_function", "make_test_function", "make_predict_function")

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.__module__.split(".")[0] == __package__.split(".")[0]:
            cls._classes[cls.__name__] = cls._graph_class = cls
            return
        listed = cls._find_graph_class()
        _native.refuse_overrides(cls, listed or Model, cls._never_called if listed is None else
                                 (*cls._never_called, "__call__"))
        if listed is None:
            cls._wrap_build()

    @classmethod
    def _listed(cls):
        """The class whose graph in C++ it has; None where it has what is `_of_graphs` by itself."""
        return cls._graph_class

    @classmethod
    def _find_graph_class(cls):
        """Finds anew what `_listed` says, which every call asks: methods may be put into a class after it was made."""
        if cls is not Model and cls._classes.get(cls.__name__) is not cls:
            listed = next((base for base in cls.__mro__ if cls._classes.get(base.__name__) is base), None)
            cls._graph_class = None if _native.overrides(cls, listed, cls._of_graphs) else listed
        return cls._graph_class

    def __new__(cls, *args, **kwargs):
        if cls is Model and _makes_a_graph(args, kwargs):
            cls = cls._classes["Functional"]
        cls._find_graph_class()
        model = object.__new__(cls)
        model._start()
        model.__dict__["_keratin_made_of"] = arguments_of(cls, args, kwargs) if cls.__init__ is not Model.__init__ else {}
        return model

    def __init__(self, *args, **kwargs):
        if not _makes_a_graph(args, kwargs):
            self._make_own(*args, **kwargs)
        elif self._written("call"):  # which may go through the graph, as super().call
            own = {name: kwargs.pop(name) for name in ("name", "trainable") if name in kwargs}
            self._make_own(**own, **{name: value for name, value in kwargs.items() if name == "mask_policy"})
            self._graph = type(self)._classes["Functional"](*args, **kwargs)
        else:  # Keras: a class derived from Model that is given inputs and outputs has their graph
            _give_graph(type(self))
            type(self)._classes["Functional"].__init__(self, *args, **kwargs)

    def _make_own(self, *, name=None, trainable=True, dtype=None, activity_regularizer=None, mask_policy="strict"):
        float32_only(type(self).__name__, dtype)
        self.__dict__["_mask_policy"] = mask_policy
        self.__dict__["_activity_regularizer"] = regularizers.get(activity_regularizer)
        self.__dict__["_trainable"] = True
        self.__dict__["_core"] = _core.own_model(type(self).__name__, name, mask_policy, self._all_steps())
        if not trainable:
            self.trainable = False
        self._find_parts()

    def _steps(self):
        """What a class of the user's does by itself, for C++; None for nothing."""
        train, test, loss, compute_metrics = (self._written(name) for name in ("train_step", "test_step", "compute_loss",
                                                                                "compute_metrics"))
        own_metrics = (self._listed() is not None or "_core" in self.__dict__) and bool(self._own_metrics())
        if compute_metrics or own_metrics:  # the steps of Python come to them
            train = test = True
        metrics = train or test or self._written("metrics")
        return (self, train, test, loss, bool(metrics)) if train or test or loss or metrics else None

    def _own_metrics(self):
        """The metrics that attributes hold, of layers too, each once."""
        found = super()._own_metrics()
        if self._listed() is not None:
            found += [metric for layer in self.__dict__.get("_layers", ()) for metric in layer._own_metrics()]
        return distinct(found)

    def _all_steps(self):
        """The same, which may change: of a class of the user's, where it does nothing yet too."""
        return self._steps() or (self, False, False, False, False)

    @property
    def _operation(self):
        if "_keratin_as_layer" not in self.__dict__:
            self.__dict__["_keratin_as_layer"] = self._core.as_layer
        return self.__dict__["_keratin_as_layer"]

    def __getattr__(self, name):
        if name == "_core":
            self._check_started()
        if name in ("inputs", "outputs", "input", "output") and "_graph" in self.__dict__:
            return getattr(self._graph, name)
        raise _native.no_attribute(self, name)

    def __setattr__(self, name, value):
        known = getattr(type(self), name, None)
        if isinstance(known, property) and known.fset is None:
            hint = {"layers": ". Use `add()` and `pop()` to change the layers in this model", "weights": ": use set_weights", "variables": ": use set_weights"}
            raise AttributeError(f"'{name}' of {type(self).__name__} cannot be set{hint.get(name, '')}.")
        if name in ("metrics", "weighted_metrics", "loss_weights"):
            raise AttributeError(f"'{name}' of {type(self).__name__} cannot be set: call compile again.")
        elsewhere = None if known is not None else _elsewhere.class_answer(type(self), name)
        if elsewhere is not None:
            raise AttributeError(f"'{name}' of {type(self).__name__} cannot be set: {elsewhere}.")
        own = self._listed() is None
        self._check_name_of_attribute(name, known)
        if own and name != "_layers" and not isinstance(known, property):
            self._check_attribute(value)
        super().__setattr__(name, value)
        if own:
            self._attribute_set(value)

    # -- layers and weights -------------------------------------------------------------------

    @property
    def name(self):
        return self._core.name

    @property
    def built(self):
        return self._core.built

    @built.setter
    def built(self, value):
        if self._listed() is not None:
            raise AttributeError(f"'built' of {type(self).__name__} cannot be set.")
        if value and not self.built and "_keratin_building" not in self.__dict__:
            _core.take_as_built(self._operation, [])

    @property
    def layers(self):
        """The layers in their order, without input layers; of a class of your own, those that its attributes hold."""
        graph = self.__dict__.get("_graph")
        return [layer for part in self._layers_within() for layer in (part.layers if part is graph else [part])]

    @layers.setter
    def layers(self, _):
        raise AttributeError("`Model.layers` attribute is reserved and should not be used. Please use another name.")

    def get_layer(self, name=None, index=None):
        """The layer of that name, or in that place."""
        if index is not None and name is not None:
            raise ValueError(f"Provide only a layer name or a layer index. Received: index={index}, name={name}.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"Was asked to retrieve layer at index {index} but model only has "
                                 f"{len(self.layers)} layers.")
            return self.layers[index]
        if name is None:
            raise ValueError("Provide either a layer name or layer index at `get_layer`.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in self.layers]}.")

    @property
    def weights(self):
        return unique([*self._own_weights, *(weight for layer in self.layers for weight in layer.weights)])

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._require_idle("trainable")
        self._trainable = bool(value)
        self._operation.trainable = self._trainable
        for layer in self.layers:
            layer.trainable = self._trainable

    @property
    def losses(self):
        """The penalties of the trainable weights of all layers as they are now."""
        if _core.in_pass():  # of a step of one's own: what activities cost is there too
            return [*map(KerasTensor._of, _core.losses_of_pass()), *self._penalties()]
        return [*self._added_losses(), *self._penalties()]

    @property
    def supports_masking(self):
        """Whether a mask may go through it."""
        return self._listed() is not None or self.__dict__.get("_supports_masking", self._written("compute_mask"))

    @supports_masking.setter
    def supports_masking(self, value):
        if self._listed() is not None:
            raise AttributeError(f"'supports_masking' of {type(self).__name__} cannot be set: a mask goes through its layers as "
                                 "mask_policy says.")
        self.__dict__["_supports_masking"] = bool(value)

    @property
    def mask_policy(self):
        return self._mask_policy

    @mask_policy.setter
    def mask_policy(self, value):
        self._core.set_mask_policy(value)
        self.__dict__["_mask_policy"] = value

    def get_weights(self):
        """The weights of all layers as a list of arrays, copies."""
        return self._core.get_weights()

    def set_weights(self, weights):
        """Sets the weights of all layers, a list of arrays of the shapes that `get_weights` gives."""
        self._require_idle("set_weights")
        self._core.set_weights(weights)

    def count_params(self):
        """How many numbers the weights are."""
        return self._core.count_params()

    @property
    def input_shape(self):
        return self._shape("input_shape")

    @property
    def output_shape(self):
        return self._shape("output_shape")

    def _shape(self, which):
        if not self.built:
            raise AttributeError(f"{type(self).__name__} model '{self.name}' has no defined "
                                 f"{which.replace('_', ' ')} yet.")
        return getattr(self._core, which)

    def quantize(self, mode=None, config=None, filters=None, verbose=True, type_check=True):
        """Quantizes the layers that can be: each Embedding, Dense and EinsumDense. Warns of the others.

        Args:
            mode: "int8" or "int4", as of their `quantize`.
            config: a `keratin.quantizers.QuantizationConfig`.
            filters: which layers: a regular expression that is searched in the name, several, or a function of the layer.
            verbose: prints the report.
            type_check: False: also classes that derive from them.

        Returns:
            A `keratin.quantizers.QuantizationReport`.
        """
        return quantizing.quantize_layers(self, quantizers.resolved(mode, config), filters, verbose, type_check)

    def build(self, input_shape=None):
        """Makes the weights for inputs of that shape, batch first. Without it, a model that is built stays so."""
        if input_shape is None and self.built:
            return
        if self._listed() is not None:
            self._core.build(input_shape)
        else:
            super().build(input_shape)

    def __call__(self, *args, **kwargs):
        """The outputs for one batch: arrays for arrays. Arguments as those of a layer, or of a `call` of your own."""
        if self._listed() is None:
            return self._own_call(args, kwargs)
        return self._call_graph(*args, **kwargs)

    def _added_losses(self):
        if self._listed() is None:
            return super()._added_losses()
        return [loss for layer in self.layers for loss in layer._added_losses()]

    def _clear_losses(self):
        super()._clear_losses()
        for layer in self.layers:
            layer._clear_losses()

    def _call_graph(self, inputs, training=None, mask=None):
        if not calls.running:
            self._begin_call()
        if keras_tensor.is_symbolic(inputs) or _core.in_pass():
            return keras_tensor.call(self, self._operation, inputs, training, mask)
        return self._core(batches.several(inputs), bool(training), mask)

    def call(self, *args, **kwargs):
        if self._listed() is not None:
            return self(*args, **kwargs)
        if "_graph" in self.__dict__:
            return self._graph(*args, **kwargs)
        raise NotImplementedError(f"Model {type(self).__name__} does not have a `call` method implemented.")

    @classmethod
    def _written_config(cls):
        return cls.get_config is not Model.get_config

    def get_config(self):
        """The arguments as a dict of plain values; `from_config` takes it. Where those of your `__init__` are plain
        values, there is nothing to write."""
        return own_config(self, {"name": self.name, "trainable": self.trainable, "dtype": "float32"})

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model of this class with the arguments in `config`."""
        if cls is Model:
            return cls._classes["Functional"].from_config(config, custom_objects)
        if cls._listed() is None:
            arguments = {name: value for name, value in config.items() if name not in ("trainable", "dtype", "name")}
            takes = inspect.signature(cls.__init__).parameters
            arguments.update({name: config[name] for name in ("trainable", "dtype", "name") if name in config and
                              (name in takes or any(p.kind is p.VAR_KEYWORD for p in takes.values()))})
            return cls(**arguments)
        raise NotImplementedError(f"{cls.__name__}.from_config")

    # -- copies: what the classes of models have in common -------------------------------------

    def _compiled_state(self):
        """What a copy needs to go on training as this model does, beside `_compiled_with`."""
        if not self.compiled:
            return {}
        left_out = [self.weights.index(weight) for weight in self.optimizer._not_decayed[0] if weight in self.weights]
        optimizer_weights = self.optimizer.get_weights() if self.optimizer.built else []
        return {"compiled": (optimizer_weights, left_out)}

    def _take_compiled_state(self, compiled):
        """Compiles a copy, whose layers and weights are there, as what `_compiled_state` is of."""
        if compiled is None:
            return
        optimizer_weights, left_out = compiled
        Trainer.compile(self, **self._compiled_with)  # whatever compile of the user's own takes
        if left_out:
            self.optimizer.exclude_from_weight_decay([self.weights[i] for i in left_out], self.optimizer._not_decayed[1])
        if optimizer_weights and self.optimizer._is_own():
            self.optimizer.build(self.trainable_variables)
            self.optimizer.set_weights(optimizer_weights)
        elif optimizer_weights:
            self._core.set_optimizer_weights(optimizer_weights)

    def __getstate__(self):
        state = self._own_state()
        state.pop("history", None)
        return {**state, **self._compiled_state()}

    def __setstate__(self, state):
        state = dict(state)
        compiled, made = state.pop("compiled", None), state["_made_with"]
        compiled_with = state.pop("_compiled_with", None)
        self.__dict__["_core"] = _core.own_model(type(self).__name__, made["name"], state["_mask_policy"],
                                                 self._all_steps())
        self._take_own_state(state)
        if not made["trainable"]:
            self._operation.trainable = False
        if compiled_with is not None:
            self._compiled_with = compiled_with
        self._take_compiled_state(compiled)

    def __deepcopy__(self, memo):
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return other

    # -- words --------------------------------------------------------------------------------

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False,
                layer_range=None):
        """Prints the layers with their output shapes and sizes.

        Args:
            line_length: width of the table; None: the terminal's, 88 at most.
            positions: where the columns end, as parts of the line that ascend to 1.
            print_fn: takes the text; None: `print`.
            expand_nested: whether the layers of models within the model have lines of their own.
            show_trainable: whether a column says which layers are trained.
            layer_range: the names, or regular expressions for them, of the first and the last layer that are shown.
        """
        if line_length is None and sys.stdout is not None and sys.stdout.isatty():
            import shutil
            line_length = min(shutil.get_terminal_size().columns - 4, 100 if show_trainable else 88)
        text = self._core.summary(line_length, list(positions or ()), bool(expand_nested), bool(show_trainable),
                                  None if layer_range is None else _ends(layer_range, self.layers))
        show = print_fn or (lambda text: print(text, end=""))  # its last line ends, as in Keras
        show(text)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _makes_a_graph(args, kwargs):
    """Whether a model is made of inputs and outputs. Keras: `functional_init_arguments`."""
    return len(args) >= 2 or (len(args) == 1 and "outputs" in kwargs) or ("inputs" in kwargs and "outputs" in kwargs)


def _give_graph(cls):
    """Puts Functional in the place of Model among the bases of a class of the user's."""
    functional = Model._classes["Functional"]
    if issubclass(cls, functional):
        return
    for base in cls.__bases__:
        if base is not Model and issubclass(base, Model):
            _give_graph(base)
    cls.__bases__ = tuple(functional if base is Model else base for base in cls.__bases__)
    cls._find_graph_class()


def _ends(layer_range, layers):
    """The names of the first layer that the first expression fits, and of the last that the second fits."""
    if len(layer_range) != 2 or not all(isinstance(end, str) for end in layer_range):
        raise ValueError(f"layer_range must be a list or tuple of two strings. Received: {layer_range!r}")
    first, last = [[i for i, layer in enumerate(layers) if re.match(end, layer.name)] for end in layer_range]
    if not first or not last:
        raise ValueError("Passed layer_names do not match the layer names in the model. "
                         f"Received: {layer_range!r}")
    if first[0] > last[-1]:
        first, last = last, first
    return layers[first[0]].name, layers[last[-1]].name
