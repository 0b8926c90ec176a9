# SPDX-License-Identifier: Apache-2.0
"""How everything public is called in `test_arguments`, and what its arguments are given.

A case is what is called, what it is given, how to see what comes of it, and what the arguments are given that differ
from OTHERS, by name."""
import inspect
import pathlib
import random as stdlib_random
import tempfile

import numpy as np

import keratin
import ops_cases
import seeing
from keratin import (activations, callbacks, constraints, initializers, layers, losses, metrics, models, ops, optimizers,
                     preprocessing, random, regularizers, saving, utils)
from keratin.layers.native_layer import NativeLayer
from keratin.optimizers import schedules

With = seeing.With


def with_base(value, **base):
    return With(value, base)


# What an argument is given where nothing else is said, by its name.
OTHERS = dict(
    name="another", dtype="float16", seed=7, axis=0, reduction="sum", from_logits=True, label_smoothing=0.3, alpha=0.7,
    gamma=1.0, beta=0.3, delta=0.3, keepdims=True, threshold=0.4, thresholds=[0.3, 0.6], top_k=1, class_id=1, k=2,
    ignore_class=1, custom_objects={"no": 1}, learning_rate=0.3, weight_decay=0.3, clipnorm=0.1, clipvalue=0.1,
    global_clipnorm=0.1, use_ema=True, loss_scale_factor=3.0, gradient_accumulation_steps=2, epsilon=0.1, beta_1=0.4,
    beta_2=0.4, rho=0.4, momentum=0.4, amsgrad=True, centered=True, initial_accumulator_value=0.7,
    ema_momentum=with_base(0.3, use_ema=True), ema_overwrite_frequency=with_base(2, use_ema=True, ema_momentum=0.3),
    negative_slope=0.3, approximate=True, mean=0.3, stddev=0.3, minval=0.1, maxval=0.7, gain=3.0, scale=3.0)

