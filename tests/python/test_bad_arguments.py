# SPDX-License-Identifier: Apache-2.0
"""Arguments that are wrong, but for arrays: the exception a Keras user expects, and the model as it was."""

import numpy as np
import pytest
from small_model import X, Y, trained_model
from state import assert_same, state

import keratin
from keratin import Sequential, layers


@pytest.fixture
def model():
    return trained_model()


@pytest.mark.parametrize("arguments, error, text", [
    (dict(batch_size=0), ValueError, r"\[fit\] batch_size must be positive. Received: 0"),
    (dict(batch_size="32"), TypeError, "batch_size must be an integer. Received: '32' of type 'str'"),
    (dict(batch_size=3.5), TypeError, "batch_size must be an integer. Received: 3.5"),
    (dict(batch_size=2**70), ValueError, "batch_size must fit 64 bits"),
    (dict(epochs=0), ValueError, r"\[fit\] epochs must be positive. Received: 0"),
    (dict(epochs=2.0), TypeError, "epochs must be an integer"),
    (dict(epochs=2**40), ValueError, "epochs must fit 32 bits"),
    (dict(initial_epoch=-1), ValueError, "initial_epoch must not be negative"),
    (dict(steps_per_epoch=0), ValueError, "steps_per_epoch must be positive"),
    (dict(steps_per_epoch="all"), TypeError, "steps_per_epoch must be an integer"),
    (dict(validation_steps=[1], validation_data=(X, Y)), TypeError, "validation_steps must be an integer"),
    (dict(validation_split=1.0), ValueError, "validation_split must be at least 0 and less than 1"),
    (dict(validation_split="half"), ValueError, "validation_split must be a number"),
    (dict(validation_freq=0), ValueError, "validation_freq must be positive"),
    (dict(validation_data=X), ValueError, "validation_data must be"),
    (dict(validation_data=(X, Y, Y, Y)), ValueError, "Data is expected to be in format"),
    (dict(verbose=7), ValueError, "verbose must be 0, 1 or 2"),
    (dict(callbacks=[3]), TypeError, "callbacks must be objects of keratin.callbacks.Callback"),
    (dict(class_weight=[1.0, 2.0]), TypeError, "class_weight must be a dict"),
    (dict(class_weight={"a": 1.0}), TypeError, "a class in class_weight must be an integer"),
    (dict(class_weight={0: "a"}), TypeError, "class_weight must have numbers as weights. Received: 'a' for class 0"),
    (dict(class_weight={0: 1.0}, sample_weight=np.ones(12)), ValueError, "cannot be given at the same time"),
    (dict(sample_weight="a"), TypeError, r"\[sample_weight\] expected an array"),
])
def test_arguments_of_fit(model, arguments, error, text):
    before = state(model)
    with pytest.raises(error, match=text):
        model.fit(X, Y, **{"verbose": 0, **arguments})
    assert_same(model, before)


@pytest.mark.parametrize("weights, error, text", [
    (None, TypeError, "expected a list of arrays"),
    (3, TypeError, "expected a list of arrays"),
    ([], ValueError, r"\[set_weights\] the model has 3 weights. Received: 0"),
    ([None] * 3, ValueError, "weight 0, sequential.*/words/embeddings, has shape"),
    (["a"] * 3, TypeError, "expected an array"),
    ([np.zeros((50, 4)), np.zeros((12, 1)), np.zeros(2)], ValueError, r"weight 2, sequential.*/dense.*/bias, has shape \(1,\)"),
    ([np.full((50, 4), "a"), np.zeros((12, 1)), np.zeros(1)], ValueError, "must hold numbers"),
])
def test_set_weights_is_all_or_nothing(model, weights, error, text):
    before = state(model)
    with pytest.raises(error, match=text):
        model.set_weights(weights)
    assert_same(model, before)
    with pytest.raises(error):
        model.layers[0].set_weights(weights)
    assert_same(model, before)


