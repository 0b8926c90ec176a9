# SPDX-License-Identifier: Apache-2.0
import copy
import itertools
import pickle

import numpy as np
import pytest

import keratin
from keratin import Sequential, layers


def classifier(**kwargs):
    return Sequential([
        layers.Embedding(50, 8, input_length=6, **kwargs),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ])


def data(n=64):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 50, size=(n, 6))
    return x, (x.mean(axis=1) > 25).astype("float32")


def test_the_first_program():
    model = Sequential()
    model.add(layers.Embedding(1000, 64, input_length=10))
    assert model.output_shape == (None, 10, 64)
    input_array = np.random.randint(1000, size=(32, 10))
    model.compile("rmsprop", "mse")
    output_array = model.predict(input_array)
    assert output_array.shape == (32, 10, 64)
    np.testing.assert_array_equal(output_array, model.layers[0].embeddings.numpy()[input_array])


def test_fit_learns_and_history_keeps_keras_order():
    model = classifier()
    x, y = data(256)
    model.compile(keratin.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, validation_split=0.25, verbose=0)
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"] or \
        list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == list(range(15))
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert model.history is history
    loss, accuracy = model.evaluate(x, y, verbose=0)
    assert accuracy > 0.9
    assert model.evaluate(x, y, verbose=0, return_dict=True) == {"loss": loss, "accuracy": accuracy}


def test_numbers_are_a_list_or_one_as_in_keras():
    model = classifier()
    x, y = data()
    model.compile("sgd", "mse")
    assert isinstance(model.train_on_batch(x, y), float)
    assert isinstance(model.evaluate(x, y, verbose=0), float)
    model.compile("sgd", "mse", metrics=["mae", "mse"])
    assert len(model.train_on_batch(x, y)) == 3
    assert list(model.test_on_batch(x, y, return_dict=True)) == ["loss", "mae", "mse"]
    assert model.metrics_names == ["loss", "mae", "mse"]


def test_layers_are_the_objects_that_were_added():
    embedding = layers.Embedding(10, 4, name="words")
    model = Sequential([keratin.Input((3,), dtype="int32"), embedding, layers.Flatten()], name="m")
    assert model.layers[0] is embedding and model.get_layer("words") is embedding and model.get_layer(index=0) is embedding
    assert len(model.layers) == 2 and model.name == "m"
    assert model.input_shape == (None, 3) and model.output_shape == (None, 12)
    assert model.count_params() == 40
    with pytest.raises(ValueError, match="No such layer: word. Existing layers"):
        model.get_layer("word")
    flatten = model.pop()
    assert isinstance(flatten, layers.Flatten) and model.output_shape == (None, 3, 4)
    with pytest.raises(ValueError, match="Only instances of"):
        model.add("dense")
    with pytest.raises(ValueError, match="name 'words'"):
        model.add(layers.Dense(2, name="words"))
    assert len(model.layers) == 1


def test_shapes_are_unknown_before_build():
    model = Sequential([layers.Dense(3)])
    with pytest.raises(AttributeError, match="no defined output shape"):
        model.output_shape
    model.build((None, 4))
    assert model.output_shape == (None, 3)
    assert Sequential([layers.Dense(3, input_shape=(4,))]).output_shape == (None, 3)
    assert Sequential([layers.Dense(3, input_dim=4)]).output_shape == (None, 3)
    assert Sequential([layers.Dense(3, batch_input_shape=(2, 4))]).input_shape == (2, 4)


def test_weights_are_set_and_read():
    model = classifier()
    weights = [np.full(w.shape, i, dtype="float32") for i, w in enumerate(model.get_weights())]
    model.set_weights(weights)
    for got, wanted in zip(model.get_weights(), weights):
        np.testing.assert_array_equal(got, wanted)
    with pytest.raises(ValueError, match="3 weights"):
        model.set_weights(weights[:2])
    got = model.get_weights()[0]
    got[:] = 7  # a copy
    assert model.get_weights()[0][0, 0] == 0
    kernel = model.layers[2].kernel
    assert kernel.shape == (8, 1) and np.asarray(kernel).shape == (8, 1)
    kernel.assign(np.ones((8, 1)))
    np.testing.assert_array_equal(model.layers[2].get_weights()[0], np.ones((8, 1)))


