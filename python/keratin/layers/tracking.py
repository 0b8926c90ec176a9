# SPDX-License-Identifier: Apache-2.0
"""Weights, parts, metrics and losses of what a user writes: what its attributes hold."""
import types
import weakref

from keratin import _core, initializers
from keratin._structure import distinct, flatten
from keratin.keras_tensor import KerasTensor
from keratin.metrics.metric import Metric
from keratin.random import SeedGenerator
from keratin.variables import Variable

# What is about one object, in one process, and no part of its state.
NOT_COPIED = ("_core", "_base_core", "_lock", *(f"_keratin_{name}" for name in (
    "as_layer", "calls", "owner", "building", "call_losses", "parts_core", "loss_tracker", "compiled_metrics", "parents")))
# What else is Keratin's among the attributes; whatever else there is, is the user's.
_NO_PARTS = ("_core", "_base_core", "_lock", "_own_weights", "_compiled_with", "_inputs_struct", "_outputs_struct")

# Who holds losses of a call by hand, by ids: nearly always nobody, and then no call looks for what it would clear.
_with_losses = {}


class Tracking:
    """An object whose attributes hold weights and parts."""

    # -- names ------------------------------------------------------------------------------------

    @classmethod
    def _check_names(cls):
        """A TypeError for a class of the user's that has a method of Keratin's own by chance."""
        for name in vars(cls):
            if cls._is_ours(name):
                raise TypeError(f"[{cls.__name__}] '{name}' is the name of a method that Keratin has for itself: choose another.")

    @classmethod
    def _is_ours(cls, name):
        if not name.startswith("_") or name.startswith("__"):
            return False
        known = next((vars(base)[name] for base in cls.__mro__[1:] if name in vars(base) and is_ours(base)), None)
        return isinstance(known, (types.FunctionType, property, classmethod))

    def _check_name_of_attribute(self, name, known):
        """An AttributeError where an attribute would hide what the class has under its name, a method of Keratin's own."""
        if isinstance(known, types.FunctionType) and self._is_ours(name):
            raise AttributeError(f"'{name}' of {type(self).__name__} cannot be set: it is the name of a method that Keratin has "
                                 "for itself.")

    # -- weights and parts ------------------------------------------------------------------------

    @property
    def variables(self):
        """The weights, and the states of the generators of seeds, which are part of it too."""
        return [*self.weights, *(seeds._variable() for seeds in self._own_seeds())]

    @property
    def trainable_weights(self):
        return [weight for weight in self.weights if self.trainable and weight.trainable]

    @property
    def trainable_variables(self):
        return self.trainable_weights

    def _penalties(self):
        """Of the trainable weights, as they are now."""
        return [weight.regularizer(weight.numpy()) for weight in self.trainable_weights if weight.regularizer is not None]

    @property
    def non_trainable_weights(self):
        return [weight for weight in self.weights if not (self.trainable and weight.trainable)]

    @property
    def non_trainable_variables(self):
        return [variable for variable in self.variables if not (self.trainable and variable.trainable)]

    def add_weight(self, *args, shape=None, initializer=None, dtype=None, trainable=True, autocast=True, regularizer=None,
                   constraint=None, aggregation="none", overwrite_with_gradient=False, name=None):
        """A weight of this layer, a `keratin.Variable`.

        Args:
            *args: shape, initializer and dtype may be given by their places.
            shape: its shape; None: one number.
            initializer: its first values; None: "glorot_uniform", and "zeros" of integers and bools.
            dtype: None or "float32"; of integers or "bool" for one that nothing trains.
            trainable: whether training moves it.
            regularizer, constraint: as those of a layer.
            name: its name; a new one by default.
            autocast, aggregation, overwrite_with_gradient: for programs that say them; there is nothing to choose.
        """
        self._check_started()
        if args:
            shape, initializer, dtype = _by_place(type(self).__name__, args, shape, initializer, dtype)
        self._check_open()
        shape = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        if initializer is None:
            initializer = "glorot_uniform" if dtype is None or "float" in str(dtype) else "zeros"
        chosen = initializers.get(initializer)
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

    def _check_open(self):
        """Keras: what has state is made in `__init__` or `build`."""
        if self.built and "_keratin_building" not in self.__dict__:
            raise ValueError(f"[{type(self).__name__}] You cannot add new elements of state (variables or sub-layers) to a layer "
                             f"that is already built, as '{self.name}' is. All state must be created in the `__init__()` method "
                             "or in the `build()` method.")

    def _check_attribute(self, value):
        """Before an attribute is set: an error for weights and parts that come too late."""
        if isinstance(value, (Tracking, Variable, list, tuple, set, dict)) and "_core" in self.__dict__ and self.built:
            parts = []
            self._gather(value, parts, lambda weight: parts.append(weight) if isinstance(weight._core, _core.Variable) else None)
            known = [*self.__dict__.get("_keratin_parts", ()), *self._own_weights]
            if any(all(part is not one and part._core is not one._core for one in known) for part in parts):
                self._check_open()

    def _attribute_set(self, value):
        """What an attribute holds may be weights and parts."""
        if isinstance(value, (Tracking, Variable, list, tuple, set, dict)) and "_core" in self.__dict__:
            self._find_parts()

    def _find_parts(self):
        """Tells C++ of the weights and parts that the attributes hold."""
        parts = []
        for name, value in list(self.__dict__.items()):
            if name not in _NO_PARTS and not name.startswith("_keratin_"):
                self._gather(value, parts, self._track)
        for part in parts:
            part._let_go_of(self, set())
        self.__dict__["_keratin_parts"] = parts
        cores = self._part_cores()
        known = self.__dict__.get("_keratin_parts_core", [])
        if len(cores) != len(known) or any(a is not b for a, b in zip(cores, known)):
            _core.set_parts(self._operation, cores)
            self.__dict__["_keratin_parts_core"] = cores

    def _part_cores(self):
        return [part._operation for part in self.__dict__["_keratin_parts"]]

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

    def _gather(self, value, parts, weight):
        """Appends the parts in what an attribute holds, and gives its variables to `weight`."""
        for leaf in _held(value):
            if isinstance(leaf, Variable):
                weight(leaf)
            elif isinstance(leaf, Tracking):
                mine = "_core" in leaf.__dict__ and leaf is not self and all(leaf is not part for part in parts)
                if mine and all(link() is not leaf for link in self.__dict__.get("_keratin_parents", ())):
                    parts.append(leaf)

    def _layers_within(self):
        self._find_parts()
        return list(self.__dict__.get("_keratin_parts", ()))

    def _own_metrics(self):
        """The metrics that attributes hold, of parts too, each once."""
        return self._own_objects(Metric, lambda part: part._own_metrics())

    def _own_seeds(self):
        """The generators of seeds that attributes hold, of parts too, each once."""
        return self._own_objects(SeedGenerator, lambda part: part._own_seeds())

    def _own_objects(self, kind, of_part):
        found = [leaf for name, value in list(self.__dict__.items()) if name not in _NO_PARTS and not name.startswith("_keratin_")
                 for leaf in _held(value) if isinstance(leaf, kind)]
        found += [leaf for part in self.__dict__.get("_keratin_parts", ()) for leaf in of_part(part)]
        return distinct(found)

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
                key = id(self)
                _with_losses[key] = weakref.ref(self, lambda _: _with_losses.pop(key, None))

    def _begin_call(self):
        """At the start of a call that is part of no other: what was added in the last one goes."""
        if _with_losses:
            self._clear_losses()

    def _clear_losses(self):
        self.__dict__.pop("_keratin_call_losses", None)
        _with_losses.pop(id(self), None)
        for part in self.__dict__.get("_keratin_parts", ()):
            part._clear_losses()

    def _added_losses(self):
        """What was added in the last call by hand: numbers, or within it values."""
        own = [loss if loss._core.is_recorded else loss.numpy()[()] for loss in self.__dict__.get("_keratin_call_losses", ())]
        return own + [loss for part in self.__dict__.get("_keratin_parts", ()) for loss in part._added_losses()]


