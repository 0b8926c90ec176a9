# SPDX-License-Identifier: Apache-2.0
"""Programs of the kinds that Keras's guides teach (subclassing, custom fit, loops by hand), written for these tests."""
import keratin
import numpy as np
import pytest
from keratin import layers, losses, metrics, ops, optimizers

DRAW = np.random.default_rng(3)
X, Y = DRAW.normal(size=(40, 6)).astype("float32"), DRAW.normal(size=(40, 1)).astype("float32")


def test_losses_that_layers_add_are_asked_for_under_a_tape():
    class Mean(layers.Layer):
        def call(self, x):
            self.add_loss(0.5 * ops.mean(x))
            return x

    x = keratin.Input((6,))
    model = keratin.Model(x, layers.Dense(1)(Mean()(layers.Dense(3, kernel_regularizer="l2")(x))))
    kernel = model.layers[1].kernel
    with keratin.GradientTape() as tape:
        model(X, training=True)
        total = sum(model.losses)
    added = tape.gradient(total, [kernel])[0]  # by hand: each column gets 0.5 * mean over samples of x / 3
    np.testing.assert_allclose(added, np.repeat(0.5 * X.mean(axis=0)[:, None] / 3, 3, axis=1), rtol=1e-5, atol=1e-6)
    assert len(model.losses) == 2
    layer = Mean()
    layer(X)
    layer(X)
    assert layer.losses == [pytest.approx(0.5 * X.mean(), rel=1e-4)]