@pytest.mark.parametrize("how", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_copies_go_on_training_as_the_original(how, optimizer):
    x, y = data()
    model = classifier(embeddings_regularizer="l2")
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=2, shuffle=False, verbose=0)
    other = how(model)
    assert other.name == model.name and [l.name for l in other.layers] == [l.name for l in model.layers]
    for _ in range(3):
        assert model.train_on_batch(x, y) == other.train_on_batch(x, y)
    for a, b in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(a, b)
    model.set_weights([w * 0 for w in model.get_weights()])
    assert any(w.any() for w in other.get_weights())  # nothing is shared


def test_models_that_are_not_built_or_compiled_copy_too():
    for model in [Sequential(), Sequential([layers.Dense(2)]), classifier()]:
        other = pickle.loads(pickle.dumps(model))
        assert other.built == model.built and len(other.layers) == len(model.layers)
        assert not other.compiled


def test_config_json_and_clone():
    model = classifier(mask_zero=True)
    config = model.get_config()
    assert config["build_input_shape"] == [None, 6]
    other = Sequential.from_config(config)
    assert other.get_config() == config
    again = keratin.models.model_from_json(model.to_json())
    assert again.get_config() == config
    clone = keratin.models.clone_model(model)
    assert clone.get_config() == config
    assert (clone.get_weights()[0] != model.get_weights()[0]).any()
    with pytest.raises(ValueError, match="unknown layer: 'ConvLSTM9D'"):
        keratin.models.model_from_json(model.to_json().replace('"Dense"', '"ConvLSTM9D"'))


def test_summary_prints(capsys):
    model = classifier()
    model.summary()
    out = capsys.readouterr().out
    assert "Embedding" in out and "Total params" in out
    lines = []
    model.summary(print_fn=lines.append)
    assert "Embedding" in lines[0]


def test_trainable():
    model = classifier()
    x, y = data()
    model.layers[0].trainable = False
    before = model.get_weights()
    model.compile("sgd", "mse")
    model.train_on_batch(x, y)
    after = model.get_weights()
    np.testing.assert_array_equal(before[0], after[0])
    assert (before[1] != after[1]).any()
    assert len(model.trainable_weights) == 2 and len(model.non_trainable_weights) == 1
    model.trainable = False
    assert not model.trainable_weights


def test_masks():
    with pytest.raises(ValueError, match="cannot carry it"):
        Sequential([layers.Embedding(9, 2, mask_zero=True, input_length=3), layers.Flatten()])
    model = Sequential([layers.Embedding(9, 2, mask_zero=True, input_length=3), layers.Flatten()], mask_policy="keras3")
    assert model.output_shape == (None, 6)


# -- batches from elsewhere -----------------------------------------------------------------------


def batches_of(x, y, size=16):
    for i in range(0, len(x), size):
        yield x[i:i + size], y[i:i + size]


def twins():
    model = classifier()
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model, copy.deepcopy(model)


def test_generator_is_as_arrays():
    x, y = data()
    a, b = twins()
    by_arrays = a.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    by_generator = b.fit(batches_of(x, y), verbose=0)
    assert by_arrays.history == by_generator.history
    for first, second in zip(a.get_weights(), b.get_weights()):
        np.testing.assert_array_equal(first, second)
    assert a.evaluate(x, y, batch_size=16, verbose=0) == b.evaluate(batches_of(x, y), verbose=0)
    np.testing.assert_array_equal(a.predict(x, batch_size=16), b.predict(batches_of(x, y)))


def test_endless_generator_with_steps():
    x, y = data()

    def endless():
        while True:
            yield from batches_of(x, y)

    a, b = twins()
    by_arrays = a.fit(x, y, batch_size=16, shuffle=False, epochs=3, steps_per_epoch=2, verbose=0)
    by_generator = b.fit(endless(), epochs=3, steps_per_epoch=2, verbose=0)
    assert by_arrays.history == by_generator.history


def test_generator_that_is_used_up():
    x, y = data()
    model, _ = twins()
    with pytest.warns(UserWarning, match="used up"):
        history = model.fit(batches_of(x, y), epochs=3, verbose=0)
    assert history.epoch == [0]
    with pytest.warns(UserWarning, match="ran out"):
        model.fit(batches_of(x, y), steps_per_epoch=10, verbose=0)


