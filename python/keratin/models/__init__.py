# SPDX-License-Identifier: Apache-2.0
"""Models. Keras: `keras.models`."""
import copy
import inspect

from keratin import _core, _native, keras_tensor, layers
from keratin._structure import flatten, map_structure
from keratin.models.functional import Functional
from keratin.models.model import Model
from keratin.models.sequential import Sequential
from keratin.trainers.trainer import Trainer
from keratin.saving import object_registration, shared_layers
from keratin.saving.saving_api import load_model, save_model

__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


def clone_model(model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs):
    """A model of the same layers with new weights; compiled alike where the model is, with a new optimizer.

    Args:
        model: a `Sequential` or a functional model.
        input_tensors: KerasTensors in the place of its inputs, in their structure; None: new inputs.
        clone_function: makes a new layer from a layer, or from a model within the model; None: from its config.
        call_function: of a functional model, `call_function(layer, *args, **kwargs)` makes each call of a new layer.
        recursive: whether both are for the layers of models within the model too. Then a layer that stands in several of these
            models is one in their clones; else each has its own.
    """
    cache = kwargs.pop("cache", {})  # what layers became
    if kwargs:
        raise ValueError(f"Unexpected keyword argument(s): {tuple(kwargs)}")
    if not isinstance(model, Model):
        raise ValueError(f"[clone_model] model must be a Sequential or a functional model. Received: {_native.shown(model)}")
    for name, function in (("clone_function", clone_function), ("call_function", call_function)):
        if function is not None and not callable(function):
            raise ValueError(f"[clone_model] {name} must be a function. Received: {_native.shown(function)}")

    def clone_of(layer):
        if isinstance(layer, Model) and recursive:
            inner = call_function if isinstance(layer, Functional) else None
            return clone_model(layer, None, clone_function, inner, recursive, cache=cache)
        if isinstance(layer, Model) and clone_function is None:
            return clone_model(layer)
        return layer._clone() if clone_function is None or isinstance(layer, layers.InputLayer) else clone_function(layer)

    def cloned(layer):
        if id(layer) not in cache:
            cache[id(layer)] = clone_of(layer)
        return cache[id(layer)]

    if input_tensors is not None:
        _check_inputs(model, input_tensors)
    if isinstance(model, Functional):
        return _compiled_as(model, model._with_layers(cloned, input_tensors, call_function))
    if call_function is not None:
        raise ValueError("[clone_model] call_function is for functional models: a Sequential lists its layers, and a class of one's "
                         f"own calls them itself. Received: {_native.shown(model)}")
    if model._listed() is None:  # of a class of the user's: by its config, as in Keras
        if clone_function is not None or input_tensors is not None:
            raise ValueError("[clone_model] clone_function and input_tensors are for a Sequential or a functional model. Received: "
                             f"{_native.shown(model)}")
        clone = type(model).from_config(model.get_config())
        clone.build_from_config(model.get_build_config())
        return _compiled_as(model, clone)
    clone = Sequential(name=model.name, mask_policy=model.mask_policy)
    if input_tensors is not None:
        clone.add(*keras_tensor.flat(input_tensors))
    for layer in model.layers if input_tensors is not None else model._layers:
        clone.add(cloned(layer))
    if model.built and not clone.built:
        clone.build(model.input_shape)
    return _compiled_as(model, clone)


def _check_inputs(model, tensors):
    wanted = model.input if isinstance(model, Functional) else tensors if isinstance(tensors, keras_tensor.KerasTensor) else [None]
    wrong = next((leaf for leaf in flatten(tensors) if not (isinstance(leaf, keras_tensor.KerasTensor) and leaf._core.is_symbolic)), None)
    if wrong is not None:
        raise ValueError(f"[clone_model] input_tensors must be KerasTensors. Received: {_native.shown(wrong)}")
    if map_structure(lambda leaf: None, tensors) != map_structure(lambda leaf: None, wanted):
        raise ValueError("[clone_model] input_tensors must have the structure of the model's inputs. Received: "
                         f"{_native.shown(tensors)} for {_native.shown(wanted)}")


def _compiled_as(model, clone):
    if model.compiled:
        given = copy.deepcopy({name: value for name, value in model._compiled_with.items() if name != "optimizer"})
        optimizer = model.optimizer
        Trainer.compile(clone, optimizer=type(optimizer).from_config(optimizer.get_config()), **given)
    return clone


def model_from_json(json_string, custom_objects=None):
    """The model that `to_json` wrote, here or in any Keras since 1.0, with new weights.

    It keeps the rule for masks of the Keras that wrote it, or that Keratin wrote beside the config: see its `mask_policy`.

    Raises:
        ValueError: for what is no JSON or no config of a model; names the place, as
            `config["config"]["layers"][1]["config"]["units"]`.
    """
    with _native.told_by("model_from_json"):
        if not isinstance(json_string, str):
            raise TypeError(f"expected a str of JSON. Received: {type(json_string).__name__}")
    return _model(*_core.architecture_from_json(json_string), custom_objects)


def _model(config, mask_policy, custom_objects):
    name = _native.entry(config, "class_name", str)
    known = {"Sequential": Sequential, "Functional": Functional, "Model": Functional}
    custom = object_registration.found_object(config, custom_objects)
    if custom is not None:
        with _native.at_place("config"):
            return _own_model(custom, _native.entry(config, "config", dict), mask_policy)
    if name not in known:
        raise ValueError(_native.bounded(f"[models] unknown model: '{name}'. Known: Sequential, Functional."))
    with _native.at_place("config"), shared_layers.reading():
        inner = _native.entry(config, "config", (dict, list))
        try:
            return known[name].from_config(inner, custom_objects, mask_policy=mask_policy)
        except TypeError as error:
            raise TypeError(f"{error}\n\nWhere this comes from a class of one's own: ensure that components that are Python object "
                            "instances (layers, models, etc.) returned by `get_config()` are explicitly deserialized in the "
                            "model's `from_config()` method.") from error


def _own_model(cls, config, mask_policy):
    """A model of a class of the user's, whose `from_config` may know no mask policy."""
    takes = inspect.signature(cls.from_config).parameters
    if "mask_policy" in takes:
        return cls.from_config(config, mask_policy=mask_policy)
    made = cls.from_config(config)
    if isinstance(made, Model):
        made.mask_policy = mask_policy
    return made


def _deserialized(entry, mask_policy, custom_objects):
    """A layer, or a model within a model, from its entry in a config; the one that it became before, where it has a number."""
    return shared_layers.layer_of(entry, lambda: _made_from(entry, mask_policy, custom_objects))


def _made_from(entry, mask_policy, custom_objects):
    if isinstance(entry, dict) and "config" not in entry:
        raise ValueError(f"Expected a dictionary containing a 'config' key. Received: {_native.shown(entry)}")
    if isinstance(entry, dict) and entry.get("class_name") in ("Sequential", "Functional", "Model"):
        return _model(entry, mask_policy, custom_objects)
    custom = object_registration.found_object(entry, custom_objects) if isinstance(entry, dict) else None
    if isinstance(custom, type) and issubclass(custom, Model):
        return _model(entry, mask_policy, custom_objects)
    return layers.deserialize(entry, custom_objects)
