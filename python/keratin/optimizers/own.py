# SPDX-License-Identifier: Apache-2.0
"""Optimizers that users write: their state, and the step that C++ comes to."""
import contextlib

import numpy as np

from keratin import _core, initializers
from keratin.keras_tensor import KerasTensor
from keratin.optimizers.common_options import OF_ALL
from keratin.variables import Variable


class OwnOptimizer:
    """What an optimizer of one's own is made of. Clipping, weight decay, averages and constraints are C++'s, around it."""

    def _from_serialized(self, serialized):
        if self._listed() is not None:
            return super()._from_serialized(serialized)
        config = {name: value for name, value in serialized["config"].items() if name in OF_ALL}
        return _core.own_optimizer(self, type(self).__name__, config)

    def _options_of_base(self):
        """The arguments of the optimizer of Keratin's that a class with a step of its own derives from, beside those of all."""
        return {name: value for name, value in self._options.items() if name not in OF_ALL}

    def update_step(self, gradient, variable, learning_rate):
        """One step of one variable.

        Args:
            gradient: its gradient, a KerasTensor.
            variable: the variable, to be assigned.
            learning_rate: the rate of this step.
        """
        if type(self).update_step is not OwnOptimizer.update_step:
            raise NotImplementedError(f"[{type(self).__name__}] super().update_step is not there: the steps of Keratin's "
                                      "optimizers are C++. Write the formula in update_step.")
        raise NotImplementedError(f"{type(self).__name__} must have a method update_step(gradient, variable, learning_rate).")

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

    def _built_for(self):
        return self._core.built_for()
