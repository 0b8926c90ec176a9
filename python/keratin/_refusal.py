# SPDX-License-Identifier: Apache-2.0
"""How is said what is wrong: by whom, at which place of a config, and in how many words."""
import functools
import re

# How an error begins: who says it, and of which place in a config.
_BEGIN = re.compile(r"\[([^\]]+)\] (config(?=\[))?")
_LONGEST_MESSAGE = 2000  # as base/error.h has it
# What a value that is wrong brings about. Whatever else is raised is somebody's own, and comes out as it is.
_WRONG = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)


def bounded(message):
    """The message, or where it is longer than an error's may be its begin and its end."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    head, tail = message[:_LONGEST_MESSAGE - 460], message[-400:]
    return f"{head} ... ({len(message) - len(head) - len(tail)} characters left out) ... {tail}"


def shown(value, longest=1000):
    """A value for a message: its repr, or where that fails its class; of bounded length."""
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= longest else text[:longest] + " ..."


# These two stand around every entry of a config: they are classes, since contextlib's take some microseconds each.
class told_by:
    """What is wrong inside is a ValueError, or where it was one and no `kind` is given a TypeError, of bounded length that
    begins with who says it: `[who] ...`."""

    __slots__ = ("_who", "_kind")

    def __init__(self, who, kind=None):
        self._who, self._kind = who, kind

    def __enter__(self):
        return self

    def __exit__(self, _, error, trace):
        if not isinstance(error, _WRONG):
            return
        text = str(error)
        kind = self._kind or (TypeError if isinstance(error, TypeError) else ValueError)
        begun = _BEGIN.match(text) is not None
        if begun and type(error) is kind and len(text) <= _LONGEST_MESSAGE:
            return
        told = text if begun else f"[{self._who}] {text}" if isinstance(error, (ValueError, TypeError)) else (
            f"[{self._who}] {type(error).__name__}: {text}")
        raise kind(bounded(told)) from _cause(error)


def refusing(deserialize):
    """What is wrong in a config is a ValueError of bounded length; an error of a user's own class comes as it is."""
    who = f"{deserialize.__module__}.{deserialize.__qualname__}"

    @functools.wraps(deserialize)
    def refuses(*args, **kwargs):
        if args[1:] or kwargs.get("custom_objects"):
            return deserialize(*args, **kwargs)
        with told_by(who, ValueError):
            return deserialize(*args, **kwargs)
    return refuses


class at_place:
    """What goes wrong inside becomes a ValueError that names the place in a config: `at_place("layers", 3)`."""

    __slots__ = ("_steps",)

    def __init__(self, *steps):
        self._steps = steps

    def __enter__(self):
        return self

    def __exit__(self, _, error, trace):
        if isinstance(error, _WRONG):
            told = ValueError(_placed(self._steps, error))
            told.is_placed = True
            raise told from _cause(error)
        # Of a size that no memory holds; where memory has ended there is no text.
        if isinstance(error, MemoryError) and str(error).startswith("["):
            raise MemoryError(_placed(self._steps, error)) from error


def _placed(steps, error):
    place = "".join(f'["{step}"]' if isinstance(step, str) else f"[{step}]" for step in steps)
    text = str(error)
    begin = _BEGIN.match(text)
    if begin is None:
        return bounded(f"[{type(error).__name__}] config{place}: {text}")
    rest = text[begin.end():]
    return bounded(f"[{begin[1]}] config{place}{rest}" if begin[2] else f"[{begin[1]}] config{place}: {rest}")


def _cause(error):
    """The error as the cause of another, or what it has itself told of; None where a traceback with it would be endless."""
    if hasattr(error, "is_placed"):
        return error.__cause__
    return None if isinstance(error, RecursionError) or len(str(error)) > _LONGEST_MESSAGE else error


def arguments_in(config):
    """A config, which must be a dict."""
    if not isinstance(config, dict):
        raise TypeError(f"a config must be a dict. Received: {shown(config)} (of type {type(config).__name__})")
    return config


def entry(config, key, kind, default=None):
    """`config[key]`, which must be of that kind; without it `default`, or an error where that is None."""
    value = config.get(key) if isinstance(config, dict) else None
    if value is None and default is not None:
        return default
    if not issubclass(type(value), kind):  # its type, not what an object says of itself by __class__
        kinds = " or ".join(one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)))
        of = type(config if not isinstance(config, dict) else value).__name__
        raise ValueError(bounded(f"[Config] the entry '{key}' of a config must be a {kinds}. Received: {of}."))
    return list(list.__iter__(value)) if isinstance(value, list) else value  # the entries that it has, not what a class of it gives
