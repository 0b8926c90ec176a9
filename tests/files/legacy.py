# SPDX-License-Identifier: Apache-2.0
"""tf-keras (Keras 2, which TensorFlow 2.16 and later have beside Keras 3) opens the HDF5 files that Keratin writes, has the
weights to the bit, predicts the same and trains on with the same numbers:

    python -m venv tf && tf/bin/pip install tensorflow-cpu tf-keras
    PYTHONPATH=build/python/python tf/bin/python tests/files/legacy.py
"""
import os
import sys
import tempfile
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np

import keratin
from keratin import layers

try:
    import tf_keras
except ImportError:
    print("legacy: tf-keras is not there, and nothing is checked.")
    sys.exit(0)

DRAWN = np.random.default_rng(3)
IDS = DRAWN.integers(0, 20, size=(16, 6)).astype("int32")
NUMBERS = DRAWN.normal(size=(16, 6, 4)).astype("float32")
VECTORS = DRAWN.normal(size=(16, 4)).astype("float32")
# Some dozen float32 operations in another order; a step of training doubles that, and a quotient by a root of squares
# (Adam) of small gradients more.
RTOL, ATOL = 2e-5, 2e-6


def rows():
    """(name, layers, an input like those of the model)."""
    yield "embedding", [layers.Embedding(20, 4, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dense(3, "relu")], IDS
    for name in ("LSTM", "GRU", "SimpleRNN"):
        yield name, [layers.Embedding(20, 4), getattr(layers, name)(5)], IDS
    yield "bidirectional", [layers.Embedding(20, 4), layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
                            layers.GlobalMaxPooling1D()], IDS
    yield "distributed", [layers.Embedding(20, 4), layers.TimeDistributed(layers.Dense(3, "tanh", kernel_regularizer="l2")),
                          layers.TimeDistributed(keratin.Sequential([keratin.Input((3,)), layers.Dense(2)])), layers.Flatten()], IDS
    yield "convolution", [layers.Conv1D(4, 3, padding="same", activation="tanh"), layers.MaxPooling1D(2), layers.Flatten()], NUMBERS
    yield "separable", [layers.SeparableConv1D(4, 2), layers.Conv1DTranspose(3, 2, strides=2), layers.GlobalMaxPooling1D()], NUMBERS
    yield "normalized", [layers.Dense(6), layers.BatchNormalization(), layers.LeakyReLU(), layers.LayerNormalization()], VECTORS
    yield "activations", [layers.Dense(6, "gelu"), layers.PReLU(), layers.Dense(4, "softplus", kernel_regularizer="l2"),
                          layers.Dropout(0.0)], VECTORS


def graph():
    a, b = keratin.Input((6,), dtype="int32", name="a"), keratin.Input((4,), name="b")
    table = layers.Embedding(20, 4, name="table")
    x = layers.Concatenate()([layers.Flatten()(table(a)), layers.Add()([b, layers.Dense(4)(b)])])
    return keratin.Model([a, b], [layers.Dense(1, name="p")(x), layers.Dense(2, "softmax", name="q")(x)])


def check(name, model, x, y, optimizer):
    model.compile(optimizer, "mse", metrics=None)
    model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/model.h5"
        model.save(path)
        opened = tf_keras.models.load_model(path)
    for one, other in zip(model.get_weights(), opened.get_weights(), strict=True):
        assert np.array_equal(one, other), name

    def same(mine, theirs, what):
        lists = [one if isinstance(one, list) else [one] for one in (mine, theirs)]
        for one, other in zip(*lists, strict=True):
            np.testing.assert_allclose(other, one, rtol=RTOL, atol=ATOL, err_msg=f"{name}: {what}")
    same(model.predict(x, verbose=0), opened.predict(x, verbose=0), "predictions")
    histories = [each.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history["loss"] for each in (model, opened)]
    same(*map(np.array, histories), "losses")
    assert int(opened.optimizer.iterations) == int(model.optimizer.iterations) == 8, name


def main():
    warnings.simplefilter("ignore")
    count = 0
    for optimizer in ("sgd", "adam", "rmsprop"):
        for name, row, x in rows():
            model = keratin.Sequential([keratin.Input(x.shape[1:], dtype=str(x.dtype)), *row, layers.Dense(1)])
            check(f"{name}, {optimizer}", model, x, DRAWN.normal(size=(16, 1)).astype("float32"), optimizer)
            count += 1
        y = [DRAWN.normal(size=(16, n)).astype("float32") for n in (1, 2)]
        check(f"graph, {optimizer}", graph(), [IDS, VECTORS], y, optimizer)
        count += 1
    print(f"legacy: tf-keras {tf_keras.__version__} opens, has, predicts and trains on {count} models of Keratin's")


if __name__ == "__main__":
    main()
