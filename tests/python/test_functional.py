# SPDX-License-Identifier: Apache-2.0
"""Functional models: several inputs and outputs, shared layers, models as layers, parts cut out of models."""
import copy
import pickle

import numpy as np
import pytest

import keratin as keras
from keratin import layers


def towers():
    """A shared table whose rows are 0 1, 2 3, 4 5 ..., and the mean over the steps of two inputs."""
    a, b = (keras.Input((3,), dtype="int32", name=name) for name in "ab")
    table = layers.Embedding(5, 2, weights=[np.arange(10.0).reshape(5, 2)], mask_zero=True, name="e")
    x = layers.GlobalAveragePooling1D(name="p")(table(a))
    y = layers.GlobalAveragePooling1D(name="q")(table(b))
    return a, b, x, y


A, B = np.array([[1, 2, 0]]), np.array([[4, 0, 0]])


def test_values_know_their_shape_and_type():
    x = keras.Input((4,), dtype="int32", name="ids")
    assert (x.shape, x.dtype, x.ndim, x.name) == ((None, 4), "int32", 2, "ids")
    y = layers.Embedding(3, 2)(x)
    assert (y.shape, y.dtype) == ((None, 4, 2), "float32")
    assert "shape=(None, 4, 2)" in repr(y)


def test_operators_leave_nodes():
    x = keras.Input((2,))
    y = ((x + 1) * 2 - x / 4) ** 2
    y = -y + 3 * x - (1 - x) / 2 + x % 2 + x // 2
    v = np.array([[1.0, 6.0]], np.float32)
    want = -(((v + 1) * 2 - v / 4) ** 2) + 3 * v - (1 - v) / 2 + v % 2 + v // 2
    np.testing.assert_allclose(keras.Model(x, y).predict(v), want, rtol=1e-6)
    np.testing.assert_array_equal(keras.Model(x, x > 2).predict(v), v > 2)


def test_two_inputs_one_table():
    a, b, x, y = towers()
    model = keras.Model([a, b], x * y)
    np.testing.assert_array_equal(model([A, B]), [[3 * 8, 4 * 9]])  # padding is left out
    assert [layer.name for layer in model.layers][:3] == ["a", "b", "e"]
    assert model.input_names == ["a", "b"] and model.input == [a, b]
    assert len(model.weights) == 1 and model.count_params() == 10


def test_a_part_is_cut_out_and_shares_layers():
    a, b, x, y = towers()
    model = keras.Model([a, b], x * y)
    tower = keras.Model(model.input[0], model.get_layer("p").output)
    np.testing.assert_array_equal(tower.predict(A), [[3, 4]])
    assert tower.get_layer("e") is model.get_layer("e")
    assert model.get_layer("e").input is a  # of two calls the first, as in Keras 3
    with pytest.raises(AttributeError, match="never been called"):
        layers.Dense(2).output


def test_a_sequential_has_values_too():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, kernel_initializer="ones", name="hidden"), layers.Dense(2)])
    hidden = keras.Model(model.inputs, model.layers[0].output)
    np.testing.assert_array_equal(hidden.predict(np.ones((2, 3))), np.full((2, 4), 3))
    alone = keras.Sequential([layers.Dense(4, kernel_initializer="ones", name="h2")])
    with pytest.raises(AttributeError, match="build it first"):
        alone.input
    alone.build((None, 3))
    assert keras.Model(alone.input, alone.get_layer("h2").output).predict(np.ones((1, 3))).tolist() == [[3] * 4]


def test_models_are_layers():
    inner_in = keras.Input((2,))
    inner = keras.Model(inner_in, layers.Dense(2, kernel_initializer="ones")(inner_in), name="inner")
    sequence = keras.Sequential([layers.Dense(2, kernel_initializer="ones")])
    a, b = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([a, b], inner(a) + sequence(inner(b)))
    one = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(model([one, one]), [[9, 9]])
    assert inner in model.layers and len(model.weights) == 4
    outer = keras.Sequential([inner, layers.Dense(1, kernel_initializer="ones")])
    np.testing.assert_array_equal(outer.predict(one), [[6]])
    assert outer.layers[0] is inner


