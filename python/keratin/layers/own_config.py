# SPDX-License-Identifier: Apache-2.0
"""The configs of objects of a user's own that write none: the arguments they were made with."""
import inspect

from keratin._structure import flatten

_PLAIN = (str, int, float, bool, type(None))


def arguments_of(cls, args, kwargs):
    """The arguments that an object is made with, by name, where all of them are plain values: its config, unless its
    class says another. None where they are not."""
    signature = inspect.signature(cls.__init__)
    try:
        bound = signature.bind(None, *args, **kwargs)
    except TypeError:
        return None
    kinds = [(name, p.kind) for name, p in signature.parameters.items()][1:]
    if any(kind is inspect.Parameter.POSITIONAL_ONLY for _, kind in kinds):
        return None
    bound.apply_defaults()
    found = dict(list(bound.arguments.items())[1:])
    for name, kind in kinds:
        if kind is inspect.Parameter.VAR_KEYWORD:
            found.update(found.pop(name))
        elif kind is inspect.Parameter.VAR_POSITIONAL and found.pop(name):
            return None
    found.pop("name", None)
    try:
        leaves = flatten(found)
    except RecursionError:  # a list that holds itself
        return None
    return found if all(isinstance(leaf, _PLAIN) for leaf in leaves) else None


def own_config(instance, base):
    """The config of an object of a class of the user's that writes none."""
    if type(instance)._written_config():
        return base
    arguments = instance.__dict__.get("_keratin_made_of")
    if arguments is None:
        raise NotImplementedError(
            f"Object {type(instance).__name__} was created by passing non-serializable argument values in `__init__()`, and "
            "therefore the object must override `get_config()` in order to be serializable. Please implement `get_config()`.")
    return {**base, **arguments}