SHARED_OUT = "made of other optimizers: test_shared_out"
NO_EFFECT = {  # arguments, as patterns, of which there is nothing to see, and why
    # For programs that say them: there is nothing to choose.
    "Trainer.compile.run_eagerly": "nothing is compiled",
    "Trainer.compile.steps_per_execution": "a step is a step",
    "Trainer.compile.jit_compile": "nothing is compiled",
    "Trainer.compile.auto_scale_loss": "float32 needs no scale",
    "Neighbors.index": "needs a package that may not be there: test_neighbors.py",
    "EmbeddingTable.storage": "the numbers are those of a table in memory: test_embedding_table.py",
    "layers.Embedding.storage": "the numbers are those of a table in memory: test_tables_in_files.py",
    "layers.ReversibleEmbedding.reverse_dtype": "it may be said; there is one: test_tables",
    "Functional.build.input_shape": "it is built as it is made",
    "OwnOptimizer.add_variable.aggregation": "one device", "OwnOptimizer.add_variable.layout": "one device",
    "Tracking.add_weight.autocast": "one type of floats",
    "Tracking.add_weight.aggregation": "one device",
    "Tracking.add_weight.overwrite_with_gradient": "weights are moved by the optimizer",
    "OwnSteps.compute_loss.x": "for a compute_loss of one's own", "OwnSteps.compute_loss.training": "for a compute_loss of one's own",
    "Lambda.call.*": "the function's own: test_own", "Lambda.compute_mask.previous_mask": "the function's own: test_own",
    "Model.call.kwargs": "there is none before it is written: test_own",
    "*.compute_output_spec.kwargs": "those of call: test_own", "OwnShapes.compute_output_shape.kwargs": "those of call: test_own",
    "Model.from_config.custom_objects": "that of Functional",
    "ModelFiles.export.*": "test_export", "ModelFiles.save*.*": "test_saving", "ModelFiles.load_weights.*": "test_saving",
    "_Positioned.call.training": "nothing is drawn by chance", "EmbedReduce.call.training": "nothing is drawn by chance",
    "DistributedEmbedding.call.training": "nothing is drawn by chance", "DistributedEmbedding.preprocess.training": "nothing is kept there",
    "DistributedEmbedding.compute_mask.mask": "vectors have no steps",
    "FeatureCross.call.training": "nothing is drawn by chance", "HardNegativeMining.call.training": "nothing is drawn by chance",
    "BruteForceRetrieval.call.training": "nothing is drawn by chance",
    "RemoveAccidentalHits.call.training": "nothing is drawn by chance", "SamplingProbabilityCorrection.call.training": "nothing is drawn by chance", "ReversibleEmbedding.call.training": "nothing is drawn by chance",
    "NativeLayer.call.*": "that of __call__: test_layers",
    "models.clone_model.recursive": "models within models: test_functional",
    "saving.save_*.*": "what stands in files: test_saving", "saving.load_*.*": "what stands in files: test_saving",
    "Sequential.call.*": "that of __call__: test_derived",
    "Sequential.add.rebuild": "a model that can be built is built at once",
    "Sequential.pop.rebuild": "a model that can be built is built at once",
    "utils.clear_session.free_memory": "nothing is kept that could be freed",
    "Variable.autocast": "one type of floats",
    "Variable.aggregation": "one device",
    "Variable.synchronization": "one device",
    "Metric.add_variable.aggregation": "one device",
    "SeedGenerator.next.ordered": "numbers come in order",
    "dtype_policies.*.*": "test_quantized", "quantizers.*.*": "test_quantized", "QuantizationReport.*.*": "test_quantized",
    "*.quantize.*": "test_quantized", "OfKinds.enable_lora.*": "test_quantized",
    "layers.*.unroll": "the numbers are the same; the steps must be known: test_recurrent",
    "layers.TimeDistributed.*": "the layer is shared, and moves on: test_wrapping", "Wrapping.from_config.custom_objects": "test_wrapping",
    "RNN.*.*": "test_rnn", "StackedRNNCells.*.*": "test_rnn", "Cell.*.*": "test_rnn",
    "Recurrent.get_initial_state.batch_size": "test_layers",
    "optimizers.LossScaleOptimizer.*": SHARED_OUT, "optimizers.MultiOptimizer.*": SHARED_OUT, "optimizers.OptimizerMap.*": SHARED_OUT,
    "LossScaleOptimizer.*.*": SHARED_OUT, "MultiOptimizer.*.*": SHARED_OUT, "OptimizerMap.*.*": SHARED_OUT,
    "OverSteps.call.*": "that of __call__: test_recurrent", "OverSteps.compute_mask.mask": "test_recurrent", "Bidirectional.compute_mask.*": "test_recurrent",
    "OverSteps.compute_output_shape.initial_state_shape": "states have the shape that the units say",
    "TextVectorization.adapt.batch_size": "texts are counted one by one",
    # As in Keras.
    "optimizers.schedules.*.name": "a name for graphs",
    "optimizers.Lion.loss_scale_factor": "the sign alone counts",
    "optimizers.Adafactor.relative_step": "the rate is bounded anyway",
    "optimizers.Adafactor.loss_scale_factor": "its steps do not depend on the size of gradients",
    "optimizers.Muon.exclude_embeddings": "none is there: the golden cases",
    "callbacks.LambdaCallback.kwargs": "what is no hook is an attribute",
    # What cannot be made, or only from a config.
    "KerasTensor.*args": "cannot be made", "*.Layer.*args": "cannot be made", "*.Optimizer.*args": "cannot be made", "*.Model.*args": "cannot be made",
    "activations.Activation.options": "made from a config",
    # Seen elsewhere.
    "*.on_*.*": "the base does nothing; the others: test_callbacks",
    "utils.Progbar.interval": "a second has to pass to see it: test_progress",
}

CASES = {}


def add(call, given=None, see=lambda result: result, path=None, **others):
    path = path or f"{call.__module__.removeprefix('keratin.')}.{call.__name__}"
    CASES[path] = call, given or {}, see, others


