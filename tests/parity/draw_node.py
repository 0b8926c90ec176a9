# SPDX-License-Identifier: Apache-2.0
"""One more node of a graph: a layer, one that is there called again, a merge, an operation, a model as a layer."""
from draw_layers import DROP_MASKS, after, draw_dense, draw_embedding, draw_inner, misreads_masks
from draw_ops import draw_binary, draw_unary, op
from drawn_graph import Made
from expressions import Call, Item, Name, Ref, apply

LARGEST = 48  # numbers of a value


def draw(graph):
    """One step, if one of a few that are tried can be."""
    for _ in range(8):
        kind = graph.dice.of([_layer] * 4 + [_again] * 4 + [_merge] * 4 + [_concatenate, _dot, _unary, _unary] +
                             [_binary] + [_model, _model, _cut] * (graph.depth < 2) + graph.nodes)
        if kind(graph):
            return


def pick(graph, rank=None):
    """A value, mostly one that nothing reads yet; None where there is none."""
    values = [value for value in graph.values if not value.ids and rank in (None, len(value.shape))]
    fresh = [value for value in values if not value.used]
    values = fresh if fresh and graph.dice.chance(0.6) else values
    return graph.dice.of(values) if values else None


def _small(*shape):
    size = 1
    for entry in shape:
        size *= entry
    return 0 < size <= LARGEST


# -- layers ------------------------------------------------------------------------------------------


def table(graph, ids):
    """The vectors of ids: by a table that is there, or a new one, or numbers made of the ids themselves."""
    tables = [made for made in graph.made if made.fits([ids])]
    if tables and graph.dice.chance(0.5):
        return graph.dice.of(tables).call([ids])
    if graph.dice.chance(0.07):
        vectors = op("one_hot", ids.expression, graph.vocabulary) if graph.vocabulary < 12 else op(
            "expand_dims", op("divide", op("cast", ids.expression, "float32"), float(graph.vocabulary)), -1)
        return graph.line("v", vectors, (*ids.shape, graph.vocabulary if graph.vocabulary < 12 else 1), [ids])
    width = graph.width if graph.dice.chance(0.7) else graph.dice.between(1, 6)
    layer = draw_embedding(graph.dice, graph.vocabulary, width)
    layer.keywords.pop("name", None)
    if not graph.padded:
        layer.keywords.pop("mask_zero", None)
    masked = bool(layer.keywords.get("mask_zero"))
    name = named(graph, "table", layer)
    made = Made(name, lambda given: len(given) == 1 and given[0].ids, lambda given: graph.line(
        "v", apply(Ref(name), given[0].expression), (*given[0].shape, width), given, masked=masked))
    graph.made.append(made)
    return made.call([ids])


def named(graph, name, expression):
    """A line that makes a layer or model; its name."""
    name = f"{name}{len(graph.lines)}"
    graph.lines.append((name, expression))
    return name


def _layer(graph):
    value = pick(graph)
    if graph.depth == 0 and graph.dice.chance(0.1) and any(entry.ids for entry in graph.values):
        return table(graph, graph.dice.of([entry for entry in graph.values if entry.ids]))
    layer = draw_inner(graph.dice, value.shape)
    if layer.path == "layers.Dense":
        return _dense(graph, value, layer)
    if graph.dice.chance(0.25) and len(value.shape) == 2:
        return to_vector(graph, value)
    shape = after(layer, value.shape)
    if len(shape) > 2 or (value.masked and (layer.path == "layers.Reshape" or misreads_masks(layer, value.shape))):
        return None
    name = named(graph, "layer", layer) if graph.dice.chance(0.3) else None
    masked = layer.path == "layers.Masking" or (value.masked and layer.path not in DROP_MASKS)
    return graph.line("v", apply(Ref(name) if name else layer, value.expression), shape, [value], masked=masked)


def _dense(graph, value, layer=None):
    layer = layer or draw_dense(graph.dice)
    if graph.dice.chance(0.6):
        layer.keywords["units"] = graph.width
        for name in ("kernel_initializer", "kernel_regularizer"):
            if "rthogonal" in repr(layer.keywords.get(name)):
                del layer.keywords[name]
    units, width = layer.keywords["units"], value.shape[-1]
    name = named(graph, "dense", layer)
    made = Made(name, lambda given: len(given) == 1 and not given[0].ids and given[0].shape[-1] == width,
                lambda given: graph.line("v", apply(Ref(name), given[0].expression), (*given[0].shape[:-1], units),
                                         given, masked=given[0].masked))
    graph.made.append(made)
    return made.call([value])


def _again(graph):
    """What has been called is called on something else."""
    if not graph.made:
        return None
    made = graph.dice.of(graph.made)
    given = [pick(graph) for _ in range(made.takes)]
    if None in given:
        return None
    if graph.dice.chance(0.3) and any(value.ids for value in graph.values):
        given[0] = graph.dice.of([value for value in graph.values if value.ids])
    return made.call(given) if made.fits(given) else None


