# SPDX-License-Identifier: Apache-2.0
"""Optimizers of a user's own: the formulas of Keratin's, written anew, give the same numbers."""
import copy
import pickle

import keratin
import numpy as np
import pytest
from keratin import layers, ops, optimizers

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(24, 1)).astype("float32")
IDS = np.random.default_rng(2).integers(0, 9, size=(24, 4))


class Momentum(optimizers.Optimizer):
    def __init__(self, learning_rate=0.1, momentum=0.9, name="momentum", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.momentums[self._get_variable_index(variable)]
        self.assign(velocity, self.momentum * velocity - gradient * ops.cast(learning_rate, variable.dtype))
        self.assign_add(variable, velocity)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


class Descent(optimizers.Optimizer):
    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, learning_rate * gradient)


def dense():
    return keratin.Sequential([keratin.Input((3,)), layers.Dense(4, "tanh", kernel_initializer="ones"),
                               layers.Dense(1, kernel_initializer="ones", kernel_constraint="max_norm")])


def table():
    return keratin.Sequential([keratin.Input((4,), dtype="int32"), layers.Embedding(9, 3, embeddings_initializer="ones",
                                                                                   embeddings_regularizer="l2"),
                               layers.Flatten(), layers.Dense(1, kernel_initializer="ones")])


def trained(make, x, optimizer, epochs=3):
    model = make()
    model.compile(optimizer, "mse")
    history = model.fit(x, Y, epochs=epochs, batch_size=8, shuffle=False, verbose=0).history["loss"]
    return model, [history, *model.get_weights()]


OPTIONS = [{}, {"weight_decay": 0.1}, {"clipnorm": 0.1}, {"clipvalue": 0.05}, {"global_clipnorm": 0.1},
           {"use_ema": True, "ema_momentum": 0.5}, {"use_ema": True, "ema_overwrite_frequency": 2},
           {"gradient_accumulation_steps": 2}, {"loss_scale_factor": 4.0},
           {"learning_rate": optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("make, x", [(dense, X), (table, IDS)])
def test_the_formula_of_sgd_gives_its_numbers(make, x, options):
    options = {"learning_rate": 0.1, **options}
    for own, known in ((Descent(**options), optimizers.SGD(**options)),
                       (Momentum(**options), optimizers.SGD(momentum=0.9, **options))):
        for a, b in zip(trained(make, x, own)[1], trained(make, x, known)[1]):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)
        assert own.iterations == known.iterations


def test_copies_and_pickles_go_on():
    model, _ = trained(dense, X, Momentum(0.05))
    assert [variable.name for variable in model.optimizer.variables][2:] == [
        f"{weight.path.replace('/', '_')}_momentum" for weight in model.weights]
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert type(other.optimizer) is Momentum and other.optimizer.momentum == 0.9
        for a, b in zip(other.optimizer.get_weights(), model.optimizer.get_weights()):
            np.testing.assert_array_equal(a, b)
        again = pickle.loads(pickle.dumps(model))
        for one in (other, again):
            one.fit(X, Y, epochs=2, batch_size=8, shuffle=False, verbose=0)
        for a, b in zip(other.get_weights(), again.get_weights()):
            np.testing.assert_array_equal(a, b)


def test_configs():
    config = Momentum(0.05, momentum=0.5, clipnorm=1.0).get_config()
    assert config["momentum"] == 0.5 and config["clipnorm"] == 1.0 and config["learning_rate"] == pytest.approx(0.05)
    again = Momentum.from_config(config)
    assert again.get_config() == config
    registered = keratin.saving.serialize_keras_object(Momentum(0.05))
    made = keratin.saving.deserialize_keras_object(registered, custom_objects={"Momentum": Momentum})
    assert type(made) is Momentum and float(made.learning_rate) == pytest.approx(0.05)


def test_a_step_that_fails_changes_nothing():
    class Failing(Momentum):
        fails = False

        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate)
            if Failing.fails and variable.path.endswith("bias"):
                raise KeyError("mine")

    model, _ = trained(dense, X, Failing(0.05))
    before = model.get_weights(), model.optimizer.get_weights()
    Failing.fails = True
    with pytest.raises(KeyError, match="mine"):
        model.train_on_batch(X, Y)
    for old, new in zip(before, (model.get_weights(), model.optimizer.get_weights())):
        for a, b in zip(old, new):
            np.testing.assert_array_equal(a, b)


def test_it_takes_steps_by_hand():
    weight = keratin.Variable([1.0, 2.0])
    optimizer = Descent(0.5)
    optimizer.apply([np.array([1.0, 1.0])], [weight])
    np.testing.assert_array_equal(weight.numpy(), [0.5, 1.5])
    optimizer.apply_gradients([(np.array([1.0, 1.0]), weight)])
    np.testing.assert_array_equal(weight.numpy(), [0.0, 1.0])
    assert optimizer.iterations == 2


def test_what_is_missing():
    class Empty(optimizers.Optimizer):
        pass

    with pytest.raises(TypeError, match=r"\[Optimizer\] Optimizer by itself"):
        optimizers.Optimizer(0.1)
    with pytest.raises(NotImplementedError, match="Empty must have a method update_step"):
        trained(dense, X, Empty(0.1))
    with pytest.raises(ValueError, match="the weights must be"):
        model, _ = trained(dense, X, Momentum(0.05))
        model.optimizer.set_weights(model.optimizer.get_weights()[:-1])


class Nesterov(optimizers.SGD):
    """SGD's arguments, and a step of its own."""

    def build(self, variables):
        super().build(variables)
        self.velocities = self.add_optimizer_variables(variables, "velocity")

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.velocities[self._get_variable_index(variable)]
        self.assign(velocity, self.momentum * velocity - gradient * learning_rate)
        self.assign_add(variable, self.momentum * velocity - gradient * learning_rate)


def test_a_step_of_its_own_of_a_class_derived_from_sgd():
    model, found = trained(dense, X, Nesterov(0.05, momentum=0.9, clipnorm=0.5))
    _, expected = trained(dense, X, optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=0.5))
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    optimizer = model.optimizer
    assert optimizer.momentum == 0.9 and isinstance(optimizer, optimizers.SGD)
    config = optimizer.get_config()
    assert config["momentum"] == 0.9 and config["clipnorm"] == 0.5
    for other in (Nesterov.from_config(config), pickle.loads(pickle.dumps(optimizer)), copy.deepcopy(optimizer)):
        assert type(other) is Nesterov and other.get_config() == config
        _, again = trained(dense, X, other)
        for a, b in zip(again, expected):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_steps_of_cpp_are_not_there():
    class Scaled(optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient * 2, variable, learning_rate)

    model = dense()
    model.compile(Scaled(0.1), "mse")
    before = model.get_weights()
    with pytest.raises(NotImplementedError, match=r"\[Scaled\] super\(\).update_step is not there"):
        model.train_on_batch(X, Y)
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)
