# SPDX-License-Identifier: Apache-2.0
"""Draws a program from a seed: `draw(seed)`. Even seeds are lines of layers, odd ones graphs, those from a million on graphs of
tables. The models are in draw_line.py and draw_graph.py; the rest of what can be drawn is in draw_layers.py (layers and their options),
draw_task.py (outputs, losses, metrics, weights of samples) and draw_optimizer.py.
"""
import numpy as np

import draw_graph
import draw_line
import draw_optimizer
import draw_task
from dice import Dice
from draw_layers import without_kinks
from expressions import Call


FIRST_OF_TABLES = 10**6


def kind(seed):
    return "tables" if seed >= FIRST_OF_TABLES else ("lines", "graphs")[seed % 2]


def draw(seed):
    dice = Dice(seed)
    of_tables = {"of_tables": True} if kind(seed) == "tables" else {}
    program, make_x, tasks, forms = (draw_line if kind(seed) == "lines" else draw_graph).draw(dice, seed, **of_tables)
    program.by_fit = dice.chance(0.3)
    program.batch_size = dice.between(1, 8)
    program.epochs = 3 if program.by_fit else 1
    # By fit the last batch of each epoch is mostly a short one.
    count = 9 * program.batch_size + dice.between(1, program.batch_size) if program.by_fit else 30 * program.batch_size
    program.x = make_x(count)
    for task in tasks:
        task.y = task.make_y(count)
    program.validation_split = 0.2 if program.by_fit and dice.chance(0.3) else 0.0
    for task in tasks:
        draw_task.draw_weights(dice, task, alone=len(tasks) == 1)
    program.optimizer = draw_optimizer.draw(dice)
    if any(task.ranks for task in tasks) and isinstance(program.optimizer, Call):
        # Ftrl makes whole kernels 0 with it, and of items of one score chance makes the order.
        program.optimizer.keywords.pop("l1_regularization_strength", None)
    _choose_backends(program, tasks)
    _take(program, tasks, forms)
    return program


def _take(program, tasks, forms):
    """What the outputs are to learn becomes the program's. `forms`: what makes one, a list or a dict of all."""
    for name in ("loss", "metrics", "weighted_metrics", "y", "sample_weight"):
        values = [getattr(task, name) for task in tasks]
        if any(value is not None and not (isinstance(value, list) and not value) for value in values):
            setattr(program, name, forms[name](values))
    program.class_weight = tasks[0].class_weight
    if not isinstance(program.y, np.ndarray):
        program.class_weight = None  # Keras takes them for targets alone, not in a list or dict of one


# -- which backend judges ----------------------------------------------------------------------------


def _choose_backends(program, tasks):
    """Where Keras's backends differ from each other, the one that Keratin follows (docs/keras-differences.md)."""
    only_jax = (_acts_on_every_call(program) or _meets_kinks(program) or _weights_changed_in_place(tasks)
                or _counts_before_validation(program, tasks) or _clones_a_part(program))
    if not any(task.masked for task in tasks):
        only_torch = "Orthogonal(" in repr(program.layers)  # on JAX its QR is compiled for minutes
        program.backends = ["jax"] if only_jax else ["torch"] if only_torch else ["torch", "jax"]
        return
    program.backends = ["torch"]  # JAX loses the mask of predictions in losses and metrics
    for task in tasks:
        if task.masked and task.sample_weight is not None:  # the mask cannot widen what is changed in place
            task.sample_weight = np.broadcast_to(task.sample_weight, task.y.shape[:2]).copy()
        task.metrics, task.weighted_metrics = task.metrics + task.weighted_metrics, []
    # Whatever else is for JAX alone goes.
    if _counts_before_validation(program, tasks):
        program.validation_split = 0.0
    if isinstance(program.optimizer, Call):
        program.optimizer.keywords.pop("gradient_accumulation_steps", None)
    if _meets_kinks(program):
        without_kinks(program.layers)


def _acts_on_every_call(program):
    """With gradient accumulation: averages and constraints act on every call on JAX, on each step elsewhere."""
    options = getattr(program.optimizer, "keywords", {})
    constrained = any("constraint" in name for layer in program.layers for name in layer.keywords)
    return bool(options.get("gradient_accumulation_steps") and (options.get("use_ema") or constrained))


def _weights_changed_in_place(tasks):
    """On torch a loss that ignores a class scales the weights of samples in place; then metrics see those."""
    return any((task.sample_weight is not None or task.class_weight) and task.weighted_metrics
               and "ignore_class" in repr(task.loss) for task in tasks)


def _counts_before_validation(program, tasks):
    """On torch the result of a count is a view of its variable; validation starts that anew, then `fit` reads it."""
    counts = ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
    seen = repr([(task.metrics, task.weighted_metrics) for task in tasks])
    return bool(program.validation_split and any(name in seen for name in counts))


def _clones_a_part(program):
    """A part that was cut out has, in the clone, layers of its own with the paths of the others. Of two weights of one
    path PyTorch's gradients are summed up over the steps."""
    names = [name for name, _ in program.lines]
    return "clone_model" in repr(program.lines[-1]) and any(name.startswith("part") for name in names)


def _meets_kinks(program):
    """Whether a regularizer takes |x| of an exact 0, whose derivative is 1 on JAX and 0 on torch, or leaky_relu,
    whose derivative there is 1 and the slope: behind padding, or where Ftrl made a column 0, it meets one."""
    optimizer = getattr(program.optimizer, "path", program.optimizer).lower()
    for layer in program.layers:
        if layer.keywords.get("activation") == "leaky_relu" or layer.path == "layers.LeakyReLU":
            return True
        for name, value in layer.keywords.items():
            if "regularizer" not in name or "l2" == value or getattr(value, "path", "").endswith(".L2"):
                continue
            zeros = "NonNeg" in repr(layer.keywords.get(name.replace("regularizer", "constraint")))
            if name.startswith(("bias", "activity")) or zeros or "ftrl" in optimizer:
                return True
    return False
