# SPDX-License-Identifier: Apache-2.0
"""DistributedEmbedding: models of KerasRS (tests/golden/make_distributed.py) give the same numbers, trained too; structures, copies,
files, and what is refused."""
import copy
import json
import pathlib
import pickle

import keratin as keras
import numpy as np
import pytest
from keratin import layers, optimizers

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "distributed.json").read_text())["cases"]


def array(value):
    return np.array(value["data"], value["dtype"]).reshape(value["shape"])


def table(name="table", rows=9, width=3, **options):
    return layers.TableConfig(name, rows, width, **options)


def feature(name, of, ids=None):
    return layers.FeatureConfig(name, of, (None,) if ids is None else (None, ids), (None, of.embedding_dim))


@pytest.mark.parametrize("case", GOLDEN, ids=range(len(GOLDEN)))
def test_a_model_of_kerasrs_gives_and_learns_the_same(case):
    model = keras.models.model_from_json(json.dumps(case["config"]))
    model.set_weights([array(one) for one in case["before"]])
    assert [weight.path for weight in model.weights] == case["names"]
    batches = [[array(x) for x in batch] for batch in case["batches"]]
    outputs = model.predict(batches[0], verbose=0)
    for got, wanted in zip(outputs, case["outputs"]):
        np.testing.assert_allclose(got, array(wanted), rtol=1e-5, atol=1e-5)  # sums of 26 products of magnitude 1
    training = keras.Model(model.inputs, model.outputs[0])
    training.compile(optimizers.RMSprop(0.01), "mse")
    for batch, target, loss in zip(batches, case["targets"], case["losses"]):
        assert float(training.train_on_batch(batch, array(target))) == pytest.approx(loss, rel=1e-4)
    for got, wanted in zip(model.get_weights(), case["after"]):
        np.testing.assert_allclose(got, array(wanted), rtol=2e-4, atol=2e-5)  # steps of 0.1 by a rounded root, four times


@pytest.mark.parametrize("case", GOLDEN[:2], ids=range(2))
def test_the_config_is_that_of_kerasrs(case):
    given = case["layer"]["config"]
    config = json.loads(json.dumps(layers.deserialize(case["layer"]).get_config()))
    assert config["feature_configs"] == given["feature_configs"]
    for mine, its in zip(config["tables"], given["tables"]):
        assert {**mine, "initializer": 0, "optimizer": 0} == {**its, "initializer": 0, "optimizer": 0}
        assert mine["optimizer"]["class_name"] == its["optimizer"]["class_name"]


def nested():
    shared = table("shared", optimizer="sgd")
    return {"b": (feature("b0", shared, 2), [feature("b1", table("other", 5, 2, combiner="sqrtn"))]), "a": feature("a", shared, 3)}



INPUTS = {"b": (np.array([[1, 2], [3, 3]]), [np.array([4, 0])]), "a": np.array([[1, 1, 0], [8, 7, 6]])}


def test_features_stand_in_any_structure():
    layer = layers.DistributedEmbedding(nested())
    outputs = layer(INPUTS)
    assert list(outputs) == ["b", "a"] and isinstance(outputs["b"], tuple) and isinstance(outputs["b"][1], list)
    tables = layer.get_embedding_tables()
    assert list(tables) == ["shared", "other"] and len(layer.weights) == 2
    np.testing.assert_allclose(outputs["a"], tables["shared"][INPUTS["a"]].mean(1), rtol=1e-6)
    np.testing.assert_allclose(outputs["b"][1][0], tables["other"][[4, 0]], rtol=1e-6)
    assert layer.compute_output_shape({"b": ((7, 2), [(7,)]), "a": (None, 3)}) == {"b": ((7, 3), [(7, 2)]), "a": (None, 3)}
    alone = layers.DistributedEmbedding(feature("x", table(), 2))
    assert alone(np.array([[1, 2]])).shape == (1, 3)


