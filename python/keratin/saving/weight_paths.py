# SPDX-License-Identifier: Apache-2.0
"""Where the weights of a model stand in files: by Keras 3's paths, and by the layers of the model as older files have them."""
from keratin import _core
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


def _in_container(container, path):
    names = _Names()
    for value in container.values() if isinstance(container, dict) else container:
        if isinstance(value, Tracking):
            yield f"{path}/{names.next(_core.to_snake_case(type(value).__name__))}", value
        elif isinstance(value, (list, tuple, dict)):
            yield from _in_container(value, f"{path}/{names.next('container')}")


def _children(thing):
    """(path below it, layer) of the layers in a layer or model, in Keras's order."""
    from keratin.models import Functional, Sequential
    if isinstance(thing, (Functional, Sequential)):
        yield from _in_container(thing.layers, "layers")
    for name in sorted(vars(thing)):
        value = vars(thing)[name]
        if name in _NO_PARTS or name in _OF_MODELS or name.startswith(("_keratin_", "__")):
            continue
        if isinstance(value, Tracking):
            yield name, value
        elif isinstance(value, (list, tuple, dict)):
            yield from _in_container(value, name)


def weight_paths(model):
    """What C++ takes for it: ([(path, name, weights)], [(name of a layer, all its weights)], the model's own weights)."""
    by_path, seen = [], set()

    def walk(thing, path):
        if id(thing) in seen:
            return []
        seen.add(id(thing))
        place = len(by_path)
        by_path.append(None)
        parents = [link() for link in thing.__dict__.get("_keratin_parents", ())]
        children = [(name, child) for name, child in _children(thing) if all(child is not parent for parent in parents)]
        of_parts = [weight._core for _, child in children for weight in child.weights]  # which keeps them, and so their ids
        known = {id(core) for core in of_parts}
        own = [weight._core for weight in thing.weights if id(weight._core) not in known]
        by_path[place] = (path, thing.name, own)
        for name, child in children:
            walk(child, f"{path}/{name}" if path else name)
        return own

    own = walk(model, "")
    listed = [(layer.name, [weight._core for weight in layer.weights]) for layer in model.layers]
    return by_path, listed, own
