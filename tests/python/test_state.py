# SPDX-License-Identifier: Apache-2.0
"""The variables of metrics and optimizers: names, live values, and the calls that leave them alone."""
import copy

import numpy as np
import pytest

import keratin
from keratin import layers, metrics, optimizers


def names(owner):
    return [variable.name for variable in owner.variables]


def test_the_state_of_a_metric_of_cpp():
    metric = metrics.Mean()
    assert names(metric) == ["total", "count"]
    total = metric.variables[0]
    metric.update_state([2.0, 4.0])
    assert total.numpy() == 6 and metric.count == 2 and total.dtype == "float32"
    total.assign(10.0)
    assert metric.result() == 5
    metric.reset_state()
    assert total == 0
    with pytest.raises(ValueError, match="'total' must have shape"):
        total.assign([1.0, 2.0])
    with pytest.raises(AttributeError):
        metric.true_positives


def test_the_state_of_counts_has_keras_shapes():
    auc = metrics.AUC(thresholds=[0.5, 0.25])
    assert auc.num_thresholds == 4 and auc.thresholds == [0.0, 0.25, 0.5, 1.0]
    assert [variable.shape for variable in auc.variables] == [(4,)] * 4
    score = metrics.F1Score()
    assert score.variables == []
    score.update_state(np.eye(3), np.eye(3))
    assert names(score) == ["true_positives", "false_positives", "false_negatives", "intermediate_weights"]
    np.testing.assert_array_equal(score.true_positives, [1, 1, 1])


@pytest.mark.parametrize("metric", [metrics.Mean(), metrics.F1Score(average="micro"), metrics.R2Score(),
                                    metrics.AUC(num_thresholds=5, multi_label=True)])
def test_stateless_calls_leave_the_metric_alone(metric):
    rng = np.random.default_rng(3)
    batches = [(rng.integers(0, 2, (8, 2)), rng.random((8, 2))) for _ in range(3)]
    if isinstance(metric, metrics.Mean):
        batches = [(prediction,) for _, prediction in batches]
    by_hand = copy.copy(metric)
    for batch in batches:
        by_hand.update_state(*batch)
    metric.update_state(*batches[0])
    before = [variable.numpy() for variable in metric.variables]
    state = metric.stateless_reset_state()
    for batch in batches:
        state = metric.stateless_update_state(state, *batch)
    np.testing.assert_allclose(metric.stateless_result(state), by_hand.result(), rtol=1e-6)
    for variable, value in zip(metric.variables, before):
        np.testing.assert_array_equal(variable, value)
    with pytest.raises(ValueError, match="needs .* tensors"):
        metric.stateless_result([*state, 0])


class Hits(metrics.Metric):
    def __init__(self, name="hits"):
        super().__init__(name=name)
        self.hits = self.add_variable(shape=(), initializer="zeros", dtype="int32", name="hits")
        self.inner = {"mean": metrics.Mean()}

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.hits.assign_add(int(np.sum(y_true == y_pred)))
        self.inner["mean"].update_state(y_pred)

    def result(self):
        return self.hits.numpy()


def test_integers_and_metrics_within_a_metric():
    metric = Hits()
    assert names(metric) == ["hits", "total", "count"]
    metric.update_state(np.array([1, 2, 3]), np.array([1, 2, 4]))
    assert metric.result() == 2 and metric.hits.dtype == "int32" and metric.inner["mean"].count == 3
    state = metric.stateless_update_state([5, 4.0, 2], np.array([1]), np.array([1]))
    assert state == [6, 5.0, 3] and metric.result() == 2
    with pytest.raises(ValueError, match="a list of 3 arrays"):
        metric.stateless_result([1])
    metric.reset_state()
    assert metric.result() == 0 and metric.inner["mean"].count == 0
    model = keratin.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Hits()])
    assert model.evaluate(np.zeros((4, 2)), np.zeros((4, 1)), verbose=0, return_dict=True)["hits"] == 4


def test_integer_variables():
    variable = keratin.Variable([1, 2], dtype="int64", name="counts")
    variable.assign_add([1, 1])
    np.testing.assert_array_equal(variable + 0, [2, 3])
    assert variable.dtype == "int64" and variable[1] == 3 and int(keratin.Variable(7, dtype="int32")) == 7
    with pytest.raises(ValueError, match="must match"):
        variable.assign([1])
    with pytest.raises(ValueError, match="dtype must be None or 'float32'"):
        keratin.Variable([1.0], dtype="float16")


