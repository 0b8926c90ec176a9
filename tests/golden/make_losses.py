# SPDX-License-Identifier: Apache-2.0
"""Every loss, with its options, reductions, sample weights and masks: value and gradient by y_pred."""
from golden import array, np, write

import jax
import jax.numpy as jnp
from keras import losses
from keras.src.backend.common import set_keras_mask

rng = np.random.default_rng(20240607)


def f32(value):
    return np.asarray(value, "float32")


def probabilities(*shape):
    p = rng.uniform(0.02, 1, shape)
    return f32(np.round(p / p.sum(-1, keepdims=True), 3))


def one_hot(n, c):
    return f32(np.eye(c)[rng.integers(0, c, n)])


def run(make, y_true, y_pred, reduction, sample_weight=None, mask=None):
    loss = make(reduction)

    def total(p, sum_up=True):
        if mask is not None:
            set_keras_mask(p, jnp.asarray(mask))
        value = loss(y_true, p, sample_weight=sample_weight)
        return jnp.sum(value) if sum_up else value

    y_pred = jnp.asarray(y_pred)
    entry = {"reduction": reduction, "loss": array(total(y_pred, False)),
             "gradient": array(jax.grad(total)(y_pred))}
    if sample_weight is not None:
        entry["sample_weight"] = array(sample_weight)
    if mask is not None:
        entry["mask"] = array(mask)
    return entry


def case(cls, config, y_true, y_pred, runs):
    """runs: (reduction, sample_weight, mask) each."""
    def make(reduction):
        return cls(reduction=reduction, **{k: tuple(v) if isinstance(v, list) else v for k, v in config.items()})

    loss = make("sum_over_batch_size")
    return {"class_name": cls.__name__, "options": config, "config": loss.get_config(),
            "y_true": array(y_true), "y_pred": array(y_pred),
            "runs": [run(make, y_true, y_pred, *r) for r in runs]}


def all_runs(values_shape):
    """Every reduction with no weights, weights of the values' shape, with one axis more, a mask, both."""
    weights = f32(np.round(rng.uniform(0, 2, values_shape), 3))
    mask = rng.uniform(size=values_shape) < 0.6
    none = np.zeros(values_shape, bool)
    kinds = [(None, None), (weights, None), (None, mask), (weights, mask)]
    reductions = ["sum_over_batch_size", "sum", "mean_with_sample_weight", None]
    return [(r, w, m) for r in reductions for w, m in kinds] + [
        ("sum_over_batch_size", weights[..., None], None), ("sum_over_batch_size", None, none),
        ("mean_with_sample_weight", None, none)]


def few_runs(values_shape):
    weights = f32(np.round(rng.uniform(0, 2, values_shape), 3))
    mask = rng.uniform(size=values_shape) < 0.6
    return [("sum_over_batch_size", None, None), ("sum_over_batch_size", weights, mask),
            (None, None, None)]


def numbers(*shape):
    return f32(np.round(rng.normal(0, 1.5, shape), 3))


def edge_probabilities():
    """On and beyond the bounds of the clip, on both labels, and labels between."""
    p = f32([0, 1e-7, 5e-8, 0.5, np.float32(1 - 1e-7), 1, 1.5, -0.25, 3e-7, 0.9999])
    return np.concatenate([np.zeros_like(p), np.ones_like(p), f32(p * 0 + 0.25)])[:, None], np.tile(p, 3)[:, None]


cases = []
plain = ["MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError",
         "MeanSquaredLogarithmicError", "Huber", "LogCosh", "Poisson", "KLDivergence", "Hinge",
         "SquaredHinge", "CategoricalHinge", "CosineSimilarity"]
for name in plain:
    cls = getattr(losses, name)
    y_true, y_pred = numbers(4, 3), numbers(4, 3)
    if name in ("KLDivergence", "Poisson", "MeanSquaredLogarithmicError"):
        y_true, y_pred = probabilities(4, 3), probabilities(4, 3)
    if name in ("Hinge", "SquaredHinge"):
        y_true = f32(np.sign(y_true))
    if name == "CategoricalHinge":
        y_true = one_hot(4, 3)
    cases.append(case(cls, {}, y_true, y_pred, all_runs((4,))))
    cases.append(case(cls, {}, numbers(2, 3, 2), np.abs(numbers(2, 3, 2)), few_runs((2, 3))))
    # Ranks that differ, and labels of another type.
    cases.append(case(cls, {}, np.array([0, 1, 1, 0]), np.abs(numbers(4, 1)), few_runs((4,))))
    cases.append(case(cls, {}, f32([[0], [1], [1]]), np.abs(numbers(3)), few_runs((3,))))
    # Ties and bounds: equal values, zeros, exactly on the margin.
    cases.append(case(cls, {}, f32([[0, 1, 0], [1, 0, 0], [0, 0, 1]]), f32([[0, 1, -1], [0, 0, 0], [0.5, 0.5, 1]]),
                      few_runs((3,))))
