# SPDX-License-Identifier: Apache-2.0
"""ONNX files of Keratin's against ONNX Runtime: `export.py [MODELS]` exports models with every layer, activation and op that
has a form there, and MODELS (60) random ones of tests/parity, and holds what ONNX Runtime computes against `predict`. Needs
onnxruntime, and for the random ones what .venv/parity has."""
import itertools
import os
import pathlib
import sys

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "jax")  # of the Keras that tests/parity imports
import keratin as keras
from exported import CHECKED, DRAWN, IDS, NUMBERS, PATH, REFUSED, check, expect_refusal, graph, onnxruntime, seen
from export_categories import check_lookups, check_outputs, check_quantized
from keratin import layers, ops
from keratin._structure import flatten

ROOT = pathlib.Path(__file__).parents[2]


def check_layers():
    """Every class of the closed list, in as many ways as stand here."""
    table = {"mask_zero": True}
    x = {name: x for name, x in (("ids", IDS), ("numbers", NUMBERS))}
    ways = {
        "Activation": lambda v: layers.Activation("tanh")(v),
        "Dense": lambda v: layers.Dense(3, "relu")(layers.Dense(5, use_bias=False)(v)),
        "Dropout": lambda v: layers.Dropout(0.5)(v),
        "Flatten": lambda v: layers.Flatten()(layers.Reshape((2, -1))(v[:, :4])),
        "GlobalAveragePooling1D": lambda v: layers.GlobalAveragePooling1D(keepdims=True)(v),
        "GlobalMaxPooling1D": lambda v: layers.GlobalMaxPooling1D()(v),
        "GlobalSumPooling1D": lambda v: layers.GlobalSumPooling1D()(v),
        "Identity": lambda v: layers.Identity()(v),
        "Masking": lambda v: layers.GlobalAveragePooling1D()(layers.Masking(0.0)(v)),
        "Permute": lambda v: layers.Permute((2, 1))(v),
        "ReLU": lambda v: layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)(v),
        "RepeatVector": lambda v: layers.RepeatVector(3)(layers.GlobalMaxPooling1D()(v)),
        "ReversibleEmbedding": lambda v: layers.ReversibleEmbedding(9, 4, logit_soft_cap=2.0)(v, reverse=True),
        "Reshape": lambda v: layers.Reshape((2, -1))(v[:, :4]),
        "Softmax": lambda v: layers.Softmax(axis=1)(v),
        "SpatialDropout1D": lambda v: layers.SpatialDropout1D(0.5)(v),
        "AveragePooling1D": lambda v: layers.AveragePooling1D(3, 2, "same")(layers.AveragePooling1D(2)(v)),
        "BatchNormalization": lambda v: [layers.BatchNormalization(scale=False)(layers.BatchNormalization()(v)),
                                         layers.BatchNormalization(1)(layers.Permute((2, 1))(v))],
        "ActivityRegularization": lambda v: layers.ActivityRegularization(l2=0.1)(v),
        "AlphaDropout": lambda v: layers.AlphaDropout(0.5)(v),
        "Cropping1D": lambda v: [layers.Cropping1D((1, 2))(v), layers.Cropping1D((2, 0))(v)],
        "ELU": lambda v: layers.ELU(0.5)(v),
        "GaussianDropout": lambda v: layers.GaussianDropout(0.5)(v),
        "GaussianNoise": lambda v: layers.GaussianNoise(0.5)(v),
        "LeakyReLU": lambda v: layers.LeakyReLU(0.4)(v),
        "PReLU": lambda v: layers.PReLU("ones", shared_axes=[1])(v),
        "Rescaling": lambda v: layers.Rescaling(0.5, 1.0)(v),
        "RMSNormalization": lambda v: layers.RMSNormalization()(v),
        "SpatialDropout2D": lambda v: layers.SpatialDropout2D(0.5)(v[..., None]),
        "UnitNormalization": lambda v: layers.UnitNormalization()(v),
        "UpSampling1D": lambda v: layers.UpSampling1D(3)(v),
        "ZeroPadding1D": lambda v: layers.ZeroPadding1D((1, 2))(v),
        "Conv2D": lambda v: [layers.Conv2D(3, (2, 3), padding="same", activation="tanh")(v[..., None]),
                             layers.Conv2D(2, 2, strides=2, padding="same")(v[..., None])],
        "AveragePooling2D": lambda v: layers.AveragePooling2D((2, 1))(v[..., None]),
        "MaxPooling2D": lambda v: layers.MaxPooling2D((2, 3), (1, 2), "same")(v[..., None]),
        "Conv1D": lambda v: [layers.Conv1D(4, 3, padding=padding, dilation_rate=dilation, groups=groups, activation="relu")(v)
                             for padding in ("valid", "same", "causal") for dilation in (1, 2) for groups in (1, 2)]
        + [layers.Conv1D(3, 4, strides=2, padding="same", use_bias=False)(v),
           layers.Conv1D(3, 2, data_format="channels_first")(layers.Permute((2, 1))(v))],
        "Conv1DTranspose": lambda v: [
            layers.Conv1DTranspose(3, size, strides, padding, output_padding=more, dilation_rate=dilation, activation="tanh")(v)
            for padding in ("valid", "same") for size, strides, dilation in ((1, 3, 1), (2, 4, 1), (3, 1, 2), (4, 2, 1), (5, 1, 1))
            for more in ((None, 0) if strides == 1 else (None, 0, 1))]
        + [layers.Conv1DTranspose(3, 2, use_bias=False, data_format="channels_first")(layers.Permute((2, 1))(v))],
        "DepthwiseConv1D": lambda v: [
            layers.DepthwiseConv1D(3, strides, padding, 2, dilation_rate=dilation, activation="relu", bias_initializer="normal")(v)
            for padding in ("valid", "same") for strides, dilation in ((1, 1), (2, 1), (1, 2))]
        + [layers.DepthwiseConv1D(2, use_bias=False, data_format="channels_first")(layers.Permute((2, 1))(v))],
        "SeparableConv1D": lambda v: [
            layers.SeparableConv1D(5, 3, strides, padding, depth_multiplier=2, activation="relu", bias_initializer="normal")(v)
            for padding in ("valid", "same") for strides in (1, 2)]
        + [layers.SeparableConv1D(5, 2, use_bias=False, data_format="channels_first")(layers.Permute((2, 1))(v))],
        **{name: lambda v, name=name: [getattr(layers, name)(data_format=data_format, keepdims=keepdims)(v[..., None])
                                       for data_format in ("channels_first", "channels_last") for keepdims in (False, True)]
           for name in ("GlobalAveragePooling2D", "GlobalMaxPooling2D")},
        "GroupNormalization": lambda v: [
            layers.GroupNormalization(2, gamma_initializer="uniform", beta_initializer="uniform")(v),
            layers.GroupNormalization(-1, scale=False)(v), layers.GroupNormalization(1, center=False)(v[..., None, :] * [[1.0], [2.0]]),
            layers.GroupNormalization(2, axis=1)(layers.Permute((2, 1))(v))],
        "LayerNormalization": lambda v: [layers.LayerNormalization()(v), layers.LayerNormalization(-1, center=False)(v)],
        "MaxPooling1D": lambda v: [layers.MaxPooling1D(2)(v), layers.MaxPooling1D(3, 1, "same")(v)],
        "Dot": lambda v: layers.Dot(axes=(2, 2), normalize=True)([v, v * 2]),
        "Subtract": lambda v: layers.Subtract()([v, v * 3]),
        **{name: lambda v, name=name: getattr(layers, name)()([v, v * 2 - 1, -v]) for name in
           ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply")},
    }
    for name, way in ways.items():
        check(name, graph(way, x["numbers"]), x["numbers"])
    check("Softmax, masked", graph(lambda v: layers.Softmax()(v, mask=v > 0), NUMBERS), NUMBERS)
    for name, way in ways.items():  # with a mask of steps, where they take one
        if name == "Softmax":
            continue
        try:
            model = graph(lambda ids, way=way: way(layers.Embedding(20, 4, **table)(ids)), x["ids"])
        except ValueError as error:
            assert "makes a mask" in str(error), name
            continue
        check(f"{name}, masked", model, x["ids"])
    merged = graph(lambda a, b: [layers.GlobalAveragePooling1D()(getattr(layers, name)()(
        [layers.Embedding(20, 4, **table)(a), layers.Embedding(20, 4, mask_zero=masked)(b)]))
        for name in ("Add", "Multiply", "Maximum", "Concatenate") for masked in (True, False)], IDS, IDS)
    check("merged masks", merged, IDS, IDS[::-1].copy())
    policies = keras.Sequential([layers.Embedding(20, 4, mask_zero=True, input_length=7), layers.GlobalAveragePooling1D()],
                                mask_policy="keras3")
    check("a row without steps, as Keras 3 has it", policies, IDS)
    assert np.isnan(policies.predict(IDS, verbose=0)[0]).all()
    for policy in ("strict", "keras3", "keras2"):  # IDS has a row that is padding alone
        ids = keras.Input(IDS.shape[1:], dtype="int32")
        x = layers.Embedding(20, 4, mask_zero=True)(ids)
        y = [layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True), layers.MultiHeadAttention(2, 3, dropout=0.5)(x, x),
             layers.Attention()([layers.Embedding(20, 4)(ids), x], use_causal_mask=True)]
        check(f"queries that see nothing, {policy}", keras.Model(ids, y, mask_policy=policy), IDS)
    CHECKED.update(ways)



