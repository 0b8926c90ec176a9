#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`keratin train` beside fastText's own command on the same files: whole processes, from start to end, the runs of the
two in turn. Prints wall and processor seconds, medians, and their ratios.

    python3 bench/train_speed.py build/demo/src/keratin/cli/keratin [--fasttext fasttext] [--rounds 5]

Two comparisons. "Own": each with its defaults; fastText trains on all texts, 5 epochs, width 100, on words, and writes its
model; keratin holds a fifth out, trains on the rest, on words, pairs and pieces of words, and judges. "Like": 5 epochs, width
100, on words between spaces, on all texts, no dropout. fastText writes its model there too: it has no way not to."""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

import train_defaults

LIKE = ["--ngrams", "1", "--subwords", "0", "--tokens", "words", "--filters", "", "--epochs", "5", "--output-dim", "100",
        "--dropout", "0", "--test-split", "0"]


def run(command):
    """(wall, processor) seconds of a process."""
    began, before = time.monotonic(), os.times()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return time.monotonic() - began, used


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--fasttext", default="fasttext")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print("| file | settings | keratin wall, CPU | fastText wall, CPU | ratio of walls | ratio of CPU |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, path in train_defaults.write_sets(folder).items():
            if name not in ("clickbait", "banking77", "sms"):
                continue
            lines = [line.split("\t", 1) for line in path.read_text(encoding="utf-8").split("\n") if line]
            path = path.with_suffix(".txt")
            path.write_text("".join(f"__label__{label} {text}\n" for label, text in lines), encoding="utf-8")
            theirs = [arguments.fasttext, "supervised", "-input", str(path), "-output", f"{folder}/model"]
            for words, options in (("own", []), ("like", LIKE)):
                ours = [arguments.program, "train", str(path), "-q", *options]
                rounds = [(*run(ours), *run(theirs)) for _ in range(arguments.rounds)]
                wall, used, their_wall, their_used = (statistics.median(column) for column in zip(*rounds))
                print(f"| {name} | {words} | {wall:.2f} s, {used:.2f} s | {their_wall:.2f} s, {their_used:.2f} s | "
                      f"{statistics.median(r[2] / r[0] for r in rounds):.2f} | "
                      f"{statistics.median(r[3] / r[1] for r in rounds):.2f} |", flush=True)


if __name__ == "__main__":
    main()