for delta in (0.3, 2.0):
    cases.append(case(losses.Huber, {"delta": delta}, numbers(4, 3), numbers(4, 3), few_runs((4,))))
for axis in (0, 1):
    cases.append(case(losses.CosineSimilarity, {"axis": axis}, numbers(3, 4), numbers(3, 4),
                      few_runs((4,) if axis == 0 else (3,))))

labels = f32(rng.integers(0, 2, (4, 3)))
for config in ({}, {"from_logits": True}, {"label_smoothing": 0.1}, {"from_logits": True, "label_smoothing": 0.2}):
    y_pred = numbers(4, 3) if config.get("from_logits") else f32(rng.uniform(size=(4, 3)))
    runs = all_runs((4,)) if not config else few_runs((4,))
    cases.append(case(losses.BinaryCrossentropy, config, labels, y_pred, runs))
    for more in ({}, {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5}, {"gamma": 0.0}):
        cases.append(case(losses.BinaryFocalCrossentropy, {**config, **more}, labels, y_pred,
                          all_runs((4,)) if not config and not more else few_runs((4,))))
for cls in (losses.BinaryCrossentropy, losses.BinaryFocalCrossentropy):
    cases.append(case(cls, {"axis": 0}, labels, f32(rng.uniform(size=(4, 3))), few_runs((3,))))
    cases.append(case(cls, {}, np.array([0, 1, 1, 0], "int64"), f32(rng.uniform(size=(4, 1))), few_runs((4,))))
    cases.append(case(cls, {}, np.array([[True], [False]]), f32([[0.3], [0.6]]), few_runs((2,))))
    cases.append(case(cls, {"from_logits": True}, f32([[0], [1], [0], [1], [0.5]]),
                      f32([[40], [40], [-60], [-60], [0]]), few_runs((5,))))
edge = edge_probabilities()
cases.append(case(losses.BinaryCrossentropy, {}, *edge, few_runs((30,))))

for config in ({}, {"from_logits": True}, {"label_smoothing": 0.1}, {"from_logits": True, "label_smoothing": 0.2}):
    logits = config.get("from_logits", False)
    y_pred = numbers(4, 3) if logits else probabilities(4, 3)
    big = numbers(2, 3, 4) if logits else f32(rng.uniform(0.1, 1, (2, 3, 4)))
    sparse = rng.integers(0, 3, (4,))
    hot = f32(np.eye(3)[sparse])
    runs = all_runs((4,)) if not config else few_runs((4,))
    for cls in (losses.CategoricalCrossentropy, losses.CategoricalFocalCrossentropy):
        cases.append(case(cls, config, hot, y_pred, runs))
        cases.append(case(cls, config, probabilities(2, 3, 4), big, few_runs((2, 3))))
        cases.append(case(cls, {**config, "axis": 1}, probabilities(2, 3, 4), big, few_runs((2, 4))))
    cases.append(case(losses.CategoricalFocalCrossentropy, {**config, "alpha": 0.6, "gamma": 1.25}, hot, y_pred,
                      few_runs((4,))))
    cases.append(case(losses.SparseCategoricalCrossentropy, config, sparse, y_pred, runs))
    cases.append(case(losses.SparseCategoricalCrossentropy, config, sparse[:, None].astype("float32"), y_pred,
                      few_runs((4,))))
    cases.append(case(losses.SparseCategoricalCrossentropy, config, rng.integers(0, 4, (2, 3, 1)), big,
                      few_runs((2, 3))))
    ignored = np.array([[0, -1, 2], [-1, 3, 1]])
    cases.append(case(losses.SparseCategoricalCrossentropy, {**config, "ignore_class": -1}, ignored, big,
                      all_runs((2, 3)) if not config else few_runs((2, 3))))
    if "label_smoothing" not in config:
        cases.append(case(losses.SparseCategoricalFocalCrossentropy, config, sparse, y_pred, few_runs((4,))))
        cases.append(case(losses.SparseCategoricalFocalCrossentropy,
                          {**config, "ignore_class": -1, "gamma": 1.5, "alpha": 0.5}, ignored, big,
                          few_runs((2, 3))))