class Decay(layers.Layer):
    """A cell of one's own, of two states, that learns what it begins with."""
    state_size = [3, 3]
    output_size = 3

    def build(self, shape):
        self.first = self.add_weight(shape=(3,), initializer="normal", name="first")
        self.dense = layers.Dense(3)

    def get_initial_state(self, batch_size=None):
        return [ops.broadcast_to(self.first, (batch_size, 3)), ops.zeros((batch_size, 3))]

    def call(self, x, states):
        slow = states[0] * 0.9 + self.dense(x)
        return ops.tanh(slow) + states[1], [slow, states[1] + 1]


def check_recurrent():
    runs = [{}, {"return_sequences": True}, {"return_sequences": True, "go_backwards": True, "return_state": True},
            {"return_state": True, "zero_output_for_mask": True}, {"return_sequences": True, "zero_output_for_mask": True}]
    odd = {"activation": "relu", "use_bias": False}
    kinds = {"LSTM": [{}, {**odd, "recurrent_activation": "hard_sigmoid"}], "SimpleRNN": [{}, odd],
             "GRU": [{}, {"reset_after": False}, {**odd, "recurrent_activation": "hard_sigmoid"}, {"reset_after": False, "use_bias": False}]}
    drawn = {"bias_initializer": "normal"}
    for masked in (False, True):
        example = IDS if masked else NUMBERS
        start = (lambda x: layers.Embedding(20, 4, mask_zero=True)(x)) if masked else (lambda x: x)
        for name, ways in kinds.items():
            for way, run in itertools.product(ways, runs):
                check(f"{name} {way} {run} {masked}", graph(
                    lambda x: seen(name)(3, **{**drawn, **way}, **run)(start(x)), example), example)
            cells = [seen(f"{name}Cell")(3, **{**drawn, **way}) for way in ways]
            for run in runs:
                check(f"RNN {name} {run}", graph(lambda x: seen("RNN")(cells[0], **run)(start(x)), example), example)
                check(f"StackedRNNCells {name}", graph(
                    lambda x: layers.RNN(seen("StackedRNNCells")(cells), **run)(start(x)), example), example)
        for run in runs:
            check(f"a cell of one's own {run}", graph(lambda x: layers.RNN(Decay(), **run)(start(x)), example), example)
        for mode in ("concat", "sum", "mul", "ave", None):
            for run in ({}, {"return_sequences": True}, {"return_sequences": True, "return_state": True}):
                check(f"Bidirectional {mode} {run}", graph(
                    lambda x: seen("Bidirectional")(layers.GRU(3, **drawn, **run), merge_mode=mode)(start(x)), example), example)
        check("rows of them", graph(lambda x: layers.LSTM(2)(layers.Bidirectional(layers.LSTM(3, return_sequences=True))(start(x))), example),
              example)
    for policy in ("strict", "keras3"):  # which drops the mask behind the layer
        ids = keras.Input(IDS.shape[1:], dtype="int32")
        steps = layers.LSTM(2, return_sequences=True)(layers.Embedding(20, 4, mask_zero=True)(ids))
        check(f"a mean behind it, {policy}", keras.Model(ids, layers.GlobalAveragePooling1D()(steps), mask_policy=policy), IDS)
    states = NUMBERS[:, 0, :3].copy(), NUMBERS[:, 1, :3].copy()
    check("initial_state", graph(lambda x, h, c: layers.LSTM(3)(x, initial_state=[h, c]), NUMBERS, *states), NUMBERS, *states)
    for name in ("LSTMCell", "GRUCell", "SimpleRNNCell"):
        given = states[:2 if name == "LSTMCell" else 1]
        check(name, graph(lambda x, *h: flatten(getattr(layers, name)(3)(x, list(h))), NUMBERS[:, 0], *given), NUMBERS[:, 0], *given)
    within = NUMBERS[:, :, None] * np.arange(1, 4, dtype="float32")[:, None]
    for name, layer in (("Dense", layers.Dense(3, "tanh")), ("LSTM", layers.LSTM(2)), ("Conv1D", layers.Conv1D(2, 2))):
        example = NUMBERS if name == "Dense" else within
        check(f"TimeDistributed {name}", graph(lambda x: seen("TimeDistributed")(layer)(x), example), example)
    words = np.stack([IDS, IDS[::-1]], 1)
    check("TimeDistributed, masked", graph(lambda x: layers.TimeDistributed(layers.LSTM(3))(
        layers.Embedding(20, 4, mask_zero=True)(x)), words), words)
    check("masked steps of steps", graph(lambda x: layers.GRU(3)(layers.TimeDistributed(layers.Dense(3))(
        layers.Embedding(20, 4, mask_zero=True)(x))), IDS), IDS)


