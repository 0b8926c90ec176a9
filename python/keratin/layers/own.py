# SPDX-License-Identifier: Apache-2.0
"""What makes an object of Python's an operation with weights: layers and models that users write.

C++ sees it as a layer whose weights and parts are named from here (`python/src/own_layers.h`), and comes back to it
where it runs within a model. The rules of a call are those of Keras's `Layer.__call__`: what is built when, how
`training` and masks find their way.
"""
import functools
import inspect
import threading
import warnings

import numpy as np

from keratin import _core, _mask, _native, initializers, regularizers
from keratin._structure import flatten, is_shape, map_shapes, map_structure, pack_as
from keratin.keras_tensor import KerasTensor
from keratin.variables import Variable

# What is about one object, in one process, and no part of its state.
NOT_COPIED = ("_core", "_as_layer", "_lock", "_calls", "_value", "_owner", "_building", "_call_losses", "_parts_core", "_loss_tracker", "_compiled_metrics")


class _Calls(threading.local):
    """How deep the calls of layers of one's own are in each other on this thread."""

    depth = 0


_calls = _Calls()


class Signature:
    """The arguments of a `call`."""

    def __init__(self, function):
        parameters = list(inspect.signature(function).parameters.values())[1:]
        self._signature = inspect.Signature(parameters)
        self.names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        self._rest = next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None)
        self.takes_any = self._rest is not None
        self._many = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.first = self.names[0] if self.names else self._many
        self.has_training = "training" in self.names
        self.has_mask = "mask" in self.names
        default = next((p.default for p in parameters if p.name == "training"), None)
        self.training = default if isinstance(default, bool) else None

    def bind(self, args, kwargs):
        """The arguments by name."""
        arguments = dict(self._signature.bind(*args, **kwargs).arguments)
        if self._rest in arguments:
            arguments.update(arguments.pop(self._rest))
        return arguments

    def call(self, function, arguments):
        """The function with what `bind` gave."""
        if self._many is None or self._many not in arguments:
            return function(**arguments)
        before = [arguments[name] for name in self.names if name in arguments]
        named = {name: value for name, value in arguments.items() if name not in self.names and name != self._many}
        return function(*before, *arguments[self._many], **named)


@functools.cache
def _signature_of(function):
    return Signature(function)


