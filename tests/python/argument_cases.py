# SPDX-License-Identifier: Apache-2.0
"""How all but layers is called in `test_arguments`, and what its arguments are given: see `cases`."""
import inspect
import pathlib
import random as stdlib_random
import tempfile

import numpy as np

import keratin
import ops_cases
import seeing
from cases import CASES, NO_EFFECT, ODD, With, add, add_all, also, kind, with_base
from layer_cases import STEPS
from keratin import (activations, callbacks, constraints, initializers, layers, losses, metrics, models, ops, optimizers,
                     preprocessing, random, regularizers, saving, utils)
from keratin.optimizers import schedules

# -- functions ------------------------------------------------------------------------------------


for path, others in {"celu": dict(alpha=3.0), "elu": dict(alpha=3.0), "gelu": {}, "glu": {}, "hard_shrink": dict(threshold=1.5),
                     "leaky_relu": {}, "log_softmax": {}, "relu": dict(max_value=1.0), "soft_shrink": {}, "softmax": {},
                     "sparsemax": {}, "squareplus": dict(b=2), "threshold": {}}.items():
    add(getattr(activations, path), dict(x=ODD), path=f"activations.{path}", **others)
CASES["activations.glu"] = activations.glu, dict(x=ODD[:2]), lambda y: y, dict(axis=0)
CASES["activations.threshold"] = activations.threshold, dict(x=ODD, threshold=0.1, default_value=9.0), lambda y: y, {}

for name, (given, others) in ops_cases.CASES.items():
    add(ops_cases.CALLS.get(name, getattr(ops, name)), given, path=f"ops.{name}", **others)
also("ops.arange", step=with_base(3, stop=9)), also("ops.linspace", dtype="float16")
also("ops.cross", axis=with_base(0, x1=ODD[:, :3].T, x2=ODD[:, 1:].T))
NO_EFFECT.update(ops_cases.NO_EFFECT)

for name in ("normal", "truncated_normal", "uniform"):
    add(getattr(random, name), dict(shape=(3,)), path=f"random.{name}")
DRAWN = dict(true_classes=[[1], [0]], num_true=1, num_sampled=3, unique=True, range_max=9, seed=1)
for name in ("uniform", "log_uniform", "fixed_unigram", "learned_unigram"):
    more = dict(unigrams=[9, 8, 7, 6, 5, 4, 3, 2, 1]) if name == "fixed_unigram" else {}
    add(getattr(random, f"{name}_candidate_sampler"), {**DRAWN, **more}, path=f"random.{name}_candidate_sampler", seed=7,
        unigrams=[1] * 9, distortion=0.5, num_reserved_ids=1, counts=np.arange(1, 10))
add(random.randint, dict(shape=(9,), minval=0, maxval=99), path="random.randint", dtype="int64")
add(random.categorical, dict(logits=np.zeros((4, 99), "float32"), num_samples=9), path="random.categorical", dtype="int64")
add(random.dropout, dict(inputs=np.ones((4, 9), "float32"), rate=0.5), path="random.dropout", noise_shape=(4, 1))
add(random.shuffle, dict(x=ODD, seed=1), path="random.shuffle", axis=1)
add(random.SeedGenerator, {}, lambda made: [made.next(), made.name, made.seed], path="random.SeedGenerator")

add(utils.pad_sequences, dict(sequences=[[1], [2, 3, 4]]), path="utils.pad_sequences", maxlen=2, dtype="int64",
    padding="post", truncating=with_base("post", maxlen=2), value=7)
add(utils.normalize, dict(x=ODD), path="utils.normalize", axis=0, order=1)
add(utils.unpack_x_y_sample_weight, dict(data=(1, 2)), path="utils.unpack_x_y_sample_weight")
add(utils.pack_x_y_sample_weight, dict(x=1), path="utils.pack_x_y_sample_weight", y=2, sample_weight=with_base(3, y=2))
add(utils.to_categorical, dict(x=[0, 1]), path="utils.to_categorical", num_classes=5)
add(preprocessing.text.text_to_word_sequence, dict(input_text="A b, c.d"), path="preprocessing.text.text_to_word_sequence",
    filters="d", lower=False, split="c")
