# SPDX-License-Identifier: Apache-2.0
"""Models of several inputs and outputs. Keras: `keras.Model(inputs, outputs)`."""
import numpy as np

from keratin import _core, _native, layers
from keratin._structure import map_structure
from keratin.keras_tensor import KerasTensor, is_symbolic
from keratin.layers.own_shapes import like
from keratin.layers.tracking import NOT_COPIED
from keratin.models.graph_data import GraphData
from keratin.models.model import Model


class Functional(GraphData, Model):
    """The layers and operators between some inputs and some outputs.

    Example:

    >>> user, film = (keratin.Input((1,), dtype="int32", name=name) for name in ("user", "film"))
    >>> u, f = (keratin.layers.Flatten()(keratin.layers.Embedding(100, 8)(x)) for x in (user, film))
    >>> model = keratin.Model([user, film], keratin.layers.Dense(1)(u * f))

    Args:
        inputs: what `Input` gave, or inner values of a model, which is cut out then: one, a list, or a dict.
        outputs: what layers and operators gave of them: one, a list, or a dict.
        name: its name, or None for an automatic one.
        trainable: False: the weights stay as they are in training.
        mask_policy: as in `Sequential`.
    """

    def __init__(self, inputs, outputs, name=None, trainable=True, *, mask_policy="strict"):
        for argument, given in (("inputs", inputs), ("outputs", outputs)):
            for value in _leaves(given):
                if not isinstance(value, KerasTensor):
                    raise ValueError(f"[Model] {argument} must be what Input, layers and operators on them give. Received: "
                                     f"{value!r} (of type {type(value).__name__})")
        self._mask_policy = mask_policy
        self._inputs_struct, self._outputs_struct = inputs, outputs
        found = _operations_behind(_leaves(outputs), _leaves(inputs))
        self._layers = list(found.values())  # whose metrics say which steps there are
        self._core = _core.functional([value._core for value in _leaves(inputs)],
                                      [value._core for value in _leaves(outputs)], name, mask_policy,
                                      _in_lists(lambda value: None, inputs),
                                      _in_lists(lambda value: None, outputs), self._steps())
        self._layers = [found[core.name] for core in self._core.layers]
        self._trainable = True
        if not trainable:
            self.trainable = False

    @property
    def layers(self):
        return list(self._layers)

    @property
    def inputs(self):
        return _leaves(self._inputs_struct)

    @property
    def outputs(self):
        return _leaves(self._outputs_struct)

    @property
    def input(self):
        return self._inputs_struct

    @property
    def output(self):
        return self._outputs_struct

    @property
    def input_names(self):
        return self._core.input_names

    @property
    def output_names(self):
        return self._core.output_names

    @property
    def input_shape(self):
        return _shapes_of(self.inputs)

    @property
    def output_shape(self):
        return _shapes_of(self.outputs)

    @property
    def mask_policy(self):
        return self._mask_policy

    @mask_policy.setter
    def mask_policy(self, value):
        self._core.set_mask_policy(value)
        self._mask_policy = value

    def _call_graph(self, inputs, training=None, mask=None):
        """The outputs for one batch, structured as `outputs`."""
        if len(self.inputs) > 1 or isinstance(inputs, dict) or isinstance(self._inputs_struct, dict):
            values = self._in_order(inputs)
            inputs = values if len(values) > 1 else values[0]
        if is_symbolic(inputs) or _core.in_pass() or (len(self.inputs) == 1 and len(self.outputs) == 1):
            return self._structured(_leaves(super()._call_graph(inputs, training, mask)))
        masks = None if mask is None else self._in_order(mask)
        values = inputs if isinstance(inputs, (list, tuple)) and len(inputs) == len(self.inputs) else [inputs]
        outputs = self._core.as_layer.call_values(list(values), bool(training), masks)
        return self._structured(outputs)

    def compute_output_spec(self, *args, **kwargs):
        """Symbolic values like what comes out of these."""
        return self(*args, **kwargs)

    def compute_output_shape(self, input_shape):
        """The shapes of what comes out for inputs of these shapes."""
        return map_structure(lambda value: value.shape, self(like(input_shape)))

    def build(self, input_shape=None):
        """Nothing is left to do: a functional model is built as it is made."""

    # -- configs and copies ------------------------------------------------------------------------

    def get_config(self):
        config = self._core.get_config()
        by_name = {layer.name: layer for layer in self._layers}
        for entry in config["layers"]:
            layer = by_name.get(entry["name"])
            if layer is None:  # an op, or the input of a model that is cut out of another
                continue
            if layer._listed() is None:  # of a class of the user's
                entry.update(_native.serialize(layer))
                if layer.get_build_config() is not None:
                    entry["build_config"] = layer.get_build_config()
            elif not isinstance(layer, Model) or type(layer) is layer._listed():
                entry["config"] = layer.get_config()
        ends = {"input_layers": self._inputs_struct, "output_layers": self._outputs_struct}
        return {**config, **{key: _tuples_of(struct, config[key]) for key, struct in ends.items()}, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config, custom_objects=None, *, mask_policy="strict"):
        """A model of that config, with weights of its own."""
        from keratin import models

        def layer_of(entry):
            return models._deserialized(entry, mask_policy, custom_objects)
        return _rebuilt(cls, config, layer_of, mask_policy)

    def _with_layers(self, layer_of, inputs=None, call=None):
        """The same graph of other layers. `layer_of`: from a layer of this model to that of the other. `inputs`: tensors in the
        place of the model's; `call(layer, ...)`: what makes the calls."""
        by_name = {layer.name: layer for layer in self._layers}

        def other(entry):
            known = by_name.get(entry["name"])
            return layers.deserialize(entry) if known is None else layer_of(known)
        return _rebuilt(type(self), self.get_config(), other, self._mask_policy, inputs, call)

    def __getstate__(self):
        state = {name: value for name, value in self.__dict__.items()
                 if name not in (*NOT_COPIED, "history", "_inputs_struct", "_outputs_struct")}
        state["config"] = self.get_config()
        return {**state, **self._compiled_state()}

    def __setstate__(self, state):
        state = dict(state)
        config, compiled = state.pop("config"), state.pop("compiled", None)
        by_name = {layer.name: layer for layer in state["_layers"]}
        for layer in by_name.values():
            layer.__dict__.pop("_keratin_calls", None)
        other = _rebuilt(type(self), config, lambda entry: by_name.get(entry["name"]) or layers.deserialize(entry),
                         state["_mask_policy"])
        self.__dict__.update(state)
        for name in ("_core", "_inputs_struct", "_outputs_struct", "_layers"):
            self.__dict__[name] = other.__dict__[name]
        self._take_compiled_state(compiled)


