# SPDX-License-Identifier: Apache-2.0
"""Layers that stand in several places of a model's config: in a model and in one within it, as a model that was cut out of
another has its layers. As in Keras, their entries have a `shared_object_id`. In C++: models/shared_layers.h."""
import contextlib
import contextvars

_MADE = contextvars.ContextVar("shared layers", default=None)  # by number, class and name


def with_shared_layers(config, model):
    """The config of the model, with a number in the entries of layers that it has more than once."""
    entries = {}
    _note(config, model, entries)
    number = 0
    for _, places in entries.values():
        if len(places) > 1:
            number += 1
            for entry in places:
                entry["shared_object_id"] = number
    return config


def _note(config, model, entries):
    inner = config.get("config")
    listed = inner.get("layers") if isinstance(inner, dict) else None
    if not isinstance(listed, list):
        return  # of a class of a user's own
    by_name = {layer.name: layer for layer in model.layers}
    for entry in listed:
        layer = by_name.get(_name(entry))
        if layer is not None:
            entries.setdefault(id(layer), (layer, []))[1].append(entry)
            if hasattr(layer, "layers"):
                _note(entry, layer, entries)


def _name(entry):
    inner = entry.get("config") if isinstance(entry, dict) else None
    return inner.get("name") if isinstance(inner, dict) else None


@contextlib.contextmanager
def reading():
    """While a config is read; one within another is part of it."""
    if _MADE.get() is not None:
        yield
        return
    token = _MADE.set({})
    try:
        yield
    finally:
        _MADE.reset(token)


def layer_of(entry, make):
    """What `make` makes of the entry, or what it made before of one of this number, class and name."""
    made = _MADE.get()
    number = entry.get("shared_object_id") if isinstance(entry, dict) else None
    if made is None or not isinstance(number, int):
        return make()
    key = number, str(entry.get("class_name")), str(_name(entry))
    if key not in made:
        made[key] = make()
    return made[key]
