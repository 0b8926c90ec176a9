# SPDX-License-Identifier: Apache-2.0
"""Models of several inputs and outputs. Keras: `keras.Model(inputs, outputs)`."""
import numpy as np

from keratin import _core, _native, layers
from keratin.keras_tensor import KerasTensor, flat, is_symbolic, operands
from keratin.layers.tracking import NOT_COPIED
from keratin.models.model import Model


class Functional(Model):
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
            wrong = next((value for value in flat(given) if not isinstance(value, KerasTensor)), None)
            if wrong is not None:
                raise ValueError(f"[Model] {argument} must be what Input, layers and operators on them give. Received: "
                                 f"{wrong!r} (of type {type(wrong).__name__})")
        self._mask_policy = mask_policy
        self._inputs_struct, self._outputs_struct = inputs, outputs
        self._core = _core.functional([value._core for value in flat(inputs)], [value._core for value in flat(outputs)],
                                      name, mask_policy, *(_keys(struct) for struct in (inputs, outputs)), self._steps())
        found = _operations_behind(flat(outputs), flat(inputs))
        self._layers = [found[core.name] for core in self._core.layers]
        self._trainable = True
        if not trainable:
            self.trainable = False

    @property
    def layers(self):
        return list(self._layers)

    @property
    def inputs(self):
        return flat(self._inputs_struct)

    @property
    def outputs(self):
        return flat(self._outputs_struct)

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
        return _map(lambda value: value.shape, self._inputs_struct)

    @property
    def output_shape(self):
        return _map(lambda value: value.shape, self._outputs_struct)

    @property
    def mask_policy(self):
        return self._mask_policy

    @mask_policy.setter
    def mask_policy(self, value):
        self._core.set_mask_policy(value)
        self._mask_policy = value

    def _call_graph(self, inputs, training=None, mask=None):
        """The outputs for one batch, structured as `outputs`."""
        if is_symbolic(inputs) or _core.in_pass() or (len(self.inputs) == 1 and len(self.outputs) == 1):
            result = super()._call_graph(self._in_order(inputs) if isinstance(inputs, dict) else inputs, training, mask)
            return self._structured(flat(result))
        masks = None if mask is None else self._in_order(mask)
        outputs = self._core.as_layer.call_values(self._in_order(inputs), bool(training), masks)
        return self._structured(outputs)

    def _in_order(self, inputs):
        """The inputs as a list in the order of the model's."""
        if not isinstance(inputs, dict):
            return list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        unknown = [name for name in inputs if name not in self.input_names]
        missing = [name for name in self.input_names if name not in inputs]
        if unknown or missing:
            raise ValueError(f"[{type(self).__name__}] the inputs of '{self.name}' are {self.input_names}. "
                             f"Missing: {missing}, unknown: {unknown}")
        return [inputs[name] for name in self.input_names]

    def _structured(self, outputs):
        if isinstance(self._outputs_struct, dict):
            return dict(zip(sorted(self._outputs_struct), outputs))
        if isinstance(self._outputs_struct, (list, tuple)) and len(outputs) > 1:  # Keras: unpack_singleton
            return type(self._outputs_struct)(outputs)
        return outputs[0]

    def build(self, input_shape=None):
        """Nothing is left to do: a functional model is built as it is made."""

    # -- configs and copies ------------------------------------------------------------------------

    def get_config(self):
        config = self._core.get_config()
        by_name = {layer.name: layer for layer in self._layers}
        for entry in config["layers"]:
            layer = by_name.get(entry["name"])
            if layer is None:
                continue
            if layer._listed() is None:  # of a class of the user's
                entry.update(_native.serialize(layer))
                if layer.get_build_config() is not None:
                    entry["build_config"] = layer.get_build_config()
            elif not isinstance(layer, Model):
                entry["config"] = layer.get_config()
        config["trainable"] = self.trainable
        for key, struct in (("input_layers", self._inputs_struct), ("output_layers", self._outputs_struct)):
            ends = config[key] if len(flat(struct)) > 1 else [config[key]]
            if isinstance(struct, dict):
                config[key] = dict(zip(sorted(struct), ends))
            elif isinstance(struct, (list, tuple)):
                config[key] = ends
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None, *, mask_policy="strict"):
        """A model of that config, with weights of its own."""
        from keratin import models

        def layer_of(entry):
            return models._deserialized(entry, custom_objects)
        return _rebuilt(cls, config, layer_of, mask_policy)

    def _with_layers(self, layer_of):
        """The same graph of other layers. `layer_of`: from a layer of this model to that of the other."""
        by_name = {layer.name: layer for layer in self._layers}
        return _rebuilt(type(self), self.get_config(), lambda entry: layer_of(by_name[entry["name"]]), self._mask_policy)

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
            layer.__dict__.pop("_calls", None)
        other = _rebuilt(type(self), config, lambda entry: by_name[entry["name"]], state["_mask_policy"])
        self.__dict__.update(state)
        for name in ("_core", "_inputs_struct", "_outputs_struct", "_layers"):
            self.__dict__[name] = other.__dict__[name]
        self._take_compiled_state(compiled)


