# SPDX-License-Identifier: Apache-2.0
import numpy as np

from keratin import activations, constraints, initializers, regularizers
from keratin._arguments import items
from keratin.layers.kinds import OfKernel


class EinsumDense(OfKernel):
    """`activation(einsum(equation, inputs, kernel) + bias)`: a Dense along any axes.

    Example:

    >>> layer = keratin.layers.EinsumDense("abc,cd->abd", output_shape=(None, 64), bias_axes="d")
    >>> layer(np.ones((2, 32, 128))).shape
    (2, 32, 64)

    Args:
        equation: what is summed: "ab,bc->ac", with the inputs in front and the kernel behind; "..." stands for any axes
            in front of the inputs, or behind them.
        output_shape: of the outputs without the batch and what "..." stands for; None for an axis that is the inputs'.
        activation: the function; None for none.
        bias_axes: the letters of the outputs that the bias has; None for no bias.
        kernel_initializer: draws the kernel.
        bias_initializer: draws the bias.
        kernel_regularizer: a penalty on the kernel.
        bias_regularizer: a penalty on the bias.
        kernel_constraint: what the kernel is brought back to after a step.
        bias_constraint: what the bias is brought back to after a step.
        lora_rank: the layer is built with `enable_lora(lora_rank, lora_alpha)`.
        lora_alpha: by default lora_rank.
        quantization_config: of a quantized `dtype` ("int8_from_float32"), in place of what its name says.
        activity_regularizer: a penalty on the outputs.

    Input shape:
        an axis a letter of the equation's first term.

    Output shape:
        an axis a letter of its last term.
    """

    _tuples = ("output_shape",)
    _of = "kernel"

    def __init__(self, equation, output_shape, activation=None, bias_axes=None, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, lora_rank=None, lora_alpha=None, quantization_config=None, **kwargs):
        is_one = isinstance(output_shape, (int, np.integer)) and not isinstance(output_shape, bool)
        activity_regularizer = kwargs.pop("activity_regularizer", None)
        kinds = self._kinds(kwargs, lora_rank, lora_alpha, quantization_config)
        self._make(
            kwargs,
            equation=equation,
            output_shape=(output_shape,) if is_one else tuple(items("EinsumDense", "output_shape", output_shape)),
            activation=activations.get(activation),
            bias_axes=bias_axes,
            kernel_initializer=initializers.get(kernel_initializer),
            bias_initializer=initializers.get(bias_initializer),
            kernel_regularizer=regularizers.get(kernel_regularizer),
            bias_regularizer=regularizers.get(bias_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            kernel_constraint=constraints.get(kernel_constraint),
            bias_constraint=constraints.get(bias_constraint),
            **kinds,
        )

    @property
    def partial_output_shape(self):
        return self.output_shape

    def _has_bias(self):
        return self.bias_axes is not None

    def quantize(self, mode=None, type_check=True, config=None):
        try:
            super().quantize(mode, type_check, config)
        except ValueError as error:
            if "no matrix" not in str(error):
                raise
            raise NotImplementedError(str(error)) from None
