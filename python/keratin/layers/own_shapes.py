# SPDX-License-Identifier: Apache-2.0
"""What layers and models of a user's own say of their shapes, before they are called and for those who copy them."""
import numpy as np

from keratin import _core, regularizers
from keratin._structure import flatten, map_shapes, map_structure, pack_as
from keratin.keras_tensor import KerasTensor, asked
from keratin.layers.running import Busy, calls


class OwnShapes:
    """Shapes and masks, read off `call` where nothing else is written."""

    @property
    def activity_regularizer(self):
        return self.__dict__.get("_activity_regularizer")

    @activity_regularizer.setter
    def activity_regularizer(self, value):
        if self._listed() is not None:
            raise AttributeError(f"'activity_regularizer' of {type(self).__name__} cannot be set: give it to a layer.")
        self.__dict__["_activity_regularizer"] = regularizers.get(value)

    def build(self, input_shape):
        """Makes the weights for inputs of that shape, batch first. One of your own calls `add_weight`."""
        if "_keratin_building" not in self.__dict__ and not self.built:
            self._build_by(lambda: self._build_of({self._signature.first: like(input_shape)}, {}), {"input_shape": input_shape})

    def compute_output_shape(self, *args, **kwargs):
        """The shape of what comes out for inputs of that shape; read off `call`, unless you give it."""
        if not self._has_call():
            raise NotImplementedError(f"Layer {type(self).__name__} does not have a `compute_output_shape` method implemented.")
        shape = args[0] if args else next(iter(kwargs.values()))
        arguments = {self._signature.first: like(shape)}
        self._maybe_build(arguments)
        return map_structure(lambda spec: spec.shape, self._specs_of(arguments)[0])

    def compute_output_spec(self, *args, **kwargs):
        """Symbolic values like what comes out."""
        arguments = self._bound(args, kwargs)
        self._maybe_build(arguments)
        return self._specs_of(arguments)[0]

    def _specs_of(self, arguments):
        """The outputs as symbolic values of a graph that nobody keeps, the mask of the first input, the arguments."""
        arguments = {name: map_structure(symbolic_like, value) for name, value in arguments.items()}
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
        calls.running.append(self)
        asked_before, asked.open_size = asked.open_size, False
        try:
            found = _core.traced(self._operation, lambda: self._checked(self._signature.call(self.call, arguments)))
            # A size that is None may have meant something else where it was given on: axis=None, stop=None.
            with_sizes = self._trace_with_elements(arguments) if asked.open_size else None
            return found if with_sizes is None else with_sizes
        except (RecursionError, Busy):
            raise
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
        finally:
            asked.open_size = asked.open_size or asked_before
            calls.running.pop()

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

        def both(one, other):
            try:
                return called(one), called(other)
            except Exception:
                return None

        found = both(2, 3) or both(83, 89)  # of which some calls take only the large, some the small
        if found is None:
            return None
        first, second = found
        shapes = [tuple(a if a == b else None for a, b in zip(one.shape, other.shape))
                  for one, other in zip(flatten(first), flatten(second))]
        return pack_as(first, [KerasTensor._of(_core.symbolic(shape, leaf.dtype)) for shape, leaf in zip(shapes, flatten(first))])

    def compute_mask(self, inputs, previous_mask):
        """The mask of the outputs, where `supports_masking`: that of the inputs, unless you give it."""
        return previous_mask

    def get_build_config(self):
        shapes = self.__dict__.get("_keratin_build_shapes")
        if not self.built or shapes is None:
            return None
        return {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": shapes}

    def build_from_config(self, config):
        if config and config.get("input_shape") is not None:
            self.build(config["input_shape"])
        elif config and config.get("shapes_dict") is not None and self._written("build"):
            self.build(**config["shapes_dict"])


def like(shapes):
    """Symbolic values of these shapes; None for None."""
    return None if shapes is None else map_shapes(lambda shape: KerasTensor._of(_core.symbolic(shape, "float32")), shapes)


def symbolic_like(leaf):
    """A symbolic value of that value's shape, of any size of the batch."""
    if type(leaf) is not KerasTensor or leaf._core.is_symbolic:
        return leaf
    return KerasTensor._of(_core.symbolic((None, *leaf.shape[1:]) if leaf.ndim else (), leaf.dtype))
