# SPDX-License-Identifier: Apache-2.0
"""What every class shares that stands for a C++ object.

A concept (regularizers, layers, losses ...) has one base class here, derived from `Native`, which names
the class of `_core` that is its C++ base. A class of the concept is written as Keras writes it: a signature,
a docstring, and an `__init__` that hands its arguments to `_make`:

    class L2(Regularizer):
        def __init__(self, l2=0.01):
            self._make(l2=l2)

The rest is here: attributes named like the arguments, get_config and from_config, serialize and
deserialize, repr, pickle, copy. The C++ object is `self._core`.

A class of a user's own that derives from one of these and gives `__call__`, `update_state` ... anew is called
back by C++, as one that derives from the base is: then `_core` of the class makes the object that calls back,
and `super()` reaches the C++ object under `_own_core`.
"""
import copy
import functools
import inspect
import re

from keratin import _core, _elsewhere
from keratin._refusal import arguments_in, at_place, bounded, entry, refusing, shown, told_by

# How C++ says that an entry of a config is of another type, and how the border says that no config can hold it.
_WRONG_TYPE = re.compile(r"\[\w+\] config\[\"(\w+)\"\]: expected (.*?)\. Received: ")
_NO_VALUE = re.compile(r"\[Config\] config\[\"(\w+)\"\](?=[:\[])")


class Native:
    """An object of C++, by composition.

    A concept's base class sets `_concept`, its class of `_core`, and `_module`, where Keras's users find it.
    """

    _concept = None
    _module = None
    _class_name = None  # of the C++ class; None for a class that a user writes from the base
    _all_in_python = False  # a listed class that C++ does not know
    _called_back = ()  # methods that C++ calls where a user's class gives them anew
    _never_called = ()  # methods that C++ has no way to call

    def __init_subclass__(cls, listed=True, **kwargs):
        super().__init_subclass__(**kwargs)
        if "_concept" in cls.__dict__:
            cls._classes = {}
        elif listed and cls.__module__.split(".")[0] == __package__ and not cls.__name__.startswith("_"):
            cls._class_name = cls.__name__  # subclasses that users write make the same C++ object
            cls._classes[cls.__name__] = cls
        else:
            refuse_overrides(cls, cls._listed(), cls._never_called)

    @classmethod
    def _listed(cls):
        """The class of Keratin that this one is or derives from; None for one from the base."""
        return cls._classes.get(cls._class_name)

    @classmethod
    def _is_called_back(cls):
        return bool(overrides(cls, cls._listed(), cls._called_back))

    def _make(self, **options):
        """Makes the C++ object of these options, which become attributes too."""
        config = options
        if options.get("name", "") is None:  # C++ finds a new one
            config = {name: value for name, value in options.items() if name != "name"}
        options = {name: frozen(value) for name, value in options.items()}
        self._set_core(self._deserialized(config, options))
        self._options = options

    def _deserialized(self, config, options):
        """The C++ object of this config. What is wrong with it is told in the words of the arguments."""
        try:
            return self._from_serialized({"class_name": self._class_name, "config": config})
        except (TypeError, ValueError) as error:
            message = str(error).replace('config["config"]', "config", 1)
            found = _WRONG_TYPE.match(message)
            if found is None or found[1] not in options:
                message = _NO_VALUE.sub(rf"[{type(self).__name__}] \1", message)
                if message == str(error):
                    raise
                kind = TypeError if isinstance(error, TypeError) else ValueError  # not UnicodeEncodeError and the like
                raise kind(bounded(message)) from None
            value = options[found[1]]
            raise ValueError(bounded(f"[{type(self).__name__}] {found[1]} must be {found[2]}. Received: {shown(value)} "
                                     f"(of type {type(value).__name__})")) from None

    def _from_serialized(self, serialized):
        return self._concept.deserialize(serialized)

    def _set_core(self, core):
        self.__dict__["_base_core" if self._is_called_back() else "_core"] = core

    @property
    def _own_core(self):
        """The C++ object that this one was made with; None where all is written in Python."""
        return self.__dict__.get("_base_core", self.__dict__.get("_core"))

    # -- attributes ---------------------------------------------------------------------------

    def __getattr__(self, name):
        # Reached when there is no such attribute otherwise. Keras: an argument is an attribute.
        options = self.__dict__.get("_options", ())
        if name in options:
            return options[name]
        raise no_attribute(self, name)

    def __setattr__(self, name, value):
        # A value that nobody would look at is an error; a name that means nothing here is the user's own.
        known = getattr(type(self), name, None)
        if isinstance(known, property):
            if known.fset is None:
                raise AttributeError(f"'{name}' of {type(self).__name__} cannot be set.{self._hint(name)}")
        elif self._is_fixed(name):
            if self._own_core is None and name in self._options:  # all of it is Python's
                self._options[name] = value
                return
            raise AttributeError(f"'{name}' of {type(self).__name__} is fixed when it is made: make another one.")
        super().__setattr__(name, value)

    def _is_fixed(self, name):
        """Whether `name` is an argument that C++ has taken."""
        if "_options" not in self.__dict__:
            return False  # it is being made
        return name in self._options or (self._own_core is not None and name in _arguments_of(type(self)))

    def _hint(self, name):
        """What to do in place of setting an attribute."""
        return " It is fixed when it is made." if name in self.__dict__.get("_options", ()) else ""

    def __dir__(self):
        return [*super().__dir__(), *self.__dict__.get("_options", ())]

    def __repr__(self):
        options = ", ".join(f"{name}={shown(value)}" for name, value in self.__dict__.get("_options", {}).items())
        return f"{type(self).__name__}({options})"

    # -- config -------------------------------------------------------------------------------

    def get_config(self):
        """The arguments as a dict of plain values; `from_config` takes it."""
        return self._own_core.get_config()

    @classmethod
    def from_config(cls, config):
        """An object of this class with the arguments in `config`."""
        if cls is not cls._listed():
            return cls(**config)  # of a user's own class, whose errors come as they are
        with told_by(cls.__name__):
            return cls(**arguments_in(config))

    # -- copies -------------------------------------------------------------------------------

    def __getstate__(self):
        of_graphs = ("_keratin_calls", "_value", "_keratin_owner")  # where a layer stands is the models' to keep
        return {name: value for name, value in self.__dict__.items()
                if name not in ("_core", "_base_core", *of_graphs)}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._remake()

    def _remake(self):
        """Makes the C++ object again, of what `__getstate__` kept."""
        if self._class_name is not None and "_options" in self.__dict__:
            self._make(**self._options)

    # Most objects are values that never change: copies share the C++ object, and with it the seed of
    # an initializer that was given none. What does change (a layer) says otherwise.
    def __copy__(self):
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def __deepcopy__(self, memo):
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        state = {name: copy.deepcopy(value, memo) for name, value in self.__getstate__().items()}
        other.__dict__.update(state)
        for name in ("_core", "_base_core"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other


@functools.cache
def _arguments_of(cls):
    """The names of the arguments of a class of Keratin, or of the one that a user's class derives from."""
    listed = next(base for base in cls.__mro__ if base.__module__.split(".")[0] == __package__)
    parameters = inspect.signature(listed.__init__).parameters.values()
    return {parameter.name for parameter in parameters if parameter.kind not in (
        parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)} - {"self"}


def frozen(value, known=None):
    """The value of an option, in a form that cannot be changed behind the back of C++; each list in it once, however often it stands there."""
    if not isinstance(value, list):
        return value
    known = {} if known is None else known
    if id(value) not in known:
        known[id(value)] = _FixedList([frozen(item, known) for item in list.__iter__(value)])
    return known[id(value)]


class _FixedList(list):
    """A list that C++ has taken."""

    def _refuse(self, *_, **__):
        raise TypeError("this list was taken when the object was made, and is fixed: make another object.")

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self):
        return type(self), (list(self),)


