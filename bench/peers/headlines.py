# SPDX-License-Identifier: Apache-2.0
"""The headlines that the training of a text classifier is measured on: one split and one kind of token for
every contestant, in the form that fastText reads, `__label__1 word word ...`, a headline a line."""
import gzip
import pathlib
import random
import re

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE.parents[2] / "shared" / "data" / "clickbait-headlines"
FILES = ["non_clickbait_data.gz", "clickbait_data.gz"]  # labels 0 and 1
HELD_OUT = 5  # one part of so many


def write(into):
    """Writes train.txt and test.txt to the folder `into`; the reason where the data are not there."""
    if not all((FOLDER / name).exists() for name in FILES):
        return "no ../shared/data/clickbait-headlines"
    lines = []
    for label, name in enumerate(FILES):
        with gzip.open(FOLDER / name, "rt", encoding="utf-8") as file:
            texts = [" ".join(re.findall(r"\w+|[^\w\s]", line.lower())) for line in file]
        lines += [f"__label__{label} {text}\n" for text in texts if text]
    random.Random(1).shuffle(lines)
    train = len(lines) - len(lines) // HELD_OUT
    for name, part in (("train.txt", lines[:train]), ("test.txt", lines[train:])):
        (pathlib.Path(into) / name).write_text("".join(part), encoding="utf-8")
    return None


def read(path):
    """(labels, lists of words) of a file that write() wrote."""
    lines = [line.split(" ") for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()]
    return [int(words[0].removeprefix("__label__")) for words in lines], [words[1:] for words in lines]
