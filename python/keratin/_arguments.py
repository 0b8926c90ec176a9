# SPDX-License-Identifier: Apache-2.0
"""Arguments as what they must be, or a ValueError that names them."""
import itertools
import os

import numpy as np

from keratin._refusal import shown

_LONGEST_LIST = 2**24


def _refused(who, name, what, value):
    return ValueError(f"[{who}] {name} must be {what}. Received: {name}={shown(value)} (of type {type(value).__name__})")


def integer(who, name, value, what="a positive integer"):
    """The value of an argument as an integer, 4.0 is none. C++ knows its range."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    raise _refused(who, name, what, value)


def flag(value):
    """What is true or false as a bool, and numbers as Python has them. The rest stays as it is, for C++ to refuse by name: a text
    would be true, "no" among them."""
    return bool(value) if value is None or isinstance(value, (int, float, np.bool_, np.number)) else value


def truth(who, name, value):
    """The value of an argument that is true or false, where C++ does not know its name."""
    if isinstance(flag(value), bool):
        return flag(value)
    raise _refused(who, name, "a bool", value)


def number(who, name, value):
    """The value of an argument as a number."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise _refused(who, name, "a number", value) from None


def one_of(who, name, value, known):
    """The value of an argument that is one of some texts."""
    if isinstance(value, str) and value in known:
        return value
    *first, last = (f"'{one}'" for one in known)
    raise ValueError(f"[{who}] {name} must be {', '.join(first)} or {last}. Received: {shown(value)}")


def precision(who, value):
    """How rows are stored."""
    return one_of(who, "precision", value, ("float32", "bfloat16", "float16"))


def rows_drawn(who, value):
    """When rows are drawn."""
    return one_of(who, "rows_drawn", value, ("automatic", "at_once", "on_demand"))


def items(who, name, value, what="a list"):
    """What stands in an argument that is a list or the like, which may be one that never ends."""
    try:
        if not isinstance(value, (str, bytes)):
            found = list(itertools.islice(value, _LONGEST_LIST + 1))
            if len(found) <= _LONGEST_LIST:
                return found
            what += f" of {_LONGEST_LIST} entries at most"
    except TypeError:
        pass
    raise _refused(who, name, what, value)


def plain(value):
    """An option that may be an array or a tuple, as a number or a list of its own."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return list(value) if isinstance(value, (list, tuple)) else value


def path(who, name, value):
    """The value of an argument as a path, a text."""
    try:
        return os.fsdecode(os.fspath(value))
    except TypeError:
        raise _refused(who, name, "a path", value) from None
