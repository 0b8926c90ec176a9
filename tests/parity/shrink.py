# SPDX-License-Identifier: Apache-2.0
"""Makes a program in which the libraries differ smaller, as long as they go on differing."""
import copy
import dataclasses
import time

import numpy as np

import build
import keras
from program import Call

NEEDED = {"layers.Dense": ["units"], "layers.Embedding": ["input_dim", "output_dim"],
          "layers.Activation": ["activation"], "layers.Reshape": ["target_shape"], "layers.Dropout": ["rate"],
          "layers.SpatialDropout1D": ["rate"], "Input": ["shape", "dtype"]}
SECONDS = 60


def shrink(program, judge):
    """The smallest found, its verdict, and the weights it starts from."""
    end = time.monotonic() + SECONDS
    verdict, found = judge(program), True
    while found and verdict.kind == "differs" and time.monotonic() < end:
        found = False
        for smaller in _smaller(program):
            again = judge(smaller)
            if again.kind == "differs" and _refused(again) == _refused(verdict):
                program, verdict, found = smaller, again, True
                break
            if time.monotonic() > end:
                break
    return program, verdict, [] if _refused(verdict) else build.Side(program, keras).weights()


def _refused(verdict):
    """Whether one of the two would not run it: that is no smaller example of other numbers."""
    return verdict.what.startswith(("keras in", "keratin in"))


def _smaller(program):
    """Programs with one thing less."""
    for name, less in (("metrics", []), ("weighted_metrics", []), ("sample_weight", None), ("class_weight", None),
                       ("validation_split", 0.0), ("by_fit", False), ("epochs", 1)):
        value = getattr(program, name)
        if isinstance(value, np.ndarray) or value != less:
            yield dataclasses.replace(program, **{name: less})
    count = len(program.x)
    for keep in (slice(0, count // 2), slice(count // 2, count)):
        if count > 1:
            weight = program.sample_weight
            yield dataclasses.replace(program, x=program.x[keep], y=program.y[keep],
                                      sample_weight=None if weight is None else weight[keep])
    if program.batch_size > 1:
        yield dataclasses.replace(program, batch_size=program.batch_size // 2)
    for i, layer in enumerate(program.layers):
        if layer.path not in ("Input", "layers.Embedding"):
            yield dataclasses.replace(program, layers=program.layers[:i] + program.layers[i + 1:])
        for name in layer.keywords:
            if name not in NEEDED.get(layer.path, []):
                layers = copy.copy(program.layers)
                layers[i] = layer.without(name)
                yield dataclasses.replace(program, layers=layers)
    for name in ("optimizer", "loss"):
        call = getattr(program, name)
        for keyword in call.keywords if isinstance(call, Call) else ():
            yield dataclasses.replace(program, **{name: call.without(keyword)})
