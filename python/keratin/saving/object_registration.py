# SPDX-License-Identifier: Apache-2.0
"""Classes and functions of a user's own by their names, for configs that speak of them."""
import contextvars
import copyreg
import inspect

_OBJECTS = {}  # by registered name
_NAMES = {}  # the other way
_SCOPE = contextvars.ContextVar("custom_objects", default={})


class CustomObjectScope:
    """Under it, configs may speak of these objects.

    Example:

    >>> with keratin.saving.CustomObjectScope({"Highway": Highway}):
    ...     layer = keratin.layers.deserialize(config)

    Args:
        custom_objects: a dict from names to classes and functions.
    """

    def __init__(self, custom_objects):
        self.custom_objects = dict(custom_objects or {})

    def __enter__(self):
        self._token = _SCOPE.set(self.custom_objects)
        return self

    def __exit__(self, *_):
        _SCOPE.reset(self._token)


custom_object_scope = CustomObjectScope


def get_custom_objects():
    """The dict of what `register_keras_serializable` registered; it may be changed."""
    return _OBJECTS


def register_keras_serializable(package="Custom", name=None):
    """A decorator: configs may speak of this class or function as `package>name`.

    Example:

    >>> @keratin.saving.register_keras_serializable("shop")
    ... class Highway(keratin.layers.Layer):
    ...     ...

    Args:
        package: what stands before the name.
        name: the name; None: the class's own.
    """
    def decorator(given):
        if inspect.isclass(given) and not hasattr(given, "get_config"):
            raise ValueError("Cannot register a class that does not have a get_config() method.")
        registered = f"{package}>{name if name is not None else given.__name__}"
        _OBJECTS[registered] = given
        _NAMES[given] = registered
        if inspect.isclass(given) and "<locals>" in given.__qualname__:  # no module has it: pickles take the name
            copyreg.pickle(given, _reduced)
        return given
    return decorator


def _reduced(instance):
    """What pickle keeps of an object whose class is found by its registered name."""
    made, arguments, *rest = instance.__reduce_ex__(2)
    name = _NAMES[type(instance)]
    if made is not copyreg.__newobj__ or _OBJECTS.get(name) is not type(instance):
        return made, arguments, *rest
    return _new, (name, *arguments[1:]), *rest


def _new(name, *arguments):
    cls = _OBJECTS.get(name)
    if cls is None:
        raise ValueError(f"the pickle has an object of a class that was registered as '{name}': register the class again, then load.")
    return cls.__new__(cls, *arguments)


def get_registered_name(obj):
    """The name that it was registered by, else its own."""
    try:
        return _NAMES.get(obj, obj.__name__)
    except TypeError:  # cannot be a key
        return obj.__name__


def get_registered_object(name, custom_objects=None, module_objects=None):
    """What stands for the name: in the scope, registered, or in these dicts; None for nothing.

    Args:
        name: the name.
        custom_objects, module_objects: dicts from names to objects.
    """
    for table in (_SCOPE.get(), _OBJECTS, custom_objects or {}, module_objects or {}):
        if name in table:
            return table[name]
    return None


def found_object(config, custom_objects=None):
    """The class or function of a user's own that a config, or a name, speaks of; None for none."""
    names = [config] if isinstance(config, str) else [config.get("registered_name"), config.get("class_name")]
    for name in names:
        if not isinstance(name, str):
            continue
        found = (custom_objects or {}).get(name)
        if found is None:
            found = get_registered_object(name)
        if found is not None:
            return found
    return None


def registered_function(name):
    """The function that was registered under this name in whatever package; None for none, or several."""
    found = [obj for registered, obj in _OBJECTS.items() if inspect.isfunction(obj) and registered.split(">")[-1] == name]
    return found[0] if len(found) == 1 else None