WORDS = dict(filters="d", lower=False, split="c", analyzer=str.split)
add(preprocessing.text.one_hot, dict(input_text="A b, c.d", n=10**9), path="preprocessing.text.one_hot", **WORDS)
add(preprocessing.text.hashing_trick, dict(text="A b, c.d", n=10**9), path="preprocessing.text.hashing_trick",
    hash_function="md5", **WORDS)
add(preprocessing.sequence.make_sampling_table, dict(size=5), path="preprocessing.sequence.make_sampling_table", sampling_factor=0.3)


def seeded_skipgrams(**arguments):
    stdlib_random.seed(0)
    return preprocessing.sequence.skipgrams(**arguments)


add(seeded_skipgrams, dict(sequence=[1, 2, 3, 4], vocabulary_size=50), path="preprocessing.sequence.skipgrams", window_size=1,
    negative_samples=2.0, shuffle=False, categorical=True, sampling_table=[0.0] * 5)
add(utils.timeseries_dataset_from_array, dict(data=np.arange(9), targets=None, sequence_length=2), list,
    path="utils.timeseries_dataset_from_array", sequence_stride=2, sampling_rate=2, batch_size=2, shuffle=with_base(True, seed=1),
    seed=with_base(7, shuffle=True, seed=1), start_index=2, end_index=5, format="grain")


def folder_of_texts():
    folder = pathlib.Path(tempfile.mkdtemp())
    for name in ("b", "a", "linked"):
        (folder / name).mkdir()
    for number in range(6):
        (folder / "ba"[number % 2] / f"{number}.txt").write_text(f"text {number}")
    (folder / "linked" / "6.txt").write_text("text 6")
    (folder / "linked").rename(folder.parent / f"{folder.name}-linked")
    (folder / "a" / "link").symlink_to(folder.parent / f"{folder.name}-linked", target_is_directory=True)
    return folder


add(utils.text_dataset_from_directory, dict(directory=folder_of_texts(), shuffle=False), lambda made: repr(
    [list(one) for one in made] if isinstance(made, list) else [made.class_names, *made]), path="utils.text_dataset_from_directory", labels=None,
    label_mode="binary", class_names=["b"], batch_size=2, max_length=2, shuffle=with_base(True, seed=1),
    seed=with_base(7, shuffle=True, seed=1), validation_split=0.5, subset=with_base("both", validation_split=0.5, subset="training"),
    follow_links=True, format="grain", verbose=False)


