# SPDX-License-Identifier: Apache-2.0
"""What layers and models of a user's own say of their shapes, before they are called and for those who copy them."""
from keratin import _core, regularizers
from keratin._structure import map_shapes, map_structure
from keratin.keras_tensor import KerasTensor


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
        elif config and config.get("shapes_dict") is not None:
            self.build(**config["shapes_dict"])


def like(shapes):
    """Symbolic values of these shapes; None for None."""
    return None if shapes is None else map_shapes(lambda shape: KerasTensor._of(_core.symbolic(shape, "float32")), shapes)
