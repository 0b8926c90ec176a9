# SPDX-License-Identifier: Apache-2.0
import copy
import inspect
import pickle

import numpy as np
import pytest

import keratin
from keratin import constraints, layers, regularizers


def options(layer):
    config = layer.get_config()
    return {name: config[name] and (config[name].get("class_name") if isinstance(config[name], dict) else config[name])
            for name in ("activity_regularizer", "embeddings_constraint", "mask_zero", "input_length")}


KERAS_2 = [
    (("l2",), dict(activity_regularizer="L2")),
    ((regularizers.L1(), "non_neg"), dict(activity_regularizer="L1", embeddings_constraint="NonNeg")),
    ((None, None, True), dict(mask_zero=True)),
    ((None, constraints.UnitNorm(), True, 7), dict(embeddings_constraint="UnitNorm", mask_zero=True, input_length=7)),
    ((None, None, False, 7), dict(input_length=7)),
]
KERAS_3 = [
    (("non_neg",), dict(embeddings_constraint="NonNeg")),
    ((constraints.MaxNorm(2), True), dict(embeddings_constraint="MaxNorm", mask_zero=True)),
    ((None, True), dict(mask_zero=True)),
    ((None, True, None, None), dict(mask_zero=True)),
]


@pytest.mark.parametrize("positional, wanted", [((None,), {}), *KERAS_2, *KERAS_3])
def test_positions_of_both_generations(positional, wanted):
    layer = layers.Embedding(5, 3, "uniform", None, *positional)
    nothing = dict(activity_regularizer=None, embeddings_constraint=None, mask_zero=False, input_length=None)
    assert options(layer) == {**nothing, **wanted}


def test_position_of_weights():
    weights = np.arange(15, dtype="float32").reshape(5, 3)
    layer = layers.Embedding(5, 3, "uniform", None, None, False, [weights])
    np.testing.assert_array_equal(layer(np.array([4])), weights[[4]])


@pytest.mark.parametrize("positional", [(3,), (True,), ("relu",), (None, "l2"), (lambda w: w,), ("l2", True), (None, 1),
                                        (None, None, None, None, None, None, None)])
def test_positions_that_tell_nothing(positional):
    with pytest.raises(TypeError, match="give them by name"):
        layers.Embedding(5, 3, "uniform", None, *positional)


def test_embedding():
    table = np.arange(12, dtype="float32").reshape(4, 3)
    layer = layers.Embedding(4, 3, weights=table, mask_zero=True)
    ids = np.array([[0, 3], [1, 2]])
    np.testing.assert_array_equal(layer(ids), table[ids])
    np.testing.assert_array_equal(layer.compute_mask(ids), ids != 0)
    np.testing.assert_array_equal(layer.embeddings, table)
    assert layer.embeddings.path == f"{layer.name}/embeddings"
    table[:] = 0  # it has a copy
    assert layer(ids).any()
    half = layers.Embedding(4, 3, precision="bfloat16", rows_drawn="on_demand")
    assert half(ids).shape == (2, 2, 3) and half.precision == "bfloat16"
    with pytest.raises(ValueError, match="precision"):
        layers.Embedding(4, 3, precision="int8")


def test_ids_out_of_range():
    layer = layers.Embedding(4, 3, name="words")
    with pytest.raises(IndexError, match=r"words.*4"):
        layer(np.array([[0, 4]]))
    with pytest.raises(IndexError):
        layer(np.array([-1]))
    with pytest.raises(ValueError, match="not an integer"):
        layer(np.array([0.5]))
    np.testing.assert_array_equal(layer(np.array([1.0])), layer(np.array([1])))


