# SPDX-License-Identifier: Apache-2.0
"""Layers that make one value of several. Keras: `keras.layers`, merging."""
import numpy as np

from keratin import keras_tensor
from keratin._arguments import flag
from keratin._refusal import shown
from keratin.layers.native_layer import NativeLayer


def _is_integer(value):
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


class _Merge(NativeLayer):
    def __init__(self, **kwargs):
        self._make(kwargs)

    def __call__(self, inputs, *args, mask=None, training=None, **kwargs):
        self._check_list(inputs, "inputs")
        return super().__call__(list(inputs), *args, mask=mask, training=training, **kwargs)

    def build(self, input_shape):
        """Looks whether inputs of these shapes, a list, go together."""
        super().build(self._shapes(input_shape))

    def _build_core(self, core, input_shape, scope):
        core.build_for_shapes(input_shape)

    def compute_output_shape(self, input_shape):
        """The shape of the output for inputs of these shapes, a list."""
        shapes = self._shapes(input_shape)
        if self._is_called_back() and self._written("call") and not self._written("compute_output_shape"):
            return super().compute_output_shape(shapes)
        return self._own_core.compute_output_shapes(shapes)[0]

    def compute_mask(self, inputs, mask=None):
        """The mask of the output, None where there is none, for a list of inputs and that of their masks."""
        if mask is None:
            return None
        if not isinstance(mask, (list, tuple)):
            raise ValueError(f"[{type(self).__name__}] `mask` should be a list. Received: mask={shown(mask, 200)}")
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(f"[{type(self).__name__}] `inputs` should be a list. Received: inputs={shown(inputs, 200)}")
        if len(mask) != len(inputs):
            raise ValueError(f"[{type(self).__name__}] The lists `inputs` and `mask` should have the same length. Received: "
                             f"inputs of length {len(inputs)}, and mask of length {len(mask)}")
        return keras_tensor.compute_mask(self._own_core, list(inputs), list(mask))

    def _check_list(self, given, name):
        if not isinstance(given, (list, tuple)):
            raise ValueError(f"[{type(self).__name__}] A merge layer should be called on a list of inputs. Received: "
                             f"{name}={shown(given, 200)} (not a list of tensors), by the layer '{self.name}'.")

    def _shapes(self, shapes):
        self._check_list(shapes, "input_shape")
        if not all(isinstance(shape, (list, tuple)) for shape in shapes):
            raise ValueError(f"[{type(self).__name__}] A merge layer should be called on a list of inputs. Received: "
                             f"input_shape={shown(shapes, 200)} (not a list of shapes), by the layer '{self.name}'.")
        return [tuple(shape) for shape in shapes]


_ELEMENTS = """

    Args:
        name, trainable, dtype: as of every layer.

    Input shape:
        a list of (batch, ...), which broadcast behind the batch, of different ranks too.

    Output shape:
        (batch, ...).
    """


class Add(_Merge):
    __doc__ = """The sum of the inputs, element by element.

    Example:

    >>> keratin.layers.Add()([np.ones((2, 3)), np.ones((2, 3))])[0]
    array([2., 2., 2.], dtype=float32)""" + _ELEMENTS


class Subtract(_Merge):
    __doc__ = """The first of two inputs less the second, element by element.

    Example:

    >>> keratin.layers.Subtract()([np.ones((2, 3)), np.ones((2, 3))])[0]
    array([0., 0., 0.], dtype=float32)""" + _ELEMENTS


class Multiply(_Merge):
    __doc__ = """The product of the inputs, element by element. Steps that a mask leaves out count as 1.

    Example:

    >>> keratin.layers.Multiply()([np.full((2, 3), 3.0), np.full((2, 3), 2.0)])[0]
    array([6., 6., 6.], dtype=float32)""" + _ELEMENTS


class Average(_Merge):
    __doc__ = """The mean of the inputs, element by element.

    Example:

    >>> keratin.layers.Average()([np.ones((2, 3)), np.zeros((2, 3))])[0]
    array([0.5, 0.5, 0.5], dtype=float32)""" + _ELEMENTS


class Maximum(_Merge):
    __doc__ = """The largest of the inputs, element by element. Steps that a mask leaves out are those of the others.

    Example:

    >>> keratin.layers.Maximum()([np.ones((2, 3)), np.zeros((2, 3))])[0]
    array([1., 1., 1.], dtype=float32)""" + _ELEMENTS


class Minimum(_Merge):
    __doc__ = """The smallest of the inputs, element by element. Steps that a mask leaves out are those of the others.

    Example:

    >>> keratin.layers.Minimum()([np.ones((2, 3)), np.zeros((2, 3))])[0]
    array([0., 0., 0.], dtype=float32)""" + _ELEMENTS


class Concatenate(_Merge):
    """The inputs one behind the other along an axis.

    Example:

    >>> keratin.layers.Concatenate()([np.ones((2, 3)), np.ones((2, 4))]).shape
    (2, 7)

    Args:
        axis: the axis; negative counts from the end.

    Input shape:
        a list of shapes that agree but for that axis.

    Output shape:
        the same with the sum of the sizes of that axis.
    """

    def __init__(self, axis=-1, **kwargs):
        if not _is_integer(axis):
            raise TypeError(f"[Concatenate] axis must be an integer. Received: axis={shown(axis, 200)}")
        self._make(kwargs, axis=int(axis))


def _dot_axes(axes):
    """As Keras looks at them."""
    if not isinstance(axes, (list, tuple)):
        if not _is_integer(axes):
            raise TypeError(f"[Dot] Invalid type for argument `axes`: it should be a list or an int. Received: "
                            f"axes={shown(axes, 200)}")
        return int(axes)
    if len(axes) != 2:
        raise ValueError(f"[Dot] Invalid format for argument `axes`: it should contain two elements. Received: "
                         f"axes={shown(axes, 200)}")
    if not all(_is_integer(axis) for axis in axes):
        raise ValueError(f"[Dot] Invalid format for argument `axes`: list elements should be integers. Received: "
                         f"axes={shown(axes, 200)}")
    return [int(axis) for axis in axes]


class Dot(_Merge):
    """The sums of products of two inputs along an axis, sample by sample.

    Example:

    >>> keratin.layers.Dot(axes=1)([np.ones((2, 3)), np.ones((2, 3))]).shape
    (2, 1)

    Args:
        axes: the axis of both inputs, or a list of that of the first and that of the second. Not 0, the batch.
        normalize: True: vectors along the axis have length 1 before, which gives the cosine of their angle.

    Input shape:
        a list of two shapes of at least two axes.

    Output shape:
        (batch, the other axes of the first, those of the second); (batch, 1) where there are none.
    """

    def __init__(self, axes, normalize=False, **kwargs):
        self._make(kwargs, axes=_dot_axes(axes), normalize=flag(normalize))


def add(inputs, **kwargs):
    """`Add(**kwargs)(inputs)`."""
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """`Subtract(**kwargs)(inputs)`."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """`Multiply(**kwargs)(inputs)`."""
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """`Average(**kwargs)(inputs)`."""
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """`Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """`Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """`Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes=-1, **kwargs):
    """`Dot(axes, **kwargs)(inputs)`."""
    return Dot(axes=axes, **kwargs)(inputs)
