# SPDX-License-Identifier: Apache-2.0
"""random.json: what keras.random and jax.random draw, and the seeds Keras takes where none is given."""
import random as python_random

from golden import keras, np, write
from make_initializers import parts

import jax
from jax._src.random import prng
from jax._src.random.threefry2x32 import threefry2x32_p
from keras.src.random.seed_generator import make_default_seed


def random_cases():
    rnd = keras.random
    for seed in (0, 1337, 2**32 - 1):
        key = np.array([seed, 0], "uint32")
        yield {"call": "bits", "seed": seed, "shape": [1001], "parts": parts(jax.random.bits(key, (1001,)))}
        yield {"call": "split", "seed": seed,
               "keys": np.asarray(jax.random.split(key, 5)).tolist()}
        for n in (0, 1, 2, 10, 1000, 5000):
            order = rnd.shuffle(np.arange(n, dtype="int32"), seed=seed)
            yield {"call": "permutation", "seed": seed, "n": n, "parts": parts(order)}
        for low, high, dtype in [(0, 1000, "int32"), (-7, 9, "int32"), (0, 2, "int32"), (5, 6, "int32"),
                                 (-(2**31), 2**31 - 1, "int32"), (0, 256, "uint8"), (-128, 128, "int8"),
                                 (0, 40000, "uint16"), (0, 2**31 - 1, "uint32")]:
            value = rnd.randint((300,), low, high, dtype=dtype, seed=seed)
            yield {"call": "randint", "seed": seed, "minval": low, "maxval": high, "dtype": dtype,
                   "shape": [300], "parts": parts(value)}
        with jax.enable_x64(True):
            value = jax.random.randint(key, (300,), -5, 10**12, "int64")
            yield {"call": "randint", "seed": seed, "minval": -5, "maxval": 10**12, "dtype": "int64",
                   "shape": [300], "parts": parts(value)}
        yield {"call": "uniform", "seed": seed, "shape": [9, 50], "parts": parts(rnd.uniform((9, 50), seed=seed))}
        yield {"call": "normal", "seed": seed, "shape": [9, 50],
               "parts": parts(rnd.normal((9, 50), seed=seed))}
        yield {"call": "truncated_normal", "seed": seed, "shape": [9, 50],
               "parts": parts(rnd.truncated_normal((9, 50), seed=seed))}
    yield high_counters()
    yield normal_everywhere()
    for seed in (0, 42, 12345, 2**40 + 1, -3):
        python_random.seed(seed)
        yield {"call": "make_default_seed", "seed": seed, "seeds": [make_default_seed() for _ in range(700)][::50]}
    keras.utils.set_random_seed(42)
    generator = keras.random.SeedGenerator(7)
    yield {"call": "seed_generator", "seed": 7,
           "keys": [np.asarray(generator.next()).tolist() for _ in range(4)]}
    keras.utils.set_random_seed(42)
    yield {"call": "after_set_random_seed", "seed": 42,
           "glorot_uniform": parts(keras.initializers.GlorotUniform()((3, 4))),
           "uniform": [parts(keras.random.uniform((5,))) for _ in range(3)],
           "normal": parts(keras.initializers.RandomNormal()((3, 4)))}


def high_counters():
    """Elements past 2^32, by JAX's own cipher of the two halves of its 64-bit iota."""
    first = 2**32 - 6
    counters = np.arange(first, first + 12, dtype=np.uint64)
    high, low = (counters >> np.uint64(32)).astype(np.uint32), counters.astype(np.uint32)
    # The same split that jax.random.bits makes, for the positions that fit here.
    small_high, small_low = prng.iota_2x32_shape((3, 4))
    assert (np.asarray(small_high) == 0).all() and (np.asarray(small_low).reshape(-1) == np.arange(12)).all()
    a, b = threefry2x32_p.bind(np.uint32(42), np.uint32(0), high, low)
    return {"call": "high_counters", "seed": 42, "first": first,
            "values": (np.asarray(a) ^ np.asarray(b)).tolist()}


def normal_everywhere():
    """Positions of seed 11 whose draw lies far out or near 0, among a million."""
    value = np.asarray(keras.random.normal((1 << 20,), seed=11))
    order = np.argsort(np.abs(value))
    positions = np.sort(np.concatenate([order[:100], order[::20000], order[-200:]]))
    return {"call": "normal_everywhere", "seed": 11, "positions": positions.tolist(),
            "values": value[positions].view(np.uint32).tolist()}


if __name__ == "__main__":
    write("random", list(random_cases()))
