# SPDX-License-Identifier: Apache-2.0
"""Arguments of a type that `_core` does not take: an error that names the argument, as Python's users know it.

The functions of `_core` say of what C++ types their arguments are, all of them, and of what types they were called
with. `guard` puts around each that can refuse a type a function that finds the one argument which is wrong.
"""
import functools
import operator
import re

import numpy as np

from keratin._refusal import shown

_PARAMETER = re.compile(r"(\w+)(?:: ([^,=]*(?:\[[^=]*\])?[^,=]*))?(?: = [^,]*)?(?:, |$)")
# A type as a signature writes it: what it is in words, and whether a value is of it.
_TYPES = {
    "str": ("a string", lambda value: isinstance(value, str)),
    "int": ("an integer", lambda value: hasattr(value, "__index__") and -2**63 <= operator.index(value) < 2**63),
    "float": ("a number", lambda value: hasattr(value, "__float__") or hasattr(value, "__index__")),
    "bool": ("True or False", lambda value: isinstance(value, bool)),
    "object": ("given", lambda value: value is not None),
    "dict": ("a dict", lambda value: isinstance(value, dict)),
    "numpy.typing.ArrayLike": ("an array", lambda value: value is not None),
}
# Classes that the package makes objects of, and nothing else: a function in their place does.
_MADE = ("Progbar",)
# What users call, where it is called otherwise.
_CALLED = {"embedding": "Embedding", "embedding_table": "EmbeddingTable", "dynamic_embedding_table": "DynamicEmbeddingTable", "neighbors": "Neighbors", "sequential": "Sequential", "functional": "Model", "parse_json": "model_from_json", "architecture_from_json": "model_from_json"}
_NEVER_REFUSED = ("object | None", "numpy.typing.ArrayLike | None", "dict")


def _parameters(function):
    """(name, type) of the parameters that a function of `_core` has, without `self`; nothing of overloads."""
    found = re.fullmatch(r"\w+\((.*)\) -> .*", function.__doc__ or "")  # one line: one signature
    if found is None:
        return []
    parameters = _PARAMETER.findall(found[1].replace(", /", ""))
    return [(name, kind) for name, kind in parameters if name != "self"]


def _given(parameters, args, kwargs):
    """Name, type and value of the arguments of a call."""
    by_name = [(name, kind, kwargs[name]) for name, kind in parameters if name in kwargs]
    return [(name, kind, value) for (name, kind), value in zip(parameters, args)] + by_name


def _wrong(parameters, args, kwargs):
    """The name, the wanted type and the value of the first argument that is of another type; None of none."""
    for name, kind, value in _given(parameters, args, kwargs):
        if value is None and kind.endswith(" | None"):
            continue
        words, fits = _TYPES.get(kind.removesuffix(" | None"), ("", lambda value: True))
        if not fits(value):
            return name, words, value
    return None


def _guarded(function, who, skipped=0, signature=None):
    """`function`, or one around it that finds the argument which is wrong; `skipped`: arguments before those named."""
    parameters = _parameters(signature or function)
    if all(kind in _NEVER_REFUSED for _, kind in parameters):
        return function

    @functools.wraps(function)
    def guarded(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError) as error:
            said = str(error)
            if "incompatible function arguments" in said:
                raise TypeError(f"[{who}] {_found(function, parameters, args[skipped:], kwargs)}") from None
            if said.startswith("[array] "):  # an argument that NumPy does not take for an array of numbers
                name = next((name for name, kind, value in _given(parameters, args[skipped:], kwargs)
                             if kind.startswith("numpy") and not _is_array(value)), "array")
                raise type(error)(f"[{name}] {said[8:]}") from None
            raise

    return guarded


def made(cls, names, values):
    """An object of a class of `core`; `names`: what its arguments are called."""
    try:
        return cls(*values)
    except TypeError as error:
        if "incompatible function arguments" not in str(error):
            raise
        parameters = [(name, kind) for name, (_, kind) in zip(names, _parameters(cls.__init__))]
        raise TypeError(f"[{cls.__name__}] {_found(cls.__init__, parameters, values, {})}") from None


def _found(function, parameters, args, kwargs):
    found = _wrong(parameters, args, kwargs)
    if found is None:
        return f"an argument is of a type that {function.__name__} does not take."
    name, words, value = found
    name = name if not re.fullmatch(r"arg\d*", name) else f"what {function.__name__} takes"
    return f"{name} must be {words}. Received: {shown(value, 200)} (of type {type(value).__name__})"


def _is_array(value):
    try:
        return value is None or np.asarray(value).dtype.kind in "biufV"
    except Exception:  # whatever its __array__ raises
        return False


def guard(core):
    """Guards the functions of the module `core`, and those of its classes."""
    for name, thing in list(vars(core).items()):
        if type(thing).__name__ == "nb_func":
            setattr(core, name, _guarded(thing, _CALLED.get(name, name)))
        elif isinstance(thing, type) and thing.__module__ == core.__name__:
            for method, function in list(vars(thing).items()):
                if type(function).__name__ == "nb_method" and method != "__init__":
                    setattr(thing, method, _guarded(function, name, skipped=1))
                elif type(function).__name__ == "nb_func":
                    setattr(thing, method, staticmethod(_guarded(function, name)))
            if name in _MADE:
                setattr(core, name, _guarded(thing, name, signature=thing.__init__))
