# SPDX-License-Identifier: Apache-2.0
"""Nodes of a graph of the third kind: what people make of tables beside looking vectors up. Bags, tables that go back or know
positions, many tables in one layer, features that meet, tables and kernels that are quantized or have an update of low rank.
"""
import draw_node
from draw_layers import draw_dense, draw_embedding, draw_initializer, draw_regularizer
from draw_node import LARGEST, pick
from draw_ops import op
from drawn_graph import Made
from expressions import Attribute, Call, Item, Ref, apply

COMBINERS = ["mean", "sum", "sqrtn"]


def begin(graph):
    """The ids of the inputs, each in a table, or all in one layer of many."""
    inputs = [value for value in graph.inputs if value.ids]
    if inputs and graph.dice.chance(0.2):
        _many_tables(graph, inputs)
    for value in inputs:
        if not value.used or graph.dice.chance(0.3):
            table(graph, value)


def draw_prepared(graph):
    """What is done with the model when it is made: expressions."""
    dice, prepared = graph.dice, []
    if dice.chance(0.5):
        return prepared
    updates = [apply(Attribute(Ref(name), "enable_lora"), dice.of([1, 1, width]), **_alpha(dice),
                     b_initializer="glorot_uniform") for name, width in graph.kernels if dice.chance(0.4)]
    if dice.chance(0.5):
        return updates
    # Parts of the first Keras quantizes too, and cannot open the model then, or computes with codes; codes of the last have
    # scales of 16 bits there (docs/keras-differences.md).
    refused = ("FeatureCross", "TokenAndPosition", "TimeDistributed", "dtype='float16'", "dtype='bfloat16'")
    has_refused = any(name in repr(graph.lines) for name in refused)
    names = [name for name, _ in graph.kernels if dice.chance(0.6)] if has_refused else ["model"]
    quantized = [apply(Attribute(Ref(name), "quantize"), **_quantization(graph)) for name in names]
    return [*updates, *quantized] if dice.chance(0.5) else [*quantized, *updates]


def _alpha(dice):
    return {"lora_alpha": dice.real(0.5, 4.0)} if dice.chance(0.5) else {}


def _quantization(graph):
    dice = graph.dice
    # Behind vectors that become codes to go back through a table Keras has the slope of their scale alone
    # (docs/keras-differences.md).
    goes_back = "reverse=True" in repr(graph.lines)
    if dice.chance(0.5):
        return {"mode": dice.of(["int8", "int4"][goes_back:])}
    name = dice.of(["Int8", "Int4", "Int4"])
    options = {"block_size": dice.of([None, -1, 1, 2, 3, 128])} if name == "Int4" else {}
    if name == "Int8" and (goes_back or dice.chance(0.7)):
        options["activation_quantizer"] = None
    return {"config": Call(f"quantizers.{name}QuantizationConfig", **options)}


# -- ids ---------------------------------------------------------------------------------------------


def table(graph, ids):
    tables = [made for made in graph.made if made.fits([ids])]
    if tables and graph.dice.chance(0.3):
        return graph.dice.of(tables).call([ids])
    return graph.dice.of([_embedding, _bags, _bags, _reversible, _reversible, _with_positions])(graph, ids)


def _embedding(graph, ids):
    """An Embedding, perhaps of another dtype policy or with an update."""
    dice, width = graph.dice, graph.width
    layer = draw_embedding(dice, graph.vocabulary, width)
    for name in ("name", "activity_regularizer", *["mask_zero"] * (not graph.padded)):
        layer.keywords.pop(name, None)
    if dice.chance(0.3) and "embeddings_constraint" not in layer.keywords:
        layer.keywords.update(lora_rank=dice.between(1, width), **_alpha(dice))
        layer.keywords.pop("embeddings_regularizer", None)  # half of the update begins at 0, where backends differ in L1
        layer.keywords.pop("weights", None)  # Keras sets them when the update is there, and refuses that
    elif dice.chance(0.4):
        if "Orthogonal(" in repr(layer.keywords):  # which PyTorch has not of 16 bits
            del layer.keywords["embeddings_initializer"]
        layer.keywords["dtype"] = dice.of(["mixed_float16", "mixed_bfloat16", "float16", "bfloat16"])
        if not layer.keywords["dtype"].startswith("mixed"):
            layer.keywords["trainable"] = False  # slots of 16 bits are Keras's alone (docs/keras-differences.md)
    return _looked_up(graph, ids, layer, width, bool(layer.keywords.get("mask_zero")))


