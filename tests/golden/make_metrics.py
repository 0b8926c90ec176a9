# SPDX-License-Identifier: Apache-2.0
"""Every metric over three batches, with and without sample weights and masks, its result after each."""
from golden import array, np, write

from keras import metrics, ops
from keras.src.backend.common import set_keras_mask

rng = np.random.default_rng(20240608)


def f32(value):
    """Three decimals: short in the file."""
    return np.round(np.asarray(value, "float64"), 3).astype("float32")


def plain(value):
    """Config as JSON has it."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if hasattr(value, "shape") or isinstance(value, (list, tuple)):
        return [float(x) for x in value]
    return value


def case(cls, config, make, weights=None, masks=None):
    """make() gives (y_true, y_pred); weights() and masks() give those of a batch, or None."""
    metric = cls(**config)
    batches = []
    for i in range(3):
        y_true, y_pred = make()
        entry = {"y_true": array(y_true), "y_pred": array(y_pred)}
        weight = weights() if weights else None
        if weight is not None:
            entry["sample_weight"] = array(weight)
        p = ops.convert_to_tensor(y_pred)
        if masks:
            mask = masks()
            entry["mask"] = array(mask)
            set_keras_mask(p, ops.convert_to_tensor(mask))
        metric.update_state(ops.convert_to_tensor(y_true), p, sample_weight=weight)
        entry["result"] = array(metric.result())
        batches.append(entry)
    return {"class_name": cls.__name__, "options": config, "config": plain(metric.get_config()),
            "batches": batches}


def numbers(*shape):
    return f32(rng.normal(0, 1.5, shape))


def shares(*shape):
    return f32(rng.uniform(0.01, 1, shape))


def softmax(*shape):
    p = rng.uniform(0.02, 1, shape)
    return f32(p / p.sum(-1, keepdims=True))


def bits(*shape):
    return rng.integers(0, 2, shape)


def hot(*shape):
    return f32(np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])])


def weights_of(*shape):
    return lambda: f32(rng.uniform(0, 2, shape))


def mask_of(*shape):
    return lambda: rng.uniform(size=shape) < 0.6


cases = []
pairs = {
    "MeanSquaredError": numbers, "RootMeanSquaredError": numbers, "MeanAbsoluteError": numbers,
    "MeanAbsolutePercentageError": numbers, "LogCoshError": numbers, "CosineSimilarity": numbers,
    "MeanSquaredLogarithmicError": shares, "Hinge": numbers, "SquaredHinge": numbers,
    "CategoricalHinge": numbers, "KLDivergence": softmax, "Poisson": shares, "BinaryCrossentropy": shares,
    "CategoricalCrossentropy": softmax, "CategoricalAccuracy": softmax, "TopKCategoricalAccuracy": softmax,
    "BinaryAccuracy": shares, "Accuracy": lambda *s: f32(rng.integers(0, 3, s)),
}
labels = {"BinaryCrossentropy": bits, "BinaryAccuracy": bits, "CategoricalCrossentropy": hot,
          "CategoricalAccuracy": hot, "TopKCategoricalAccuracy": hot, "CategoricalHinge": hot,
          "Hinge": bits, "SquaredHinge": lambda *s: f32(2 * bits(*s) - 1)}
for name, draw in pairs.items():
    cls = getattr(metrics, name)
    truth = labels.get(name, draw)
    config = {"k": 2} if name == "TopKCategoricalAccuracy" else {}
    if name == "BinaryAccuracy":
        config = {"threshold": 0.3}
    flat = lambda: (truth(4, 3), draw(4, 3))  # noqa: E731
    deep = lambda: (truth(2, 3, 4), draw(2, 3, 4))  # noqa: E731
    cases.append(case(cls, config, flat))
    cases.append(case(cls, config, flat, weights_of(4)))
    cases.append(case(cls, config, flat, None, mask_of(4)))
    cases.append(case(cls, config, flat, weights_of(4), mask_of(4)))
    cases.append(case(cls, config, deep, weights_of(2, 3), mask_of(2, 3)))
    cases.append(case(cls, config, deep, weights_of(2)))
    cases.append(case(cls, config, deep))
for name in ("SparseCategoricalCrossentropy", "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy"):
    cls = getattr(metrics, name)
    config = {"k": 2} if "TopK" in name else {}
    flat = lambda: (rng.integers(0, 3, (4,)), softmax(4, 3))  # noqa: E731
    deep = lambda: (rng.integers(0, 4, (2, 3)), softmax(2, 3, 4))  # noqa: E731
    for make, size in ((flat, (4,)), (deep, (2, 3))):
        cases.append(case(cls, config, make))
        cases.append(case(cls, config, make, weights_of(*size)))
        cases.append(case(cls, config, make, weights_of(*size), mask_of(*size)))
    cases.append(case(cls, config, lambda: (f32(rng.integers(0, 3, (4, 1))), softmax(4, 3)), weights_of(4)))
cases.append(case(metrics.SparseTopKCategoricalAccuracy, {"k": 2, "from_sorted_ids": True},
                  lambda: (rng.integers(0, 4, (4,)), np.stack([rng.permutation(4) for _ in range(4)]))))
for weights in (None, weights_of(4)):
    cases.append(case(metrics.SparseCategoricalCrossentropy, {"ignore_class": -1},
                      lambda: (rng.integers(-1, 3, (4,)), softmax(4, 3)), weights))
cases.append(case(metrics.SparseCategoricalCrossentropy, {"from_logits": True},
                  lambda: (rng.integers(0, 3, (4,)), numbers(4, 3))))
for name, truth in (("BinaryCrossentropy", bits), ("CategoricalCrossentropy", hot)):
    cases.append(case(getattr(metrics, name), {"from_logits": True, "label_smoothing": 0.1},
                      lambda: (truth(4, 3), numbers(4, 3))))
cases.append(case(metrics.CosineSimilarity, {"axis": 0}, lambda: (numbers(3, 4), numbers(3, 4)), weights_of(4)))
for name in ("BinaryCrossentropy", "BinaryAccuracy", "MeanSquaredError"):
    cases.append(case(getattr(metrics, name), {}, lambda: (bits(4, 1), shares(4, 1)), weights_of(4, 1)))
# Equals, of which the first counts.
cases.append(case(metrics.CategoricalAccuracy, {}, lambda: (f32(bits(6, 3)), f32(bits(6, 3)))))
cases.append(case(metrics.TopKCategoricalAccuracy, {"k": 2}, lambda: (hot(6, 4), f32(bits(6, 4)))))

for config in ({}, {"class_aggregation": None}, {"class_aggregation": "variance_weighted_average"},
               {"num_regressors": 2}, {"num_regressors": 11}):
    for weights in (None, weights_of(4)):
        cases.append(case(metrics.R2Score, config, lambda: (numbers(4, 3), numbers(4, 3)), weights))
cases.append(case(metrics.R2Score, {}, lambda: (numbers(4, 3), numbers(4, 3)), weights_of(4, 3)))


write("metrics", cases)
cases = []


def scored(*shape):
    """Scores on and around places where thresholds stand."""
    p = rng.uniform(size=shape)
    grid = rng.integers(0, 11, shape) / 10
    return f32(np.where(rng.uniform(size=shape) < 0.5, p, grid))


thresholds = [{}, {"thresholds": 0.3}, {"thresholds": [0.7, 0.2]}, {"thresholds": [0.0, 0.5, 1.0]},
              {"thresholds": [0.0, 0.1, 0.6, 1.0]}]
for name in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives", "Precision", "Recall"):
    cls = getattr(metrics, name)
    for config in thresholds:
        cases.append(case(cls, config, lambda: (bits(5), scored(5))))
        cases.append(case(cls, config, lambda: (bits(4, 3), scored(4, 3)), weights_of(4)))
    cases.append(case(cls, {}, lambda: (bits(4, 3), scored(4, 3)), weights_of(4, 3), mask_of(4)))
    cases.append(case(cls, {}, lambda: (bits(4), scored(4, 1)), weights_of(4, 1)))
    cases.append(case(cls, {}, lambda: (bits(2, 3, 2), scored(2, 3, 2)), weights_of(2, 3)))
for cls in (metrics.Precision, metrics.Recall):
    for config in ({"class_id": 1}, {"top_k": 2}, {"top_k": 2, "class_id": 0}, {"top_k": 1, "thresholds": 0.4},
                   {"class_id": 2, "thresholds": [0.0, 0.5, 1.0]}):
        cases.append(case(cls, config, lambda: (bits(4, 3), scored(4, 3)), weights_of(4)))
        cases.append(case(cls, config, lambda: (bits(4, 3), f32(bits(4, 3)))))
for name, key in (("SensitivityAtSpecificity", "specificity"), ("SpecificityAtSensitivity", "sensitivity"),
                  ("PrecisionAtRecall", "recall"), ("RecallAtPrecision", "precision")):
    cls = getattr(metrics, name)
    for config in ({key: 0.5}, {key: 0.8, "num_thresholds": 1}, {key: 0.6, "num_thresholds": 11},
                   {key: 0.75, "num_thresholds": 2}):
        cases.append(case(cls, config, lambda: (bits(12), scored(12))))
        cases.append(case(cls, config, lambda: (bits(12), scored(12)), weights_of(12)))
    cases.append(case(cls, {key: 0.4, "class_id": 1}, lambda: (bits(8, 3), scored(8, 3))))
for curve in ("ROC", "PR", "PRGAIN"):
    for method in ("interpolation", "minoring", "majoring"):
        config = {"curve": curve, "summation_method": method}
        for more in ({}, {"num_thresholds": 11}, {"thresholds": [0.9, 0.25, 0.5]}, {"thresholds": [0.25, 0.5, 0.75]}):
            cases.append(case(metrics.AUC, {**config, **more}, lambda: (bits(10), scored(10))))
        cases.append(case(metrics.AUC, config, lambda: (bits(10), scored(10)), weights_of(10)))
        many = {**config, "multi_label": True}
        cases.append(case(metrics.AUC, {**many, "num_thresholds": 21}, lambda: (bits(6, 3), scored(6, 3)), weights_of(6)))
        cases.append(case(metrics.AUC, {**many, "label_weights": [0.5, 2.0, 1.0], "num_labels": 3,
                                        "thresholds": [0.1, 0.4]}, lambda: (bits(6, 3), scored(6, 3)), weights_of(6)))
cases.append(case(metrics.AUC, {"from_logits": True}, lambda: (bits(10), numbers(10))))
cases.append(case(metrics.AUC, {"label_weights": [0.5, 2.0, 1.0]}, lambda: (bits(6, 3), scored(6, 3)), weights_of(6)))
for average in (None, "micro", "macro", "weighted"):
    for config in ({}, {"threshold": 0.4}):
        for weights in (None, weights_of(5)):
            make = lambda: (bits(5, 3), scored(5, 3))  # noqa: E731
            cases.append(case(metrics.F1Score, {"average": average, **config}, make, weights))
            cases.append(case(metrics.FBetaScore, {"average": average, "beta": 2.0, **config}, make, weights))
write("confusion_metrics", cases)

cases = []
for name in ("PearsonCorrelation", "ConcordanceCorrelation"):
    cls = getattr(metrics, name)
    for config, shape, size in (({}, (4, 3), (4,)), ({"axis": 0}, (4, 3), (3,)), ({"axis": 1}, (2, 3, 4), (2, 4))):
        make = lambda: (numbers(*shape), numbers(*shape))  # noqa: E731
        cases.append(case(cls, config, make))
        cases.append(case(cls, config, make, weights_of(*size), mask_of(*size)))
whole = lambda *shape: (lambda: rng.integers(0, 3, shape))  # noqa: E731
for dtype in (None, "float32"):
    named = {} if dtype is None else {"dtype": dtype}
    for weights in (None, whole(8), weights_of(8) if dtype else whole(8)):
        # Some of both are no classes.
        make = lambda: (rng.integers(-1, 4, 8), rng.integers(-1, 4, 8))  # noqa: E731
        for config in ({"target_class_ids": [0, 2]}, {"target_class_ids": [1], "ignore_class": 0}):
            cases.append(case(metrics.IoU, {"num_classes": 3, **config, **named}, make, weights))
        cases.append(case(metrics.MeanIoU, {"num_classes": 5, **named}, make, weights))
        cases.append(case(metrics.BinaryIoU, {"threshold": 0.3, **named}, lambda: (bits(8), shares(8)), weights))
        cases.append(case(metrics.BinaryIoU, {"target_class_ids": [1], **named}, lambda: (bits(8, 1), shares(8, 1)),
                          weights))
        several = lambda: (hot(8, 3), shares(8, 3))  # noqa: E731
        cases.append(case(metrics.OneHotIoU, {"num_classes": 3, "target_class_ids": [0, 2], **named}, several, weights))
        cases.append(case(metrics.OneHotMeanIoU, {"num_classes": 3, "ignore_class": 1, **named}, several, weights))
        cases.append(case(metrics.OneHotMeanIoU, {"num_classes": 3, "sparse_y_pred": True, **named},
                          lambda: (hot(8, 3), rng.integers(0, 3, 8)), weights))
        cases.append(case(metrics.IoU, {"num_classes": 4, "target_class_ids": [0, 3], "sparse_y_pred": False, "axis": 1,
                                        **named}, lambda: (rng.integers(0, 4, (4, 2)), shares(4, 4, 2)), weights))
write("other_metrics", cases)
