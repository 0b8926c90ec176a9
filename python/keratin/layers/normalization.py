# SPDX-License-Identifier: Apache-2.0
from keratin import constraints, initializers, regularizers
from keratin._arguments import flag, integer, number
from keratin.layers.native_layer import NativeLayer


def _common(beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint):
    return dict(beta_initializer=initializers.get(beta_initializer), gamma_initializer=initializers.get(gamma_initializer),
                beta_regularizer=regularizers.get(beta_regularizer),
                gamma_regularizer=regularizers.get(gamma_regularizer),
                beta_constraint=constraints.get(beta_constraint), gamma_constraint=constraints.get(gamma_constraint))


def axes_of(axis):
    """One axis, or several as a list."""
    if isinstance(axis, (list, tuple)):
        return list(axis)
    if isinstance(axis, int):
        return axis
    raise TypeError(f"Expected an int or a list/tuple of ints for the argument 'axis', but received: {axis!r}")


class _Scaled(NativeLayer):
    """A layer with a gamma and a beta, where it has them."""

    def _named(self, name):
        for weight in self.weights:
            if weight.name == name:
                return weight
        return None

    @property
    def gamma(self):
        return self._named("gamma")

    @property
    def beta(self):
        return self._named("beta")


class BatchNormalization(_Scaled):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta`, channel by channel.

    In training by mean and variance of the batch, with a mask of the steps in it; the moving ones follow. Else, and where
    the layer is not trainable, by the moving ones.

    Example:

    >>> layer = keratin.layers.BatchNormalization()
    >>> y = layer(np.array([[1.0], [3.0]]), training=True)  # [[-1.], [1.]], about
    >>> float(layer.moving_mean.numpy()[0])  # 0.99 * 0 + 0.01 * 2
    0.019999999552965164

    Args:
        axis: that of the channels.
        momentum: how much of the moving mean and variance a step leaves.
        epsilon: is added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: draws beta.
        gamma_initializer: draws gamma.
        moving_mean_initializer: draws the moving mean.
        moving_variance_initializer: draws the moving variance.
        beta_regularizer: a penalty on beta.
        gamma_regularizer: a penalty on gamma.
        beta_constraint: what beta is brought back to after a step.
        gamma_constraint: what gamma is brought back to after a step.
        renorm: True for batch renormalization: what training computes follows the moving statistics too.
        renorm_clipping: None, or a dict of the bounds "rmax", "rmin" and "dmax" of its corrections.
        renorm_momentum: as `momentum`, of the statistics of renorm.
        synchronized: False; for programs that say so.

    Input shape:
        (batch, ..., channels).

    Output shape:
        That of the inputs.
    """

    def __init__(self, axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", moving_mean_initializer="zeros", moving_variance_initializer="ones",
                 beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, renorm=False,
                 renorm_clipping=None, renorm_momentum=0.99, synchronized=False, **kwargs):
        if renorm and renorm_clipping is None:
            renorm_clipping = {}
        self._make(
            kwargs, axis=integer("BatchNormalization", "axis", axis),
            momentum=number("BatchNormalization", "momentum", momentum), epsilon=number("BatchNormalization", "epsilon", epsilon),
            center=flag(center), scale=flag(scale),
            moving_mean_initializer=initializers.get(moving_mean_initializer),
            moving_variance_initializer=initializers.get(moving_variance_initializer),
            **_common(beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
                      gamma_constraint),
            renorm=flag(renorm), renorm_clipping=renorm_clipping, renorm_momentum=renorm_momentum,
            synchronized=flag(synchronized))

    @property
    def moving_mean(self):
        return self._named("moving_mean")

    @property
    def moving_variance(self):
        return self._named("moving_variance")

    @property
    def moving_stddev(self):
        return self._named("moving_stddev")

    @property
    def renorm_mean(self):
        return self._named("renorm_mean")

    @property
    def renorm_stddev(self):
        return self._named("renorm_stddev")


class LayerNormalization(_Scaled):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta`, mean and variance over `axis`: of each step by itself.

    Example:

    >>> layer = keratin.layers.LayerNormalization()
    >>> layer(np.array([[1.0, 3.0]]))  # [[-1., 1.]], about

    Args:
        axis: what is normalized together, an integer or several.
        epsilon: is added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: draws beta.
        gamma_initializer: draws gamma.
        beta_regularizer: a penalty on beta.
        gamma_regularizer: a penalty on gamma.
        beta_constraint: what beta is brought back to after a step.
        gamma_constraint: what gamma is brought back to after a step.

    Input shape:
        (batch, ...); the axes that are normalized must be known.

    Output shape:
        That of the inputs.
    """

    def __init__(self, axis=-1, epsilon=0.001, center=True, scale=True, beta_initializer="zeros", gamma_initializer="ones",
                 beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, **kwargs):
        rms_scaling = bool(kwargs.pop("rms_scaling", False))
        self._make(
            kwargs, axis=axes_of(axis), epsilon=epsilon, center=flag(center), scale=flag(scale), rms_scaling=rms_scaling,
            **_common(beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
                      gamma_constraint))


class UnitNormalization(NativeLayer):
    """Vectors of length 1: `x / sqrt(sum(x ** 2))` along `axis`.

    Example:

    >>> keratin.layers.UnitNormalization()(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]], dtype=float32)

    Args:
        axis: along which a vector lies, an integer or several.

    Input shape:
        Any.

    Output shape:
        That of the inputs.
    """

    def __init__(self, axis=-1, **kwargs):
        self._make(kwargs, axis=axes_of(axis))


class RMSNormalization(NativeLayer):
    """`scale * x / sqrt(mean(x ** 2) + epsilon)`, the mean over `axis`.

    Example:

    >>> layer = keratin.layers.RMSNormalization()
    >>> layer(np.array([[3.0, 3.0]]))  # [[1., 1.]], about

    Args:
        axis: what is normalized together, an integer or several.
        epsilon: is added to the mean.

    Input shape:
        (batch, ...); the axes that are normalized must be known.

    Output shape:
        That of the inputs.
    """

    def __init__(self, axis=-1, epsilon=1e-06, **kwargs):
        self._make(kwargs, axis=axes_of(axis), epsilon=epsilon)

    @property
    def scale(self):
        return self._weight(0)


class GroupNormalization(_Scaled):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta`, with mean and variance of each group of channels of a sample.

    Example:

    >>> layer = keratin.layers.GroupNormalization(groups=2)
    >>> layer(np.ones((2, 5, 4))).shape
    (2, 5, 4)

    Args:
        groups: into how many the channels are divided; -1: each is one.
        axis: that of the channels.
        epsilon: is added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: draws beta.
        gamma_initializer: draws gamma.
        beta_regularizer: a penalty on beta.
        gamma_regularizer: a penalty on gamma.
        beta_constraint: what beta is brought back to after a step.
        gamma_constraint: what gamma is brought back to after a step.

    Input shape:
        (batch, ..., channels); the channels must be known.

    Output shape:
        That of the inputs.
    """

    def __init__(self, groups=32, axis=-1, epsilon=0.001, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", beta_regularizer=None, gamma_regularizer=None, beta_constraint=None,
                 gamma_constraint=None, **kwargs):
        self._make(
            kwargs, groups=integer("GroupNormalization", "groups", groups), axis=axis, epsilon=epsilon,
            center=flag(center), scale=flag(scale),
            **_common(beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
                      gamma_constraint))