def _leaves(structure):
    """The values in lists, tuples and dicts, the latter by sorted keys, as in Keras."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(_checked_keys(structure)) for leaf in _leaves(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for value in structure for leaf in _leaves(value)]
    return [structure]


def _checked_keys(structure):
    wrong = next((key for key in structure if not isinstance(key, str)), None)
    if wrong is not None:
        raise ValueError(f"[Model] a dict of inputs or outputs has names as keys. Received: {wrong!r}")
    return structure


def _shapes_of(values):
    """A shape, or a list of several, however the values are structured, as in Keras."""
    return values[0].shape if len(values) == 1 else [value.shape for value in values]


def _in_lists(function, structure):
    """`function` of each value, in lists where the values are in tuples: the structure as C++ knows it."""
    if isinstance(structure, dict):
        return {key: _in_lists(function, value) for key, value in structure.items()}
    return [_in_lists(function, value) for value in structure] if isinstance(structure, (list, tuple)) else function(structure)


def _tuples_of(structure, plain):
    """What stands in lists and dicts, with tuples where `structure` has them."""
    if isinstance(structure, dict) and isinstance(plain, dict):
        return {key: _tuples_of(structure.get(key), value) for key, value in plain.items()}
    if not isinstance(structure, (list, tuple)) or not isinstance(plain, (list, tuple)) or len(structure) != len(plain):
        return plain
    parts = [_tuples_of(part, value) for part, value in zip(structure, plain)]
    return tuple(parts) if isinstance(structure, tuple) else parts


def _operations_behind(outputs, inputs):
    """The layers and models, by name, that the outputs came from, back to the inputs."""
    found, seen, stack = {}, set(), list(outputs)
    ends = {id(value) for value in inputs}
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if value._operation is not None:
            found.setdefault(value._operation.name, value._operation)
        if id(value) not in ends:
            stack.extend(value._reads)
    for value in inputs:  # those that no output needs
        if value._operation is not None:
            found.setdefault(value._operation.name, value._operation)
    return found


def _rebuilt(cls, config, layer_of, mask_policy, inputs=None, call_function=None):
    """The model of a config. `layer_of`: the layer for the entry of a layer. `inputs`, `call_function`: as `_with_layers` has
    them.

    C++ reads the graph: which calls there are, and in which order they can be made. They are made here, since the
    layers may be classes that a user wrote in Python.
    """
    entries = _native.entry(config, "layers", (list, tuple))
    graph = _core.read_graph({"layers": [_outline(entry) for entry in entries],
                              **{key: config[key] for key in ("input_layers", "output_layers") if key in config}})
    made, outputs = [], {}
    for number, entry in enumerate(entries):
        with _native.at_place("layers", number):
            made.append(None if _core.names_op(_outline(entry)) else layer_of(entry))
        if isinstance(made[-1], layers.InputLayer):
            outputs[number, 0] = [made[-1].output]
    if inputs is not None:
        standing = [id(leaf) for leaf in _leaves(_filled(graph["input_layers"], outputs))]
        instead = dict(zip(standing, _leaves(inputs)))
        outputs = {place: [instead.get(id(value), value) for value in values] for place, values in outputs.items()}
    run_size = 0
    for number, call, args, kwargs in graph["calls"]:
        with _native.at_place("layers", number, "inbound_nodes", call):
            if isinstance(made[number], Model):  # before it takes the time
                run_size = _core.run_size_with(run_size, made[number]._core)
            if made[number] is None:
                found = _call_op(entries[number], call, args, kwargs, outputs)
            else:
                layer, given, named = made[number], _filled(args, outputs), _filled(kwargs, outputs)
                found = layer(*given, **named) if call_function is None else call_function(layer, *given, **named)
        outputs[number, call] = _leaves(found)
    ends = []
    for key in ("input_layers", "output_layers"):
        with _native.at_place(key):
            ends.append(_tuples_of(config.get(key), _filled(graph[key], outputs)))
    more = {} if cls is Functional else {key: value for key, value in config.items() if key not in _OF_GRAPHS}
    return cls(*ends, name=config.get("name"), trainable=config.get("trainable") is not False, mask_policy=mask_policy, **more)


# What else is in a config is an argument of the class of the user's which wrote it.
_OF_GRAPHS = ("name", "trainable", "dtype", "layers", "input_layers", "output_layers", "build_config", "compile_config")


def _outline(entry):
    """Of an entry of config["layers"] what says which calls there are."""
    if not isinstance(entry, dict):
        return entry
    outline = {key: entry[key] for key in ("name", "class_name", "module", "inbound_nodes") if key in entry}
    config = entry.get("config")
    if isinstance(config, dict):
        config = {"name": config.get("name"), **{key: True for key in ("layers", "input_layers", "trainable", "dtype") if key in config}}
    return {**outline, "config": config}


def _filled(structure, outputs):
    """`structure` with tensors in place of what names them."""
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            return _tensor(structure["config"]["keras_history"], outputs)
        if structure.get("class_name") in ("__numpy__", "__tensor__"):
            return np.asarray(structure["config"]["value"], structure["config"]["dtype"])
        return {key: _filled(value, outputs) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_filled(value, outputs) for value in structure]
    return structure


def _tensor(history, outputs):
    layer, call, place = history
    found = outputs.get((layer, call), ())
    if place >= len(found):
        raise ValueError(f"[Functional] call {call} has {len(found)} outputs. Received: output {place}")
    return found[place]


def _call_op(entry, call, args, kwargs, outputs):
    reads = []

    def value_of(history):
        reads.append(_tensor(history, outputs))
        return reads[-1]._core
    cores = _core.replay_op({"class_name": entry["class_name"], "config": entry.get("config")}, args, kwargs,
                            (entry.get("name") or entry["config"]["name"]) if call == 0 else "", value_of)
    return [KerasTensor._of(core, None, reads) for core in cores]
