# SPDX-License-Identifier: Apache-2.0
import numpy as np

from keratin._refusal import shown
from keratin.keras_tensor import KerasTensor
from keratin.layers.native_layer import NativeLayer


def _name_of(dtype):
    if dtype is None:
        return "float32"
    try:
        name = dtype if isinstance(dtype, str) and dtype in ("string", "bfloat16") else np.dtype(dtype).name
    except TypeError:
        raise ValueError(f"[InputLayer] dtype must be the name of a type. Received: {shown(dtype)}") from None
    return "string" if name.startswith("str") else name


class InputLayer(NativeLayer):
    """Says what shape comes in, so that a model can be built before any data.

    Example:

    >>> model = keratin.Sequential([keratin.layers.InputLayer((4,)), keratin.layers.Dense(2)])
    >>> model.output_shape
    (None, 2)

    Args:
        shape: a tuple without the batch.
        batch_size: the size of the batch, where it is fixed.
        dtype: the type of the inputs.
        batch_shape: a tuple with the batch, in place of `shape`.
        sparse, ragged, input_tensor, optional: for programs that say them; only what means nothing is taken.
    """

    def __init__(self, shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None,
                 input_tensor=None, optional=False, name=None, **kwargs):
        if input_tensor is not None or sparse or ragged or optional:
            raise ValueError("[InputLayer] input_tensor, sparse, ragged and optional are not known here.")
        if (shape is not None and "input_shape" in kwargs) or (batch_shape is not None and "batch_input_shape" in kwargs):
            raise ValueError("[InputLayer] shape and input_shape, or batch_shape and batch_input_shape, say the same: give one.")
        shape = kwargs.pop("input_shape", shape)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        if isinstance(shape, (int, np.integer)):
            shape = (shape,)
        if shape is not None and batch_shape is not None:
            raise ValueError("You cannot pass both `shape` and `batch_shape` at the same time.")
        if batch_size is not None and batch_shape is not None and shape is None:
            raise ValueError("You cannot pass both `batch_size` and `batch_shape` at the same time.")
        for argument, value in (("shape", shape), ("batch_shape", batch_shape)):
            if value is not None and not hasattr(value, "__iter__"):
                raise ValueError(f"[InputLayer] {argument} must be a tuple of integers and None. Received: "
                                 f"{argument}={value!r} (of type {type(value).__name__})")
        if shape is not None:
            batch_shape = (batch_size, *shape)
        if batch_shape is None:
            raise ValueError("You must pass a `shape` argument.")
        self._make({"name": name, **kwargs}, batch_shape=tuple(batch_shape),
                   dtype=_name_of(dtype))

    @property
    def output(self):
        """The value that comes in."""
        if "_value" not in self.__dict__:
            self.__dict__["_value"] = KerasTensor._of(self._core.entry(), self, ())
        return self.__dict__["_value"]

    @property
    def dtype(self):
        return self.__dict__["_options"]["dtype"] if "_options" in self.__dict__ else None


def Input(shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None, name=None,
          tensor=None, optional=False):
    """A value that stands for what comes into a model: what layers are called on, and a `Sequential` begins with.

    Example:

    >>> x = keratin.Input((10,), dtype="int32")
    >>> model = keratin.Model(x, keratin.layers.Embedding(1000, 64)(x))

    Args: as `InputLayer`.
    """
    return InputLayer(shape=shape, batch_size=batch_size, dtype=dtype, sparse=sparse, ragged=ragged,
                      batch_shape=batch_shape, input_tensor=tensor, optional=optional, name=name).output