def _looked_up(graph, ids, layer, width, masked):
    """The layer, made and called on ids; behind one of 16 bits numbers are float32 again."""
    name = draw_node.named(graph, "table", layer)
    if not {"lora_rank", "embeddings_constraint", "dtype"} & layer.keywords.keys():
        graph.kernels.append((name, width))

    def call(given):
        vectors = apply(Ref(name), given[0].expression)
        if "dtype" in layer.keywords:
            vectors = apply(Call("layers.Activation", activation="linear"), vectors)
        return graph.line("v", vectors, (*given[0].shape, width), given, masked=masked)

    made = Made(name, lambda given: len(given) == 1 and given[0].ids, call)
    graph.made.append(made)
    return made.call([ids])


def _bags(graph, ids):
    """An EmbedReduce, perhaps with weights of the ids."""
    dice, width = graph.dice, graph.width
    layer = draw_embedding(dice, graph.vocabulary, width, has_steps=False)
    layer.path = "layers.EmbedReduce"
    layer.keywords.pop("name", None)
    if dice.chance(0.8):
        layer.keywords["combiner"] = dice.of(COMBINERS)
    name = draw_node.named(graph, "bags", layer)

    def call(given):
        keywords, reads = {}, list(given)
        weights = [value for value in graph.values if not value.ids and value.shape == given[0].shape]
        if weights and dice.chance(0.6):
            reads.append(dice.of(weights))
            keywords["weights"] = op("sigmoid", reads[-1].expression)
        elif dice.chance(0.3):  # of the ids themselves
            keywords["weights"] = op("divide", op("add", op("cast", given[0].expression, "float32"), 1.0),
                                     float(graph.vocabulary))
        return graph.line("v", apply(Ref(name), given[0].expression, **keywords), (width,), reads)

    made = Made(name, lambda given: len(given) == 1 and given[0].ids, call)
    graph.made.append(made)
    return made.call([ids])


def _reversible(graph, ids):
    dice, width = graph.dice, graph.width
    layer = draw_embedding(dice, graph.vocabulary, width)
    layer.path = "layers.ReversibleEmbedding"
    # With weights Keras's cannot be made: they build it before it knows whether they are tied.
    for name in ("name", "activity_regularizer", "weights", *["mask_zero"] * (not graph.padded)):
        layer.keywords.pop(name, None)
    if dice.chance(0.3):
        layer.keywords["tie_weights"] = False
    if dice.chance(0.4):
        layer.keywords["logit_soft_cap"] = dice.real(0.1, 5.0)
    value = _looked_up(graph, ids, layer, width, bool(layer.keywords.get("mask_zero")))
    table = graph.made[-1].name
    if graph.vocabulary <= LARGEST:
        # As any layer that takes values: called on some, perhaps more than once.
        made = Made(table, lambda given: len(given) == 1 and not given[0].ids and given[0].shape[-1] == width,
                    lambda given: graph.line("v", apply(Ref(table), given[0].expression, reverse=True),
                                             (*given[0].shape[:-1], graph.vocabulary), given))
        graph.made.append(made)
        graph.backward.append(made)
    return value


