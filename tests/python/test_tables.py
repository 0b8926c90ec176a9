# SPDX-License-Identifier: Apache-2.0
"""Layers that are a table and more, in models."""
import pickle

import keratin
import numpy as np
import pytest
from keratin import layers

IDS = np.random.default_rng(3).integers(1, 9, (16, 5))


def language_model(**options):
    """Ids to numbers for all ids, with one table on both ends."""
    table = layers.ReversibleEmbedding(9, 4, **options)
    ids = keratin.Input((None,), dtype="int32")
    return keratin.Model(ids, table(layers.Dense(4)(table(ids)), reverse=True))


@pytest.mark.parametrize("options", [{}, {"tie_weights": False}, {"logit_soft_cap": 5.0}, {"precision": "bfloat16"}])
def test_a_table_on_both_ends_learns_and_is_kept(options, tmp_path):
    model = language_model(**options)
    assert len(model.weights) == 3 + (not options.get("tie_weights", True))
    model.compile(keratin.optimizers.Adam(0.03), keratin.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = model.evaluate(IDS, IDS, verbose=0)
    model.fit(IDS, IDS, epochs=20, verbose=0)
    assert model.evaluate(IDS, IDS, verbose=0) < 0.8 * before
    wanted = model.predict(IDS, verbose=0)
    model.save(tmp_path / "model.keras")
    for again in (pickle.loads(pickle.dumps(model)), keratin.saving.load_model(tmp_path / "model.keras")):
        # A file's table is float32, and 16 bits are read as they are: both to the bit.
        np.testing.assert_array_equal(again.predict(IDS, verbose=0), wanted)
    assert keratin.models.clone_model(model).count_params() == model.count_params()


def test_the_step_of_a_tied_table_is_that_of_the_sum_of_both_gradients():
    """Against float64: y = x E^T with x = E[i], L = mean (y - t)^2, one step of SGD."""
    rows = np.random.default_rng(1).normal(size=(4, 3))
    table = layers.ReversibleEmbedding(4, 3, weights=rows)
    ids = keratin.Input((1,), dtype="int32")
    model = keratin.Model(ids, table(table(ids), reverse=True))
    model.compile(keratin.optimizers.SGD(0.1), "mse")
    target = np.ones((1, 1, 4))
    model.train_on_batch(np.array([[2]]), target)
    slope = 2 * (rows @ rows[2] - 1) / 4  # by y
    gradient = np.outer(slope, rows[2])
    gradient[2] += slope @ rows
    np.testing.assert_allclose(table.get_weights()[0], rows - 0.1 * gradient, rtol=1e-5, atol=1e-6)


def test_what_goes_back_first_takes_vectors_and_keeps_their_mask():
    table = layers.ReversibleEmbedding(9, 4, mask_zero=True)
    x = keratin.Input((5, 4))
    assert keratin.Model(x, table(x, reverse=True)).predict(np.ones((2, 5, 4)), verbose=0).shape == (2, 5, 9)
    vectors = table(np.array([[1, 0]]))
    np.testing.assert_array_equal(keratin._mask.of(table(vectors, reverse=True)), [[True, False]])


def test_rows_on_demand_of_a_tied_table_are_refused_where_all_of_them_move():
    model = language_model(rows_drawn="on_demand")
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="its gradient must be made of rows, not dense"):
        model.fit(IDS, np.zeros((16, 5, 9)), verbose=0)
    apart = language_model(rows_drawn="on_demand", tie_weights=False)
    apart.compile("sgd", "mse")
    apart.fit(IDS, np.zeros((16, 5, 9)), verbose=0)


@pytest.mark.parametrize("options, text", [
    (dict(reverse_dtype="float16"), "reverse_dtype must be None or 'float32'"), (dict(logit_soft_cap=0), "a positive number"),
    (dict(logit_soft_cap=-1.5), "a positive number"), (dict(output_dim=0), "output_dim must be positive")])
def test_what_cannot_be_is_refused(options, text):
    with pytest.raises(ValueError, match=text):
        layers.ReversibleEmbedding(**{"input_dim": 3, "output_dim": 2, **options})


@pytest.mark.parametrize("layer, package", [
    (layers.PositionEmbedding(4), "keras_hub"), (layers.TokenAndPositionEmbedding(9, 5, 4), "keras_hub"),
    (layers.SinePositionEncoding(), "keras_hub"), (layers.RotaryEmbedding(), "keras_hub"), (layers.EmbedReduce(9, 4), "keras_rs"),
    (layers.FeatureCross(), "keras_rs"), (layers.DotInteraction(), "keras_rs")])
def test_layers_of_packages_go_by_the_names_that_those_register(layer, package):
    name = type(layer).__name__
    written = layers.serialize(layer)
    assert (written["registered_name"], written["class_name"]) == (f"{package}>{name}", name)
    # As the package writes it: where the class is in it says nothing here.
    theirs = {**written, "module": f"{package}.src.layers.somewhere"}
    again = layers.deserialize(theirs)
    assert type(again) is type(layer) and again.get_config() == layer.get_config()


def test_the_tokens_of_a_token_and_position_embedding_go_back():
    both = layers.TokenAndPositionEmbedding(9, 5, 4, mask_zero=True)
    ids = keratin.Input((5,), dtype="int32")
    vectors = both(ids)
    model = keratin.Model(ids, both.token_embedding(vectors, reverse=True))
    assert both.token_embedding is both.token_embedding and len(model.weights) == 2
    model.compile(keratin.optimizers.Adam(0.03), keratin.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = model.evaluate(IDS, IDS, verbose=0)
    model.fit(IDS, IDS, epochs=20, verbose=0)
    assert model.evaluate(IDS, IDS, verbose=0) < 0.9 * before
    tokens, places = both.get_weights()
    expected = (tokens[IDS] + places) @ tokens.T
    np.testing.assert_allclose(model.predict(IDS, verbose=0), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(both))(IDS), both(IDS))


def test_a_step_on_weighted_bags_is_that_of_the_formula():
    """Against float64: y = sum w E[i] / sum w, L = mean (y - t)^2, one step of SGD; rows that no bag has stay."""
    rows = np.random.default_rng(2).normal(size=(6, 3))
    ids, weights, target = np.array([[1, 2, 1], [4, 4, 2]]), np.array([[1.0, 2.0, 0.5], [3.0, -1.0, 1.0]]), np.ones((2, 3))
    bags = layers.EmbedReduce(6, 3, weights=rows)
    given = keratin.Input((3,), dtype="int32"), keratin.Input((3,))
    model = keratin.Model(given, bags(given[0], weights=given[1]))
    model.compile(keratin.optimizers.SGD(0.1), "mse")
    model.train_on_batch([ids, weights], target)
    share = weights / weights.sum(axis=1, keepdims=True)
    slope = 2 * ((share[..., None] * rows[ids]).sum(axis=1) - target) / 6
    gradient = np.zeros_like(rows)
    np.add.at(gradient, ids, share[..., None] * slope[:, None])
    np.testing.assert_allclose(bags.get_weights()[0], rows - 0.1 * gradient, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(bags.get_weights()[0][[0, 3, 5]], rows[[0, 3, 5]].astype("float32"))
