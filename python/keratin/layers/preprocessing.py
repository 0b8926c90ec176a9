# SPDX-License-Identifier: Apache-2.0
"""Layers of features: categories, bins and hashes. Keras: `keras.layers.preprocessing`."""
import numpy as np

from keratin import _core, _native, keras_tensor
from keratin._arguments import flag, items, plain
from keratin.layers.native_layer import NativeLayer
from keratin.layers.normalization import axes_of


def _is_batches(data):
    """Whether data is no array itself, but gives batches one after another."""
    return hasattr(data, "__iter__") and not isinstance(data, (list, tuple, np.ndarray)) and not hasattr(data, "__array__")


class Adapted(NativeLayer, listed=False):
    """A layer that learns from data by itself, before any training."""

    def adapt(self, data, steps=None):
        """Learns from data, and from them alone.

        Args:
            data: an array, or an iterable of batches; of a batch that is a tuple, the inputs.
            steps: how many batches at most; None: all.
        """
        if not self._are_batches(data):
            _core.adapt(self._core, data)
            return
        self.reset_state()
        for step, batch in enumerate(data):
            if steps is not None and step >= steps:
                break
            self.update_state(batch[0] if isinstance(batch, tuple) else batch)
        self.finalize_state()

    _are_batches = staticmethod(_is_batches)

    def reset_state(self):
        """Forgets what was seen of data."""
        _core.reset_state(self._core)

    def update_state(self, data):
        """Sees a batch."""
        _core.update_state(self._core, data)

    def finalize_state(self):
        """Takes what was seen for true."""
        _core.finalize_state(self._core)


class CategoryEncoding(NativeLayer):
    """Categories 0 to `num_tokens - 1` as vectors.

    Example:

    >>> keratin.layers.CategoryEncoding(num_tokens=4, output_mode="one_hot")([3, 0])
    array([[0., 0., 0., 1.],
           [1., 0., 0., 0.]], dtype=float32)

    Args:
        num_tokens: how many categories there are.
        output_mode: "one_hot": a vector for each; "multi_hot": one for each sample, 1 for what is in it; "count": how often.
        sparse: must be False.

    Call arguments:
        inputs: whole numbers; an IndexError for others than categories.
        count_weights: in the mode "count" how much each counts, of the shape of the inputs.

    Input shape:
        (...) or (batch, length).

    Output shape:
        With "one_hot" (..., num_tokens), in place of a last axis of 1; else (batch, num_tokens).
    """

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        self._make(kwargs, num_tokens=num_tokens, output_mode=output_mode, sparse=flag(sparse))

    def __call__(self, inputs, count_weights=None, training=None):
        """Vectors for the categories, an array."""
        if count_weights is None or self._is_called_back():
            return super().__call__(inputs, **({} if count_weights is None else {"count_weights": count_weights}))
        if _core.in_pass() or keras_tensor.is_symbolic([inputs, count_weights]):
            return keras_tensor.call(self, self._core, inputs, training, None, {"count_weights": [count_weights]})
        return self._core.call_values([inputs], False, None, {"count_weights": [count_weights]})[0]


class Discretization(Adapted):
    """Numbers as the bins in which they lie.

    Example:

    >>> keratin.layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])(np.array([[-1.5, 1.0], [3.4, 0.5]]))
    array([[0, 2],
           [3, 1]], dtype=int32)

    Args:
        bin_boundaries: where a bin ends and the next begins: one less than there are bins.
        num_bins: in place of them how many bins `adapt` finds, of about as many numbers each.
        epsilon: by what share of the data a boundary may be off.
        output_mode: "int": the number of the bin; "one_hot", "multi_hot", "count": vectors, as CategoryEncoding has them.
        sparse: must be False.

    Input shape:
        Any.

    Output shape:
        That of the inputs, or that of the vectors.
    """

    def __init__(self, bin_boundaries=None, num_bins=None, epsilon=0.01, output_mode="int", sparse=False, dtype=None, name=None):
        if num_bins is not None and bin_boundaries is not None:
            raise ValueError("Both `num_bins` and `bin_boundaries` should not be set. Received: "
                             f"`num_bins={num_bins}` and `bin_boundaries={bin_boundaries}`")
        self._make({"name": name, "dtype": dtype}, bin_boundaries=plain(bin_boundaries), num_bins=num_bins, epsilon=epsilon,
                   output_mode=output_mode, sparse=flag(sparse))

    @property
    def bin_boundaries(self):
        """The boundaries, given or learned; None before that."""
        return self._core.get_config()["bin_boundaries"]

    @classmethod
    def from_config(cls, config):
        boundaries = config.get("bin_boundaries") if isinstance(config, dict) else None
        if boundaries is None or config.get("num_bins") is None:
            return super().from_config(config)  # which says what is wrong with it
        layer = super().from_config({**config, "bin_boundaries": None})
        with _native.told_by(cls.__name__):
            layer._take(boundaries)
        return layer

    def _take(self, boundaries):
        """Boundaries that num_bins learned become those of the layer."""
        self.__dict__["_options"] = {**self._options, "bin_boundaries": list(boundaries)}
        self._make_cores()

    def __getstate__(self):
        state = super().__getstate__()
        state["_options"] = {**self._options, "bin_boundaries": self.bin_boundaries}
        return state