class Own:
    """Layers and models of one's own: `call`, weights and parts that are attributes."""

    # -- made -------------------------------------------------------------------------------------

    def _start(self):
        """Before anything is set: for what comes from C++ or from a copy too."""
        self.__dict__.setdefault("_own_weights", [])
        self.__dict__.setdefault("_lock", threading.RLock())

    @classmethod
    def _wrap_build(cls):
        """Lets a `build` that a class gives be called by its user, as by the first call of the layer."""
        build = cls.__dict__.get("build")
        if build is None or hasattr(build, "_wrapped"):
            return

        @functools.wraps(build)
        def wrapper(self, *args, **kwargs):
            if "_building" in self.__dict__ or self.built:
                return build(self, *args, **kwargs)
            shapes = dict(zip(list(inspect.signature(build).parameters)[1:], args), **kwargs)
            return self._build_by(lambda: build(self, *args, **kwargs), shapes)

        wrapper._wrapped = build
        cls.build = wrapper

    @property
    def _operation(self):
        """The C++ layer."""
        return self._core

    @property
    def _signature(self):
        return _signature_of(type(self).call)

    def _written(self, method):
        """Whether the class of the user's has that method anew."""
        function = getattr(type(self), method)
        return (getattr(function, "__module__", "") or "").split(".")[0] != __package__.split(".")[0]

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
        if isinstance(value, (Own, Variable, list, tuple, dict)) and "_core" in self.__dict__:
            self._find_parts()

    def _find_parts(self):
        """Tells C++ of the weights and parts that the attributes hold."""
        parts = []
        for name, value in list(self.__dict__.items()):
            if name not in NOT_COPIED and name not in ("_own_weights", "_options", "_keywords", "_compiled_with",
                                                        "_inputs_struct", "_outputs_struct"):
                self._gather(value, parts)
        cores = [part._operation for part in parts]
        known = self.__dict__.get("_parts_core", [])
        if len(cores) != len(known) or any(a is not b for a, b in zip(cores, known)):
            _core.set_parts(self._operation, cores)
            self.__dict__["_parts_core"] = cores
        self.__dict__["_parts"] = parts

    def _gather(self, value, parts):
        if isinstance(value, Own):
            if "_core" in value.__dict__ and value is not self and all(value is not part for part in parts):
                parts.append(value)
        elif isinstance(value, Variable):
            self._track(value)
        elif isinstance(value, (list, tuple)):
            for entry in value:
                self._gather(entry, parts)
        elif isinstance(value, dict):
            for entry in value.values():
                self._gather(entry, parts)

    def _layers_within(self):
        self._find_parts()
        return list(self.__dict__.get("_parts", ()))

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
            if name not in NOT_COPIED and name not in ("_compiled_with", "_own_weights"):
                gather(value)
        for part in self.__dict__.get("_parts", ()):
            gather(part._own_metrics())
        return found

    def add_loss(self, loss):
        """Adds a number to the loss of the batch that is being called: what `call` may do.

        Args:
            loss: a number, or a list of them: what operations gave.
        """
        for one in flatten(loss):
            value = KerasTensor._of(_core.value(_core_of(one)))
            _core.add_loss(value._core)
            if _core.is_by_hand() and not value._core.is_symbolic:
                self.__dict__.setdefault("_call_losses", []).append(value)

    def _clear_losses(self):
        """At the start of a call that is part of no other: what was added in the last one."""
        self.__dict__.pop("_call_losses", None)
        for part in self.__dict__.get("_parts", ()):
            part._clear_losses()

    def _added_losses(self):
        """What was added in the last call by hand: numbers, or within it values."""
        own = [loss if loss._core.is_recorded else loss.numpy()[()] for loss in self.__dict__.get("_call_losses", ())]
        return own + [loss for part in self.__dict__.get("_parts", ()) for loss in part._added_losses()]

    # -- built ------------------------------------------------------------------------------------

    def _build_by(self, function, shapes):
        """Calls `function`, which makes the weights, once. `shapes`: of the arguments, by name."""
        self._check_started()
        with self._lock:
            if self.built:
                return
            before, weights = dict(self.__dict__), list(self._own_weights)
            self.__dict__["_building"] = function
            self.__dict__["_build_shapes"] = shapes
            leaves = []
            map_shapes(leaves.append, [shape for shape in shapes.values() if shape is not None]) if shapes else None
            try:
                self._find_parts()
                _core.build_now(self._operation, [_core.symbolic(shape, "float32") for shape in leaves]
                                or [_core.symbolic((), "float32")])
            except BaseException:
                self.__dict__.clear()  # nothing of what was begun
                self.__dict__.update(before)
                self._own_weights[:] = weights
                raise
            finally:
                self.__dict__.pop("_building", None)

    def _build_now(self):
        """What C++ calls, once."""
        self.__dict__["_building"]()
        self._find_parts()

    def _maybe_build(self, arguments):
        """Before the first call. `arguments`: by name, with KerasTensors in them."""
        if self.built:
            return
        shapes = {}
        for name, value in arguments.items():
            leaves = flatten(value)
            if leaves and any(isinstance(leaf, KerasTensor) for leaf in leaves) and name not in ("mask", "training"):
                shapes[f"{name}_shape"] = map_structure(lambda leaf: leaf.shape if isinstance(leaf, KerasTensor) else None, value)
        shapes = {name: _without_batch_size(shape) for name, shape in shapes.items()}
        self._build_by(lambda: self._build_of(arguments, shapes), shapes)

    def _build_of(self, arguments, shapes):
        if self._written("build"):
            names = list(inspect.signature(type(self).build).parameters)[1:]
            if len(shapes) == 1 or names and f"{names[0]}" not in shapes and len(names) == 1:
                self.build(next(iter(shapes.values()), None))
            else:
                missing = [name for name in names if name not in shapes and
                           inspect.signature(type(self).build).parameters[name].default is inspect.Parameter.empty]
                if missing:
                    raise ValueError(f"[{type(self).__name__}] build must take the shapes of the arguments of call by name: "
                                     f"{', '.join(shapes)}. Received: build({', '.join(names)})")
                self.build(**{name: shape for name, shape in shapes.items() if name in names})
            return
        if any(not part.built for part in self._layers_within()):
            self._trace({name: map_structure(_symbolic_like, value) for name, value in arguments.items()})

    # -- called -----------------------------------------------------------------------------------

    def _own_call(self, args, kwargs):
        self._check_started()
        signature = self._signature
        training = None
        if "training" in kwargs and not signature.has_training and not signature.takes_any:
            kwargs = dict(kwargs)
            training = kwargs.pop("training")
        leaves = flatten((args, kwargs))
        if any(type(leaf) is KerasTensor and leaf._core.is_symbolic for leaf in leaves):
            return self._symbolic_call(args, kwargs)
        args, kwargs = map_structure(_as_value, args), map_structure(_as_value, kwargs)
        if _core.in_pass():
            if _calls.depth == 0:
                self._clear_losses()
            return self._run(args, kwargs, training)
        arguments = self._bound(args, kwargs)
        if training is None:
            training = arguments.get("training")
        if training is None:
            training = signature.training
        self._clear_losses()
        return map_structure(_as_array, _core.in_pass_of(self._operation, lambda: self._run(args, kwargs), bool(training)))

    def _bound(self, args, kwargs):
        try:
            return self._signature.bind(args, kwargs)
        except TypeError as error:
            raise TypeError(f"[{type(self).__name__}] layer '{self.name}' was called with arguments that its call does not "
                            f"take: {error}") from None

    def _run(self, args, kwargs, training=None):
        """Within a pass: builds, finds `training` and masks, and calls."""
        arguments = self._bound(args, kwargs)
        self._maybe_build(arguments)
        _calls.depth += 1
        try:
            return self._run_with(arguments, training)
        finally:
            _calls.depth -= 1

    def _run_with(self, arguments, training):
        given = arguments.get("training") if training is None else training
        if given is not None and bool(given) is not _core.is_training():
            return _core.with_training(lambda: self._call_with(arguments), bool(given))
        return self._call_with(arguments)

    def _call_with(self, arguments):
        signature = self._signature
        if signature.has_training:
            arguments["training"] = _core.is_training()
        previous_mask = self._find_masks(arguments)
        outputs = self._checked(signature.call(self.call, arguments))
        if self.activity_regularizer is not None:
            for output in flatten(outputs):
                self._penalize(output)
        return self._with_masks(arguments.get(signature.first), outputs, previous_mask)

    def _penalize(self, output):
        loss = self.activity_regularizer(output)
        if output.ndim > 0:
            loss = loss / max(output.shape[0], 1)
        self.add_loss(loss)

    def _checked(self, outputs):
        """The outputs as values; a clear error for what is none."""
        def value(leaf):
            if type(leaf) is KerasTensor:
                return leaf
            if leaf is None or isinstance(leaf, (str, bytes)) or callable(leaf):
                raise TypeError(f"[{type(self).__name__}] call of layer '{self.name}' must return values: what operations, "
                                f"layers and arrays are. Received: {leaf!r}")
            return KerasTensor._of(_core.value(leaf._core if isinstance(leaf, Variable) else leaf))
        return map_structure(value, outputs)

    def _find_masks(self, arguments):
        """Puts masks where `call` has arguments for them; the mask of the first argument."""
        signature = self._signature
        tensors = {name: value for name, value in arguments.items()
                   if name not in ("training", "mask") and any(type(leaf) is KerasTensor for leaf in flatten(value))}
        if len(tensors) == 1:
            if signature.has_mask and arguments.get("mask") is None:
                arguments["mask"] = map_structure(_mask_of, next(iter(tensors.values())))
                if all(mask is None for mask in flatten(arguments["mask"])):
                    arguments["mask"] = None
        else:
            for name, value in tensors.items():
                if f"{name}_mask" in signature.names and arguments.get(f"{name}_mask") is None:
                    arguments[f"{name}_mask"] = map_structure(_mask_of, value)
        if signature.has_mask and arguments.get("mask") is not None:
            return arguments["mask"]
        return map_structure(_mask_of, arguments.get(signature.first))

    def _with_masks(self, inputs, outputs, previous_mask):
        has_mask = any(mask is not None for mask in flatten(previous_mask))
        leaves = flatten(outputs)
        if self.supports_masking:
            if all(leaf._core.is_masked for leaf in leaves):
                return outputs
            masks = self.compute_mask(inputs, previous_mask)
            if masks is None:
                return outputs
            masks = flatten(masks)
            masked = [leaf if mask is None else KerasTensor._of(leaf._core.with_mask(_core_of(mask)), leaf._operation, leaf._reads)
                      for leaf, mask in zip(leaves, [*masks, *[None] * (len(leaves) - len(masks))])]
            return pack_as(outputs, masked)
        if has_mask:
            warnings.warn(f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask attached "
                          "to it. However, this layer does not support masking and will therefore destroy the mask "
                          "information. Downstream layers will not see the mask.", stacklevel=4)
        return outputs

    # -- symbolic ---------------------------------------------------------------------------------

    def _symbolic_call(self, args, kwargs):
        args, kwargs = map_structure(_as_value, args), map_structure(_as_value, kwargs)
        arguments = self._bound(args, kwargs)
        self._maybe_build(arguments)
        specs, previous_mask, arguments = self._specs_of(arguments)
        tensors = [leaf for leaf in flatten((args, kwargs)) if type(leaf) is KerasTensor]
        options = _with_places(args, kwargs, tensors)
        reads = [tensor for tensor in tensors if tensor._core.is_symbolic]
        cores = _core.leave(self._operation, [tensor._core for tensor in tensors], options,
                            [leaf._core for leaf in flatten(specs)])
        outputs = pack_as(specs, [KerasTensor._of(core, self, reads) for core in cores])
        outputs = self._with_masks(arguments.get(self._signature.first), outputs, previous_mask)
        given = args[0] if len(args) == 1 and not kwargs else (args, kwargs) if kwargs else list(args)
        self.__dict__.setdefault("_calls", []).append((given, outputs))
        return outputs

    def _specs_of(self, arguments):
        """The outputs as symbolic values of a graph that nobody keeps, the mask of the first input, the arguments."""
        arguments = {name: map_structure(_symbolic_like, value) for name, value in arguments.items()}
        previous_mask = self._find_masks(arguments)
        if self._written("compute_output_spec"):
            return self._given_specs(self.compute_output_spec(**arguments)), previous_mask, arguments
        if self._written("compute_output_shape"):
            shapes = {f"{name}_shape": map_structure(lambda leaf: leaf.shape, value) for name, value in arguments.items()
                      if any(type(leaf) is KerasTensor for leaf in flatten(value)) and name not in ("mask", "training")}
            shape = (self.compute_output_shape(next(iter(shapes.values()))) if len(shapes) == 1
                     else self.compute_output_shape(**shapes))
            return map_shapes(lambda one: KerasTensor._of(_core.symbolic(one, "float32")), shape), previous_mask, arguments
        return self._trace(arguments), previous_mask, arguments

    def _given_specs(self, specs):
        return map_structure(lambda spec: KerasTensor._of(_core.symbolic(tuple(spec.shape), spec.dtype or "float32")), specs)

    def _trace(self, arguments):
        """What `call` gives for symbolic values."""
        arguments = dict(arguments)
        if self._signature.has_training and arguments.get("training") is None:
            arguments["training"] = self._signature.training or False
        try:
            return _core.traced(self._operation, lambda: self._checked(self._signature.call(self.call, arguments)))
        except Exception as error:
            found = self._trace_with_elements(arguments)
            if found is not None:
                return found
            text = (f"Could not automatically infer the output shape / dtype of '{self.name}' (of type {type(self).__name__}). "
                    f"Either the `{type(self).__name__}.call()` method is incorrect, or you need to implement the "
                    f"`{type(self).__name__}.compute_output_spec() / compute_output_shape()` method. Error encountered:\n\n{error}")
            try:
                told = type(error)(text)
            except Exception:  # an exception that is made of something else
                raise error from None
            raise told.with_traceback(error.__traceback__) from None

    def _trace_with_elements(self, arguments):
        """The same by two calls on zeros, with sizes in the place of those that are open: what differs is open in what comes
        out. For a `call` that asks for sizes. None where it fails too."""
        def called(size):
            def filled(leaf):
                if type(leaf) is not KerasTensor or not leaf._core.is_symbolic:
                    return leaf
                zeros = np.zeros([size if one is None else one for one in leaf.shape], leaf.dtype)
                mask = leaf._keras_mask
                core = _core.watch(zeros)
                return KerasTensor._of(core if mask is None else core.with_mask(np.ones(zeros.shape[:mask.ndim], bool)))

            def call():
                return self._checked(self._signature.call(self.call, {name: map_structure(filled, value)
                                                                      for name, value in arguments.items()}))
            return _core.traced(self._operation, call, True)

        try:
            first, second = called(2), called(3)
        except Exception:
            return None
        shapes = [tuple(a if a == b else None for a, b in zip(one.shape, other.shape))
                  for one, other in zip(flatten(first), flatten(second))]
        return pack_as(first, [KerasTensor._of(_core.symbolic(shape, leaf.dtype)) for shape, leaf in zip(shapes, flatten(first))])

    # -- what C++ calls: see Own in own_layers.h ----------------------------------------------------

    def _arguments_of(self, values, options):
        tensors = [KerasTensor._of(value) for value in values]
        if options:
            filled = _from_places(options, tensors)
            return tuple(filled["args"]), filled["kwargs"]
        return (self._packed(tensors),), {}

    def _packed(self, tensors):
        """The first argument of a call that has nothing else."""
        return tensors[0] if len(tensors) == 1 else tensors

    def _run_values(self, values, options):
        args, kwargs = self._arguments_of(values, options)
        return [leaf._core for leaf in flatten(self._run(args, kwargs))]

    def _specs(self, values, options):
        if not self._written("call"):  # a model whose steps call its parts
            _core.take_as_built(self._operation, [])
            return []
        args, kwargs = self._arguments_of(values, options)
        arguments = self._bound(args, kwargs)
        self._maybe_build(arguments)
        return [leaf._core for leaf in flatten(self._specs_of(arguments)[0])]

    def _masks(self, values, options):
        if not self.supports_masking:
            return []
        args, kwargs = self._arguments_of(values, options)
        arguments = self._bound(args, kwargs)
        previous_mask = self._find_masks(arguments)
        masks = self.compute_mask(arguments.get(self._signature.first), previous_mask)
        return [] if masks is None else [None if mask is None else _core_of(mask) for mask in flatten(masks)]

    def _carries_mask(self):
        return bool(self.supports_masking) or self._signature.has_mask or any(
            name.endswith("_mask") for name in self._signature.names)

    # -- copies ------------------------------------------------------------------------------------

    def _own_state(self):
        state = {name: value for name, value in self.__dict__.items() if name not in NOT_COPIED}
        state["_made_with"] = {"name": self.name, "trainable": self.trainable}
        state["_was_built"] = self.built
        return state

    def _take_own_state(self, state):
        """`self._core` is there, new."""
        state = dict(state)
        state.pop("_made_with"), state.pop("_parts", None)
        was_built = state.pop("_was_built")
        weights = state.pop("_own_weights")
        self._start()
        self.__dict__.update(state)
        for weight in weights:
            self._track(weight)
        self._find_parts()
        if was_built:
            leaves = []
            shapes = [shape for shape in state.get("_build_shapes", {}).values() if shape is not None]
            map_shapes(leaves.append, shapes) if shapes else None
            _core.take_as_built(self._operation, leaves)


