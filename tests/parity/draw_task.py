# SPDX-License-Identifier: Apache-2.0
"""What an output is to learn: the last layer, targets, a loss and metrics that fit them, weights of samples."""
import dataclasses

import numpy as np

from expressions import Call, Name

AVERAGES = ["micro", "macro", "weighted"]
REDUCTIONS = ["sum_over_batch_size", "sum", "mean_with_sample_weight"]


@dataclasses.dataclass
class Task:
    layer: Call  # the last one; None: the output is what is there
    make_y: object
    loss: object
    metrics: list
    weighted_metrics: list
    masked: bool = False  # whether a mask reaches the loss
    ranks: bool = False  # whether it puts lists in order
    y: np.ndarray = None
    sample_weight: np.ndarray = None
    class_weight: dict = None


def draw(dice, shape, always_layer=False, ranks=False):
    """For an output of what has that shape, without the batch. `ranks`: it may put lists in order."""
    kind = "ranking" if ranks and len(shape) == 1 and dice.chance(0.35) else dice.of(["regression"] * 3 + ["counts", "simplex"] + ["binary"] * 3 + ["one_hot", "sparse"] * 2 + ["margin"])
    width = {"binary": dice.of([1, 1, 3]), "margin": dice.of([1, 3]), "regression": dice.of([1, 1, 2, 4])}.get(
        kind, dice.between(2, 5))
    logits = kind in ("binary", "one_hot", "sparse") and dice.chance(0.4)
    layer = None
    if kind == "regression" and not always_layer and dice.chance(0.25):
        width = shape[-1]
    else:
        activation = dice.of({"regression": [None, None, "tanh"], "ranking": [None], "counts": ["softplus", "exponential"],
                              "binary": ["sigmoid"], "margin": [None, "tanh"]}.get(kind, ["softmax"]))
        layer = Call("layers.Dense", units=width)
        if activation and not logits:
            layer.keywords["activation"] = activation
        if kind == "ranking":  # of items of one score chance makes the order
            layer.keywords["bias_initializer"] = Call("initializers.RandomNormal", stddev=0.3, seed=dice.between(0, 10**6))
    steps = shape[:-1]
    loss = _draw_loss(dice, kind, logits)
    metrics = [_draw_metric(dice, kind, logits, width, len(steps)) for _ in range(dice.of([0, 1, 1, 2, 3]))]
    weighted = dice.of([0, 0, len(metrics)])
    # Losses squeeze (B, 1) to (B,); of Keras's metrics only some do (docs/keras-differences.md).
    narrow = not steps and width == 1 and kind in ("regression", "binary") and all(
        isinstance(metric, str) for metric in metrics)
    make_y = _targets(dice, kind, steps, width, narrow and dice.chance(0.5))
    return Task(layer, make_y, loss, metrics[weighted:], metrics[:weighted], ranks=kind == "ranking")


def draw_weights(dice, task, alone=True):
    """Weights of samples or of classes, or neither; `alone`: it is the only output, which may have the second."""
    y = task.y
    if "Pairwise" in repr(task.loss) or "ListMLE" in repr(task.loss):
        if dice.chance(0.3):
            shape = y.shape if "Pairwise" in repr(task.loss) else y.shape[:1]  # of items, or of lists
            task.sample_weight = dice.uniform(0.1, 2.0, size=shape).astype("float32")
        return
    if isinstance(task.loss, Call) and task.loss.path in ("losses.Dice", "losses.Tversky"):
        return  # one value for the whole batch: there are no samples to weigh
    if dice.chance(0.3):
        shapes = [y.shape[:1], (len(y), 1)] if y.ndim <= 2 else [(len(y), 1), y.shape[:2]]
        weights = dice.uniform(0.0, 2.0, size=dice.of(shapes))
        weights[dice.random(weights.shape) < 0.1] = 0.0
        task.sample_weight = weights.astype("float32")
    elif alone and dice.chance(0.4) and y.ndim <= 2 and np.issubdtype(y.dtype, np.integer) and y.min() >= 0:
        if y.ndim == 1 or y.shape[1] == 1:
            task.class_weight = {label: dice.real(0.1, 3.0) for label in range(int(y.max()) + 1)}


