#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast small models are, from C++ and from Python, against goals: prints a table, `./dev goals` builds what it takes.

    PYTHONPATH=build/python/python goals.py --worker build/bench/bench/small_worker [--only WORD] [--rounds 9]
        [--before small_worker of an older build]

Rounds go around all contestants of a row; a figure is the median of the rounds. "Began" is what was measured at
dcb7e693, or, with --before, what its small_worker says in the same rounds. Peers are Keras on JAX and on torch, in the
environment of the Python that runs this.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
import compare  # noqa: E402
import headlines  # noqa: E402
import python as from_python  # noqa: E402
import two_towers  # noqa: E402

THREADS = (1, 2, 4, 8, 16)
READERS = {2: 1.8, 16: 13}  # threads that read: the least multiple of one
BEHIND = {"mean": "Embedding and mean", "flatten": "Embedding and Flatten", "dense": "two Dense behind them"}
# title, work and arguments of small_worker, what it began at and is to reach, in seconds
CALLS = [("predict of one sample of 10 ids, C++", "predict", {"calls": 5000}, 2.7e-6, 1.5e-6),
         ("step of 32 headlines (324 ids), Adam, C++", "step", {"calls": 640}, 47e-6, 29e-6),
         ("its fixed part: one id a headline", "step", {"calls": 640, "ids": "one"}, 17e-6, 8e-6)]
# title, kind and calls of bench/peers/python.py, peers, what it began at, the least ratio to each
PEERS = ("keras-jax", "keras-torch")
RATIOS = [("small fit of 2,048 headlines", "headlines", 1, ("keras-jax",), "10.9x", 20),
          ("two towers on MovieLens, one epoch", "towers", 1, PEERS, "-", 20),
          ("a step with a layer of one's own, eager", "highway", 200, PEERS, "-", 5)]


def row(title, began, now, goal, reached):
    return f"| {title} | {began} | {now} | {goal} | {'reached' if reached else '**missed**'} |"


def of_call(title, work, arguments, began, goal, folder, options):
    arguments = {**arguments, "folder": folder, "threads": 1}
    contestants = [compare.Contestant("now", [options.worker, work], arguments)]
    if options.before:
        contestants.append(compare.Contestant("before", [options.before, work], arguments))
    compare.run(contestants, options.rounds)
    refuse_failures(title, contestants)
    before = contestants[-1].median if options.before else began
    now = contestants[0].median
    return row(title, compare.text_of(before), f"{compare.text_of(now)} ({before / now:.2f}x)",
               f"<= {compare.text_of(goal)}", now <= goal)


def of_predict(options):
    ours, = from_python.measured("one", 2000, options.rounds, peers=())
    refuse_failures("predict", [ours])
    return row("predict of one sample of 10 ids, Python", "5 us", compare.text_of(ours.median), "<= 4 us",
               ours.median <= 4e-6)


def of_threads(folder, options):
    """The step with more threads than cores too. Slower than one thread: by the median of its ratios a round."""
    contestants = [compare.Contestant(str(threads), [options.worker, "step"],
                                      {"calls": 640, "folder": folder, "threads": threads}) for threads in THREADS]
    compare.run(contestants, options.rounds)
    refuse_failures("threads", contestants)
    one, *_ = contestants
    ratios = [statistics.median(seconds / first for seconds, first in zip(contestant.seconds, one.seconds))
              for contestant in contestants]
    return row(f"that step, {', '.join(map(str, THREADS))} threads allowed, {os.cpu_count()} cores, as parts of 1 thread",
               "16: 2x of 2", ", ".join(f"{ratio:.2f}" for ratio in ratios), "<= 1.10 each", max(ratios) <= 1.1)


