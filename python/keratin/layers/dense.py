# SPDX-License-Identifier: Apache-2.0
from keratin import activations, constraints, initializers, regularizers
from keratin._arguments import integer
from keratin.layers.native_layer import NativeLayer


class Dense(NativeLayer):
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
        lora_rank, lora_alpha, quantization_config: None; for programs that say so.

    Input shape:
        (batch, ..., width), at least two axes.

    Output shape:
        (batch, ..., units).
    """

    def __init__(self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None,
                 activity_regularizer=None, kernel_constraint=None, bias_constraint=None,
                 lora_rank=None, lora_alpha=None, quantization_config=None, **kwargs):
        self._make(
            {**kwargs, "lora_rank": lora_rank, "lora_alpha": lora_alpha, "quantization_config": quantization_config},
            units=integer("Dense", "units", units),
            activation=activations.get(activation),
            use_bias=bool(use_bias),
            kernel_initializer=initializers.get(kernel_initializer),
            bias_initializer=initializers.get(bias_initializer),
            kernel_regularizer=regularizers.get(kernel_regularizer),
            bias_regularizer=regularizers.get(bias_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            kernel_constraint=constraints.get(kernel_constraint),
            bias_constraint=constraints.get(bias_constraint),
        )

    @property
    def kernel(self):
        return self._weight(0)

    @property
    def bias(self):
        return self._weight(1) if self.use_bias else None

    def get_config(self):
        config = super().get_config()
        if config.get("activity_regularizer", True) is None:  # Keras: it is there where there is one
            del config["activity_regularizer"]
        return config