def check_attention():
    other = DRAWN.normal(size=(6, 5, 4)).astype("float32")
    table = layers.Embedding(20, 4, mask_zero=True)
    for options in ({}, {"use_scale": True}, {"score_mode": "concat"}, {"score_mode": "concat", "use_scale": True}):
        for call in ({}, {"use_causal_mask": True}, {"return_attention_scores": True}):
            check(f"Attention {options} {call}", graph(lambda q, v: seen("Attention")(**options)([q, v], **call), NUMBERS, other), NUMBERS, other)
            check(f"Attention, masked {options} {call}", graph(
                lambda q, v: layers.Attention(**options)([table(q), table(v)], **call), IDS, IDS), IDS, IDS[::-1].copy())
    for options in ({}, {"use_scale": False}):
        check(f"AdditiveAttention {options}", graph(lambda q, v: seen("AdditiveAttention")(**options)([q, v, v * 2]), NUMBERS, other), NUMBERS, other)
        check("AdditiveAttention, masked", graph(lambda q: layers.AdditiveAttention(**options)([table(q), table(q)], use_causal_mask=True), IDS), IDS)
    heads = [lambda: seen("MultiHeadAttention")(2, 3, bias_initializer="normal"),
             lambda: layers.MultiHeadAttention(2, 3, value_dim=5, use_bias=False, output_shape=(3,)),
             lambda: layers.MultiHeadAttention(2, 3, use_gate=True),
             lambda: seen("GroupedQueryAttention")(3, 4, 2, bias_initializer="normal"),
             lambda: layers.GroupedQueryAttention(3, 4, 1, use_gate=True, sliding_window=2)]
    allowed = DRAWN.integers(0, 2, size=(6, 7, 5)).astype("bool")
    for i, make in enumerate(heads):
        for call in ({}, {"use_causal_mask": True}, {"return_attention_scores": True}):
            check(f"heads {i} {call}", graph(lambda q, v: make()(q, v, **call), NUMBERS, other), NUMBERS, other)
            check(f"heads, masked {i} {call}", graph(lambda q: make()(table(q), table(q), **call), IDS), IDS)
        check(f"heads, attention_mask {i}", graph(lambda q, v, m: make()(q, v, attention_mask=m), NUMBERS, other, allowed), NUMBERS, other, allowed)
    plane = DRAWN.normal(size=(2, 3, 5, 4)).astype("float32")
    for axes in (None, (1,), (2,), (1, 2)):
        check(f"attention_axes {axes}", graph(lambda x: layers.MultiHeadAttention(2, 3, attention_axes=axes)(x, x), plane), plane)
    for equation, shape, bias in (("abc,cd->abd", (None, 3), "d"), ("...x,xy->...y", (3,), None), ("ab...,bc->ac...", (3,), None)):
        check(equation, graph(lambda x: seen("EinsumDense")(equation, shape, bias_axes=bias, activation="relu")(ops.transpose(x, (0, 2, 1)) if "ab." in equation else x),
                              NUMBERS), NUMBERS)


