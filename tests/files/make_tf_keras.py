# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/saving/tf_keras_*: models of tf.keras, with what it predicts, and predicts after three more steps.

Run where tf-keras is: `python -m venv V && V/bin/pip install tf-keras tensorflow-cpu && V/bin/python tests/files/make_tf_keras.py [NAME...]`.
"""
import pathlib
import sys
import zipfile

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


def packed(path):
    """tf.keras does not pack, and writes a megabyte of groups for functions without weights."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


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


def functions():
    """Every function of TensorFlow that src/keratin/saving/tf_functions.cc has an operation for, in one model."""
    a, b, i = L.Input((4,), name="a"), L.Input((4,), name="b"), L.Input((4,), dtype="int32", name="i")
    e = L.Embedding(20, 3, embeddings_initializer="uniform")(i)
    m, t = tf.math, keras.backend
    shared = keras.Sequential([L.Input((4,)), L.Dense(2)])  # a model whose calls tf.keras counts from 1
    some = [shared(a) - shared(b), a + b, a - b, 1.0 - a, a * 2.0, 2.0 * a, a * [1.0, 2.0, 3.0, 4.0], a / b, a // 0.3, a % 0.3, a**1.5, -a, abs(-a),
            m.divide(a, b), m.divide_no_nan(a, b), m.squared_difference(a, b), m.add_n([a, b, a]), m.maximum(a, 1.0), m.minimum(1.0, a),
            tf.nn.bias_add(a, [1.0, 2.0, 3.0, 4.0]), tf.add(a, b), tf.multiply(a, b), tf.subtract(a, b)]
    some += [f(a) for f in (m.ceil, m.cos, m.erf, m.exp, m.expm1, m.floor, m.log, m.log1p, m.reciprocal, m.round, m.rsqrt, m.sigmoid, m.sign, m.sin,
                            m.softplus, m.sqrt, m.square, m.tan, m.tanh, m.is_finite, m.is_inf, m.is_nan)]
    some += [f(a - 1.0) for f in (tf.nn.elu, tf.nn.relu, tf.nn.relu6, tf.nn.selu, tf.nn.softsign, tf.nn.silu, tf.nn.gelu, tf.nn.leaky_relu,
                                  lambda x: tf.nn.leaky_relu(x, 0.3), lambda x: tf.nn.gelu(x, approximate=True), tf.nn.softmax, tf.nn.log_softmax,
                                  lambda x: t.l2_normalize(x, -1), lambda x: m.l2_normalize(x, 1, epsilon=0.5))]
    some += [a > b, a >= b, a < b, a <= b, m.equal(i, 3), m.not_equal(i, 3), m.logical_and(a > b, a > 1.0), m.logical_or(a > b, a > 1.0),
             m.logical_xor(a > b, a > 1.0), ~(a > b), tf.where(a > b, a, b), tf.where(a > 1.0, a, 0.5)]
    some += [f(e, axis=1) for f in (m.reduce_logsumexp, m.reduce_max, m.reduce_mean, m.reduce_min, m.reduce_prod, m.reduce_std, m.reduce_sum,
                                    m.reduce_variance)]
    some += [m.reduce_sum(e, [1, 2]), m.reduce_mean(e, -1, True), m.reduce_all(a > 0.7, 1), m.reduce_any(a > 1.4, 1), m.argmax(a, 1), m.argmin(a, 1)]
    some += [tf.argsort(a), tf.sort(a), m.cumsum(a, 1), tf.norm(a, axis=1), tf.clip_by_value(a, 0.7, 1.2), tf.one_hot(i, 20), tf.identity(a),
             tf.stop_gradient(a), tf.zeros_like(a), tf.ones_like(a), tf.reshape(t.batch_flatten(e), (-1, 12)), t.cast_to_floatx(i), tf.cast(a * 3.0, "int32")]
    some += [tf.concat([a, b], 1), tf.stack([a, b], 2), tf.stack([a, b], axis=1), tf.expand_dims(a, -1), tf.squeeze(a[:, None], 1), tf.transpose(e, (0, 2, 1)),
             tf.reshape(e, (-1, 12)), tf.reverse(a, [1]), tf.tile(a, [1, 2]), tf.repeat(a, 2, axis=1), tf.broadcast_to(a[:1], [8, 4]),
             tf.split(a, 2, axis=1)[1], tf.split(a, [1, 2, 1], axis=1)[1], tf.unstack(e, axis=1)[2], tf.gather(e, [2, 0], axis=1),
             tf.nn.embedding_lookup(tf.reshape(tf.range(40.0), (20, 2)), i), t.gather(tf.reshape(tf.range(40.0), (20, 2)), i)]
    some += [tf.matmul(e, e, transpose_b=True), tf.matmul(e, e, transpose_a=True), tf.matmul(e, tf.ones((3, 2))), t.batch_dot(a, b, axes=1),
             tf.tensordot(e, tf.ones((3, 2)), [[2], [0]])]
    some += [e[:, 0, :], e[:, -1], e[:, ::2], a[:, tf.newaxis, 1:3]]
    flat = [L.Flatten()(tf.cast(one, "float32")) for one in some]
    numbers = np.random.default_rng(9).uniform(0.5, 1.5, (2, 8, 4)).astype("float32")
    model = keras.Model([a, b, i], L.Dense(1)(L.Concatenate()(flat) * 0.1))
    return model, [*numbers, ids(8, 4, 11)]


OPTIMIZERS = {"functions": keras.optimizers.SGD(0.001), "nadam": keras.optimizers.Nadam(0.01), "adafactor": keras.optimizers.Adafactor(0.1)}
ALL = (parts, in_each_other, texts, blind, nadam, adafactor, discretized, functions)
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
    if make is functions:
        packed(HERE / f"tf_keras_{make.__name__}.keras")
    model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    found["trained"] = model.predict(x, verbose=0)
    np.savez_compressed(HERE / f"tf_keras_{make.__name__}.npz", **found)