def _targets(dice, kind, steps, width, narrow):
    labels_in_column = bool(steps) or dice.chance(0.3)
    dtype = dice.of(["float32", "int32"])

    def make_y(count):
        size = (count, *steps, width)
        if kind == "ranking":
            relevance = dice.integers(0, 4, size=size)
            relevance[dice.random(size) < 0.1] = -1  # has no part
            return relevance.astype(dtype)
        if kind == "sparse":
            labels = dice.integers(0, width, size=(*size[:-1], 1)).astype(dice.of(["int32", "int64"]))
            return labels if labels_in_column else labels[..., 0]
        if kind == "one_hot":
            return np.eye(width, dtype="float32")[dice.integers(0, width, size=size[:-1])]
        if kind == "simplex":
            return dice.dirichlet(np.ones(width), size=size[:-1]).astype("float32")
        if kind == "counts":
            y = dice.poisson(1.5, size=size).astype("float32")
        elif kind == "regression":
            y = dice.normal(size=size).astype("float32")
            y += np.copysign(np.float32(0.25), y)  # MAPE divides by it
        else:
            y = dice.integers(0, 2, size=size).astype(dtype)
            y = 2 * y - 1 if kind == "margin" else y
        return y[:, 0] if narrow else y

    return make_y


def _draw_loss(dice, kind, logits):
    """A name, a function or an object."""
    if kind == "ranking":
        name = dice.of(["ListMLELoss", "PairwiseHingeLoss", "PairwiseLogisticLoss", "PairwiseMeanSquaredError",
                        "PairwiseSoftZeroOneLoss"])
        options = {"temperature": dice.real(0.3, 3.0)} if name != "PairwiseMeanSquaredError" and dice.chance(0.5) else {}
        if dice.chance(0.3):
            options["reduction"] = dice.of(REDUCTIONS)
        return Call(f"losses.{name}", **options)
    if kind == "regression":
        choice = dice.of(["mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
                          "cosine_similarity", "log_cosh", "huber"])
    elif kind == "counts":
        choice = dice.of(["poisson", "mean_squared_logarithmic_error"])
    elif kind == "margin":
        choice = dice.of(["hinge", "squared_hinge"])
    else:
        choice = {"simplex": "kl_divergence"}.get(kind)
    if choice and dice.chance(0.5):
        return dice.of([choice, Name(f"losses.{choice}")])
    if choice == "huber":
        return Call("losses.Huber", delta=dice.real(0.1, 2.0), reduction=dice.of(REDUCTIONS))
    if choice:
        camel = {"kl_divergence": "KLDivergence"}.get(choice, choice.title().replace("_", ""))
        return Call(f"losses.{camel}", reduction=dice.of(REDUCTIONS))
    return _draw_class_loss(dice, kind, logits)


def _draw_class_loss(dice, kind, logits):
    options = {"from_logits": True} if logits else {}
    smoothing = {"label_smoothing": dice.of([0.1, 0.25])} if dice.chance(0.3) else {}
    reduction = {"reduction": dice.of(REDUCTIONS)} if dice.chance(0.4) else {}
    focal = {"alpha": dice.of([0.25, 0.75]), "gamma": dice.of([0.5, 1.0, 2.0])} if dice.chance(0.6) else {}
    name = {"binary": "Binary", "one_hot": "Categorical", "sparse": "SparseCategorical"}[kind]
    if not logits and dice.chance(0.3):
        return {"Binary": "binary_crossentropy", "Categorical": "categorical_crossentropy",
                "SparseCategorical": "sparse_categorical_crossentropy"}[name]
    if kind == "binary" and not logits and dice.chance(0.2):
        return dice.of([Call("losses.Dice"), Call("losses.Tversky", alpha=0.3, beta=0.7)])
    if kind == "one_hot" and dice.chance(0.15):
        return Call("losses.CategoricalHinge", **reduction)
    if dice.chance(0.3):
        more = {"apply_class_balancing": dice.chance(0.5), **smoothing} if kind == "binary" else {}
        more = smoothing if kind == "one_hot" else more
        return Call(f"losses.{name}FocalCrossentropy", **focal, **options, **more, **reduction)
    if kind == "sparse":
        smoothing = {"ignore_class": 0} if dice.chance(0.25) else {}
    return Call(f"losses.{name}Crossentropy", **options, **smoothing, **reduction)


