# SPDX-License-Identifier: Apache-2.0
"""tensorboard.json: what keras.callbacks.TensorBoard writes, read by TensorBoard itself. It needs both:

    python3 -m venv .venv/tensorboard && .venv/tensorboard/bin/pip install keras-nightly==3.16.0.dev2026102704 tensorflow-cpu tensorboard
    KERAS_BACKEND=tensorflow .venv/tensorboard/bin/python tests/golden/make_tensorboard.py
"""
import pathlib
import tempfile

import golden
import keras
import numpy as np
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.util import tensor_util

X = np.array([[1, 2], [3, 4], [0, 1], [2, 2], [4, 0]])
Y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]], "float32")
TABLE = np.linspace(-1, 1, 10, dtype="float32").reshape(5, 2)
KERNEL = np.linspace(0.5, -0.25, 4, dtype="float32").reshape(4, 1)

CASES = [
    dict(fit=dict(epochs=2), options={}),
    dict(fit=dict(epochs=3, validation=True), options=dict(histogram_freq=2)),
    dict(fit=dict(epochs=2, validation=True), options=dict(update_freq="batch")),
    dict(fit=dict(epochs=2), options=dict(update_freq=3, write_graph=False)),
    dict(fit=dict(epochs=2), options=dict(update_freq=1, write_steps_per_second=True)),
    dict(fit=dict(epochs=1), options=dict(write_steps_per_second=True, write_graph=False), evaluate=True),
]


def made():
    model = keras.Sequential([keras.Input((2,), dtype="int32"), keras.layers.Embedding(5, 2, name="words"), keras.layers.Flatten(),
                              keras.layers.Dense(1, name="out")], name="m")
    model.set_weights([TABLE, KERNEL, np.zeros(1, "float32")])
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def events(folder):
    """[tag, plugin, step, value] of every event of the files of a folder, in their order."""
    found = []
    for path in sorted(pathlib.Path(folder).glob("events.*"), key=lambda path: path.stat().st_mtime_ns):
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                plugin = value.metadata.plugin_data.plugin_name
                array = tensor_util.make_ndarray(value.tensor) if value.HasField("tensor") else np.array(value.simple_value)
                kept = None if plugin == "graph_keras_model" or "per_second" in value.tag else array.tolist()
                found.append([value.tag, plugin, value.metadata.plugin_data.content.decode("latin1"),
                              event.step, kept])
    return found


def case(fit, options, evaluate=False):
    model = made()
    fit_options = dict(fit)
    if fit_options.pop("validation", False):
        fit_options["validation_data"] = (X[:3], Y[:3])
    with tempfile.TemporaryDirectory() as folder:
        callback = keras.callbacks.TensorBoard(folder, **options)
        model.fit(X, Y, batch_size=2, shuffle=False, verbose=0, callbacks=[callback], **fit_options)
        if evaluate:
            model.evaluate(X, Y, batch_size=2, verbose=0, callbacks=[callback])
        for writer in callback._writers.values():
            writer.flush()
        return {"fit": fit, "options": options, "evaluate": evaluate,
                "train": events(pathlib.Path(folder) / "train"), "validation": events(pathlib.Path(folder) / "validation")}


golden.write("tensorboard", [case(**one) for one in CASES])
