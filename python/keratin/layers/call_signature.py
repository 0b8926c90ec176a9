# SPDX-License-Identifier: Apache-2.0
"""The arguments of a `call`, and the values in them."""
import inspect

from keratin._structure import map_structure
from keratin.keras_tensor import KerasTensor


class Signature:
    """The arguments of a `call`."""

    def __init__(self, function):
        parameters = list(inspect.signature(function).parameters.values())[1:]
        self._signature = inspect.Signature(parameters)
        self.names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        self._rest = next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None)
        self.takes_any = self._rest is not None
        self._many = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.first = self.names[0] if self.names else self._many
        self.has_training = "training" in self.names
        self.has_mask = "mask" in self.names
        default = next((p.default for p in parameters if p.name == "training"), None)
        self.training = default if isinstance(default, bool) else None

    def bind(self, args, kwargs):
        """The arguments by name."""
        arguments = dict(self._signature.bind(*args, **kwargs).arguments)
        if self._rest in arguments:
            arguments.update(arguments.pop(self._rest))
        return arguments

    def call(self, function, arguments):
        """The function with what `bind` gave."""
        if self._many is None or self._many not in arguments:
            return function(**arguments)
        before = [arguments[name] for name in self.names if name in arguments]
        named = {name: value for name, value in arguments.items() if name not in self.names and name != self._many}
        return function(*before, *arguments[self._many], **named)


# In the options of a node stands what its call was given, with the places of values in it.

def with_places(args, kwargs, tensors):
    places = {id(tensor): place for place, tensor in enumerate(tensors)}

    def entry(leaf):
        if type(leaf) is KerasTensor:
            return {"class_name": "__value__", "config": places[id(leaf)]}
        return leaf
    return {"args": map_structure(entry, list(args)), "kwargs": map_structure(entry, dict(kwargs))}


def from_places(structure, tensors):
    if isinstance(structure, dict):
        if structure.get("class_name") == "__value__":
            return tensors[structure["config"]]
        return {key: from_places(value, tensors) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [from_places(value, tensors) for value in structure]
    return structure
