# SPDX-License-Identifier: Apache-2.0
"""Weights, parts, metrics and losses of what a user writes: what its attributes hold."""
import weakref

from keratin import _core, initializers
from keratin._structure import flatten
from keratin.keras_tensor import KerasTensor
from keratin.variables import Variable

# What is about one object, in one process, and no part of its state.
NOT_COPIED = ("_core", "_lock", *(f"_keratin_{name}" for name in (
    "as_layer", "calls", "owner", "building", "call_losses", "parts_core", "loss_tracker", "compiled_metrics", "parents")))
# What else is Keratin's among the attributes; whatever else there is, is the user's.
_NO_PARTS = ("_core", "_lock", "_own_weights", "_compiled_with", "_inputs_struct", "_outputs_struct")


class Tracking:
    """An object whose attributes hold weights and parts."""

    # -- weights and parts ------------------------------------------------------------------------

    def add_weight(self, shape=None, initializer=None, dtype=None, trainable=True, autocast=True, regularizer=None,
                   constraint=None, aggregation="none", overwrite_with_gradient=False, name=None):
        """A weight of this layer, a `keratin.Variable`.

        Args:
            shape: its shape; None: one number.
            initializer: its first values; None: "glorot_uniform".
            dtype: None or "float32".
            trainable: whether training moves it.
            regularizer, constraint: as those of a layer.
            name: its name; a new one by default.
            autocast, aggregation, overwrite_with_gradient: for programs that say them; there is nothing to choose.
        """
        self._check_started()
        shape = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        chosen = initializers.get("glorot_uniform" if initializer is None else initializer)
        path = f"{self._operation.path}/{name or _core.auto_name('Variable')}"
        variable = Variable(chosen, shape=shape, dtype=dtype, trainable=trainable, name=path)
        if regularizer is not None:
            variable.regularizer = regularizer
        if constraint is not None:
            variable.constraint = constraint
        self._track(variable)
        return variable

    def _track(self, variable):
        if not isinstance(variable._core, _core.Variable):
            return  # of integers or bools: the object's own, which no model counts
        if all(variable._core is not known._core for known in self._own_weights):
            known = self._own_weights
            place = next((i for i, weight in enumerate(known) if not weight.trainable), len(known)) if variable.trainable else len(known)
            known.insert(place, variable)  # Keras: those that train come first
            _core.track(self._operation, variable._core)

    def _check_started(self):
        if "_core" not in self.__dict__:
            raise RuntimeError(f"In layer '{type(self).__name__}', you forgot to call `super().__init__()` as the first "
                               "statement in the `__init__()` method. Go add it!")

    def _attribute_set(self, value):
        """What an attribute holds may be weights and parts."""
        if isinstance(value, (Tracking, Variable, list, tuple, set, dict)) and "_core" in self.__dict__:
            self._find_parts()

    def _find_parts(self):
        """Tells C++ of the weights and parts that the attributes hold."""
        parts = []
        for name, value in list(self.__dict__.items()):
            if name not in _NO_PARTS and not name.startswith("_keratin_"):
                self._gather(value, parts)
        for part in parts:
            part._let_go_of(self, set())
        cores = [part._operation for part in parts]
        known = self.__dict__.get("_keratin_parts_core", [])
        if len(cores) != len(known) or any(a is not b for a, b in zip(cores, known)):
            _core.set_parts(self._operation, cores)
            self.__dict__["_keratin_parts_core"] = cores
        self.__dict__["_keratin_parts"] = parts

    def _let_go_of(self, parent, seen):
        """A part that knows what it is part of has it as an attribute, and not as a part."""
        seen.add(id(self))
        within = self.__dict__.get("_keratin_parts", ())
        if any(part is parent for part in within):
            self.__dict__.setdefault("_keratin_parents", []).append(weakref.ref(parent))
            self._find_parts()
            return
        for part in within:
            if id(part) not in seen:
                part._let_go_of(parent, seen)

    def _gather(self, value, parts):
        if isinstance(value, Tracking):
            mine = "_core" in value.__dict__ and value is not self and all(value is not part for part in parts)
            if mine and all(link() is not value for link in self.__dict__.get("_keratin_parents", ())):
                parts.append(value)
        elif isinstance(value, Variable):
            self._track(value)
        elif isinstance(value, (list, tuple, set)):
            for entry in value:
                self._gather(entry, parts)
        elif isinstance(value, dict):
            for entry in value.values():
                self._gather(entry, parts)

    def _layers_within(self):
        self._find_parts()
        return list(self.__dict__.get("_keratin_parts", ()))

    def _own_metrics(self):
        """The metrics that attributes hold, of parts too."""
        from keratin.metrics import Metric
        found = []

        def gather(value):
            if isinstance(value, Metric):
                if all(value is not metric for metric in found):
                    found.append(value)
            elif isinstance(value, (list, tuple)):
                for entry in value:
                    gather(entry)
            elif isinstance(value, dict):
                for entry in value.values():
                    gather(entry)

        for name, value in list(self.__dict__.items()):
            if name not in _NO_PARTS and not name.startswith("_keratin_"):
                gather(value)
        for part in self.__dict__.get("_keratin_parts", ()):
            gather(part._own_metrics())
        return found

    def add_loss(self, loss):
        """Adds a number to the loss of the batch that is being called: what `call` may do.

        Args:
            loss: a number, or a list of them: what operations gave.
        """
        for one in flatten(loss):
            value = KerasTensor._of(_core.value(core_of(one)))
            _core.add_loss(value._core)
            if _core.is_by_hand() and not value._core.is_symbolic:
                self.__dict__.setdefault("_keratin_call_losses", []).append(value)

    def _clear_losses(self):
        """At the start of a call that is part of no other: what was added in the last one."""
        self.__dict__.pop("_keratin_call_losses", None)
        for part in self.__dict__.get("_keratin_parts", ()):
            part._clear_losses()

    def _added_losses(self):
        """What was added in the last call by hand: numbers, or within it values."""
        own = [loss if loss._core.is_recorded else loss.numpy()[()] for loss in self.__dict__.get("_keratin_call_losses", ())]
        return own + [loss for part in self.__dict__.get("_keratin_parts", ()) for loss in part._added_losses()]


def unique(variables):
    """Each once, where it stands first."""
    found = {}
    for variable in variables:
        found.setdefault(id(variable._core), variable)
    return list(found.values())


def core_of(value):
    return value._core if isinstance(value, (KerasTensor, Variable)) else value