def test_every_layer_is_a_function():
    x = np.arange(24, dtype="float32").reshape(2, 3, 4)
    np.testing.assert_allclose(layers.GlobalAveragePooling1D()(x), x.mean(1))
    np.testing.assert_array_equal(layers.GlobalMaxPooling1D(keepdims=True)(x), x.max(1, keepdims=True))
    np.testing.assert_array_equal(layers.GlobalSumPooling1D()(x), x.sum(1))
    np.testing.assert_array_equal(layers.Flatten()(x), x.reshape(2, 12))
    np.testing.assert_array_equal(layers.Reshape((-1, 2))(x), x.reshape(2, 6, 2))
    np.testing.assert_array_equal(layers.Activation("relu")(-x), np.zeros_like(x))
    np.testing.assert_array_equal(layers.Permute((2, 1))(x), x.transpose(0, 2, 1))
    np.testing.assert_array_equal(layers.Permute((2, 1))(x.astype("int32")), x.transpose(0, 2, 1).astype("int32"))
    np.testing.assert_array_equal(layers.RepeatVector(3)(x[0]), np.repeat(x[0][:, None], 3, axis=1))
    np.testing.assert_array_equal(layers.Identity()(x.astype("int32")), x.astype("int32"))
    np.testing.assert_array_equal(layers.ReLU(max_value=6, negative_slope=0.5, threshold=2)(x - 8),
                                  np.where(x - 8 > 6, 6, np.where(x - 8 > 2, x - 8, 0.5 * (x - 10))))
    odds = np.exp(x - x.max(-1, keepdims=True))
    np.testing.assert_allclose(layers.Softmax()(x), odds / odds.sum(-1, keepdims=True), rtol=1e-6)
    np.testing.assert_array_equal(layers.Masking(0.0).compute_mask(x), np.ones((2, 3), bool))
    np.testing.assert_array_equal(layers.Dropout(0.5)(x), x)
    dropped = layers.Dropout(0.5, seed=1)(x, training=True)
    assert set(np.unique(dropped / np.where(x == 0, 1, x))) <= {0.0, 2.0}
    assert layers.SpatialDropout1D(0.5)(x, training=True).shape == x.shape
    dense = layers.Dense(2, "relu")
    y = dense(x)
    np.testing.assert_allclose(y, np.maximum(x @ dense.kernel.numpy() + dense.bias.numpy(), 0), rtol=1e-5, atol=1e-6)


def test_what_the_smaller_layers_refuse():
    x = np.ones((2, 3, 4), "float32")
    for make, text in ((lambda: layers.Permute((0, 1)), r"consecutive and start from 1"),
                       (lambda: layers.Permute((1, 1)), r"consecutive and start from 1"),
                       (lambda: layers.Permute((2, 1))(x[0]), r"Permute"),
                       (lambda: layers.RepeatVector(0), r"n must be a positive integer. Received: 0"),
                       (lambda: layers.RepeatVector(2)(x), r"RepeatVector"),
                       (lambda: layers.ReLU(max_value=-1), r"max_value of a ReLU layer cannot be a negative value. Received: -1"),
                       (lambda: layers.ReLU(negative_slope=None), r"negative_slope of a ReLU layer cannot be None"),
                       (lambda: layers.ReLU(threshold=-0.5), r"threshold of a ReLU layer cannot be a negative value"),
                       (lambda: layers.Softmax(axis=5)(x), r"axis"),
                       (lambda: layers.Softmax()(x, mask=np.ones((2, 3), bool)), r"the mask must have the shape of the inputs")):
        with pytest.raises(ValueError, match=text):
            make()
    with pytest.raises(TypeError, match="Expected an integer value for `n`"):
        layers.RepeatVector(2.0)


def kept(outputs):
    return "".join("1" if value else "0" for value in outputs.ravel())


