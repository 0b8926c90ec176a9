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


BUILT_IN = sorted(name for name, one in vars(optimizers).items() if isinstance(one, type) and issubclass(one, optimizers.Optimizer)
                  and name not in ("Optimizer", "LossScaleOptimizer", "MultiOptimizer"))


def derived(name):
    """Classes derived from a built-in optimizer, each with what has the same effect: the weight of the loss, and options."""
    base = getattr(optimizers, name)

    class Through(base):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate)

    class Doubled(base):
        def update_step(self, gradient, variable, learning_rate):
            assert gradient.shape == variable.shape
            super().update_step(gradient * 2, variable, learning_rate)

    class Faster(base):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, 2 * learning_rate)

    class Halved(base):
        def apply(self, grads, trainable_variables=None):
            super().apply([None if g is None else g / 2 for g in grads], trainable_variables)

    class HalvedPairs(base):
        def apply_gradients(self, grads_and_vars):
            return super().apply_gradients([(0.5 * g, v) for g, v in grads_and_vars])

    class Clipped(base):
        def apply(self, grads, trainable_variables=None):
            super().apply([ops.clip(g, -0.05, 0.05) for g in grads], trainable_variables)

    return [(Through, 1.0, {}), (Doubled, 2.0, {}), (Faster, 1.0, {"learning_rate": 0.04}), (Halved, 0.5, {}), (HalvedPairs, 0.5, {}),
            (Clipped, 1.0, {"clipvalue": 0.05})]


def by_loss(make, x, optimizer, weight, how="fit"):
    model = make()
    model.compile(optimizer, "mse", loss_weights=weight)
    if how == "fit":
        model.fit(x, Y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    else:
        for _ in range(4):
            with keratin.GradientTape() as tape:
                loss = weight * ops.mean(ops.square(model(x) - Y))
            variables = model.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return [*model.get_weights(), *optimizer.get_weights()]


def table_alone():
    return keratin.Sequential([keratin.Input((4,), dtype="int32"), layers.Embedding(9, 3, embeddings_initializer="ones"),
                               layers.Flatten(), layers.Dense(1, kernel_initializer="ones")])


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("how", ["fit", "tape"])
@pytest.mark.parametrize("make, x", [(dense, X), (table_alone, IDS)])
def test_classes_derived_from_built_in_ones_come_back_to_them(name, how, make, x):
    # Twice the gradient is twice the loss, to the bit.
    for cls, weight, options in derived(name):
        if "learning_rate" in options and name in ("AdamW", "Muon", "ScheduleFreeAdamW"):
            continue  # where the rate of the optimizer counts elsewhere too: decay, averages
        found = by_loss(make, x, cls(0.02), 1.0, how)
        expected = by_loss(make, x, getattr(optimizers, name)(**{"learning_rate": 0.02, **options}), weight, how)
        expected[len(expected) - len(found) + len(make().weights) + 1] = found[len(make().weights) + 1]  # the rate
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=0 if cls.__name__ != "Faster" else 1e-6, atol=1e-7 if cls.__name__ == "Faster" else 0)


def regularized(penalty):
    return lambda: keratin.Sequential([
        keratin.Input((4,), dtype="int32"),
        layers.Embedding(9, 3, embeddings_initializer="ones", embeddings_regularizer=keratin.regularizers.L2(penalty)), layers.Flatten(),
        layers.Dense(1, kernel_initializer="ones", kernel_regularizer=keratin.regularizers.L2(penalty))])


@pytest.mark.parametrize("options", [{}, {"loss_scale_factor": 4.0}, {"gradient_accumulation_steps": 2}], ids=str)
def test_the_gradients_that_apply_is_given_have_the_penalties_part(options):
    class Halved(optimizers.Adam):
        def apply(self, grads, trainable_variables=None):
            assert all(np.asarray(g).shape == v.shape for g, v in zip(grads, trainable_variables))
            super().apply([g / 2 for g in grads], trainable_variables)

    found = by_loss(regularized(0.5), IDS, Halved(0.05, **options), 1.0)
    for a, b in zip(found, by_loss(regularized(0.25), IDS, optimizers.Adam(0.05, **options), 0.5)):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_what_is_around_a_step_is_around_a_derived_one(options):
    options = {"learning_rate": 0.1, **options}
    for name in ("Adam", "Nadam", "Lamb"):
        through = derived(name)[0][0]
        for make, x in ((dense, X), (table, IDS)):
            (model, found), (plain, expected) = (trained(make, x, cls(**options)) for cls in (through, getattr(optimizers, name)))
            for a, b in zip(found, expected):
                np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
            for a, b in zip(model.optimizer.get_weights(), plain.optimizer.get_weights()):
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
            assert [v.shape for v in model.optimizer.variables] == [v.shape for v in plain.optimizer.variables]


class Careful(optimizers.Adam):
    """Has state of its own, counts its steps, and leaves out those whose gradients are not finite."""

    def build(self, variables):
        super().build(variables)
        self.pushes = self.add_optimizer_variables(variables, "push")
        self.left_out = 0

    def apply(self, grads, trainable_variables=None):
        if not all(np.isfinite(np.asarray(g)).all() for g in grads):
            self.left_out += 1
            return
        super().apply(grads, trainable_variables)

    def update_step(self, gradient, variable, learning_rate):
        push = self.pushes[self._get_variable_index(variable)]
        self.assign(push, 0.5 * push + gradient)
        super().update_step(gradient + push, variable, learning_rate)


