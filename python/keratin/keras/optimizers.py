# SPDX-License-Identifier: Apache-2.0
"""Keras's optimizers, and the rows that they step.

One method of Keras's is replaced, `build` of its base class: an optimizer that is built for a table becomes one of a
class derived from its own, which steps the rows where it steps the other weights.
"""
import functools

import keras
from keras.src import api_export
from keras.src.optimizers.base_optimizer import BaseOptimizer

from keratin.keras import _found
from keratin.keras._found import backend
from keratin.keras.row_steps import RowSteps
from keratin.keras.variables import Elsewhere, TableVariable


def install():
    """Replaces `BaseOptimizer.build`, once."""
    if hasattr(BaseOptimizer.build, "_keratin"):
        return
    build = BaseOptimizer.build

    @functools.wraps(build)
    def build_with_tables(self, variables):
        tables = [variable for variable in variables if isinstance(variable, TableVariable)]
        if tables:
            if not isinstance(self, keras.optimizers.LossScaleOptimizer):  # it hands all on to the one within it
                _check_scope()
                with backend.outside():
                    steps = RowSteps(self, tables)
                self.__class__ = _with_tables(type(self))
                _set(self, "_row_steps", steps)
                _set(self, "_norm_to_come", None)
            else:
                self.__class__ = _with_tables(type(self), _Outer)
        build(self, variables)

    build_with_tables._keratin = True
    BaseOptimizer.build = build_with_tables
    if _found.NAME == "tensorflow":
        _swap_by_assigning()


def _swap_by_assigning():
    """On TensorFlow `SwapEMAWeights` computes with variables of TensorFlow's: of tables it takes its way of the other backends."""
    for name in ("swap_variables", "finalize_ema_values"):
        with_tensors = getattr(keras.callbacks.SwapEMAWeights, "_tf_" + name)
        by_assigning = getattr(keras.callbacks.SwapEMAWeights, "_backend_" + name)

        def of_both(self, optimizer, with_tensors=with_tensors, by_assigning=by_assigning):
            with _Hidden(optimizer):
                with_tensors(self, optimizer)
            with _Hidden(optimizer, tables=False):
                by_assigning(self, optimizer)
        setattr(keras.callbacks.SwapEMAWeights, "_tf_" + name, of_both)


def _check_scope():
    _found.check_backend()
    if keras.distribution.distribution() is not None:
        raise NotImplementedError("[Embedding] Keratin's table cannot be used with a distribution scope.")
    backend.refuse_distribution()


@functools.lru_cache(maxsize=None)
def _with_tables(cls, mixin=None):
    derived = type(cls.__name__, (mixin or _Stepping, cls), {"__module__": cls.__module__, "__doc__": cls.__doc__,
                                                             "__qualname__": cls.__qualname__})
    name = api_export.get_name_from_symbol(cls)
    if name is not None:  # in configs it is Keras's
        api_export.REGISTERED_OBJS_TO_NAMES[derived] = name
    return derived


def without_tables(cls):
    """Keras's own, of which `cls` is, or from which it was derived."""
    return cls.__bases__[-1] if issubclass(cls, _Outer) else cls


class _Outer:
    """Has variables beside those of the optimizer within it, none of them for a table."""

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        if not isinstance(reference_variable, TableVariable):
            return super().add_variable_from_reference(reference_variable, name=name, initializer=initializer)
        return self._slot(reference_variable, name)