class OneBatch(utils.PyDataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return np.zeros((2, 1)), np.zeros((2, 1))


add(OneBatch, {}, lambda made: [made.workers, made.use_multiprocessing, made.max_queue_size, made.num_batches],
    path="utils.PyDataset", workers=2, use_multiprocessing=True, max_queue_size=3)


def tokenizer(made):
    made.fit_on_texts(["the Cat, sat", "the dog!sat the cat", "b"])
    texts = ["a Cat sat, the dog!x"]
    return [made.texts_to_sequences(texts), made.texts_to_matrix(texts, "tfidf"), made.sequences_to_texts([[1, 2, 9]])]


add(preprocessing.text.Tokenizer, {}, tokenizer, path="preprocessing.text.Tokenizer", num_words=2, filters="a", lower=False,
    split="t", char_level=True, oov_token="?", analyzer=str.split)


# -- deserialize: objects of a user's own ----------------------------------------------------------

class Own(regularizers.Regularizer):
    def __call__(self, x):
        return 7.0


class OwnConstraint(constraints.Constraint):
    def __call__(self, w):
        return w * 7


class OwnInitializer(initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return np.full(shape, 7.0, np.float32)


class OwnLoss(losses.Loss):
    def call(self, y_true, y_pred):
        return keratin.ops.mean(y_true - y_pred, axis=-1)


class OwnMetric(metrics.Metric):
    def update_state(self, y_true, y_pred, sample_weight=None):
        pass

    def result(self):
        return 7.0


class OwnSchedule(schedules.LearningRateSchedule):
    def __call__(self, step):
        return 7.0


def own(function, x):
    return function(x)


for path, function, config, mine in (
        ("activations", activations.deserialize, "relu", own), ("constraints", constraints.deserialize, "non_neg", OwnConstraint),
        ("initializers", initializers.deserialize, "zeros", OwnInitializer), ("losses", losses.deserialize, "mse", OwnLoss),
        ("metrics", metrics.deserialize, "mse", OwnMetric), ("regularizers", regularizers.deserialize, "l2", Own)):
    argument = "name" if path == "losses" else "config"
    CASES[f"{path}.deserialize"] = function, {argument: config}, kind, dict(custom_objects={config: mine})
CASES["optimizers.schedules.deserialize"] = (
    schedules.deserialize, dict(config={"class_name": "CosineDecay", "config": {
        "initial_learning_rate": 0.1, "decay_steps": 3}}), kind, dict(custom_objects={"CosineDecay": OwnSchedule}))
SCHEDULED = {"learning_rate": {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 3}}}
CASES["optimizers.deserialize"] = (
    optimizers.deserialize, dict(config={"class_name": "SGD", "config": SCHEDULED}),
    lambda made: made.learning_rate, dict(custom_objects={"CosineDecay": OwnSchedule}))
DENSE = {"class_name": "Dense", "config": {"units": 2, "kernel_regularizer": {"class_name": "L2", "config": {}}}}
CASES["layers.deserialize"] = (
    layers.deserialize, dict(config=DENSE), lambda made: kind(made.kernel_regularizer), dict(custom_objects={"L2": Own}))
SEQUENTIAL = {"name": "m", "layers": [DENSE]}
CASES["models.model_from_json"] = (
    models.model_from_json, dict(json_string=keratin._core.dump_json({"class_name": "Sequential", "config": SEQUENTIAL}, -1)),
    lambda made: kind(made.layers[0].kernel_regularizer), dict(custom_objects={"L2": Own}))


# -- classes ---------------------------------------------------------------------------------------

add_all(initializers, "initializers", initializers.Initializer, seeing.initializer,
        lambda cls: {"seed": 3} if "seed" in inspect.signature(cls).parameters else {},
        input_axes=with_base([0], output_axes=[1]), output_axes=with_base([0], input_axes=[1]), value=0.3, mode="fan_out", distribution="uniform")
add_all(regularizers, "regularizers", regularizers.Regularizer, seeing.regularizer, l1=0.3, l2=0.3, factor=0.3, mode="columns")
add_all(constraints, "constraints", constraints.Constraint, seeing.constraint, max_value=0.3, min_value=0.9, rate=0.3, axis=1)
add_all(schedules, "optimizers.schedules", schedules.LearningRateSchedule, seeing.schedule, lambda cls: {
    name: value for name, value in dict(initial_learning_rate=0.3, decay_steps=9, decay_rate=0.7, boundaries=[3, 9],
                                        values=[0.3, 0.2, 0.1], first_decay_steps=9).items()
    if name in inspect.signature(cls).parameters},
    staircase=True, end_learning_rate=0.01, power=2.0, cycle=True, alpha=0.3, warmup_target=0.7,
    warmup_steps=with_base(3, warmup_target=0.7), t_mul=3.0, m_mul=0.7)
add_all(optimizers, "optimizers", optimizers.Optimizer, seeing.optimizer,
        lambda cls: {"learning_rate": 0.1}, nesterov=with_base(True, momentum=0.4),
        learning_rate_power=-0.3, l1_regularization_strength=0.3, l2_regularization_strength=0.3,
        l2_shrinkage_regularization_strength=0.3, beta_2_decay=-0.3, epsilon_1=0.3, epsilon_2=3.0, clip_threshold=0.3,
        warmup_steps=3, exclude_layers=["two"], muon_a=3.0, muon_b=-4.0, muon_c=1.5, adam_lr_ratio=0.3, ns_steps=3,
        rms_rate=0.3, adam_beta_1=0.3, adam_beta_2=0.3, adam_weight_decay=0.3, kwargs=1)
also("optimizers.Muon", nesterov=False)
for name in ("LossScaleOptimizer", "MultiOptimizer"):  # see SHARED_OUT
    del CASES[f"optimizers.{name}"]

ONES = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]], np.float32)[:3]
CHANCES = np.array([[0.7, 0.2, 0.1], [0.3, 0.1, 0.6], [0.2, 0.35, 0.45]], np.float32)
CLASSES = np.array([0, 2, 1], np.int32)
HOT = np.eye(3, dtype=np.float32)[CLASSES]


