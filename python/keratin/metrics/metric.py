# SPDX-License-Identifier: Apache-2.0
"""The base of all metrics, and metrics that users write."""
import copy
import inspect

import numpy as np

from keratin import _core, _native
from keratin._dtype import float32_only
from keratin._variable_cores import Part
from keratin.keras_tensor import KerasTensor
from keratin.variables import Variable


class _CustomCore:
    """`_core` of a metric that is written in Python: made anew at each use, because a C++ object that
    lived in the Python object which it calls would keep both alive for ever. The state is Python's."""

    def __get__(self, metric, owner):
        if metric is None:
            return self
        return _core.Metric.custom(metric, metric.name)


class Metric(_native.Native):
    """A number gathered over batches; for one of your own, give `update_state` and `result`.

    What `add_variable` makes is the state, and `reset_state` sets it to 0. Other variables and metrics in the
    attributes belong to it too.

    Example:

    >>> class Positives(keratin.metrics.Metric):
    ...     def __init__(self, name="positives"):
    ...         super().__init__(name=name)
    ...         self.count = self.add_variable(shape=(), initializer="zeros", name="count")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.count.assign_add(keratin.ops.sum(y_pred > 0.5))
    ...     def result(self):
    ...         return self.count.numpy()
    >>> model.compile("adam", loss="mse", metrics=[Positives()])

    Args:
        dtype: None or "float32".
        name: the name; a new one by default.
    """

    _concept = _core.Metric
    _module = "keratin.metrics"
    _core = _CustomCore()
    _called_back = ("update_state", "result", "reset_state")
    _seen = None, None  # the predictions that C++ gave, and their mask

    def __init__(self, dtype=None, name=None):
        float32_only(type(self).__name__, dtype)
        self._variables = []
        self._options = {"name": name or _core.auto_name(type(self).__name__)}

    def _make(self, dtype=None, **options):
        float32_only(type(self).__name__, dtype)
        self._variables = []
        if options.get("name", "") is None and inspect.signature(type(self)).parameters["name"].default is not None:
            options["name"] = _core.auto_name(type(self).__name__)  # others C++ names, where nothing else is wrong
        super()._make(**options)
        self._options["name"] = self._own_core.name

    @property
    def dtype(self):
        return "float32"

    @property
    def name(self):
        return self._options["name"]

    @name.setter
    def name(self, value):
        self._options["name"] = value
        if self._own_core is not None:
            self._own_core.name = value

    @property
    def variables(self):
        """The state: that of C++, what `add_variable` made, and what the attributes hold."""
        own, inner = [], []
        for value in self.__dict__.values():
            _collect(value, own, inner)
        if self._own_core is not None:
            own += self._parts()
        return own + [variable for metric in inner for variable in metric.variables]

    def _parts(self):
        core = self._own_core
        return [Variable._of(Part(name, index, lambda at: core.get_variables()[at], core.get_variables,
                                  core.set_variables))
                for index, name in enumerate(core.variable_names())]

    def __getattr__(self, name):
        # Keras: the parts of the state are attributes (`total`, `true_positives`).
        for variable in self._parts() if self._own_core is not None else ():
            if variable.name == name:
                return variable
        return super().__getattr__(name)

    def __setattr__(self, name, value):
        if self.__dict__.get("_core") is not None and name in self._core.variable_names():
            raise AttributeError(f"'{name}' of {type(self).__name__} is part of its state: use metric.{name}.assign().")
        super().__setattr__(name, value)

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None):
        """A new part of the state.

        Args:
            shape: the shape.
            initializer: the first values: "zeros", an initializer ...
            dtype: None or "float32"; or a type of integers.
            aggregation: passed over: there is one device.
            name: the name.
        """
        variable = Variable(initializer, shape=shape, dtype=dtype, trainable=False, name=name)
        self._variables.append(variable)
        return variable

    def add_weight(self, shape=(), initializer=None, dtype=None, name=None):
        """`add_variable`."""
        return self.add_variable(shape, "zeros" if initializer is None else initializer, dtype, name=name)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Takes a batch in; nothing while a layer's `call` is made to see its shapes."""
        if _core.is_traced():
            return
        seen, mask = self._seen
        self._native_core().update_state(plain(y_true), plain(y_pred), plain(sample_weight), mask if y_pred is seen else None)

    def result(self):
        """The number so far."""
        return self._native_core().result()[()]

    def reset_state(self):
        """Starts anew: all of the state is 0."""
        if self._own_core is not None:
            self._own_core.reset_state()
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape))

    # -- the state by hand, the metric itself unchanged ------------------------------------------

    def stateless_update_state(self, metric_variables, *args, **kwargs):
        """What `variables` become by a batch.

        Args:
            metric_variables: the state before, as `variables`.
            *args, **kwargs: those of `update_state`.
        """
        other = self._with_state(metric_variables)
        other.update_state(*args, **kwargs)
        return [variable.numpy() for variable in other.variables]

    def stateless_result(self, metric_variables):
        """The number of a state."""
        return self._with_state(metric_variables).result()

    def stateless_reset_state(self):
        """The state of a new start."""
        return [np.zeros(variable.shape, variable.dtype) for variable in self.variables]

    def _with_state(self, values):
        other = copy.copy(self)
        if other._own_core is not None:  # which finds out how wide the state is
            other._own_core.set_variables(list(values))
            return other
        variables = other.variables
        if len(values) != len(variables):
            raise ValueError(f"[{self.name}] metric_variables must be a list of {len(variables)} arrays, one a "
                             f"variable. Received: {len(values)}")
        for variable, value in zip(variables, values):
            variable.assign(value)
        return other

    def __call__(self, *args, **kwargs):
        """`update_state`, then `result`."""
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self):
        if self._own_core is not None:
            return super().get_config()
        return {"name": self.name, "dtype": "float32"}

    def _native_core(self):
        if self._own_core is None:
            raise NotImplementedError(f"{type(self).__name__} must have the methods update_state and result.")
        return self._own_core

    def _update_from_core(self, y_true, y_pred, sample_weight, mask):
        """What _core.Metric.custom calls. Keras: the mask comes with y_pred, for who asks for it."""
        self._seen = y_pred, mask
        try:
            self.update_state(y_true, y_pred, sample_weight=sample_weight)
        finally:
            del self._seen

    # A copy has a state of its own, which starts anew.

    def __deepcopy__(self, memo):
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__setstate__({name: copy.deepcopy(value, memo) for name, value in self.__getstate__().items()})
        return other

    def __copy__(self):
        return self.__deepcopy__({})

    def __setstate__(self, state):
        super().__setstate__(state)
        self.reset_state()


def plain(x):
    """The elements of what a metric is given, by which nobody takes a derivative; a mask goes along."""
    return x._core.constant().array() if isinstance(x, KerasTensor) and not x._core.is_symbolic else x


def _collect(value, variables, metrics):
    """Puts the variables and metrics in an attribute, which may be nested, into the lists, each once."""
    if isinstance(value, Variable):
        if not any(value is known for known in variables):
            variables.append(value)
    elif isinstance(value, Metric):
        if not any(value is known for known in metrics):
            metrics.append(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, variables, metrics)
    elif isinstance(value, dict):
        for item in value.values():
            _collect(item, variables, metrics)


def values(class_name, y_true, y_pred, **options):
    """The values a sample of a metric of C++ that is their mean: what Keras's functions return."""
    metric = _core.Metric.deserialize({"class_name": class_name, "config": options})
    return metric.values(y_true, np.asarray(y_pred))[()]