@pytest.mark.parametrize("arguments, error, text", [
    (dict(optimizer=None), ValueError, r"\[compile\] optimizer must be a name or an object. Received: None"),
    (dict(optimizer=3), ValueError, "Could not interpret optimizer identifier: 3"),
    (dict(optimizer="adamm"), ValueError, r"unknown optimizer: 'adamm'. Did you mean 'adam'\?"),
    (dict(optimizer=keratin.losses.MeanSquaredError()), ValueError, "Could not interpret optimizer identifier"),
    (dict(optimizer="adam", loss="msee"), ValueError, r"unknown loss: 'msee'. Did you mean 'mse'\?"),
    (dict(optimizer="adam", loss=keratin.optimizers.SGD()), ValueError, "Could not interpret loss identifier"),
    (dict(optimizer="adam", loss=["mse", "mse"], loss_weights=[1.0]), ValueError, "got 2 losses and 1 weights"),
    (dict(optimizer="adam", loss=["mse", "msee"]), ValueError, r"unknown loss: 'msee'. Did you mean 'mse'\?"),
    (dict(optimizer="adam", loss=[]), ValueError, "one loss"),
    (dict(optimizer="adam", loss="mse", metrics=[3]), ValueError, "Could not interpret metric identifier: 3"),
    (dict(optimizer="adam", loss="mse", metrics="mae"), ValueError, "Expected `metrics` argument to be a list"),
])
def test_compile_that_fails_leaves_the_old_one(model, arguments, error, text):
    before = state(model)
    with pytest.raises(error, match=text):
        model.compile(**arguments)
    assert_same(model, before)
    assert model.metrics_names == ["loss", "mae"]
    model.train_on_batch(X, Y)


