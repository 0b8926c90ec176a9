# SPDX-License-Identifier: Apache-2.0
"""Optimizers that users write: their state, and the step that C++ comes to."""
import contextlib

import numpy as np

from keratin import _core, _native, initializers
from keratin.gradient_tape import IndexedSlices
from keratin.keras_tensor import KerasTensor
from keratin.optimizers.common_options import OF_ALL
from keratin.variables import Variable


_COME_BACK = ("apply", "apply_gradients", "update_step", "build")  # methods that C++ calls where a user's class has them anew


def _core_of(value):
    return value._core if isinstance(value, KerasTensor) else value


class OwnOptimizer:
    """What an optimizer of one's own is made of. Clipping, weight decay, averages and constraints are C++'s, around it."""

    @classmethod
    def _own(cls):
        """Which of the methods that C++ comes back to a class of a user's own has anew."""
        if cls._listed() is None:
            base = next(base for base in cls.__mro__ if "_concept" in base.__dict__)
            return [name for name in _COME_BACK if getattr(cls, name) is not getattr(base, name)]
        return _native.overrides(cls, cls._listed(), _COME_BACK)

    @classmethod
    def _is_own(cls):
        return cls._listed() is None or bool(cls._own())

    def _from_serialized(self, serialized):
        own, name = self._own(), type(self).__name__
        if self._listed() is None:
            config = {name: value for name, value in serialized["config"].items() if name in OF_ALL}
            core = _core.own_optimizer(name, config)
        else:
            core = super()._from_serialized(serialized)
        has_step = self._listed() is None or "update_step" in own
        if has_step or own:
            _core.override_optimizer(core, self, name, has_step, own not in ([], ["update_step"]))
        return core

    def update_step(self, gradient, variable, learning_rate):
        """One step of one variable: of a class derived from one of Keratin's, `super().update_step` is the step of that.

        Args:
            gradient: its gradient, a KerasTensor.
            variable: the variable, to be assigned.
            learning_rate: the rate of this step.
        """
        if self._listed() is None:
            raise NotImplementedError(f"{type(self).__name__} must have a method update_step(gradient, variable, learning_rate).")
        _core.base_update_step(self._core, _core_of(gradient), variable._core, float(np.asarray(_core_of(learning_rate))))

    def add_variable(self, shape, initializer="zeros", dtype=None, aggregation="none", layout=None, name=None):
        """A part of the state.

        Args:
            shape: its shape.
            initializer: its first values.
            dtype: None or "float32".
            aggregation, layout: for programs that say them; there is one device.
            name: its name; a new one by default.
        """
        path = f"{self.name}/{name or _core.auto_name('Variable')}"
        variable = Variable(initializers.get(initializer), shape=tuple(shape), dtype=dtype, trainable=False, name=path)
        self.__dict__.setdefault("_keratin_added", []).append(variable)
        return variable

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """A part of the state of the shape of a variable.

        Args:
            reference_variable: the variable.
            name: its name, which stands behind that of the variable.
            initializer: its first values.
        """
        path = reference_variable.path.replace("/", "_")
        return self.add_variable(reference_variable.shape, initializer, name=f"{path}_{name or 'variable'}")

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """A part of the state for each variable, a list; for several names a tuple of lists.

        Args:
            trainable_variables: the variables.
            name: a name, or a list of names.
            initializer: the first values, or a list with those of each name.
        """
        names = [name] if isinstance(name, str) else list(name)
        first = [initializer] * len(names) if isinstance(initializer, str) or callable(initializer) else list(initializer)
        found = [[self.add_variable_from_reference(variable, one, values) for variable in trainable_variables]
                 for one, values in zip(names, first)]
        return found[0] if isinstance(name, str) else tuple(found)

    def assign(self, variable, value):
        """Sets a variable, at the end of the step."""
        variable.assign(value)

    def assign_add(self, variable, value):
        """Adds to a variable, at the end of the step."""
        variable.assign_add(value)

    def assign_sub(self, variable, value):
        """Takes from a variable, at the end of the step."""
        variable.assign_sub(value)

    def _get_variable_index(self, variable):
        return next(i for i, known in enumerate(self._variables) if known._core is variable._core)

    def _own_variables(self):
        return self.__dict__.get("_keratin_added", ())

    def _check_own_weights(self, weights, known, own):
        if len(weights) != known + len(own) or any(np.shape(value) != variable.shape
                                                   for variable, value in zip(own, weights[known:])):
            raise ValueError(f"[{type(self).__name__}] the weights must be {known + len(own)} arrays of the shapes that get_weights "
                             f"gives. Received: {len(weights)} of shapes {[np.shape(value) for value in weights]}")

    @contextlib.contextmanager
    def _built_to_see(self, variables):
        """Builds it; what it is given says that it stays so. Otherwise it is at the end as it was."""
        was_built, added, kept = self.built, len(self._own_variables()), []
        if not was_built:
            self.build(variables)
        try:
            yield lambda: kept.append(True)
        finally:
            if not (was_built or kept):
                del self.__dict__.get("_keratin_added", [])[added:]
                self.__dict__.pop("_keratin_is_own_built", None)
                self._core.unbuild()

    def _has_rate(self):
        return "learning_rate" in self._core.weight_names()

    def _own_step(self, variable, gradient, learning_rate):
        """What C++ calls: the step of one variable."""
        variable = Variable(variable)
        if not self.__dict__.get("_keratin_is_own_built"):
            self.build([Variable(known) for known in self._built_for()] or [variable])
        self.update_step(KerasTensor._of(gradient), variable, np.float32(learning_rate))

    def _own_apply(self, variables, gradients):
        """What C++ calls: a step, of which the gradients have the penalties' part."""
        variables = [Variable(variable) for variable in variables]
        gradients = [IndexedSlices._from(gradient, variable) for gradient, variable in zip(gradients, variables)]
        if "apply_gradients" in self._own():
            self.apply_gradients(list(zip(gradients, variables)))
        else:
            self.apply(gradients, variables)

    def _built_for(self):
        return self._core.built_for()
