# SPDX-License-Identifier: Apache-2.0
"""LossScaleOptimizer and MultiOptimizer: their steps are Keras's in shared_out_test.cc; here models, files, copies."""
import copy
import pickle

import numpy as np
import pytest

import keratin
from keratin import layers, optimizers

IDS = np.array([[1, 2, 3], [0, 1, 1]])


def model_of(optimizer):
    keratin.utils.set_random_seed(3)
    model = keratin.Sequential([keratin.Input((3,), dtype="int32"), layers.Embedding(9, 2), layers.Flatten(), layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model


def map_of():
    return optimizers.OptimizerMap(optimizers.SGD(0.1, momentum=0.9), {".*embedding.*": optimizers.Adam(0.2)})


MAKE = {"scaled": lambda: optimizers.LossScaleOptimizer(optimizers.Adam(0.1), dynamic_growth_steps=2),
        "multi": lambda: optimizers.MultiOptimizer(map_of()),
        "both": lambda: optimizers.LossScaleOptimizer(optimizers.MultiOptimizer(map_of()), initial_scale=8)}


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_goes_on_from_a_file(make, tmp_path):
    model = model_of(make())
    model.fit(IDS, np.ones((2, 1)), epochs=3, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    other = keratin.saving.load_model(tmp_path / "model.keras")
    assert other.optimizer.get_config() == model.optimizer.get_config()
    assert int(other.optimizer.iterations) == int(model.optimizer.iterations) == 3
    for one in (model, other):
        one.fit(IDS, np.ones((2, 1)), epochs=2, shuffle=False, verbose=0)
    for one, again in zip([*model.get_weights(), *model.optimizer.get_weights()],
                          [*other.get_weights(), *other.optimizer.get_weights()], strict=True):
        np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_copies(make):
    optimizer = make()
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer)), type(optimizer).from_config(optimizer.get_config()),
                  optimizers.deserialize(optimizers.serialize(optimizer))):
        assert other.get_config() == optimizer.get_config()


def test_the_scale_changes_no_bit():
    scaled, plain = model_of(MAKE["scaled"]()), model_of(optimizers.Adam(0.1))
    for model in (scaled, plain):
        model.fit(IDS, np.ones((2, 1)), epochs=5, shuffle=False, verbose=0)
    for one, other in zip(scaled.get_weights(), plain.get_weights()):  # powers of two
        np.testing.assert_array_equal(one, other)
    assert float(scaled.optimizer.dynamic_scale) == 4 * 32768 and scaled.optimizer.learning_rate == np.float32(0.1)
    names = [variable.path for variable in scaled.optimizer.variables]
    assert names[:6] == [f"{scaled.optimizer.name}/{name}" for name in ("iteration", "learning_rate", "step_counter", "dynamic_scale")] + [
        f"{scaled.optimizer.inner_optimizer.name}/{name}" for name in ("iteration", "learning_rate")]
    before = scaled.get_weights()
    scaled.optimizer.apply([np.full(w.shape, np.inf, "float32") for w in before], scaled.trainable_variables)
    assert float(scaled.optimizer.dynamic_scale) == 2 * 32768
    for one, other in zip(scaled.get_weights(), before):
        np.testing.assert_array_equal(one, other)


def test_each_moves_its_own():
    multi, adam, sgd = (model_of(optimizer) for optimizer in (
        MAKE["multi"](), optimizers.Adam(0.2), optimizers.SGD(0.1, momentum=0.9)))
    for model in (multi, adam, sgd):
        model.train_on_batch(IDS, np.ones((2, 1)))
    np.testing.assert_array_equal(multi.get_weights()[0], adam.get_weights()[0])
    np.testing.assert_array_equal(multi.get_weights()[1], sgd.get_weights()[1])
    with pytest.raises(AttributeError, match="learning rate"):
        multi.optimizer.learning_rate
    multi.optimizer.optimizers[0].learning_rate = 0.5
    assert multi.optimizer.optimizers[0].learning_rate == 0.5


def test_refused():
    for wrong in (None, "adam", 3, keratin.losses.MeanSquaredError()):
        with pytest.raises(ValueError, match="optimizers"):
            optimizers.LossScaleOptimizer(wrong)
        with pytest.raises(ValueError, match="OptimizerMap"):
            optimizers.MultiOptimizer(wrong)
    with pytest.raises(ValueError, match="dynamic_growth_steps"):
        optimizers.LossScaleOptimizer(optimizers.SGD(), dynamic_growth_steps=0)
    with pytest.raises(ValueError, match="inner optimizer"):
        optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0)
    with pytest.raises(ValueError, match="cannot be"):
        optimizers.OptimizerMap(optimizers.SGD(), {"a": MAKE["scaled"]()})
    rule = map_of()
    with pytest.raises(ValueError, match="already"):
        rule[".*embedding.*"] = optimizers.SGD()
    assert type(rule["a/embedding/embeddings"]) is optimizers.Adam and type(rule["dense/bias"]) is optimizers.SGD and len(rule) == 1


