# SPDX-License-Identifier: Apache-2.0
"""ONNX files of Keratin's against ONNX Runtime: `export.py [MODELS]` exports models with every layer, activation and op that
has a form there, and MODELS (60) random ones of tests/parity, and holds what ONNX Runtime computes against `predict`. Needs
onnxruntime, and for the random ones what .venv/parity has."""
import itertools
import os
import pathlib
import sys
import tempfile

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "jax")  # of the Keras that tests/parity imports
import keratin as keras
from keratin import layers, ops
from keratin._structure import flatten

try:
    import onnxruntime
except ImportError:
    print("export: onnxruntime is not there, and nothing is checked.")
    sys.exit(0)

ROOT = pathlib.Path(__file__).parents[2]
# Some dozen float32 operations in another order: 16 units in the last place of what is near 1.
RTOL, ATOL = 1e-5, 2e-6
FOLDER = tempfile.TemporaryDirectory()
PATH = FOLDER.name + "/model.onnx"
DRAWN = np.random.default_rng(5)
IDS = DRAWN.integers(0, 20, size=(6, 7)).astype("int32")
IDS[0], IDS[1, 3:], IDS[2, :3] = 0, 0, 0  # masked whole, behind and in front
NUMBERS = DRAWN.normal(size=(6, 7, 4)).astype("float32")
NUMBERS[1, 2:] = 0


def check(what, model, *inputs, **signature):
    model.export(PATH, format="onnx", **signature)
    session = onnxruntime.InferenceSession(PATH, providers=["CPUExecutionProvider"])
    found = session.run(None, {place.name: x for place, x in zip(session.get_inputs(), inputs, strict=True)})
    expected = model.predict(list(inputs) if len(inputs) > 1 else inputs[0], verbose=0, batch_size=1000)
    expected = expected if isinstance(expected, list) else [expected]
    for one, other in zip(expected, found, strict=True):
        one = np.asarray(one)
        assert one.shape == other.shape and one.dtype == other.dtype, (what, one.shape, other.shape, one.dtype, other.dtype)
        np.testing.assert_allclose(other, one, rtol=RTOL, atol=ATOL, err_msg=what)


def graph(function, *examples):
    """The model of a function of inputs like these."""
    inputs = [keras.Input((None, *x.shape[2:]) if x.ndim > 1 else (), dtype=str(x.dtype)) for x in examples]
    return keras.Model(inputs, function(*inputs))


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
    known = {one.__name__ for one in vars(layers).values() if isinstance(one, type) and issubclass(one, layers.Layer)}
    missing = known - set(ways) - {"Embedding", "Input", "InputLayer", "Layer", "Lambda", *REFUSED}
    assert not missing, f"layers without a check: {missing}"


# Layers whose form is not written yet; they are refused by name.
REFUSED = {"LSTM", "GRU", "SimpleRNN", "LSTMCell", "GRUCell", "SimpleRNNCell", "RNN", "StackedRNNCells", "Bidirectional",
           "TimeDistributed", "EinsumDense", "Attention", "AdditiveAttention", "MultiHeadAttention", "GroupedQueryAttention",
           "AdaptiveAveragePooling1D", "AdaptiveMaxPooling1D", "AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D",
           "CategoryEncoding", "Discretization", "Normalization", "IntegerLookup", "StringLookup", "TextVectorization",
           "Hashing", "HashedCrossing", "EmbedReduce", "BruteForceRetrieval", "HardNegativeMining", "RemoveAccidentalHits",
           "SamplingProbabilityCorrection", "FeatureCross", "DotInteraction", "PositionEmbedding", "RotaryEmbedding",
           "SinePositionEncoding", "TokenAndPositionEmbedding", "SampledSoftmax", "NCE", "HierarchicalSoftmax",
           "AdaptiveLogSoftmaxWithLoss"}


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
    x = keras.Input((4,))
    check("an input that is an output", keras.Model(x, [x, x + 1]), NUMBERS[:, 0])


def check_refusals():
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
    from draw import draw

    exported, refused = 0, {}
    for seed in itertools.count():
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
    check_activations()
    check_ops()
    check_models()
    check_refusals()
    check_random(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
    print("export: ONNX Runtime computes what predict does")
