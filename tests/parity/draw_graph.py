# SPDX-License-Identifier: Apache-2.0
"""A graph: several inputs and outputs, layers and models that are called more than once, models in models, merges,
operators, and models that are cut out of others or cloned. What a step of it can be is in draw_node.py.
"""
import collections
import operator

import draw_node
import draw_tables
import draw_task
from draw_layers import draw_ids, draw_steps, without_kinks
from drawn_graph import Graph
from expressions import Attribute, Call, Name, Ref, apply
from program import Program


def draw(dice, seed, of_tables=False):
    """The program without data, how inputs are made, what is to be learnt, and the forms of it. `of_tables`: with what
    draw_tables.py has."""
    graph = Graph(dice, nodes=draw_tables.NODES if of_tables else [])
    make_x, inputs = _draw_inputs(dice, graph)
    if of_tables:
        draw_tables.begin(graph)
    else:
        for value in graph.inputs:  # ids are for tables
            if value.ids:
                draw_node.table(graph, value)
    for _ in range(dice.between(2, 7)):
        draw_node.draw(graph)
    tasks, outputs = _draw_outputs(dice, graph)
    _draw_model(dice, graph, inputs, outputs)
    prepared = draw_tables.draw_prepared(graph) if of_tables else []
    program = Program(seed=seed, lines=graph.lines, outputs=list(outputs) if isinstance(outputs, dict) else [],
                      prepared=prepared)
    if any(layer.path == "layers.Masking" or layer.keywords.get("mask_zero") for layer in program.layers):
        program.drop_masks()
    if dice.chance(0.8):
        without_kinks(program.layers)  # else Keras on JAX alone can judge, which is slow
    forms, program.loss_weights = _draw_forms(dice, graph, tasks, outputs)
    return program, make_x, tasks, forms


# -- inputs ------------------------------------------------------------------------------------------


def _draw_inputs(dice, graph):
    """How they are made, and what `Model` is given: one, a list or a dict."""
    count = dice.of([1, 1, 2, 2, 2, 3])
    named, makers, inputs = dice.chance(0.6), [], []
    for i in range(count):
        kind = "ids" if graph.nodes and i == 0 else dice.of(["ids"] * 4 + ["values"] * 2 + ["steps"])
        name = {"name": "abc"[i]} if named else {}
        if kind == "ids":
            shape = (graph.steps,) if dice.chance(0.8) else (1,)
            makers.append(draw_ids(dice, graph.vocabulary, shape, masked=graph.padded))
            value = graph.line(f"x{i}", Call("Input", shape=shape, dtype="int32", **name), shape, ids=True)
        else:
            shape = (graph.width,) if kind == "values" else (graph.steps, graph.width)
            makers.append(draw_steps(dice, shape, 0.0))
            value = graph.line(f"x{i}", Call("Input", shape=shape, **name), shape)
        value.inputs = {i}
        graph.inputs.append(value)
        inputs.append(value.expression)
    names = "abc"[:count]
    form = dice.of(["list", "list", "dict"]) if named else "list"
    if form == "dict":
        inputs = dict(zip(names, inputs))
    elif count == 1:
        inputs = inputs[0]
    by_name = form == "dict" or (named and dice.chance(0.4))

    def make_x(number):
        made = [make(number) for make in makers]
        return dict(zip(names, made)) if by_name else made[0] if count == 1 else made

    return make_x, inputs


# -- outputs -----------------------------------------------------------------------------------------


