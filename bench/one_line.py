# SPDX-License-Identifier: Apache-2.0
"""Keratin's table in other people's programs: a step of `fit` in real Keras with one changed line, bags in torch, the table from C.

    PYTHONPATH=build/python/python .venv/peers/bin/python bench/one_line.py [--only WORD] [--table build/bench/bench/table_bench]

Keras: Embedding-pooling-Dense, batch 256 x 20 uniform ids, D = 64, Adam; medians of single steps, of rounds that take turns within a process
a backend, two threads on every side. At V = 10^7 both sides do not fit beside each other, and have a process each. torch: sums of 512
ragged bags of 1 to 79 ids with weights, V = 10^6, on two threads and on one: torch's wait for each other in a loop, and on a core that somebody
else uses they wait long. C: bench/table_bench.cc. Rows whose package is not there are left out.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

import contest

WIDTH, BATCH, LENGTH, BAGS = 64, 256, 20, 512
GOALS = {("torch", 10**6): 15, ("jax", 10**6): 8, ("tensorflow", 10**6): 8, ("torch", 10**7): 100, ("jax", 10**7): 50, ("tensorflow", 10**7): 50}


def make_clock(keras):
    class Clock(keras.callbacks.Callback):
        """Seconds from the end of one batch to that of the next."""

        def __init__(self):
            super().__init__()
            self.times, self.last = [], None

        def on_epoch_begin(self, epoch, logs=None):
            self.last = None

        def on_train_batch_end(self, batch, logs=None):
            now = time.perf_counter()
            if self.last is not None:
                self.times.append(now - self.last)
            self.last = now
    return Clock()


def keras_steps(rounds, asked):
    """{"name V": median} of the models `asked`, "ours V" or "stock V", which take turns; the first round warms up."""
    import keras

    from keratin.keras import Embedding
    dice = np.random.default_rng(0)
    clocks, models = {}, {}
    for what in asked:
        name, rows = what.split()
        layer = Embedding if name == "ours" else keras.layers.Embedding
        models[what] = keras.Sequential([layer(int(rows), WIDTH), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)])
        models[what].compile("adam", "mse")
        clocks[what] = make_clock(keras)
    for turn in range(rounds + 1):
        for what, model in models.items():
            name, rows = what.split()
            count = BATCH * (60 if name == "ours" else 6 if int(rows) <= 10**6 else 3)
            inputs, targets = dice.integers(0, int(rows), (count, LENGTH)), dice.normal(size=(count, 1)).astype("float32")
            model.fit(inputs, targets, batch_size=BATCH, verbose=0, callbacks=[clocks[what]] if turn else [])
    return {what: statistics.median(clock.times) for what, clock in clocks.items()}


def measured(backend, rounds, *asked):
    """The same in a process of its own; nothing where the backend is not there."""
    run = subprocess.run([sys.executable, __file__, "--keras", json.dumps([rounds, asked])], stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"})
    return json.loads(run.stdout.splitlines()[-1]) if run.returncode == 0 else None


def verdict(reached):
    return "reached" if reached else "**missed**"


def keras_row(backend, rows, rounds):
    names = [f"ours {10**3}", f"ours {rows}", f"stock {rows}"]
    runs = [names] if rows <= 10**6 else [names[:2], names[2:]]
    times = {}
    for run in runs:
        found = measured(backend, rounds if rows <= 10**6 else min(rounds, 2), *run)
        if found is None:
            return None
        times.update(found)
    small, ours, stock = (times[name] for name in names)
    goal = GOALS[backend, rows]
    return (f"| step of `fit` in Keras on {backend}, one changed line, V = 10^{len(str(rows)) - 1} | {1e3 * ours:.3g} ms | keras.layers.Embedding "
            f"{1e3 * stock:.3g} ms, **{stock / ours:.3g}x**; ours at V = 10^3 {1e3 * small:.3g} ms, {ours / small:.2f} times that | "
            f"{goal}x: {verdict(stock >= goal * ours)}; at most 1.15 of V = 10^3: {verdict(ours <= 1.15 * small)} |")


# -- bags in torch ----------------------------------------------------------------------------------------------

def bag_work(name, width, threads):
    import torch
    torch.set_num_threads(threads)
    dice = np.random.default_rng(0)
    rows = 10**6

    def batches():
        while True:
            lengths = dice.integers(1, 80, BAGS)
            ids = dice.integers(0, rows, lengths.sum())
            offsets = np.concatenate([[0], np.cumsum(lengths)])
            yield [torch.from_numpy(part) for part in (ids, offsets, dice.random(len(ids), "float32"))]
    if name == "fbgemm":
        import fbgemm_gpu  # noqa: F401: it makes the operator
        from fbgemm_gpu.split_embedding_configs import EmbOptimType
        from fbgemm_gpu.split_table_batched_embeddings_ops_common import EmbeddingLocation, PoolingMode
        from fbgemm_gpu.split_table_batched_embeddings_ops_training import ComputeDevice, SplitTableBatchedEmbeddingBagsCodegen
        bag = SplitTableBatchedEmbeddingBagsCodegen([(rows, width, EmbeddingLocation.HOST, ComputeDevice.CPU)], pooling_mode=PoolingMode.SUM,
                                                    optimizer=EmbOptimType.EXACT_ROWWISE_ADAGRAD)
    else:
        if name == "keratin":
            import keratin
            from keratin.torch import EmbeddingBag
            keratin.config.set_num_threads(threads)
        else:
            EmbeddingBag = torch.nn.EmbeddingBag
        bag = EmbeddingBag(rows, width, mode="sum", include_last_offset=True)

    def call(batch):
        ids, offsets, weights = batch
        with torch.no_grad():
            return bag(ids, offsets, per_sample_weights=weights)
    endless = batches()
    contest.work(lambda line: contest.median_time(call, endless, 40))


def bag_row(width, threads, rounds):
    seen = contest.rounds(__file__, {name: [""] for name in ("keratin", "torch", "fbgemm")}, f"{width} {threads}", rounds)
    times = {name: statistics.median(found) for (name, _), found in seen.items()}
    if "torch" not in times:
        return None
    ours = times.pop("keratin")
    goals = {"torch": 1.4, "fbgemm": 1}
    return (f"| `keratin.torch.EmbeddingBag`, sum of 512 ragged bags with weights, V = 10^6, D = {width}, {threads} thread{'s'[:threads - 1]} | "
            f"{1e3 * ours:.3g} ms | "
            + "; ".join(f"{name} {1e3 * took:.3g} ms, **{took / ours:.3g}x**" for name, took in times.items()) + " | "
            + "; ".join(f"{goals[name]}x {name}: {verdict(took >= goals[name] * ours)}" for name, took in times.items()) + " |")


# -- the table from C --------------------------------------------------------------------------------------------

def table_rows(program, rounds):
    run = subprocess.run([program, "--benchmark_format=json", f"--benchmark_repetitions={rounds}", "--benchmark_enable_random_interleaving=true"],
                         check=True, stdout=subprocess.PIPE, text=True)
    found = {entry["run_name"]: entry["real_time"] for entry in json.loads(run.stdout)["benchmarks"] if entry.get("aggregate_name") == "median"}

    def of(*words):
        return next(took for name, took in found.items() if all(word in name for word in words))
    looked_up, copied, small, large = of("lookup/"), of("copy_loop/"), of("step/1000000/"), of("step/10000000/")
    return [f"| lookup of 4,096 ids from C into the caller's buffer, V = 10^6, one thread | {looked_up:.3g} us | copy loop {copied:.3g} us, "
            f"**{copied / looked_up:.2f}x** | 1x copy: {verdict(copied >= looked_up)} |",
            f"| step of 320 ids from C, Adam, V = 10^7 | {large:.3g} us | V = 10^6: {small:.3g} us | at most 60 us: {verdict(large <= 60)} |"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="works whose name contains this: torch 1000000, ..., bags, table")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--table", default="build/bench/bench/table_bench", help="the program of bench/table_bench.cc")
    parser.add_argument("--out", help="append here as well as to standard output")
    parser.add_argument("--keras", help=argparse.SUPPRESS)
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    given, _ = parser.parse_known_args()
    if given.work:
        return bag_work(given.work[0], *map(int, given.work[1].split()))
    if given.keras:
        return print(json.dumps(keras_steps(*json.loads(given.keras))))
    works = [(f"{backend} {rows}", lambda backend=backend, rows=rows: [keras_row(backend, rows, given.rounds)]) for backend, rows in GOALS]
    works += [("bags", lambda: [bag_row(width, threads, given.rounds) for width in (WIDTH, 128) for threads in (2, 1)]),
              ("table", lambda: table_rows(given.table, given.rounds))]
    head = [f"Medians of {given.rounds} rounds in turn, 2 threads on every side but where it is said: see bench/one_line.py.", "",
            "| work (D = 64 and float32 unless said) | Keratin | peers | goals |", "|---|---|---|---|"]
    rows = (row for name, work in works if given.only in name for row in work() if row is not None)
    contest.report("One changed line", head, rows, given.out)


if __name__ == "__main__":
    main()
