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