def of_readers(behind, options):
    """Predictions a second of threads on one model, as multiples of one thread's, on as many cores as there are."""
    counts = [count for count in THREADS if count <= (os.cpu_count() or 1)]
    contestants = [compare.Contestant(str(count), [options.worker, "readers"],
                                      {"calls": 100000, "threads": 1, "readers": count, "behind": behind}) for count in counts]
    compare.run(contestants, options.rounds)
    refuse_failures("readers", contestants)
    one, *_ = contestants
    ratios = {count: count * statistics.median(first / seconds for seconds, first in zip(contestant.seconds, one.seconds))
              for count, contestant in zip(counts, contestants)}
    wanted = {count: goal for count, goal in READERS.items() if count in ratios}
    return row(f"one sample a call, {', '.join(map(str, counts))} threads on one model, {BEHIND[behind]}, as multiples of 1 thread",
               "2: at most 1", f"{', '.join(f'{ratio:.2f}' for ratio in ratios.values())} of {1e-6 / one.median:.2f} M a second",
               "; ".join(f">= {goal} of {count}" for count, goal in READERS.items()),
               len(wanted) > 0 and all(ratios[count] >= goal for count, goal in wanted.items()))


def of_peers(title, kind, calls, peers, began, goal, options):
    rounds = min(options.rounds, 3) if kind == "towers" else options.rounds  # an epoch of Keras takes some seconds
    ours, *others = contestants = from_python.measured(kind, calls, rounds, peers)
    refuse_failures(title, contestants)
    ratios = [other.median / ours.median for other in others]
    cells = "; ".join(f"{other.name} {compare.text_of(other.median)}, **{ratio:.3g}x**" for other, ratio in zip(others, ratios))
    return row(title, began, f"{compare.text_of(ours.median)}; {cells}", f">= {goal}x", min(ratios) >= goal)


def of_weights(folder):
    """After an epoch from the same weights on the same batches. Float32 rounds in another order in each: Keratin is the
    same where it is no farther from either Keras than twice what they are from each other."""
    import numpy as np

    weights = {}
    for name in ("keratin", *PEERS):
        file = f"{folder}/{name}.npz"
        environment = {**os.environ, "KERAS_BACKEND": from_python.KERAS.get(name, "")}
        subprocess.run([sys.executable, two_towers.__file__, "keratin" if name == "keratin" else "keras", file],
                       check=True, env=environment, stdout=subprocess.DEVNULL)
        weights[name] = dict(np.load(file))

    def apart(one, other):
        """The largest distance of a weight, as a part of the largest weight of its tensor."""
        return max(float(np.abs(weights[one][key] - weights[other][key]).max() / np.abs(weights[one][key]).max())
                   for key in weights[one])

    theirs = apart(*PEERS)
    ours = {name: apart(name, "keratin") for name in PEERS}
    return row("the weights of the two towers after it: largest distance", f"JAX from torch {theirs:.1e}",
               "; ".join(f"from {name} {distance:.1e}" for name, distance in ours.items()), f"<= {2 * theirs:.1e}",
               max(ours.values()) <= 2 * theirs)


def refuse_failures(title, contestants):
    for contestant in contestants:
        if contestant.failure:
            raise SystemExit(f"{title}: {contestant.name}: {contestant.failure}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worker", required=True)
    parser.add_argument("--before", help="an older small_worker, measured in the same rounds")
    parser.add_argument("--only", default="", help="rows whose title contains this")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    print("| work | began | now | goal | |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        missing = headlines.write(folder)
        if missing:
            raise SystemExit(missing)
        rows = [(work[0], lambda work=work: of_call(*work, folder, options)) for work in CALLS]
        rows.append(("predict Python", lambda: of_predict(options)))
        rows.append(("threads", lambda: of_threads(folder, options)))
        rows += [("readers", lambda behind=behind: of_readers(behind, options)) for behind in BEHIND]
        rows += [(work[0], lambda work=work: of_peers(*work, options)) for work in RATIOS]
        rows.append(("weights of the two towers", lambda: of_weights(folder)))
        for title, measure in rows:
            if options.only in title:
                print(measure(), flush=True)


if __name__ == "__main__":
    main()