def test_each_call_of_dropout_in_training_draws_anew():
    """The choices of Keras 3.16 on JAX, and where its seed generator stands: one number a call."""
    x = np.ones((2, 6), "float32")
    drawn = ["010011010100", "011010000111", "100010110100", "111010001100"]
    layer = layers.Dropout(0.5, seed=3)
    assert [kept(layer(x, training=True)) for _ in range(3)] == drawn[:3]
    assert kept(layer(x)) == "1" * 12  # takes none
    assert kept(pickle.loads(pickle.dumps(layer))(x, training=True)) == drawn[3]
    assert kept(layer(x, training=True)) == drawn[3]
    model = keratin.Sequential([layers.Dropout(0.5, seed=3)])
    assert [kept(model(x, training=True)) for _ in range(3)] == drawn[:3]
    spatial = layers.SpatialDropout1D(0.5, seed=3)
    ones = np.ones((2, 2, 6), "float32")
    assert [kept(spatial(ones, training=True)) for _ in range(2)] == ["010011010011010100010100", "011010011010000111000111"]
    trained = keratin.Sequential([layers.Dropout(0.5, seed=3), layers.Dense(1)])
    trained.compile("sgd", "mse")
    trained.fit(np.ones((6, 6)), np.ones((6, 1)), batch_size=2, verbose=0)
    assert kept(trained.layers[0](x, training=True)) == drawn[3]  # behind the three steps


def test_dropout_makes_predictions_vary():
    model = keratin.Sequential([layers.Dropout(0.5), layers.Dense(1, kernel_initializer="ones")])
    x = np.ones((1, 200), "float32")
    draws = np.array([model(x, training=True) for _ in range(50)])
    assert abs(draws.mean() - 200) < 10 and draws.std() > 5  # of 200 halves, doubled: sqrt(200)


def test_outputs_never_share_the_inputs():
    x = np.ones((2, 3), dtype="float32")
    for layer in [layers.Flatten(), layers.Reshape((3,)), layers.Dropout(0.5)]:
        y = layer(x)
        y[:] = 5  # writable, and its own
        assert (x == 1).all()


@pytest.mark.parametrize("layer", [
    layers.Dense(3, kernel_regularizer="l2"), layers.Embedding(5, 3, mask_zero=True), layers.Dropout(0.2, seed=3),
    layers.Reshape((2, 2)), layers.Activation("tanh"), layers.Flatten()])
@pytest.mark.parametrize("how", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy, copy.copy,
                                 lambda x: type(x).from_config(x.get_config()), lambda x: layers.deserialize(layers.serialize(x))])
def test_copies(layer, how):
    other = how(layer)
    assert type(other) is type(layer) and other.get_config() == layer.get_config() and other.name == layer.name


def test_weights_are_copied_along():
    for layer, x in [(layers.Dense(3), np.ones((2, 4))), (layers.Embedding(5, 3), np.array([[1, 2]]))]:
        y = layer(x)
        for other in [pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer)]:
            np.testing.assert_array_equal(other(x), y)
            other.set_weights([w * 0 for w in other.get_weights()])
            np.testing.assert_array_equal(layer(x), y)


def test_keywords():
    assert layers.Dense(3, name="d", trainable=False, dtype="float32").name == "d"
    with pytest.raises(ValueError, match="Unrecognized keyword arguments passed to Dense"):
        layers.Dense(3, unit=4)
    with pytest.raises(ValueError, match="float32"):
        layers.Dense(3, dtype="float16")
    with pytest.raises(ValueError, match=r"\[Dense\]"):
        layers.Dense(-3)
    with pytest.raises(ValueError, match="Did you mean"):
        layers.Dense(3, activation="reluu")
    with pytest.raises(AttributeError, match="fixed"):
        layers.Dense(3).units = 4


def test_one_initializer_for_two_layers_gives_the_same_values():
    initializer = keratin.initializers.RandomNormal()
    a, b = (layers.Dense(3, kernel_initializer=initializer) for _ in range(2))
    a.build((None, 4)), b.build((None, 4))
    np.testing.assert_array_equal(a.kernel, b.kernel)
    assert a.kernel_initializer is initializer


def test_every_public_class_has_a_docstring_in_keras_order():
    for name in layers.__all__:
        cls = getattr(layers, name)
        if not inspect.isclass(cls) or not issubclass(cls, layers.Layer) or name == "Layer":
            continue
        doc = inspect.getdoc(cls)
        sections = ("Example:", "Args:", "Input shape:", "Output shape:")
        if name == "InputLayer":
            sections = sections[:2]
        assert all(section in doc for section in sections), name
        places = [doc.index(section) for section in sections]
        assert 0 < places[0] and places == sorted(places), name


