# SPDX-License-Identifier: Apache-2.0
"""Models in files: how long it takes to load 100 layers, to open a large table and ask it, and to save one. One process a
contestant, in interleaved rounds; medians.

    PYTHONPATH=build/python/python .venv/parity/bin/python bench/files.py [--worker build/bench/bench/small_worker] [--rounds 9]

Goals: 100 layers (5 MB) in a fiftieth of what Keras takes and a tenth of what h5py and numpy take to read the arrays; a table of
136 MB opened and asked for 128 ids within 1 ms, in 10 MB of memory of one's own; 1 GB saved at 0.8 of the disk's own speed, and
to /dev/shm at 0.6 of a copy in memory.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

import numpy as np

import contest

ROWS = 136 * 2**20 // (4 * 64)


def private_megabytes():
    """What this process has of memory for itself."""
    lines = pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Dirty", "Private_Clean"))) / 1024


def h5py_arrays(path):
    import io
    import json
    import zipfile

    import h5py
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            found = []
            file.visititems(lambda _, one: found.append(np.asarray(one)) if isinstance(one, h5py.Dataset) else None)
    return config, found


def calls_of(name, folder):
    """{line: call} of a contestant."""
    layers, table, gigabyte = (f"{folder}/{one}.keras" for one in ("layers", "table", "saved"))
    if name == "h5py":
        return {"load": lambda: h5py_arrays(layers)}
    if name == "disk":  # what any program can: the bytes, and on the disk
        data = np.ones(2**28, "float32")

        def written(path, sync):
            with open(path, "wb", buffering=0) as file:
                for at in range(0, data.nbytes, 2**24):
                    file.write(data.view("uint8")[at:at + 2**24])
                if sync:
                    os.fsync(file.fileno())
            os.remove(path)
        other = np.empty_like(data)
        return {"save": lambda: written(f"{folder}/raw", True), "shm": lambda: np.copyto(other, data)}
    if name == "keras":
        import keras
        return {"load": lambda: keras.saving.load_model(layers)}
    import keratin
    from keratin import layers as of
    ids = np.arange(128).reshape(128, 1)
    large = keratin.Sequential([of.Embedding(2**22, 64, embeddings_initializer="ones")])
    large.build((None, 1))

    def saved(path):
        large.save(path)
        os.remove(path)
    return {"load": lambda: keratin.saving.load_model(layers),
            "answer": lambda: keratin.saving.load_model(table).predict_on_batch(ids),
            "save": lambda: saved(gigabyte), "shm": lambda: saved("/dev/shm/keratin_saved.keras")}


def work(name, folder):
    if name.endswith("small_worker"):
        os.execv(name, [name, os.environ["WORK"], "calls=1", "threads=2", f"path={folder}"])
    calls = calls_of(name, folder)

    def answer(line):
        start = time.perf_counter()
        calls[line]()
        return time.perf_counter() - start
    contest.work(answer)


def written(folder):
    """The files that are read, of Keratin's writing: aligned, as ordinary files of Keras's are not always."""
    import keratin
    from keratin import layers
    model = keratin.Sequential([keratin.Input((112,)), *(layers.Dense(112, activation="relu") for _ in range(100))])
    model.compile("adam", "mse")
    model.save(f"{folder}/layers.keras")
    table = keratin.Sequential([layers.Embedding(ROWS, 64, input_length=1)])
    table.save(f"{folder}/table.keras")
    before = private_megabytes()
    again = keratin.saving.load_model(f"{folder}/table.keras")
    again.predict_on_batch(np.arange(128).reshape(128, 1))
    print(f"memory of its own for the table: {private_megabytes() - before:.1f} MB")


def report(title, seen, of):
    mine = seen[of]
    for name, times in seen.items():
        ratio = statistics.median(other / one for other, one in zip(times, mine))
        print(f"{title:8} {name[0]:12} {1e3 * statistics.median(times):10.3f} ms ({1e3 * min(times):.3f} to {1e3 * max(times):.3f}), "
              f"{ratio:.2f} of {of[0]}'s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worker", default="", help="small_worker: from C++ too")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="load answer save shm")
    options = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "jax")
    with tempfile.TemporaryDirectory(dir=os.environ.get("KERATIN_BENCH_FOLDER")) as folder:
        written(folder)
        for line, names in (("load", ("keratin", "keras", "h5py")), ("answer", ("keratin",)), ("save", ("keratin", "disk")),
                            ("shm", ("keratin", "disk"))):
            if line not in options.only.split():
                continue
            seen = contest.rounds(__file__, {name: (line,) for name in names}, folder, options.rounds)
            if options.worker and line in ("load", "answer"):
                os.environ["WORK"] = line
                file = f"{folder}/{'layers' if line == 'load' else 'table'}.keras"
                cpp = contest.rounds(__file__, {os.path.abspath(options.worker): (line,)}, file, options.rounds)
                seen.update({("c++", line): times for times in cpp.values()})
            report(line, seen, ("c++", line) if ("c++", line) in seen else ("keratin", line))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], sys.argv[3])
    else:
        main()
