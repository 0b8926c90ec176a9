# SPDX-License-Identifier: Apache-2.0
"""Layers one after another. Keras: `keras.Sequential`."""
import inspect
import weakref

from keratin import _core, _native, layers
from keratin._arguments import items
from keratin.keras_tensor import KerasTensor
from keratin.layers import InputLayer
from keratin.layers.tracking import NOT_COPIED
from keratin.models.model import Model
from keratin.trainers import batches


class Sequential(Model):
    """Layers one after another.

    It is built at once when its first layer fixes the shape of the inputs (`Input`, `input_shape=`, an Embedding
    with `input_length`), else by `build` or by the first data.

    Example:

    >>> model = keratin.Sequential([
    ...     keratin.layers.Embedding(1000, 16, input_length=10),
    ...     keratin.layers.GlobalAveragePooling1D(),
    ...     keratin.layers.Dense(1, activation="sigmoid"),
    ... ])
    >>> model.compile("adam", "binary_crossentropy", metrics=["accuracy"])

    Args:
        layers: a list of layers, or None.
        trainable: False: the weights stay as they are in training.
        name: its name, or None for an automatic one.
        mask_policy: what happens to a mask that reaches a layer which cannot carry it: "strict", an error;
            "keras3" and "keras2": it is dropped.
    """

    def __init__(self, layers=None, trainable=True, name=None, mask_policy="strict"):
        if isinstance(trainable, str):  # Keras 2: Sequential(layers, name)
            trainable, name = True, trainable
        if self._listed() is None:
            self._make_own(name=name, mask_policy=mask_policy)
        else:
            self._mask_policy = mask_policy
            self._core = _core.sequential(name, mask_policy, self._steps())
        self._layers = []  # with the input layer
        self._trainable = True
        for layer in items("Sequential", "layers", layers or ()):
            self.add(layer)
        if not trainable:
            self.trainable = False
        if self._listed() is None and self._layers and isinstance(self._layers[0], InputLayer):
            self.build(self._layers[0].batch_shape)

    @property
    def layers(self):
        return [layer for layer in self._layers if not isinstance(layer, layers.InputLayer)]

    def add(self, layer, rebuild=True):
        """Puts a layer on top. When it does not fit, an error, and the model is as before."""
        self._require_idle("add")
        if isinstance(layer, KerasTensor) and isinstance(layer._operation, layers.InputLayer):
            layer = layer._operation
        if isinstance(layer, Model):
            self._add_core(layer._operation)
            self._layers.append(layer)
            self._take_steps(layer)
            return None
        if not isinstance(layer, layers.Layer):
            raise ValueError("Only instances of `keras.Layer` can be added to a Sequential model. "
                             f"Received: {layer} (of type {type(layer)})")
        if not self._layers and layer._input_shape is not None and not isinstance(layer, layers.InputLayer):
            self.add(layers.InputLayer(batch_shape=layer._input_shape))
            try:
                return self.add(layer)
            except BaseException:
                self.pop()
                raise
        self._add_core(layer._core)
        self._layers.append(layer)
        self._take_steps(layer)
        layer.__dict__["_keratin_owner"] = weakref.ref(self)

    def _add_core(self, core):
        if self._listed() is not None:  # else they are parts, as an attribute holds them
            self._core.add(core)

    def _take_steps(self, layer):
        """A model of ours becomes one with steps in Python by the first layer that has metrics, which they report."""
        if self._listed() is None or self._core.has_own_steps or self.compiled or not layer._own_metrics():
            return
        core = _core.sequential(self.name, self._mask_policy, self._steps())
        _put_in(core, self._layers)
        self._core = core

    def pop(self, rebuild=True):
        """Takes the last layer off and returns it."""
        self._require_idle("pop")
        if self._listed() is not None:
            self._core.pop()
        elif not self._layers:
            raise ValueError(f"[Sequential] model '{self.name}' has no layers to take off.")
        return self._layers.pop()

    def _has_call(self):
        return True

    def call(self, inputs, training=None, mask=None):
        """The outputs of the layers one after another: what `super().call` of a class of your own is."""
        if self._listed() is not None:
            return self(inputs, training=training, mask=mask)
        if mask is not None and isinstance(inputs, KerasTensor):
            inputs = KerasTensor._of(inputs._core.with_mask(mask))

        def run():
            x = inputs
            for layer in self.layers:
                x = layer(x)
            return x
        return run() if training is None else _core.with_training(run, bool(training))

    def _build_as_its_layers(self):
        """Builds a model whose layers are all built, for what the first of them was built for."""
        if self._layers and all(layer.built for layer in self._layers):
            shape = (self._layers[0].get_build_config() or {}).get("input_shape")
            if shape is not None and not isinstance(shape, dict):
                self.build((None, *shape[1:]))

    def _functional_form(self):
        """The values between its layers, from the input on: (input, output)."""
        if not self.built:
            raise AttributeError(f"Sequential model '{self.name}' has no defined inputs and outputs yet: build it first.")
        if self.__dict__.get("_form_of") != self._layers:
            first = self._layers[0]
            dtype = first.inputs[0].dtype if isinstance(first, Model) and first.built and first.inputs else None
            entry = first if isinstance(first, layers.InputLayer) else layers.InputLayer(batch_shape=self.input_shape, dtype=dtype)
            x = entry.output
            for layer in self.layers:
                x = layer(x)
            self.__dict__["_form_of"], self.__dict__["_form"] = list(self._layers), (entry.output, x)
        return self.__dict__["_form"]

    @property
    def input(self):
        return self._functional_form()[0]

    @property
    def output(self):
        return self._functional_form()[1]

    @property
    def inputs(self):
        return [self.input]

    @property
    def outputs(self):
        return [self.output]

    def build(self, input_shape=None):
        """Makes the weights for inputs of that shape, batch first. Without it, a model that is built stays so."""
        try:
            super().build(input_shape)
        except TypeError:
            for layer in self.layers:  # as in Keras: of a layer that nobody gives what it asks for
                required = _required(layer)
                if len(required) > 1:
                    raise ValueError("Layers added to a Sequential model can only have a single positional argument, the input "
                                     f"tensor. Layer {type(layer).__name__} has multiple positional arguments: "
                                     f"{required}") from None
            raise

    def _call_graph(self, inputs, training=None, mask=None):
        if self.built or all(layer._listed() is not None for layer in self.layers):
            return super()._call_graph(inputs, training, mask)
        several = isinstance(inputs, dict) or isinstance(batches.several(inputs), tuple)
        if not several:
            try:
                return super()._call_graph(inputs, training, mask)
            except NotImplementedError:  # a layer of the user's says nothing of its shapes
                pass
        for layer in self._layers:
            inputs = layer(inputs) if training is None else layer(inputs, training=training)
        return inputs

    def _places(self):
        return super()._places() if self._listed() is None else 0

    def _output_paths(self):
        return None  # as in Keras

    def compute_output_shape(self, input_shape):
        if self._listed() is None:
            return super().compute_output_shape(input_shape)
        for layer in self._layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        """name, layers and the shape it was built for; `from_config` takes it."""
        config = {"name": self.name} if self._listed() is None else self._core.get_config()
        config["trainable"] = self.trainable
        config["layers"] = [layers.serialize(layer) for layer in self._layers]
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None, *, mask_policy="strict"):
        """A model of that config, with weights of its own. `mask_policy`: as in `Sequential`; no config has it.

        Raises:
            ValueError: names the place in the config, as `config["layers"][1]["config"]["units"]`.
        """
        with _native.told_by(cls.__name__):
            if isinstance(config, (list, tuple)):  # Keras 2.1 and before: the layers alone
                config = {"layers": config}
        all_layers = _native.entry(config, "layers", (list, tuple))
        from keratin.models import _deserialized
        with _native.at_place("name"):
            model = cls(name=config.get("name"), mask_policy=mask_policy)
        for number, layer in enumerate(all_layers):
            with _native.at_place("layers", number):
                model.add(_deserialized(layer, mask_policy, custom_objects))
        shape = config.get("build_input_shape")
        if shape is not None and not model.built:
            with _native.at_place("build_input_shape"):
                model.build(shape)
        return model

    # -- copies: weights and the optimizer's state included ------------------------------------

    def __getstate__(self):
        if self._listed() is None:
            return super().__getstate__()
        state = {name: value for name, value in self.__dict__.items() if name not in (*NOT_COPIED, "history", "_form", "_form_of")}
        state["name"] = self.name
        if self.built:
            state["input_shape"] = self.input_shape
        return {**state, **self._compiled_state()}

    def __setstate__(self, state):
        if self._listed() is None:
            super().__setstate__(state)
            return
        state = dict(state)
        name, shape = state.pop("name"), state.pop("input_shape", None)
        compiled = state.pop("compiled", None)
        self.__dict__.update(state)
        self._layers = list(self._layers)  # a shallow copy shares the layers, not the list
        self._core = _core.sequential(name, self._mask_policy, self._steps())
        _put_in(self._core, self._layers)
        if shape is not None and not self.built:
            self.build(shape)
        self._take_compiled_state(compiled)


def _put_in(core, layers_of_model):
    for layer in layers_of_model:
        core.add(layer._operation if isinstance(layer, Model) else layer._core)


def _required(layer):
    """The arguments that the layer's `call` must be given."""
    return [parameter.name for parameter in inspect.signature(layer.call).parameters.values()
            if parameter.default is parameter.empty and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)]
