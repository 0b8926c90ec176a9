# SPDX-License-Identifier: Apache-2.0
"""What stands behind an Embedding, beside Keras on JAX and on TensorFlow and beside torch: medians of rounds that take turns.

    PYTHONPATH=build/python/python .venv/peers/bin/python bench/sequences.py [--only WORK]

Two threads on every side. Works: lstm, gru, lstm1, gru1 (128 wide, 128 steps, texts as long as headlines, batch 32 and 1), conv
(128 x 5, 400 steps), mha128 and mha4096 (8 heads of 32), transformer (two causal blocks), each `predict`ed and `train`ed;
texts (TextVectorization of the headlines) and strings (StringLookup, 100,000 keys), in microseconds a text and a string.
"""
import argparse
import gzip
import itertools
import os
import pathlib
import statistics
import sys

import numpy as np

import contest
from peers.headlines import FILES, FOLDER

BATCH, WORDS = 32, 10000
STEPS = {"lstm": 128, "gru": 128, "lstm1": 128, "gru1": 128, "conv": 400, "mha128": 128, "mha4096": 4096, "transformer": 128}
TEXTS = ("texts", "strings")
KINDS = [f"{work} {kind}" for work in STEPS for kind in ("predict", "train")] + list(TEXTS)
WHO = {"every Keras": ("jax", "tensorflow"), "torch": ("torch",), "Keras on JAX": ("jax",), "Keras on TensorFlow": ("tensorflow",)}
_RECURRENT, _ATTENTION = {"every Keras": 3, "torch": 1.5}, {"torch": 1}
GOALS = {"lstm": _RECURRENT, "gru": _RECURRENT, "lstm1": _RECURRENT, "gru1": _RECURRENT, "conv": {"every Keras": 2, "torch": 1.2},
         "mha128": _ATTENTION, "mha4096": _ATTENTION, "transformer train": {"Keras on JAX": 2, "torch": 1.5},
         "texts": {"Keras on TensorFlow": 10}}
MOST = {"strings": 0.2}  # microseconds
TITLES = {f"{work} {kind}": f"{what}: {said}" for kind, said in (("predict", "prediction"), ("train", "training step")) for work, what in {
    "lstm": "LSTM 128, 128 steps, texts as long as headlines, batch 32", "gru": "GRU 128, the same", "lstm1": "LSTM 128, batch 1",
    "gru1": "GRU 128, batch 1", "conv": "Conv1D 128 x 5, 400 steps, batch 32", "mha128": "attention 8 x 32, 128 steps, batch 32",
    "mha4096": "attention 8 x 32, 4,096 steps, batch 1", "transformer": "two causal blocks, 256 wide, 128 steps, batch 32"}.items()}
TITLES.update(texts="TextVectorization of 32,000 headlines", strings="StringLookup, 100,000 keys")
PEERS = ("keratin", "torch", "jax", "tensorflow")


def headlines():
    if not FOLDER.exists():
        return [" ".join(f"word{i * j % 997}" for j in range(1, 10)) for i in range(32000)]
    return [line.strip() for name in FILES for line in gzip.open(FOLDER / name, "rt", encoding="utf-8") if line.strip()]


def data(work):
    """Inputs and targets of a batch."""
    dice, steps = np.random.default_rng(1), STEPS[work]
    samples = 1 if work.endswith("1") or work == "mha4096" else BATCH
    if work.startswith("mha"):
        x = dice.normal(size=(samples, steps, 256)).astype("float32")
        return x, dice.normal(size=x.shape).astype("float32")
    x = dice.integers(1, WORDS if work != "transformer" else 65, (samples, steps), "int32")
    if work[:3] in ("lst", "gru"):
        lengths = [len(text.split()) for text in headlines()[:samples]]
        x = np.where(np.arange(steps) < np.array(lengths)[:, None], x, 0).astype("int32")
    return x, (x if work == "transformer" else dice.normal(size=(samples, 1)).astype("float32"))


def keras_model(keras, work):
    layers, steps = keras.layers, STEPS[work]
    if work.startswith("mha"):
        x = keras.Input((steps, 256))
        return keras.Model(x, layers.MultiHeadAttention(8, 32)(x, x)), "mse"
    ids = keras.Input((steps,), dtype="int32")
    if work == "transformer":
        x = layers.Embedding(65, 256)(ids)
        for _ in range(2):
            y = layers.LayerNormalization(epsilon=1e-5)(x)
            x = layers.Add()([x, layers.MultiHeadAttention(8, 32)(y, y, use_causal_mask=True)])
            y = layers.Dense(1024, "relu")(layers.LayerNormalization(epsilon=1e-5)(x))
            x = layers.Add()([x, layers.Dense(256)(y)])
        return keras.Model(ids, layers.Dense(65)(x)), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if work == "conv":
        x = layers.GlobalMaxPooling1D()(layers.Conv1D(128, 5, activation="relu")(layers.Embedding(WORDS, 64)(ids)))
    else:
        kind = layers.LSTM if work.startswith("lstm") else layers.GRU
        x = kind(128)(layers.Embedding(WORDS, 64, mask_zero=True)(ids))
    return keras.Model(ids, layers.Dense(1)(x)), "mse"


def keras_calls(keras, work):
    model, loss = keras_model(keras, work)
    model.compile(keras.optimizers.SGD(1e-3), loss)
    x, y = data(work)
    return {"predict": lambda _: model.predict_on_batch(x), "train": lambda _: model.train_on_batch(x, y)}


