# SPDX-License-Identifier: Apache-2.0
"""Classes whose arguments stand as they were given."""
import inspect


class FixedArguments:
    """Its direct subclasses keep their arguments in `_options`: each is an attribute, and cannot be set."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if FixedArguments in cls.__bases__:
            cls._class_name, cls._arguments = cls.__name__, frozenset(inspect.signature(cls).parameters)

    def __getattr__(self, name):
        options = self.__dict__.get("_options", ())
        if name in options:
            return options[name]
        raise AttributeError(f"'{self._class_name}' object has no attribute '{name}'")

    def __setattr__(self, name, value):
        if name in self._arguments:
            raise AttributeError(f"'{name}' of {self._class_name} is fixed when it is made: make another one.")
        super().__setattr__(name, value)
