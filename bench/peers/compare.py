# SPDX-License-Identifier: Apache-2.0
"""Keratin and its peers at the same work, in turn: writes bench/RESULTS.md.

Every contestant is a process of its own that holds its table and answers with the seconds of one call
with fresh ids. Rounds go around all of them, so that the machine's moods meet each alike; a figure is the
median of the rounds. Contestants that could not run are named with the reason.

    compare.py --worker build/bench/bench/worker [--only WORD] [--rounds 9] [--out bench/RESULTS.md]
"""
import argparse
import datetime
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

import headlines

HERE = pathlib.Path(__file__).parent
KERAS = ["keras-tf", "keras-jax", "keras-torch"]


class Contestant:
    """A process that measures one piece of work."""

    def __init__(self, name, command, arguments):
        self.name = name
        self.seconds, self.accuracies = [], []
        self.failure = None
        words = command + [f"{key}={value}" for key, value in arguments.items()]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline().strip()
        while line and line != "ready" and not re.fullmatch(r"[0-9.e+-]+( [0-9.e+-]+)?", line):
            line = self.process.stdout.readline().strip()  # what a peer prints by itself
        if not line:
            text = self.process.stderr.read().strip().splitlines()
            self.failure = text[-1][:160] if text else f"ended with {self.process.wait()}"
        return line

    def measure(self, keep):
        if self.failure:
            return
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.answer()
        if keep and not self.failure:
            seconds, *accuracy = map(float, line.split())
            self.seconds.append(seconds)
            self.accuracies += accuracy

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def accuracy(self):
        return statistics.median(self.accuracies) if self.accuracies else None

    def shown(self, seconds):
        return text_of(seconds) + (f" ({self.accuracy:.2f} %)" if self.accuracies else "")


class Work:
    """One row of the results: `peers` are (name, extra arguments); `goals` (peers' names, ratio).

    Peers run `together` at a time beside Keratin: as many tables as the memory holds. Where the work is a
    training, a goal counts only at the accuracy of the peer, as far as the held-out headlines can tell.
    """
    SAME_ACCURACY = 0.2  # percentage points; the standard error of 98 % right of 6,400 is 0.17

    def __init__(self, title, kind, arguments, peers, goals, together=4):
        self.title, self.kind, self.arguments, self.peers, self.goals = title, kind, arguments, peers, goals
        self.together = together


def works():
    big = {"rows": 10_000_000, "width": 64}
    million = {"rows": 1_000_000, "width": 64}
    lookups = [("copy", {}), ("torch", {})]
    result = [Work("lookup of 10^6 uniform ids, V = 10^7", "lookup", {**big, "count": 1_000_000},
                   lookups + [("keras-tf", {}), ("keras-jax", {}), ("keras-torch", {})],
                   [(["copy"], 0.85), (["torch"] + KERAS, 1.5)], together=3)]
    for width in (16, 64, 128, 300):
        result.append(Work(f"lookup of 10^6 Zipf ids, V = 10^6, D = {width}", "lookup",
                           {"rows": 1_000_000, "width": width, "count": 1_000_000, "law": "zipf"},
                           lookups + [("keras-tf", {}), ("keras-jax", {}), ("keras-torch", {})],
                           [(["torch"] + KERAS, 1.3)]))
    for width in (64, 128):
        for precision in ("float32", "float16"):
            size = 4 if precision == "float32" else 2
            # A table of 6 GiB whatever the precision would not leave room for three of them.
            rows = 6 * 2 ** 30 // (4 * width)
            result.append(Work(f"mean of 40 uniform ids, batch 2048, {rows * width * size / 2 ** 30:.0f} GiB, "
                               f"D = {width}, {precision}", "pooled",
                               {"rows": rows, "width": width, "batch": 2048, "bag": 40, "precision": precision},
                               [("torch", {}), ("fbgemm", {}), ("fbgemm-huge", {})],
                               [(["fbgemm-huge"], 1.0), (["fbgemm"], 1.4), (["torch"], 2.0)],
                               together=1))
    result.append(Work("step of 320 uniform ids, Adam, V = 10^6", "step",
                       {**million, "count": 320, "optimizer": "adam"},
                       [(name, {}) for name in KERAS] + [("torch", {"flavour": "dense"})], [(KERAS, 1000)]))
    result.append(Work("step of 65,540 Zipf ids, Adam, V = 10^7", "step",
                       {**big, "count": 65_540, "optimizer": "adam", "law": "zipf"},
                       [("torch", {"flavour": "sparse"})], [(["torch"], 1.5)]))
    for optimizer in ("sgd", "adagrad", "rmsprop", "adamw"):
        sparse = {"flavour": "sparse" if optimizer in ("sgd", "adagrad") else "dense"}
        result.append(Work(f"step of 320 uniform ids, {optimizer}, V = 10^6", "step",
                           {**million, "count": 320, "optimizer": optimizer},
                           [(name, {}) for name in KERAS] + [("torch", sparse)], []))
    result.append(Work("step of 320 uniform ids, Adam with l2, V = 10^6", "step",
                       {**million, "count": 320, "optimizer": "adam", "regularizer": "l2"},
                       [(name, {}) for name in KERAS], [(KERAS, 5)]))
    return result


