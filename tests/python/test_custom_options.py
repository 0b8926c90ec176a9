# SPDX-License-Identifier: Apache-2.0
"""Regularizers, constraints, initializers and activations that users write."""
import copy
import pickle

import numpy as np
import pytest

import keratin
from keratin import activations, constraints, initializers, layers, ops, regularizers

X = np.random.default_rng(1).normal(size=(12, 4)).astype("float32")
Y = np.random.default_rng(2).normal(size=(12, 3)).astype("float32")


class Squares(regularizers.Regularizer):
    def __init__(self, factor=0.1):
        self.factor = factor

    def __call__(self, x):
        return self.factor * ops.sum(ops.square(x))

    def get_config(self):
        return {"factor": self.factor}


class NoNegatives(constraints.Constraint):
    def __call__(self, w):
        return w * (w >= 0)


class Counting(initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return np.arange(np.prod(shape), dtype=dtype).reshape(shape) / 10


def above_zero(x):
    return ops.maximum(x, 0.0)


def trained(**options):
    """Weights and loss after some steps of a Dense layer with these options."""
    options = {"kernel_initializer": initializers.RandomNormal(seed=3), **options}
    model = keratin.Sequential([layers.Dense(3, **options)])
    model.compile(keratin.optimizers.Adam(0.01), loss="mse")
    history = model.fit(X, Y, epochs=5, batch_size=4, shuffle=False, verbose=0)
    return model.get_weights(), history.history["loss"]


# The same formula twice: what may differ is the rounding of the derivative.
@pytest.mark.parametrize("own, ours", [
    (dict(kernel_regularizer=Squares(0.1)), dict(kernel_regularizer=regularizers.L2(0.1))),
    (dict(bias_regularizer=lambda x: ops.sum(ops.abs(x)) * 0.1), dict(bias_regularizer=regularizers.L1(0.1))),
    (dict(activity_regularizer=Squares(0.01)), dict(activity_regularizer=regularizers.L2(0.01))),
    (dict(kernel_constraint=NoNegatives()), dict(kernel_constraint="non_neg")),
    (dict(kernel_constraint=lambda w: np.maximum(w, 0)), dict(kernel_constraint="non_neg")),
    (dict(activation=above_zero), dict(activation="relu")),
    (dict(kernel_initializer=lambda shape, dtype=None: np.ones(shape, dtype)), dict(kernel_initializer="ones")),
    (dict(kernel_initializer=np.ones((4, 3))), dict(kernel_initializer="ones")),
    (dict(kernel_initializer=initializers.Constant([1.0, 1.0, 1.0])), dict(kernel_initializer="ones")),
])
def test_trains_as_the_same_formula_of_keratin(own, ours):
    weights, losses = trained(**own)
    expected_weights, expected_losses = trained(**ours)
    for a, b in zip(weights, expected_weights):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-5)
    assert not np.array_equal(weights[0], trained()[0][0])


def test_in_a_table():
    def table(**options):
        model = keratin.Sequential([layers.Embedding(9, 2, **options), layers.GlobalAveragePooling1D()])
        model.compile(keratin.optimizers.Adam(0.01), loss="mse")
        ids = np.random.default_rng(4).integers(0, 9, (8, 5))
        model.fit(ids, Y[:8, :2], epochs=3, batch_size=4, shuffle=False, verbose=0)
        return model.get_weights()[0]

    seeded = dict(embeddings_initializer=initializers.RandomUniform(-1, 1, seed=1))
    for own, ours in ((dict(embeddings_regularizer=Squares(0.2)), dict(embeddings_regularizer=regularizers.L2(0.2))),
                      (dict(embeddings_constraint=NoNegatives()), dict(embeddings_constraint="non_neg"))):
        np.testing.assert_allclose(table(**seeded, **own), table(**seeded, **ours), rtol=1e-5, atol=1e-6)
    layer = layers.Embedding(3, 2, embeddings_initializer=Counting())
    layer.build()
    np.testing.assert_array_equal(layer.get_weights()[0], np.arange(6, dtype="float32").reshape(3, 2) / np.float32(10))


