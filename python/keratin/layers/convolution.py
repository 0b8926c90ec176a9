# SPDX-License-Identifier: Apache-2.0
import itertools

from keratin import activations, constraints, initializers, regularizers
from keratin._arguments import flag, integer
from keratin.layers.native_layer import NativeLayer


def numbers(value, count):
    """An argument of `count` axes as a tuple: an integer stands for all of them. C++ says what it may be."""
    return (value,) * count if isinstance(value, int) and not isinstance(value, bool) else _tuple(value)


def _tuple(value):
    try:
        return tuple(itertools.islice(value, 9))  # more than axes that any has, of what may never end
    except TypeError:
        return value


def data_format_of(data_format):
    return "channels_last" if data_format is None else data_format


_SIZES = ("kernel_size", "strides", "dilation_rate", "output_padding")


class _Conv(NativeLayer):
    _axes = 1
    _tuples = _SIZES

    def __init__(self, filters, kernel_size, strides=1, padding="valid", data_format=None, dilation_rate=1, groups=1,
                 activation=None, use_bias=True, kernel_initializer="glorot_uniform", bias_initializer="zeros",
                 kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, **kwargs):
        name = type(self).__name__
        self._make(
            kwargs,
            filters=integer(name, "filters", filters),
            kernel_size=numbers(kernel_size, self._axes),
            strides=numbers(strides, self._axes),
            padding=padding.lower() if isinstance(padding, str) else padding,
            data_format=data_format_of(data_format),
            dilation_rate=numbers(dilation_rate, self._axes),
            groups=integer(name, "groups", groups),
            activation=activations.get(activation),
            use_bias=flag(use_bias),
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


_ARGS = """filters: how many numbers a window gives.
        kernel_size: how many steps a window has.
        strides: how many steps lie between the begins of windows.
        padding: "valid" (windows lie on steps whole), "same" (a window for each `strides` steps){causal}.
        data_format: "channels_last" (or None, the same) or "channels_first".
        dilation_rate: how many steps lie between those of a window; above 1 not together with strides above 1.
        groups: into how many groups channels and filters are divided, each of which sees its own.
        activation: the function; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        bias_initializer: draws the bias.
        kernel_regularizer: a penalty on the kernel.
        bias_regularizer: a penalty on the bias.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint: what the kernel is brought back to after a step.
        bias_constraint: what the bias is brought back to after a step."""


class Conv1D(_Conv):
    __doc__ = """A convolution over steps: `activation(window * kernel + bias)`.

    Example:

    >>> layer = keratin.layers.Conv1D(32, 3, activation="relu")
    >>> layer(np.ones((4, 10, 128))).shape
    (4, 8, 32)

    Args:
        """ + _ARGS.format(causal=', or "causal"\n            (the same, and a window sees no later step than its own)') + """

    Input shape:
        (batch, steps, channels); (batch, channels, steps) with "channels_first".

    Output shape:
        (batch, windows, filters); (batch, filters, windows) with "channels_first".
    """

    def __init__(self, filters, kernel_size, strides=1, padding="valid", data_format=None, dilation_rate=1, groups=1,
                 activation=None, use_bias=True, kernel_initializer="glorot_uniform", bias_initializer="zeros",
                 kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation,
                         use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
                         activity_regularizer, kernel_constraint, bias_constraint, **kwargs)


class Conv2D(_Conv):
    __doc__ = """A convolution over rows and columns: `activation(window * kernel + bias)`.

    Example:

    >>> layer = keratin.layers.Conv2D(32, (3, 3), activation="relu")
    >>> layer(np.ones((4, 28, 28, 1))).shape
    (4, 26, 26, 32)

    Args:
        """ + _ARGS.format(causal="") + """

    Input shape:
        (batch, rows, columns, channels); (batch, channels, rows, columns) with "channels_first".

    Output shape:
        (batch, windows, windows, filters); (batch, filters, windows, windows) with "channels_first".
    """
    _axes = 2

    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1),
                 groups=1, activation=None, use_bias=True, kernel_initializer="glorot_uniform", bias_initializer="zeros",
                 kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation,
                         use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
                         activity_regularizer, kernel_constraint, bias_constraint, **kwargs)