def data_for(cls):
    if "Sparse" in cls.__name__ or cls.__name__ in ("Circle", "CategoricalGeneralizedCrossEntropy"):
        return CLASSES, CHANCES
    return (HOT if "Categorical" in cls.__name__ else ONES), CHANCES


for name, cls in vars(losses).items():
    if inspect.isclass(cls) and issubclass(cls, losses.Loss) and cls._class_name is not None:
        CASES[f"losses.{name}"] = cls, {}, seeing.loss_on(*data_for(cls)), {}
    elif inspect.isfunction(cls) and len(inspect.signature(cls).parameters) > 2:
        y_true, y_pred = data_for(losses.Loss) if "categorical" not in name else (HOT, CHANCES)
        CASES[f"losses.{name}"] = cls, dict(y_true=CLASSES if "sparse" in name else y_true, y_pred=y_pred), lambda v: v, {}
for name in ("losses.BinaryCrossentropy", "losses.BinaryFocalCrossentropy"):  # the mean over all is the same
    also(name, axis=with_base(0, reduction=None))
for name in ("losses.BinaryFocalCrossentropy", "losses.binary_focal_crossentropy"):
    also(name, apply_class_balancing=True, alpha=with_base(0.7, apply_class_balancing=True))
also("losses.CategoricalFocalCrossentropy", alpha=0.7)
CASES["losses.CTC"] = losses.CTC, {}, seeing.loss_on(np.array([[1, 2]]), CHANCES[None]), {}
add(losses.categorical_generalized_cross_entropy, dict(y_true=CLASSES, y_pred=CHANCES, q=0.5),
    path="losses.categorical_generalized_cross_entropy", q=0.2)
also("losses.CategoricalGeneralizedCrossEntropy", q=0.2)
for name in ("PairwiseHingeLoss", "PairwiseLogisticLoss", "PairwiseSoftZeroOneLoss", "PairwiseMeanSquaredError"):
    CASES[f"losses.{name}"] = getattr(losses, name), {}, seeing.loss_on(ONES[0], CHANCES[0]), dict(temperature=0.5)
also("losses.ListMLELoss", temperature=0.5)
NEARBY = np.array([[0.9, 0.1, 0.2], [0.8, 0.3, 0.1], [0.1, 0.9, 0.3]], np.float32)
PAIRS = dict(y_true=np.array([0, 0, 1]), y_pred=NEARBY, gamma=4.0)
add(losses.circle, PAIRS, path="losses.circle", ref_labels=np.array([1, 0, 1]), ref_embeddings=NEARBY[::-1],
    remove_diagonal=False, margin=0.2)
CASES["losses.Circle"] = losses.Circle, dict(gamma=4.0), seeing.loss_on(PAIRS["y_true"], NEARBY), dict(
    margin=0.2, remove_diagonal=False)
CASES["losses.Loss"] = OwnLoss, {}, seeing.loss_on(ONES, CHANCES), {}
CASES["losses.LossFunctionWrapper"] = (
    losses.LossFunctionWrapper, dict(fn=losses.huber), seeing.loss_on(ONES, 3 * CHANCES), {})

for name, cls in vars(metrics).items():
    if inspect.isclass(cls) and issubclass(cls, metrics.Metric) and cls._class_name is not None:
        y_true, y_pred = data_for(cls)
        given = {argument: 0.5 for argument, parameter in inspect.signature(cls).parameters.items()
                 if parameter.default is parameter.empty}
        CASES[f"metrics.{name}"] = cls, given, seeing.metric_on(y_true, y_pred), dict(
            average="macro", num_thresholds=2, curve="PR", summation_method="minoring", multi_label=True,
            num_labels=with_base(5, multi_label=True),
            label_weights=with_base([1.0, 2.0, 0.5], multi_label=True), class_aggregation="variance_weighted_average",
            num_regressors=1, from_sorted_ids=True,
            **({"from_logits": with_base(True, num_thresholds=5)} if name == "AUC" else {}),
            **({"threshold": 0.3} if name.startswith("F") else {}))
