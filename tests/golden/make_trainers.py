# SPDX-License-Identifier: Apache-2.0
"""History, weights, evaluate and predict of Keras's fit with a Dense layer, for its options."""
import golden
import numpy as np
import keras

draw = np.random.default_rng(7)
X = draw.normal(size=(11, 3)).astype("float32")
KERNEL = draw.normal(size=(3, 2)).astype("float32")
BIAS = draw.normal(size=(2,)).astype("float32")
Y = draw.normal(size=(11, 2)).astype("float32")
LABELS = draw.integers(0, 2, size=(11,))
WEIGHTS = draw.uniform(0, 2, size=(11,)).astype("float32")
X_VAL = draw.normal(size=(5, 3)).astype("float32")
Y_VAL = draw.normal(size=(5, 2)).astype("float32")
W_VAL = draw.uniform(0, 2, size=(5,)).astype("float32")

ARRAYS = {"y": Y, "labels": LABELS, "labels2": LABELS[:, None], "one_hot": np.eye(2, dtype="float32")[LABELS],
          "w1": WEIGHTS, "w2": WEIGHTS[:, None], "val": (X_VAL, Y_VAL), "val_w": (X_VAL, Y_VAL, W_VAL)}


def case(name, y="y", loss="mse", metrics=None, weighted_metrics=None, l2=None, activation=None,
         optimizer=None, **fit):
    layer = keras.layers.Dense(2, activation=activation, kernel_regularizer=l2 and keras.regularizers.L2(l2))
    model = keras.Sequential([keras.Input((3,)), layer])
    model.set_weights([KERNEL, BIAS])
    model.compile(keras.optimizers.SGD(0.1, **(optimizer or {})), loss, metrics=metrics,
                  weighted_metrics=weighted_metrics, run_eagerly=True)
    arguments = {key: ARRAYS[value] if isinstance(value, str) else value for key, value in fit.items()}
    history = model.fit(X, ARRAYS[y], shuffle=False, verbose=0, **arguments)
    weights = [golden.array(w) for w in model.get_weights()]
    evaluated = model.evaluate(X, ARRAYS[y], batch_size=4, verbose=0, return_dict=True,
                               sample_weight=arguments.get("sample_weight"))
    batch = model.train_on_batch(X[:4], ARRAYS[y][:4], return_dict=True)
    return {"name": name, "y": y, "loss": loss, "metrics": metrics or [],
            "weighted_metrics": weighted_metrics or [], "l2": l2, "softmax": activation == "softmax",
            "optimizer": optimizer or {}, "fit": fit, "history": history.history, "epoch": history.epoch,
            "weights": weights, "evaluate": {k: float(v) for k, v in evaluated.items()},
            "train_on_batch": {k: float(v) for k, v in batch.items()},
            "predict": golden.array(model.predict(X, verbose=0))}


sparse = {"y": "labels", "loss": "sparse_categorical_crossentropy", "activation": "softmax"}
cases = [
    case("plain", epochs=3),
    case("batches, the last one short", epochs=3, batch_size=4, metrics=["mae", "mse"]),
    case("one sample a batch", epochs=2, batch_size=1),
    case("sample_weight (B,)", epochs=2, batch_size=4, sample_weight="w1", metrics=["mae"], weighted_metrics=["mae"]),
    case("sample_weight (B, 1)", epochs=2, batch_size=4, sample_weight="w2", weighted_metrics=["mae", "mse"]),
    case("class_weight, labels (B,)", epochs=2, batch_size=4, class_weight={0: 0.25, 1: 3.0},
         metrics=["accuracy"], weighted_metrics=["accuracy"], **sparse),
    case("class_weight of one class, labels (B, 1)", epochs=2, batch_size=4, class_weight={1: 3.0},
         weighted_metrics=["accuracy"], **{**sparse, "y": "labels2"}),
    case("class_weight, one-hot", epochs=2, batch_size=4, class_weight={0: 0.5, 1: 2.0}, y="one_hot",
         loss="categorical_crossentropy", activation="softmax", metrics=["acc"]),
    case("crossentropy by shape, sparse", epochs=2, batch_size=4, **{**sparse, "loss": "crossentropy"}),
    case("crossentropy by shape, one-hot", epochs=2, batch_size=4, y="one_hot", loss="ce", activation="softmax",
         metrics=["accuracy"]),
    case("validation_split", epochs=3, batch_size=4, validation_split=0.3, metrics=["mae"]),
    case("validation_split with weights", epochs=2, batch_size=4, validation_split=0.25, sample_weight="w1",
         weighted_metrics=["mae"]),
    case("validation_data", epochs=3, batch_size=4, validation_data="val", validation_batch_size=2),
    case("validation_data with weights", epochs=3, batch_size=4, validation_data="val_w", weighted_metrics=["mae"]),
    case("validation_freq", epochs=5, batch_size=4, validation_data="val", validation_freq=2),
    case("validation_steps", epochs=2, batch_size=4, validation_data="val", validation_batch_size=2,
         validation_steps=2),
    case("steps_per_epoch within a pass", epochs=5, batch_size=2, steps_per_epoch=2),
    case("steps_per_epoch of half a pass", epochs=5, batch_size=2, steps_per_epoch=3),
    case("steps_per_epoch beyond a pass", epochs=3, batch_size=4, steps_per_epoch=5),
    case("initial_epoch", epochs=4, batch_size=4, initial_epoch=2),
    case("regularizer", epochs=3, batch_size=4, l2=0.05),
    case("names made unique", epochs=1, batch_size=4, metrics=["mae", "mae", "mse"],
         weighted_metrics=["mae", "mse", "mae"], sample_weight="w1"),
    case("momentum and averages", epochs=2, batch_size=4,
         optimizer={"momentum": 0.9, "use_ema": True, "ema_momentum": 0.8}),
]
golden.write("trainers", cases, x=golden.array(X), kernel=golden.array(KERNEL), bias=golden.array(BIAS),
             arrays={k: [golden.array(a) for a in (v if isinstance(v, tuple) else (v,))] for k, v in ARRAYS.items()})