_STEPS = """

    Input shape:
        (batch, steps, channels); (batch, channels, steps) with "channels_first".

    Output shape:
        (batch, {0}, {1}); (batch, {1}, {0}) with "channels_first".
    """


class Conv1DTranspose(NativeLayer):
    __doc__ = """The way back of a convolution as a layer: what is at a step goes to all steps of a window.

    Example:

    >>> layer = keratin.layers.Conv1DTranspose(32, 3, strides=2, padding="same")
    >>> layer(np.ones((4, 10, 128))).shape
    (4, 20, 32)

    Args:
        filters: how many numbers a step has behind it.
        kernel_size: how many steps a window has.
        strides: how many steps lie between the begins of windows.
        padding: "valid" (all steps under windows) or "same" (`strides` times as many as there were).
        output_padding: how many steps stand behind the last window, below strides; None: as padding has it.
        data_format: "channels_last" (or None, the same) or "channels_first".
        dilation_rate: how many steps lie between those of a window; above 1 not together with strides above 1.
        activation: the function; None for none.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        bias_initializer: draws the bias.
        kernel_regularizer: a penalty on the kernel.
        bias_regularizer: a penalty on the bias.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint: what the kernel is brought back to after a step.
        bias_constraint: what the bias is brought back to after a step.""" + _STEPS.format("steps", "filters")

    _tuples = _SIZES

    def __init__(self, filters, kernel_size, strides=1, padding="valid", output_padding=None, data_format=None,
                 dilation_rate=1, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, bias_constraint=None, **kwargs):
        self._make(
            kwargs,
            filters=integer("Conv1DTranspose", "filters", filters),
            kernel_size=numbers(kernel_size, 1),
            strides=numbers(strides, 1),
            padding=padding.lower() if isinstance(padding, str) else padding,
            output_padding=None if output_padding is None else numbers(output_padding, 1),
            data_format=data_format_of(data_format),
            dilation_rate=numbers(dilation_rate, 1),
            activation=activations.get(activation),
            use_bias=flag(use_bias),
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


class DepthwiseConv1D(NativeLayer):
    __doc__ = """A convolution over steps in which each channel is one by itself.

    Example:

    >>> layer = keratin.layers.DepthwiseConv1D(3, depth_multiplier=2)
    >>> layer(np.ones((4, 10, 12))).shape
    (4, 8, 24)

    Args:
        kernel_size: how many steps a window has.
        strides: how many steps lie between the begins of windows.
        padding: "valid" (windows lie on steps whole) or "same" (a window for each `strides` steps).
        depth_multiplier: how many numbers each channel of a window gives.
        data_format: "channels_last" (or None, the same) or "channels_first".
        dilation_rate: how many steps lie between those of a window.
        activation: the function; None for none.
        use_bias: whether there is a bias.
        depthwise_initializer: draws the kernel.
        bias_initializer: draws the bias.
        depthwise_regularizer: a penalty on the kernel.
        bias_regularizer: a penalty on the bias.
        activity_regularizer: a penalty on the outputs.
        depthwise_constraint: what the kernel is brought back to after a step.
        bias_constraint: what the bias is brought back to after a step.""" + _STEPS.format("windows", "depth_multiplier * channels")

    _tuples = _SIZES
    _of_kernel = "depthwise"

    def __init__(self, kernel_size, strides=1, padding="valid", depth_multiplier=1, data_format=None, dilation_rate=1,
                 activation=None, use_bias=True, depthwise_initializer="glorot_uniform", bias_initializer="zeros",
                 depthwise_regularizer=None, bias_regularizer=None, activity_regularizer=None, depthwise_constraint=None,
                 bias_constraint=None, **kwargs):
        self._make(
            kwargs,
            kernel_size=numbers(kernel_size, 1),
            strides=numbers(strides, 1),
            padding=padding.lower() if isinstance(padding, str) else padding,
            depth_multiplier=integer("DepthwiseConv1D", "depth_multiplier", depth_multiplier),
            data_format=data_format_of(data_format),
            dilation_rate=numbers(dilation_rate, 1),
            activation=activations.get(activation),
            use_bias=flag(use_bias),
            depthwise_initializer=initializers.get(depthwise_initializer),
            bias_initializer=initializers.get(bias_initializer),
            depthwise_regularizer=regularizers.get(depthwise_regularizer),
            bias_regularizer=regularizers.get(bias_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            depthwise_constraint=constraints.get(depthwise_constraint),
            bias_constraint=constraints.get(bias_constraint),
        )

    @property
    def kernel(self):
        return self._weight(0)

    @property
    def bias(self):
        return self._weight(1) if self.use_bias else None


class SeparableConv1D(NativeLayer):
    __doc__ = """A convolution over steps in which each channel is one by itself, and a product with a kernel behind it.

    Example:

    >>> layer = keratin.layers.SeparableConv1D(32, 3)
    >>> layer(np.ones((4, 10, 12))).shape
    (4, 8, 32)

    Args:
        filters: how many numbers a window gives.
        kernel_size: how many steps a window has.
        strides: how many steps lie between the begins of windows.
        padding: "valid" (windows lie on steps whole) or "same" (a window for each `strides` steps).
        data_format: "channels_last" (or None, the same) or "channels_first".
        dilation_rate: how many steps lie between those of a window.
        depth_multiplier: how many numbers each channel of a window gives before the product.
        activation: the function; None for none.
        use_bias: whether there is a bias.
        depthwise_initializer: draws the kernel of the channels.
        pointwise_initializer: draws the kernel of the product.
        bias_initializer: draws the bias.
        depthwise_regularizer: a penalty on the kernel of the channels.
        pointwise_regularizer: a penalty on the kernel of the product.
        bias_regularizer: a penalty on the bias.
        activity_regularizer: a penalty on the outputs.
        depthwise_constraint: what the kernel of the channels is brought back to after a step.
        pointwise_constraint: what the kernel of the product is brought back to after a step.
        bias_constraint: what the bias is brought back to after a step.""" + _STEPS.format("windows", "filters")

    _tuples = _SIZES

    def __init__(self, filters, kernel_size, strides=1, padding="valid", data_format=None, dilation_rate=1,
                 depth_multiplier=1, activation=None, use_bias=True, depthwise_initializer="glorot_uniform",
                 pointwise_initializer="glorot_uniform", bias_initializer="zeros", depthwise_regularizer=None,
                 pointwise_regularizer=None, bias_regularizer=None, activity_regularizer=None, depthwise_constraint=None,
                 pointwise_constraint=None, bias_constraint=None, **kwargs):
        self._make(
            kwargs,
            filters=integer("SeparableConv1D", "filters", filters),
            kernel_size=numbers(kernel_size, 1),
            strides=numbers(strides, 1),
            padding=padding.lower() if isinstance(padding, str) else padding,
            data_format=data_format_of(data_format),
            dilation_rate=numbers(dilation_rate, 1),
            depth_multiplier=integer("SeparableConv1D", "depth_multiplier", depth_multiplier),
            activation=activations.get(activation),
            use_bias=flag(use_bias),
            depthwise_initializer=initializers.get(depthwise_initializer),
            pointwise_initializer=initializers.get(pointwise_initializer),
            bias_initializer=initializers.get(bias_initializer),
            depthwise_regularizer=regularizers.get(depthwise_regularizer),
            pointwise_regularizer=regularizers.get(pointwise_regularizer),
            bias_regularizer=regularizers.get(bias_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            depthwise_constraint=constraints.get(depthwise_constraint),
            pointwise_constraint=constraints.get(pointwise_constraint),
            bias_constraint=constraints.get(bias_constraint),
        )

    @property
    def depthwise_kernel(self):
        return self._weight(0)

    @property
    def pointwise_kernel(self):
        return self._weight(1)

    @property
    def bias(self):
        return self._weight(2) if self.use_bias else None
