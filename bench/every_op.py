# SPDX-License-Identifier: Apache-2.0
"""Every op, loss, metric, initializer and draw on a million numbers, beside Keras on torch: what takes several times as long.

    PYTHONPATH=build/python/python .venv/peers/bin/python bench/every_op.py [--least 2] [--only WORD]

Two threads on each side, one process after the other; medians of at least three calls, in milliseconds. Eager: no tape, no graph.
A view of torch's (transpose, split, reshape) costs it nothing and is an array of its own here.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

UNARY = """abs exp log log1p expm1 sqrt rsqrt sin cos tan tanh sinh cosh arcsin arctan arcsinh sigmoid relu gelu silu elu selu celu softplus
softsign hard_sigmoid hard_silu hard_tanh log_sigmoid squareplus tanh_shrink soft_shrink hard_shrink relu6 leaky_relu erf erfinv sign floor
ceil round square reciprocal isnan isfinite isinf negative log2 log10 logical_not nan_to_num softmax log_softmax sparsemax sparse_plus""".split()
BINARY = """add subtract multiply divide power maximum minimum mod floor_divide logaddexp arctan2 equal greater less_equal hypot""".split()
REDUCTIONS = """sum mean max min prod std var argmax argmin logsumexp cumsum cumprod sort argsort median norm count_nonzero flip""".split()
LOSSES = """MeanSquaredError MeanAbsoluteError MeanSquaredLogarithmicError Hinge CategoricalHinge KLDivergence Poisson LogCosh Huber
CosineSimilarity BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy CategoricalFocalCrossentropy Dice Tversky""".split()
METRICS = """BinaryAccuracy CategoricalAccuracy TopKCategoricalAccuracy AUC Precision Recall F1Score MeanSquaredError R2Score
CosineSimilarity KLDivergence Poisson LogCoshError Hinge PearsonCorrelation TruePositives""".split()
INITIALIZERS = "RandomNormal RandomUniform TruncatedNormal GlorotUniform HeNormal Zeros Constant Identity".split()
INSIDE = {"log", "sqrt", "rsqrt", "log2", "log10", "arcsin", "erfinv"}  # of numbers between 0 and 1


def works(keras):
    """{name: a call}."""
    dice = np.random.default_rng(0)
    ops, tensor = keras.ops, keras.ops.convert_to_tensor
    x, y = (tensor(dice.normal(size=(1000, 1000)).astype("float32")) for _ in range(2))
    share, label = (tensor(dice.random((1000, 1000)).astype("float32") * 0.98 + 0.01) for _ in range(2))
    batch = tensor(dice.normal(size=(64, 128, 128)).astype("float32"))
    ids, holds = tensor(dice.integers(0, 1000, 1000).astype("int32")), tensor(dice.random((1000, 1000)) > 0.5)
    found = {name: lambda f=getattr(ops, name), a=share if name in INSIDE else x: f(a) for name in UNARY}
    found |= {name: lambda f=getattr(ops, name): f(share, y) for name in BINARY}
    found |= {f"{name} with a row": lambda f=getattr(ops, name): f(share, y[0]) for name in BINARY}
    found |= {f"{name} along axis {axis}": lambda f=getattr(ops, name), axis=axis: f(x, axis=axis) for name in REDUCTIONS for axis in (0, 1)}
    found |= {
        "logical_and": lambda: ops.logical_and(holds, holds), "where": lambda: ops.where(holds, x, y), "clip": lambda: ops.clip(x, -1, 1),
        "transpose": lambda: ops.transpose(batch, (2, 0, 1)), "concatenate": lambda: ops.concatenate([x, y], 1), "stack": lambda: ops.stack([x, y], -1),
        "split": lambda: ops.split(x, 10, 1), "tile": lambda: ops.tile(x, (2, 2)), "repeat": lambda: ops.repeat(x, 3, axis=1),
        "pad": lambda: ops.pad(x, ((5, 5), (3, 3))), "roll": lambda: ops.roll(x, 3, 1), "reshape": lambda: ops.reshape(x, (100, -1)),
        "take of rows": lambda: ops.take(x, ids, 0), "take of columns": lambda: ops.take(x, ids, 1), "one_hot": lambda: ops.one_hot(ids, 1000),
        "top_k": lambda: ops.top_k(x, 10), "matmul": lambda: ops.matmul(x, y), "matmul of 64": lambda: ops.matmul(batch, batch),
        "einsum": lambda: ops.einsum("bij,bkj->bik", batch, batch), "tensordot": lambda: ops.tensordot(batch, batch, [[0, 1], [0, 1]]),
        "tril": lambda: ops.tril(x), "cast": lambda: ops.cast(x, "int32"), "diff": lambda: ops.diff(x), "quantile": lambda: ops.quantile(x, 0.3, axis=1),
        "searchsorted": lambda: ops.searchsorted(tensor(np.linspace(-2, 2, 500, dtype="float32")), ops.reshape(x, (-1,))),
        "segment_sum": lambda: ops.segment_sum(x, ids, 1000), "isclose": lambda: ops.isclose(x, y), "normalize": lambda: ops.normalize(x),
        "binary_crossentropy": lambda: ops.binary_crossentropy(label, share),
        "binary_crossentropy of logits": lambda: ops.binary_crossentropy(label, x, True),
        "categorical_crossentropy": lambda: ops.categorical_crossentropy(label, share),
        "categorical_crossentropy of logits": lambda: ops.categorical_crossentropy(label, x, True),
        "sparse_categorical_crossentropy": lambda: ops.sparse_categorical_crossentropy(ids, share)}
    found |= {f"losses.{name}": lambda f=getattr(keras.losses, name)(): f(label, share) for name in LOSSES}
    truth = ops.cast(holds, "float32")
    found |= {f"metrics.{name}": lambda m=getattr(keras.metrics, name)(): m.update_state(truth, share) for name in METRICS}
    found |= {f"initializers.{name}": lambda f=getattr(keras.initializers, name)(): f((1000, 1000)) for name in INITIALIZERS}
    found["initializers.Orthogonal"] = lambda: keras.initializers.Orthogonal()((512, 2048))
    found |= {f"random.{name}": lambda f=getattr(keras.random, name): f((1000, 1000)) for name in ("normal", "uniform", "truncated_normal")}
    found |= {"random.dropout": lambda: keras.random.dropout(x, 0.5), "random.shuffle": lambda: keras.random.shuffle(x)}
    return found


def measure(which, only):
    if which == "keras":
        os.environ["KERAS_BACKEND"] = "torch"
        import keras
        import torch
        torch.set_num_threads(2)
    else:
        import keratin as keras
        keras.config.set_num_threads(2)
    found = {}
    for name, call in works(keras).items():
        if only not in name:
            continue
        call()
        times, began = [], time.perf_counter()
        while len(times) < 3 or (time.perf_counter() - began < 0.15 and len(times) < 50):
            start = time.perf_counter()
            call()
            times.append(1e3 * (time.perf_counter() - start))
        found[name] = statistics.median(times)
    print(json.dumps(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--least", type=float, default=2, help="how many times as long is told (2)")
    parser.add_argument("--only", default="", help="works whose name contains this")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        return measure(given.work, given.only)
    ours, theirs = (json.loads(subprocess.run([sys.executable, __file__, "--work", which, "--only", given.only], check=True, text=True,
                                              stdout=subprocess.PIPE).stdout.splitlines()[-1]) for which in ("keratin", "keras"))
    slower = sorted(((ours[name] / theirs[name], name) for name in theirs), reverse=True)
    print("| work | Keratin, ms | Keras on torch, ms | times as long |\n|---|---|---|---|")
    for ratio, name in slower:
        if ratio >= given.least:
            print(f"| {name} | {ours[name]:.3g} | {theirs[name]:.3g} | {ratio:.2g} |")
    print(f"\n{sum(ratio >= given.least for ratio, _ in slower)} of {len(slower)}; {sum(ratio < 1 for ratio, _ in slower)} are faster")


if __name__ == "__main__":
    main()