def check_positions():
    where = DRAWN.integers(0, 9, size=(6, 7)).astype("int32")
    ways = [lambda: seen("PositionEmbedding")(9), lambda: seen("SinePositionEncoding")(), lambda: seen("RotaryEmbedding")(),
            lambda: layers.RotaryEmbedding(rope_type="yarn", scaling_factor=4.0), lambda: layers.RotaryEmbedding(sequence_axis=2, feature_axis=1)]
    for i, make in enumerate(ways[:4]):
        check(f"positions {i}", graph(lambda x: make()(x), NUMBERS), NUMBERS)
        check(f"start {i}", graph(lambda x: make()(x, start_index=2), NUMBERS), NUMBERS)
        check(f"given positions {i}", graph(lambda x, p: make()(x, positions=p), NUMBERS, where), NUMBERS, where)
    plane = DRAWN.normal(size=(2, 3, 5, 4)).astype("float32")
    x = keras.Input((6, 4))
    check("positions of the first axis", keras.Model(x, ways[4]()(x)), DRAWN.normal(size=(3, 6, 4)).astype("float32"))
    check("positions among heads", graph(lambda x: layers.RotaryEmbedding()(x), plane), plane)
    check("TokenAndPositionEmbedding", graph(lambda x: layers.GlobalAveragePooling1D()(
        seen("TokenAndPositionEmbedding")(20, 9, 4, mask_zero=True)(x)), IDS), IDS)