def text_calls(keras, name):
    if name == "strings":
        dice = np.random.default_rng(1)
        keys = np.array([f"key {number}" for number in dice.permutation(10**6)[:10**5]], object)
        layer, given = keras.layers.StringLookup(vocabulary=list(keys)), keys[dice.permutation(10**5)]
    else:
        layer, given = keras.layers.TextVectorization(max_tokens=20000), np.array(headlines(), object)
        layer.adapt(given)
    return {"": lambda _: np.asarray(layer(given))}, 1e6 / len(given)


def torch_calls(torch, work):
    from torch import nn
    functional = nn.functional

    class Attention(nn.Module):
        def __init__(self, causal=False):
            super().__init__()
            self.causal = causal
            self.q, self.k, self.v, self.out = (nn.Linear(256, 256) for _ in range(4))

        def forward(self, x):
            q, k, v = (f(x).view(*x.shape[:2], 8, 32).transpose(1, 2) for f in (self.q, self.k, self.v))
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
            return self.out(y.transpose(1, 2).reshape(x.shape))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.attention = nn.LayerNorm(256), nn.LayerNorm(256), Attention(True)
            self.wide, self.back = nn.Linear(256, 1024), nn.Linear(1024, 256)

        def forward(self, x):
            x = x + self.attention(self.a(x))
            return x + self.back(functional.relu(self.wide(self.b(x))))

    class Steps(nn.Module):
        """A recurrent layer or a convolution behind an Embedding."""
        def __init__(self):
            super().__init__()
            self.table, self.dense = nn.Embedding(WORDS, 64), nn.Linear(128, 1)
            self.inner = nn.Conv1d(64, 128, 5) if work == "conv" else (nn.LSTM if work.startswith("lstm") else nn.GRU)(
                64, 128, batch_first=True)

        def forward(self, ids):
            x = self.table(ids)
            if work == "conv":
                return self.dense(functional.relu(self.inner(x.transpose(1, 2))).amax(2))
            packed = nn.utils.rnn.pack_padded_sequence(x, (ids != 0).sum(1), batch_first=True, enforce_sorted=False)
            last = self.inner(packed)[1]
            return self.dense((last[0] if work.startswith("lstm") else last)[0])

    model = (Attention() if work.startswith("mha") else
             nn.Sequential(nn.Embedding(65, 256), Block(), Block(), nn.Linear(256, 65)) if work == "transformer" else Steps())
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    x, y = (torch.from_numpy(part) for part in data(work))

    def predict(_):
        with torch.inference_mode():
            return model(x)

    def train(_):
        optimizer.zero_grad()
        z = model(x)
        loss = functional.cross_entropy(z.flatten(0, 1), y.flatten().long()) if work == "transformer" else functional.mse_loss(z, y)
        loss.backward()
        optimizer.step()
        return loss.item()
    return {"predict": predict, "train": train}


def work(peer):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])  # the threads that every side may have
    if peer in ("jax", "tensorflow"):
        os.environ.update(KERAS_BACKEND=peer, JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3")
    kept = {}

    def answer(line):
        name, _, kind = line.partition(" ")
        if name not in kept:
            if peer == "torch":
                import torch
                torch.set_num_threads(2)
                kept[name] = torch_calls(torch, name), 1
            else:
                if peer == "keratin":
                    import keratin as keras
                else:
                    import keras
                kept[name] = text_calls(keras, name) if name in TEXTS else (keras_calls(keras, name), 1)
        calls, scale = kept[name]
        slow = name == "mha4096" or name in TEXTS
        contest.median_time(calls[kind], itertools.count(), 1)
        return contest.median_time(calls[kind], itertools.count(), 3 if slow else 15) * scale
    contest.work(answer)


def line(kind, times, unit):
    """A row of the table; the times of Keratin's peers as multiples of its own."""
    ours = times.pop("keratin")
    cells = [f"{peer} {took * unit[1]:.3g} {unit[0]}, **{took / ours:.2f}x**" for peer, took in times.items()]
    goals = [(f"{goal}x {who}", min(times[peer] for peer in WHO[who] if peer in times) >= goal * ours)
             for who, goal in GOALS.get(kind, GOALS.get(kind.split()[0], {})).items() if set(WHO[who]) & set(times)]
    if kind in MOST:
        goals.append((f"at most {MOST[kind]} {unit[0]}", ours <= MOST[kind]))
    said = [f"{what}: {'reached' if holds else '**missed**'}" for what, holds in goals]
    return f"| {TITLES.get(kind, kind)} | {ours * unit[1]:.3g} {unit[0]} | {'; '.join(cells)} | {'; '.join(said) or '-'} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--only", default="", help="works whose title contains this")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", help="append here as well as to standard output")
    given, _ = parser.parse_known_args()
    if given.work:
        return work(given.work[0])
    kinds = [kind for kind in KINDS if given.only in kind]
    of_texts = [kind for kind in kinds if kind in TEXTS]
    others = [kind for kind in kinds if kind not in TEXTS]
    asked = {"keratin": kinds, "torch": others, "jax": others, "tensorflow": kinds}
    lines = ["", "## Sequences", "",
             f"Layers behind an Embedding, two threads on every side; medians of {given.rounds} interleaved rounds: see bench/sequences.py.",
             "", "| work | Keratin | peers (Keras on JAX and on TensorFlow, torch) | goals |", "|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    if not kinds:
        return
    seen = contest.rounds(str(pathlib.Path(__file__)), {name: wanted for name, wanted in asked.items() if wanted}, "", given.rounds)
    for kind in kinds:
        times = {name: statistics.median(seen[name, kind]) for name in PEERS if seen.get((name, kind))}
        lines.append(line(kind, times, ("us each", 1) if kind in of_texts else ("ms", 1e3)))
        print(lines[-1], flush=True)
    if given.out:
        with pathlib.Path(given.out).open("a") as results:
            results.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