@pytest.mark.parametrize("make, error, text", [
    (lambda: layers.Embedding(0, 4), ValueError, r"\[Embedding\] input_dim must be positive. Received: 0"),
    (lambda: layers.Embedding("a", 4), ValueError, "input_dim must be a positive integer. Received: input_dim='a'"),
    (lambda: layers.Embedding(3.5, 4), ValueError, "input_dim must be a positive integer. Received: input_dim=3.5"),
    (lambda: layers.Embedding(2**70, 4), ValueError, "must fit 64 bits"),
    (lambda: layers.Embedding(3, 4, weights=np.zeros((4, 3))), ValueError, "shape"),
    (lambda: layers.Embedding(3, 4, embeddings_initializer="unifrom"), ValueError, "Did you mean 'uniform'"),
    (lambda: layers.Dense(-3), ValueError, r"\[Dense\] units must be positive. Received: -3"),
    (lambda: layers.Dense(3, activation=object()), (ValueError, TypeError), "activation"),
    (lambda: layers.Dense(3).build(None), TypeError, "a shape must be a tuple of integers and None"),
    (lambda: layers.Dense(3).build((None, -3)), ValueError, r"\[build\] a shape must have dimensions of 0 or more"),
    (lambda: layers.Dense(3).build((None, 2**70)), ValueError, "must fit 64 bits"),
    (lambda: layers.Dense(3).build((None, 2.5)), TypeError, "must be an integer"),
    (lambda: layers.Dropout(2), ValueError, "rate must be between 0 and 1. Received: 2"),
    (lambda: layers.deserialize({"class_name": "Cropping3D", "config": {}}), ValueError, "unknown layer: 'Cropping3D'"),
    (lambda: layers.deserialize({"class_name": "Dense", "config": {"units": []}}), ValueError, "expected an integer"),
    (lambda: keratin.models.model_from_json("{"), ValueError, "parse error at line 1, column 2"),
    (lambda: keratin.models.model_from_json("[" * 10**5), ValueError, "nested deeper than 100"),
    (lambda: keratin.utils.to_categorical([1, 5], 3), IndexError, r"outside \[0, 3\). Received: 5"),
    (lambda: keratin.utils.to_categorical(["a"]), ValueError, "must hold numbers"),
    (lambda: keratin.utils.pad_sequences([[1]], maxlen=-1), ValueError, "maxlen must not be negative. Received: -1"),
    (lambda: keratin.utils.pad_sequences([[3e9]]), IndexError, "does not fit int32. Received: 3e\\+09"),
    (lambda: keratin.random.randint((2,), 5, 5), ValueError, "minval"),
    (lambda: keratin.Variable([1.0]).assign([1.0, 2.0]), ValueError, "shape"),
    (lambda: keratin.losses.mean_squared_error(np.zeros((2, 3)), np.zeros((2, 4))), ValueError, "shape"),
    (lambda: keratin.losses.SparseCategoricalCrossentropy()(np.array([3]), np.ones((1, 3))), IndexError, "label out of range"),
    (lambda: keratin.optimizers.Adam(clipnorm=1, clipvalue=1), ValueError, "only one of clipnorm"),
    (lambda: keratin.metrics.Precision(thresholds=2), ValueError, r"threshold values must be in \[0, 1\]. Received: 2"),
    (lambda: keratin.activations.get("reluu"), ValueError, "Did you mean 'relu'"),
    (lambda: keratin.initializers.get("zeroes"), ValueError, "Did you mean 'zeros'"),
])
def test_errors_of_cpp_say_here_what_they_say_there(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_a_config_that_holds_itself():
    config = []
    config.append(config)
    with pytest.raises(ValueError, match="holds itself"):
        layers.deserialize({"class_name": "Dense", "config": {"units": config}})


def test_files_that_the_system_refuses(model, tmp_path):
    before = state(model)
    locked = tmp_path / "file"
    locked.write_text("")
    for path, error in [(tmp_path / "no" / "log.csv", FileNotFoundError), (tmp_path, IsADirectoryError),
                        (locked / "log.csv", NotADirectoryError)]:
        with pytest.raises(error, match=r"\[CSVLogger\] cannot open the file") as caught:
            model.fit(X, Y, callbacks=[keratin.callbacks.CSVLogger(path)], verbose=0)
        assert isinstance(caught.value, OSError) and caught.value.errno
    assert_same(model, before)


def test_draws_take_no_seed_too():
    for draw in (keratin.random.uniform, keratin.random.normal, keratin.random.truncated_normal):
        assert (draw((4,)) != draw((4,))).any()
    assert keratin.random.randint((100,), 0, 1000).max() > 0
    assert sorted(keratin.random.shuffle(np.arange(5))) == [0, 1, 2, 3, 4]


# What is said of an argument names it and shows what was given: users wrote no config.
@pytest.mark.parametrize("call, text", [
    (lambda: layers.Dense(None), "[Dense] units must be a positive integer. Received: units=None (of type NoneType)"),
    (lambda: layers.Dense(4.0), "[Dense] units must be a positive integer. Received: units=4.0 (of type float)"),
    (lambda: layers.Embedding(10.0, 4), "[Embedding] input_dim must be a positive integer. Received: input_dim=10.0"),
    (lambda: layers.Embedding(10, True), "[Embedding] output_dim must be a positive integer. Received: output_dim=True"),
    (lambda: layers.NCE(9, 2, unique="no"), "[NCE] unique must be a bool. Received: 'no' (of type str)"),
    (lambda: layers.Dense(2, use_bias="no"), "[Dense] use_bias must be a bool. Received: 'no'"),
    (lambda: layers.Embedding(3, 2, stochastic_rounding="no"), "[Embedding] stochastic_rounding must be a bool. Received"),
    (lambda: keratin.metrics.NDCG(shuffle_ties="no"), "[NDCG] shuffle_ties must be a bool. Received: 'no'"),
    (lambda: layers.Embedding(3, 2, precision=7), "[Embedding] precision must be 'float32', 'bfloat16' or 'float16'. Received: 7"),
    (lambda: layers.EmbedReduce(3, 2, rows_drawn="now"),
     "[EmbedReduce] rows_drawn must be 'automatic', 'at_once' or 'on_demand'. Received: 'now'"),
    (lambda: layers.DynamicEmbedding(2, precision="half"), "[DynamicEmbedding] precision must be 'float32', 'bfloat16' or 'float16'."),
    (lambda: keratin.EmbeddingTable(3, 2, rows_drawn=None), "[EmbeddingTable] rows_drawn must be 'automatic', 'at_once' or 'on_demand'."),
    (lambda: keratin.DynamicEmbeddingTable(2, precision="half"), "[DynamicEmbeddingTable] precision must be 'float32',"),
    (lambda: layers.Dropout("a"), "[Dropout] rate must be a number. Received: 'a' (of type str)"),
    (lambda: layers.Dense(2, name=3), "[Dense] name must be a string. Received: 3 (of type int)"),
    (lambda: keratin.optimizers.Adam(beta_1=None), "[Adam] beta_1 must be a number. Received: None"),
    (lambda: keratin.regularizers.L2("a"), "[L2] l2 must be a number. Received: 'a'"),
    (lambda: keratin.optimizers.SGD("0.1"), "`learning_rate` should be a number"),
    (lambda: keratin.optimizers.SGD(True), "`learning_rate` should be a number"),
    (lambda: setattr(keratin.optimizers.SGD(), "learning_rate", "1"), "`learning_rate` should be a number"),
    (lambda: keratin.Variable(None), "[Variable] the values must be an array, a number or an initializer"),
    (lambda: keratin.utils.pad_sequences([["a"]]), "[pad_sequences] an array must hold numbers or bools"),
    (lambda: Sequential([layers.Dense(1)]).predict(np.ones((2, 2)), verbose="silent"),
     "verbose must be 'auto', 0, 1 or 2. Received: 'silent'"),
])
def test_value_errors_of_arguments(call, text):
    with pytest.raises(ValueError) as caught:
        call()
    assert text in str(caught.value)


@pytest.mark.parametrize("call, text", [
    (lambda: keratin.utils.pad_sequences([[1]], maxlen=3.0), "[pad_sequences] maxlen must be an integer or None"),
    (lambda: keratin.utils.pad_sequences([[1]], padding=1), "[pad_sequences] padding must be 'pre' or 'post'"),
    (lambda: keratin.utils.pad_sequences([[1]], value="a"), "[pad_sequences] value must be a number"),
    (lambda: layers.Embedding(3, 2)(layers.InputLayer((3,))), "or with what Input gives"),
    (lambda: np.add(1, 2, out=keratin.Variable(1.0)), "cannot write into a variable: use assign"),
])
def test_type_errors_of_arguments(call, text):
    with pytest.raises(TypeError) as caught:
        call()
    assert text in str(caught.value)


def test_a_tensor_that_numpy_cannot_read():
    class Tensor:  # PyTorch's, with a gradient or of bfloat16
        def __array__(self, *args, **kwargs):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

        def detach(self):
            return np.ones((2, 3))

    with pytest.raises(TypeError, match=r"tensor\.detach\(\)\.cpu\(\), with \.float\(\).*requires grad"):
        layers.Dense(2)(Tensor())


@pytest.mark.parametrize("name", ["save_own_variables", "load_own_variables"])
def test_what_a_model_does_not_have(name):
    model = Sequential([layers.Dense(1)])
    assert not hasattr(model, name)
    with pytest.raises(AttributeError, match=f"'Sequential' object has no attribute '{name}': .+"):
        getattr(model, name)


def test_what_never_ends_is_no_list():
    class Endless:
        def __iter__(self):
            return self

        def __next__(self):
            return 1

    with pytest.raises(ValueError, match=r"\[HierarchicalSoftmax\] counts must be a list.* of 16777216 entries at most"):
        layers.HierarchicalSoftmax(3, counts=Endless())
    with pytest.raises(ValueError, match="MaxPooling2D.*strides"):
        layers.MaxPooling2D(strides=Endless())


def test_what_cannot_be_shown_is_shown_as_its_class():
    class Half:
        def __float__(self):
            return 0.5

        def __repr__(self):
            return np.bool_(True)

    assert repr(layers.GaussianNoise(Half())).startswith("GaussianNoise(stddev=<Half>")
    table = layers.TableConfig("t", 5, 2, initializer=keratin.initializers.Zeros())
    table.max_ids_per_partition = Half()
    assert "max_ids_per_partition=<Half>" in repr(table)


def test_an_error_that_was_cut_within_a_character_is_told():
    text = '{"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "' + "é" * 3000 + '", "config": {}}]}}'
    for shift in range(2):
        with pytest.raises(ValueError, match="é"):
            keratin.models.model_from_json(text.replace('"m"', '"m' + "x" * shift + '"').replace("é" * 3000, "x" * shift + "é" * 3000))


def test_errors_within_each_other_are_told_once():
    config = {"class_name": "Adamm", "config": {}}
    for _ in range(200):
        config = {"class_name": "LossScaleOptimizer", "config": {"inner_optimizer": config}}
    with pytest.raises(ValueError, match="Adamm") as caught:
        keratin.optimizers.deserialize(config)
    told, error = 0, caught.value
    while error is not None:
        told, error = told + len(str(error)), error.__cause__
    assert told < 8000  # four texts of the greatest length