def check_of_tables():
    weights = DRAWN.normal(size=IDS.shape).astype("float32")
    for combiner in ("sum", "mean", "sqrtn"):
        for masked in (False, True):
            check(f"EmbedReduce {combiner}", graph(lambda x: seen("EmbedReduce")(20, 4, combiner=combiner, mask_zero=masked)(x), IDS), IDS)
            check(f"EmbedReduce, weights {combiner}", graph(
                lambda x, w: layers.EmbedReduce(20, 4, combiner=combiner, mask_zero=masked)(x, weights=w), IDS, weights), IDS, weights)
    shared = layers.TableConfig("shared", 20, 4, combiner="sqrtn")
    features = [layers.FeatureConfig("a", shared, (None, IDS.shape[1]), (None, 4)), layers.FeatureConfig("b", shared, (None,), (None, 4))]
    check("DistributedEmbedding", graph(lambda *x: seen("DistributedEmbedding")(features)(list(x)), IDS, IDS[:, 0].copy()), IDS, IDS[:, 0].copy())
    check("DistributedEmbedding, weights", graph(
        lambda a, b, v, w: layers.DistributedEmbedding(features)([a, b], [v, w]), IDS, IDS[:, 0].copy(), weights, weights[:, 0].copy()),
        IDS, IDS[:, 0].copy(), weights, weights[:, 0].copy())
    flat = [NUMBERS[:, i].copy() for i in range(3)]
    for options in ({}, {"self_interaction": True}, {"skip_gather": True}):
        check(f"DotInteraction {options}", graph(lambda *x: seen("DotInteraction")(**options)(list(x)), *flat), *flat)
    for options in ({}, {"projection_dim": 2}, {"diag_scale": 0.5, "use_bias": False}):
        check(f"FeatureCross {options}", graph(lambda a, b: seen("FeatureCross")(**options)(a, b), *flat[:2]), *flat[:2])
    retrieval = seen("BruteForceRetrieval")(DRAWN.normal(size=(9, 4)).astype("float32"), k=3)
    check("BruteForceRetrieval", graph(lambda x: list(flatten(retrieval(x))), flat[0]), flat[0])
    labels = np.eye(6, 7, dtype="float32")
    check("HardNegativeMining", graph(lambda a, b: list(seen("HardNegativeMining")(2)(a, b)), weights, labels), weights, labels)
    check("RemoveAccidentalHits", graph(lambda a, b, i: seen("RemoveAccidentalHits")()(a, b, i), weights, labels, IDS), weights, labels, IDS)
    likely = np.abs(weights[0]) / 4
    check("SamplingProbabilityCorrection", graph(lambda a, p: seen("SamplingProbabilityCorrection")()(a, p), weights, np.tile(likely, (6, 1))),
          weights, np.tile(likely, (6, 1)))
    fixed = keras.Input((7, 4))
    plane = keras.Input((7, 5, 4))
    for name in ("AdaptiveAveragePooling1D", "AdaptiveMaxPooling1D"):
        check(name, keras.Model(fixed, [seen(name)(3)(fixed), layers.Permute((2, 1))(seen(name)(9)(fixed))]), NUMBERS)
        check(name, keras.Model(fixed, seen(name)(3, data_format="channels_first")(fixed)), NUMBERS)
    for name in ("AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D"):
        check(name, keras.Model(plane, [seen(name)((3, 2))(plane), seen(name)(4)(plane)]), DRAWN.normal(size=(2, 7, 5, 4)).astype("float32"))
    normalization = seen("Normalization")()
    normalization.adapt(NUMBERS)
    check("Normalization", graph(lambda x: normalization(x), NUMBERS), NUMBERS)