def _core_of(value):
    return value._core if isinstance(value, (KerasTensor, Variable)) else value


def _as_value(leaf):
    """What a call is given, as a value: arrays are."""
    if isinstance(leaf, np.ndarray) or (hasattr(leaf, "__array__") and not isinstance(leaf, (KerasTensor, Variable, np.generic))):
        mask = _mask.of(leaf)
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind not in "biuf":
            return leaf  # of strings or objects: the function's own to know
        core = _core.operand(leaf)
        return KerasTensor._of(core if mask is None else core.with_mask(mask))
    return leaf


def _as_array(leaf):
    return leaf._core.array() if type(leaf) is KerasTensor else leaf


def _mask_of(leaf):
    return leaf._keras_mask if type(leaf) is KerasTensor else None


def _symbolic_like(leaf):
    if type(leaf) is not KerasTensor or leaf._core.is_symbolic:
        return leaf
    return KerasTensor._of(_core.symbolic((None, *leaf.shape[1:]) if leaf.ndim else (), leaf.dtype))


def _without_batch_size(shape):
    if is_shape(shape):
        return tuple(shape)
    return map_shapes(tuple, shape) if shape is not None else None


# In the options of a node stands what its call was given, with the places of values in it.

def _with_places(args, kwargs, tensors):
    places = {id(tensor): place for place, tensor in enumerate(tensors)}

    def entry(leaf):
        if type(leaf) is KerasTensor:
            return {"class_name": "__value__", "config": places[id(leaf)]}
        return leaf
    return {"args": map_structure(entry, list(args)), "kwargs": map_structure(entry, dict(kwargs))}