def add_all(module, path, base, see, given=lambda cls: {}, **others):
    """Every class of a module that derives from `base`."""
    for name, cls in vars(module).items():
        if inspect.isclass(cls) and issubclass(cls, base) and not name.startswith("_") and cls._class_name is not None:
            CASES[f"{path}.{name}"] = cls, given(cls), see, dict(others)


def also(path, given=None, **others):
    """What a case is given beside what it has."""
    call, old, see, values = CASES[path]
    CASES[path] = call, {**old, **(given or {})}, see, {**values, **others}


# -- functions ------------------------------------------------------------------------------------

X, ODD = seeing.X, seeing.ODD

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
add(random.dropout, dict(inputs=np.ones((4, 9), "float32"), rate=0.5), path="random.dropout", noise_shape=(4, 1))
add(random.shuffle, dict(x=ODD, seed=1), path="random.shuffle", axis=1)
add(random.SeedGenerator, {}, lambda made: [made.next(), made.name, made.seed], path="random.SeedGenerator")

add(utils.pad_sequences, dict(sequences=[[1], [2, 3, 4]]), path="utils.pad_sequences", maxlen=2, dtype="int64",
    padding="post", truncating=with_base("post", maxlen=2), value=7)
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


def kind(made):
    return type(made).__name__, getattr(made, "__name__", None)


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

IDS = np.array([[1, 2, 0], [3, 1, 0]])
STEPS = np.array([[[0.3, -1.2], [0.4, 0.9], [0.0, 0.0]], [[2.2, 0.7], [-0.1, 0.9], [0.5, 0.2]]], np.float32)
WORDS = np.array([["a b", "b", "C!"], ["c!", "a b", ""]])
ROWS = np.arange(10, dtype=np.float32).reshape(5, 2)
GIVEN = {"Activation": (dict(activation="tanh"), ODD), "Dense": (dict(units=2), ODD), "Dropout": (dict(rate=0.5, seed=1), STEPS),
         "SpatialDropout1D": (dict(rate=0.5, seed=1), STEPS), "Embedding": (dict(input_dim=5, output_dim=2), IDS),
         "DynamicEmbedding": (dict(output_dim=2), IDS),
         "EmbedReduce": (dict(input_dim=5, output_dim=2), IDS), "PositionEmbedding": (dict(sequence_length=4), STEPS),
         "TokenAndPositionEmbedding": (dict(vocabulary_size=5, sequence_length=4, embedding_dim=2), IDS),
         "ReversibleEmbedding": (dict(input_dim=5, output_dim=2), IDS),
         "Reshape": (dict(target_shape=(6,)), STEPS), "Permute": (dict(dims=(2, 1)), STEPS),
         "RepeatVector": (dict(n=2), STEPS[0]), "Conv1D": (dict(filters=4, kernel_size=2), STEPS),
         "AveragePooling1D": (dict(pool_size=2), STEPS), "GaussianNoise": (dict(stddev=0.5, seed=1), STEPS),
         "GaussianDropout": (dict(rate=0.5, seed=1), STEPS), "AlphaDropout": (dict(rate=0.5, seed=1), STEPS),
         "SpatialDropout2D": (dict(rate=0.5, seed=1), STEPS[..., None]), "GroupNormalization": (dict(groups=2), STEPS),
         "Rescaling": (dict(scale=0.5), STEPS), "Conv2D": (dict(filters=4, kernel_size=2), STEPS[..., None].repeat(2, 3)),
         "Conv1DTranspose": (dict(filters=4, kernel_size=2), STEPS), "DepthwiseConv1D": (dict(kernel_size=2), STEPS),
         "SeparableConv1D": (dict(filters=4, kernel_size=2), STEPS),
         "EinsumDense": (dict(equation="abc,cd->abd", output_shape=(None, 2), bias_axes="d"), STEPS),
         **{f"Adaptive{kind}Pooling{axes}D": (dict(output_size=2), STEPS if axes == 1 else STEPS[..., None])
            for kind in ("Average", "Max") for axes in (1, 2)},
         "AveragePooling2D": (dict(pool_size=2), STEPS[..., None]), "MaxPooling2D": ({}, STEPS[..., None]),
         "GlobalAveragePooling2D": ({}, STEPS[..., None]), "GlobalMaxPooling2D": ({}, STEPS[..., None]),
         **{name: (dict(units=2, seed=1, kernel_initializer="ones"), STEPS) for name in ("GRU", "LSTM", "SimpleRNN")},
         "Bidirectional": (dict(layer=layers.GRU(2, kernel_initializer="ones", recurrent_initializer="ones")), STEPS),
         "TimeDistributed": (dict(layer=layers.Dense(2, kernel_initializer="ones")), STEPS)}