def test_both_with_state_of_its_own():
    model, _ = trained(dense, X, Careful(0.05))
    optimizer = model.optimizer
    names = [variable.path.split("/")[-1] for variable in optimizer.variables]
    assert [name.rsplit("_", 1)[-1] for name in names] == ["iteration", "rate", *["momentum", "velocity"] * 4, *["push"] * 4]
    before = model.get_weights(), optimizer.get_weights()
    model.train_on_batch(np.full_like(X, np.nan), Y)
    assert optimizer.left_out == 1
    for old, new in zip(before, (model.get_weights(), optimizer.get_weights())):
        for a, b in zip(old, new):
            np.testing.assert_array_equal(a, b)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert type(other.optimizer) is Careful
        again = pickle.loads(pickle.dumps(model))
        for one in (other, again):
            one.fit(X, Y, epochs=2, batch_size=8, shuffle=False, verbose=0)
        for a, b in zip([*other.get_weights(), *other.optimizer.get_weights()], [*again.get_weights(), *again.optimizer.get_weights()]):
            np.testing.assert_array_equal(a, b)


def test_files_have_the_state_of_derived_ones(tmp_path):
    model, _ = trained(dense, X, Careful(0.05))
    model.save(tmp_path / "m.keras")
    other = keratin.models.load_model(tmp_path / "m.keras", custom_objects={"Careful": Careful})
    assert type(other.optimizer) is Careful
    for a, b in zip(other.optimizer.get_weights(), model.optimizer.get_weights()):
        np.testing.assert_array_equal(a, b)
    for one in (model, other):
        one.fit(X, Y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    for a, b in zip(other.get_weights(), model.get_weights()):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("method", ["apply", "update_step"])
@pytest.mark.parametrize("name", ["Adam", "Nadam", "Muon"])
def test_what_a_derived_one_throws_changes_nothing(name, method):
    fails = []

    class Failing(getattr(optimizers, name)):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate)
            if fails == ["update_step"] and variable is not None and variable.path.endswith("bias"):
                raise KeyError("mine")

        def apply(self, grads, trainable_variables=None):
            if fails == ["apply"]:
                raise KeyError("mine")
            super().apply(grads, trainable_variables)

    def state(model):
        return [*model.get_weights(), *model.optimizer.get_weights(), *model.get_metrics_result().values()]

    model = dense()
    model.compile(Failing(0.05), "mse", metrics=["mae"])
    model.fit(X, Y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    before = state(model)
    fails.append(method)
    for step in (lambda: model.train_on_batch(X, Y), lambda: model.fit(X, Y, verbose=0)):
        with pytest.raises(KeyError, match="mine"):
            step()
    for a, b in zip(before[:-2], state(model)[:-2]):
        np.testing.assert_array_equal(a, b)


def test_what_a_derived_step_may_not_do():
    class Wrong(optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(ops.sum(gradient), variable, learning_rate)

    model = dense()
    model.compile(Wrong(0.1), "mse")
    with pytest.raises(ValueError, match=r"\[Wrong\] update_step: the gradient of '.*kernel' must have its shape \(3, 4\). "
                                         r"Received: shape \(\)"):
        model.train_on_batch(X, Y)
    weight = keratin.Variable([1.0])
    with pytest.raises(RuntimeError, match=r"\[Adam\] update_step is a part of a step"):
        optimizers.Adam(0.1).update_step(np.ones(1), weight, 0.1)

    class Training(optimizers.Adam):
        def apply(self, grads, trainable_variables=None):
            model.fit(X, Y, verbose=0)

    model.compile(Training(0.1), "mse")
    before = model.get_weights()
    with pytest.raises(RuntimeError, match="fit"):
        model.train_on_batch(X, Y)
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)
    for method in ("scale_loss", "finalize_variable_values"):
        with pytest.raises(TypeError, match=f"Other.{method} would never be called"):
            type("Other", (optimizers.Adam,), {method: lambda self, *args: None})
    with pytest.raises(TypeError, match="Other.apply would never be called"):
        type("Other", (optimizers.LossScaleOptimizer,), {"apply": lambda self, *args: None})


def test_gradients_of_rows_are_arrays_where_arithmetic_needs_them():
    rows = keratin.IndexedSlices(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32), np.array([0, 2]), (3, 2))
    dense_form = np.asarray(rows)
    for a in (2 * rows, rows * 2.0, rows / 0.5):
        assert isinstance(a, keratin.IndexedSlices)
        np.testing.assert_array_equal(np.asarray(a), dense_form * 2)
    factor = np.array([[1.0], [2.0], [3.0]], np.float32)
    for a, b in ((rows * factor, dense_form * factor), (rows + 1, dense_form + 1), (1 - rows, 1 - dense_form), (rows ** 2, dense_form ** 2),
                 (-rows, -dense_form), (abs(rows), abs(dense_form)), (rows + rows, 2 * dense_form), (1 / (rows + 1), 1 / (dense_form + 1)),
                 (ops.clip(rows, -1, 1), dense_form.clip(-1, 1)), (np.sqrt(rows), np.sqrt(dense_form))):
        np.testing.assert_array_equal(np.asarray(a), b)