def _keys(structure):
    """What the entries of a dict are called, in the order of `flat`; of what is no dict, nothing."""
    if not isinstance(structure, dict):
        return []
    wrong = next((key for key in structure if not isinstance(key, str)), None)
    if wrong is not None:
        raise ValueError(f"[Model] a dict of inputs or outputs has names as keys. Received: {wrong!r}")
    return sorted(structure)


def _map(function, structure):
    if isinstance(structure, dict):
        return {key: function(value) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [function(value) for value in structure]
    return function(structure)


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


def _rebuilt(cls, config, layer_of, mask_policy):
    """The model of a config. `layer_of`: the layer for the entry of a layer."""
    entries = _native.entry(config, "layers", (list, tuple))
    tensors, waiting = {}, []
    made = {}
    for number, entry in enumerate(entries):
        with _native.at_place("layers", number):
            name = _native.entry(entry, "name", str) if "name" in entry else entry["config"]["name"]
            nodes = entry.get("inbound_nodes") or []
            is_op = str(entry.get("module", "")).startswith("keras.src.ops")
            made[name] = None if is_op else layer_of(entry)
            if isinstance(made[name], layers.InputLayer):
                tensors[name, 0, 0] = made[name].output
            waiting.extend((name, entry, index, node) for index, node in enumerate(nodes))
    while waiting:
        later = []
        for name, entry, index, node in waiting:
            try:
                args = _filled(node["args"], tensors)
                kwargs = _filled(node.get("kwargs") or {}, tensors)
            except KeyError:
                later.append((name, entry, index, node))
                continue
            outputs = _call_op(entry, args) if made[name] is None else made[name](*args, **kwargs)
            for place, output in enumerate(flat(outputs)):
                tensors[name, index, place] = output
        if len(later) == len(waiting):
            raise ValueError(f"[Model] the calls of the layers {sorted({name for name, *_ in later})} read from calls that "
                             "are not in the config, or wait for each other.")
        waiting = later
    inputs, outputs = (_ends(_native.entry(config, key, (list, tuple, dict)), tensors)
                       for key in ("input_layers", "output_layers"))
    return cls(inputs, outputs, name=config.get("name"), trainable=config.get("trainable", True), mask_policy=mask_policy)


def _filled(structure, tensors):
    """`structure` with the tensors in place of the entries that name them; KeyError for one that is not there yet."""
    if isinstance(structure, dict):
        if structure.get("class_name") == "__keras_tensor__":
            return tensors[tuple(structure["config"]["keras_history"])]
        if structure.get("class_name") == "__tensor__":
            return np.asarray(structure["config"]["value"], structure["config"]["dtype"])
        return {key: _filled(value, tensors) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_filled(value, tensors) for value in structure]
    return structure


def _call_op(entry, args):
    reads = [value for value in args if isinstance(value, KerasTensor)]
    config = {key: value for key, value in (entry.get("config") or {}).items() if key != "name"}
    op = _core.Op.deserialize({"class_name": entry["class_name"], "config": config})
    return [KerasTensor._of(value, None, reads) for value in op(operands(args), entry["name"])]


def _ends(ends, tensors):
    def tensor(end):
        name, node, place = end
        return tensors[name, node, place]
    try:
        if isinstance(ends, dict):
            return {key: tensor(end) for key, end in ends.items()}
        return tensor(ends) if isinstance(ends[0], str) else [tensor(end) for end in ends]
    except (KeyError, IndexError, TypeError, ValueError):
        raise ValueError(f"[Model] input_layers and output_layers must name calls of the layers. Received: {ends!r}") from None