def test_the_state_of_an_optimizer():
    optimizer = optimizers.Adam(0.5)
    assert names(optimizer) == ["iteration", "learning_rate"]
    kernel = keratin.Variable([1.0, 2.0], name="kernel")
    optimizer.build([kernel])
    assert names(optimizer) == ["iteration", "learning_rate", "kernel_momentum", "kernel_velocity"]
    iteration, rate, momentum, _ = optimizer.variables
    optimizer.apply([np.array([1.0, -1.0])], [kernel])
    assert iteration == 1 and rate == 0.5
    np.testing.assert_allclose(momentum, [0.1, -0.1], rtol=1e-6)
    momentum.assign([0.0, 0.0])
    np.testing.assert_array_equal(optimizer.get_weights()[2], [0, 0])
    other = optimizers.Adam(0.1)
    other.build([kernel])
    other.set_weights(optimizer.variables)
    assert other.learning_rate == 0.5 and other.iterations == 1


def test_a_schedule_in_the_place_of_a_number():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = optimizers.schedules.PiecewiseConstantDecay([1], [0.25, 0.125])
    assert names(optimizer) == ["iteration"] and optimizer.learning_rate == 0.25
    assert optimizer.get_config()["learning_rate"]["class_name"] == "PiecewiseConstantDecay"
    variable = keratin.Variable([1.0])
    optimizer.apply([np.array([1.0])], [variable])
    assert variable.numpy() == 0.75


def test_a_layers_losses_policy_and_weights():
    layer = layers.Dense(2, kernel_initializer="ones", kernel_regularizer=keratin.regularizers.L2(0.5),
                         kernel_constraint="non_neg", dtype=keratin.DTypePolicy("float32"))
    layer.build((None, 3))
    assert layer.losses == [3.0] and keratin.Sequential([layer]).losses == [3.0]
    assert isinstance(layer.kernel.constraint, keratin.constraints.NonNeg) and layer.bias.constraint is None
    assert layer.dtype_policy.compute_dtype == "float32" and layer.dtype_policy == keratin.DTypePolicy()
    with pytest.raises(ValueError, match="mixed_float16"):
        layers.Dense(2, dtype=keratin.DTypePolicy("mixed_float16"))
    np.testing.assert_array_equal(layers.Embedding(2, 1, weights=[[1.0], [2.0]]).embeddings, [[1], [2]])


def test_a_variable_that_is_added_to():
    """Keras 3.16: the name gets an array, and the variable stays as it was."""
    v = variable = keratin.Variable(1.0)
    v += 1
    v *= 3
    v -= 1
    v **= 2
    assert v == 25 and v is not variable and float(variable) == 1


def test_iterations_and_paths():
    layer = keratin.layers.Dense(2, name="d")
    assert layer.path is None
    model = keratin.Sequential([keratin.Input((2,)), layer], name="m")
    assert layer.path == layer.kernel.path.rpartition("/")[0]
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 2)), batch_size=2, verbose=0)
    iterations = model.optimizer.iterations
    assert iterations == int(iterations) == iterations.numpy() == iterations.value == 2
    assert iterations.numpy().dtype == "int32"


def test_config():
    assert keratin.config.floatx() == keratin.backend.floatx() == "float32"
    assert keratin.backend.epsilon() == keratin.config.epsilon() == 1e-7
    assert keratin.config.backend() == "keratin" and keratin.config.image_data_format() == "channels_last"
    keratin.config.set_floatx("float32")
    with pytest.raises(ValueError, match="float32"):
        keratin.config.set_floatx("float64")
    before = keratin.config.num_threads()
    try:
        keratin.config.set_num_threads(2)
        assert keratin.config.num_threads() == 2
        with pytest.raises(TypeError, match="threads must be an integer"):
            keratin.config.set_num_threads(1.5)
        with pytest.raises(ValueError, match="0 or more"):
            keratin.config.set_num_threads(-1)
    finally:
        keratin.config.set_num_threads(0)
    assert keratin.config.num_threads() == before