OF_RECURRENT = dict(recurrent_activation="relu", unit_forget_bias=False, recurrent_initializer="zeros",
                    recurrent_regularizer="l2", recurrent_constraint="unit_norm", dropout=0.4, recurrent_dropout=0.4,
                    return_sequences=True, return_state=True, go_backwards=True, stateful=True, reset_after=False,
                    use_cudnn=True)
OF_WINDOWS = dict(strides=1, padding="same", dilation_rate=2, groups=2, pool_size=1, output_size=1)
OF_OTHERS = dict(alpha_initializer="ones", alpha_regularizer=with_base("l2", alpha_initializer="ones"),
                 alpha_constraint=with_base("unit_norm", alpha_initializer="ones"), shared_axes=[1], l1=0.3, l2=0.3, size=3,
                 cropping=0, offset=0.3, depth_multiplier=2, depthwise_initializer="ones", depthwise_regularizer="l2",
                 depthwise_constraint="unit_norm", pointwise_initializer="ones", pointwise_regularizer="l2",
                 pointwise_constraint="unit_norm")
OF_NORMALIZATION = dict(center=False, scale=False, beta_initializer="ones", gamma_initializer="zeros",
                        moving_mean_initializer="ones", moving_variance_initializer="zeros",
                        beta_regularizer=with_base("l2", beta_initializer="ones"), gamma_regularizer="l2",
                        beta_constraint=with_base("unit_norm", beta_initializer="ones"), gamma_constraint="unit_norm",
                        renorm=True, renorm_clipping=with_base({"rmin": 1.0, "rmax": 1.0, "dmax": 0.0}, renorm=True),
                        renorm_momentum=with_base(0.3, renorm=True), synchronized=True)
for name, cls in vars(layers).items():  # merges, and what stands for an input, below
    if not (inspect.isclass(cls) and issubclass(cls, NativeLayer)):
        continue
    given, x = GIVEN.get(cls.__name__, ({}, STEPS))
    CASES[f"layers.{name}"] = cls, given, seeing.layer_on(x), dict(
        activation="tanh", use_bias=False, kernel_initializer="ones", bias_initializer="ones", kernel_regularizer="l2",
        bias_regularizer=with_base("l2", bias_initializer="ones"), activity_regularizer="l2", kernel_constraint="unit_norm",
        bias_constraint=with_base("unit_norm", bias_initializer="ones"), lora_rank=2, lora_alpha=2, quantization_config={},
        noise_shape=(2, 1, 2), data_format="channels_first", embeddings_initializer="ones", embeddings_regularizer="l2",
        embeddings_constraint="unit_norm", mask_zero=True, input_length=4, weights=[ROWS], rows_drawn="on_demand",
        precision="bfloat16", stochastic_rounding=with_base(False, precision="bfloat16"), mask_value=0.9, n=3,
        dims=(1, 2), max_value=0.8, **OF_RECURRENT, **OF_WINDOWS, **OF_NORMALIZATION, **OF_OTHERS)