class _Stepping(_Outer):
    """What an optimizer does otherwise with tables among its variables."""

    def _slot(self, table, kind):
        steps, index = self._row_steps, self._row_steps.place(table)
        with backend.outside(), keras.name_scope(self.name, caller=self):
            slot = Elsewhere(lambda: steps.slot(index, kind), lambda value: steps.set_slot(index, kind, value), table.shape, (),
                             name=f"{table.path.replace('/', '_')}_{kind}", trainable=False)
        self._track_variable(slot)
        return slot

    def _overwrite_variables_directly_with_gradients(self, grads, vars):
        """Between the search for empty gradients and the first look at the others."""
        pairs = [(gradient, variable) for gradient, variable in zip(grads, vars)]
        links = [(gradient, variable) for gradient, variable in pairs if isinstance(variable, TableVariable)]
        rest = [(gradient, variable) for gradient, variable in pairs if not isinstance(variable, TableVariable)]
        if links:
            _set(self, "_norm_to_come", None)
            scale = self.loss_scale_factor
            links = [(gradient if scale is None else gradient / scale, variable) for gradient, variable in links]
            if self.global_clipnorm:
                square = self._call_steps("gather", links, ())
                _set(self, "_norm_to_come", (links, square))
                if not rest:
                    self._clip_gradients([])
            else:
                self._finish(self._call_steps("step", links, (), self._rate()), links)
        return super()._overwrite_variables_directly_with_gradients([gradient for gradient, _ in rest],
                                                                    [variable for _, variable in rest])

    def _clip_gradients(self, grads):
        if self._norm_to_come is None:
            return super()._clip_gradients(grads)
        # Keras: clip_by_global_norm, of the rows too.
        ops, (links, square) = keras.ops, self._norm_to_come
        _set(self, "_norm_to_come", None)
        norm = ops.sqrt(sum((ops.sum(ops.square(ops.cast(gradient, "float32"))) for gradient in grads if gradient is not None), square))
        scale = self.global_clipnorm * ops.minimum(1.0 / norm, 1.0 / self.global_clipnorm) + (norm - norm)
        self._finish(backend.call_host(self._row_steps.step_gathered,
                                       [scale, self._rate(), self._iterations.value], ()), links)
        return [None if gradient is None else gradient * ops.cast(scale, gradient.dtype) for gradient in grads]

    def _rate(self):
        return keras.ops.cast(self.learning_rate, "float32")

    def _call_steps(self, name, links, shape, *more):
        steps = self._row_steps
        chosen = [steps.place(variable) for _, variable in links]
        return backend.call_host(functools.partial(getattr(steps, name), chosen),
                                 [keras.ops.stack([gradient for gradient, _ in links]), self._iterations.value, *more], shape)

    def _finish(self, done, links):
        """The next step's links come from this step: no compiler may think that it has no use."""
        if _found.NAME == "jax":
            for _, variable in links:
                variable.assign(keras.ops.full(variable._shape, float("nan")) + done)

    def _backend_apply_gradients(self, grads, trainable_variables):
        with _Hidden(self):
            super()._backend_apply_gradients(grads, trainable_variables)

    def finalize_variable_values(self, var_list):
        rest = [variable for variable in var_list if not isinstance(variable, TableVariable)]
        if self.use_ema and len(rest) < len(var_list):
            backend.wait()
            self._row_steps.finalize()
        with _Hidden(self):
            super().finalize_variable_values(rest)


class _Hidden:
    """While Keras averages variables and empties their sums: those of tables are Keratin's. Or all but tables."""

    def __init__(self, optimizer, tables=True):
        self.optimizer, self.tables = optimizer, tables

    def __enter__(self):
        optimizer = self.optimizer
        self.before = {name: optimizer.__dict__.get(name) for name in
                       ("_trainable_variables", "_model_variables_moving_average", "_accumulated_gradients")}
        variables, averages, sums = self.before.values()
        is_hidden = [isinstance(variable, TableVariable) == self.tables for variable in variables]
        _set(optimizer, "_trainable_variables", [variable for variable, hidden in zip(variables, is_hidden) if not hidden])
        if averages is not None:
            _set(optimizer, "_model_variables_moving_average", [average for average, hidden in zip(averages, is_hidden) if not hidden])
        if sums is not None:  # found by the variables' places
            _set(optimizer, "_accumulated_gradients", [None if hidden else each for each, hidden in zip(sums, is_hidden)])

    def __exit__(self, kind, error, traceback):
        for name, value in self.before.items():
            if value is not None:
                _set(self.optimizer, name, value)


def _set(optimizer, name, value):
    optimizer.__dict__[name] = value  # not through Keras, which would track it
