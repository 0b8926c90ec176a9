# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/saving/tf_keras_*: models of tf.keras, with what it predicts, and predicts after three more steps.

Run where tf-keras is: `python -m venv V && V/bin/pip install tf-keras tensorflow-cpu && V/bin/python tests/files/make_tf_keras.py [NAME...]`.
"""
import pathlib
import sys

import numpy as np
import tensorflow as tf
import tf_keras as keras

HERE = pathlib.Path(__file__).parents[1] / "golden" / "saving"
L = keras.layers


def ids(rows, steps, seed):
    return np.random.default_rng(seed).integers(1, 20, (rows, steps)).astype("int32")


def parts():
    """Forms that tf.keras alone has: states among the inputs of a layer, cells with `implementation`, convolutions with
    `groups`, MultiHeadAttention with the shapes it was built for, and a table in the config of its initializer."""
    a, b = L.Input((6,)), L.Input((4,))
    table = np.random.default_rng(1).normal(size=(20, 4)).astype("float32")
    x = L.Embedding(20, 4, embeddings_initializer=keras.initializers.Constant(table))(a)
    y = L.Embedding(20, 4)(b)
    _, h, c = L.LSTM(3, return_state=True)(x)
    y = L.LSTM(3, return_sequences=True)(y, initial_state=[h, c])
    y = L.GRU(3, return_sequences=True)(y, initial_state=h)
    y = L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True)(y)
    x = L.MultiHeadAttention(2, 2)(x, x, use_causal_mask=True)
    x = L.SeparableConv1D(3, 2)(L.Conv1DTranspose(3, 2, strides=2)(x))
    step = keras.Sequential([L.Input((3,)), L.Dense(2, activation="tanh")])
    x = L.TimeDistributed(step)(x)
    z = L.Concatenate()([L.GlobalAveragePooling1D()(x), L.GlobalMaxPooling1D()(y)])
    model = keras.Model([a, b], L.Dense(1)(z))
    return model, [ids(8, 6, 2), ids(8, 4, 3)]


def in_each_other():
    """A Sequential that begins with one whose first layer is an Embedding, of which tf.keras writes no size."""
    inner = keras.Sequential([L.Input((6,)), L.Embedding(20, 3), L.Flatten(), L.Dense(4)])
    return keras.Sequential([inner, L.Dense(1)]), ids(8, 6, 4)


def texts():
    words = ["the cat sat", "a dog ran fast", "cat and dog", "the fast red fox", "a cat a cat", "nobody knows", "dog dog", "fox"]
    layer = L.TextVectorization(max_tokens=12, output_sequence_length=4)
    layer.adapt(words)
    model = keras.Sequential([L.Input((1,), dtype="string"), layer, L.Embedding(12, 3), L.Flatten(), L.Dense(1)])
    return model, tf.constant([[w] for w in words])


def blind():
    """Queries that see nothing: padding in front under a causal mask, and a sample that is padding alone. Flatten loses
    the mask."""
    a = L.Input((6,))
    x = L.Embedding(20, 4, mask_zero=True)(a)
    parts = [L.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True), L.MultiHeadAttention(2, 3)(x, x)]
    queries = L.Embedding(20, 4)(a)
    parts += [layer([queries, x], use_causal_mask=True) for layer in (L.Attention(), L.AdditiveAttention())]
    x = ids(8, 6, 7)
    x[np.arange(6)[None] < np.array([0, 2, 6, 1, 0, 3, 6, 5])[:, None]] = 0
    return keras.Model(a, L.Dense(1)(L.Concatenate()([L.Flatten()(part) for part in parts]))), x


def small():
    return keras.Sequential([L.Input((6,)), L.Embedding(20, 3), L.Flatten(), L.Dense(2, "tanh"), L.Dense(1)]), ids(8, 6, 4)


def nadam():
    """Nadam: its product is no part of the state that tf.keras writes."""
    return small()


def adafactor():
    """Adafactor: without the numbers that Keras 3 has beside vectors."""
    return small()


def discretized():
    """Boundaries that were learned: they stand in the config, and a summary of the data is a weight."""
    numbers = np.random.default_rng(8).normal(size=(8, 3)).astype("float32")
    layer = L.Discretization(num_bins=4, epsilon=0.01)
    layer.adapt(numbers)
    return keras.Sequential([L.Input((3,)), layer, L.Embedding(4, 3), L.Flatten(), L.Dense(1)]), numbers


OPTIMIZERS = {"nadam": keras.optimizers.Nadam(0.01), "adafactor": keras.optimizers.Adafactor(0.1)}
ALL = (parts, in_each_other, texts, blind, nadam, adafactor, discretized)
for make in [one for one in ALL if not sys.argv[1:] or one.__name__ in sys.argv[1:]]:
    keras.utils.set_random_seed(5)
    model, x = make()
    y = np.random.default_rng(6).normal(size=(8, 1)).astype("float32")
    model.compile(OPTIMIZERS.get(make.__name__) or keras.optimizers.SGD(0.1), "mse")
    model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    found = {"y": y, "predicted": model.predict(x, verbose=0)}
    for i, array in enumerate(x if isinstance(x, list) else [x]):
        found[f"x{i}"] = np.array(array).astype("U") if isinstance(array, tf.Tensor) else array
    model.save(HERE / f"tf_keras_{make.__name__}.keras")
    model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    found["trained"] = model.predict(x, verbose=0)
    np.savez_compressed(HERE / f"tf_keras_{make.__name__}.npz", **found)