def test_a_call_that_asks_for_the_size_of_its_batch():
    class Noisy(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = keratin.random.SeedGenerator(5)

        def call(self, pair):
            mean, spread = pair
            return mean + ops.exp(spread) * keratin.random.normal(ops.shape(mean), seed=self.seeds)

    class Coder(keratin.Model):
        def __init__(self):
            super().__init__()
            self.mean, self.spread, self.noisy, self.back = layers.Dense(2), layers.Dense(2), Noisy(), layers.Dense(6)

        def call(self, x):
            mean, spread = self.mean(x), self.spread(x)
            self.add_loss(0.1 * ops.mean(mean ** 2 + ops.exp(spread) - spread))
            return self.back(self.noisy((mean, spread)))

    model = Coder()
    model.compile(optimizers.Adam(0.02), "mse")
    found = model.fit(X, X, epochs=12, batch_size=8, verbose=0).history["loss"]
    assert found[-1] < found[0] and model.predict(X, verbose=0).shape == X.shape
    x = keratin.Input((6,))
    assert model(x).shape == (None, 6)


@pytest.mark.parametrize("call, of_open, of_known", [
    (lambda x: x + ops.cast(ops.arange(0, ops.shape(x)[1], 1), "float32")[None, :, None], (None, None, 4), (None, 5, 4)),
    (lambda x: x + ops.cast(ops.arange(0, x.shape[1], 1), "float32")[None, :, None], (None, None, 4), (None, 5, 4)),
    (lambda x: ops.arange(start=0, stop=ops.shape(x)[1])[None], (1, None), (1, 5)),
    (lambda x: ops.concatenate([ops.broadcast_to(ops.ones((1, 1, 4)), (ops.shape(x)[0], 1, 4)), x], axis=1),
     (None, None, 4), (None, 6, 4)),
    (lambda x: ops.slice(x, (0, 1, 0), (ops.shape(x)[0], 4, 4)), (None, 4, 4), (None, 4, 4)),
    (lambda x: ops.tile(ops.ones((1, 2, 2)), ops.concatenate([ops.expand_dims(ops.shape(x)[0], -1), [1, 1]], 0)),
     (None, 2, 2), (None, 2, 2))])
def test_a_size_that_is_not_known_means_nothing_else(call, of_open, of_known):
    """None as an end of arange or a size of broadcast_to would mean something: the shapes are what Keras says."""
    class Mine(layers.Layer):
        def call(self, x):
            return call(x)

    assert Mine()(keratin.Input((None, 4))).shape == of_open
    x = keratin.Input((5, 4))
    y = Mine()(x)
    assert y.shape == of_known
    found = keratin.Model(x, y).predict(np.ones((3, 5, 4)), verbose=0)
    assert all(known in (None, size) for known, size in zip(of_known, found.shape))


def test_steps_over_time_with_a_state_of_ones_own():
    class Recurrent(layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.units, self.ahead, self.back = units, layers.Dense(units), layers.Dense(units, use_bias=False)

        def call(self, x):
            state = ops.zeros((x.shape[0], self.units))
            for step in range(x.shape[1]):
                state = ops.tanh(self.ahead(x[:, step]) + self.back(state))
            return state

    layer = Recurrent(3)
    x = DRAW.normal(size=(5, 4, 2)).astype("float32")
    found = layer(x)
    kernel, bias, inner = layer.get_weights()
    state = np.zeros((5, 3), "float32")
    for step in range(4):
        state = np.tanh(x[:, step] @ kernel + bias + state @ inner)
    np.testing.assert_allclose(found, state, rtol=1e-5, atol=1e-6)
    values = keratin.Input((4, 2))
    model = keratin.Model(values, layers.Dense(1)(layer(values)))
    assert model.output_shape == (None, 1)
    model.compile("adam", "mse")
    model.fit(x, np.zeros((5, 1)), verbose=0)


def test_two_players():
    class Game(keratin.Model):
        def __init__(self):
            super().__init__()
            self.judge = keratin.Sequential([keratin.Input((6,)), layers.Dense(4, "tanh"), layers.Dense(1)])
            self.maker = keratin.Sequential([keratin.Input((2,)), layers.Dense(6)])
            self.of_judge, self.of_maker = metrics.Mean(name="judge"), metrics.Mean(name="maker")

        @property
        def metrics(self):
            return [self.of_judge, self.of_maker]

        def compile(self, loss):
            super().compile()
            self.rates = [optimizers.SGD(0.05), optimizers.SGD(0.05)]
            self.own_loss = loss

        def train_step(self, real):
            noise = np.ones((len(real), 2), "float32")
            both = ops.concatenate([self.maker(noise), real], axis=0)
            labels = np.concatenate([np.ones((len(real), 1)), np.zeros((len(real), 1))])
            for part, optimizer, metric, given, wanted in (
                    (self.judge, self.rates[0], self.of_judge, lambda: both, labels),
                    (self.maker, self.rates[1], self.of_maker, lambda: self.maker(noise), labels[len(real):])):
                with keratin.GradientTape() as tape:
                    loss = self.own_loss(wanted, self.judge(given()))
                optimizer.apply(tape.gradient(loss, part.trainable_weights), part.trainable_weights)
                metric.update_state(loss)
            return self.get_metrics_result()

    game = Game()
    game.compile(losses.BinaryCrossentropy(from_logits=True))
    before = [part.get_weights() for part in (game.judge, game.maker)]
    found = game.fit(X, epochs=3, batch_size=8, shuffle=False, verbose=0).history
    assert sorted(found) == ["judge", "maker"] and len(found["judge"]) == 3
    for old, part in zip(before, (game.judge, game.maker)):
        assert all(np.abs(a - b).max() > 0 for a, b in zip(old, part.get_weights()))


@pytest.mark.parametrize("weights", [None, np.abs(DRAW.normal(size=(40, 1)))])
def test_a_step_by_hand_is_the_step(weights):
    """train_step, test_step and compute_loss written out give what Keratin's own give."""
    class ByHand(keratin.Model):
        def train_step(self, data):
            x, y, weight = (*data, None)[:3]
            with keratin.GradientTape() as tape:
                predicted = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=predicted, sample_weight=weight)
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return self.noted(len(x), loss, y, predicted, weight)

        def test_step(self, data):
            x, y, weight = (*data, None)[:3]
            predicted = self(x, training=False)
            return self.noted(len(x), self.compute_loss(y=y, y_pred=predicted, sample_weight=weight), y, predicted, weight)

        def noted(self, count, loss, y, predicted, weight):
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss, sample_weight=count)
                else:
                    metric.update_state(y, predicted, sample_weight=weight)
            return {metric.name: metric.result() for metric in self.metrics}

    found = []
    for cls in (keratin.Model, ByHand):
        x = keratin.Input((6,))
        model = cls(x, layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2")(layers.Dense(3, "tanh", kernel_initializer="ones")(x)))
        model.compile(optimizers.Adam(0.05), "mse", metrics=["mae"])
        history = model.fit(X, Y, sample_weight=weights, epochs=3, batch_size=16, shuffle=False, verbose=0,
                            validation_data=(X[:8], Y[:8])).history
        found.append((history, model.get_weights(), model.evaluate(X, Y, verbose=0, return_dict=True)))
    (history, kept, judged), (own_history, own_kept, own_judged) = found
    assert list(own_history) == list(history)
    for name in history:
        np.testing.assert_allclose(own_history[name], history[name], rtol=1e-5, err_msg=name)
    for a, b in zip(kept, own_kept):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert own_judged == pytest.approx(judged, rel=1e-5)


def test_a_persistent_tape_is_asked_again():
    table = layers.Embedding(5, 2, embeddings_initializer="ones")
    ids = np.array([[1, 3], [3, 3]])
    with keratin.GradientTape(persistent=True) as tape:
        x = tape.watch(X)
        square = x ** 2
        cube = square * x
        rows = ops.sum(table(ids) ** 2)
    for _ in range(2):
        np.testing.assert_allclose(tape.gradient(square, x), 2 * X, rtol=1e-6)
        np.testing.assert_allclose(tape.gradient(cube, x), 3 * X ** 2, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(tape.gradient(cube, square), X, rtol=1e-6)
        found = tape.gradient(rows, table.embeddings)
        np.testing.assert_array_equal(found.indices, [1, 3])
        np.testing.assert_array_equal(found.values, [[2, 2], [6, 6]])
    with keratin.GradientTape() as once:
        y = once.watch(X) * 2
    once.gradient(y, y)
    with pytest.raises(RuntimeError, match="its derivatives were taken already. A persistent one"):
        once.gradient(y, y)


def test_one_tape_in_another():
    """Two losses of two models that know each other, each asked of its own tape."""
    first, second = layers.Dense(2, kernel_initializer="ones"), layers.Dense(1, kernel_initializer="ones")
    with keratin.GradientTape() as outer:
        before = first(X)
        with keratin.GradientTape() as inner:
            loss = ops.sum(second(before))
        twice = loss * 2
    found = outer.gradient(twice, [first.kernel, second.kernel])
    np.testing.assert_allclose(found[0], np.repeat(2 * X.sum(axis=0)[:, None], 2, axis=1), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found[1], 2 * before.numpy().sum(axis=0)[:, None], rtol=1e-5, atol=1e-5)
    # What came before the inner tape is constant to it, and so is what came behind it.
    found = inner.gradient(loss, [first.kernel, second.kernel])
    assert found[0] is None
    np.testing.assert_allclose(found[1], before.numpy().sum(axis=0)[:, None], rtol=1e-5, atol=1e-5)
    for tape in (outer, inner):
        with pytest.raises(RuntimeError, match="its derivatives were taken already. A persistent one"):
            tape.gradient(loss, second.kernel)

    with keratin.GradientTape() as generator_tape, keratin.GradientTape() as critic_tape:
        made = first(X)
        judged = second(made)
        generator_loss, critic_loss = ops.mean(judged), ops.mean(judged ** 2)
    by_generator = generator_tape.gradient(generator_loss, first.trainable_variables)
    by_critic = critic_tape.gradient(critic_loss, second.trainable_variables)
    np.testing.assert_allclose(by_generator[0], np.repeat(X.mean(axis=0)[:, None], 2, axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(by_critic[1], [2 * np.mean(judged.numpy())], rtol=1e-4)


def test_a_value_that_is_watched_is_still_what_it_came_from():
    dense = layers.Dense(2, kernel_initializer="ones")
    with keratin.GradientTape() as tape:
        h = dense(X)
        tape.watch(h)
        loss = ops.sum(h * h)
    by_h, by_kernel = tape.gradient(loss, [h, dense.kernel])
    np.testing.assert_allclose(by_h, 2 * h.numpy(), rtol=1e-6)
    np.testing.assert_allclose(by_kernel, X.T @ (2 * h.numpy()), rtol=1e-4, atol=1e-4)


def test_only_weights_that_are_watched():
    first, second = layers.Dense(2), layers.Dense(1)
    second(first(X))
    with keratin.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(second.kernel)
        loss = ops.sum(second(first(X)))
    found = tape.gradient(loss, [first.kernel, second.kernel])
    assert found[0] is None
    np.testing.assert_allclose(found[1], first(X).sum(axis=0)[:, None], rtol=1e-4, atol=1e-4)


def test_there_is_no_derivative_of_a_derivative():
    with keratin.GradientTape() as outer:
        x = outer.watch(X)
        with keratin.GradientTape() as inner:
            y = inner.watch(X) ** 3
        with pytest.raises(NotImplementedError, match="a derivative of a derivative is not there"):
            inner.gradient(y, y)
        z = x * 2
    np.testing.assert_array_equal(outer.gradient(z, x), np.full_like(X, 2))
    np.testing.assert_array_equal(inner.gradient(y, y), np.ones_like(X))
    with keratin.GradientTape(persistent=True) as tape:
        y = tape.watch(X) ** 2
        with pytest.raises(NotImplementedError, match="a derivative of a derivative"):
            tape.gradient(y, y)
    with pytest.raises(TypeError, match="gradients are arrays, and have no derivatives"):
        tape.gradient(tape.gradient(y, y), y)
    with pytest.raises(ValueError, match="watch came too late"):
        tape.watch(X)

    class Penalty(layers.Layer):
        def call(self, x):
            with keratin.GradientTape() as tape:
                y = tape.watch(x) ** 2
            return x * tape.gradient(y, y)

    model = keratin.Sequential([layers.Dense(2), Penalty(), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match="a derivative of a derivative"):
        model.fit(X, Y, verbose=0)


class Counting(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seen = metrics.Mean(name="seen")

    def call(self, x):
        self.seen.update_state(x)
        return x


def counting_models():
    x = keratin.Input((6,))
    yield keratin.Model(x, layers.Dense(1)(Counting()(x)))
    yield keratin.Sequential([keratin.Input((6,)), Counting(), layers.Dense(1)])
    late = keratin.Sequential(name="late")
    late.add(Counting())
    late.add(layers.Dense(1))
    yield late
    yield keratin.Sequential([keratin.Sequential([keratin.Input((6,)), Counting()]), layers.Dense(1)])


@pytest.mark.parametrize("model", list(counting_models()), ids=["functional", "sequential", "late", "nested"])
def test_metrics_of_layers_are_reported(model):
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, Y, epochs=2, batch_size=16, verbose=0, validation_data=(X[:7] + 1, Y[:7])).history
    assert list(history) == ["loss", "mae", "seen", "val_loss", "val_mae", "val_seen"]
    np.testing.assert_allclose(history["seen"], [X.mean()] * 2, atol=1e-6)
    np.testing.assert_allclose(history["val_seen"], [X[:7].mean() + 1] * 2, rtol=1e-5)
    assert [metric.name for metric in model.metrics] == ["loss", "compile_metrics", "seen"]
    np.testing.assert_allclose(model.evaluate(X[:3], Y[:3], verbose=0, return_dict=True)["seen"], X[:3].mean(), rtol=1e-5)


def test_a_sum_that_begins_with_zeros():
    """An array of NumPy's is what `ops.zeros` gives; `+=` makes it a value."""
    class Ensemble(keratin.Model):
        def __init__(self):
            super().__init__()
            self.trees = [layers.Dense(2, kernel_initializer="ones"), layers.Dense(2, kernel_initializer="ones")]

        def call(self, x):
            total = first = ops.zeros([ops.shape(x)[0], 2])
            for tree in self.trees:
                total += tree(x)
            total -= first
            total *= 3
            total /= len(self.trees)
            return total

    x = keratin.Input((3,))
    model = keratin.Model(x, Ensemble()(x))
    np.testing.assert_array_equal(model.predict(np.ones((5, 3)), verbose=0), np.full((5, 2), 9))
    model.compile("sgd", "mse")
    model.fit(np.ones((5, 3)), np.ones((5, 2)), verbose=0)
    assert (model.get_weights()[0] != 1).all()


def test_a_model_with_its_own_seeds_and_two_optimizers():
    """Keras's guide on custom steps has such a GAN. Data without labels come as they are, not in a tuple."""
    class Pair(keratin.Model):
        def __init__(self):
            super().__init__()
            self.judge, self.maker = layers.Dense(1), layers.Dense(6)
            self.seed_generator = keratin.random.SeedGenerator(1)
            self.seen = metrics.Mean(name="judged")

        def compile(self, first, second):
            super().compile()
            self.first, self.second = first, second

        def train_step(self, data):
            assert data.shape[1:] == (6,)
            count = ops.shape(data)[0]
            noise = keratin.random.normal((count, 6), seed=self.seed_generator)
            loss_fn = losses.BinaryCrossentropy(from_logits=True)
            labels = ops.concatenate([ops.ones((count, 1)), ops.zeros((count, 1))], axis=0)
            labels += 0.05 * keratin.random.uniform(ops.shape(labels), seed=self.seed_generator)
            with keratin.GradientTape() as tape:
                loss = loss_fn(labels, self.judge(ops.concatenate([self.maker(noise), data], axis=0)))
            self.first.apply(tape.gradient(loss, self.judge.trainable_weights), self.judge.trainable_weights)
            with keratin.GradientTape() as tape:
                loss = loss_fn(ops.zeros((count, 1)), self.judge(self.maker(noise)))
            self.second.apply(tape.gradient(loss, self.maker.trainable_weights), self.maker.trainable_weights)
            self.seen.update_state(loss)
            return {"judged": self.seen.result()}

    model = Pair()
    model.compile(optimizers.Adam(1e-2), optimizers.SGD(1e-2))
    assert list(model.fit(X, epochs=2, batch_size=10, verbose=0).history) == ["judged"]
    assert model.first.iterations.numpy() == model.second.iterations.numpy() == 8


def test_a_teacher_s_probabilities_as_labels():
    """Keras's example of distillation; the teacher, which is not held, learns too, as in Keras."""
    class Distiller(keratin.Model):
        def __init__(self, holds):
            super().__init__()
            self.student, self.teacher = layers.Dense(3), layers.Dense(3)
            self.teacher.trainable = not holds

        def call(self, x):
            return self.student(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, allow_empty=False):
            of_teacher = ops.softmax(self.teacher(x, training=False) / 10, axis=1)
            return losses.KLDivergence()(of_teacher, ops.softmax(y_pred / 10, axis=1)) * 100

    for holds in (True, False):
        model = Distiller(holds)
        model.teacher.build((None, 6))
        before = model.teacher.get_weights()[0]
        model.compile("adam")
        history = model.fit(X, Y, epochs=3, verbose=0).history["loss"]
        assert history[-1] < history[0]
        assert (model.teacher.get_weights()[0] == before).all() == holds
