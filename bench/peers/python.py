# SPDX-License-Identifier: Apache-2.0
"""`import keratin` beside `import keras` on each of its backends: appends a section to bench/RESULTS.md.

The same model, the same calls, the same data; a call is what a user types. Processes and rounds are those of
compare.py; each side has all cores. One fit is of real headlines, whose few common words are most of a batch, and
one of uniform ids, in which nearly every id of a batch is a row of its own. A layer of one's own is a step of the
Highway of README, eager everywhere.

    PYTHONPATH=build/python/python python.py [--only WORD] [--rounds 9] [--out bench/RESULTS.md]
"""
import argparse
import os
import pathlib
import subprocess
import statistics
import sys
import tempfile
import time

import headlines
import two_towers

KERAS = {"keras-tf": "tensorflow", "keras-jax": "jax", "keras-torch": "torch"}
VOCABULARY, STEPS, SAMPLES = 5000, 40, 2048

# title, kind, calls of Keratin in one measurement, the least ratio to every Keras
WORKS = [("predict of one sample, 10 ids", "one", 200, 100), ("predict of 32 x 10 ids", "batch", 200, 100),
         ("fit of a text classifier, 3 epochs of 2048 headlines", "headlines", 1, 20),
         ("the same of 2048 texts of 5 to 40 uniform ids, V = 5000", "uniform", 1, 20),
         ("two towers on MovieLens, an epoch of 100,836 ratings, batch 32", "towers", 1, 20),
         ("a step of 32 with a layer of one's own", "highway", 200, 5), ("import", "import", 1, None)]


def contestant(name, kind, calls):
    """Answers each line with the seconds of one call."""
    if kind == "import":
        measure = import_seconds(name)
    else:
        if name == "keratin":
            import keratin as keras
        else:
            import keras
        seconds = {"one": predict_seconds, "batch": predict_seconds, "towers": towers_seconds,
                   "highway": highway_seconds}.get(kind, fit_seconds)
        measure = seconds(keras, kind, calls)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(measure(), flush=True)


def predict_seconds(keras, kind, calls):
    import numpy as np

    model = keras.Sequential([keras.Input((10,), dtype="int32"), keras.layers.Embedding(1000, 64)])
    count, dice = 1 if kind == "one" else 32, np.random.default_rng(0)

    def measure():
        batches = dice.integers(1000, size=(calls, count, 10)).astype("int32")
        began = time.perf_counter()
        for batch in batches:
            model.predict(batch, verbose=0)
        return (time.perf_counter() - began) / calls

    return measure


def uniform_texts():
    """(ids, labels), made up."""
    import numpy as np

    dice = np.random.default_rng(0)
    x = dice.integers(1, VOCABULARY, size=(SAMPLES, STEPS)).astype("int32")
    x[np.arange(STEPS) >= dice.integers(5, STEPS + 1, size=(SAMPLES, 1))] = 0
    return x, (x % 7 == 3).any(axis=1).astype("float32")[:, None]