def to_vector(graph, value):
    if len(value.shape) == 1:
        return value
    steps, width = value.shape
    way = graph.dice.of(["GlobalAveragePooling1D"] * 3 + ["GlobalMaxPooling1D", "Flatten", "Flatten", "op"])
    if way == "Flatten" and not _small(steps, width):
        way = "GlobalMaxPooling1D"
    expression = op(graph.dice.of(["mean", "sum", "max"]), value.expression, axis=1) if way == "op" else apply(
        Call(f"layers.{way}"), value.expression)
    return graph.line("v", expression, (steps * width,) if way == "Flatten" else (width,), [value])


# -- merges ------------------------------------------------------------------------------------------


def partner(graph, value):
    """Another of the same shape, made where there is none; rarely one that broadcasts."""
    others = [other for other in graph.values
              if not other.ids and (other is not value or graph.dice.chance(0.1)) and other.shape == value.shape]
    if others:
        return graph.dice.of(others)
    broadcast = [other for other in graph.values if not other.ids and not (value.masked or other.masked)
                 and other.shape[-1] in (1, value.shape[-1]) and (len(other.shape) < len(value.shape) or
                                                                  other.shape[0] == 1)]
    if broadcast and graph.dice.chance(0.3) and len(value.shape) == 2:
        return graph.dice.of(broadcast)
    alike = [other for other in graph.values if not other.ids and other is not value and
             other.shape[:-1] == value.shape[:-1]]
    if not alike:
        return None
    layer = draw_dense(graph.dice)
    layer.keywords["units"] = value.shape[-1]
    layer.keywords.pop("kernel_regularizer", None)
    name = named(graph, "dense", layer)
    other = graph.dice.of(alike)
    return graph.line("v", apply(Ref(name), other.expression), value.shape, [other], masked=other.masked)


def _merge(graph):
    value = pick(graph)
    other = partner(graph, value)
    if other is None:
        return None
    kind = graph.dice.of(["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"])
    given = [value, other]
    third = partner(graph, value) if kind != "Subtract" and graph.dice.chance(0.3) else None
    if third is not None:
        given.append(third)
    given = [given[i] for i in graph.dice.permutation(len(given))]
    # Only where all have one does it travel.
    return graph.line("v", _merged(graph, kind, given), value.shape, given, masked=any(entry.masked for entry in given))


def _merged(graph, kind, given, **keywords):
    """As a layer, or as a function."""
    expressions = [value.expression for value in given]
    if graph.dice.chance(0.3):
        return apply(Name(f"layers.{kind.lower()}"), expressions, **keywords)
    return apply(Call(f"layers.{kind}", **keywords), expressions)


def _concatenate(graph):
    value = pick(graph)
    axis = graph.dice.between(1, len(value.shape))
    others = [other for other in graph.values if not other.ids and len(other.shape) == len(value.shape) and
              all(i == axis - 1 or a == b for i, (a, b) in enumerate(zip(other.shape, value.shape)))]
    given = [value, *(graph.dice.of(others) for _ in range(graph.dice.between(1, 2)))]
    shape = list(value.shape)
    shape[axis - 1] = sum(entry.shape[axis - 1] for entry in given)
    if not _small(*shape):
        return None
    axis = axis - 1 - len(shape) if graph.dice.chance(0.4) else axis
    return graph.line("v", _merged(graph, "Concatenate", given, axis=axis), tuple(shape), given,
                      masked=any(entry.masked for entry in given))


def _dot(graph):
    value = pick(graph)
    others = [other for other in graph.values if not other.ids and other.shape[-1] == value.shape[-1]]
    other = graph.dice.of(others)
    shape = (*value.shape[:-1], *other.shape[:-1]) or (1,)
    if not _small(*shape):
        return None
    ranks = len(value.shape), len(other.shape)
    axes = graph.dice.of([ranks, -1] + [ranks[0]] * (ranks[0] == ranks[1]))
    keywords = {"normalize": True} if graph.dice.chance(0.4) else {}
    return graph.line("v", _merged(graph, "Dot", [value, other], axes=axes, **keywords), shape, [value, other])


# -- operations --------------------------------------------------------------------------------------


def _unary(graph):
    value = pick(graph)
    expression, shape = draw_unary(graph.dice, value.expression, value.shape)
    return graph.line("v", expression, shape, [value]) if _small(*shape) else None


def _binary(graph):
    value = pick(graph)
    others = [other for other in graph.values if not other.ids and other.shape == value.shape and other is not value]
    if not others:
        return None
    other = graph.dice.of(others)
    return graph.line("v", draw_binary(graph.dice, value.expression, other.expression), value.shape, [value, other])


# -- models as layers --------------------------------------------------------------------------------