def _with_positions(graph, ids):
    dice, width = graph.dice, graph.width
    more = dice.between(0, 3)
    layer = Call("layers.TokenAndPositionEmbedding", vocabulary_size=graph.vocabulary, sequence_length=graph.steps + more,
                 embedding_dim=width)
    if dice.chance(0.3):
        layer.keywords["tie_weights"] = False
    if dice.chance(0.4):
        layer.keywords["embeddings_initializer"] = draw_initializer(dice)
    if dice.chance(0.4) and graph.padded:
        layer.keywords["mask_zero"] = True
    name = draw_node.named(graph, "tokens", layer)
    made = Made(name, lambda given: len(given) == 1 and given[0].ids, lambda given: graph.line(
        "v", apply(Ref(name), given[0].expression, **_place(dice, more)), (*given[0].shape, width), given,
        masked="mask_zero" in layer.keywords))
    graph.made.append(made)
    return made.call([ids])


def _place(dice, more):
    """Where the first step is."""
    return {"start_index": dice.between(1, more)} if more and dice.chance(0.4) else {}  # of 0 Keratin says nothing in configs


def _many_tables(graph, inputs):
    """A DistributedEmbedding of all of them, and one perhaps twice; features may share a table."""
    dice, width = graph.dice, graph.width
    features = inputs + [dice.of(inputs)] * dice.chance(0.3)
    tables = []
    for i in range(dice.between(1, len(features))):
        layer = Call("layers.TableConfig", name=f"t{i}", vocabulary_size=graph.vocabulary, embedding_dim=width)
        if dice.chance(0.7):
            layer.keywords["combiner"] = dice.of(COMBINERS)
        if dice.chance(0.4):
            layer.keywords["initializer"] = draw_initializer(dice)
        layer.keywords["optimizer"] = None  # that of the model trains it, as KerasRS does on CPUs whatever stands here
        tables.append(draw_node.named(graph, "table", layer))
    configs = [Call("layers.FeatureConfig", name=f"f{i}", table=Ref(tables[i] if i < len(tables) else dice.of(tables)),
                    input_shape=(None, *value.shape), output_shape=(None, width)) for i, value in enumerate(features)]
    keys = [f"f{i}" for i in range(len(features))] if dice.chance(0.5) else range(len(features))

    def form(values):
        return dict(zip(keys, values)) if isinstance(keys, list) else list(values)

    name = draw_node.named(graph, "tables", Call("layers.DistributedEmbedding", feature_configs=form(configs)))
    given = form([value.expression for value in features])
    weights = [form([op("add", op("cast", value.expression, "float32"), 0.5) for value in features])] * dice.chance(0.3)
    called = draw_node.named(graph, "out", apply(Ref(name), given, *weights))
    for key in keys:
        graph.value(Item(Ref(called), key), (width,), features)


# -- vectors -----------------------------------------------------------------------------------------


def _positions(graph):
    """Positions of steps: rows that are learnt, waves, or turned pairs; the first two are added to the steps."""
    dice, value = graph.dice, pick(graph, rank=2)
    if value is None:
        return None
    steps, width = value.shape
    kind, more = dice.of(["Position", "Sine"] + ["Rotary"] * 2 * (width % 2 == 0)), dice.between(0, 3)
    if kind == "Position":
        layer = Call("layers.PositionEmbedding", sequence_length=steps + more)
        if dice.chance(0.5):
            layer.keywords["initializer"] = draw_initializer(dice)
    elif kind == "Sine":
        layer = Call("layers.SinePositionEncoding", max_wavelength=dice.of([10, 100, 10000]))
    else:
        layer = Call("layers.RotaryEmbedding", max_wavelength=dice.of([10, 100, 10000]))
        if dice.chance(0.6):
            layer.keywords.update(rope_type=dice.of(["linear", "dynamic", "yarn"]), scaling_factor=dice.real(0.5, 4.0))
            if layer.keywords["rope_type"] == "yarn":
                layer.keywords["original_max_position_embeddings"] = dice.of([8, 64, 4096])
    called = apply(layer, value.expression, **_place(dice, more))
    if kind == "Rotary":
        return graph.line("v", called, value.shape, [value])
    where = graph.line("v", called, value.shape, [value])
    return graph.line("v", apply(Call("layers.Add"), [value.expression, where.expression]), value.shape, [value, where],
                      masked=value.masked)


