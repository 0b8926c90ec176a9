# SPDX-License-Identifier: Apache-2.0
"""A training step of an output layer of 10^6 classes: Keratin's SampledSoftmax, the same by hand in torch with sparse tables
and SparseAdam, and Keras's full softmax on JAX. One process each, in interleaved rounds; medians.

    PYTHONPATH=build/python/python .venv/peers/bin/python bench/large_outputs.py [V ...]

x (128, 64) through a dense layer to an output layer of V classes, labels log-uniform, 64 classes drawn, Adam. Keratin's Adam
is exact for all rows; SparseAdam leaves rows as they are that a step does not touch.
"""
import os
import statistics

import numpy as np

import contest

BATCH, WIDTH, SAMPLED = 128, 64, 64
STEPS = {"keratin": 200, "torch": 200, "keras": 1}  # the first ones fetch pages that the rest find


def data(classes):
    rng = np.random.default_rng(0)
    while True:
        labels = np.minimum(np.expm1(rng.random(BATCH) * np.log1p(classes)).astype("int64"), classes - 1)
        yield rng.standard_normal((BATCH, WIDTH)).astype("float32"), labels


def keratin_step(classes):
    import keratin
    x, label = keratin.Input((WIDTH,)), keratin.Input((), dtype="int64")
    output = keratin.layers.SampledSoftmax(classes, SAMPLED)
    model = keratin.Model([x, label], output(keratin.layers.Dense(WIDTH)(x), label))
    model.compile("adam", loss=lambda y_true, y_pred: y_pred)
    nothing = np.zeros(BATCH, "float32")
    return lambda x, y: model.train_on_batch([x, y], nothing)


def keras_step(classes):
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    model = keras.Sequential([keras.Input((WIDTH,)), keras.layers.Dense(WIDTH), keras.layers.Dense(classes)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return lambda x, y: model.train_on_batch(x, y)


def torch_step(classes):
    import torch
    torch.set_num_threads(1)  # the faster choice: it has little to do
    dense = torch.nn.Linear(WIDTH, WIDTH)
    kernel, bias = torch.nn.Embedding(classes, WIDTH, sparse=True), torch.nn.Embedding(classes, 1, sparse=True)
    optimizers = [torch.optim.Adam(dense.parameters()), torch.optim.SparseAdam([kernel.weight, bias.weight])]
    log_range = np.log1p(classes)

    def expected(ids):  # of draws that may repeat
        return SAMPLED * torch.log1p(1 / (ids + 1.0)) / log_range

    def step(x, y):
        y = torch.from_numpy(y)
        drawn = torch.expm1(torch.rand(SAMPLED, dtype=torch.float64) * log_range).long().clamp(max=classes - 1)
        ids = torch.cat([y, drawn])
        hidden, rows, biases = dense(torch.from_numpy(x)), kernel(ids), bias(ids)[:, 0]
        of_true = (hidden * rows[:BATCH]).sum(-1) + biases[:BATCH] - torch.log(expected(y))
        of_drawn = hidden @ rows[BATCH:].T + biases[BATCH:] - torch.log(expected(drawn))
        of_drawn = of_drawn.masked_fill(y[:, None] == drawn, -3e38)
        logits = torch.cat([of_true[:, None], of_drawn], 1)
        loss = torch.nn.functional.cross_entropy(logits, torch.zeros(BATCH, dtype=torch.long))
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss.item()
    return step


def work(name, classes):
    """For a number: the median time of so many steps."""
    step, batches = {"keratin": keratin_step, "torch": torch_step, "keras": keras_step}[name](classes), data(classes)
    contest.work(lambda line: contest.median_time(lambda batch: step(*batch), batches, int(line)))


GOALS = {"keras": 50, "torch": 3}


def rows_of(classes, rounds):
    seen = contest.rounds(__file__, {name: (count,) for name, count in STEPS.items()}, classes, rounds)
    times = {name: statistics.median(found) for (name, _), found in seen.items()}
    ours = times.pop("keratin")
    yield (f"| step of an output layer of {classes:,} classes, {SAMPLED} drawn, batch {BATCH} | {1e3 * ours:.3g} ms | "
           + "; ".join(f"{name} {1e3 * took:.3g} ms, **{took / ours:.3g}x**" for name, took in times.items()) + " | "
           + "; ".join(f"{GOALS[name]}x {name}: {'reached' if took >= GOALS[name] * ours else '**missed**'}" for name, took in times.items()) + " |")


def head(rounds):
    return [f"Medians of {rounds} rounds in turn; Keras is its full softmax on JAX, torch by hand: see bench/large_outputs.py.", "",
            "| work (D = 64, float32, Adam) | Keratin | peers | goals |", "|---|---|---|---|"]


if __name__ == "__main__":
    contest.main(__doc__, "Large outputs", 1_000_000, work, head, rows_of)
