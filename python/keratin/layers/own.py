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

from keratin import _core, _mask, dtype_policies
from keratin._refusal import shown
from keratin._structure import flatten, is_shape, map_structure, pack_as
from keratin.keras_tensor import KerasTensor
from keratin.layers.call_signature import Signature, from_places, with_places
from keratin.layers.own_cell import OwnCell
from keratin.layers.own_shapes import OwnShapes, symbolic_like
from keratin.layers.running import Busy, Running, calls
from keratin.layers.tracking import NOT_COPIED, Tracking, core_of, is_ours
from keratin.variables import Variable


class Own(OwnShapes, OwnCell, Running, Tracking):
    """Layers and models of one's own: `build` and `call`."""

    _takes_numbers = False  # by their places; Keras: `_allow_non_tensor_positional_args`

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if not is_ours(cls):
            cls._check_names()

    # -- made -------------------------------------------------------------------------------------

    def _start(self):
        """Before anything is set: for what comes from C++ or from a copy too."""
        self.__dict__.setdefault("_own_weights", [])
        self.__dict__.setdefault("_input_shape", None)
        self.__dict__.setdefault("_lock", threading.RLock())

    @classmethod
    def _wrap_build(cls):
        """Lets a `build` that a class gives be called by its user, as by the first call of the layer."""
        build = cls.__dict__.get("build")
        if build is None or hasattr(build, "_wrapped"):
            return

        @functools.wraps(build)
        def wrapper(self, *args, **kwargs):
            if "_keratin_building" in self.__dict__ or self.built:
                return build(self, *args, **kwargs)
            shapes = dict(zip(list(inspect.signature(build).parameters)[1:], args), **kwargs)
            return self._build_by(lambda: build(self, *args, **kwargs), shapes)

        wrapper._wrapped = build
        cls.build = wrapper

    @property
    def dtype(self):
        return "float32"

    @property
    def dtype_policy(self):
        return dtype_policies.DTypePolicy()

    @property
    def compute_dtype(self):
        return "float32"

    @property
    def variable_dtype(self):
        return "float32"

    @property
    def _operation(self):
        """The C++ layer."""
        return self._core

    @property
    def _signature(self):
        function, kept = type(self).call, type(self).__dict__.get("_keratin_signature")
        if kept is None or kept[0] is not function:  # with the class, so that it goes with it
            kept = function, Signature(function)
            type(self)._keratin_signature = kept
        return kept[1]

    def _written(self, method):
        """Whether the class of the user's has that method anew."""
        function = getattr(type(self), method)
        if isinstance(function, property):
            function = function.fget
        return (getattr(function, "__module__", "") or "").split(".")[0] != __package__.split(".")[0]

    # -- built ------------------------------------------------------------------------------------

    def _build_by(self, function, shapes):
        """Calls `function`, which makes the weights, once. `shapes`: of the arguments, by name."""
        self._check_started()
        with self._lock:
            if self.built:
                return
            before, weights = dict(self.__dict__), list(self._own_weights)
            self.__dict__["_keratin_building"] = function
            self.__dict__["_keratin_build_shapes"] = shapes
            try:
                self._find_parts()
                _core.build_now(self._operation, [_core.symbolic(shape, "float32") for shape in shapes_in(shapes)]
                                or [_core.symbolic((), "float32")])
            except BaseException:
                self.__dict__.clear()  # nothing of what was begun
                self.__dict__.update(before)
                self._own_weights[:] = weights
                raise
            finally:
                self.__dict__.pop("_keratin_building", None)

    def _build_now(self):
        """What C++ calls, once."""
        self.__dict__["_keratin_building"]()
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
        known = all(value is not None for value in arguments.values())
        if known and self._has_call() and any(not part.built for part in self._layers_within()):
            self._trace({name: map_structure(symbolic_like, value) for name, value in arguments.items()})

    # -- called -----------------------------------------------------------------------------------

    def _own_call(self, args, kwargs):
        self._check_started()
        signature = self._signature
        training = None
        if "training" in kwargs and not signature.has_training and not signature.takes_any:
            kwargs = dict(kwargs)
            training = kwargs.pop("training")
        leaves = flatten((args, kwargs))
        wrong = next((leaf for leaf in flatten(args) if isinstance(leaf, (bool, int, float, str))), None)
        if wrong is not None and not self._takes_numbers:
            raise ValueError(f"[{type(self).__name__}] Only input tensors may be passed as positional arguments. The following "
                             f"argument value should be passed as a keyword argument: {wrong!r} (of type {type(wrong).__name__})")
        if any(type(leaf) is KerasTensor and leaf._core.is_symbolic for leaf in leaves):
            if self._written("__call__") and not _core.in_pass():
                raise NotImplementedError(
                    f"[{type(self).__name__}] layer '{self.name}' has a __call__ of its own, and what runs in a graph is `call`: "
                    "give `call`, or put the layer into a Sequential or a Model of your own.")
            return self._symbolic_call(args, kwargs)
        args, kwargs = map_structure(_as_value, args), map_structure(_as_value, kwargs)
        if _core.in_pass():
            if not calls.running:
                self._begin_call()
            return self._run(args, kwargs, training)
        arguments = self._bound(args, kwargs)
        if training is None:
            training = arguments.get("training")
        if training is None:
            training = signature.training
        self._begin_call()
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
        calls.running.append(self)
        try:
            return self._run_with(arguments, training)
        finally:
            calls.running.pop()

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
            try:
                if leaf is not None and not isinstance(leaf, (str, bytes)) and not callable(leaf):
                    return KerasTensor._of(_core.value(leaf._core if isinstance(leaf, Variable) else leaf))
            except TypeError:
                pass  # what no array is made of
            raise TypeError(f"[{type(self).__name__}] call of layer '{self.name}' must return values: what operations, "
                            f"layers and arrays are. Received: {shown(leaf)}")
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
            masked = [leaf if mask is None else KerasTensor._of(leaf._core.with_mask(core_of(mask)), leaf._operation, leaf._reads)
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
        options = with_places(args, kwargs, tensors)
        reads = [tensor for tensor in tensors if tensor._core.is_symbolic]
        cores = _core.leave(self._operation, [tensor._core for tensor in tensors], options,
                            [leaf._core for leaf in flatten(specs)])
        outputs = pack_as(specs, [KerasTensor._of(core, self, reads) for core in cores])
        outputs = self._with_masks(arguments.get(self._signature.first), outputs, previous_mask)
        given = args[0] if len(args) == 1 and not kwargs else (args, kwargs) if kwargs else list(args)
        self.__dict__.setdefault("_keratin_calls", []).append((given, outputs))
        return outputs

    # -- what C++ calls: see Own in own_layers.h ----------------------------------------------------

    def _arguments_of(self, values, options):
        tensors = [KerasTensor._of(value) for value in values]
        if options:
            filled = from_places(options, tensors)
            return tuple(filled["args"]), filled["kwargs"]
        return (self._packed(tensors),), {}

    def _packed(self, tensors):
        """The first argument of a call that has nothing else."""
        return tensors[0] if len(tensors) == 1 else tensors

    def _run_values(self, values, options):
        args, kwargs = self._arguments_of(values, options)
        return [leaf._core for leaf in flatten(self._called(args, kwargs))]

    def _called(self, args, kwargs):
        """What a call gives within a pass: through a `__call__` of the class's own, as where its user writes it down."""
        if self._written("__call__"):
            return self._checked(self(*args, **kwargs))
        return self._run(args, kwargs)

    def _specs(self, values, options):
        if not self._has_call():  # a model whose steps call its parts
            _core.take_as_built(self._operation, [])
            return []
        if id(self) in calls.asked:
            raise Busy(f"[{type(self).__name__}] call of layer '{self.name}' is running already: it may not train, judge or "
                               "run the model that it is part of.")
        calls.asked.add(id(self))
        try:
            args, kwargs = self._arguments_of(values, options)
            if self._written("__call__"):
                specs = _core.traced(self._operation, lambda: self._called(args, kwargs))
            else:
                arguments = self._bound(args, kwargs)
                self._maybe_build(arguments)
                specs = self._specs_of(arguments)[0]
            return [leaf._core for leaf in flatten(specs)]
        finally:
            calls.asked.discard(id(self))

    def _masks(self, values, options):
        if not self.supports_masking:
            return []
        args, kwargs = self._arguments_of(values, options)
        arguments = self._bound(args, kwargs)
        previous_mask = self._find_masks(arguments)
        masks = self.compute_mask(arguments.get(self._signature.first), previous_mask)
        return [] if masks is None else [None if mask is None else core_of(mask) for mask in flatten(masks)]

    def _has_call(self):
        return self._written("call")

    def _carries_mask(self):
        return bool(self.supports_masking) or self._signature.has_mask or any(
            name.endswith("_mask") for name in self._signature.names)

    # -- copies ------------------------------------------------------------------------------------

    def _clone(self):
        """Another one of the same config, with weights of its own."""
        return type(self).from_config(self.get_config())

    def _own_state(self):
        state = {name: value for name, value in self.__dict__.items() if name not in NOT_COPIED}
        state["_made_with"] = {"name": self.name, "trainable": self.trainable}
        state["_was_built"] = self.built
        return state

    def _take_own_state(self, state):
        """`self._core` is there, new."""
        state = dict(state)
        state.pop("_made_with"), state.pop("_keratin_parts", None)
        was_built = state.pop("_was_built")
        weights = state.pop("_own_weights")
        self._start()
        self.__dict__.update(state)
        for weight in weights:
            self._track(weight)
        self._find_parts()
        if was_built:
            _core.take_as_built(self._operation, shapes_in(state.get("_keratin_build_shapes", {})))


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


def _without_batch_size(shape):
    if shape is None or is_shape(shape):
        return None if shape is None else tuple(shape)
    if isinstance(shape, dict):
        return {name: _without_batch_size(one) for name, one in shape.items()}
    return type(shape)(map(_without_batch_size, shape)) if not hasattr(shape, "_fields") else shape


def shapes_in(structure):
    """The shapes in lists, tuples and dicts, in their order; None counts for none."""
    if structure is None or is_shape(structure):
        return [] if structure is None else [tuple(structure)]
    parts = structure.values() if isinstance(structure, dict) else structure
    return [shape for part in parts for shape in shapes_in(part)]
