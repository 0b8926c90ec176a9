# SPDX-License-Identifier: Apache-2.0
"""First values of weights. Keras: `keras.initializers`.

One seed, one draw: the same object gives the same values for the same shape each time, those of Keras on JAX.
"""
from keratin import _core, _native

__all__ = ["Initializer", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
           "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomInitializer", "RandomNormal",
           "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "get", "serialize", "deserialize"]


class Initializer(_native.Native):
    """The first values of a weight.

    Example:

    >>> initializer = keratin.initializers.RandomNormal(stddev=0.1, seed=1)
    >>> initializer(shape=(2, 3)).shape
    (2, 3)
    """

    _concept = _core.Initializer
    _module = "keratin.initializers"

    def __call__(self, shape, dtype=None):
        """The values of a weight of that shape.

        Args:
            shape: a tuple of integers.
            dtype: the type of the result, to which the float32 numbers are cast; float32 by default.
        """
        values = self._core(shape)
        return values if dtype is None else values.astype(dtype)

    def clone(self):
        """Another one of the same config."""
        return type(self).from_config(self.get_config())


class RandomInitializer(Initializer, listed=False):
    """The base of those that draw."""


class Zeros(Initializer):
    """All 0.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.Zeros())
    """

    def __init__(self):
        self._make()


class Ones(Initializer):
    """All 1.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.Ones())
    """

    def __init__(self):
        self._make()


class Constant(Initializer):
    """All one value.

    Example:

    >>> layer = keratin.layers.Dense(3, bias_initializer=keratin.initializers.Constant(0.5))

    Args:
        value: the value.
    """

    def __init__(self, value=0.0):
        self._make(value=value)


class Identity(Initializer):
    """The identity matrix.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.Identity())

    Args:
        gain: a factor.
    """

    def __init__(self, gain=1.0):
        self._make(gain=gain)


class RandomNormal(RandomInitializer):
    """Normally distributed values.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.RandomNormal(stddev=0.1))

    Args:
        mean: the mean.
        stddev: the standard deviation.
        seed: an integer, or None for one that is drawn.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self._make(mean=mean, stddev=stddev, seed=seed)


class TruncatedNormal(RandomInitializer):
    """Normally distributed values, without those beyond two standard deviations.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.TruncatedNormal(stddev=0.1))

    Args:
        mean: the mean.
        stddev: the standard deviation, before the ends are cut.
        seed: an integer, or None for one that is drawn.
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self._make(mean=mean, stddev=stddev, seed=seed)


class RandomUniform(RandomInitializer):
    """Evenly distributed values.

    Example:

    >>> layer = keratin.layers.Embedding(9, 3, embeddings_initializer=keratin.initializers.RandomUniform(-1, 1))

    Args:
        minval: the lower end.
        maxval: the upper end, not included.
        seed: an integer, or None for one that is drawn.
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self._make(minval=minval, maxval=maxval, seed=seed)


class VarianceScaling(RandomInitializer):
    """Values whose variance is `scale / n`, n the number of inputs, of outputs, or their mean.

    Example:

    >>> initializer = keratin.initializers.VarianceScaling(scale=2.0, mode="fan_avg", distribution="uniform")
    >>> layer = keratin.layers.Dense(3, kernel_initializer=initializer)

    Args:
        scale: a positive number.
        mode: what n is: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: an integer, or None for one that is drawn.
        input_axes: the axes of the inputs, where they are not those of a kernel.
        output_axes: the axes of the outputs.
    """

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None, input_axes=None,
                 output_axes=None):
        self._make(scale=scale, mode=mode, distribution=distribution, seed=seed, input_axes=input_axes,
                   output_axes=output_axes)


class GlorotUniform(RandomInitializer):
    """Evenly distributed within `sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010).

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.GlorotUniform())

    Args:
        seed: an integer, or None for one that is drawn.
        input_axes: as in VarianceScaling.
        output_axes: as in VarianceScaling.
    """

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        self._make(seed=seed, input_axes=input_axes, output_axes=output_axes)


class GlorotNormal(RandomInitializer):
    """Truncated normal of variance `2 / (fan_in + fan_out)` (Glorot and Bengio, 2010).

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.GlorotNormal())

    Args:
        seed: an integer, or None for one that is drawn.
        input_axes: as in VarianceScaling.
        output_axes: as in VarianceScaling.
    """

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        self._make(seed=seed, input_axes=input_axes, output_axes=output_axes)


class LecunNormal(RandomInitializer):
    """Truncated normal of variance `1 / fan_in` (LeCun et al., 1998; Klambauer et al., 2017).

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.LecunNormal())

    Args:
        seed: an integer, or None for one that is drawn.
        input_axes: as in VarianceScaling.
        output_axes: as in VarianceScaling.
    """

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        self._make(seed=seed, input_axes=input_axes, output_axes=output_axes)


class LecunUniform(RandomInitializer):
    """Evenly distributed within `sqrt(3 / fan_in)` (LeCun et al., 1998; Klambauer et al., 2017).

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.LecunUniform())

    Args:
        seed: an integer, or None for one that is drawn.
        input_axes: as in VarianceScaling.
        output_axes: as in VarianceScaling.
    """

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        self._make(seed=seed, input_axes=input_axes, output_axes=output_axes)


class HeNormal(RandomInitializer):
    """Truncated normal of variance `2 / fan_in` (He et al., 2015).

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.HeNormal())

    Args:
        seed: an integer, or None for one that is drawn.
        input_axes: as in VarianceScaling.
        output_axes: as in VarianceScaling.
    """

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        self._make(seed=seed, input_axes=input_axes, output_axes=output_axes)


class HeUniform(RandomInitializer):
    """Evenly distributed within `sqrt(6 / fan_in)` (He et al., 2015).

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.HeUniform())

    Args:
        seed: an integer, or None for one that is drawn.
        input_axes: as in VarianceScaling.
        output_axes: as in VarianceScaling.
    """

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        self._make(seed=seed, input_axes=input_axes, output_axes=output_axes)


class Orthogonal(RandomInitializer):
    """A random orthogonal matrix (Saxe et al., 2013); of more axes, all but the last are taken as one.

    Example:

    >>> layer = keratin.layers.Dense(3, kernel_initializer=keratin.initializers.Orthogonal())

    Args:
        gain: a factor.
        seed: an integer, or None for one that is drawn.
    """

    def __init__(self, gain=1.0, seed=None):
        self._make(gain=gain, seed=seed)


# Keras: the spellings in lower case.
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros


def serialize(initializer):
    """The config of an initializer, with its class: what `deserialize` takes."""
    return _native.serialize(initializer)


def deserialize(config, custom_objects=None):
    """The initializer that a name or a serialized config describes."""
    return _native.deserialize(Initializer, config, custom_objects)


def get(identifier):
    """An initializer from None, a name, a config, a class or an object."""
    return _native.get(Initializer, identifier)
