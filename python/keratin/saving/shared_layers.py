# SPDX-License-Identifier: Apache-2.0
"""Layers that stand in several places of a model's config: in a model and in one within it, as a model that was cut out of
another has its layers. Their entries have a `shared_object_id`, as in Keras, or, where Keras has copies, one of ours. In C++:
models/shared_layers.h."""
import contextlib
import contextvars

_MADE = contextvars.ContextVar("shared layers", default=None)  # by number, class and name


def with_shared_layers(config, model):
    """The config of the model, with a number in the entries of layers that it has more than once."""
    places = {}
    _note(config, model, places, ())
    number = 0
    for of_layer in places.values():
        if len(of_layer.entries) > 1:
            number += 1
            for entry in of_layer.entries:
                (entry if of_layer.again_at_home else entry.setdefault("keratin", {}))["shared_object_id"] = number
    return config


class _Places:
    """The entries of a layer, in the order in which they stand."""

    def __init__(self, layer, home):
        self.layer, self.home = layer, home  # the model in which the first stands
        self.entries, self.again_at_home = [], False  # whether another stands there too, or in a model within

    def add(self, entry, around):
        self.again_at_home = self.again_at_home or bool(self.entries) and any(home is self.home for home in around)
        self.entries.append(entry)


def _note(config, model, places, around):
    """`around`: the models that are being looked at, from the outermost."""
    inner = config.get("config")
    listed = inner.get("layers") if isinstance(inner, dict) else None
    if not isinstance(listed, list):
        return  # of a class of a user's own
    by_name = {layer.name: layer for layer in model.layers}
    around = (*around, config)
    for entry in listed:
        layer = by_name.get(_name(entry))
        if layer is not None:
            places.setdefault(id(layer), _Places(layer, config)).add(entry, around)
            if hasattr(layer, "layers"):
                _note(entry, layer, places, around)


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


def _number(entry):
    ours = entry.get("keratin")
    return {**entry, **(ours if isinstance(ours, dict) else {})}.get("shared_object_id")


def layer_of(entry, make):
    """What `make` makes of the entry, or what it made before of one of this number, class and name."""
    made = _MADE.get()
    number = _number(entry) if isinstance(entry, dict) else None
    if made is None or not isinstance(number, int):
        return make()
    key = number, str(entry.get("class_name")), str(_name(entry))
    if key not in made:
        made[key] = make()
    return made[key]
