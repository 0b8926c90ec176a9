# SPDX-License-Identifier: Apache-2.0
"""keras.utils.pad_sequences and to_categorical: pad_sequences.json, to_categorical.json; Keras 1's skipgrams and
make_sampling_table: skipgrams.json, make_sampling_table.json."""
import random
import warnings

import golden
import keras
import numpy as np
from keras.src.legacy.preprocessing.sequence import make_sampling_table, skipgrams

warnings.simplefilter("ignore")
INTS = [[1, 2, 3, 4], [], [5], [6, 7, 8, 9, 10, 11], [12, 13]]
FLOATS = [[1.7, -1.7], [], [0.5, -0.5, 1e10, 2.0**24 + 1], [3.25]]
VECTORS = [[[1, 2], [3, 4], [5, 6]], [], [[7, 8]]]


def outcome(function, *args, **kwargs):
    try:
        return {"result": golden.array(function(*args, **kwargs))}
    except (ValueError, OverflowError, IndexError, TypeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def pad_cases():
    for padding in ("pre", "post"):
        for truncating in ("pre", "post"):
            for maxlen in (None, 1, 3, 4, 8):
                yield INTS, dict(maxlen=maxlen, padding=padding, truncating=truncating, value=0.0)
            yield VECTORS, dict(maxlen=2, padding=padding, truncating=truncating, value=-1.0)
    for dtype in ("float32", "float64", "int64", "bool"):
        yield FLOATS, dict(dtype=dtype, value=-0.75, maxlen=3)
    yield [[1.7, -1.7], [1e9]], dict(value=2.9)
    yield [[1.7, -1.7], [1e9]], dict(value=-2.9, padding="post")
    for dtype in ("int8", "uint8", "int16", "uint16", "uint32", "uint64", "int64", "float32"):
        yield [[1, 2], [100]], dict(dtype=dtype, value=7.0)
    yield [[127, -128]], dict(dtype="int8")
    yield [[128]], dict(dtype="int8")
    yield [[-1]], dict(dtype="uint8")
    yield [[-0.5, 255.9]], dict(dtype="uint8")
    yield [[256.0]], dict(dtype="uint8")
    yield [[2147483647.5, -2147483648.5]], {}
    yield [[2147483648.0]], {}
    yield [[2**31]], {}
    yield [[-(2**31), 2**31 - 1]], {}
    yield [[2**24 + 1, 2**53 + 1, 9007199791611905]], dict(dtype="float32")
    yield [[float("nan")]], {}
    yield [[float("inf")]], dict(dtype="int64")
    yield [[float("nan"), float("inf")]], dict(dtype="float32")
    yield [[5, 300]], dict(dtype="uint8", maxlen=1, truncating="post")  # what is cut is not looked at
    yield [[], []], {}
    yield [[], []], dict(maxlen=2, value=9.0)
    yield [], dict(maxlen=3)
    yield [], {}
    yield [[1, 2, 3]], dict(maxlen=0)
    yield [[1]], dict(maxlen=0)
    yield [[1, 2]], dict(maxlen=0, truncating="post")
    yield [[1, 2]], dict(maxlen=-1)
    yield [[1, 2]], dict(padding="before")
    yield [[1, 2]], dict(truncating="before")
    yield VECTORS, dict(dtype="float32", value=0.5)
    yield [[[1, 2], [3, 4]], [[5, 6, 7]]], {}
    yield [[[1, 2]], [[1, 2], [1]]], dict(maxlen=1, truncating="post")
    yield [[[1, 2]], [[1, 2], [1]]], dict(maxlen=1)
    yield [[[], []], [[]]], {}


def written(value):
    if isinstance(value, list):
        return [written(item) for item in value]
    return value if isinstance(value, int) or np.isfinite(value) else str(value)


golden.write("pad_sequences", [
    {"sequences": written(sequences), "options": options,
     **outcome(keras.utils.pad_sequences, sequences, **options)}
    for sequences, options in pad_cases()])

LABELS = [([0, 2, 1], None), ([0, 2, 1], 3), ([0, 2, 1], 5), ([[0, 1], [1, 0]], None), ([[0], [1]], None),
          ([[[1]]], 2), ([1], 0), (1, None), ([], 3), ([[0, 1, 2]], 4), ([0, 3], 3), ([0, -4], 3), ([-1], None),
          ([], None), ([1], -2)]
golden.write("to_categorical", [
    {"x": golden.array(np.array(x, "int64")), "num_classes": num_classes,
     **outcome(keras.utils.to_categorical, x, num_classes)}
    for x, num_classes in LABELS])

SEQUENCE = [3, 0, 1, 4, 1, 5, 9, 2, 6, 5, 0, 3]
SKIPGRAMS = [{}, dict(window_size=1), dict(window_size=0), dict(window_size=100), dict(negative_samples=0.0),
             dict(negative_samples=2.6), dict(shuffle=False), dict(categorical=True), dict(categorical=True, shuffle=False),
             dict(sampling_factor=0.01), dict(sampling_factor=0.1, window_size=2, shuffle=False), dict(seed=11),
             dict(seed=-4, negative_samples=0.5), dict(sampling_factor=1e-9)]


def skipgrams_case(options):
    """Drawn from a state of Python's `random` that both sides start from; and what it gives next."""
    given = dict(options)
    if "sampling_factor" in given:
        given["sampling_table"] = make_sampling_table(10, given.pop("sampling_factor"))
    random.seed(5)
    couples, labels = skipgrams(SEQUENCE, 10, **given)
    return {"options": options, "couples": couples, "labels": labels, "next": random.random()}


golden.write("skipgrams", [skipgrams_case(options) for options in SKIPGRAMS], sequence=SEQUENCE, random_seed=5,
             vocabulary_size=10)
golden.write("make_sampling_table", [
    {"size": size, "sampling_factor": factor, "result": golden.array(make_sampling_table(size, factor))}
    for size, factor in [(1, 1e-5), (10, 1e-5), (100, 1e-3), (50, 0.5), (3, 1e-30)]])
