# SPDX-License-Identifier: Apache-2.0
"""The base of all optimizers."""
import copy
import numbers
import operator
import warnings

import numpy as np

from keratin import _core, _native
from keratin._variable_cores import Part
from keratin.keras_tensor import KerasTensor
from keratin.optimizers import schedules
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.own import OwnOptimizer
from keratin.variables import Variable


_OF_KERAS_2 = ("jit_compile", "is_legacy_optimizer")  # which its configs have, and nobody gives by hand


def _array(gradient):
    """A gradient as C++ takes it."""
    return gradient.numpy() if isinstance(gradient, KerasTensor) else gradient


class _Rate(np.float32):
    """A learning rate: a number that, as Keras's variable, can be given another value."""

    def assign(self, value):
        """Sets the learning rate of the optimizer that it came from."""
        self._optimizer.learning_rate = value

    def numpy(self):
        return np.float32(self)

    value = property(numpy)


class _Count(int):
    """How many steps were taken: a number that can be read, and set, as Keras's variable."""

    def numpy(self):
        return np.int32(self)

    def assign(self, value):
        """Sets the count of the optimizer that it came from, by which schedules and corrections of a bias go; before
        it is built too."""
        self._optimizer._set_iterations(value)

    def assign_add(self, value):
        self.assign(self + value)

    def assign_sub(self, value):
        self.assign(self - value)

    value = property(numpy)
    dtype = "int32"
    shape = ()


def _number(rate):
    if rate is None or isinstance(rate, (bool, str, bytes, list, tuple, dict)) or not hasattr(rate, "__float__"):
        raise ValueError("Argument `learning_rate` should be a number, an instance of LearningRateSchedule, or a "
                         f"function without arguments. Received instead: learning_rate={_native.shown(rate)}")
    return float(rate)


def _schedule_core(rate):
    """The C++ object of a schedule, or of a function without arguments."""
    if isinstance(rate, schedules.LearningRateSchedule):
        return rate._core
    return _core.LearningRateSchedule.custom(lambda step: rate())


