# SPDX-License-Identifier: Apache-2.0
from keratin import activations, constraints, initializers, regularizers
from keratin._arguments import flag, integer
from keratin.layers.kinds import OfKernel


class Dense(OfKernel):
    """`activation(inputs @ kernel + bias)`, along the last axis.

    Example:

    >>> layer = keratin.layers.Dense(3, activation="relu")
    >>> layer(np.ones((2, 4))).shape
    (2, 3)

    Args:
        units: width of the outputs.
        activation: the function; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        bias_initializer: draws the bias.
        kernel_regularizer: a penalty on the kernel.
        bias_regularizer: a penalty on the bias.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint: what the kernel is brought back to after a step.
        bias_constraint: what the bias is brought back to after a step.
        lora_rank: the layer is built with `enable_lora(lora_rank, lora_alpha)`.
        lora_alpha: by default lora_rank.
        quantization_config: of a quantized `dtype` ("int8_from_float32"), in place of what its name says.

    Input shape:
        (batch, ..., width), at least two axes.

    Output shape:
        (batch, ..., units).
    """

    _of = "kernel"

    def __init__(self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None,
                 activity_regularizer=None, kernel_constraint=None, bias_constraint=None,
                 lora_rank=None, lora_alpha=None, quantization_config=None, **kwargs):
        kinds = self._kinds(kwargs, lora_rank, lora_alpha, quantization_config)
        self._make(
            kwargs,
            units=integer("Dense", "units", units),
            activation=activations.get(activation),
            use_bias=flag(use_bias),
            kernel_initializer=initializers.get(kernel_initializer),
            bias_initializer=initializers.get(bias_initializer),
            kernel_regularizer=regularizers.get(kernel_regularizer),
            bias_regularizer=regularizers.get(bias_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            kernel_constraint=constraints.get(kernel_constraint),
            bias_constraint=constraints.get(bias_constraint),
            **kinds,
        )

    def _has_bias(self):
        return self.use_bias

    def get_config(self):
        config = super().get_config()
        if config.get("activity_regularizer", True) is None:  # Keras: it is there where there is one
            del config["activity_regularizer"]
        return config
