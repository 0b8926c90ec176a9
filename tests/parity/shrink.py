# SPDX-License-Identifier: Apache-2.0
"""Makes a program in which the libraries differ smaller, as long as they go on differing."""
import dataclasses
import time

import build
import keras
from expressions import Applied, Call, Expression, Operator, Ref, map_parts, walk
from program import cut

NEEDED = {"layers.Dense": ["units"], "layers.Embedding": ["input_dim", "output_dim"],
          "layers.Activation": ["activation"], "layers.Reshape": ["target_shape"], "layers.Dropout": ["rate"],
          "layers.SpatialDropout1D": ["rate"], "layers.Dot": ["axes"],
          "layers.TimeDistributed": ["layer"], "layers.Bidirectional": ["layer"], "Input": ["shape", "dtype"],
          **{f"layers.{name}": ["input_dim", "output_dim"] for name in ("EmbedReduce", "ReversibleEmbedding")},
          "layers.TokenAndPositionEmbedding": ["vocabulary_size", "sequence_length", "embedding_dim"],
          "layers.PositionEmbedding": ["sequence_length"], "layers.DistributedEmbedding": ["feature_configs"],
          "layers.TableConfig": ["name", "vocabulary_size", "embedding_dim", "optimizer"],
          "layers.FeatureConfig": ["name", "table", "input_shape", "output_shape"],
          "layers.EinsumDense": ["equation", "output_shape"],
          "Model": ["inputs", "outputs"], "Sequential": ["layers"]}
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
    """Whether one of the two would not run it, and which, or with what error: that is no smaller example of other numbers."""
    heads = (line.split(":")[0] for line in verdict.what.splitlines())
    return [head for head in heads if head.startswith(("keras in", "keratin in")) or head.endswith("Error")]


def _smaller(program):
    """Programs with one thing less."""
    for name, less in (("metrics", []), ("weighted_metrics", []), ("sample_weight", None), ("class_weight", None),
                       ("loss_weights", None), ("validation_split", 0.0), ("by_fit", False), ("epochs", 1)):
        value = getattr(program, name)
        if value is not None and (not isinstance(value, (list, int, float)) or value != less):
            yield dataclasses.replace(program, **{name: less})
    yield from _less_data(program)
    for i in range(len(program.prepared)):
        yield dataclasses.replace(program, prepared=program.prepared[:i] + program.prepared[i + 1:])
    for i, (name, expression) in enumerate(program.lines):
        if (name, expression) in program.needed():
            for smaller in _less_expression(expression, program.is_graph):
                yield dataclasses.replace(program, lines=[*program.lines[:i], (name, smaller), *program.lines[i + 1:]])
    for name in ("optimizer", "loss"):
        for smaller in _less_expression(getattr(program, name), False):
            yield dataclasses.replace(program, **{name: smaller})


def _less_data(program):
    half = program.count // 2
    for keep in (slice(0, half), slice(half, program.count)):
        if program.count > 1:
            data = {name: cut(getattr(program, name), keep) for name in ("x", "y", "sample_weight")}
            yield dataclasses.replace(program, **data)
    if program.batch_size > 1:
        yield dataclasses.replace(program, batch_size=program.batch_size // 2)


def _less_expression(value, is_graph):
    """The expression with one keyword, one layer of a list, or one step of a graph less."""
    if is_graph and isinstance(value, (Applied, Operator)):  # what it reads stands in its place
        yield from (part for part in walk(value) if isinstance(part, Ref) and part is not value.parts[0])
    if isinstance(value, Call):
        yield from (value.without(name) for name in value.keywords if name not in NEEDED.get(value.path, []))
    if isinstance(value, list):
        yield from (value[:i] + value[i + 1:] for i, entry in enumerate(value)
                    if not (isinstance(entry, Call) and entry.path in ("Input", "layers.Embedding")))
    if isinstance(value, (Call, Expression, list, tuple, dict)):
        yield from _within(value, is_graph)


def _within(value, is_graph):
    parts = []
    map_parts(value, lambda part: parts.append(part) or part)
    for place, part in enumerate(parts):
        for smaller in _less_expression(part, False if isinstance(value, (list, tuple)) else is_graph):
            count = iter(range(len(parts)))
            yield map_parts(value, lambda part: smaller if next(count) == place else part)
