# SPDX-License-Identifier: Apache-2.0
"""What `compile` is given, in the form in which C++ takes it: one entry, a tuple with one an output, or a dict."""
import types

from keratin import _core
from keratin import losses as losses_module
from keratin import metrics as metrics_module
from keratin.saving.object_registration import found_object, registered_function


def only(value, name):
    """The one entry of what may be a list or dict of one: there is one output."""
    if isinstance(value, (list, tuple)) or (isinstance(value, dict) and "class_name" not in value):
        entries = list(value.values()) if isinstance(value, dict) else list(value)
        if len(entries) != 1:
            raise ValueError(f"[compile] a model of one output takes one {name}. Received: {value!r}")
        return entries[0]
    return value


def losses(loss):
    """A loss, a tuple of them, or a dict; None for an output without one."""
    if isinstance(loss, (list, tuple)):
        return tuple(_loss(entry) for entry in loss)
    if isinstance(loss, dict) and "class_name" not in loss:
        return {name: _loss(entry) for name, entry in loss.items()}
    return _loss(loss)


def _loss(loss):
    """A name as it is: some are chosen by shapes, in C++. Else what has a C++ loss behind it."""
    if loss is None or isinstance(loss, str):
        return loss
    loss = losses_module.get(loss)
    return loss if hasattr(loss, "_core") else losses_module.LossFunctionWrapper(loss)


def loss_weights(weights, outputs):
    """A number, a tuple of them, or a dict; None for 1. `outputs`: their names."""
    if isinstance(weights, dict):
        missing = [name for name in outputs if name not in weights]
        if missing and all(name in outputs for name in weights):  # else C++ says which of them there is not
            raise ValueError(f"[compile] loss_weights does not name the output '{missing[0]}': name all of them.")
        return {name: 1.0 if entry is None else _number(entry) for name, entry in weights.items()}
    if isinstance(weights, (list, tuple)):
        count = max(len(outputs), 1)
        if len(weights) != count:
            raise ValueError(f"`loss_weights` must match the number of losses, got {count} losses and {len(weights)} weights.")
        return tuple(1.0 if entry is None else _number(entry) for entry in weights)
    if isinstance(weights, (str, bytes)):
        raise ValueError("Expected `loss_weights` argument to be a float (single output case) or a list, tuple, or dict. "
                         f"Received instead: loss_weights={weights!r} of type {type(weights)}")
    return None if weights is None else _number(weights)


def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"loss_weights must be a number. Received: loss_weights={value!r} (of type {type(value).__name__})") from None


def metrics(given, name, outputs):
    """A list of all metrics, a tuple of lists, one an output, or a dict of lists."""
    if outputs == 1 or not given:
        return [_metric(metric) for metric in flat(given, name)]
    if isinstance(given, dict):
        return {output: _of_one(entry, name) for output, entry in given.items()}
    if isinstance(given, (list, tuple)) and (len(given) == outputs or any(isinstance(entry, (list, tuple)) for entry in given)):
        return tuple(_of_one(entry, name) for entry in given)
    return [_metric(metric) for metric in flat(given, name)]  # too few or too many, as C++ says


def _of_one(entry, name):
    return [_metric(metric) for metric in flat(entry if entry is None or isinstance(entry, (list, tuple)) else [entry], name)]


def flat(metrics, name):
    if metrics is None:
        return []
    if isinstance(metrics, dict):
        metrics = list(metrics.values())
    if not isinstance(metrics, (list, tuple)):
        raise ValueError(f"Expected `{name}` argument to be a list, tuple, or dict. Received instead: "
                         f"{name}={metrics!r} of type {type(metrics)}")
    found = []
    for metric in metrics:
        found += flat(metric, name) if isinstance(metric, (list, tuple)) else [metric]
    return found


def _metric(metric):
    if isinstance(metric, str):
        return metric
    metric = metrics_module.get(metric)
    if hasattr(metric, "_core"):
        return metric
    name = getattr(metric, "__name__", type(metric).__name__)
    return metrics_module.MeanMetricWrapper(metric, name=_core.to_snake_case(name))


def plain(value, module):
    """The same with names for objects, as configs have it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and "class_name" not in value:
        return {name: plain(entry, module) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry, module) for entry in value]
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        from keratin.saving import serialize_keras_object
        return serialize_keras_object(value)
    return module.serialize(value)


def in_module(config, module):
    """The same with the module that Keras 1 and 2 left out of the configs of objects."""
    if isinstance(config, (list, tuple)):
        return [in_module(entry, module) for entry in config]
    if not isinstance(config, dict):
        return config
    if "class_name" in config:
        return config if config.get("module") else {**config, "module": module}
    return {name: in_module(entry, module) for name, entry in config.items()}


def with_own(value):
    """The same with what is registered, or in the scope, in place of its name: older files name a function of a user's own."""
    if isinstance(value, str):
        found = found_object(value) or registered_function(value)
        return value if found is None else found
    if isinstance(value, (list, tuple)):
        return [with_own(entry) for entry in value]
    return {name: with_own(entry) for name, entry in value.items()} if isinstance(value, dict) else value