def _model(graph):
    """A model, called on values; perhaps a clone of one that is there."""
    given = [pick(graph) for _ in range(graph.dice.of([1, 1, 2]))]
    shapes = [value.shape for value in given]
    if len(given) == 1 and graph.dice.chance(0.5):
        expression, shapes_out, masks = _sequential(graph, shapes[0])
        names = None
    else:
        expression, shapes_out, masks, names = _functional(graph, shapes)
    name = named(graph, "model", expression)
    if graph.dice.chance(0.15) and _knows_shape(expression):
        name = named(graph, "clone", apply(Name("models.clone_model"), Ref(name)))
    made = Made(name, lambda values: [value.shape for value in values] == shapes and not any(v.ids for v in values),
                lambda values: _call_model(graph, name, values, shapes_out, masks, names), takes=len(given))
    graph.made.append(made)
    return made.call(given)


def _knows_shape(expression):
    return expression.path == "Model" or repr(expression.keywords["layers"][0]).startswith("keras.Input(")


def _call_model(graph, name, values, shapes_out, masks, names):
    """`names`: of inputs, and of outputs; None: they are lists."""
    given = [value.expression for value in values]
    inputs, outputs = names or (None, None)
    argument = dict(zip(inputs, given)) if inputs else given if len(given) > 1 else given[0]
    masked = masks or any(value.masked for value in values)
    if len(shapes_out) == 1 and not outputs:
        return graph.line("v", apply(Ref(name), argument), shapes_out[0], values, masked and len(shapes_out[0]) == 2)
    called = named(graph, "out", apply(Ref(name), argument))
    for i, shape in enumerate(shapes_out):
        found = graph.value(Item(Ref(called), outputs[i] if outputs else i), shape, values, masked and len(shape) == 2)
    return found


def _sequential(graph, shape):
    """Its expression, the shapes it gives, whether it makes masks."""
    layers = [Call("Input", shape=shape)] if graph.dice.chance(0.6) else []
    for i in range(graph.dice.between(1, 3)):
        if graph.depth < 1 and graph.dice.chance(0.25):
            model, (shape,), _, _ = _functional(graph, [shape], plain=True)
            layers.append(Ref(named(graph, "model", model)))
            continue
        layer = draw_inner(graph.dice, shape)
        keeps_masks = layer.path not in DROP_MASKS and not misreads_masks(layer, shape)
        if keeps_masks and len(after(layer, shape)) < 3 and "name" not in layer.keywords:
            layers.append(layer)
            shape = after(layer, shape)
    if all(getattr(layer, "path", "") == "Input" for layer in layers):
        layers.append(Call("layers.Dense", units=graph.width))
        shape = (*shape[:-1], graph.width)
    return Call("Sequential", layers=layers), [shape], any("Masking" in repr(layer) for layer in layers)


def _functional(graph, shapes, plain=False):
    """As _sequential, and the names of its inputs and outputs. `plain`: one output, and nothing by name."""
    inner = graph.inner()
    named = not plain and len(shapes) > 1 and graph.dice.chance(0.4)
    names = ["left", "right"][:len(shapes)]
    for i, shape in enumerate(shapes):
        inner.inputs.append(inner.line("i", Call("Input", shape=shape, **({"name": names[i]} if named else {})), shape))
    for _ in range(graph.dice.between(1, 3)):
        draw(inner)
    for value in inner.inputs:
        if not value.used:
            _dense(inner, value)
    leaves = [value for value in inner.values if not value.used]
    if len(leaves) > 1 and (plain or len(leaves) > 2 or graph.dice.chance(0.6)):
        vectors = [to_vector(inner, value) for value in leaves]
        leaves = [inner.line("v", apply(Call("layers.Concatenate"), [value.expression for value in vectors]),
                             (sum(value.shape[0] for value in vectors),), vectors)]
    outputs = [value.expression for value in leaves]
    inputs = [value.expression for value in inner.inputs]
    out_names = ["low", "high"][:len(outputs)] if not plain and graph.dice.chance(0.3) else None
    form = dict(zip(out_names, outputs)) if out_names else outputs if len(outputs) > 1 else outputs[0]
    inputs = dict(zip(names, inputs)) if named else inputs if len(inputs) > 1 else inputs[0]
    model = Call("Model", inputs=inputs, outputs=form)
    masks = any(value.masked for value in inner.values)
    return model, [value.shape for value in leaves], masks, (names if named else None, out_names)


def _cut(graph):
    """A model from values that are there to others that came from them, called on something else: all it is made of
    is shared."""
    ends = [value for value in graph.values if value.reads and not value.ids]
    if not ends:
        return None
    end = graph.dice.of(ends)
    others = {begin: [value for value in graph.values if value is not begin and value.shape == begin.shape and
                      value.ids == begin.ids] for begin in _lineage(end)}
    begins = [begin for begin in others if others[begin]]
    if not begins:
        return None
    begin = graph.dice.of(begins)
    other = graph.dice.of(others[begin])
    name = named(graph, "part", Call("Model", inputs=begin.expression, outputs=end.expression))
    return graph.line("v", apply(Ref(name), other.expression), end.shape, [other],
                      masked=len(end.shape) == 2 and (end.masked or other.masked))


def _lineage(value):
    """Values of which it is made and nothing else."""
    found = []
    while len(value.reads) == 1:
        value = value.reads[0]
        found.append(value)
    return found