also("metrics.RecallAtPrecision", dict(precision=0.9))
ALIKE = np.array([[3, 1, 0, 1, 0, 2]] * 3, np.float32), np.array([[0.5, 0.5, 0.5, 0.25, 0.5, 0.25]] * 3, np.float32)
for name in ("DCG", "NDCG", "MeanAveragePrecision", "MeanReciprocalRank", "PrecisionAtK", "RecallAtK"):
    CASES[f"metrics.{name}"] = getattr(metrics, name), dict(seed=1, k=3), seeing.metric_on(*ALIKE), dict(
        k=1, seed=2, shuffle_ties=False, **({"gain_fn": "linear", "rank_discount_fn": "linear"} if "DCG" in name else {}))
for name in ("Mean", "Sum"):
    CASES[f"metrics.{name}"] = getattr(metrics, name), {}, lambda made: [made(ODD), made.name], {}
for name in ("pearson_correlation", "concordance_correlation"):
    add(getattr(metrics, name), dict(y_true=ONES, y_pred=CHANCES), path=f"metrics.{name}")
SCORES = np.float32([[0.7, 0.2, 0.1], [0.9, 0.1, 0.3], [0.3, 0.1, 0.6]])


def overlap_of(y_true, y_pred):
    def see(made):
        made.update_state(y_true, y_pred)
        made.update_state(y_true[::-1], y_pred, 0.6)
        return [made.result(), made.name]

    return see


for name in ("IoU", "MeanIoU"):
    given = dict(num_classes=3, **({"target_class_ids": [0, 2]} if name == "IoU" else {}))
    CASES[f"metrics.{name}"] = getattr(metrics, name), given, overlap_of(HOT, 3 * SCORES), dict(
        num_classes=2, target_class_ids=[0], ignore_class=0, sparse_y_true=False, sparse_y_pred=False, dtype="float32",
        axis=with_base(0, sparse_y_true=False, sparse_y_pred=False))
    CASES[f"metrics.OneHot{name}"] = getattr(metrics, f"OneHot{name}"), given, overlap_of(HOT, SCORES), dict(
        num_classes=2, target_class_ids=[0], ignore_class=0, sparse_y_pred=True, dtype="float32", axis=0)
CASES["metrics.BinaryIoU"] = metrics.BinaryIoU, {}, overlap_of(ONES[:2], CHANCES[:2]), dict(
    target_class_ids=[0], threshold=0.25, dtype="float32")
CASES["metrics.Metric"] = OwnMetric, {}, lambda made: made.name, {}
CASES["metrics.MeanMetricWrapper"] = (
    metrics.MeanMetricWrapper, dict(fn=losses.huber), seeing.metric_on(ONES, 3 * CHANCES), {})
add(metrics.binary_accuracy, dict(y_true=ONES, y_pred=CHANCES), path="metrics.binary_accuracy")
add(metrics.top_k_categorical_accuracy, dict(y_true=HOT, y_pred=CHANCES), path="metrics.top_k_categorical_accuracy", k=1)
add(metrics.sparse_top_k_categorical_accuracy, dict(y_true=CLASSES, y_pred=CHANCES),
    path="metrics.sparse_top_k_categorical_accuracy", k=1, from_sorted_ids=True)

CASES["Variable"] = (
    keratin.Variable, dict(initializer="ones", shape=(2,)), lambda made: [made, made.name, made.trainable, made.dtype],
    dict(shape=(3,), dtype="int32", trainable=False))
def stepped(table):
    table.step([1, 2], np.full((2, 2), 3.0), optimizers.SGD(0.1))
    return [*table.get_weights(), table.name, table.rows_in_use]


CASES["EmbeddingTable"] = (
    keratin.EmbeddingTable, dict(input_dim=5, output_dim=2, embeddings_initializer="ones"), stepped,
    dict(embeddings_initializer="zeros", embeddings_regularizer="l2", embeddings_constraint="unit_norm",
         weights=np.full((5, 2), 3.0), memory=np.full((5, 2), 3.0, "float32"), rows_drawn="on_demand",
         precision=With("bfloat16", dict(embeddings_initializer=initializers.RandomUniform(seed=1))),
         stochastic_rounding=With(False, dict(precision="bfloat16", embeddings_initializer=initializers.RandomUniform(seed=1)))))
