# SPDX-License-Identifier: Apache-2.0
"""How layers are called in `test_arguments`, and what their arguments are given."""
import inspect

import numpy as np

import seeing
from cases import CASES, ODD, With, add, also, kind, with_base
from keratin import initializers, layers, ops
from keratin.layers.native_layer import NativeLayer

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


class Listed(layers.Retrieval):
    """One's own: candidates of which each query gets the first by their scores."""

    def update_candidates(self, candidate_embeddings, candidate_ids=None):
        self.given = candidate_embeddings, candidate_ids

    def call(self, inputs):
        found = ops.top_k(self.compute_score(inputs, self.given[0]), self.k)
        return found if self.return_scores else found[1]


def listed(made):
    made.update_candidates(np.array(HITS[0], "float32"))
    return [made(np.array(HITS[1], "float32")), made.name, made.trainable]


CASES["layers.Retrieval"] = Listed, dict(k=1), listed, dict(k=2, return_scores=False)


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


def living_layer(made):
    seen = seeing.layer_on(IDS)(made)
    rows = [made(np.array([keys]), training=True) for keys in ([1, 1, 1], [2, 5, 5], [4, 5, 6], [9, 8, 7])]
    return [seen, rows, made.find([1, 5, 6, 9]), made.times([1, 5, 6, 7, 8, 9])]


CASES["layers.DynamicEmbedding"] = (
    layers.DynamicEmbedding, dict(output_dim=2, embeddings_initializer=initializers.RandomUniform(seed=1), max_tokens=6),
    living_layer, {**CASES["layers.DynamicEmbedding"][3], **dict(
        max_tokens=3, num_oov_indices=2, min_frequency=2, max_waiting=with_base(1, min_frequency=9), eviction="oldest",
        precision="bfloat16", stochastic_rounding=With(False, dict(precision="bfloat16")))})
