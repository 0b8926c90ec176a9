# SPDX-License-Identifier: Apache-2.0
import numpy as np

from keratin.layers.layer import Layer


class InputLayer(Layer):
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
    """

    def __init__(self, shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, input_tensor=None,
                 optional=False, name=None, **kwargs):
        if input_tensor is not None or sparse:
            raise ValueError("[InputLayer] input_tensor and sparse are not known here.")
        shape = kwargs.pop("input_shape", shape)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        if isinstance(shape, (int, np.integer)):
            shape = (shape,)
        options = dict(shape=shape, batch_size=batch_size, batch_shape=batch_shape)
        self._make({"name": name, **kwargs}, dtype="float32" if dtype is None else np.dtype(dtype).name, **options)

    @property
    def batch_shape(self):
        return self._core.compute_output_shape(())

    @property
    def dtype(self):
        return self._options["dtype"]


def Input(shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, name=None, tensor=None,
          optional=False):
    """The shape that a model takes, for the first place in a `Sequential`.

    Example:

    >>> model = keratin.Sequential([keratin.Input((10,), dtype="int32"), keratin.layers.Embedding(1000, 64)])

    Args: as `InputLayer`.
    """
    return InputLayer(shape=shape, batch_size=batch_size, dtype=dtype, sparse=sparse, batch_shape=batch_shape,
                      input_tensor=tensor, name=name)
