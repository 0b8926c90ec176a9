# SPDX-License-Identifier: Apache-2.0
"""A model that is one layer behind the other."""
import collections
import operator

import numpy as np

import draw_task
from draw_layers import DROP_MASKS, after, draw_dense, draw_embedding, draw_ids, draw_inner, draw_steps, misreads_masks
from expressions import Call
from program import Program


def draw(dice, seed):
    """The program without data, how inputs are made, what is to be learnt, and the forms of it."""
    layers = []
    program = Program(seed=seed, lines=[("model", Call("Sequential", layers=layers))])
    make_x, shape = _draw_first(dice, program, layers)
    shape = _draw_middle(dice, layers, shape)
    # Only the number of steps of the ids may be open to the model.
    shape = tuple(make_x(1).shape[1] if size is None else size for size in shape)
    task = draw_task.draw(dice, shape)
    if task.layer:
        layers.append(task.layer)
    if _drops_mask(layers):
        program.drop_masks()
    task.masked = _is_masked(layers)
    return program, make_x, [task], collections.defaultdict(lambda: operator.itemgetter(0))


def _draw_first(dice, program, layers):
    """The first layers; how inputs are made, and the shape behind the layers, without the batch."""
    kind = dice.of(["ids"] * 6 + ["steps", "values"])
    if kind == "ids":
        return _draw_table(dice, program, layers)
    shape = (dice.between(2, 6),) if kind == "values" else (dice.between(1, 6), dice.between(1, 5))
    begin = dice.of(["Input", "build", "input_shape"])
    first = draw_dense(dice) if kind == "values" or dice.chance(0.3) else Call(
        "layers.Masking", mask_value=dice.of([0.0, -1.0]))
    if begin == "Input":
        layers.append(Call("Input", shape=shape))
    elif begin == "build":
        program.build_shape = (None, *shape)
    else:
        first.keywords["input_shape"] = shape
    layers.append(first)
    return draw_steps(dice, shape, first.keywords.get("mask_value", 0.0)), after(first, shape)


def _draw_table(dice, program, layers):
    vocabulary, width = dice.of([dice.between(2, 12), dice.between(10, 60), dice.between(60, 400)]), dice.between(1, 8)
    shape = dice.of([(dice.between(1, 7),)] * 6 + [(), (dice.between(1, 3), dice.between(1, 3))])
    layer = draw_embedding(dice, vocabulary, width, has_steps=bool(shape))
    # Who says the shape of the ids: Input (perhaps without the number of steps), the layer, or build.
    known = tuple(None if dice.chance(0.15) else size for size in shape) if len(shape) == 1 else shape
    begin = dice.of(["Input", "build"] + ["input_length"] * (len(shape) == 1))
    if begin == "Input":
        layers.append(Call("Input", shape=known, dtype="int32"))
    else:
        if begin == "input_length":
            known = shape
            layer.keywords["input_length"] = shape[0]
        program.build_shape = (None, *known)  # Keras 3 does not know input_length
    layers.append(layer)
    return draw_ids(dice, vocabulary, shape, bool(layer.keywords.get("mask_zero"))), (*known, width)


def _draw_middle(dice, layers, shape):
    """Layers between the first and the task; ends at (width,), or at (steps, width)."""
    for _ in range(dice.of([0, 0, 1, 1, 2])):
        layer = draw_inner(dice, shape)
        if _has_mask(layers) and layer.path == "layers.Reshape" and after(layer, shape) == shape:
            continue  # on JAX that gives the same array, with the mask that hangs on it
        if misreads_masks(layer, shape) and _is_masked(layers):
            continue
        layers.append(layer)
        shape = after(layer, shape)
    if len(shape) > 1 and dice.chance(0.8 if len(shape) == 2 else 1.0):
        static = None not in shape
        pooling = dice.of(["GlobalAveragePooling1D"] * 2 + ["GlobalMaxPooling1D"] + ["Flatten"] * 2 * static
                          if len(shape) == 2 else ["Flatten"])
        layers.append(Call(f"layers.{pooling}"))
        if pooling != "Flatten" and dice.chance(0.2):
            layers[-1].keywords["keepdims"] = True
            layers.append(Call("layers.Flatten"))
        shape = (int(np.prod(shape)),) if pooling == "Flatten" else (shape[-1],)
        if dice.chance(0.3):
            layers.append(draw_dense(dice))
            shape = after(layers[-1], shape)
    return shape


def _has_mask(layers):
    return any(layer.path == "layers.Masking" or layer.keywords.get("mask_zero") for layer in layers)


def _drops_mask(layers):
    """Whether a layer drops one."""
    return any(layer.path in DROP_MASKS and _is_masked(layers[:i]) for i, layer in enumerate(layers))


def _is_masked(layers):
    """Whether a mask comes out of the last."""
    masked = False
    for layer in layers:
        if layer.path in (*DROP_MASKS, "layers.GlobalAveragePooling1D"):
            masked = False
        masked |= layer.path == "layers.Masking" or bool(layer.keywords.get("mask_zero"))
    return masked
