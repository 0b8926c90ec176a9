# SPDX-License-Identifier: Apache-2.0
"""What Keras's callbacks decide on scripted sequences of logs, and the text they write."""
import io
import pathlib
import random
import sys
import tempfile
import types
import unittest.mock

import golden
import keras

CALLBACKS = keras.callbacks


class Model:
    """What the callbacks below ask of a model: weights that tell the epoch, a rate, the stop flag."""

    def __init__(self, rate=1.0):
        self.stop_training = False
        self.epoch = -1
        self.restored = None
        self.optimizer = keras.optimizers.SGD(rate)
        self.metrics = []

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.restored = weights


def run(callback, model, logs):
    """As fit: the epochs until one stops; returns those that ran and the rate after each."""
    callback.set_model(model)
    callback.set_params({"verbose": 0, "epochs": len(logs), "steps": 1})
    callback.on_train_begin({})
    rates = []
    for epoch, numbers in enumerate(logs):
        model.epoch = epoch
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, dict(numbers))
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    callback.on_train_end({})
    return rates


def sequences():
    draw = random.Random(3)
    yield "falls", [1 / (i + 1) for i in range(8)]
    yield "rises", [0.1 * i for i in range(8)]
    yield "stands", [0.5] * 12
    yield "falls then stands", [1.0, 0.8, 0.7, 0.69, 0.695, 0.69, 0.68999, 0.69, 0.69, 0.69, 0.69, 0.69]
    yield "with nan", [1.0, float("nan"), 0.9, float("nan"), float("nan"), 0.8, 0.7, 0.9, 0.9, 0.9]
    yield "below float32", [0.5, 0.5 - 1e-9, 0.5 - 2e-9, 0.5 - 1e-7, 0.5, 0.5]
    for k in range(6):
        yield f"noise {k}", [round(draw.uniform(0, 1), 3) for _ in range(15)]


def number(x):
    return x if x == x else "nan"


def early_stopping():
    options = [
        {},
        {"patience": 2},
        {"patience": 1, "min_delta": 0.05},
        {"patience": 2, "min_delta": -0.05},
        {"patience": 2, "mode": "max"},
        {"patience": 2, "baseline": 0.6},
        {"patience": 3, "baseline": 0.6, "mode": "max", "restore_best_weights": True},
        {"patience": 2, "restore_best_weights": True},
        {"patience": 0, "restore_best_weights": True, "start_from_epoch": 3},
        {"patience": 3, "start_from_epoch": 5, "mode": "min"},
    ]
    for chosen in options:
        for name, values in sequences():
            model = Model()
            callback = CALLBACKS.EarlyStopping(**chosen)
            ran = run(callback, model, [{"loss": 9.0, "val_loss": v} for v in values])
            yield {"callback": "EarlyStopping", "sequence": name, "values": [number(v) for v in values],
                   "options": chosen, "epochs": len(ran), "stopped_epoch": callback.stopped_epoch,
                   "best": None if callback.best is None else number(callback.best),
                   "best_epoch": callback.best_epoch, "restored": model.restored}


def reduce_lr():
    options = [
        {"patience": 2},
        {"patience": 0},
        {"patience": 1, "factor": 0.5, "cooldown": 2},
        {"patience": 2, "factor": 0.3, "min_delta": 0.1, "cooldown": 1},
        {"patience": 1, "factor": 0.1, "min_lr": 0.02},
        {"patience": 1, "mode": "max", "factor": 0.9},
    ]
    for chosen in options:
        for name, values in sequences():
            model = Model(0.25)
            callback = CALLBACKS.ReduceLROnPlateau(**chosen)
            rates = run(callback, model, [{"val_loss": v} for v in values])
            yield {"callback": "ReduceLROnPlateau", "sequence": name, "values": [number(v) for v in values],
                   "options": chosen, "rates": rates,
                   "best": None if callback.best is None else number(callback.best)}


