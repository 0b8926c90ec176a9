# SPDX-License-Identifier: Apache-2.0
from keratin import activations, constraints, initializers, regularizers
from keratin.layers.native_layer import NativeLayer, integer


def numbers(value, count):
    """An argument of `count` axes as a tuple: an integer stands for all of them. C++ says what it may be."""
    return (value,) * count if isinstance(value, int) and not isinstance(value, bool) else _tuple(value)


def _tuple(value):
    try:
        return tuple(value)
    except TypeError:
        return value


def data_format_of(data_format):
    return "channels_last" if data_format is None else data_format


class _Conv(NativeLayer):
    _axes = 1

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