def no_attribute(instance, name):
    """The AttributeError for what `__getattr__` was asked: a property's own words, or where to find it."""
    if isinstance(getattr(type(instance), name, None), property):
        try:
            getattr(type(instance), name).fget(instance)
        except AttributeError as error:
            return error
    return _elsewhere.missing_attribute(instance, name)


def overrides(cls, listed, methods):
    """Which of the methods a class has from elsewhere than the class of Keratin that it derives from."""
    if listed is None or cls is listed:
        return []
    return [name for name in methods if getattr(cls, name, None) is not getattr(listed, name, None)]


def refuse_own(cls, listed, base):
    """A TypeError for an object of `base`, or of a class that a user derives from it: those are not there."""
    if listed is None:
        known = ", ".join(sorted(base._classes))
        raise TypeError(f"[{cls.__name__}] {base.__name__} by itself, and classes of one's own derived from it, are not "
                        f"there. Known: {known}.")


def refuse_overrides(cls, listed, methods):
    """A TypeError for a class whose methods would be passed over."""
    for name in overrides(cls, listed, methods):
        raise TypeError(f"{cls.__name__}.{name} would never be called: what {listed.__name__} does is C++, which does "
                        "not come back to this method. Overriding it is not there.")


def arguments(names):
    """The arguments of an `__init__`, from its `locals()`; those of `**kwargs` are among them."""
    rest = names.get("kwargs", {})
    return {**{name: value for name, value in names.items() if name not in ("self", "kwargs", "__class__")}, **rest}


