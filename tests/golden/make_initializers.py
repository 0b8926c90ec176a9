# SPDX-License-Identifier: Apache-2.0
"""initializers.json: what Keras's initializers give on JAX.

A case holds the whole tensor, or, for one of more than 256 elements, its first 32, 32 from the middle
and its last 32, with the position of each part in the row-major order. Float32 values are written as
their bits, so that nothing is lost on the way.
"""
from golden import keras, np, write

import jax

FULL = 256
PART = 32

assert keras.backend.backend() == "jax" and jax.config.jax_threefry_partitionable


def parts(value):
    flat = np.asarray(value).reshape(-1)
    starts = [0] if flat.size <= FULL else [0, flat.size // 2 - 5, flat.size - PART]
    size = flat.size if flat.size <= FULL else PART
    cuts = [flat[start : start + size] for start in starts]
    if flat.dtype == np.float32:
        cuts = [cut.view(np.uint32) for cut in cuts]
    return [{"first": start, "values": cut.tolist()} for start, cut in zip(starts, cuts)]


def initializer_cases():
    init = keras.initializers
    shapes = [(), (7,), (5, 3), (3, 4, 5), (1300,), (67, 33), (2, 3, 11, 29)]
    makers = [
        init.Zeros(), init.Ones(), init.Constant(0.1), init.Constant(-3.0),
    ]
    for seed in (0, 42, 2**31 + 7, 2**32 - 1):
        makers += [
            init.RandomUniform(seed=seed),
            init.RandomUniform(-1.0, 1.0, seed=seed),
            init.RandomNormal(seed=seed),
            init.TruncatedNormal(seed=seed),
            init.GlorotUniform(seed=seed), init.GlorotNormal(seed=seed),
            init.HeUniform(seed=seed), init.HeNormal(seed=seed),
            init.LecunUniform(seed=seed), init.LecunNormal(seed=seed),
        ]
    makers += [
        init.RandomUniform(0.0, 1.0, seed=3),
        init.RandomUniform(0.0, 0.3, seed=3),
        init.RandomUniform(1000.0, 1000.0123, seed=3),  # a sum that double does not hold exactly
        init.RandomUniform(-1e-3, 1e9, seed=3),
        init.RandomUniform(2.0, 1.0, seed=3),
        init.RandomUniform(-3e38, 3e38, seed=3),  # the width overflows
        init.RandomNormal(1.0, 0.3, seed=4),
        init.RandomNormal(-0.25, 2.0, seed=4),
        init.TruncatedNormal(0.5, 0.25, seed=4),
    ]
    for mode in ("fan_in", "fan_out", "fan_avg"):
        for distribution in ("truncated_normal", "untruncated_normal", "uniform"):
            makers.append(init.VarianceScaling(0.7, mode, distribution, seed=5))
    makers += [
        init.VarianceScaling(3.0, "fan_in", "NORMAL", seed=6),
        init.VarianceScaling(1.0, "fan_avg", "uniform", seed=6, input_axes=[0], output_axes=[-1]),
        init.GlorotUniform(seed=6, input_axes=[-1], output_axes=[0]),
    ]
    for maker in makers:
        many = maker.get_config().get("seed", 42) == 42 and type(maker).__name__ != "VarianceScaling"
        for shape in shapes if many else shapes[2::2]:
            if shape == () and maker.get_config().get("input_axes"):
                continue
            yield case(maker, shape)
    for gain in (1.0, 2.5):
        for shape in [(1, 1), (1, 6), (3, 3), (6, 4)]:
            yield case(init.Identity(gain), shape)
        for seed in (1, 2):
            for shape in [(1, 1), (4, 4), (5, 2), (2, 5), (3, 4, 5), (40, 30), (16, 64)]:
                yield case(init.Orthogonal(gain, seed=seed), shape)


def case(maker, shape):
    return {"class_name": type(maker).__name__, "config": maker.get_config(), "shape": list(shape),
            "parts": parts(maker(shape))}


if __name__ == "__main__":
    write("initializers", list(initializer_cases()))