def test_one_id_may_stand_alone():
    layer = layers.DistributedEmbedding(feature("x", table(combiner="sum"), 1))
    ids, weights = np.array([2, 3]), np.array([2.0, 0.5], "float32")
    np.testing.assert_array_equal(layer(ids, weights), layer(ids[:, None], weights[:, None]))
    with pytest.raises(ValueError, match="must have shape"):
        layer(np.array([[2, 3]]))


def test_weights_count_and_preprocessed_inputs_are_inputs():
    layer = layers.DistributedEmbedding({"f": feature("f", table(combiner="mean"), 3)})
    ids, weights = np.array([[1, 2, 3]]), np.array([[1.0, 3.0, 0.0]], "float32")
    got = layer({"f": ids}, {"f": weights})["f"]
    rows = layer.get_embedding_tables()["table"]
    np.testing.assert_allclose(got[0], (rows[1] + 3 * rows[2]) / 4, rtol=1e-6)
    np.testing.assert_array_equal(layer(layer.preprocess({"f": ids}, {"f": weights}))["f"], got)


def test_rows_of_different_lengths_are_filled_up():
    layer = layers.DistributedEmbedding([feature("f", table(combiner="sum"), 2)])
    ragged = np.empty(3, object)
    ragged[:] = [np.array([1]), np.array([], int), np.array([2, 3, 4])]
    got = layer([ragged])[0]
    rows = layer.get_embedding_tables()["table"]
    np.testing.assert_allclose(got, [rows[1], rows[0] * 0, rows[2] + rows[3]], rtol=1e-6)


def model_of(layer, optimizer="adam"):
    inputs = {"b": (keras.Input((2,), dtype="int32"), [keras.Input((), dtype="int32")]), "a": keras.Input((3,), dtype="int32")}
    vectors = layer(inputs)
    y = layers.Dense(1)(layers.Concatenate()([vectors["a"], vectors["b"][0], vectors["b"][1][0]]))
    model = keras.Model(inputs, y)
    model.compile(optimizer, "mse")
    return model


TARGET = np.ones((2, 1), "float32")


def test_each_table_is_trained_by_its_own_optimizer():
    layer = layers.DistributedEmbedding(nested())
    model = model_of(layer, optimizers.SGD(0.0))
    before = layer.get_embedding_tables()
    dense = model.layers[-1].get_weights()
    model.fit(INPUTS, TARGET, verbose=0)
    after = layer.get_embedding_tables()
    np.testing.assert_array_equal(dense[0], model.layers[-1].get_weights()[0])
    assert np.any(before["shared"] != after["shared"]) and np.any(before["other"] != after["other"])
    np.testing.assert_array_equal(before["shared"][5], after["shared"][5])
    names = [variable.path for variable in model.optimizer.variables]
    assert sum("other_embeddings_momentum" in name for name in names) == 1 and not any("shared_embeddings" in name for name in names)


def test_the_optimizer_of_a_table_is_none_of_ones_own():
    class Doubled(optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient * 2, variable, learning_rate)

    class Halved(optimizers.SGD):
        def apply(self, grads, trainable_variables=None):
            super().apply([grad / 2 for grad in grads], trainable_variables)

    for optimizer in (Doubled(0.1), Halved(0.1)):
        with pytest.raises(ValueError, match="the optimizer of table 'table' must be one of Keratin's"):
            layers.DistributedEmbedding([feature("f", table(optimizer=optimizer), 2)])


def test_a_table_without_an_optimizer_is_the_models():
    layer = layers.DistributedEmbedding([feature("f", table(optimizer=None), 2)])
    x = keras.Input((2,), dtype="int32")
    model = keras.Model(x, layers.Dense(1)(layer([x])[0]))
    model.compile(optimizers.SGD(0.0), "mse")
    model.fit(np.array([[1, 2]]), TARGET[:1], verbose=0)
    model.fit(np.array([[1, 2]]), TARGET[:1], verbose=0)
    before = layer.get_embedding_tables()["table"]
    model.fit(np.array([[1, 2]]), TARGET[:1], verbose=0)
    np.testing.assert_array_equal(before, layer.get_embedding_tables()["table"])