class Optimizer(OwnOptimizer, _native.Native):
    """Turns gradients into new weights. All optimizers share these arguments.

    For one of your own give `update_step(gradient, variable, learning_rate)`, which assigns the variable and the state
    that `build` made; what it assigns becomes so at the end of the step. A table is swept whole.

    Example:

    >>> model.compile(optimizer=keratin.optimizers.Adam(learning_rate=0.01), loss="mse")
    >>> class Descent(keratin.optimizers.Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         self.assign_sub(variable, learning_rate * gradient)
    >>> model.compile(Descent(0.1), "mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay: what a weight loses at each step: this part of it, times the learning rate.
        clipnorm: the largest norm of the gradient of a weight.
        clipvalue: the largest absolute value in a gradient.
        global_clipnorm: the largest norm of all gradients together. At most one of the three may be given.
        use_ema: whether an average of each weight is kept, which takes its place at the end.
        ema_momentum: the part of the average that stays at each step.
        ema_overwrite_frequency: after so many steps the averages take the place of the weights; None: at the end.
        loss_scale_factor: what the loss, and so the gradients, were multiplied by.
        gradient_accumulation_steps: weights move each so many steps, by the mean gradient.
        name: the name; a new one by default.
    """

    _concept = _core.Optimizer
    _module = "keratin.optimizers"
    _never_called = ("finalize_variable_values", "scale_loss", "learning_rate")

    def __new__(cls, *args, **kwargs):
        if cls is Optimizer:
            _native.refuse_own(cls, None, Optimizer)
        return super().__new__(cls)

    @with_common_options
    def __init__(self, learning_rate, *, name="optimizer"):
        pass

    def _make(self, learning_rate, **options):
        if options.pop("decay", None) is not None:
            warnings.warn("Argument `decay` is no longer supported and will be ignored.", stacklevel=3)
        unknown = {name: value for name, value in options.items() if name in _OF_KERAS_2}
        if unknown:
            raise ValueError(f"Argument(s) not recognized: {unknown}")
        if isinstance(learning_rate, dict):
            learning_rate = schedules.deserialize(learning_rate)
        given = learning_rate
        if not isinstance(learning_rate, (schedules.LearningRateSchedule, numbers.Number)):
            if callable(learning_rate):
                given = _schedule_core(learning_rate)
            else:
                given = learning_rate = _number(learning_rate)  # a variable, an array
        elif isinstance(learning_rate, bool):
            _number(learning_rate)
        super()._make(learning_rate=given, **options)
        self._options.update(learning_rate=learning_rate, name=self._core.name)
        self._variables = []
        self._not_decayed = [], []  # variables, parts of names

    @property
    def name(self):
        return self._core.name

    @property
    def learning_rate(self):
        """The rate of the next step."""
        rate = _Rate(self._core.learning_rate)
        rate._optimizer = self
        return rate

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, schedules.LearningRateSchedule) or (
                callable(value) and not isinstance(value, (numbers.Number, Variable))):
            self._core.set_schedule(_schedule_core(value))
            self._options["learning_rate"] = value
            return
        if isinstance(self._options["learning_rate"], schedules.LearningRateSchedule):
            raise TypeError(f"[{type(self).__name__}] the learning rate comes from a schedule and cannot be set; "
                            "make the optimizer with a number for that.")
        self._core.learning_rate = number = _number(value)
        self._options["learning_rate"] = number

    @property
    def lr(self):
        """Keras 2's name of `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value):
        self.learning_rate = value

    @property
    def iterations(self):
        """How many steps were taken."""
        count = _Count(self._core.iterations)
        count._optimizer = self
        return count

    def _set_iterations(self, value):
        self._core.set_iterations(operator.index(value) * (self._options.get("gradient_accumulation_steps") or 1))

    @property
    def built(self):
        return self.__dict__.get("_keratin_is_own_built", False) if self._is_own() else self._core.built

    @property
    def variables(self):
        """The state: the number of steps, the learning rate where it is a number, then the slots."""
        core = self._core
        return [*self._parts(core), *self._own_variables()]

    def _parts(self, core):
        return [Variable._of(Part(f"{self.name}/{name}", index, core.get_weight, core.get_weights, core.set_weights))
                for index, name in enumerate(core.weight_names())]

    def build(self, variables):
        """Makes the state for these variables.

        Args:
            variables: a list of `keratin.Variable`.
        """
        self._variables = list(variables)
        self._core.build([variable._core for variable in self._variables])
        self.__dict__["_keratin_is_own_built"] = True

    def apply(self, grads, trainable_variables=None):
        """Takes one step.

        Args:
            grads: one gradient a variable, None where there is none.
            trainable_variables: the variables; those of `build` by default.
        """
        grads = list(grads)
        if trainable_variables is None:
            if not self.built:
                raise ValueError(f"[{type(self).__name__}] apply needs trainable_variables, or build before it.")
            trainable_variables = self._variables
        trainable_variables = list(trainable_variables)
        if len({id(variable._core) for variable in trainable_variables}) != len(trainable_variables):
            raise ValueError(f"[{type(self).__name__}] apply was given a variable twice: each has one gradient.")
        if not self.built:
            self.build(trainable_variables)
        self._core.apply([variable._core for variable in trainable_variables], [_array(gradient) for gradient in grads])

    def apply_gradients(self, grads_and_vars):
        """Takes one step.

        Args:
            grads_and_vars: pairs of a gradient and its variable.
        """
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self.iterations

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Some variables get no weight decay. Call it before `build`.

        Args:
            var_list: variables.
            var_names: parts of names: "bias".
        """
        variables, names = list(var_list or []), list(var_names or [])
        self._core.exclude_from_weight_decay([variable._core for variable in variables], names)
        self._not_decayed = variables, names

    def finalize_variable_values(self, var_list):
        """Puts the averages of `use_ema` in the place of the weights: what fit does at its end."""
        self._core.finalize_variable_values([variable._core for variable in var_list])

    def scale_loss(self, loss):
        """The loss times `loss_scale_factor`."""
        return loss * self._core.loss_scale_factor

    def get_weights(self):
        """The arrays of `variables`, copies."""
        return [*self._core.get_weights(), *(variable.numpy() for variable in self._own_variables())]

    def set_weights(self, weights):
        """Sets the state to what `get_weights` gave; the optimizer must be built."""
        own = self._own_variables()
        if own:
            weights = list(weights)
            known = len(self._core.get_weights())
            self._check_own_weights(weights, known, own)
            self._core.set_weights(weights[:known])
            for variable, value in zip(own, weights[known:]):
                variable.assign(value)
        else:
            self._core.set_weights(weights)

    def count_params(self):
        """How many numbers the state has."""
        return self._core.count_params() + sum(int(np.prod(variable.shape)) for variable in self._own_variables())

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer of this class with the arguments in `config`. `custom_objects`: for a schedule of one's own."""
        with _native.told_by(cls.__name__):
            config = {name: value for name, value in _native.arguments_in(config).items() if name not in _OF_KERAS_2}
            if isinstance(config.get("learning_rate"), dict):
                with _native.at_place("learning_rate"):
                    config["learning_rate"] = schedules.deserialize(config["learning_rate"], custom_objects)
            return cls(**config)

    def get_config(self):
        config = super().get_config()
        rate = self._options["learning_rate"]
        if isinstance(rate, schedules.LearningRateSchedule):
            config["learning_rate"] = schedules.serialize(rate)
        return config

    # A copy has a state of its own, which starts anew: the variables of the original are not its own.

    def __getstate__(self):
        if self._is_own():
            return {"config": self.get_config()}
        return {**super().__getstate__(), "_variables": [], "_not_decayed": ([], self._not_decayed[1])}

    def __setstate__(self, state):
        if self._is_own():
            config = dict(state["config"])
            if isinstance(config.get("learning_rate"), dict):
                config["learning_rate"] = schedules.deserialize(config["learning_rate"])
            self.__init__(**config)
            return
        super().__setstate__(state)  # makes the C++ object, which knows nothing of them
        if state["_not_decayed"][1]:
            self.exclude_from_weight_decay(var_names=state["_not_decayed"][1])

    def __deepcopy__(self, memo):
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__setstate__({name: copy.deepcopy(value, memo) for name, value in self.__getstate__().items()})
        return other

    def __copy__(self):
        return self.__deepcopy__({})
