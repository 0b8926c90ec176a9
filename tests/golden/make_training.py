# SPDX-License-Identifier: Apache-2.0
"""training.json: whole models trained batch by batch in Keras: logs and weights after every step.

On the torch backend, because there a mask stays with the predictions, so that losses and metrics see it.
"""
import os

os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
from golden import array, keras, write

rng = np.random.default_rng(31)
L = keras.layers


def padded(batch, steps, vocabulary):
    x = rng.integers(1, vocabulary, (batch, steps))
    for row in x:
        length = int(rng.integers(1, steps + 1))
        row[: steps - length] = 0  # pad_sequences pads in front
    return x.astype("int32")


def case(what, layers, x, y, optimizer, loss, metrics=(), weighted_metrics=(), sample_weight=None, steps=12,
         batch=4):
    keras.utils.clear_session()
    model = keras.Sequential(layers, name="model")
    model.build((None, *x.shape[1:]))
    for v in model.variables:
        v.assign(rng.standard_normal(v.shape).astype("float32") * 0.3)
    initial = [array(w) for w in model.get_weights()]
    model.compile(keras.optimizers.deserialize(optimizer), loss=loss, metrics=list(metrics),
                  weighted_metrics=list(weighted_metrics), run_eagerly=True)
    log = []
    for step in range(steps):
        at = (step * batch) % len(x)
        part = slice(at, at + batch)
        w = None if sample_weight is None else sample_weight[part]
        logs = model.train_on_batch(x[part], y[part], sample_weight=w, return_dict=True)
        log.append({"logs": {k: float(v) for k, v in logs.items()}})
    evaluated = model.evaluate(x, y, batch_size=5, sample_weight=sample_weight, verbose=0, return_dict=True)
    return {"what": what, "model": keras.saving.serialize_keras_object(model)["config"],
            "build_input_shape": [None, *x.shape[1:]],
            "optimizer": optimizer, "loss": loss, "metrics": list(metrics), "weighted_metrics": list(weighted_metrics),
            "x": array(x), "y": array(y), "sample_weight": None if sample_weight is None else array(sample_weight),
            "batch": batch, "initial": initial, "steps": log,
            "weights": [array(w) for w in model.get_weights()],
            "prediction": array(np.asarray(model.predict(x, verbose=0))),
            "evaluate": {k: float(v) for k, v in evaluated.items()}}


def adam(rate):
    return {"class_name": "Adam", "config": {"learning_rate": rate}}


def sgd(rate, **more):
    return {"class_name": "SGD", "config": {"learning_rate": rate, **more}}


x = padded(12, 6, 20)
two = rng.integers(0, 2, (12, 1)).astype("float32")
three = rng.integers(0, 3, (12,)).astype("int32")
tags = rng.integers(0, 3, (12, 6)).astype("int32")
weights = rng.uniform(0.2, 2, (12,)).astype("float32")

cases = [
    case("masked text classifier",
         [L.Embedding(20, 4, mask_zero=True), L.GlobalAveragePooling1D(), L.Dense(5, activation="relu"),
          L.Dense(1, activation="sigmoid")], x, two, adam(0.05), "binary_crossentropy", ["accuracy", "AUC"]),
    case("one label a step, masked",
         [L.Embedding(20, 4, mask_zero=True), L.Dense(3, activation="softmax")], x, tags, sgd(0.5),
         "sparse_categorical_crossentropy", ["accuracy"]),
    case("sample weights and weighted metrics",
         [L.Embedding(20, 4), L.GlobalMaxPooling1D(), L.Dense(3, activation="softmax")], x, three,
         sgd(0.2, momentum=0.9), "sparse_categorical_crossentropy", ["acc"], ["accuracy"], weights),
    case("regularizers, constraint, activity regularizer",
         [L.Embedding(20, 3, embeddings_regularizer=keras.regularizers.L1L2(0.01, 0.02),
                      embeddings_constraint=keras.constraints.MaxNorm(1.0, axis=1)),
          L.Flatten(), L.Dense(2, kernel_regularizer="l2", activity_regularizer=keras.regularizers.L2(0.1))],
         x, rng.standard_normal((12, 2)).astype("float32"), sgd(0.1), "mse", ["mae"]),
    case("frozen table",
         [L.Embedding(20, 3, trainable=False), L.Flatten(), L.Dense(2)], x,
         rng.standard_normal((12, 2)).astype("float32"), adam(0.01), "huber"),
]
write("training", cases)