class Normalization(Adapted):
    """`(x - mean) / sqrt(variance)`, of mean and variance that are given, or learned by `adapt`.

    Example:

    >>> layer = keratin.layers.Normalization(axis=None)
    >>> layer.adapt(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    >>> layer(np.array([1.0, 3.0]))
    array([-1.4142135,  0.       ], dtype=float32)

    Args:
        axis: each place along it has a mean and variance of its own, an integer or several; None: one for all.
        mean, variance: both, or None for those that `adapt` learns.
        invert: True: from normalized numbers back.

    Input shape:
        Any; the kept axes must be known.

    Output shape:
        That of the inputs.
    """

    _tuples = ("axis",)

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(items("Normalization", "axis", axis))
        self._make(kwargs, axis=axes_of(axis), mean=plain(mean), variance=plain(variance), invert=flag(invert))

    @staticmethod
    def _are_batches(data):  # Keras: a list is one of batches
        return isinstance(data, (list, tuple)) or _is_batches(data)

    def adapt(self, data):
        """Learns mean and variance of data: an array, or an iterable of batches, a list among them."""
        super().adapt(data)

    def _moment(self, index, name):
        given = self._options[name]
        if given is not None:
            return np.asarray(given, "float32")
        return self._weight(index).numpy() if self.built else None

    @property
    def mean(self):
        return self._moment(0, "mean")

    @property
    def variance(self):
        return self._moment(1, "variance")


class Hashing(NativeLayer):
    """Strings or integers in bins, by their hash: the same in every run and on every machine, and Keras's.

    Example:

    >>> keratin.layers.Hashing(num_bins=3)([["A"], ["B"], ["C"], ["D"], ["E"]]).tolist()
    [[1], [0], [1], [1], [2]]

    Args:
        num_bins: how many bins there are.
        mask_value: an input that has bin 0 for itself; None for none.
        salt: None: the hash is FarmHash64; an integer or two: it is SipHash64 with these keys.
        output_mode: "int": the number of the bin; "one_hot", "multi_hot", "count": vectors, as CategoryEncoding has them.
        sparse: must be False.

    Input shape:
        Any.

    Output shape:
        That of the inputs, or that of the vectors.
    """

    def __init__(self, num_bins, mask_value=None, salt=None, output_mode="int", sparse=False, **kwargs):
        self._make(kwargs, num_bins=num_bins, mask_value=mask_value, salt=plain(salt), output_mode=output_mode,
                   sparse=flag(sparse))


class HashedCrossing(NativeLayer):
    """Two features or more, of integers or strings, as one: in bins by the hash of all.

    Example:

    >>> layer = keratin.layers.HashedCrossing(num_bins=5)
    >>> layer((np.array(["A", "B", "A"]), np.array([101, 101, 102])))
    array([1, 4, 1])

    Args:
        num_bins: how many bins there are.
        output_mode: "int": the number of the bin; "one_hot": a vector.
        sparse: must be False.

    Input shape:
        A list of features, each (batch,) or (batch, 1).

    Output shape:
        That of a feature, or (batch, num_bins).
    """

    def __init__(self, num_bins, output_mode="int", sparse=False, name=None, dtype=None, **kwargs):
        self._make({"name": name, "dtype": dtype, **kwargs}, num_bins=num_bins, output_mode=output_mode, sparse=flag(sparse))

    def __call__(self, inputs, *args, **kwargs):
        if isinstance(inputs, (list, tuple)):  # features may be one value each
            inputs = [np.array(value) if isinstance(value, (str, int)) else value for value in inputs]
        return super().__call__(inputs, *args, **kwargs)

    def compute_output_shape(self, input_shape):
        """The shape of the output for features of these shapes, a list."""
        shape = tuple(input_shape[0])
        return shape if self.output_mode == "int" else (*shape[:1], self.num_bins)