def is_ours(cls):
    """Whether it is a class of Keratin's, not one that a user wrote."""
    return cls.__module__.split(".")[0] == __package__.split(".")[0]


def _held(value):
    """What an attribute holds: it, or what is in the lists, tuples, sets and dicts that it is made of."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple, set, frozenset)):
        return (value,)
    return [leaf for entry in value for leaf in _held(entry)]


def _by_place(who, args, shape, initializer, dtype):
    """The first three arguments of add_weight, of which some were given by their places."""
    if len(args) > 3:
        raise TypeError(f"[{who}] add_weight() takes at most 3 positional arguments but {len(args)} were given.")
    if isinstance(args[0], str):
        raise ValueError(f"[{who}] `name` must be passed as a keyword argument: add_weight(shape=..., name={args[0]!r}). "
                         f"Received: add_weight({args[0]!r}, ...)")
    given = [shape, initializer, dtype]
    for place, (name, value) in enumerate(zip(("shape", "initializer", "dtype"), args)):
        if given[place] is not None:
            raise ValueError(f"[{who}] `{name}` was passed both positionally and as a keyword argument.")
        given[place] = value
    return given


def unique(variables):
    """Each once, where it stands first."""
    found = {}
    for variable in variables:
        found.setdefault(id(variable._core), variable)
    return list(found.values())


def core_of(value):
    return value._core if isinstance(value, (KerasTensor, Variable)) else value