def _draw_outputs(dice, graph):
    """What is to be learnt, and the outputs by name; without names in a list."""
    leaves = [value for value in graph.values if not value.used and not value.ids]
    count = dice.of([1, 1, 2, 2, 3])
    named = dice.chance(0.7)
    groups = [[] for _ in range(count)]
    for i, leaf in enumerate(dice.permutation(len(leaves))):
        groups[i % count].append(leaves[leaf])
    tasks, outputs = [], []
    for i, group in enumerate(groups):
        if not group or dice.chance(0.3):
            more = dice.of([value for value in graph.values if not value.ids])
            group += [] if more in group else [more]
        value = _gather(dice, graph, group)
        task = draw_task.draw(dice, value.shape, always_layer=named or value in graph.inputs, ranks=bool(graph.nodes))
        if task.layer:
            if named:
                task.layer.keywords["name"] = "pqr"[i]
            shape = (*value.shape[:-1], task.layer.keywords["units"])
            value = graph.line("y", apply(task.layer, value.expression), shape, [value], masked=value.masked)
        if "osine" in repr(task.loss) and value.shape[-1] == 1:
            task.loss = "mean_squared_error"  # of one number the cosine is a sign, and its slope is rounding alone
        task.masked = value.masked
        tasks.append(task)
        outputs.append(value.expression)
    if any(first is second for i, first in enumerate(outputs) for second in outputs[:i]):
        outputs = [graph.line("y", apply(Call("layers.Activation", activation="linear"), output), ()).expression
                   for output in outputs]
    return tasks, dict(zip("pqr", outputs)) if named else outputs


def _gather(dice, graph, group):
    """One value of them: of one of two axes perhaps as it is, else vectors side by side."""
    if len(group) == 1 and len(group[0].shape) == 2 and dice.chance(0.3):
        return group[0]
    vectors = [draw_node.to_vector(graph, value) for value in group]
    if len(vectors) == 1:
        return vectors[0]
    return graph.line("v", apply(Call("layers.Concatenate"), [value.expression for value in vectors]),
                      (sum(value.shape[0] for value in vectors),), vectors)


def _draw_model(dice, graph, inputs, outputs):
    """The last lines: the model, perhaps cut out of a larger one, or the clone of another."""
    form = outputs
    named = isinstance(outputs, dict)
    if named and dice.chance(0.6):
        form = list(outputs.values())
    if not named and len(outputs) == 1:
        form = outputs[0]
    ways = ["plain"] * 8 + ["clone"] + ["cut"] * named
    way = dice.of(ways)
    if named and len(outputs) == 1 and isinstance(form, list) and dice.chance(0.7):
        form = form[0]
    graph.is_dict = isinstance(form, dict)
    if way == "plain":
        graph.line("model", Call("Model", inputs=inputs, outputs=form), ())
        return
    if way == "clone":
        graph.line("whole", Call("Model", inputs=inputs, outputs=form), ())
        graph.line("model", apply(Name("models.clone_model"), Ref("whole")), ())
        return
    inner = dice.of([value for value in graph.values if not value.ids])
    graph.line("whole", Call("Model", inputs=inputs, outputs=[*outputs.values(), inner.expression]), ())
    found = {name: Attribute(apply(Attribute(Ref("whole"), "get_layer"), name), "output") for name in outputs}
    form = found if isinstance(form, dict) else list(found.values()) if isinstance(form, list) else found["p"]
    graph.line("model", Call("Model", inputs=Attribute(Ref("whole"), dice.of(["input", "inputs"])), outputs=form), ())


# -- what they learn, in the forms that compile and fit take ------------------------------------------------


def _draw_forms(dice, graph, tasks, outputs):
    """What makes one, a list or a dict of something of all outputs, for each thing; and the weights of losses."""
    names = list(outputs) if isinstance(outputs, dict) else []
    if len(tasks) == 1 and not graph.is_dict:
        return collections.defaultdict(lambda: operator.itemgetter(0)), None

    def form(kind):
        return (lambda values: dict(zip(names, values))) if kind == "dict" else list

    def any_form():
        return form("dict" if graph.is_dict or (names and dice.chance(0.5)) else "list")

    forms = {name: any_form() for name in ("loss", "metrics", "weighted_metrics")}
    # Keras takes weights of samples in the form of the targets, which must be that of the outputs then.
    forms["y"] = any_form() if dice.chance(0.3) else form("dict" if graph.is_dict else "list")
    forms["sample_weight"] = forms["y"] if graph.is_dict or forms["y"] is list else lambda weights: None
    weights = any_form()([dice.real(0.1, 3.0) for _ in tasks]) if dice.chance(0.5) else None
    return forms, weights
