# SPDX-License-Identifier: Apache-2.0
"""Any object as a config, and back. Nothing in a config is ever run: names lead to Keratin's own classes and to those that
the caller gives."""
import re
import types

import numpy as np

from keratin import _core, _native
from keratin.keras_tensor import KerasTensor
from keratin.saving import object_registration

_PLAIN = (str, int, float, bool, type(None))


def serialize_keras_object(obj):
    """The config of an object: `deserialize_keras_object` takes it.

    Args:
        obj: an object that has `get_config`, a function with a name, an array, a slice, plain values, or lists, tuples and
            dicts of these.
    """
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, (list, tuple)):
        return type(obj)(serialize_keras_object(item) for item in obj)
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, slice):
        parts = {part: serialize_keras_object(getattr(obj, part)) for part in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": parts}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, KerasTensor):
        raise TypeError("[serialize_keras_object] a KerasTensor is written by the model it is part of.")
    if isinstance(obj, np.generic) or (isinstance(obj, np.ndarray) and obj.ndim == 0):
        return obj.item()
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, (types.FunctionType, types.BuiltinFunctionType)):
        if obj.__name__ == "<lambda>":
            raise ValueError("[serialize_keras_object] a lambda has no name that a config could speak of: give a function that "
                             "has one.")
        return _public(obj, {"class_name": "function", "config": obj.__name__})
    if not callable(getattr(obj, "get_config", None)):
        raise TypeError(f"Cannot serialize object {_native.shown(obj)} of type {type(obj)}. To be serializable, a class must "
                        "implement the `get_config()` method.")
    config = obj.get_config()
    if not isinstance(config, dict):
        raise TypeError(f"[serialize_keras_object] The `get_config()` method of {_native.shown(obj)} should return a dict. It returned: "
                        f"{_native.shown(config)}")
    found = _public(type(obj), {"class_name": type(obj).__name__, "config": serialize_keras_object(config)})
    for name, method in (("build_config", "get_build_config"), ("compile_config", "get_compile_config")):
        more = getattr(obj, method, lambda: None)()
        if more is not None:
            found[name] = serialize_keras_object(more)
    return with_mask_policy(found, obj)


def with_mask_policy(config, obj):
    """The config of an object with the mask policy that a model has beside it: what a config of Keras has no place for."""
    policy = getattr(obj, "_mask_policy", "keras3")
    if policy != "keras3":
        config["keratin"] = {"mask_policy": policy}
    return config


# Functions that Keras knows as those of keras.losses; the others in both modules it knows as those of keras.metrics.
_OF_LOSSES = {"categorical_generalized_cross_entropy", "circle", "cosine_similarity", "ctc", "dice", "huber", "log_cosh",
              "sparse_categorical_focal_crossentropy", "tversky"}


def _public(given, config):
    """With where it is from: a class of Keratin's as Keras names it, one of a user's own by its registered name."""
    package = (given.__module__ or "").split(".")[0]
    if package == __package__.split(".")[0]:
        module = getattr(given, "_module", None) or ".".join(given.__module__.split(".")[:2])
        module = module.replace("keratin", "keras", 1)
        if config["class_name"] != "function":
            return {"module": module, **config, "registered_name": None}
        if module == "keras.losses" and given.__name__ not in _OF_LOSSES:
            module = "keras.metrics"
        return {"module": module, **config, "registered_name": given.__name__}
    module = None if given.__module__ == "__main__" else given.__module__
    return {"module": module if not isinstance(given, types.FunctionType) else "builtins", **config,
            "registered_name": object_registration.get_registered_name(given)}


def deserialize_keras_object(config, custom_objects=None, safe_mode=True, **kwargs):
    """The object of a config.

    Args:
        config: what `serialize_keras_object` gives.
        custom_objects: a dict from names to classes and functions of one's own.
        safe_mode: must be True: nothing in a config is ever run.
    """
    if kwargs:
        raise ValueError(f"[deserialize_keras_object] unknown arguments: {kwargs}")
    if not safe_mode:
        raise ValueError("[deserialize_keras_object] safe_mode must be True: nothing in a config is ever run. Give functions as "
                         "custom_objects.")
    return _of(config, custom_objects or {})