def trainings(folder):
    """The whole training of a text classifier on the files that headlines.py wrote to `folder`."""
    given = {"folder": folder, "batch": 32, "epochs": 2}
    yield Work("fit of a text classifier, 2 epochs of 25,600 headlines, batch 32, Adam, on ids", "fit",
               {**given, "width": 64, "units": 16, "rate": 0.001}, [(name, {}) for name in KERAS],
               [(KERAS, 20)])
    yield Work("the same from a file of texts to a model, D = 16, no hidden units; fastText with its own settings",
               "train", {**given, "width": 16, "units": 0, "rate": 0.01}, [("fasttext", {})],
               [(["fasttext"], 1)])


def own_works():
    """Ours against ours: (kind, title, first arguments, second arguments, ratio of seconds, goal)."""
    big, million = {"rows": 10_000_000, "width": 64}, {"rows": 1_000_000, "width": 64}
    adam = {"optimizer": "adam"}
    for count in (320, 65_540):
        yield ("step", f"step of {count:,} uniform ids, Adam: V = 10^7 against V = 10^6",
               {**big, **adam, "count": count}, {**million, **adam, "count": count}, {}, {}, "at most", 1.3)
    for law in ("zipf", "uniform"):
        yield ("step", f"step of 65,540 {law} ids, Adam, V = 10^7: one thread against two",
               {**big, **adam, "count": 65_540, "law": law}, {**big, **adam, "count": 65_540, "law": law},
               {"threads": 1}, {"threads": 2}, "at least", 1.7)
    table = {"rows": 300_000, "width": 32, "steps": 1000}
    sleepers = {"rows": 5_000, "width": 32, "steps": 24_000, "trained": 2_500, "asked": 1_000}
    kinds = (("Nadam", {"optimizer": "Nadam"}), ("Ftrl", {"optimizer": "Ftrl"}),
             ("Adam with use_ema", {"optimizer": "Adam", "ema": "yes"}),
             ("Adam with a norm constraint along axis 1", {"optimizer": "Adam", "constraint": "max_norm"}))
    for shown, options in kinds:
        yield ("read", f"all rows after 1,000 steps of 32 ids, V = 300,000, D = 32: {shown} against Adam",
               {**table, **options}, {**table, "optimizer": "Adam"}, {}, {}, "at most", 10)
    for shown, options in kinds:
        yield ("read", f"1,000 rows that have slept for 23,760 steps, V = 5,000, D = 32: {shown} against Adam",
               {**sleepers, **options}, {**sleepers, "optimizer": "Adam"}, {}, {}, "at most", 15)
    unseen = {**sleepers, "rows": 1_000_000, "drawn": "on_demand"}
    yield ("read", "1,000 rows on demand that no step touched, after 24,000 steps, D = 32: Nadam against Adam",
           {**unseen, "optimizer": "Nadam"}, {**unseen, "optimizer": "Adam"}, {}, {}, "at most", 5)


