# SPDX-License-Identifier: Apache-2.0
"""What a model was compiled with, the state of optimizers, and layers that models share, through files."""
import warnings

import numpy as np
import pytest

import keratin
from keratin import layers, losses, metrics, optimizers

X = np.array([[1, 2, 0], [3, 4, 5], [6, 6, 1], [2, 0, 0]])
Y = np.array([[1.0], [0.0], [2.0], [1.0]])


class Momentum(optimizers.Optimizer):
    """An optimizer of a user's own with two kinds of state."""

    def build(self, variables):
        super().build(variables)
        self.first = self.add_optimizer_variables(variables, "first")
        self.count = self.add_variable((), name="count")

    def update_step(self, gradient, variable, learning_rate):
        first = self.first[self._get_variable_index(variable)]
        self.assign(first, 0.9 * first + gradient)
        self.assign(variable, variable - learning_rate * first)

    def get_config(self):
        return super().get_config()


def model_of(optimizer, loss="mse", **more):
    model = keratin.Sequential([layers.Input((3,), dtype="int32"), layers.Embedding(7, 2), layers.Flatten(), layers.Dense(1)])
    model.compile(optimizer, loss, **more)
    return model


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b):
        np.testing.assert_array_equal(one, other)


def goes_on_alike(model, again):
    for step in range(3):
        assert model.train_on_batch(X, Y, return_dict=True) == again.train_on_batch(X, Y, return_dict=True), step
    same(model.get_weights(), again.get_weights())


def test_the_state_of_an_optimizer_of_ones_own(tmp_path):
    model = model_of(Momentum(0.1))
    model.fit(X, Y, epochs=2, verbose=0)
    model.save(tmp_path / "m.keras")
    model.save_weights(tmp_path / "m.weights.h5")
    again = keratin.saving.load_model(tmp_path / "m.keras", {"Momentum": Momentum})
    same(again.optimizer.get_weights(), model.optimizer.get_weights())
    other = model_of(Momentum(0.5))
    other.load_weights(tmp_path / "m.weights.h5")
    same(other.optimizer.get_weights(), model.optimizer.get_weights())
    goes_on_alike(model, again)


@pytest.mark.parametrize("saved, other", [("adam", Momentum), (Momentum, "adam"), ("adam", "sgd")])
def test_a_state_that_does_not_fit_leaves_the_optimizer_as_it_was(tmp_path, saved, other):
    def made(optimizer):
        return optimizer if isinstance(optimizer, str) else optimizer(0.1)
    model = model_of(made(saved))
    model.fit(X, Y, verbose=0)
    model.save_weights(tmp_path / "m.weights.h5")
    again = model_of(made(other))
    with pytest.warns(UserWarning, match="the optimizer starts anew"):
        again.load_weights(tmp_path / "m.weights.h5")
    assert not again.optimizer.built
    same(again.get_weights(), model.get_weights())
    again.fit(X, Y, verbose=0)
    fresh = model_of(made(other))
    fresh.set_weights(model.get_weights())
    fresh.fit(X, Y, verbose=0)
    same(again.get_weights(), fresh.get_weights())


@pytest.mark.parametrize("compiled", [
    {"loss": losses.Huber(delta=0.5), "metrics": [metrics.MeanSquaredError(name="far"), "mae"]},
    {"loss": losses.kl_divergence, "metrics": [metrics.mean_absolute_error, losses.log_cosh]},
    {"loss": "huber", "loss_weights": 0.5, "weighted_metrics": ["mse", metrics.RootMeanSquaredError()]},
    {"loss": [losses.MeanAbsoluteError(reduction="sum")], "optimizer": optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 9))},
])
def test_what_was_read_can_be_saved_again(tmp_path, compiled):
    model = model_of(**{"optimizer": "rmsprop", **compiled})
    model.train_on_batch(X, Y)
    model.save(tmp_path / "a.keras")
    again = keratin.saving.load_model(tmp_path / "a.keras")
    again.save(tmp_path / "b.keras")
    third = keratin.saving.load_model(tmp_path / "b.keras")
    assert again.get_compile_config() == model.get_compile_config() == third.get_compile_config()
    goes_on_alike(model, third)


