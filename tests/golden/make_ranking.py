# SPDX-License-Identifier: Apache-2.0
"""ranking_losses.json and ranking_metrics.json: KerasRS's losses and metrics of lists, computed in float64."""
import os

os.environ["JAX_ENABLE_X64"] = "1"

from golden import array, np, write  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from keras.src.backend.common import set_keras_mask  # noqa: E402
from keras_rs import losses, metrics  # noqa: E402

rng = np.random.default_rng(20261128)


def f32(value):
    return np.round(np.asarray(value, "float64"), 3).astype("float32")


def plain(config):
    """As this library writes it: of float32, by the name that the class gives."""
    return {**config, **({"dtype": "float32"} if "dtype" in config else {})}


def scores(*shape):
    """No two alike: where they are, the order is a matter of chance."""
    return f32(rng.permutation(np.arange(int(np.prod(shape)))).reshape(shape) / 8 - 1.5)


def relevances(*shape):
    """Some of them invalid."""
    return f32(rng.integers(-1, 4, shape))


# -- losses -----------------------------------------------------------------------------------------------------------

def run(cls, config, y_true, y_pred, reduction, sample_weight=None, label_mask=None, mask=None):
    loss = cls(reduction=reduction, dtype="float64", **config)
    labels = y_true if label_mask is None else {"labels": y_true, "mask": label_mask}

    def total(p, sum_up=True):
        if mask is not None:
            set_keras_mask(p, jnp.asarray(mask))
        value = loss(labels, p, sample_weight=sample_weight)
        return jnp.sum(value) if sum_up else value

    y_pred = jnp.asarray(y_pred, "float64")
    entry = {"reduction": reduction, "loss": array(np.float32(total(y_pred, False))),
             "gradient": array(np.float32(jax.grad(total)(y_pred)))}
    for name, given in (("sample_weight", sample_weight), ("label_mask", label_mask), ("mask", mask)):
        if given is not None:
            entry[name] = array(given)
    return entry


def case(cls, config, y_true, y_pred, runs):
    name = {"name": "loss"}
    return {"class_name": cls.__name__, "options": {**config, **name}, "config": plain(cls(**config, **name).get_config()),
            "y_true": array(y_true), "y_pred": array(y_pred), "runs": [run(cls, config, y_true, y_pred, *r) for r in runs]}


def weights(*shape):
    return f32(rng.uniform(0, 2, shape) * (rng.uniform(size=shape) < 0.8))


cases = []
for cls in (losses.PairwiseHingeLoss, losses.PairwiseLogisticLoss, losses.PairwiseSoftZeroOneLoss,
            losses.PairwiseMeanSquaredError, losses.ListMLELoss):
    a_list = cls is losses.ListMLELoss
    values = (3,) if a_list else (3, 5)
    keep = rng.uniform(size=(3, 5)) < 0.6
    none = np.zeros((3, 5), bool)
    runs = [(reduction, weight, mask) for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", None)
            for weight in (None, weights(*values), weights(3, 1)) for mask in (None, keep)]
    of_predictions = rng.uniform(size=values) < 0.6
    runs += [("sum_over_batch_size", None, none), ("sum_over_batch_size", None, keep, of_predictions), (None, weights(*values), None, of_predictions)]
    cases.append(case(cls, {}, relevances(3, 5), scores(3, 5), runs))
    few = [("sum_over_batch_size", None, None), (None, None, None)]
    for temperature in () if cls is losses.PairwiseMeanSquaredError else (0.3, 4.0):
        cases.append(case(cls, {"temperature": temperature}, relevances(3, 5), scores(3, 5), few))
    # One list; one item; all alike; scores that are equal, on the margin, and far apart; labels of another type.
    cases.append(case(cls, {}, relevances(6), scores(6), few + [("sum", None, rng.uniform(size=6) < 0.6)]))
    cases.append(case(cls, {}, f32([[1], [-1]]), scores(2, 1), few))
    cases.append(case(cls, {}, f32([[1, 1, 1]]), scores(1, 3), few))
    cases.append(case(cls, {}, np.array([[3, 1, 0, 2], [0, 1, 2, 3]]), f32([[1, 1, 0, -1], [2, 2, 2, 2]]), few))
    cases.append(case(cls, {}, f32([[0, 1, 2], [2, 0, 1]]), f32([[60, 0, -60], [60, -60, 0]]), few))
    cases.append(case(cls, {}, f32(rng.uniform(0, 2, (2, 17))), f32(rng.normal(0, 1.5, (2, 17))), few))
write("ranking_losses", cases)


# -- metrics ----------------------------------------------------------------------------------------------------------

def metric_case(cls, config, make, weight=None, mask=None):
    """make() gives (y_true, y_pred); weight() and mask() give those of a batch."""
    metric = cls(dtype="float64", **config)
    batches = []
    for _ in range(3):
        y_true, y_pred = make()
        entry = {"y_true": array(y_true), "y_pred": array(y_pred)}
        given = None
        if weight:
            given = weight()
            entry["sample_weight"] = array(given)
        labels = y_true
        if mask:
            kept = mask()
            entry["label_mask"] = array(kept)
            labels = {"labels": y_true, "mask": kept}
        metric.update_state(labels, y_pred, sample_weight=given)
        entry["result"] = array(np.float32(metric.result()))
        batches.append(entry)
    return {"class_name": cls.__name__, "options": config, "config": plain(metric.get_config()), "batches": batches}


cases = []
for cls in (metrics.DCG, metrics.NDCG, metrics.MeanAveragePrecision, metrics.MeanReciprocalRank, metrics.PrecisionAtK,
            metrics.RecallAtK):
    several = lambda: (relevances(4, 6), scores(4, 6))  # noqa: E731
    kept = lambda: rng.uniform(size=(4, 6)) < 0.7  # noqa: E731
    for config in ({}, {"k": 3}, {"k": 1, "name": "at_one"}, {"k": 100}):
        cases.append(metric_case(cls, config, several))
        cases.append(metric_case(cls, config, several, lambda: weights(4, 6), kept))
    for k in (None, 2):
        cases.append(metric_case(cls, {"k": k}, several, lambda: weights(4)))
        cases.append(metric_case(cls, {"k": k}, several, lambda: weights(4, 1), kept))
        cases.append(metric_case(cls, {"k": k}, several, lambda: np.float32(0.5)))
        cases.append(metric_case(cls, {"k": k}, lambda: (relevances(7), scores(7)), lambda: weights(7)))
    # Lists without an item that is relevant, or that counts; labels of another type, and between whole numbers.
    cases.append(metric_case(cls, {}, lambda: (f32(rng.integers(-1, 2, (5, 3)) * rng.integers(0, 2, (5, 1))), scores(5, 3)), lambda: weights(5, 3)))
    cases.append(metric_case(cls, {}, lambda: (rng.integers(-1, 1, (3, 2)), scores(3, 2))))
    cases.append(metric_case(cls, {"k": 4}, lambda: (f32(rng.uniform(0, 2, (3, 20))), scores(3, 20)), lambda: weights(3, 20)))
    # Scores that are alike: in the order that the seed gives.
    for seed in (3, 1234567):
        cases.append(metric_case(cls, {"k": 3, "seed": seed}, lambda: (f32(rng.integers(0, 3, (4, 9))), f32(rng.integers(0, 3, (4, 9))))))
        cases.append(metric_case(cls, {"k": 3, "seed": seed}, lambda: (relevances(4, 9), f32(np.zeros((4, 9)))), lambda: weights(4, 9)))
write("ranking_metrics", cases)