def serialize(instance):
    """`{"class_name", "config", ...}` of an object, as Keras writes it; None of None."""
    if instance is None:
        return None
    cls = type(instance)
    if cls is getattr(cls, "_classes", {}).get(cls.__name__):
        if "_core" not in instance.__dict__:  # of values that C++ does not take
            return {"module": cls._module.replace("keratin", "keras"), "class_name": cls.__name__,
                    "config": instance.get_config(), "registered_name": None}
        return {**instance._core.serialize(), "config": instance.get_config()}
    if not isinstance(instance, Native) and hasattr(instance, "__name__"):  # a function
        return {"module": "builtins", "class_name": "function", "config": instance.__name__,
                "registered_name": _registered_name(instance, "function")}
    if not callable(getattr(instance, "get_config", None)):
        raise TypeError(bounded(f"[serialize] takes an object that has get_config, or a function with a name. Received: "
                                f"{shown(instance)} (of type {cls.__name__})"))
    return {
        "module": cls.__module__,
        "class_name": cls.__name__,
        "config": _with_parts(instance.get_config()),
        "registered_name": _registered_name(cls),
    }


def _with_parts(config):
    """With what `serialize` gives in place of layers and other objects of Keratin's that stand there as they are."""
    if isinstance(config, dict):
        return {key: _with_parts(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(map(_with_parts, config)) if type(config) in (list, tuple) else config
    if isinstance(config, Native):
        from keratin.saving import serialization_lib
        return serialization_lib.serialize_keras_object(config)
    return config


def _registered_name(given, otherwise=None):
    from keratin.saving import object_registration
    return object_registration.get_registered_name(given) if otherwise is None else object_registration._NAMES.get(given, otherwise)


def deserialize(base, config, custom_objects=None):
    """The object that `config` (a name, or what `serialize` gives) describes, of the concept `base`.

    Names come from the concept's closed list in C++, or from `custom_objects`, and nowhere else.
    """
    all_in_python = bool(custom_objects)
    custom_objects = _with_scope(custom_objects)
    name = config if isinstance(config, str) else entry(config, "class_name", str) if isinstance(config, dict) else None
    if name == "function" and isinstance(config, dict):  # how Keras writes a function
        function = entry(config, "config", (str, dict), {})
        if isinstance(function, str) and function in custom_objects:
            name = config = function
    registered = config.get("registered_name") if isinstance(config, dict) else None
    custom = custom_objects.get(registered) if isinstance(registered, str) else None
    custom = custom_objects.get(name) if custom is None else custom
    if custom is not None:
        if isinstance(config, dict) and not isinstance(custom, type):  # a function
            return custom
        if isinstance(config, str):
            return custom() if isinstance(custom, type) else custom
        made = custom.from_config(entry(config, "config", dict, {}))
        build_config = config.get("build_config")
        if isinstance(build_config, dict) and hasattr(made, "build_from_config"):
            made.build_from_config(build_config)
        return made
    listed = base._classes.get(name) if isinstance(name, str) else None
    if listed is not None and listed._all_in_python and isinstance(config, dict):
        return listed.from_config(entry(config, "config", dict, {}), custom_objects)
    options = config.get("config") if custom_objects and isinstance(config, dict) and name in base._classes else None
    if isinstance(options, dict) and (all_in_python or any(_is_custom(value, custom_objects) for value in list(options.values()))):
        _check_depth(config)
        return base._classes[name].from_config({
            option: deserialize(base, value, custom_objects) if _is_custom(value, custom_objects) else value
            for option, value in options.items()})
    core = base._concept.deserialize(config)
    return base._classes[core.class_name].from_config(core.get_config())


def _check_depth(config):
    """A ValueError for a config that is deeper than C++ takes one, or holds itself: it will be gone through here."""
    deepest, pending = {}, [(config, 0)]
    while pending:
        part, depth = pending.pop()
        if depth > 100:
            raise ValueError("[Config] a config may nest 100 deep.")
        if isinstance(part, (dict, list, tuple)) and deepest.get(id(part), -1) < depth:
            deepest[id(part)] = depth
            pending += [(entry, depth + 1) for entry in (part.values() if isinstance(part, dict) else part)]


def _with_scope(custom_objects):
    """The caller's objects, those of the scope around, and what was registered."""
    from keratin.saving import object_registration
    return {**object_registration._OBJECTS, **object_registration._SCOPE.get(), **(custom_objects or {})}


def _is_custom(value, custom_objects):
    if isinstance(value, dict):
        names = value.get("registered_name"), value.get("config" if value.get("class_name") == "function" else "class_name")
        return any(isinstance(name, str) and name in custom_objects for name in names)
    return isinstance(value, str) and callable(custom_objects.get(value))


def get(base, identifier):
    """What Keras calls an identifier, as an object: None, a name, a config, a class, an object."""
    if identifier is None:
        return None
    with told_by(f"{base.__name__} get"):
        return identifier if isinstance(identifier, base) else _found(base, identifier)


def _found(base, identifier):
    if isinstance(identifier, (str, dict)):
        return deserialize(base, identifier)
    if isinstance(identifier, type) and issubclass(identifier, base):
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret {base.__name__.lower()} identifier: {shown(identifier)}")
