# SPDX-License-Identifier: Apache-2.0
"""Models. Keras: `keras.models`."""
from keratin import _core, _native
from keratin.models.model import Model
from keratin.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "model_from_json"]


def clone_model(model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs):
    """A model of the same layers with new weights; it is not compiled.

    Args:
        model: a `Sequential`.
        clone_function: makes a new layer from a layer; None: from its config.
        input_tensors, call_function: must be None: they are for functional models.
        recursive: for programs that say it: there are no models within models.
    """
    if input_tensors is not None or call_function is not None:
        raise ValueError("[clone_model] input_tensors and call_function are for functional models, which are not there.")
    if kwargs:
        raise ValueError(f"Unexpected keyword argument(s): {tuple(kwargs)}")
    clone = Sequential(name=model.name, mask_policy=model.mask_policy)
    for layer in model._layers:
        clone.add(layer._clone() if clone_function is None else clone_function(layer))
    if model.built and not clone.built:
        clone.build(model.input_shape)
    return clone


def model_from_json(json_string, custom_objects=None):
    """The model that `to_json` wrote, here or in Keras, with new weights.

    Raises:
        ValueError: for what is no JSON or no config of a model; names the place, as
            `config["config"]["layers"][1]["config"]["units"]`.
    """
    config = _core.parse_json(json_string)
    name = _native.entry(config, "class_name", str)
    if name != "Sequential":
        raise ValueError(_native.bounded(f"[models] unknown model: '{name}'. Known: Sequential."))
    with _native.at_place("config"):
        return Sequential.from_config(_native.entry(config, "config", (dict, list)), custom_objects)