def test_the_loss_scale_of_others_is_seen():
    optimizers = keratin.optimizers
    first, other = optimizers.SGD(0.1, loss_scale_factor=3.0), optimizers.SGD(0.1)
    several = optimizers.MultiOptimizer(optimizers.OptimizerMap(other, {"x": first}), loss_scale_factor=5.0)
    assert [one.loss_scale_factor for one in (first, other, several)] == [5.0, 5.0, 5.0]
    optimizers.LossScaleOptimizer(several)
    assert [one.loss_scale_factor for one in (first, other, several)] == [None, None, None]
    assert several.get_config()["loss_scale_factor"] is None


@pytest.mark.parametrize("make", [MAKE["multi"], MAKE["both"]], ids=["multi", "both"])
def test_callbacks_set_the_rate_of_each(make, capsys):
    callbacks = keratin.callbacks
    model = model_of(make())
    several = getattr(model.optimizer, "inner_optimizer", model.optimizer).optimizers
    names = [f"learning_rate_{one.name}" for one in several]
    assert len(set(names)) == 2
    history = model.fit(IDS, np.ones((2, 1)), epochs=3, verbose=0,
                        callbacks=[callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate, verbose=1)]).history
    for name, first in zip(names, (0.2, 0.1)):
        np.testing.assert_allclose(history[name], [first, first / 2, first / 4], rtol=1e-6)
    assert "learning_rate" not in history
    assert f"LearningRateScheduler setting {several[1].name} learning rate to 0.05" in capsys.readouterr().out

    # The loss that is to rise does not: one halving an epoch, until the rate of one is the least.
    model = model_of(make())
    history = model.fit(IDS, np.ones((2, 1)), epochs=4, verbose=0, callbacks=[callbacks.ReduceLROnPlateau(
        monitor="loss", mode="max", min_delta=100, factor=0.5, patience=1, min_lr=0.06)]).history
    several = getattr(model.optimizer, "inner_optimizer", model.optimizer).optimizers
    rates = [history[f"learning_rate_{one.name}"] for one in several]
    np.testing.assert_allclose(rates, [[0.2, 0.2, 0.1, 0.06], [0.1, 0.1, 0.06, 0.06]], rtol=1e-6)


def test_averages_of_those_that_keep_them():
    swap = keratin.callbacks.SwapEMAWeights()
    kept = optimizers.MultiOptimizer(optimizers.OptimizerMap(
        optimizers.SGD(0.1), {".*embedding.*": optimizers.Adam(0.2, use_ema=True, ema_momentum=0.5)}))
    model = model_of(kept)
    for _ in range(3):
        model.train_on_batch(IDS, np.ones((2, 1)))
    seen = []
    model.evaluate(IDS, np.ones((2, 1)), verbose=0, callbacks=[
        swap, keratin.callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: seen.extend(model.get_weights()))])
    average = next(variable for variable in kept.variables if "average" in variable.path)
    np.testing.assert_array_equal(seen[0], np.asarray(average))
    assert np.abs(seen[0] - model.get_weights()[0]).max() > 0
    np.testing.assert_array_equal(seen[1], model.get_weights()[1])
    with pytest.raises(ValueError, match="use_ema"):
        model_of(MAKE["multi"]()).evaluate(IDS, np.ones((2, 1)), verbose=0, callbacks=[swap])


def test_the_scale_and_the_count_of_steps_are_variables():
    """Algebra: a gradient of 8, divided by a scale of 4."""
    scaled = optimizers.LossScaleOptimizer(optimizers.SGD(1.0), dynamic_growth_steps=3)
    with pytest.raises(AttributeError, match="before it is built"):
        scaled.dynamic_scale
    weight = keratin.Variable(np.ones(3, "float32"))
    scaled.build([weight])
    scaled.dynamic_scale.assign(4.0)
    scaled.apply([np.full(3, 8, "float32")], [weight])
    assert np.asarray(weight).tolist() == [-1, -1, -1] and (int(scaled.step_counter), float(scaled.dynamic_scale)) == (1, 4)
    scaled.step_counter.assign(2)
    scaled.apply([np.zeros(3, "float32")], [weight])
    assert (int(scaled.step_counter), float(scaled.dynamic_scale)) == (0, 8)


def test_gradients_are_scaled_once():
    with pytest.raises(ValueError, match="scaled once"):
        optimizers.LossScaleOptimizer(MAKE["scaled"]())