def check_all_classes():
    known = {one.__name__ for one in vars(layers).values() if isinstance(one, type) and issubclass(one, layers.Layer)}
    missing = known - CHECKED - {"Embedding", "Input", "InputLayer", "Layer", "Lambda", "Retrieval", *REFUSED}
    assert not missing, f"layers without a check: {missing}"


def check_activations():
    refused = []
    for name in sorted(dir(keras.activations)):
        try:
            layers.Activation(name)
            if name == "threshold":  # which has no defaults
                continue
        except (ValueError, TypeError):
            continue  # no activation
        try:
            check(name, keras.Sequential([keras.Input((4,)), layers.Dense(6, name)]), NUMBERS[:, 0] * 3)
        except ValueError as error:
            assert f"has the activation '{name}'" in str(error), (name, error)
            refused.append(name)
    assert refused == ["sparsemax"], refused


def check_ops():
    numbers = [
        "x + 1", "2 - x", "x * x", "x / 3", "x ** 2", "-x", "abs(x)", "x > 0.5", "x <= 0", "o.not_equal(x, 0)", "o.equal(x, 0)", "x[:, 1]", "x[..., -1]",
        "x[:, ::-1]", "x[:, 1:4, None]", "o.exp(x)", "o.log(o.abs(x) + 1)", "o.log1p(o.abs(x))", "o.expm1(x)", "o.sqrt(o.abs(x))",
        "o.rsqrt(o.abs(x) + 1)", "o.square(x)", "o.sign(x)", "o.sin(x)", "o.cos(x)", "o.tanh(x)", "o.sigmoid(x)", "o.erf(x)",
        "o.floor(x)", "o.ceil(x)", "o.clip(x, -0.5, 0.5)", "o.maximum(x, 0.1)", "o.minimum(x, 0.1)", "o.sum(x, 1)", "o.mean(x, -1, keepdims=True)",
        "o.max(x, (1, 2))", "o.min(x, 2)", "o.prod(x, 2)", "o.any(x > 1, 1)", "o.all(x > -3, 1)", "o.var(x, 1)", "o.std(x, 2)",
        "o.logsumexp(x, 1)", "o.argmax(x, 2)", "o.argmin(x, 1)", "o.cumsum(x, 1)", "o.expand_dims(x, 1)", "o.squeeze(o.sum(x, 1, keepdims=True), 1)",
        "o.transpose(x, (0, 2, 1))", "o.swapaxes(x, 1, 2)", "o.moveaxis(x, 1, 2)", "o.concatenate([x, x * 2], 1)", "o.stack([x, -x], 2)",
        "o.split(x, 2, 2)", "o.matmul(x, o.transpose(x, (0, 2, 1)))", "o.einsum('abc,adc->abd', x, x)", "o.where(x > 0, x, -x)",
        "o.ones_like(x)", "o.zeros_like(x)", "o.cast(x, 'int32')", "o.isnan(x)", "o.isfinite(x)", "o.log2(o.abs(x) + 1)", "o.log10(o.abs(x) + 1)",
        "o.reciprocal(o.abs(x) + 1)", "o.tile(x, (1, 2, 1))", "o.pad(x, ((0, 0), (1, 2), (0, 0)))", "o.softmax(x, 1)", "o.log_softmax(x, 2)",
        "o.leaky_relu(x)", "o.gelu(x)", "o.relu6(x)", "o.logical_and(x > 0, x < 1)", "o.logical_not(x > 0)", "o.reshape(x, (-1, 4))",
        "o.take(x, [0, 2], 2)", "o.threshold(x, 0.5, 2.0)",
    ]
    for text in numbers:
        def values(x):
            found = eval(text, {"o": ops, "x": x})
            return list(found) if isinstance(found, (list, tuple)) else found
        check(text, graph(values, NUMBERS), NUMBERS)
    for text in ("x + 1", "x * 2 - 3", "o.not_equal(x, 0)", "o.one_hot(x, 20)", "o.sum(x, 1)", "o.cast(x, 'float32') / 2", "x > 4", "o.maximum(x, 3)"):
        check(text, graph(lambda x: eval(text, {"o": ops, "x": x}), IDS), IDS)