also("layers.Conv1D", strides=2), also("layers.Conv2D", strides=2), also("layers.DepthwiseConv1D", strides=2),
also("layers.SeparableConv1D", strides=2), also("layers.Conv1DTranspose", strides=2, output_padding=with_base(1, strides=2)),
also("layers.ZeroPadding1D", padding=2), also("layers.LeakyReLU", negative_slope=0.6), also("layers.GroupNormalization", groups=1, axis=1)
also("layers.Bidirectional", layer=layers.LSTM(2), merge_mode="sum", weights=[1],
     backward_layer=layers.GRU(2, go_backwards=True, kernel_initializer="zeros"))
for name in ("GRU", "LSTM", "SimpleRNN"):
    also(f"layers.{name}", seed=with_base(7, dropout=0.5), kernel_initializer="zeros", activation="sigmoid")
    CASES[f"layers.{name}Cell"] = getattr(layers, f"{name}Cell"), GIVEN[name][0], seeing.cell_on(STEPS), CASES[
        f"layers.{name}"][3]
for name, given, others in (
        ("Add", {}, {}), ("Subtract", {}, {}), ("Multiply", {}, {}), ("Average", {}, {}), ("Maximum", {}, {}), ("Minimum", {}, {}),
        ("Concatenate", {}, dict(axis=1)), ("Dot", dict(axes=2), dict(axes=(1, 2), normalize=True))):
    CASES[f"layers.{name}"] = getattr(layers, name), given, seeing.merge_of(STEPS[:, :2], 2 - STEPS[:, :2]), others
    add(getattr(layers, name.lower()), dict(inputs=[STEPS[:, :2], 2 - STEPS[:, :2]]), path=f"layers.{name.lower()}",
        **{key: value for key, value in others.items() if key != "normalize"})
OF_LOOKUPS = dict(max_tokens=with_base(3, vocabulary=None), num_oov_indices=3, output_mode="count",
                  idf_weights=[2.0, 0.5], sparse=True, invert=with_base(True, vocabulary=None),
                  pad_to_max_tokens=with_base(True, max_tokens=9, output_mode="count"), salt=with_base(5, num_oov_indices=7))
for name, given, x, others in (
        ("CategoryEncoding", dict(num_tokens=4), IDS[:, [1, 1, 2]], dict(num_tokens=5, output_mode="count", sparse=True)),
        ("Discretization", dict(num_bins=4), STEPS, dict(
            bin_boundaries=[0.1], output_mode="count", num_bins=3, epsilon=0.5, sparse=True)),
        ("Normalization", {}, STEPS, dict(axis=1, mean=0.3, variance=0.3, invert=True)),
        ("Hashing", dict(num_bins=9), IDS, dict(num_bins=5, mask_value=1, salt=5, output_mode="count", sparse=True)),
        ("HashedCrossing", dict(num_bins=9), (IDS[0], IDS[1]), dict(num_bins=5, output_mode="one_hot", sparse=True)),
        ("IntegerLookup", dict(vocabulary=[1, 3]), IDS, dict(
            OF_LOOKUPS, mask_token=3, oov_token=7, vocabulary=[2, 3], vocabulary_dtype="int32",
            oov_method=with_base("farmhash", num_oov_indices=7), salt=with_base(5, num_oov_indices=7, oov_method="farmhash"))),
        ("StringLookup", dict(vocabulary=["a", "c"]), WORDS, dict(
            OF_LOOKUPS, mask_token="b", oov_token="?", vocabulary=["b"], encoding="latin-1", invert=True)),
        ("TextVectorization", dict(vocabulary=["a", "c"]), WORDS[:, :1], dict(
            OF_LOOKUPS, standardize="lower", split="character", ngrams=2, output_sequence_length=5, vocabulary=["b"],
            encoding="latin-1", ragged=True))):
    CASES[f"layers.{name}"] = getattr(layers, name), given, seeing.feature_on(x), others
also("layers.EinsumDense", equation="abc,dc->abd", output_shape=(3, 2), bias_axes="bd")
OF_HEADS = dict(num_heads=3, key_dim=3, value_dim=3, head_dim=3, num_query_heads=2, num_key_value_heads=1, output_shape=3,
                sliding_window=1, flash_attention=True, use_gate=True,
                seed=with_base(7, dropout=0.5), dropout=0.4, use_scale=False, score_mode="concat")