def test_a_derivative_of_ones_own():
    class Given(regularizers.Regularizer):
        def __call__(self, x):
            return float(np.square(x).sum())  # no tape passes through float()

        def gradient(self, x):
            return 2 * x

    given, _ = trained(kernel_regularizer=Given())
    ours, _ = trained(kernel_regularizer=regularizers.L2(1.0))
    np.testing.assert_allclose(given[0], ours[0], rtol=1e-5, atol=1e-6)


def raises(*args, **kwargs):
    raise KeyError("mine")


@pytest.mark.parametrize("option", ["kernel_regularizer", "kernel_constraint", "activation", "activity_regularizer"])
def test_exceptions_come_out(option):
    model = keratin.Sequential([layers.Dense(3, **{option: raises})])
    model.compile("sgd", loss="mse")
    model.build((None, 4))
    before = model.get_weights()
    with pytest.raises(KeyError, match="mine"):
        model.fit(X, Y, verbose=0)
    after = model.get_weights()
    if option == "kernel_constraint":  # which comes when the step is taken: that is whole
        assert all(np.any(a != b) for a, b in zip(before, after))
    else:
        assert all(np.array_equal(a, b) for a, b in zip(before, after))
    assert np.isfinite(after[0]).all()


def test_an_initializer_that_fails_leaves_the_layer_unbuilt():
    layer = layers.Dense(3, kernel_initializer=raises)
    with pytest.raises(KeyError, match="mine"):
        layer.build((None, 4))
    assert not layer.built
    wrong = layers.Dense(3, kernel_initializer=lambda shape, dtype=None: np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"must return an array of shape \(4, 3\)"):
        wrong.build((None, 4))


BUILT = np.ones((2, 4), "float32")


@pytest.mark.parametrize("build", [
    lambda model: model.predict(BUILT), lambda model: model.fit(BUILT, BUILT[:, :3], verbose=0),
    lambda model: model.train_on_batch(BUILT, BUILT[:, :3]), lambda model: model(BUILT), lambda model: model.build((None, 4))],
    ids=["predict", "fit", "train_on_batch", "call", "build"])
@pytest.mark.parametrize("use", [
    lambda model: model.add(layers.Flatten()), lambda model: model.pop(), lambda model: model.build((None, 4)),
    lambda model: model.predict(BUILT), lambda model: model.fit(BUILT, BUILT[:, :3], verbose=0), lambda model: model(BUILT),
    lambda model: model.evaluate(BUILT, BUILT[:, :3], verbose=0), lambda model: model.train_on_batch(BUILT, BUILT[:, :3]),
    lambda model: model.layers[0].build((None, 4)), lambda model: model.layers[0](BUILT)],
    ids=["add", "pop", "build", "predict", "fit", "call", "evaluate", "train_on_batch", "layer.build", "layer"])
def test_an_initializer_that_uses_what_is_being_built(build, use):
    uses = [use]

    def initializer(shape, dtype=None):
        if uses:
            uses.pop()(model)
        return np.ones(shape, dtype)

    model = keratin.Sequential([layers.Dense(3, kernel_initializer=initializer)])
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError, match="is being built|may not train or change"):
        build(model)
    assert not model.built and not uses
    build(model)
    assert model.built and len(model.weights) == 2


def test_attributes_and_copies():
    layer = layers.Dense(3, activation=above_zero, kernel_regularizer=Squares(0.5), kernel_constraint=NoNegatives())
    layer.build((None, 4))
    assert layer.activation is above_zero
    assert isinstance(layer.kernel.regularizer, Squares) and isinstance(layer.kernel.constraint, NoNegatives)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert other.kernel_regularizer.factor == 0.5
        np.testing.assert_array_equal(other(X), layer(X))


def test_configs():
    layer = layers.Dense(3, activation=above_zero, kernel_regularizer=Squares(0.5), kernel_constraint=NoNegatives())
    config = layers.serialize(layer)
    assert config["config"]["kernel_regularizer"]["class_name"] == "Squares"
    assert config["config"]["activation"]["config"] == "above_zero"
    known = {"Squares": Squares, "above_zero": above_zero, "NoNegatives": NoNegatives}
    again = layers.deserialize(config, custom_objects=known)
    assert again.kernel_regularizer.factor == 0.5 and again.activation is above_zero
    assert isinstance(again.kernel_constraint, NoNegatives)
    assert layers.serialize(again) == config
    with pytest.raises(ValueError):
        layers.deserialize(config)