def test_functions_stand_in_configs_as_in_keras():
    config = model_of("sgd", losses.poisson, metrics=[losses.huber]).get_compile_config()
    # As Keras 3.16 writes these two.
    assert config["loss"] == {"module": "keras.metrics", "class_name": "function", "config": "poisson", "registered_name": "poisson"}
    assert config["metrics"] == [
        {"module": "keras.losses", "class_name": "function", "config": "huber", "registered_name": "huber"}]


def test_classes_that_keras_has_for_pytorch():
    config = {"module": "keras.src.backend.torch.optimizers.torch_adam", "class_name": "Adam", "config": {"learning_rate": 0.5},
              "registered_name": "Adam"}
    assert float(keratin.saving.deserialize_keras_object(config).learning_rate) == 0.5


def test_layers_that_a_model_shares_with_one_within_it(tmp_path):
    x = keratin.Input((3,))
    kept = layers.Dense(3)
    y = kept(x)
    part = keratin.Model(x, y)
    model = keratin.Model(x, layers.Dense(1)(part(y)))
    assert len(model.weights) == 4
    model.compile("adam", "mse")
    data = np.array(X, np.float32)
    model.train_on_batch(data, Y)
    model.save(tmp_path / "m.keras")
    again = keratin.saving.load_model(tmp_path / "m.keras")
    assert len(again.weights) == 4
    assert again.layers[1] is again.get_layer(part.name).layers[1]
    model.save(tmp_path / "m.h5")
    assert len(keratin.saving.load_model(tmp_path / "m.h5").weights) == 4
    for step in range(3):
        assert model.train_on_batch(data, Y) == again.train_on_batch(data, Y), step
    assert keratin.models.model_from_json(model.to_json()).count_params() == model.count_params()


def test_spatial_dropout_has_no_trainable_in_configs():
    frozen = layers.SpatialDropout1D(0.5)
    frozen.trainable = False
    assert set(frozen.get_config()) == {"name", "dtype", "rate", "seed"}  # all that Keras's class takes
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layers.SpatialDropout1D.from_config({"rate": 0.5, "trainable": True})


@pytest.mark.parametrize("name", ["m.h5", "m.hdf5"])
def test_legacy_files(tmp_path, name):
    model = model_of(optimizers.Adam(0.1, amsgrad=True), losses.Huber(), metrics=["mae", losses.squared_hinge])
    model.train_on_batch(X, Y)
    model.save(tmp_path / name)
    same(keratin.saving.load_model(tmp_path / name).optimizer.get_weights(), model.optimizer.get_weights())
    goes_on_alike(keratin.saving.load_model(tmp_path / name), model)
    model.save(tmp_path / name, include_optimizer=False)
    assert not keratin.saving.load_model(tmp_path / name).compiled


def test_legacy_files_with_an_optimizer_of_ones_own(tmp_path):
    model = model_of(Momentum(0.1))
    model.train_on_batch(X, Y)
    model.save(tmp_path / "m.h5")
    goes_on_alike(keratin.saving.load_model(tmp_path / "m.h5", {"Momentum": Momentum}), model)


def alike(a, b, digits):
    assert len(a) == len(b)
    for one, other in zip(a, b):
        np.testing.assert_allclose(one, other, rtol=digits, atol=digits)


def drawn(rows_drawn, optimizer, **more):
    """Six rows of nine are used, the last ones first."""
    keratin.utils.set_random_seed(3)
    model = keratin.Sequential([layers.Input((3,), dtype="int32"),
                                layers.Embedding(9, 2, rows_drawn=rows_drawn, name="table", **more),
                                layers.Flatten(), layers.Dense(1)])
    model.compile(optimizer, "mse")
    for ids in ([[8, 7, 8]], [[2, 7, 5]], [[0, 1, 8]]):
        model.train_on_batch(np.array(ids), np.ones((1, 1)))
    return model