def _cross(graph):
    """A FeatureCross of one value, or of two."""
    dice, value = graph.dice, pick(graph)
    layer = Call("layers.FeatureCross")
    if dice.chance(0.5):
        layer.keywords["projection_dim"] = dice.between(1, 3)
    if dice.chance(0.5):
        layer.keywords["diag_scale"] = dice.of([None, dice.real(0.1, 2.0)])
    if dice.chance(0.2):
        layer.keywords["use_bias"] = False
    if dice.chance(0.5):
        layer.keywords["pre_activation"] = dice.of(["tanh", "sigmoid", "softplus"])
    for name in ("kernel", "bias"):
        if dice.chance(0.2):
            layer.keywords[f"{name}_initializer"] = draw_initializer(dice, vector=name == "bias")
        if dice.chance(0.15):
            layer.keywords[f"{name}_regularizer"] = draw_regularizer(dice)
    name, shape = draw_node.named(graph, "cross", layer), value.shape
    # Keras's layer is not built when it is called by a shape alone.
    made = Made(name, lambda given: all(entry.shape == shape and not entry.ids for entry in given),
                lambda given: graph.line("v", apply(Ref(name), *(entry.expression for entry in given)), shape, given,
                                         masked=given[0].masked), takes=dice.between(1, 2))
    graph.made.append(made)
    other = draw_node.partner(graph, value) if made.takes == 2 else None
    return made.call([value] if other is None else [value, other])


def _dots(graph):
    """A DotInteraction of two to four vectors."""
    dice = graph.dice
    value = pick(graph, rank=1)
    if value is None:
        return None
    others = [other for other in graph.values if not other.ids and other.shape == value.shape]
    given = [value, *(dice.of(others) for _ in range(dice.between(1, 3)))]
    options = {name: True for name in ("self_interaction", "skip_gather") if dice.chance(0.4)}
    count = len(given)
    width = count * count if "skip_gather" in options else count * (count + (1 if "self_interaction" in options else -1)) // 2
    return graph.line("v", apply(Call("layers.DotInteraction", **options), [entry.expression for entry in given]), (width,), given)


def _back(graph):
    """Vectors go back through a table."""
    fitting = [(made, value) for made in graph.backward for value in graph.values if made.fits([value])
               and value.shape[0] * graph.vocabulary <= LARGEST * (1 if len(value.shape) == 2 else value.shape[0])]
    if not fitting:
        return None
    made, value = graph.dice.of(fitting)
    return made.call([value])


def _kernel(graph):
    """A Dense or EinsumDense, perhaps with an update; of those that have none yet it may come later."""
    dice, value = graph.dice, pick(graph)
    layer = draw_dense(dice)
    width = layer.keywords["units"]
    if dice.chance(0.5):
        for name in ("use_bias", "units"):
            layer.keywords.pop(name, None)
        axes = "bt"[:len(value.shape)]  # an open axis would be one of Keras's shapes too
        layer.path = "layers.EinsumDense"
        layer.keywords.update(equation=f"{axes}d,de->{axes}e", output_shape=(*value.shape[:-1], width))
        if dice.chance(0.7):
            layer.keywords["bias_axes"] = "e"
    if dice.chance(0.4) and "kernel_constraint" not in layer.keywords:
        layer.keywords.update(lora_rank=dice.between(1, 2), **_alpha(dice))
        layer.keywords.pop("kernel_regularizer", None)
    name = draw_node.named(graph, "dense", layer)
    if not {"lora_rank", "kernel_constraint"} & layer.keywords.keys():
        graph.kernels.append((name, 2))
    return graph.line("v", apply(Ref(name), value.expression), (*value.shape[:-1], width), [value], masked=value.masked)


NODES = [_positions] * 3 + [_cross] * 3 + [_dots] * 2 + [_back] * 4 + [_kernel] * 3