def living(table):
    rows = [table.insert([5, 6, 5, 7, 8]), table.insert([5, 9])]
    table.step([5, 6], np.full((2, table.output_dim), 3.0), optimizers.SGD(0.1))
    return [*rows, table.lookup([1, 5, 6, 7]), table.variable.path, len(table),
            table.times([5, 6, 7, 8, 9])]


CASES["DynamicEmbeddingTable"] = (
    keratin.DynamicEmbeddingTable, dict(output_dim=2, embeddings_initializer="ones", max_tokens=4), living,
    dict(output_dim=3, embeddings_initializer="zeros", embeddings_regularizer="l2", embeddings_constraint="unit_norm", max_tokens=3,
         num_oov_indices=2, min_frequency=2, max_waiting=with_base(1, min_frequency=9), eviction="least_used", name="living",
         precision=With("bfloat16", dict(embeddings_initializer=initializers.RandomUniform(seed=1))),
         stochastic_rounding=With(False, dict(precision="bfloat16", embeddings_initializer=initializers.RandomUniform(seed=1)))))
CASES["utils.warmstart_embedding_matrix"] = (
    utils.warmstart_embedding_matrix, dict(base_vocabulary=["a"], new_vocabulary=["b", "a"], base_embeddings=[[1.0, 2.0]]),
    lambda made: made, dict(base_vocabulary=["b"], new_vocabulary=["b"], base_embeddings=[[3.0, 4.0]],
                            new_embeddings_initializer="zeros"))
CASES["Neighbors"] = (
    keratin.Neighbors, dict(table=[[1.0, 0.0], [2.0, 2.0], [0.0, -3.0]]),
    lambda made: [made.search([[1.0, 0.5]], 2), made.most_similar("b", 1) if made.vocabulary else None],
    dict(table=[[0.0, 1.0], [1.0, 0.0]], similarity="distance", vocabulary=["a", "b", "c"]))
CASES["DTypePolicy"] = keratin.DTypePolicy, {}, lambda made: made.name, dict(name="mixed_bfloat16")


# -- models and callbacks --------------------------------------------------------------------------

def dense():
    return layers.Dense(1, kernel_initializer="ones")


CASES["models.Sequential"] = CASES["Sequential"] = (
    keratin.Sequential, dict(layers=[]), lambda made: [made.name, made.layers, made.trainable, made.mask_policy],
    dict(layers=[layers.Dense(1)], trainable=False, mask_policy="keras3"))
ENDS = keratin.Input((2,), name="ends")
CASES["models.Functional"] = (
    models.Functional, dict(inputs=ENDS, outputs=layers.Dense(1, name="of_ends")(ENDS)),
    lambda made: [made.name, made.layers, made.trainable, made.mask_policy],
    dict(inputs=[ENDS], outputs=ENDS, trainable=False, mask_policy="keras3"))
CASES["models.clone_model"] = (
    models.clone_model, dict(model=keratin.Sequential([keratin.Input((2,)), layers.Dense(1, name="d")])),
    lambda made: made.get_config(),
    dict(input_tensors=1, clone_function=lambda layer: layers.Dense(3), call_function=print, recursive=True))

for name, given, others in (
        ("EarlyStopping", dict(patience=1), dict(
            monitor="loss", min_delta=0.3, patience=2, verbose=1, mode="max", baseline=with_base(0.5, patience=2), restore_best_weights=True,
            start_from_epoch=3)),
        ("ReduceLROnPlateau", dict(patience=1), dict(
            monitor="up", factor=0.3, patience=2, verbose=1, mode="max", min_delta=0.3, cooldown=2, min_lr=0.05)),
        ("LearningRateScheduler", dict(schedule=lambda epoch, rate: rate * 0.5), dict(verbose=1)),
        ("SwapEMAWeights", {}, dict(swap_on_epoch=True)), ("TerminateOnNaN", {}, dict(raise_error=True))):
    CASES[f"callbacks.{name}"] = getattr(callbacks, name), given, seeing.callback, others

CASES["callbacks.ModelCheckpoint"] = (
    callbacks.ModelCheckpoint, dict(filepath="{epoch}.keras"), seeing.callback_with_files, dict(
        filepath="{epoch}-another.keras", monitor=with_base("loss", save_best_only=True), verbose=1, save_best_only=True,
        save_weights_only=True, mode=with_base("max", save_best_only=True), save_freq=2,
        initial_value_threshold=with_base(-1.0, save_best_only=True), best=with_base(-1.0, save_best_only=True)))