def _from_places(structure, tensors):
    if isinstance(structure, dict):
        if structure.get("class_name") == "__value__":
            return tensors[structure["config"]]
        return {key: _from_places(value, tensors) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_from_places(value, tensors) for value in structure]
    return structure


# -- configs ---------------------------------------------------------------------------------------

_PLAIN = (str, int, float, bool, type(None))


def arguments_of(cls, args, kwargs):
    """The arguments that an object is made with, by name, where all of them are plain values: its config, unless its
    class says another. None where they are not."""
    signature = inspect.signature(cls.__init__)
    try:
        bound = signature.bind(None, *args, **kwargs)
    except TypeError:
        return None
    kinds = [(name, p.kind) for name, p in signature.parameters.items()][1:]
    if any(kind is inspect.Parameter.POSITIONAL_ONLY for _, kind in kinds):
        return None
    bound.apply_defaults()
    found = dict(list(bound.arguments.items())[1:])
    for name, kind in kinds:
        if kind is inspect.Parameter.VAR_KEYWORD:
            found.update(found.pop(name))
        elif kind is inspect.Parameter.VAR_POSITIONAL and found.pop(name):
            return None
    found.pop("name", None)
    return found if all(isinstance(leaf, _PLAIN) for leaf in flatten(found)) else None


def own_config(instance, base):
    """The config of an object of a class of the user's that writes none."""
    if type(instance)._written_config():
        return base
    arguments = instance.__dict__.get("_made_of")
    if arguments is None:
        raise NotImplementedError(
            f"Object {type(instance).__name__} was created by passing non-serializable argument values in `__init__()`, and "
            "therefore the object must override `get_config()` in order to be serializable. Please implement `get_config()`.")
    return {**base, **arguments}
