#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which defaults `keratin train` should have: trains with each cell of a small grid on the six labelled sets of
../shared/data, judged on a part of the *training* texts (a fifth of every class is held out first, is never looked
at here, and stays what the user is shown), and writes a table.

    python3 bench/train_defaults.py build/demo/src/keratin/cli/keratin [--seeds 3] [--out bench/train_defaults.md]

The accuracy of every epoch comes with one run, so epochs cost nothing. A seed draws split, weights and order."""
import argparse
import csv
import gzip
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

DATA = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"
EPOCHS = 15  # of a stage; of the finals FINAL_EPOCHS
FINAL_EPOCHS = 8


def lines_of(path):
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]


def sms():
    return [line.split("\t", 1) for line in lines_of(DATA / "sms-spam-collection" / "SMSSpamCollection")]


def sentiment(site):
    rows = lines_of(DATA / "sentiment-labelled-sentences" / f"{site}_labelled.txt")[1:]
    return [line.rsplit("\t", 1)[::-1] for line in rows]


def clickbait():
    folder = DATA / "clickbait-headlines"
    return [(label, text) for label in ("clickbait", "non_clickbait")
            for text in gzip.open(folder / f"{label}_data.gz", "rt", encoding="utf-8")]


def banking77():
    with open(DATA / "banking77" / "train.csv", encoding="utf-8", newline="") as file:
        return [(label, text) for text, label in list(csv.reader(file))[1:]]


def names():
    return [(path.stem, name) for path in sorted((DATA / "names-by-language").glob("*.txt"))
            for name in lines_of(path)]


def wnut17():
    """Sentences, by what their first entity is."""
    rows = []
    text = (DATA / "wnut17-ner" / "wnut17train.conll").read_text(encoding="utf-8")
    for sentence in text.split("\n\n"):
        tokens = [line.split("\t") for line in sentence.splitlines() if "\t" in line]
        tags = [tag.strip()[2:] for _, tag in tokens if tag.strip() != "O"]
        rows.append((tags[0] if tags else "none", " ".join(word for word, _ in tokens)))
    return rows


# Three files of one set count together as one.
SETS = {"sms": sms, "amazon": lambda: sentiment("amazon_cells"), "imdb": lambda: sentiment("imdb"),
        "yelp": lambda: sentiment("yelp"), "clickbait": clickbait, "banking77": banking77, "names": names,
        "wnut17": wnut17}
SENTIMENT = ("amazon", "imdb", "yelp")

# What is tried, by stages: each varies what the ones before it left best. Ends of lists are no winners.
BEFORE = {"--ngrams": 1, "--subwords": 3, "--units": 64, "--dropout": 0.3, "--output-dim": 64,
          "--learning-rate": 0.003, "--batch-size": 32, "--num-words": 20000}
STAGES = [
    ("what a token is, and hidden units",
     [{"--ngrams": n, "--subwords": s, "--units": u, "--num-words": 0 if n > 1 else 20000}
      for n, s in ((1, 3), (2, 0), (2, 3)) for u in (0, 64)]),
    ("dropout", [{"--dropout": d} for d in (0.0, 0.3, 0.5)]),
    ("learning rate", [{"--learning-rate": r} for r in (0.001, 0.003, 0.01, 0.03)]),
    ("width", [{"--output-dim": d} for d in (16, 32, 64, 128)]),
    ("batch", [{"--batch-size": b} for b in (16, 32, 64, 128)]),
    ("how many tokens are known", [{"--num-words": n} for n in (0, 20000, 100000)]),
]


# Of what the stages say is good, what is quick enough to be a default, by several seeds.
FINALS = [BEFORE | change for change in (
    {},
    {"--ngrams": 2, "--units": 0, "--num-words": 0},
    {"--ngrams": 2, "--units": 0, "--num-words": 0, "--learning-rate": 0.005})]


def write_sets(folder):
    paths = {}
    for name, read in SETS.items():
        rows = [(label, " ".join(text.split())) for label, text in read()]
        random.Random(1).shuffle(rows)
        paths[name] = pathlib.Path(folder) / f"{name}.tsv"
        paths[name].write_text("".join(f"{label}\t{text}\n" for label, text in rows if text), encoding="utf-8")
    return paths


def accuracies(program, path, cell, seed, epochs):
    """By epoch, on the validation part."""
    command = [program, "train", str(path), "-q", "--json", "--seed", str(seed), "--test-split", "0.2",
               "--validation-split", "0.2", "--epochs", str(epochs), "--threads", "1"]
    for option, value in cell.items():
        command += [option, str(value)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)["history"]["val_accuracy"]


def mean_of_sets(by_set):
    """All six sets count the same."""
    feeling = statistics.mean(by_set[name] for name in SENTIMENT)
    return statistics.mean([feeling] + [by_set[name] for name in by_set if name not in SENTIMENT])


class Grid:
    def __init__(self, program, paths):
        self.program, self.paths = program, paths
        self.known = {}

    def judge(self, cell, seeds=1, epochs=EPOCHS):
        """(mean of the six, best epoch, by set at that epoch)"""
        key = (seeds, *sorted(cell.items()))
        if key not in self.known:
            curves = {name: [accuracies(self.program, path, cell, seed, epochs) for seed in range(seeds)]
                      for name, path in self.paths.items()}
            at = [{name: 100 * statistics.mean(curve[e] for curve in runs) for name, runs in curves.items()}
                  for e in range(epochs)]
            epoch = max(range(epochs), key=lambda e: mean_of_sets(at[e]))
            self.known[key] = (mean_of_sets(at[epoch]), epoch + 1, at[epoch])
        return self.known[key]


def row(words, judged):
    mean, epoch, by_set = judged
    return f"| {words} | {mean:.2f} | {epoch} | " + " | ".join(f"{by_set[name]:.1f}" for name in SETS) + " |"


def words_of(cell):
    return " ".join(f"{option} {value}" for option, value in cell.items())


def table(grid, title, cells, shown, **how):
    """The lines of a table, and the best cell."""
    lines = [f"## {title}", "", "| options | mean of the six | best epoch | " + " | ".join(SETS) + " |",
             "|---" * (len(SETS) + 3) + "|"]
    judged = []
    for cell, words in zip(cells, shown):
        judged.append((grid.judge(cell, **how), cell))
        lines.append(row(words, judged[-1][0]))
        print(title, lines[-1], flush=True)
    return lines + [""], max(judged, key=lambda pair: pair[0][0])[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--seeds", type=int, default=3, help="of the finals")
    parser.add_argument("--finals", action="store_true", help="without the stages")
    parser.add_argument("--out")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        sys.exit("train_defaults: no ../shared/data")
    text = ["# The defaults of `keratin train`", "",
            "Written by `bench/train_defaults.py`: accuracy in per cent on validation texts, which are cut from the "
            "training part (16 % of all; no test text is looked at), at the epoch that is best for the mean of the "
            "six sets (amazon, imdb and yelp are one). Each stage varies what the stages before it left best, with "
            f"one seed; the finals have {arguments.seeds}.", ""]
    best = dict(BEFORE)
    with tempfile.TemporaryDirectory() as folder:
        grid = Grid(arguments.program, write_sets(folder))
        for title, changes in [] if arguments.finals else STAGES:
            lines, best = table(grid, title[0].upper() + title[1:], [best | change for change in changes],
                                map(words_of, changes))
            text += lines
        lines, best = table(grid, "Finals", FINALS, map(words_of, FINALS), seeds=arguments.seeds,
                            epochs=FINAL_EPOCHS)
    if arguments.out:
        pathlib.Path(arguments.out).write_text("\n".join(text + lines), encoding="utf-8")


if __name__ == "__main__":
    main()