CASES["callbacks.BackupAndRestore"] = (
    callbacks.BackupAndRestore, dict(backup_dir="backup"), seeing.callback_with_files, dict(
        backup_dir="another", save_freq=2, double_checkpoint=True, delete_checkpoint=False))


# What stands behind **kwargs, with the class that it is tried on.
KEYWORDS = {
    "layers.Dense": dict(name="another", trainable=False, dtype="float16", input_shape=(5,), batch_input_shape=(2, 4), batch_size=2,
                         autocast=False),
    "layers.Embedding": dict(sparse=True, use_one_hot_matmul=True, input_shape=(5,)),
    "optimizers.SGD": dict(lr=0.3, decay=0.3, jit_compile=True, is_legacy_optimizer=True),
    "layers.InputLayer": dict(input_shape=(5,), batch_input_shape=(2, 5)),
    "preprocessing.text.Tokenizer": dict(document_count=9),
}

# -- layers and configs of a user's own ------------------------------------------------------------


def cubed(x, factor=1.0):
    return factor * x ** 3


add(layers.Lambda, dict(function=cubed), lambda made: [made(ONES[:, :3]), made.get_config(), made.supports_masking,
                                                       made.compute_output_shape((None, 3))],
    path="layers.Lambda", output_shape=(7,), mask=lambda inputs, mask: mask, arguments={"factor": 2.0})


class SumCell(layers.Layer):
    """Adds up what it is given."""

    state_size = 2

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs, states):
        h = self.factor * inputs + states[0]
        return h, [h]


STEP_MASK = np.array([[True, False, True], [True, True, False]])
add(layers.RNN, dict(cell=SumCell(name="cell")), lambda made: [made(STEPS, mask=STEP_MASK), made.get_config()], path="layers.RNN",
    cell=SumCell(2.0), return_sequences=True, return_state=True, go_backwards=True, stateful=True,
    zero_output_for_mask=with_base(True, return_sequences=True), kwargs={"name": "another"})
add(layers.StackedRNNCells, dict(cells=[SumCell(name="cell")]), lambda made: [made(STEPS[:, 0], [STEPS[:, 1]]), made.get_config()],
    path="layers.StackedRNNCells", cells=[SumCell(2.0), SumCell(3.0)], kwargs={"name": "another"})
add(saving.register_keras_serializable, {}, lambda register: saving.get_registered_name(register(type("OfCases", (layers.Layer,), {}))),
    path="saving.register_keras_serializable", package="cases", name="another")
add(saving.get_registered_object, dict(name="of cases"), path="saving.get_registered_object", custom_objects={"of cases": 1},
    module_objects={"of cases": 2})
add(saving.deserialize_keras_object, dict(config="of cases"), path="saving.deserialize_keras_object",
    custom_objects={"of cases": 3}, safe_mode=False)
add(keratin.GradientTape, {}, lambda made: [made.persistent, made.watch_accessed_variables], path="GradientTape", persistent=True, watch_accessed_variables=False)


def picture(**options):
    """The text of a picture of a model with a model in it."""
    inner = keratin.Sequential([keratin.Input((4,)), layers.Dense(3, name="inner")], name="within")
    x = keratin.Input((4,), name="x")
    model = keratin.Model(x, layers.Dense(1, activation="relu", name="out")(inner(x)) * 2)
    return model, options


def drawn(to_file="model.svg", **options):
    model, _ = picture()
    with tempfile.TemporaryDirectory() as folder:
        path = utils.plot_model(model, pathlib.Path(folder) / to_file, **options)
        return path.name, path.read_text()


SHOWN = dict(show_shapes=True, show_dtype=True, show_layer_names=True, expand_nested=True, show_layer_activations=True,
             show_trainable=True)
add(drawn, {}, path="utils.plot_model", to_file="model.dot", rankdir="LR", dpi=With(100, dict(to_file="model.dot")),
    splines=With("line", dict(to_file="model.dot")), **SHOWN)
add(lambda **options: utils.model_to_dot(picture()[0], **options), {}, path="utils.model_to_dot", rankdir="LR", dpi=100, subgraph=True, splines="line",
    **{**SHOWN, "show_layer_names": False})