def trained():
    keras.utils.set_random_seed(3)
    x = keras.Input((3,), dtype="int32")
    y = layers.GlobalAveragePooling1D()(layers.Embedding(9, 4, mask_zero=True)(x))
    model = keras.Model(x, layers.Dense(1)(layers.Dropout(0.5)(y)) * 2)
    model.compile("adam", "mse")
    model.fit(IDS, TARGETS, epochs=2, batch_size=2, shuffle=False, verbose=0)
    return model


IDS, TARGETS = np.array([[1, 2, 0], [3, 4, 5], [8, 0, 0], [7, 7, 7]]), np.array([[0.0], [1], [1], [0]])


@pytest.mark.parametrize("copied", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
def test_copies_go_on_to_the_bit(copied):
    model = trained()
    other = copied(model)
    for one in (model, other):
        one.fit(IDS, TARGETS, epochs=2, batch_size=2, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(a, b)
    assert other.get_config() == model.get_config()


def test_clones_and_configs_make_the_same_graph():
    model = trained()
    for other in (keras.models.clone_model(model), keras.models.model_from_json(model.to_json()),
                  keras.Model.from_config(model.get_config()) if hasattr(keras.Model, "from_config") else model):
        assert [layer.name for layer in other.layers] == [layer.name for layer in model.layers]
        other.set_weights(model.get_weights())
        np.testing.assert_array_equal(other.predict(IDS), model.predict(IDS))
    named = keras.models.clone_model(model, clone_function=lambda layer: type(layer).from_config(layer.get_config()))
    assert named.count_params() == model.count_params()


def test_trains_as_a_sequential_does():
    def of(make):
        keras.utils.set_random_seed(5)
        model = make([layers.Embedding(9, 4, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dropout(0.5, seed=1),
                      layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(IDS, TARGETS, epochs=3, batch_size=2, shuffle=False, verbose=0)
        return model.get_weights()

    def graph(all_layers):
        x = value = keras.Input((3,), dtype="int32")
        for layer in all_layers:
            value = layer(value)
        return keras.Model(x, value)

    for a, b in zip(of(graph), of(keras.Sequential)):
        np.testing.assert_array_equal(a, b)


def test_structures():
    a, b, x, y = towers()
    model = keras.Model({"a": a, "b": b}, {"sum": x + y, "product": x * y})
    assert model.input_names == ["a", "b"] and model.output_names == ["product", "sum"]
    assert model.input_shape == [(None, 3), (None, 3)] and model.output_shape == [(None, 2), (None, 2)]


def test_results_have_dicts_by_sorted_keys():
    """As those of Keras 3.16, whose models of one's own leave dicts as `call` made them; what a model says of itself stays in order."""
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    model = keras.Model({"b": b, "a": a}, {"z": [a * 1.0, b * 2.0], "b": {"y": a * 3.0, "x": b * 4.0}, "m": a - b})
    x = {"b": np.full((2, 2), 5, np.float32), "a": np.ones((2, 2), np.float32)}
    for result in (model.predict(x, verbose=0), model.predict_on_batch(x), model(x)):
        assert list(result) == ["b", "m", "z"] and list(result["b"]) == ["x", "y"]
        assert [part[0, 0] for part in (*result["b"].values(), result["m"], *result["z"])] == [20, 3, -4, 1, 10]
    assert list(model.input) == ["b", "a"] and list(model.output) == ["z", "b", "m"] and list(model.output["b"]) == ["y", "x"]

    class Own(keras.Model):
        def call(self, inputs):
            return {"z": inputs * 1.0, "b": inputs * 2.0}

    own = Own()
    assert list(own.predict(x["a"], verbose=0)) == list(own(x["a"])) == ["z", "b"]


# -- what cannot be -------------------------------------------------------------------------------------


def test_errors_name_what_is_wrong():
    a, b, x, y = towers()
    with pytest.raises(ValueError, match="reads from input 'b'"):
        keras.Model(a, x * y)
    with pytest.raises(ValueError, match="'a' .*there twice"):
        keras.Model([a, a], x)
    with pytest.raises(ValueError, match="'e' is that of two layers"):
        keras.Model(a, layers.Dense(2, name="e")(x))
    with pytest.raises(ValueError, match="outputs must be what Input"):
        keras.Model(a, np.ones(3))
    with pytest.raises(ValueError, match="'e' .*'f'"):  # the mask
        keras.Model(a, layers.Flatten(name="f")(a_table(a)))
    model = keras.Model([a, b], x * y, name="m")
    with pytest.raises(ValueError, match="takes 2 inputs. Received: 1|one input"):
        model(A)
    with pytest.raises(IndexError, match="e"):
        model([A, np.array([[1, 2, 5]])])
    with pytest.raises(ValueError, match=r"input 'b' must have shape \(None, 3\). Received: \(1, 2\)"):
        model([A, B[:, :2]])


def a_table(a):
    return layers.Embedding(5, 2, mask_zero=True, name="e")(a)


@pytest.mark.parametrize("use", [float, int, bool, len, list, np.asarray, lambda x: 1 if x else 0])
def test_a_symbolic_value_has_no_elements(use):
    with pytest.raises(TypeError):
        use(keras.Input((2,)))


def test_summary_of_models_within_models(capsys):
    """The lines of Keras 3.16 for the same model."""
    inner_in = keras.Input((2,))
    inner = keras.Model(inner_in, layers.Dense(2, name="within")(inner_in), name="inner")
    x = keras.Input((2,), name="x")
    keras.Model(x, layers.Dense(1, name="o")(inner(x)), name="m").summary(expand_nested=True)
    text = capsys.readouterr().out
    for line in ("│ inner (Functional)              │ (None, 2)              │             6 │",
                 "│    └ within (Dense)             │ (None, 2)              │             6 │",
                 "│ o (Dense)                       │ (None, 1)              │             3 │"):
        assert line in text


def test_clone_model_goes_into_models_where_it_is_told():
    inner = keras.Sequential([keras.Input((2,)), layers.Dense(3, name="within")], name="inner")
    x = keras.Input((2,))
    model = keras.Model(x, inner(x))
    seen = []

    def another(layer):
        seen.append(layer.name)
        return type(layer).from_config(layer.get_config())

    keras.models.clone_model(model, clone_function=another)
    assert seen == ["inner"]
    keras.models.clone_model(model, clone_function=another, recursive=True)
    assert seen == ["inner", "within"]


def test_clones_of_models_share_a_layer_where_they_are_told_to_go_into_them():
    """Else each model within comes from its config alone, with a layer of its own; and calls are those of the outer model."""
    x, other = keras.Input((2,), dtype="int32"), keras.Input((2,), dtype="int32")
    table = layers.Embedding(13, 2, name="table")
    vectors = table(x)
    cut, listed = keras.Model(x, vectors, name="cut"), keras.Sequential([table], name="listed")
    model = keras.Model([x, other], [cut(other), listed(x), vectors])
    calls = []

    def call(layer, *args, **kwargs):
        calls.append(layer.name)
        return layer(*args, **kwargs)

    assert len(model.weights) == 1
    assert len(keras.models.clone_model(model, call_function=call).weights) == 3
    assert sorted(calls) == ["cut", "listed", "table"]
    calls.clear()
    assert len(keras.models.clone_model(model, call_function=call, recursive=True).weights) == 1
    assert sorted(calls) == ["cut", "listed", "table", "table"]


def test_clone_model_on_tensors_and_with_calls_of_ones_own():
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    shared = layers.Dense(3, name="d")
    model = keras.Model({"a": a, "b": b}, layers.Dense(1, name="o")(shared(a) + shared(b)), name="m")
    calls = []

    def call(layer, *args, **kwargs):
        calls.append(layer.name)
        found = layer(*args, **kwargs)
        return layers.Activation("tanh", name=f"after_{len(calls)}")(found) if layer.name == "d" else found

    c, d = keras.Input((2,), name="c"), keras.Input((2,), name="e")
    clone = keras.models.clone_model(model, {"a": c, "b": d}, call_function=call)
    assert calls == ["d", "d", "o"] and clone.input == {"a": c, "b": d}
    clone.set_weights(model.get_weights())
    x = {"a": np.array([[1.0, 2.0]]), "b": np.array([[0.5, -1.0]])}
    kernel, bias, out, out_bias = model.get_weights()
    expected = (np.tanh(x["a"] @ kernel + bias) + np.tanh(x["b"] @ kernel + bias)) @ out + out_bias
    np.testing.assert_allclose(clone.predict(x), expected, rtol=1e-5)
    sequential = keras.Sequential([keras.Input((2,)), layers.Dense(3, name="w")], name="s")
    for given in (c, [c]):
        other = keras.models.clone_model(sequential, given)
        assert other.name == "s" and other.input is c and other.output_shape == (None, 3)
    with pytest.raises(ValueError, match="input_tensors must have the structure"):
        keras.models.clone_model(model, [c, d])
    with pytest.raises(ValueError, match="input_tensors must have the structure"):
        keras.models.clone_model(sequential, [c, d])
    with pytest.raises(ValueError, match="input_tensors must be KerasTensors"):
        keras.models.clone_model(sequential, np.ones((1, 2)))
    with pytest.raises(ValueError, match="call_function is for functional models"):
        keras.models.clone_model(sequential, call_function=call)
    with pytest.raises(ValueError, match="clone_function must be a function. Received: 3"):
        keras.models.clone_model(sequential, clone_function=3)
    with pytest.raises(ValueError, match="model must be a Sequential or a functional model"):
        keras.models.clone_model(layers.Dense(1))


def test_a_sequential_that_begins_with_a_model_is_built_for_its_input():
    x = keras.Input((4,), dtype="int32")
    graph = keras.Model(x, layers.Flatten()(layers.Embedding(9, 2)(x)))
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    for first, data, count in ((graph, np.ones((2, 4), "int64"), 3), (inner, np.ones((2, 3)), 4)):
        model = keras.Sequential([first, layers.Dense(5)])
        assert model.built and len(model.weights) == count and model.output_shape == (None, 5)
        assert model.input_shape == first.input_shape and model.inputs[0].dtype == first.inputs[0].dtype
        assert model.predict(data, verbose=0).shape == (2, 5)
        model.pop()
        assert model.built and model.output_shape == first.output_shape
    a, b = keras.Input((2,)), keras.Input((2,))
    assert not keras.Sequential([keras.Sequential([layers.Dense(2)]), layers.Dense(3)]).built
    with pytest.raises(ValueError, match="takes a list of inputs. Received: one"):
        keras.Sequential([keras.Model([a, b], a + b)])(np.ones((1, 2)))


def test_no_sequential_is_a_part_of_itself():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(3)], name="s")
    x = keras.Input((3,))
    around = keras.Model(x, model(x), name="m")
    before = model.get_weights()
    for part in (model, around, keras.Sequential([layers.Dense(3), around], name="t"), layers.TimeDistributed(model, name="u")):
        with pytest.raises(ValueError, match=f"'{part.name}' is, or has in it, the model 's'"):
            model.add(part)
    assert len(model.layers) == 1
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_clones_are_compiled_as_their_model():
    """As in Keras; with an optimizer and metrics of their own."""
    own = keras.metrics.MeanMetricWrapper(lambda y_true, y_pred: keras.ops.mean(keras.ops.abs(y_true - y_pred), -1), name="own")
    for model in (keras.Sequential([keras.Input((2,)), layers.Dense(1)]), keras.Model(*(lambda x: (x, layers.Dense(1)(x)))(
            keras.Input((2,))))):
        assert not keras.models.clone_model(model).compiled
        model.compile(keras.optimizers.Adam(0.25), lambda y_true, y_pred: keras.ops.square(y_true - y_pred), metrics=[own])
        clone = keras.models.clone_model(model)
        assert clone.compiled and clone.optimizer is not model.optimizer and float(clone.optimizer.learning_rate) == 0.25
        clone.set_weights(model.get_weights())
        x, y = np.ones((4, 2)), np.zeros((4, 1))
        assert clone.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)


def test_outputs_come_as_they_were_given():
    a, b, x, y = towers()
    for outputs, kind in (([x, y], list), ((x, y), tuple), ({"x": x, "y": y}, dict)):
        assert type(keras.Model([a, b], outputs)([A, B])) is kind


def test_a_model_within_gives_its_outputs_as_they_were_given():
    """Also symbolic ones, of models that are called with dicts, and in clones."""
    left, right = (keras.Input((3,), name=name) for name in ("left", "right"))
    inner = keras.Model({"left": left, "right": right}, {"sum": left + right, "high": layers.Maximum()([left, right])})
    one = keras.Model(left, {"only": left * 2.0})
    x = keras.Input((3,))
    found = inner({"left": x, "right": one(x)["only"]})
    assert sorted(found) == ["high", "sum"]
    model = keras.Model(x, layers.Subtract()([found["sum"], found["high"]]))
    data = np.array([[1, -2, 3]], "float32")
    for each in (model, keras.models.clone_model(model)):
        np.testing.assert_array_equal(each.predict(data), [[1, -4, 3]])  # 3 x - max(x, 2 x)


def test_a_model_of_two_inputs_within_another_trains():
    a, b = keras.Input((3,)), keras.Input((3,))
    inner = keras.Model([a, b], layers.Concatenate()([a, b]))
    x = keras.Input((3,))
    model = keras.Model(x, layers.Dense(1, kernel_initializer="zeros")(inner([x, x])))
    model.compile("sgd", "mse")
    assert model.fit(np.ones((4, 3)), np.full((4, 1), 2.0), verbose=0).history["loss"] == [4.0]


def test_ids_of_a_model_of_two_inputs_within_another_are_checked_before_training():
    ids, other = keras.Input((2,), dtype="int32"), keras.Input((3,))
    inner = keras.Model([ids, other], layers.Concatenate()([layers.Flatten()(layers.Embedding(5, 2)(ids)), other]))
    x, y = keras.Input((2,), dtype="int32"), keras.Input((3,))
    model = keras.Model([x, y], layers.Dense(1)(inner([x, y])))
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(IndexError):
        model.fit([np.array([[0, 1], [2, 9]]), np.ones((2, 3))], np.ones((2, 1)), batch_size=1, shuffle=False, verbose=0)
    for old, new in zip(before, model.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_a_list_of_one_output_is_that_output():
    """Keras: unpack_singleton."""
    x = keras.Input((3,))
    model = keras.Model([x], [x * 2.0])
    data = np.ones((2, 3), "float32")
    for found in (model.predict(data), model(data), model.predict_on_batch(data)):
        np.testing.assert_array_equal(found, 2 * data)
    assert keras.Model(x, model(x)).output_shape == (None, 3)


def test_metrics_of_one_output_by_its_name():
    x = keras.Input((2,))
    model = keras.Model(x, {"p": layers.Dense(1, kernel_initializer="ones", name="p")(x)})
    model.compile("sgd", {"p": "mse"}, metrics={"p": ["mae", keras.metrics.MeanSquaredError(name="squares")]})
    logs = model.evaluate(np.ones((2, 2)), {"p": np.zeros((2, 1))}, verbose=0, return_dict=True)
    assert logs == {"loss": 4.0, "mae": 2.0, "squares": 4.0}


def test_a_loss_function_with_a_weight():
    x = keras.Input((2,))
    model = keras.Model(x, layers.Dense(1, kernel_initializer="ones", use_bias=False)(x))
    model.compile(keras.optimizers.SGD(0.25), keras.losses.mean_squared_error, loss_weights=0.5)
    assert model.train_on_batch(np.ones((2, 2)), np.zeros((2, 1))) == 2.0
    np.testing.assert_array_equal(model.get_weights()[0], [[0.5], [0.5]])  # 1 - 0.25 * 0.5 * 2 * 2


def test_what_is_symbolic_says_so():
    x = keras.Input((3,))
    assert keras.utils.is_keras_tensor(x) and keras.utils.is_keras_tensor(keras.layers.Dense(2)(x) + 1)
    with keras.GradientTape():
        weight = keras.Variable(np.ones(3, "float32"))
        assert not keras.utils.is_keras_tensor(weight * 2)  # it has elements
    assert not keras.utils.is_keras_tensor(np.ones(3)) and not keras.utils.is_keras_tensor(None)