@pytest.mark.parametrize("more", [{}, {"precision": "bfloat16", "stochastic_rounding": False}], ids=["32 bits", "16 bits"])
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
@pytest.mark.parametrize("optimizer", [optimizers.Adam(0.1, amsgrad=True), optimizers.Adagrad(0.1),
                                       optimizers.SGD(0.1, momentum=0.9)], ids=lambda optimizer: optimizer.name)
def test_rows_drawn_on_demand_have_their_state_in_files(tmp_path, optimizer, name, more):
    config = optimizer.get_config()
    model, whole = (drawn(way, type(optimizer).from_config(config), **more) for way in ("on_demand", "at_once"))
    for one in (model, whole):
        folder = tmp_path / one.get_layer("table").rows_drawn
        folder.mkdir()
        one.save_weights(folder / name) if "weights" in name else one.save(folder / name)
    if "weights" in name:
        again = drawn("on_demand", type(optimizer).from_config(config), **more)
        again.train_on_batch(np.array([[6, 3, 4]]), np.ones((1, 1)))  # another order of rows, and all are in use
        again.load_weights(tmp_path / "on_demand" / name)
        other = drawn("at_once", type(optimizer).from_config(config), **more)
        other.load_weights(tmp_path / "on_demand" / name)
    else:
        again, other = (keratin.saving.load_model(tmp_path / way / name) for way in ("on_demand", "at_once"))
    # Rows that slept are brought up to date by a formula, whose last digits depend on when that is; rows of 16 bits round
    # what comes out. Rows that are mixed up differ by 0.01 and more.
    digits = 1e-2 if more else 1e-4
    alike(other.optimizer.get_weights(), whole.optimizer.get_weights(), digits)
    for one in (again, other):
        alike(one.get_weights(), whole.get_weights(), digits)
    for _ in range(3):
        again.train_on_batch(X, Y)
        whole.train_on_batch(X, Y)
    alike(again.get_weights(), whole.get_weights(), digits)


def named(units=1):
    return keratin.Sequential([layers.Input((3,), dtype="int32"), layers.Embedding(7, 2, name="words"), layers.Flatten(),
                               layers.Dense(units, name="out")], name="model")


@pytest.mark.parametrize("name", ["m.safetensors", "m.npz"])
def test_weights_by_name(tmp_path, name):
    model = named()
    model.save_weights(tmp_path / name)
    again = named()
    again.load_weights(tmp_path / name)
    same(again.get_weights(), model.get_weights())
    with pytest.raises(ValueError, match="overwrite"):
        model.save_weights(tmp_path / name, overwrite=False)
    other = named(units=2)
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"(?s)m\.(npz|safetensors).*'.*out/kernel' or 'layers/dense/vars/0', \(6, 2\).*\(6, 1\)"):
        other.load_weights(tmp_path / name)
    same(other.get_weights(), before)
    with pytest.warns(UserWarning, match="'out' keeps"):
        other.load_weights(tmp_path / name, skip_mismatch=True)
    same(other.get_weights(), model.get_weights()[:1] + before[1:])
    with pytest.raises(ValueError, match="weights alone"):
        keratin.saving.load_model(tmp_path / name)


def test_named_weights_are_numpys_and_by_place_too(tmp_path):
    model = named()
    model.save_weights(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as arrays:
        same([arrays[weight.path] for weight in model.weights], model.get_weights())
    places = ["layers/embedding/vars/0", "layers/dense/vars/0", "layers/dense/vars/1"]
    values = [np.arange(14.0).reshape(7, 2), np.ones((6, 1)), np.zeros(1)]
    np.savez(tmp_path / "p.npz", **dict(zip(places, values)), more=np.zeros(3))
    with pytest.warns(UserWarning, match="'more' is of no weight"):
        model.load_weights(tmp_path / "p.npz")
    same(model.get_weights(), values)
    np.savez(tmp_path / "o.npz", **{places[0]: np.array([{}], dtype=object)})
    with pytest.raises(ValueError, match="o.npz"):
        model.load_weights(tmp_path / "o.npz")