def test_in_a_model_that_is_cloned():
    model = keratin.Sequential([layers.Dense(3, kernel_regularizer=Squares(0.5)), layers.Activation(above_zero)])
    model.build((None, 4))
    clone = keratin.models.clone_model(model)
    assert clone.layers[0].kernel_regularizer is model.layers[0].kernel_regularizer
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone.predict(X), model.predict(X))
    assert clone.predict(X).min() == 0


def test_on_a_variable():
    variable = keratin.Variable([1.0, -1.0])
    variable.constraint = lambda w: np.clip(w, 0, 1)
    variable.regularizer = Squares(1.0)
    keratin.optimizers.SGD(0.25).apply([np.zeros(2)], [variable])
    np.testing.assert_array_equal(variable.numpy(), [0.5, 0.0])


def test_a_seed_generator_gives_other_values_each_time():
    first = initializers.RandomNormal(seed=keratin.random.SeedGenerator(7))
    a, b = first((2, 2)), first((2, 2))
    assert not np.array_equal(a, b)
    again = initializers.RandomNormal(seed=keratin.random.SeedGenerator(7))
    np.testing.assert_array_equal(again((2, 2)), a)
    np.testing.assert_array_equal(a, keratin.random.normal((2, 2), stddev=0.05, seed=keratin.random.SeedGenerator(7)))
    assert initializers.deserialize(initializers.serialize(again)).seed.get_config()["seed"] == 7


def test_bases_alone():
    assert regularizers.Regularizer()(X) == 0
    assert constraints.Constraint()(X) is X
    with pytest.raises(NotImplementedError):
        initializers.Initializer()((2,))
    with pytest.raises(NotImplementedError):
        regularizers.Regularizer().get_config()
    assert activations.get(above_zero) is above_zero


class Scale:
    """An activation that is an object."""

    def __init__(self, by=0.25):
        self.by = by

    def __call__(self, x):
        return x * self.by

    def get_config(self):
        return {"by": self.by}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def third(x):
    return x / 3


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("given, custom_objects", [
    (third, None), (Scale(0.5), None), (Scale(0.5), {"Scale": Scale}), (third, {"third": third}), (layers.LeakyReLU(0.3), {})])
def test_activations_of_ones_own_in_files(tmp_path, monkeypatch, ending, given, custom_objects):
    """Whether they were registered (custom_objects is None) or are given by name; a layer needs neither."""
    from keratin.saving import object_registration
    monkeypatch.setattr(object_registration, "_OBJECTS", {})
    monkeypatch.setattr(object_registration, "_NAMES", {})
    if custom_objects is None:
        keratin.saving.register_keras_serializable("shop")(given if given is third else Scale)
    model = keratin.Sequential([keratin.Input((4, 4)), layers.Conv1D(3, 2, activation=given), layers.LSTM(2, activation=given),
                                layers.Dense(3, activation=given)])
    model.save(tmp_path / f"m{ending}")
    again = keratin.saving.load_model(tmp_path / f"m{ending}", custom_objects=custom_objects)
    x = np.stack([X[i:i + 4] for i in range(5)])
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    if custom_objects != {}:
        monkeypatch.setattr(object_registration, "_OBJECTS", {})
        with pytest.raises(ValueError, match="third" if given is third else "Scale"):
            keratin.saving.load_model(tmp_path / f"m{ending}")


def test_layers_in_place_of_an_activation():
    class Mine(layers.Layer):
        def call(self, x):
            return x

    np.testing.assert_array_equal(layers.Activation(layers.ReLU(max_value=1.0))(X), np.clip(X, 0, 1))
    for layer in (layers.PReLU(), Mine()):
        with pytest.raises(TypeError, match="in place of an activation"):
            layers.Dense(3, activation=layer)