class Gate(layers.Layer):
    def build(self, shape):
        self.gate = layers.Dense(shape[-1], "sigmoid")
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

    def call(self, x):
        return self.gate(x) * x * self.scale


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.gate, self.dense = Gate(), layers.Dense(2)

    def call(self, x):
        return self.dense(self.gate(x))


def check_models():
    check("a layer of one's own", keras.Sequential([keras.Input((4,)), Gate(), layers.Dense(2)]), NUMBERS[:, 0])
    own = Own()
    own(NUMBERS[:, 0])
    check("a model of one's own", own, NUMBERS[:, 1])
    check("with a signature", own, NUMBERS[:, 1], input_signature=[keras.Input((4,), name="x")])
    inner = keras.Sequential([layers.Embedding(20, 4, mask_zero=True), layers.GlobalAveragePooling1D()])
    check("models in models, shared", graph(lambda a, b: inner(a) - inner(b), IDS, IDS), IDS, IDS[::-1].copy())
    check("a table of 16 bits", keras.Sequential([layers.Embedding(20, 4, input_length=7, precision="bfloat16")]), IDS)
    for policy in ("float16", "bfloat16", "mixed_float16", "mixed_bfloat16"):  # to the bit: nothing follows the rounding
        for lora_rank in (None, 2):
            check(f"vectors of {policy}, {lora_rank}", keras.Sequential(
                [layers.Embedding(20, 4, input_length=7, dtype=policy, lora_rank=lora_rank)]), IDS)
    x = keras.Input((4,))
    check("an input that is an output", keras.Model(x, [x, x + 1]), NUMBERS[:, 0])