def csv_logger():
    scripts = [
        [{"loss": 0.5, "accuracy": 0.25}, {"loss": 1e-05, "accuracy": 1.0}],
        [{"loss": 1 / 3, "val_loss": 1e17}, {"loss": 123456.789}],
        [{"loss": float("nan"), "acc": float("inf")}, {"loss": 2.0, "acc": -float("inf"), "val_loss": 0.1}],
        [{"loss": 0.0001, "b": 0.00009, "a": 1e16, "c": 9999999999999998.0, "d": -0.0, "e": 1.5e-300}],
    ]
    for logs in scripts:
        for separator, append in ((",", False), (";", True)):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "log.csv"
                for _ in range(2):  # the second run overwrites, or appends without a header
                    run(CALLBACKS.CSVLogger(path, separator=separator, append=append), Model(), logs)
                text = path.read_bytes().decode()
            yield {"callback": "CSVLogger", "separator": separator, "append": append, "text": text,
                   "logs": [[[k, v if v - v == 0 else str(v)] for k, v in epoch.items()] for epoch in logs]}


class Out(io.StringIO):
    def isatty(self):
        return True


def progbar():
    """Each script: options, then updates (seconds, current, values, finalize)."""
    values = [("accuracy", 0.5), ("loss", 0.25)]
    scripts = [
        ({"target": 10}, [(0.02, 1, values, False), (0.04, 2, values, False), (0.5, 3, values, False),
                          (2.25, 9, [("accuracy", 0.98765), ("loss", 0.00012345)], False),
                          (2.6, 10, [("accuracy", -0.98765), ("loss", -0.00012345)], True)]),
        ({"target": 1}, [(1.5, 1, [("loss", 12345.678)], False), (1.5, 1, [("loss", 12345.678)], True)]),
        ({"target": 2000}, [(3.0, 1, [], False), (6.0, 3, [], False), (9.0, 100, [("loss", 1.0)], False)]),
        ({"target": 7}, [(90.0, 1, values, False), (4000.0, 2, values, False), (4000.01, 3, values, False),
                         (4001.0, 7, [("a", 0.0)], True)]),
        ({"target": None}, [(0.1, 1, values, False), (0.2, 22, values, False), (0.3, 30, [("loss", 3.0)], True)]),
        ({"target": 4, "stateful_metrics": ["loss"]},
         [(0.1, 1, values, None), (0.2, 3, [("accuracy", 1.0), ("loss", 0.75)], None), (0.3, 4, values, None)]),
        ({"target": 4, "width": 7, "interval": 0.2, "unit_name": "sample"},
         [(0.0001, 1, values, None), (0.25, 2, [("loss", 1.0)], None), (0.3, 3, [("loss", 5.0)], None),
          (0.5, 3, [("loss", 5.0)], None)]),
        ({"target": 12, "verbose": 2}, [(0.1, 1, values, None), (61.2, 12, [("loss", -2.0), ("b", 0.001)], None)]),
    ]
    module = sys.modules["keras.src.utils.progbar"]
    for options, updates in scripts:
        clock = types.SimpleNamespace(now=1000.0)
        out = Out()
        with unittest.mock.patch.object(module.time, "time", lambda: clock.now), \
                unittest.mock.patch.object(sys, "stdout", out):
            stateless = {} if "stateful_metrics" in options or options.get("unit_name") else \
                {"stateless_metrics": []}
            bar = keras.utils.Progbar(**options, **stateless)
            for seconds, current, numbers, finalize in updates:
                clock.now = 1000.0 + seconds
                bar.update(current, numbers, finalize)
        # Keras also goes back by backspaces before its carriage return; they do nothing more.
        yield {"callback": "Progbar", "options": {**options, **stateless}, "updates": updates,
               "text": out.getvalue().replace("\b", "")}


golden.write("callbacks", [*early_stopping(), *reduce_lr(), *csv_logger(), *progbar()])
