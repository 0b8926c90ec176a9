# SPDX-License-Identifier: Apache-2.0
"""A training step of an output layer of 10^6 classes: Keratin's SampledSoftmax, the same by hand in torch with sparse tables
and SparseAdam, and Keras's full softmax on JAX. One process each, in interleaved rounds; medians.

    PYTHONPATH=build/python/python .venv/parity/bin/python bench/large_outputs.py [V ...]

x (128, 64) through a dense layer to an output layer of V classes, labels log-uniform, 64 classes drawn, Adam. Keratin's Adam
is exact for all rows; SparseAdam leaves rows as they are that a step does not touch.
"""
import os
import statistics
import sys

import numpy as np

import contest

BATCH, WIDTH, SAMPLED, ROUNDS = 128, 64, 64, 7
STEPS = {"keratin": 20, "torch": 20, "keras": 1}


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


def compare(classes):
    seen = contest.rounds(__file__, {name: (count,) for name, count in STEPS.items()}, classes, ROUNDS)
    ours = statistics.median(seen["keratin", STEPS["keratin"]])
    for (name, _), times in seen.items():
        median = statistics.median(times)
        print(f"V = {classes:>9,}  {name:8} {1e3 * median:10.3f} ms a step ({1e3 * min(times):.3f} to {1e3 * max(times):.3f}), "
              f"{median / ours:.2f} of Keratin's")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], int(sys.argv[3]))
    else:
        for size in [int(one) for one in sys.argv[1:]] or [1_000_000]:
            compare(size)