def check_refusals():
    expect_refusal("return_state=True", keras.Sequential([keras.Input(batch_shape=(6, 7, 4)), layers.LSTM(3, stateful=True)]))

    class Numbers(layers.Layer):
        def call(self, x):
            return ops.convert_to_tensor(np.sort(np.asarray(x)))

    for what, model in (("sparsemax", keras.Sequential([keras.Input((4,)), layers.Dense(3, "sparsemax")])),
                        ("sort", graph(lambda x: ops.sort(x, 1), NUMBERS))):
        before = pathlib.Path(PATH).read_bytes()
        try:
            model.export(PATH, format="onnx")
        except ValueError as error:
            assert "no form in ONNX" in str(error), (what, error)
        else:
            raise AssertionError(f"{what} was exported")
        assert pathlib.Path(PATH).read_bytes() == before


def check_random(count):
    sys.path.insert(0, str(ROOT / "tests/parity"))
    from build import Side  # noqa: F401  it imports Keras, whose numbers programs are drawn with
    from draw import FIRST_OF_TABLES, draw

    exported, refused = 0, {}
    for seed in itertools.chain.from_iterable((2 * i, 2 * i + 1, FIRST_OF_TABLES + i) for i in itertools.count()):
        if exported + sum(refused.values()) == count:
            break
        program = draw(seed)
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        model = program.make(keras)
        inputs = program.x if isinstance(program.x, (list, tuple)) else [program.x]
        if not all(isinstance(one, np.ndarray) for one in inputs):
            continue
        try:
            model.export(PATH, format="onnx")
        except ValueError as error:
            assert "no form in ONNX" in str(error), (seed, error)
            refused[str(error)] = refused.get(str(error), 0) + 1
            continue
        session = onnxruntime.InferenceSession(PATH, providers=["CPUExecutionProvider"])
        feed = {place.name: x.astype(TYPES[place.type]) for place, x in zip(session.get_inputs(), inputs, strict=True)}
        found = session.run(None, feed)
        expected = model.predict(program.x, verbose=0, batch_size=1000)
        for one, other in zip(flatten(expected), found, strict=True):
            np.testing.assert_allclose(other, np.asarray(one), rtol=1e-4, atol=1e-4, err_msg=f"seed {seed}")
        exported += 1
    print(f"random models: {exported} exported, {sum(refused.values())} refused by name")
    assert exported >= count // 2, refused


TYPES = {"tensor(float)": "float32", "tensor(int32)": "int32", "tensor(int64)": "int64"}


if __name__ == "__main__":
    check_layers()
    check_recurrent()
    check_attention()
    check_positions()
    check_of_tables()
    check_lookups()
    check_outputs()
    check_quantized()
    check_all_classes()
    check_activations()
    check_ops()
    check_models()
    check_refusals()
    check_random(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
    print("export: ONNX Runtime computes what predict does")
