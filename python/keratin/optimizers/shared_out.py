# SPDX-License-Identifier: Apache-2.0
"""Optimizers that have others take their steps."""
import re
from collections.abc import MutableMapping

from keratin import _native
from keratin._variable_cores import Part
from keratin.optimizers.optimizer import Optimizer
from keratin.variables import Variable


def _check(who, optimizer):
    if not isinstance(optimizer, Optimizer):
        raise ValueError(f"[{who}] it is made of optimizers. Received: {_native.shown(optimizer)} "
                         f"(of type {type(optimizer).__name__})")
    if optimizer._is_own():
        raise ValueError(f"[{who}] an optimizer of one's own cannot be one of its. Received: {_native.shown(optimizer)}")


def _set_loss_scale_factor(optimizer, factor):
    """What C++ has set of the optimizer, and of those within it."""
    optimizer._options["loss_scale_factor"] = factor
    for inner in getattr(optimizer, "_inner", ()):
        _set_loss_scale_factor(inner, factor)


class SharedOut(Optimizer, listed=False):
    """What LossScaleOptimizer and MultiOptimizer have in common."""

    _all_in_python = True
    _never_called = (*Optimizer._never_called, "apply", "apply_gradients", "update_step", "build")

    def _make(self, **options):
        if options.get("name", "") is None:
            del options["name"]
        _native.Native._make(self, **options)
        self._options["name"] = self._core.name
        self._variables, self._not_decayed = [], ([], [])

    @property
    def variables(self):
        """The state: two numbers that every optimizer has, its own, and that of each of the others."""
        names = self._core.weight_names()
        inner = [variable for optimizer in self._inner for variable in optimizer.variables]
        own = [Variable._of(Part(f"{self.name}/{name}", place, self._core.get_weight, self._core.get_weights, self._core.set_weights))
               for place, name in enumerate(names[:len(names) - len(inner)])]
        return own + inner

    def __getstate__(self):
        return {**_native.Native.__getstate__(self), "_variables": [], "_not_decayed": ([], self._not_decayed[1])}


class LossScaleOptimizer(SharedOut, listed=True):
    """Another optimizer, by gradients of a loss that was multiplied by a scale.

    A step with a gradient that is not finite is left out, and halves the scale; `dynamic_growth_steps` steps without one
    double it. The gradients are divided by it before the other optimizer has them.

    Example:

    >>> model.compile(keratin.optimizers.LossScaleOptimizer(keratin.optimizers.Adam(0.01)), loss="mse")

    Args:
        inner_optimizer: the other optimizer. Its `loss_scale_factor` becomes None.
        initial_scale: the first scale, above 0.
        dynamic_growth_steps: after how many steps the scale doubles.
        name: the name; a new one by default.
    """

    def __init__(self, inner_optimizer, initial_scale=32768.0, dynamic_growth_steps=2000, name=None, **kwargs):
        if not all(_says_nothing(key, value) for key, value in kwargs.items()) or kwargs.get("dynamic") is False:
            raise ValueError(f"[LossScaleOptimizer] the inner optimizer has all other arguments. Received: {_native.shown(kwargs)}")
        _check("LossScaleOptimizer", inner_optimizer)
        self._make(inner_optimizer=inner_optimizer, initial_scale=initial_scale, dynamic_growth_steps=dynamic_growth_steps, name=name)
        _set_loss_scale_factor(inner_optimizer, None)

    @property
    def _inner(self):
        return [self.inner_optimizer]

    @property
    def learning_rate(self):
        """The rate of the next step of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        self.inner_optimizer.learning_rate = value

    @property
    def dynamic_scale(self):
        """The scale as it is now, a variable."""
        return self._of_state("dynamic_scale")

    @property
    def step_counter(self):
        """How many steps there were since the scale was another, a variable."""
        return self._of_state("step_counter")

    def _of_state(self, name):
        for variable in self.variables:
            if variable.path == f"{self.name}/{name}":
                return variable
        raise AttributeError(f"[LossScaleOptimizer] there is no {name} before it is built.")

    def _set_iterations(self, value):
        self.inner_optimizer._set_iterations(value)

    def get_config(self):
        return {"name": self.name, "inner_optimizer": _native.serialize(self.inner_optimizer),
                "initial_scale": self.initial_scale, "dynamic_growth_steps": self.dynamic_growth_steps}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer of this class with the arguments in `config`."""
        with _native.told_by(cls.__name__):
            config = dict(_native.arguments_in(config))
            if isinstance(config.get("inner_optimizer"), (dict, str)):
                with _native.at_place("inner_optimizer"):
                    config["inner_optimizer"] = _native.deserialize(Optimizer, config["inner_optimizer"], custom_objects)
            return cls(**config)


