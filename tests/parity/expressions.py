# SPDX-License-Identifier: Apache-2.0
"""What programs are made of: expressions, `Call("layers.Dense", units=3)`. They are evaluated in either library,
printed as Python, searched, and rewritten part by part.
"""
import operator

import numpy as np

from packages import find, package

OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
             "@": operator.matmul, ">": operator.gt, "<": operator.lt}


class Call:
    """A call of what stands at that path below `keras`. `own`: keywords that Keratin alone is given."""

    def __init__(self, path, **keywords):
        self.path, self.keywords, self.own = path, keywords, {}

    def make(self, library, scope):
        keywords = {**self.keywords, **(self.own if library.__name__ == "keratin" else {})}
        return find(library, self.path)(**{name: make(value, library, scope) for name, value in keywords.items()})

    def map_parts(self, change):
        other = type(self)(self.path, **{name: change(value) for name, value in self.keywords.items()})
        other.own = self.own
        return other

    def without(self, name):
        other = Call(self.path, **{key: value for key, value in self.keywords.items() if key != name})
        other.own = self.own
        return other

    def text(self, library):
        keywords = {**self.keywords, **(self.own if library == "keratin" else {})}
        return f"{_module(self.path, library)}.{self.path}({', '.join(f'{key}={text(value, library)}' for key, value in keywords.items())})"

    def __repr__(self):
        return self.text("keras")


class Name(Call):
    """A function of the library, as it is."""

    def make(self, library, scope):
        return find(library, self.path)

    def text(self, library):
        return f"{_module(self.path, library)}.{self.path}"


class Expression:
    """Made of some parts: those given to __init__, in order."""

    def __init__(self, *parts):
        self.parts = parts

    def map_parts(self, change):
        return type(self)(*map(change, self.parts))

    def make(self, library, scope):
        return self.compute(scope, *(make(part, library, scope) for part in self.parts))

    def text(self, library):
        return self.form(*(text(part, library) for part in self.parts))

    def __repr__(self):
        return self.text("keras")


class Ref(Expression):
    """What an earlier line made."""

    def compute(self, scope, name):
        return scope[name]

    def form(self, name):
        return self.parts[0]


class Applied(Expression):
    """A layer, a model or a function, called: the function, the list of its arguments, the dict of its keywords."""

    def compute(self, scope, function, arguments, keywords):
        return function(*arguments, **keywords)

    def text(self, library):
        function, arguments, keywords = self.parts
        given = [text(value, library) for value in arguments]
        given += [f"{name}={text(value, library)}" for name, value in keywords.items()]
        return f"{text(function, library)}({', '.join(given)})"


class Operator(Expression):
    """left, symbol, right"""

    def compute(self, scope, left, symbol, right):
        return OPERATORS[symbol](left, right)

    def form(self, left, symbol, right):
        return f"({left} {self.parts[1]} {right})"


class Item(Expression):
    """value[key]; a slice is written as Slice, so that it prints."""

    def compute(self, scope, value, key):
        return value[key]

    def form(self, value, key):
        return f"{value}[{key}]"


class Slice(Expression):
    def compute(self, scope, start, stop, step):
        return slice(start, stop, step)

    def form(self, start, stop, step):
        return f"slice({start}, {stop}, {step})"


class Attribute(Expression):
    def compute(self, scope, value, name):
        return getattr(value, name)

    def form(self, value, name):
        return f"{value}.{self.parts[1]}"


def apply(function, *arguments, **keywords):
    return Applied(function, list(arguments), keywords)


def make(value, library, scope=None):
    """What the expression gives in that library; `scope`: what the lines before it made, by name."""
    if isinstance(value, (Call, Expression)):
        return value.make(library, scope)
    return map_parts(value, lambda part: make(part, library, scope))


def text(value, library="keras"):
    """The value as Python writes it; float32 so that it reads back to the same bits."""
    if isinstance(value, (Call, Expression)):
        return value.text(library)
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()}, {value.dtype.name!r})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {text(entry, library)}" for key, entry in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        entries = ", ".join(text(entry, library) for entry in value)
        return f"[{entries}]" if isinstance(value, list) else f"({entries}{',' * (len(value) == 1)})"
    return repr(value)


def map_parts(value, change):
    """The same with `change` of each of its parts: of a list, a tuple, a dict or an expression."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(change, value))
    if isinstance(value, dict):
        return {key: change(entry) for key, entry in value.items()}
    return value.map_parts(change) if isinstance(value, (Call, Expression)) else value


def map_all(value, change):
    """The same with `change` of everything in it, from the inside out."""
    return change(map_parts(value, lambda part: map_all(part, change)))


def walk(value):
    """Everything in it, itself first."""
    yield value
    parts = []
    map_parts(value, lambda part: parts.append(part) or part)
    for part in parts:
        yield from walk(part)


def map_arrays(function, data):
    """function of each array of one, a list, a tuple or a dict of them; None stays None."""
    if isinstance(data, (list, tuple, dict)):
        return map_parts(data, lambda part: map_arrays(function, part))
    return None if data is None else function(data)


def arrays(data):
    """Them in a list."""
    found = []
    map_arrays(found.append, data)
    return found


def _module(path, library):
    return package(path) if library == "keras" else "keras"
