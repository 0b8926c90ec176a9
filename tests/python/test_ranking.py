# SPDX-License-Identifier: Apache-2.0
"""KerasRS's losses and metrics of lists, as Python gives them: masks in a dict, functions of one's own, files. The numbers of
KerasRS are in losses_test.cc and metrics_test.cc."""
import pickle

import numpy as np
import pytest

import keratin
from keratin import losses, metrics

LOSSES = [losses.PairwiseHingeLoss, losses.PairwiseLogisticLoss, losses.PairwiseSoftZeroOneLoss, losses.PairwiseMeanSquaredError,
          losses.ListMLELoss]
METRICS = [metrics.DCG, metrics.NDCG, metrics.MeanAveragePrecision, metrics.MeanReciprocalRank, metrics.PrecisionAtK, metrics.RecallAtK]
RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 3, (4, 6)).astype("float32")
SCORES = RNG.permutation(24).reshape(4, 6).astype("float32") / 8
MASK = RNG.uniform(size=(4, 6)) < 0.6
NEGATIVE = np.where(MASK, LABELS, -1)


@pytest.mark.parametrize("cls", LOSSES)
def test_a_mask_of_labels_is_what_negative_labels_are(cls):
    loss = cls()
    for labels in (LABELS, LABELS.astype("int64")):
        assert loss({"labels": labels, "mask": MASK}, SCORES) == loss(NEGATIVE, SCORES)
    np.testing.assert_array_equal(loss.call({"labels": LABELS, "mask": MASK}, SCORES), loss.call(NEGATIVE, SCORES))
    assert loss({"labels": LABELS}, SCORES) == loss(LABELS, SCORES) == loss({"labels": LABELS, "mask": None}, SCORES)
    with keratin.GradientTape() as tape:
        scores = tape.watch(SCORES)
        value = loss({"labels": LABELS, "mask": MASK}, scores)
    slopes = np.asarray(tape.gradient(value, scores))
    assert not slopes[~MASK].any() and slopes[MASK].any()


@pytest.mark.parametrize("cls", METRICS)
def test_a_mask_of_labels_in_metrics(cls):
    masked, negative = cls(k=3), cls(k=3)
    assert masked({"labels": LABELS, "mask": MASK}, SCORES) == negative(NEGATIVE, SCORES)
    assert [variable.name for variable in masked.variables] == ["total", "count"]
    other = pickle.loads(pickle.dumps(masked))
    assert other(NEGATIVE, SCORES) == negative.result()


@pytest.mark.parametrize("made", [losses.ListMLELoss(), metrics.NDCG()])
def test_a_dict_of_other_keys_is_an_error(made):
    with pytest.raises(ValueError, match="a dict of"):
        made({"label": LABELS}, SCORES)
    with pytest.raises(ValueError, match="a dict of"):
        made({"labels": LABELS, "masks": MASK}, SCORES)
    with pytest.raises(ValueError, match="mask"):
        made({"labels": LABELS, "mask": MASK[0]}, SCORES)


def thirds(labels):
    return labels / 3


def test_functions_of_gain_and_discount():
    metric = metrics.DCG(gain_fn=thirds, rank_discount_fn=lambda place: 1 / place)
    assert metric([3.0, 0.0, 6.0], [3.0, 2.0, 1.0]) == pytest.approx(1 + 2 / 3)
    metric = metrics.NDCG(gain_fn=thirds)
    config = metric.get_config()
    assert config["gain_fn"]["config"] == "thirds" and config["rank_discount_fn"]["config"] == "Custom>default_rank_discount_fn"
    for other in (pickle.loads(pickle.dumps(metric)), metrics.deserialize(metrics.serialize(metric), {"thirds": thirds})):
        assert other(LABELS, SCORES) == metrics.NDCG(gain_fn=thirds)(LABELS, SCORES)
    with pytest.raises(ValueError, match="must return an array of shape"):
        metrics.DCG(gain_fn=lambda labels: labels[:, :1])(LABELS, SCORES)


def test_items_of_no_weight_do_not_count_nor_do_those_of_nan():
    """The numbers are those of KerasRS 0.4 on JAX."""
    labels = np.array([[0, 0, 1, 0], [1, 0, 3, 2], [2, 1, 0, 0]], "float32")
    scores = np.array([[0.1, 0.2, 0.9, 0.3], [0.1, 0.8, 0.9, 0.7], [0.9, 0.7, 0.1, 0.2]], "float32")
    nan = float("nan")
    for weights, wanted in (([[1, nan, 1, 1], [1, 1, nan, 2], [1, 1, 1, 1]], 0.8349406123161316), ([1, nan, 2], 1.0), (nan, 0.0)):
        metric = metrics.NDCG(k=3, shuffle_ties=False)
        assert float(metric(labels, scores, sample_weight=np.array(weights, "float32"))) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_model_learns_an_order_and_comes_back_from_a_file(loss, tmp_path):
    x = RNG.normal(size=(64, 5)).astype("float32")
    y = np.argsort(np.argsort(x @ RNG.normal(size=(5, 8)), axis=-1), axis=-1).astype("float32")
    model = keratin.Sequential([keratin.Input((5,)), keratin.layers.Dense(8, kernel_initializer=keratin.initializers.GlorotUniform(seed=1))])
    model.compile(keratin.optimizers.Adam(0.05), loss(), metrics=[metrics.NDCG(k=3, name="ndcg"), metrics.MeanReciprocalRank(name="mrr")])
    history = model.fit(x, y, epochs=30, verbose=0).history
    assert history["ndcg"][-1] > 0.9 > history["ndcg"][0]
    model.save(tmp_path / "ranking.keras")
    other = keratin.saving.load_model(tmp_path / "ranking.keras")
    assert other.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    assert type(other.loss) is loss


def test_what_files_name_them():
    assert losses.serialize(losses.PairwiseHingeLoss())["registered_name"] == "keras_rs>PairwiseHingeLoss"
    assert metrics.serialize(metrics.NDCG())["registered_name"] == "keras_rs>NDCG"
    with pytest.raises(ValueError, match="temperature must be 1"):
        losses.PairwiseMeanSquaredError(temperature=2.0)
