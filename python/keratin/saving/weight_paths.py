# SPDX-License-Identifier: Apache-2.0
"""Where the weights of a model stand in files: by Keras 3's paths, and by the layers of the model as older files have them."""
from keratin import _core
from keratin.layers.native_layer import NativeLayer
from keratin.layers.tracking import _NO_PARTS, Tracking

_OF_MODELS = ("_layers",)  # those that a Sequential or a Functional lists itself


class _Names:
    """"dense", "dense_1" ... of things side by side. Keras: `_get_unique_name`."""

    def __init__(self):
        self._used = {}

    def next(self, name):
        number = self._used.get(name, -1) + 1
        self._used[name] = number
        return f"{name}_{number}" if number else name


def _in_container(container, path, around=()):
    """`around`: the containers that this one lies in, which may lie in it."""
    names, around = _Names(), (*around, container)
    for value in container.values() if isinstance(container, dict) else container:
        if isinstance(value, Tracking):
            yield f"{path}/{names.next(_core.to_snake_case(type(value).__name__))}", value
        elif isinstance(value, (list, tuple, dict)):
            name = names.next("container")
            if all(value is not other for other in around):
                yield from _in_container(value, f"{path}/{name}", around)


def _children(thing, with_layers):
    """(path below it, layer) of the layers in a layer or model, in Keras's order: what begins with _ comes last.

    `with_layers`: of a model of a user's own the list `layers` is one of the attributes, as in Keras since 3.6 or earlier; what
    stands before it in the alphabet has the name of its attribute. Files of older ones have it of all."""
    from keratin.models import Functional, Model, Sequential
    attributes = dict(vars(thing))
    if isinstance(thing, NativeLayer):
        attributes.pop("_options", None)  # layers among them that are parts have names; one in place of an activation is none
    if isinstance(thing, (Functional, Sequential)):
        yield from _in_container(thing.layers, "layers")
    elif isinstance(thing, Model) and with_layers:
        attributes["layers"] = thing.layers
    attributes.update((name, getattr(thing, name)) for name in getattr(thing, "_inner_names", ()))
    for name in sorted(attributes, key=lambda name: f"~{name}" if name.startswith("_") else name):
        value = attributes[name]
        if name in _NO_PARTS or name in _OF_MODELS or name.startswith(("_keratin_", "__")):
            continue
        if isinstance(value, Tracking):
            yield name, value
        elif isinstance(value, (list, tuple, dict)):
            yield from _in_container(value, name)


def _cores(layer):
    """The weights of a layer as C++ has them, of one that is C++'s without a variable of Python around each."""
    if type(layer).weights is NativeLayer.weights and not layer._is_called_back():
        return layer._core.weights
    return [weight._core for weight in layer.weights]


def weight_paths(model, with_layers=True, left_out=(), apart=False):
    """What C++ takes for it: ([(path, name, weights, layer of C++)], [(name of a layer, all its weights)], the model's own weights).

    `left_out`: layers that have no place, with all in them. `apart`: what a layer joins in a file, as the update of a LoRA and
    its table, each by itself, for training to go on."""
    by_path, seen = [], {id(layer) for layer in left_out}

    def walk(thing, path):
        if id(thing) in seen:
            return []
        seen.add(id(thing))
        place = len(by_path)
        by_path.append(None)
        parents = [link() for link in thing.__dict__.get("_keratin_parents", ())]
        children = [(name, child) for name, child in _children(thing, with_layers) if all(child is not parent for parent in parents)]
        of_parts = [core for _, child in children for core in _cores(child)]  # which keeps them, and so their ids
        known = {id(core) for core in of_parts}
        own = [core for core in _cores(thing) if id(core) not in known]
        by_path[place] = (path, thing.name, own, thing._own_core if isinstance(thing, NativeLayer) else None)
        if not children and isinstance(thing, NativeLayer) and thing._own_core.has_parts:
            below = _core.weights_within(thing._own_core, apart)
            by_path[place:] = [("/".join(filter(None, (path, inner))), name, weights, None) for inner, name, weights in below]
        for name, child in children:
            walk(child, f"{path}/{name}" if path else name)
        return own

    seen_before = set(seen)
    own = walk(model, "")
    listed = [(layer.name, _cores(layer)) for layer in model.layers if id(layer) not in seen_before]
    return by_path, listed, own