@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_go_on_with_the_state_of_each_table(again):
    model = model_of(layers.DistributedEmbedding(nested()))
    model.fit(INPUTS, TARGET, verbose=0)
    other = again(model)
    for one in (model, other):
        one.fit(INPUTS, TARGET, epochs=2, verbose=0)
    for mine, its in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(mine, its)


def test_a_file_goes_on_with_the_state_of_each_table(tmp_path):
    model = model_of(layers.DistributedEmbedding(nested()))
    model.fit(INPUTS, TARGET, verbose=0)
    model.save(tmp_path / "m.h5")  # which has one learning rate
    with pytest.warns(UserWarning, match="the optimizer starts anew"):
        other = keras.models.load_model(tmp_path / "m.h5")
    np.testing.assert_array_equal(other.predict(INPUTS, verbose=0), model.predict(INPUTS, verbose=0))
    assert other.layers[-2].get_config() == model.layers[-2].get_config()
    model.save(tmp_path / "m.keras")
    other = keras.models.load_model(tmp_path / "m.keras")
    for one in (model, other):
        one.fit(INPUTS, TARGET, epochs=2, verbose=0)
    for mine, its in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(mine, its)


def test_two_layers_of_one_config_are_apart():
    features = [feature("f", table(optimizer=optimizers.Adagrad(0.5)), 2)]
    for layer in (layers.DistributedEmbedding(features), layers.DistributedEmbedding(features)):
        x = keras.Input((2,), dtype="int32")
        model = keras.Model(x, layers.Dense(1)(layer([x])[0]))
        model.compile("sgd", "mse")
        model.fit(np.array([[1, 2]]), TARGET[:1], verbose=0)
    clone = keras.models.clone_model(model)
    clone.compile("sgd", "mse")
    clone.fit(np.array([[1, 2]]), TARGET[:1], verbose=0)


@pytest.mark.parametrize("make, says", [
    (lambda: layers.DistributedEmbedding([]), "no feature"),
    (lambda: layers.DistributedEmbedding([3]), "FeatureConfig"),
    (lambda: layers.DistributedEmbedding([feature("f", table(), 2)], table_stacking=["table"]), "table_stacking"),
    (lambda: layers.DistributedEmbedding([feature("f", table(), 2)], update_stats=True), "update_stats"),
    (lambda: layers.DistributedEmbedding([feature("f", table(placement="sparsecore"), 2)]), "placement"),
    (lambda: layers.DistributedEmbedding([feature("f", table(optimizer="nadam_"), 2)]), "nadam_"),
    (lambda: layers.DistributedEmbedding([feature("f", table(), 2), feature("g", table(), 2)]), "two tables"),
    (lambda: layers.DistributedEmbedding([layers.FeatureConfig("f", table(), (None, 2), (None, 4))]), "output_shape"),
    (lambda: layers.DistributedEmbedding([feature("f", table(), 2)])({"f": 1}), "structure"),
    (lambda: layers.DistributedEmbedding([feature("f", table(), 2)])([np.array([[1, 2, 3]])]), "must have shape"),
    (lambda: layers.DistributedEmbedding([feature("f", table(), 2)])([np.array([[1, 2]])], [np.ones((1, 3))]), "weights"),
    (lambda: layers.DistributedEmbedding([feature("f", table(), 2)]).get_embedding_tables(), "not built"),
    (lambda: layers.DistributedEmbedding.from_config({"feature_configs": [{"name": "f", "table": 1, "input_shape": [None],
                                                                            "output_shape": [None, 2]}], "tables": []}), "no table 1"),
])
def test_what_is_wrong_is_said(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_an_id_past_the_table_names_the_feature():
    with pytest.raises(IndexError, match="'f'"):
        layers.DistributedEmbedding([feature("f", table(), 2)])([np.array([[1, 9]])])