def _draw_metric(dice, kind, logits, width, rank):
    """rank: of the outputs, without the batch and the width."""
    options = {"from_logits": True} if logits else {}
    if kind == "ranking":
        name = dice.of(["DCG", "MeanAveragePrecision", "MeanReciprocalRank", "NDCG", "PrecisionAtK", "RecallAtK"])
        return Call(f"metrics.{name}", **({"k": dice.between(1, 6)} if dice.chance(0.6) else {}), name=name.lower())
    if kind in ("regression", "counts", "simplex"):
        choices = ["mse", "mae", Name("metrics.mean_absolute_error"), Call("metrics.RootMeanSquaredError"),
                   Call("metrics.LogCoshError"), Call("metrics.MeanSquaredError", name="squares")]
        choices += {"regression": ["mape", Call("metrics.CosineSimilarity"), "cosine_similarity"],
                    "counts": ["msle", Call("metrics.Poisson")], "simplex": [Call("metrics.KLDivergence")]}[kind]
        if rank == 0 and width > 1:
            choices.append(Call("metrics.R2Score", class_aggregation=dice.of(
                ["uniform_average", "variance_weighted_average"])))
        return dice.of(choices)
    if kind == "margin":
        return dice.of([Call("metrics.Hinge"), Call("metrics.SquaredHinge"), "hinge"])
    if kind == "sparse":
        choices = ["accuracy", "acc", Call("metrics.SparseCategoricalAccuracy"),
                   Call("metrics.SparseTopKCategoricalAccuracy", k=2),
                   Call("metrics.SparseCategoricalCrossentropy", **options)]
        return dice.of(choices)
    if kind == "one_hot":
        choices = ["accuracy", Call("metrics.CategoricalAccuracy"), Call("metrics.TopKCategoricalAccuracy", k=2),
                   Call("metrics.CategoricalHinge"),
                   Call("metrics.CategoricalCrossentropy", **options, label_smoothing=dice.of([0.0, 0.1]))]
        if not logits:
            choices += [Call("metrics.Precision", top_k=1), Call("metrics.Recall", class_id=0), Call("metrics.AUC")]
            choices += [Call("metrics.F1Score", average=dice.of(AVERAGES))] * (rank == 0)
        return dice.of(choices)
    choices = ["accuracy", Call("metrics.BinaryAccuracy", threshold=dice.of([0.5, 0.4])),
               Call("metrics.BinaryCrossentropy", **options, label_smoothing=dice.of([0.0, 0.1]))]
    return dice.of(choices if logits else choices + _confusion_metrics(dice, rank))


def _confusion_metrics(dice, rank):
    name = dice.of(["TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall"])
    point, where = dice.of([("SensitivityAtSpecificity", "specificity"), ("SpecificityAtSensitivity", "sensitivity"),
                            ("PrecisionAtRecall", "recall"), ("RecallAtPrecision", "precision")])
    choices = [
        Call(f"metrics.{name}", thresholds=dice.of([None, 0.4, 0.6])),
        Call("metrics.AUC", num_thresholds=dice.of([20, 200]), curve=dice.of(["ROC", "PR"]),
             summation_method=dice.of(["interpolation", "minoring", "majoring"])),
        Call(f"metrics.{point}", **{where: dice.of([0.3, 0.5, 0.8])}, num_thresholds=dice.of([20, 200])),
    ]
    if rank == 0:
        choices.append(Call("metrics.FBetaScore", beta=dice.of([0.5, 2.0]), threshold=0.5, average=dice.of(AVERAGES)))
    return choices