class OptimizerMap(MutableMapping):
    """Which optimizer moves which variable.

    Example:

    >>> optimizers = keratin.optimizers
    >>> rule = optimizers.OptimizerMap(optimizers.SGD(0.1), {".*embedding.*": optimizers.Adam(0.01)})
    >>> model.compile(optimizers.MultiOptimizer(rule), loss="mse")

    Args:
        default_optimizer: of the variables that nothing else matches.
        optimizer_map: a dict: paths of variables, or regular expressions that match them whole, and their optimizers.
    """

    def __init__(self, default_optimizer, optimizer_map=None):
        _check("OptimizerMap", default_optimizer)
        self._default_optimizer, self._optimizer_map = default_optimizer, {}
        for key, optimizer in dict(optimizer_map or {}).items():
            self[key] = optimizer

    @property
    def default_optimizer(self):
        return self._default_optimizer

    def __getitem__(self, key):
        """The optimizer of a path."""
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        found = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(f"[OptimizerMap] several expressions match '{key}': {found}")
        return self._optimizer_map[found[0]] if found else self.default_optimizer

    def __setitem__(self, key, optimizer):
        if not isinstance(key, str):
            raise ValueError(f"[OptimizerMap] a key must be a string. Received: {key!r}")
        if key in self._optimizer_map:
            raise ValueError(f"[OptimizerMap] '{key}' is in the map already.")
        _check("OptimizerMap", optimizer)
        if isinstance(optimizer, SharedOut):
            raise ValueError(f"[OptimizerMap] an optimizer of the map cannot be a {type(optimizer).__name__}.")
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key):
        del self._optimizer_map[key]

    def __iter__(self):
        return iter(self._optimizer_map)

    def __len__(self):
        return len(self._optimizer_map)

    def __call__(self, variable):
        return self[variable.path]

    def get_config(self):
        """The optimizers with their classes; `from_config` takes it."""
        return {"default_optimizer": _native.serialize(self.default_optimizer),
                "optimizer_map": {key: _native.serialize(optimizer) for key, optimizer in self._optimizer_map.items()}}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A map of the optimizers in `config`."""
        default = _native.deserialize(Optimizer, config["default_optimizer"], custom_objects)
        return cls(default, {key: _native.deserialize(Optimizer, one, custom_objects) for key, one in config["optimizer_map"].items()})


class MultiOptimizer(SharedOut, listed=True):
    """Several optimizers, each of which moves some of the variables. All of them take a step, or none does.

    Example:

    >>> optimizers = keratin.optimizers
    >>> rule = optimizers.OptimizerMap(optimizers.SGD(0.1), {".*embedding.*": optimizers.Adam(0.01)})
    >>> model.compile(optimizers.MultiOptimizer(rule), loss="mse")

    Args:
        optimizer_map: an OptimizerMap, which is looked at as this is made.
        loss_scale_factor: what the loss, and so the gradients, were multiplied by; takes the place of that of each.
        name: the name; a new one by default.
    """

    def __init__(self, optimizer_map, loss_scale_factor=None, name=None):
        if not isinstance(optimizer_map, OptimizerMap):
            raise ValueError(f"[MultiOptimizer] optimizer_map must be an OptimizerMap. Received: {_native.shown(optimizer_map)} "
                             f"(of type {type(optimizer_map).__name__})")
        self._make(optimizer_map=optimizer_map, loss_scale_factor=loss_scale_factor, name=name)
        _set_loss_scale_factor(self, loss_scale_factor)

    def _deserialized(self, config, options):
        given = config["optimizer_map"]
        optimizers = {"default_optimizer": given.default_optimizer, "optimizer_map": dict(given._optimizer_map)}
        return super()._deserialized({**config, "optimizer_map": {"config": optimizers}}, options)

    @property
    def optimizers(self):
        """The optimizers, each once: those of the map, and the default."""
        found = []
        for optimizer in [*self.optimizer_map._optimizer_map.values(), self.optimizer_map.default_optimizer]:
            if all(optimizer is not known for known in found):
                found.append(optimizer)
        return found

    @property
    def _inner(self):
        return self.optimizers

    @property
    def learning_rate(self):
        raise AttributeError("[MultiOptimizer] there is no learning rate of all: ask its optimizers.")

    @learning_rate.setter
    def learning_rate(self, value):
        raise AttributeError("[MultiOptimizer] there is no learning rate of all: set those of its optimizers.")

    def get_config(self):
        rule = {"module": "keras.optimizers", "class_name": "OptimizerMap", "config": self.optimizer_map.get_config(),
                "registered_name": None}
        return {"optimizer_map": rule, "loss_scale_factor": self.loss_scale_factor, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer of this class with the arguments in `config`."""
        with _native.told_by(cls.__name__):
            config = dict(_native.arguments_in(config))
            if isinstance(config.get("optimizer_map"), dict):
                with _native.at_place("optimizer_map"):
                    config["optimizer_map"] = OptimizerMap.from_config(_native.entry(config["optimizer_map"], "config", dict, {}),
                                                                       custom_objects)
            return cls(**config)


def _says_nothing(key, value):
    """Whether an argument is as it is where nobody gives it."""
    is_number = isinstance(value, (bool, int, float))  # nothing else is asked to compare itself
    return value is None or is_number and (value == 0 or (key, value) in (("dynamic", True), ("ema_momentum", 0.99)))