def headline_texts():
    """(ids, labels) of the first headlines of the training part."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        missing = headlines.write(folder)
        if missing:
            raise SystemExit(missing)
        labels, texts = headlines.read(pathlib.Path(folder) / "train.txt")
    labels, texts = labels[:SAMPLES], texts[:SAMPLES]
    number = {word: i for i, word in enumerate(sorted({word for text in texts for word in text}), start=1)}
    x = np.zeros((SAMPLES, max(map(len, texts))), "int32")
    for row, text in zip(x, texts):
        row[:len(text)] = [number[word] for word in text]
    return x, np.array(labels, "float32")[:, None]


def fit_seconds(keras, kind, calls):
    x, y = headline_texts() if kind == "headlines" else uniform_texts()
    model = keras.Sequential([
        keras.Input((x.shape[1],), dtype="int32"), keras.layers.Embedding(int(x.max()) + 1, 32, mask_zero=True),
        keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=1, verbose=0)  # what is compiled at the first call is not counted

    def measure():
        began = time.perf_counter()
        model.fit(x, y, epochs=3, verbose=0)
        return time.perf_counter() - began

    return measure


def towers_seconds(keras, kind, calls):
    data = two_towers.ratings()
    model = two_towers.model(keras, data)
    two_towers.epoch(model, [part[:64] for part in data])

    def measure():
        began = time.perf_counter()
        two_towers.epoch(model, data)
        return time.perf_counter() - began

    return measure


def highway_seconds(keras, kind, calls):
    import numpy as np

    class Highway(keras.layers.Layer):
        def build(self, input_shape):
            self.gate = keras.layers.Dense(input_shape[-1], "sigmoid")
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

        def call(self, x):
            g = self.gate(x)
            return g * x * self.scale + (1 - g) * x

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, activation="tanh"), Highway(),
                              keras.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    dice = np.random.default_rng(0)
    x, y = dice.normal(size=(32, 8)).astype("float32"), dice.normal(size=(32, 1)).astype("float32")

    def measure():
        began = time.perf_counter()
        for _ in range(calls):
            model.train_on_batch(x, y)
        return (time.perf_counter() - began) / calls

    return measure


def import_seconds(name):
    module = "keratin" if name == "keratin" else "keras"
    program = f"import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"

    def measure():
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return float(run.stdout.split()[-1])

    return measure


def measured(kind, calls, rounds, peers=tuple(KERAS)):
    """Keratin and its peers, each a Contestant that was measured."""
    from compare import Contestant, run

    contestants = []
    for name in ("keratin", *peers):
        own = calls if name == "keratin" else max(calls // 10, 1)
        # Compiled modules of Python are kept, as they are where pip installed them.
        environment = ["env", "-u", "PYTHONDONTWRITEBYTECODE", f"KERAS_BACKEND={KERAS.get(name, '')}", "JAX_PLATFORMS=cpu", "TF_CPP_MIN_LOG_LEVEL=3"]
        contestants.append(Contestant(name, [*environment, sys.executable, __file__],
                                      {"--contestant": name, "--kind": kind, "--calls": own}))
    run(contestants, rounds)
    return contestants


def compare(title, kind, calls, goal, rounds):
    from compare import text_of

    ours, *peers = measured(kind, calls, rounds)
    if ours.failure:
        raise SystemExit(f"{title}: {ours.failure}")
    cells, ratios = [], []
    for peer in peers:
        if peer.failure:
            cells.append(f"{peer.name}: did not run ({peer.failure})")
        else:
            ratios.append(peer.median / ours.median)
            cells.append(f"{peer.name} {text_of(peer.median)}, **{ratios[-1]:.3g}x**")
    verdict = "-"
    if goal and ratios:
        verdict = f"{goal}x every Keras: {'reached' if min(ratios) >= goal else '**missed**'}"
    elif kind == "import":
        verdict = f"below 100 ms: {'reached' if ours.median < 0.1 else '**missed**'}"
    return f"| {title} | {text_of(statistics.median(ours.seconds))} | {'; '.join(cells)} | {verdict} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="works whose title contains this")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", help="append here as well as to standard output")
    parser.add_argument("--contestant", help=argparse.SUPPRESS)
    parser.add_argument("--kind", help=argparse.SUPPRESS)
    parser.add_argument("--calls", type=int, help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.contestant:
        return contestant(options.contestant, options.kind, options.calls)
    works = [work for work in WORKS if options.only in work[0]]
    lines = ["", "## From Python", "",
             f"`import keratin` beside `import keras`; medians of {options.rounds} interleaved rounds, "
             f"{os.cpu_count()} cores on every side, small models: see bench/peers/python.py.", "",
             "| work | Keratin | peers | goals |", "|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    for work in works:
        lines.append(compare(*work, options.rounds))
        print(lines[-1], flush=True)
    if options.out and works:
        with pathlib.Path(options.out).open("a") as results:
            results.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