def _of(config, custom_objects):
    if isinstance(config, str):
        found = object_registration.found_object(config, custom_objects)
        return config if found is None else found
    if isinstance(config, _PLAIN):
        return config
    if isinstance(config, (list, tuple)):
        return type(config)(_of(item, custom_objects) for item in config)
    if not isinstance(config, dict):
        raise TypeError(f"Could not parse config: {_native.shown(config)}")
    if "class_name" not in config or "config" not in config:
        return {key: _of(value, custom_objects) for key, value in config.items()}
    name, inner = config["class_name"], config["config"]
    if name in _SPECIAL:
        return _SPECIAL[name](inner, custom_objects)
    found = object_registration.found_object(config, custom_objects)
    if name == "function":
        found = found if found is not None and name != found else object_registration.found_object(str(inner), custom_objects)
        found = found if found is not None else object_registration.registered_function(str(inner))  # as Keras 3.6 wrote it
        return found if found is not None else _function(config)
    if found is None:
        return _of_keratin(config, custom_objects)
    if not hasattr(found, "from_config"):
        raise TypeError(f"Unable to reconstruct an instance of '{name}': it has no from_config. config={_native.shown(config)}")
    with object_registration.CustomObjectScope({**object_registration._SCOPE.get(), **custom_objects}):
        made = found.from_config(dict(inner) if isinstance(inner, dict) else inner)
    _build(made, config)
    return made


def _build(made, config):
    build_config = config.get("build_config")
    if build_config and hasattr(made, "build_from_config") and not getattr(made, "built", True):
        made.build_from_config(build_config)
    compile_config = config.get("compile_config")
    if compile_config and hasattr(made, "compile_from_config"):
        made.compile_from_config(compile_config)


def _check_not_registered(config, name):
    """What is Keras's own has no registered name, and what is of a package the package's: a config that gives it another one
    means something else."""
    given = config.get("registered_name")
    if given and given not in (name, config["class_name"], *(f"{package}>{name}" for package in ("keras_hub", "keras_rs"))):
        raise ValueError(f"`registered_name={given!r}` was provided in the config, but '{name}' resolved to a Keras built-in and "
                         "does not use registered names. Remove the `registered_name` field from the config. Full object "
                         f"config: {_native.shown(config)}")


def _of_keratin(config, custom_objects):
    from keratin import constraints, initializers, layers, losses, metrics, models, optimizers, regularizers
    from keratin.optimizers import schedules
    module = re.sub(r"^(keras\w*)\.src\b", r"\1", str(config.get("module") or ""))
    if module.startswith("keras.backend.torch.optimizers."):  # Keras's own classes for PyTorch
        module = "keras.optimizers"
    modules = {"layers": layers, "losses": losses, "metrics": metrics, "initializers": initializers, "regularizers": regularizers,
               "constraints": constraints, "optimizers": optimizers, "optimizers.schedules": schedules, "models": models}
    inner = config["config"]
    if config["class_name"] == "Sequential" and isinstance(inner, dict) and not {"name", "layers"} <= inner.keys():
        raise ValueError("A Sequential model configuration must be a dictionary containing the 'name' and 'layers' keys. "
                         f"Received: {_native.shown(inner)}")
    if config["class_name"] in ("Sequential", "Functional", "Model"):
        made = models._model(*_core.architecture_of(config), custom_objects)
        _build(made, config)
        return made
    parts = module.split(".")[1:]
    chosen = modules.get(".".join(parts[:2])) or modules.get(".".join(parts[:1]))
    if chosen is None:
        raise TypeError(f"Could not locate class '{config['class_name']}'. Make sure custom classes and functions are decorated "
                        "with `@keras.saving.register_keras_serializable()`, or given as custom_objects. "
                        f"Full object config: {_native.shown(config)}")
    _check_not_registered(config, config["class_name"])
    made = chosen.deserialize(config, custom_objects or None)
    _build(made, config)
    return made


def _function(config):
    from keratin import activations, losses, metrics, ops
    name = config["config"]
    for module in (losses, metrics, activations, ops):
        found = getattr(module, str(name), None)
        if callable(found) and not isinstance(found, type):
            _check_not_registered(config, name)
            return found
    raise TypeError(f"Could not locate function '{_native.shown(name)}'. Make sure custom classes and functions are decorated with "
                    "`@keras.saving.register_keras_serializable()`, or given as custom_objects.")


def _array(inner, custom_objects):
    return np.array(inner["value"], dtype=np.dtype(inner["dtype"]))


def _no_lambda(inner, custom_objects):
    raise ValueError("Requested the deserialization of a Python lambda. It would be code from a config, which is never run here: "
                     "give a named function as custom_objects.")


_SPECIAL = {
    "__bytes__": lambda inner, custom_objects: inner["value"].encode("utf-8"),
    "__slice__": lambda inner, custom_objects: slice(*(_of(inner[part], custom_objects) for part in ("start", "stop", "step"))),
    "__ellipsis__": lambda inner, custom_objects: Ellipsis,
    "__numpy__": _array, "__tensor__": _array, "__lambda__": _no_lambda,
}
