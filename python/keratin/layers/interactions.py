# SPDX-License-Identifier: Apache-2.0
"""Layers in which features meet. KerasRS: `keras_rs.layers`."""
from keratin import activations, initializers, regularizers
from keratin._arguments import flag
from keratin._native import arguments
from keratin.layers.called import CalledLayer
from keratin.layers.native_layer import NativeLayer


class FeatureCross(CalledLayer):
    """x0 * (activation(x kernel + bias) + diag_scale x) + x: a layer of a deep and cross network (Wang et al., 2021).

    Example:

    >>> x0 = np.ones((2, 32))
    >>> x1 = keratin.layers.FeatureCross()(x0, x0)
    >>> keratin.layers.FeatureCross(projection_dim=8)(x0, x1).shape
    (2, 32)

    Args:
        projection_dim: the width between the two parts that the kernel has then; None: it is one.
        diag_scale: what is added to the diagonal of the kernel; None: 0.
        use_bias: whether there is a bias.
        pre_activation: of what is multiplied with x0.
        kernel_initializer: draws the kernels.
        bias_initializer: draws the bias.
        kernel_regularizer: a penalty on the kernels.
        bias_regularizer: a penalty on the bias.
        **kwargs: those of every layer.

    Call arguments:
        x0: (batch, ..., width).
        x: of the same shape; None: x0.

    Input shape:
        (batch, ..., width).

    Output shape:
        that of the input, with its mask.
    """

    def __init__(self, projection_dim=None, diag_scale=0.0, use_bias=True, pre_activation=None,
                 kernel_initializer="glorot_uniform", bias_initializer="zeros", kernel_regularizer=None,
                 bias_regularizer=None, **kwargs):
        self._make(kwargs, projection_dim=projection_dim, diag_scale=diag_scale, use_bias=flag(use_bias),
                   pre_activation=activations.get(pre_activation), kernel_initializer=initializers.get(kernel_initializer),
                   bias_initializer=initializers.get(bias_initializer),
                   kernel_regularizer=regularizers.get(kernel_regularizer),
                   bias_regularizer=regularizers.get(bias_regularizer))

    def build(self, x0_shape, x_shape=None):
        """Makes the weights for inputs of that shape, batch first."""
        super().build([tuple(shape) for shape in (x0_shape, x_shape) if shape is not None])

    def call(self, x0, x=None, training=None):
        """What the layer does."""
        return self._called(arguments(locals()))

    def compute_output_shape(self, x0_shape, x_shape=None):
        """The shape of the output: that of x0."""
        shapes = [tuple(shape) for shape in (x0_shape, x_shape) if shape is not None]
        return self._own_core.compute_output_shapes(shapes)[0]


class DotInteraction(NativeLayer):
    """The dot products of all pairs of features (Naumov et al., 2019).

    Example:

    >>> features = [np.ones((2, 32)) for _ in range(3)]
    >>> keratin.layers.DotInteraction()(features).shape
    (2, 3)

    Args:
        self_interaction: whether a feature meets itself too.
        skip_gather: all places of the square of features, with 0 where a pair stands already.
        **kwargs: those of every layer.

    Call arguments:
        inputs: a list of features, (batch, width).

    Input shape:
        a list of (batch, width).

    Output shape:
        (batch, F (F - 1) / 2) for F features; with self_interaction (batch, F (F + 1) / 2), with skip_gather (batch, F F).
    """

    def __init__(self, self_interaction=False, skip_gather=False, **kwargs):
        self._make(kwargs, self_interaction=flag(self_interaction), skip_gather=flag(skip_gather))

    def compute_output_shape(self, input_shape):
        """The shape of the output for features of these shapes."""
        return self._own_core.compute_output_shapes([tuple(shape) for shape in input_shape])[0]

    def _build_core(self, core, input_shape, scope):
        core.build_for_shapes(input_shape, scope)
