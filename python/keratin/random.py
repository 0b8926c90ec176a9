# SPDX-License-Identifier: Apache-2.0
"""Random draws: the same seed gives the arrays of Keras on JAX. Keras: `keras.random`."""
from operator import index

import numpy as np

from keratin import _core, _native
from keratin._arguments import items, number
from keratin._refusal import shown

__all__ = ["SeedGenerator", "randint", "uniform", "normal", "truncated_normal", "shuffle", "categorical", "dropout",
           "fixed_unigram_candidate_sampler", "learned_unigram_candidate_sampler", "log_uniform_candidate_sampler",
           "uniform_candidate_sampler"]


class SeedGenerator:
    """A source of seeds that differ from draw to draw.

    Example:

    >>> generator = keratin.random.SeedGenerator(seed=1337)
    >>> a = keratin.random.uniform((2,), seed=generator)
    >>> b = keratin.random.uniform((2,), seed=generator)  # other numbers

    Args:
        seed: an integer, or None: then from `keratin.utils.set_random_seed`, or from the machine.
        name: its name, or None for an automatic one.
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _native.refuse_overrides(cls, SeedGenerator, ["next", "state"])

    def __init__(self, seed=None, name=None, **kwargs):
        if seed is not None and not isinstance(seed, (int, np.integer)):
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={_native.shown(seed)}")
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {_native.shown(kwargs)}")
        self._core = _core.SeedGenerator({"seed": seed, **({} if name is None else {"name": name})})

    @property
    def name(self):
        return self._core.name

    @property
    def seed(self):
        """What it was made with; None: nothing."""
        return self.get_config()["seed"]

    @property
    def state(self):
        """The seed, and how many draws were made of it."""
        return np.array(self._core.state, dtype="uint32")

    def _variable(self):
        """The state as a variable: what `variables` of a layer has."""
        from keratin._variable_cores import Part
        from keratin.variables import Variable

        def put(states):
            self._core.state = [int(number) for number in states[0]]
        return Variable._of(Part(f"{self.name}/seed_generator_state", 0, lambda at: self.state, lambda: [self.state], put))

    def next(self, ordered=True):
        """The pair of numbers that the next draw uses up."""
        return np.array(self._core.next(), dtype="uint32")

    def get_config(self):
        return self._core.get_config()

    @classmethod
    def from_config(cls, config):
        with _native.told_by("SeedGenerator"):
            return cls(**_native.arguments_in(config))

    def __getstate__(self):
        return {"config": self.get_config(), "state": self._core.state}

    def __setstate__(self, state):
        self.__init__(**state["config"])
        self._core.state = state["state"]


def _seed(seed):
    return seed._core if isinstance(seed, SeedGenerator) else seed


def _shape(shape):
    return (shape,) if isinstance(shape, (int, np.integer)) else shape


def _cast(array, dtype):
    return array if dtype is None or array.dtype == dtype else array.astype(dtype)


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Integers in [minval, maxval).

    Args:
        shape: the shape of the array, a tuple.
        minval: the smallest.
        maxval: one more than the largest.
        dtype: a type of integers.
        seed: None (other numbers every time), an integer (the same every time) or a `SeedGenerator`.
    """
    return _core.randint(_shape(shape), minval, maxval, str(np.dtype(dtype)), _seed(seed))


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers evenly spread over [minval, maxval). Arguments as those of `randint`."""
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise ValueError(f"`keratin.random.uniform` requires a floating point `dtype`. Received: dtype={dtype!r}")
    return _cast(_core.uniform(_shape(shape), minval, maxval, _seed(seed)), dtype)


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers of a normal distribution. Arguments as those of `uniform`."""
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise ValueError(f"`keratin.random.normal` requires a floating point `dtype`. Received: dtype={dtype!r}")
    return _cast(_core.normal(_shape(shape), mean, stddev, _seed(seed)), dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers of a normal distribution, cut at two standard deviations. Arguments as those of `uniform`."""
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise ValueError(f"`keratin.random.truncated_normal` requires a floating point `dtype`. Received: dtype={dtype!r}")
    return _cast(_core.truncated_normal(_shape(shape), mean, stddev, _seed(seed)), dtype)


def shuffle(x, axis=0, seed=None):
    """`x` with its entries along `axis` in a random order, each line along `axis` in one of its own."""
    x = np.asarray(x)
    if x.ndim == 1:
        return np.take(x, _core.permutation(x.shape[axis], _seed(seed)))
    for keys in _core.shuffle_keys(x.size, _seed(seed)):
        x = np.take_along_axis(x, np.argsort(keys.reshape(x.shape), axis=axis, kind="stable"), axis=axis)
    return x


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Classes drawn with the probabilities softmax(logits).

    Example:

    >>> next_word = keratin.random.categorical(logits / temperature, 1)[:, 0]

    Args:
        logits: an array (batch_size, classes).
        num_samples: how many to draw of each row.
        dtype: a type of integers.
        seed: as of the other functions.

    Returns:
        An array (batch_size, num_samples).
    """
    logits = np.asarray(logits, np.float32)
    if logits.ndim != 2:
        raise ValueError("`logits` should be a 2-D tensor with shape [batch_size, num_classes]. "
                         f"Received: logits of shape {logits.shape}")
    kind = np.dtype(dtype)
    if kind.kind not in "iu":
        raise ValueError(f"`keratin.random.categorical` requires an integer `dtype`. Received: dtype={dtype!r}")
    if logits.shape[1] == 0 and logits.shape[0] > 0 and index(num_samples) > 0:
        raise ValueError(f"`logits` must have classes to draw from. Received: logits of shape {logits.shape}")
    # The largest of logit + Gumbel noise (Maddison, Tarlow, Minka, "A* sampling", 2014), of one row at a time: the
    # noise is as large as the rows times the draws.
    drawn = np.empty((logits.shape[0], index(num_samples)), kind)
    noise = uniform((*logits.shape, drawn.shape[1]), np.finfo(np.float32).tiny, 1.0, seed=seed)
    for row, of_row, noise_of_row in zip(drawn, logits, noise):
        row[:] = np.argmax(of_row[:, None] - np.log(-np.log(noise_of_row)), axis=0)
    return drawn


def dropout(inputs, rate, noise_shape=None, seed=None):
    """Some elements set to 0, and the others divided by 1 - rate.

    Args:
        inputs: an array, or a KerasTensor.
        rate: which part of the elements is dropped.
        noise_shape: the shape of what is drawn, which broadcasts to that of the inputs; None: an own draw each.
        seed: as of the other functions.
    """
    from keratin import ops
    shape = tuple(ops.shape(inputs)) if noise_shape is None else tuple(
        size if size is not None else of_input for size, of_input in zip(noise_shape, ops.shape(inputs)))
    kept = uniform(shape, seed=seed) < np.float32(1 - rate)
    return ops.where(kept, ops.divide(inputs, np.float32(1 - rate)), np.float32(0))


def _candidates(distribution, true_classes, num_true, num_sampled, unique, range_max, seed, unigrams=(), distortion=1.0,
                num_reserved_ids=0, counts=()):
    true_classes = np.asarray(true_classes)
    if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
        raise ValueError(f"true_classes must be (batch, num_true), with num_true={num_true}. Received shape: {true_classes.shape}")
    if true_classes.dtype.kind not in "iu":
        raise ValueError(f"true_classes must be integers. Received: {true_classes.dtype}")
    return _core.sample_candidates(distribution, true_classes.astype("int64"), num_sampled, bool(unique), range_max, _seed(seed),
                                   [number(distribution, "unigrams", one) for one in items(distribution, "unigrams", unigrams)],
                                   number(distribution, "distortion", distortion), num_reserved_ids,
                                   [int(one) for one in counts])


def log_uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None):
    """Classes drawn with the probabilities log((c + 2) / (c + 1)) / log(range_max + 1): for classes by falling frequency.
    TensorFlow: `tf.random.log_uniform_candidate_sampler`, whose expected counts these are; the draws are our own.

    Args:
        true_classes: integers, (batch, num_true).
        num_true: how many classes a sample has.
        num_sampled: how many to draw.
        unique: whether the drawn classes are distinct.
        range_max: how many classes there are.
        seed: None (other classes every time), an integer (the same every time) or a `SeedGenerator`.

    Returns:
        the drawn classes, (num_sampled,); how often each of true_classes is expected among them, (batch, num_true); and
        each drawn one, (num_sampled,).
    """
    return _candidates("log_uniform", true_classes, num_true, num_sampled, unique, range_max, seed)


def uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None):
    """Classes drawn with equal probabilities. Arguments and result as those of `log_uniform_candidate_sampler`."""
    return _candidates("uniform", true_classes, num_true, num_sampled, unique, range_max, seed)


def fixed_unigram_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, distortion=1.0,
                                    num_reserved_ids=0, unigrams=(), seed=None):
    """Classes drawn with probabilities proportional to unigrams ** distortion. Other arguments and the result are those of
    `log_uniform_candidate_sampler`.

    Args:
        distortion: the exponent; word2vec's is 0.75.
        num_reserved_ids: classes in front, which are never drawn.
        unigrams: how often each of the other classes occurs.
    """
    return _candidates("fixed_unigram", true_classes, num_true, num_sampled, unique, range_max, seed, unigrams, distortion,
                       num_reserved_ids)


def learned_unigram_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, counts=None):
    """Classes drawn as often as they were seen. Other arguments and the result are those of `log_uniform_candidate_sampler`.

    Args:
        counts: what was seen: an array of integers, (range_max,), 1 at first, to which the call adds true_classes. TensorFlow
            keeps it itself. None: nothing was seen.
    """
    if counts is not None and not (isinstance(counts, np.ndarray) and counts.dtype == "int64"):
        raise TypeError("[learned_unigram_candidate_sampler] counts must be an array of int64, to which the call adds. "
                        f"Received: {shown(counts)}")
    result = _candidates("learned_unigram", true_classes, num_true, num_sampled, unique, range_max, seed,
                         counts=() if counts is None else counts)
    if counts is not None:
        np.add.at(counts, np.asarray(true_classes).reshape(-1), 1)
    return result
