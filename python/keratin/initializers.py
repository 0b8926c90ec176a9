# SPDX-License-Identifier: Apache-2.0
"""First values of weights. Keras: `keras.initializers`.

One seed, one draw: the same object gives the same values for the same shape each time, those of Keras on JAX.
"""
import numpy as np

from keratin import _core, _native
from keratin._custom import CustomCore
from keratin._refusal import shown
from keratin.random import SeedGenerator

__all__ = ["Initializer", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
           "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomInitializer", "RandomNormal",
           "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "get", "serialize", "deserialize"]


class Initializer(_native.Native):
    """The first values of a weight; for ones of your own, give `__call__(shape, dtype=None)`.

    A function of (shape, dtype=None), or an array of the weight's shape, does as well.

    Example:

    >>> initializer = keratin.initializers.RandomNormal(stddev=0.1, seed=1)
    >>> initializer(shape=(2, 3)).shape
    (2, 3)
    """

    _concept = _core.Initializer
    _module = "keratin.initializers"
    _core = CustomCore()
    _called_back = ("__call__",)

    def __call__(self, shape, dtype=None):
        """The values of a weight of that shape.

        Args:
            shape: a tuple of integers.
            dtype: the type of the result, to which the float32 numbers are cast; float32 by default.
        """
        if self._own_core is None:
            raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")
        values = self._own_core(shape)
        return values if dtype is None else values.astype(dtype)

    def get_config(self):
        return super().get_config() if self._own_core is not None else {}

    def clone(self):
        """Another one of the same config."""
        return type(self).from_config(self.get_config())


class RandomInitializer(Initializer, listed=False):
    """The base of those that draw.

    With a `SeedGenerator` as seed every call gives other values, as in Keras.
    """

    def _make(self, seed=None, **options):
        if isinstance(seed, dict):
            seed = SeedGenerator.from_config(_native.entry(seed, "config", dict))
        if isinstance(seed, SeedGenerator):
            self._options = {**options, "seed": seed}
            return
        if seed is None and "_drawn_seed" not in self.__dict__:
            self.__dict__["_drawn_seed"] = _core.make_default_seed()
        super()._make(**options, seed=seed)

    def _from_serialized(self, serialized):
        if serialized["config"]["seed"] is not None:
            return super()._from_serialized(serialized)
        return self._concept.deserialize_drawn(serialized, self._drawn_seed)  # a pickle draws the same

    def __call__(self, shape, dtype=None):
        if self._own_core is not None:
            return super().__call__(shape, dtype)
        low, high = (int(number) for number in self.seed.next())
        one = self._listed()(**{**self._options, "seed": high << 32 | low})
        return one(shape, dtype)

    def get_config(self):
        if self._own_core is not None:
            return super().get_config()
        seed = {"module": "keras.random", "class_name": "SeedGenerator", "config": self.seed.get_config(),
                "registered_name": None}
        return {**self._options, "seed": seed}


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
    """All one value, or the values of an array.

    Example:

    >>> layer = keratin.layers.Dense(3, bias_initializer=keratin.initializers.Constant(0.5))

    Args:
        value: the value, or an array that can be broadcast to the weight.
    """

    def __init__(self, value=0.0):
        if np.ndim(value) == 0:
            self._make(value=value)
        else:
            try:
                self._options = {"value": np.asarray(value, np.float32)}
            except (TypeError, ValueError):
                raise ValueError(f"[Constant] value must be a number or an array of numbers. Received: {shown(value)}") from None

    def __call__(self, shape, dtype=None):
        if self._own_core is not None:
            return super().__call__(shape, dtype)
        try:
            return np.array(np.broadcast_to(self.value, shape), dtype or np.float32)
        except ValueError:
            raise ValueError(f"[Constant] an array of shape {self.value.shape} cannot be broadcast to a weight of shape "
                             f"{tuple(shape)}.") from None

    def get_config(self):
        return super().get_config() if self._own_core is not None else {"value": self.value.tolist()}


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


@_native.refusing
def deserialize(config, custom_objects=None):
    """The initializer that a name or a serialized config describes."""
    options = config.get("config") if isinstance(config, dict) else None
    if isinstance(options, dict) and (isinstance(options.get("seed"), dict) or isinstance(options.get("value"), list)):
        name = _native.entry(config, "class_name", str)
        if name in Initializer._classes:  # of values that C++ does not take
            return Initializer._classes[name].from_config(options)
    return _native.deserialize(Initializer, config, custom_objects)


def get(identifier):
    """An initializer from None, a name, a config, a class, an object, a function or an array."""
    with _native.told_by("Initializer get"):
        if hasattr(identifier, "__array__") and not callable(identifier):
            return _values(np.asarray(identifier))
        return _native.get(Initializer, identifier)


def _values(array):
    def initialize(shape, dtype=None):
        if tuple(shape) != array.shape:
            raise ValueError(f"Expected `shape` to be {array.shape} for this initializer. Received: shape={shape}")
        return np.array(array, dtype or np.float32)

    return initialize