def text_of(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def run(contestants, rounds):
    for round_ in range(rounds + 1):  # the first warms up
        for contestant in contestants:
            time.sleep(0.25)  # until the threads of the one before no longer wait by spinning
            contestant.measure(keep=round_ > 0)
    for contestant in contestants:
        contestant.end()


def calls_for(name, work):
    """Ours are measured several at a time, for about as long as one call of a peer takes: what the first
    call after a pause costs is then as small a part on both sides."""
    if name != "keratin" or work.arguments.get("count") != 320:
        return 1
    return 4 if work.arguments.get("regularizer") else 300


def compare(work, options):
    def start(name, extra):
        own = name in ("keratin", "copy")
        kind = "copy" if name == "copy" else work.kind
        command = [options.worker, kind] if own else [sys.executable, str(HERE / "peer.py"), name, kind]
        return Contestant(name, command, {**work.arguments, **extra, "threads": options.threads,
                                          "calls": calls_for(name, work)})

    ratios, cells, own, worse = {}, [], [], set()
    for first in range(0, len(work.peers), work.together):
        peers = work.peers[first:first + work.together]
        contestants = [start("keratin", {})] + [start(name, extra) for name, extra in peers]
        run(contestants, options.rounds)
        ours = contestants[0]
        if ours.failure:
            raise SystemExit(f"{work.title}: {ours.failure}")
        own += ours.seconds
        for peer, (name, extra) in zip(contestants[1:], peers):
            shown = name + (f" ({extra['flavour']})" if extra else "")
            if peer.failure:
                cells.append(f"{shown}: did not run ({peer.failure})")
                continue
            ratios[name] = peer.median / ours.median
            if peer.accuracies and ours.accuracy < peer.accuracy - work.SAME_ACCURACY:
                worse.add(name)
            cells.append(f"{shown} {peer.shown(peer.median)}, **{ratios[name]:.3g}x**")
    verdicts = []
    for names, goal in work.goals:
        reached = [ratios[name] for name in names if name in ratios]
        if reached:
            verdict = "reached" if min(reached) >= goal and not worse & set(names) else "**missed**"
            verdicts.append(f"{goal:g}x {'every ' if len(names) > 1 else ''}"
                            f"{'Keras' if names == KERAS else 'peer' if len(names) > 1 else names[0]}: {verdict}")
    return (f"| {work.title} | {ours.shown(statistics.median(own))} | {'; '.join(cells)} | "
            f"{'; '.join(verdicts) or '-'} |")


def compare_own(kind, title, first, second, first_extra, second_extra, sense, goal, options):
    calls = {"calls": 1 if kind == "read" else 300 if first["count"] == 320 else 3}

    def start(arguments, extra):
        return Contestant("keratin", [options.worker, kind],
                          {**arguments, "threads": options.threads, **calls, **extra})
    a, b = start(first, first_extra), start(second, second_extra)
    run([a, b], options.rounds)
    ratio = a.median / b.median
    reached = ratio <= goal if sense == "at most" else ratio >= goal
    return (f"| {title} | {text_of(a.median)} | {text_of(b.median)} | {ratio:.2f} | "
            f"{sense} {goal}: {'reached' if reached else '**missed**'} |")


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    pages = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return (f"{model[1] if model else platform.processor()}, {os.cpu_count()} cores, "
            f"{int(memory[1]) / 2 ** 20:.0f} GiB; {platform.system()} {platform.release()}; huge pages: "
            f"{pages.read_text().strip() if pages.exists() else 'none'}")


def versions():
    from importlib import metadata
    found = []
    for package in ("torch", "keras-nightly", "tensorflow-cpu", "jax", "fbgemm-gpu-cpu", "fasttext", "numpy"):
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} not installed")
    return ", ".join(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worker", required=True)
    parser.add_argument("--only", default="", help="works whose title contains this")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--out", help="write here as well as to standard output")
    options = parser.parse_args()

    lines = ["# Results", "",
             f"Written by `./dev bench` on {datetime.date.today()}; medians of {options.rounds} interleaved rounds, fresh ids "
             f"at every call, {options.threads} threads on every side. A ratio above 1 says that Keratin is faster.", "",
             f"Machine: {machine()}.", "", f"Peers: {versions()}.", "",
             "| work (D = 64 and float32 unless said) | Keratin | peers | goals |", "|---|---|---|---|"]

    def say(line):
        lines.append(line)
        print(line, flush=True)

    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        missing = headlines.write(folder)
        if missing:
            print(f"no training of a text classifier: {missing}", file=sys.stderr)
        for work in works() + ([] if missing else list(trainings(folder))):
            if options.only in work.title:
                began = time.time()
                say(compare(work, options))
                print(f"  ({time.time() - began:.0f} s)", file=sys.stderr, flush=True)
    own = [arguments for arguments in own_works() if options.only in arguments[1]]
    if own:
        for line in ("", "| Keratin against itself | first | second | first / second | goal |", "|---|---|---|---|---|"):
            say(line)
        for arguments in own:
            say(compare_own(*arguments, options))
    notes = HERE / "notes.md"
    lines += ["", notes.read_text().strip()] if notes.exists() else []
    if options.out:
        pathlib.Path(options.out).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
