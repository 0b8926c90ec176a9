# SPDX-License-Identifier: Apache-2.0
"""Layers that are trained together. Keras: `keras.Model`."""
import copy
import json
import re
import shutil
import sys

from keratin import _core, _elsewhere, _native, keras_tensor
from keratin.trainers import batches
from keratin.trainers.trainer import Trainer


class Model(Trainer):
    """What models have in common: layers, weights, a summary, training."""

    _classes = {}
    _never_called = ("call", "__call__", "build", "train_step", "test_step", "predict_step", "compute_loss",
                     "compute_metrics", "compute_mask", "make_train_function", "make_test_function",
                     "make_predict_function")

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.__module__.split(".")[0] == __package__.split(".")[0]:
            cls._classes[cls.__name__] = cls
        else:
            _native.refuse_overrides(cls, cls._listed(), cls._never_called)

    @classmethod
    def _listed(cls):
        return next((base for base in cls.__mro__ if base in cls._classes.values()), None)

    def __new__(cls, *args, **kwargs):
        if cls is Model and (len(args) >= 2 or ("outputs" in kwargs and (args or "inputs" in kwargs))):
            return super().__new__(cls._classes["Functional"])
        _native.refuse_own(cls, cls._listed(), Model)
        return super().__new__(cls)

    def __init__(self, *args, **kwargs):
        """`Model(inputs, outputs, name=None)` makes a `Functional`."""
        super().__init__()

    def __getattr__(self, name):
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
        super().__setattr__(name, value)

    # -- layers and weights -------------------------------------------------------------------

    @property
    def name(self):
        return self._core.name

    @property
    def built(self):
        return self._core.built

    @property
    def layers(self):
        """The layers in their order, without input layers."""
        raise NotImplementedError

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
        return [weight for layer in self.layers for weight in layer.weights]

    @property
    def variables(self):
        return self.weights

    @property
    def trainable_weights(self):
        return [weight for layer in self.layers for weight in layer.trainable_weights]

    @property
    def trainable_variables(self):
        return self.trainable_weights

    @property
    def non_trainable_weights(self):
        return [weight for layer in self.layers for weight in layer.non_trainable_weights]

    @property
    def non_trainable_variables(self):
        return self.non_trainable_weights

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = self._trainable

    @property
    def losses(self):
        """The penalties of the weights of all layers as they are now."""
        return [loss for layer in self.layers for loss in layer.losses]

    def get_weights(self):
        """The weights of all layers as a list of arrays, copies."""
        return self._core.get_weights()

    def set_weights(self, weights):
        """Sets the weights of all layers, a list of arrays of the shapes that `get_weights` gives."""
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

    def build(self, input_shape=None):
        """Makes the weights for inputs of that shape, batch first. Without it, a model that is built stays so."""
        if input_shape is None and self.built:
            return
        self._core.build(input_shape)

    def __call__(self, inputs, training=False, mask=None):
        """The outputs for one batch, an array. Arguments as those of a layer."""
        if keras_tensor.is_symbolic(inputs):
            return keras_tensor.call(self, self._core.as_layer, inputs, training, mask)
        return self._core(batches.several(inputs), bool(training), mask)

    # -- copies: what the classes of models have in common -------------------------------------

    def _compiled_state(self):
        """What a copy needs to go on training as this model does, beside `_compiled_with`."""
        if not self.compiled:
            return {}
        left_out = [self.weights.index(weight) for weight in self.optimizer._not_decayed[0] if weight in self.weights]
        return {"compiled": (self._core.get_optimizer_weights(), left_out)}

    def _take_compiled_state(self, compiled):
        """Compiles a copy, whose layers and weights are there, as what `_compiled_state` is of."""
        if compiled is None:
            return
        optimizer_weights, left_out = compiled
        self.compile(**self._compiled_with)
        if left_out:
            self.optimizer.exclude_from_weight_decay([self.weights[i] for i in left_out], self.optimizer._not_decayed[1])
        if optimizer_weights:
            self._core.set_optimizer_weights(optimizer_weights)

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
            line_length = min(shutil.get_terminal_size().columns - 4, 100 if show_trainable else 88)
        text = self._core.summary(line_length, list(positions or ()), bool(expand_nested), bool(show_trainable),
                                  None if layer_range is None else _ends(layer_range, self.layers))
        (print if print_fn is None else print_fn)(text)

    def to_json(self, **kwargs):
        """The config as JSON, which `keratin.models.model_from_json` takes; `kwargs` go to `json.dumps`."""
        config = {"module": "keras", "class_name": type(self).__name__, "config": self.get_config(),
                  "registered_name": type(self).__name__}
        return json.dumps(config, **kwargs)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


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