for name, given in (("MultiHeadAttention", dict(num_heads=2, key_dim=2, seed=1)),
                    ("GroupedQueryAttention", dict(head_dim=2, num_query_heads=4, num_key_value_heads=2, seed=1)),
                    ("GroupQueryAttention", dict(head_dim=2, num_query_heads=4, num_key_value_heads=2, seed=1)),
                    ("Attention", dict(seed=1)), ("AdditiveAttention", {})):
    call, _, _, others = CASES[f"layers.{name}"]
    CASES[f"layers.{name}"] = call, given, seeing.attention_on(STEPS, STEPS[:, ::-1], in_list=not name.startswith(("M", "G"))), {
        **others, **OF_HEADS}
CASES["layers.ReversibleEmbedding"] = (layers.ReversibleEmbedding, GIVEN["ReversibleEmbedding"][0], seeing.reversible_on(IDS), {
    **CASES["layers.ReversibleEmbedding"][3], **dict(tie_weights=False, reverse_dtype="float32", logit_soft_cap=0.1)})
also("layers.EmbedReduce", combiner="sum"), also("layers.PositionEmbedding", sequence_length=5, initializer="ones")
also("layers.TokenAndPositionEmbedding", vocabulary_size=6, sequence_length=5, embedding_dim=3, tie_weights=False)
WIDE = np.arange(288, dtype=np.float32).reshape(2, 4, 6, 6) / 100
YARN = dict(rope_type="yarn", scaling_factor=4.0, beta_fast=0.94, beta_slow=0.26, original_max_position_embeddings=8, max_wavelength=20)
for name, others in (("SinePositionEncoding", dict(max_wavelength=3)), ("RotaryEmbedding", dict(
        max_wavelength=3, scaling_factor=2.0, rope_type=with_base("dynamic", scaling_factor=2.0), denominator_dim=3,
        truncate=with_base(False, **YARN), beta_fast=with_base(0.6, truncate=False, **YARN),
        beta_slow=with_base(0.2, truncate=False, **YARN), sequence_axis=2, feature_axis=2,
        original_max_position_embeddings=with_base(9, truncate=False, **YARN)))):
    CASES[f"layers.{name}"] = getattr(layers, name), {}, seeing.layer_on(WIDE), {**CASES[f"layers.{name}"][3], **others}
HITS = np.array([[1.0, 3.0, 2.0, 0.5], [0.3, 0.1, 0.7, 0.2]], np.float32), np.eye(4, dtype=np.float32)[[2, 0]]
CASES["layers.HardNegativeMining"] = layers.HardNegativeMining, dict(num_hard_negatives=1), lambda made: [
    made(*HITS), made.name, made.trainable], dict(num_hard_negatives=2)
CASES["layers.RemoveAccidentalHits"] = layers.RemoveAccidentalHits, {}, lambda made: [
    made(*HITS, [1, 2, 1, 3]), made.name, made.trainable], {}
CASES["layers.SamplingProbabilityCorrection"] = layers.SamplingProbabilityCorrection, {}, lambda made: [
    made(HITS[0], np.full(4, 1e-3)), made.name, made.trainable], dict(epsilon=0.1)
CASES["layers.BruteForceRetrieval"] = layers.BruteForceRetrieval, dict(candidate_embeddings=HITS[0], k=1), lambda made: [
    made(HITS[1]), made.name, made.trainable], dict(candidate_embeddings=-HITS[0], candidate_ids=[7, 8], k=2, return_scores=False)
def of_table(**changes):
    given = dict(name="table", vocabulary_size=5, embedding_dim=2, initializer=initializers.Constant(0.5), optimizer="sgd")
    return layers.FeatureConfig("ids", layers.TableConfig(**{**given, **changes}), (None, 3), (None, 2))