# Class probabilities on the bounds of the clip.
cases.append(case(losses.CategoricalCrossentropy, {}, f32(np.eye(3)), f32([[1, 0, 0], [1, 0, 0], [0.2, 0, 2]]),
                  few_runs((3,))))

for cls in (losses.Dice, losses.Tversky):
    images, truth = f32(rng.uniform(size=(2, 3, 2, 1))), f32(rng.integers(0, 2, (2, 3, 2, 1)))
    cases.append(case(cls, {}, truth, images, [("sum_over_batch_size", None, None), (None, None, None),
                                              ("sum", f32([0.5, 2]), None)]))
    cases.append(case(cls, {"axis": [1, 2, 3]}, truth, images, few_runs((2,))))
    cases.append(case(cls, {"axis": [-1]}, truth, images, few_runs((2, 3, 2))))
cases.append(case(losses.Tversky, {"alpha": 0.2, "beta": 0.7}, truth, images, [("sum", None, None)]))


def unit(*shape):
    x = rng.normal(size=shape)
    return f32(x / np.linalg.norm(x, axis=-1, keepdims=True))


# Each of a batch against all of it. Embeddings of one class near each other, so that some values are next to 0, and
# do not count; one class of a single sample, which has no other.
labels = np.array([0, 1, 1, 0, 2, 1])
close = f32(unit(3, 4)[labels] + 0.02 * rng.normal(size=(6, 4)))
for config in ({}, {"gamma": 16.0, "margin": 0.25}, {"remove_diagonal": False}, {"gamma": 4.0, "margin": -0.1}):
    runs = all_runs((6,)) if not config else few_runs((6,))
    cases.append(case(losses.Circle, config, labels, unit(6, 4), runs))
    cases.append(case(losses.Circle, config, f32(labels)[:, None], close, few_runs((6,))))

# Labels that repeat, that fill all steps, that do not fit, and none at all.
said = np.array([[1, 2, 0, 0], [3, 3, 1, 0], [2, 1, 2, 3], [0, 0, 0, 0]])
cases.append(case(losses.CTC, {}, said, numbers(4, 7, 5), all_runs((4,))))
cases.append(case(losses.CTC, {}, f32(said), numbers(4, 4, 5), few_runs((4,))))
cases.append(case(losses.CTC, {}, said, numbers(4, 2, 5), few_runs((4,))))
cases.append(case(losses.CTC, {}, said[:2], 20 * numbers(2, 6, 4), few_runs((2,))))
cases.append(case(losses.CTC, {}, said[:, :0], numbers(4, 3, 2), few_runs((4,))))

for config in ({}, {"q": 0.2}, {"q": 0.9}):
    runs = all_runs((5,)) if not config else few_runs((5,))
    cases.append(case(losses.CategoricalGeneralizedCrossEntropy, config, rng.integers(0, 3, 5), probabilities(5, 3), runs))
cases.append(case(losses.CategoricalGeneralizedCrossEntropy, {}, rng.integers(0, 3, (2, 4)), probabilities(2, 4, 3),
                  few_runs((2, 4))))

# A factor for each class.
factors, classes = [0.2, 0.7, 0.1], rng.integers(0, 3, (4,))
for config in ({}, {"from_logits": True, "gamma": 0.5}):
    y_pred = f32(rng.uniform(0.1, 1, (4, 3)))
    cases.append(case(losses.CategoricalFocalCrossentropy, {**config, "alpha": factors}, f32(np.eye(3)[classes]), y_pred, few_runs((4,))))
    cases.append(case(losses.SparseCategoricalFocalCrossentropy, {**config, "alpha": factors, "ignore_class": 1}, classes, y_pred,
                      few_runs((4,))))

for c in cases:  # tuples are lists in JSON
    c["config"] = {k: list(v) if isinstance(v, tuple) else v for k, v in c["config"].items()}
write("losses", cases)