def test_indexed_batches_and_iterables():
    x, y = data()

    class Batches:  # as Keras's PyDataset
        ended = 0

        def __len__(self):
            return 4

        def __getitem__(self, i):
            return x[16 * i:16 * i + 16], y[16 * i:16 * i + 16]

        def on_epoch_end(self):
            self.ended += 1

    class Loader:  # as torch's DataLoader
        def __iter__(self):
            return batches_of(x, y)

    a, b = twins()
    indexed = Batches()
    by_index = a.fit(indexed, epochs=2, validation_data=Batches(), verbose=0)
    by_iteration = b.fit(Loader(), epochs=2, validation_data=Loader(), verbose=0)
    assert by_index.history == by_iteration.history and "val_loss" in by_index.history
    assert indexed.ended == 2
    with pytest.raises(ValueError, match="`y` should not be passed"):
        a.fit(Loader(), y)
    with pytest.raises(ValueError, match="Data is expected to be in format"):
        a.fit(iter([(1, 2, 3, 4)]))


def test_class_and_sample_weights():
    x, y = data()
    a, b = twins()
    a.fit(x, y, class_weight={0: 1.0, 1: 3.0}, shuffle=False, verbose=0)
    b.fit(x, y, sample_weight=np.where(y == 1, 3.0, 1.0), shuffle=False, verbose=0)
    for first, second in zip(a.get_weights(), b.get_weights()):
        np.testing.assert_array_equal(first, second)


def test_validation_data():
    x, y = data()
    model, _ = twins()
    history = model.fit(x, y, validation_data=(x, y, np.ones(len(x))), epochs=2, validation_freq=2, verbose=0)
    assert len(history.history["val_loss"]) == 1
    with pytest.raises(ValueError, match="validation_data"):
        model.fit(x, y, validation_data=3)


def test_the_one_input_in_a_list():
    """Keras's idiom, which is one array and not a stack of them."""
    ids = np.array([[1, 2], [3, 4]])
    model = keratin.Sequential([layers.Embedding(10, 3), layers.Flatten(), layers.Dense(1)])
    expected = model.predict(ids)
    assert expected.shape == (2, 1)
    for x in ([ids], (ids,), ids.tolist(), [list(row) for row in ids]):
        np.testing.assert_array_equal(model.predict(x), expected)
    np.testing.assert_array_equal(model.predict_on_batch([ids]), expected)
    np.testing.assert_array_equal(model([ids]), expected)
    model.compile("sgd", "mse")
    y, weights = np.ones((2, 1)), np.ones(2)
    loss = model.evaluate(ids, y, verbose=0)
    assert model.evaluate([ids], [y], sample_weight=[weights], verbose=0) == loss
    assert model.test_on_batch([ids], [y]) == loss
    assert model.evaluate(iter([([ids], [y])]), verbose=0) == loss
    history = model.fit([ids], [y], sample_weight=[weights], validation_data=([ids], [y]), verbose=0).history
    assert history["loss"] == [loss]
    model.train_on_batch([ids], [y])
    for call in (lambda: model.predict([ids, ids]), lambda: model.fit(ids, [y, y], verbose=0)):
        with pytest.raises(ValueError, match="one (input|output): (x|y) must be one tensor, or a list of one. Received: 2 tensors"):
            call()
    assert model.fit([ids], [np.float32(1), np.float32(0)], verbose=0).history["loss"]  # numbers are data


def test_a_generator_validates_every_epoch():
    def endless():
        for i in itertools.count():
            seen.append(i)
            yield np.ones((2, 2)), np.full((2, 1), i)

    seen = []
    model = keratin.Sequential([layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keratin.optimizers.SGD(0.0), "mse")
    history = model.fit(np.ones((2, 2)), np.ones((2, 1)), epochs=3, validation_data=endless(), validation_steps=2,
                        verbose=0).history
    # Keras goes on where the epoch before stopped: the means of 0 and 1, 4 and 9, 16 and 25.
    assert history["val_loss"] == [0.5, 6.5, 20.5] and len(seen) == 6


def test_from_config_with_a_policy_of_masks():
    config = Sequential([layers.Dense(2)], mask_policy="keras3").get_config()
    assert Sequential.from_config(config).mask_policy == "strict"
    assert Sequential.from_config(config, mask_policy="keras3").mask_policy == "keras3"


def test_a_generator_of_validation_data_that_ends():
    model = keratin.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    batch = np.ones((2, 2)), np.ones((2, 1))
    with pytest.warns(UserWarning, match="data are used up"):
        history = model.fit(*batch, epochs=2, validation_data=iter([batch]), verbose=0).history
    assert len(history["val_loss"]) == 1