CASES["layers.TableConfig"] = layers.TableConfig, dict(name="table", vocabulary_size=5, embedding_dim=2), lambda made: [
    {**made.get_config(), "initializer": kind(made.initializer)}], dict(
    vocabulary_size=6, embedding_dim=3, initializer="ones", optimizer=None, combiner="sum", placement="default_device",
    max_ids_per_partition=7, max_unique_ids_per_partition=8)
CASES["layers.FeatureConfig"] = layers.FeatureConfig, dict(
    name="ids", table=of_table().table, input_shape=(None, 3), output_shape=(None, 2)), lambda made: [
    {**made.get_config(), "table": made.table.name}], dict(
    table=layers.TableConfig("other", 5, 2), input_shape=(None, 4), output_shape=(None, 3))
CASES["layers.DistributedEmbedding"] = layers.DistributedEmbedding, dict(feature_configs=[of_table()]), lambda made: [
    made([IDS]), made.name, made.trainable, made.get_config()["tables"]], dict(
    feature_configs={"a": of_table()}, table_stacking=["table"], update_stats=True)
also("layers.FeatureCross", projection_dim=2, diag_scale=0.5, pre_activation="tanh")
CASES["layers.DotInteraction"] = layers.DotInteraction, {}, seeing.merge_of(STEPS[0], 2 - STEPS[0]), dict(
    self_interaction=True, skip_gather=True)
LABELS = np.array([[4, 0, 1], [1, 3, 0]])
OF_SAMPLED = dict(units=6, num_sampled=3, sampler="uniform", unigrams=with_base([5, 4, 3, 2, 1], sampler="fixed_unigram", unigrams=[1] * 5),
                  distortion=with_base(0.5, sampler="fixed_unigram", unigrams=[5, 4, 3, 2, 1]), unique=False, subtract_log_q=False,
                  seed=7)
for name, given, others in (
        ("SampledSoftmax", dict(units=5, num_sampled=2, seed=1), dict(remove_accidental_hits=False, **OF_SAMPLED)),
        ("NCE", dict(units=5, num_sampled=2, seed=1), dict(remove_accidental_hits=True, **OF_SAMPLED)),
        ("HierarchicalSoftmax", dict(units=5), dict(units=6, counts=[9, 1, 2, 5, 1])),
        ("AdaptiveLogSoftmaxWithLoss", dict(n_classes=5, cutoffs=[2], div_value=2.0), dict(
            n_classes=6, cutoffs=[3], div_value=1.0, head_bias=True, bias_initializer=with_base("ones", head_bias=True)))):
    CASES[f"layers.{name}"] = getattr(layers, name), given, seeing.labelled_on(STEPS, LABELS), {
        **CASES[f"layers.{name}"][3], **others}
also("layers.Attention", use_scale=True), also("layers.MultiHeadAttention", attention_axes=(2,))
INPUT = dict(shape=(3,))
for function, name in ((layers.Input, "Input"), (layers.InputLayer, "InputLayer")):
    CASES[f"layers.{name}"] = function, INPUT, seeing.input_layer, dict(
        shape=(4,), batch_size=2, dtype="int32", sparse=True, ragged=True, batch_shape=(2, 4), tensor=1, input_tensor=1,
        optional=True)
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
def living_layer(made):
    seen = seeing.layer_on(IDS)(made)
    rows = [made(np.array([keys]), training=True) for keys in ([1, 1, 1], [2, 5, 5], [4, 5, 6], [9, 8, 7])]
    return [seen, rows, made.find([1, 5, 6, 9]), made.times([1, 5, 6, 7, 8, 9])]


CASES["layers.DynamicEmbedding"] = (
    layers.DynamicEmbedding, dict(output_dim=2, embeddings_initializer=initializers.RandomUniform(seed=1), max_tokens=6),
    living_layer, {**CASES["layers.DynamicEmbedding"][3], **dict(
        max_tokens=3, num_oov_indices=2, min_frequency=2, max_waiting=with_base(1, min_frequency=9), eviction="oldest",
        precision="bfloat16", stochastic_rounding=With(False, dict(precision="bfloat16")))})
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