def test_rows_in_use():
    layer = layers.Embedding(1000, 3, rows_drawn="on_demand")
    assert layer.rows_in_use == 0
    layer(np.array([[1, 2, 2]]))
    model = keratin.Sequential([layer, layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.array([[1, 2, 2]]), np.ones((1, 1)), verbose=0)
    assert layer.rows_in_use == 2
    at_once = layers.Embedding(1000, 3)
    at_once.build()
    assert at_once.rows_in_use == 1000


@pytest.mark.parametrize("wide", [False, True])
def test_projections_of_attention_are_layers_of_its_weights(wide):
    layer = layers.MultiHeadAttention(2, 3, value_dim=5, kernel_regularizer="l2", bias_initializer="ones", use_gate=wide)
    with pytest.raises(AttributeError, match="not built"):
        layer.query_dense
    x = np.random.default_rng(0).normal(size=(2, 4, 6)).astype("float32")
    y = layer(x, x)
    assert type(layer.query_dense) is layers.EinsumDense and layer.query_dense.kernel.shape == (6, 2, 3)
    assert layer.value_dense.bias.shape == (2, 5) and layer.output_dense.kernel.shape == (2, 5, 6)
    assert isinstance(layer.key_dense.kernel_regularizer, keratin.regularizers.L2)
    q, k, v = (one(x).transpose(0, 2, 1, 3) for one in (layer.query_dense, layer.key_dense, layer.value_dense))
    scores = np.exp(q @ k.transpose(0, 1, 3, 2) / np.sqrt(3))
    heads = (scores / scores.sum(-1, keepdims=True) @ v).transpose(0, 2, 1, 3)
    if not wide:
        np.testing.assert_allclose(layer.output_dense(heads), y, rtol=1e-4, atol=1e-5)  # float32, sums of tens of products
    with pytest.raises(NotImplementedError, match=r"\[EinsumDense\] 'key' is a part of MultiHeadAttention 'multi_head_attention"):
        layer.key_dense.quantize("int8")  # Keras opens no file of that
    layer.output_dense.kernel.assign(np.zeros((2, 5, 6)))
    layer.output_dense.bias.assign(np.arange(6))
    np.testing.assert_array_equal(layer(x, x), np.broadcast_to(np.arange(6, dtype="float32"), y.shape))


def test_states_to_begin_with():
    for layer, count in ((layers.LSTM(3), 2), (layers.GRU(3), 1), (layers.SimpleRNN(3), 1)):
        states = layer.get_initial_state(batch_size=2)
        assert [state.shape for state in states] == [(2, 3)] * count and not any(map(np.any, states))
        x = np.ones((2, 4, 5), "float32")
        np.testing.assert_array_equal(layer(x, initial_state=states), layer(x))


def test_what_a_layer_that_takes_one_input_is_called_on():
    layer = layers.Dense(3, name="d")
    x = np.ones((4, 2), np.float32)
    expected = layer(x)
    np.testing.assert_array_equal(layer([x]), expected)  # one input, as for models
    assert layer([[1.0, 1.0]]).shape == (1, 3)  # numbers are data
    with pytest.raises(ValueError, match=r"\[Dense\] layer 'd' takes one input. Received: 2"):
        layer([x, x])
    for wrong in ({"a": x}, keratin.Sequential([layers.Dense(1)]), layer):
        with pytest.raises(TypeError, match=r"\[Dense\] layer 'd' is called with an array"):
            layer(wrong)


def test_a_call_that_returns_an_object():
    class Mine(layers.Layer):
        def call(self, x):
            return object()

    with pytest.raises(TypeError, match=r"\[Mine\] call of layer 'm' must return values: .*Received: <object"):
        Mine(name="m")(np.ones((2, 2), np.float32))
