# SPDX-License-Identifier: Apache-2.0
"""Automatic names, paths of weights and the order of numbers: what Keras 3.16 gives for the same program."""
import numpy as np
import pytest

import keratin
from keratin import callbacks, layers, losses, metrics, optimizers

X, Y = np.array([[1, 2], [3, 4]]), np.array([[0.0], [1.0]])


@pytest.fixture(autouse=True)
def fresh():
    keratin.utils.clear_session()


def trained(optimizer="rmsprop", **options):
    model = keratin.Sequential([layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer, "mse", **options)
    return model, list(model.fit(X, Y, verbose=0).history)


def test_metrics_by_name_use_up_a_name_each():
    with_metrics = lambda: trained(metrics=["AUC", "Precision", metrics.AUC(), metrics.Recall(), "mae"])[1]
    assert with_metrics() == ["AUC", "Precision", "auc", "loss", "mae", "recall"]
    assert with_metrics() == ["AUC", "Precision", "auc_2", "loss", "mae", "recall_1"]
    assert [metrics.get("AUC").name, metrics.AUC().name, metrics.Precision().name] == ["auc_4", "auc_5", "precision_2"]


def test_optimizers_use_up_a_name_each():
    assert [trained()[0].optimizer.name, trained()[0].optimizer.name] == ["rm_sprop", "rm_sprop_1"]
    assert [optimizers.RMSprop().name, optimizers.get("rmsprop").name, optimizers.Adam().name] == ["rm_sprop_2", "rm_sprop_3", "adam"]


@pytest.mark.parametrize("refused, good, name", [
    (lambda: layers.Dense(-1), lambda: layers.Dense(1), "dense"),
    (lambda: layers.Embedding(-1, 2), lambda: layers.Embedding(1, 2), "embedding"),
    (lambda: metrics.AUC(num_thresholds=0), metrics.AUC, "auc"),
    (lambda: metrics.AUC(curve="x"), metrics.AUC, "auc"),
    (lambda: metrics.PrecisionAtRecall(4), lambda: metrics.PrecisionAtRecall(0.5), "precision_at_recall"),
    (lambda: metrics.FBetaScore(beta=-1.0), metrics.FBetaScore, "fbeta_score"),
    (lambda: losses.MeanSquaredError(reduction="x"), losses.MeanSquaredError, "mean_squared_error"),
    (lambda: layers.Dropout(2.0), lambda: layers.Dropout(0.5), "dropout_1"),
    (lambda: metrics.Precision(thresholds=4), metrics.Precision, "precision_1")])
def test_what_is_refused_uses_up_a_name_where_keras_names_it_before_it_looks(refused, good, name):
    with pytest.raises(ValueError):
        refused()
    assert good().name == name


def test_paths():
    trained()
    model, _ = trained()
    paths = ["sequential_1/embedding_1/embeddings", "sequential_1/dense_1/kernel", "sequential_1/dense_1/bias"]
    assert [weight.path for weight in model.weights] == paths
    assert [layer.path for layer in model.layers] == ["sequential_1/embedding_1", "sequential_1/flatten_1", "sequential_1/dense_1"]
    assert [variable.path for variable in model.optimizer.variables] == [
        "rm_sprop_1/iteration", "rm_sprop_1/learning_rate", "rm_sprop_1/sequential_1_embedding_1_embeddings_velocity",
        "rm_sprop_1/sequential_1_dense_1_kernel_velocity", "rm_sprop_1/sequential_1_dense_1_bias_velocity"]
    for copied in (keratin.models.clone_model(model), keratin.Sequential.from_config(model.get_config())):
        copied.build((None, 2))
        assert [weight.path for weight in copied.weights] == paths
    model.optimizer = optimizers.SGD(momentum=0.9)
    model.fit(X, Y, verbose=0)
    assert model.optimizer.variables[-1].path == "sgd/sequential_1_dense_1_bias_momentum"
    alone = layers.Dense(2)
    alone.build((None, 3))
    assert [weight.path for weight in keratin.Sequential([alone]).weights] == ["dense_2/kernel", "dense_2/bias"]
    assert layers.Embedding(3, 2, weights=[np.zeros((3, 2))]).weights[0].path == "embedding_2/embeddings"


def test_names_of_a_users_own():
    class Own(losses.Loss):
        def call(self, y_true, y_pred):
            return keratin.ops.mean(y_true - y_pred, axis=-1)

    assert [Own().name, Own().name, Own(name="q").name] == ["own", "own_1", "q"]
    assert [metrics.MeanMetricWrapper(losses.huber).name, metrics.Mean().name, losses.Huber().name] == [
        "mean_metric_wrapper", "mean", "huber_loss"]
    assert [keratin.random.SeedGenerator(1).name, keratin.Variable([1.0]).name, keratin.Variable([1.0]).path] == [
        "seed_generator", "variable", "variable_1"]


def test_numbers_are_in_the_order_of_their_names_and_those_of_the_validation_behind():
    told = []

    class Tells(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            told.append(list(logs))

        on_test_batch_end = on_train_batch_end

        def on_test_end(self, logs=None):
            told.append(list(logs))

        def on_epoch_end(self, epoch, logs=None):
            told.append(list(logs))
            logs["aa"] = 1.0

    model, _ = trained(metrics=["mae", "AUC"])
    history = model.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[Tells(), callbacks.ReduceLROnPlateau()])
    numbers = ["AUC", "loss", "mae"]
    both = numbers + ["val_AUC", "val_loss", "val_mae"]
    assert told == [numbers, numbers, numbers, both]
    assert list(history.history) == both + ["aa", "learning_rate"]
    for call in (model.evaluate, model.train_on_batch, model.test_on_batch):
        silent = {"verbose": 0} if call == model.evaluate else {}
        assert list(call(X, Y, return_dict=True, **silent)) == numbers
        loss, mae, auc = call(X, Y, **silent)
        assert loss < mae < 1 and 0 <= auc <= 1


def test_a_clone_stores_its_table_as_the_original_does():
    table = dict(precision="bfloat16", rows_drawn="on_demand", stochastic_rounding=False)
    model = keratin.Sequential([keratin.Input((2,)), layers.Embedding(5, 2, **table)])
    clone = keratin.models.clone_model(model).layers[0]
    assert {name: getattr(clone, name) for name in table} == table
    assert clone.rows_in_use == 0 and model.layers[0]._core is not clone._core
