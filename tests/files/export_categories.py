# SPDX-License-Identifier: Apache-2.0
"""Vocabularies, categories, outputs of many classes and layers of codes, for tests/files/export.py."""
import keratin as keras
import numpy as np
from exported import DRAWN, IDS, NUMBERS, check, expect_refusal, graph, seen
from keratin import layers

WORDS = ["to", "be", "or", "not"]
TEXTS = np.array([["to", "be", "or"], ["is", "", "not"], ["be", "be", "nobody"]])


def texts(*shape):
    return keras.Input(shape, dtype="string")


def check_lookups():
    vectors = ("one_hot", "multi_hot", "count", "tf_idf")
    for mode in ("int", *vectors):
        weights = {"idf_weights": [0.5, 1.0, 2.0, 4.0]} if mode == "tf_idf" else {}
        for more in ({}, {"mask_token": ""}, {"max_tokens": 9, "pad_to_max_tokens": True} if mode != "tf_idf" else {}):
            x = texts(3)
            check(f"StringLookup {mode} {more}", keras.Model(x, seen("StringLookup")(
                vocabulary=WORDS, output_mode=mode, **weights, **more)(x)), TEXTS)
        for more in ({}, {"mask_token": 7}, {"num_oov_indices": 3, "mask_token": 7}):
            x = keras.Input((7,), dtype="int32")
            check(f"IntegerLookup {mode} {more}", keras.Model(x, seen("IntegerLookup")(
                vocabulary=[3, 1, 4, 15], output_mode=mode, **weights, **more)(x)), IDS - 5)
        for split, shape in (("whitespace", (1,)), (None, (3,))):
            if mode == "one_hot":
                continue
            lines = np.array([["to be"], [""], [" not  to be nobody "]]) if split else TEXTS
            for more in ({}, {"output_sequence_length": 2}, {"output_sequence_length": 6}) if mode == "int" else ({},):
                x = texts(*shape)
                layer = seen("TextVectorization")(standardize=None, split=split, vocabulary=WORDS, output_mode=mode, **weights, **more)
                check(f"TextVectorization {split} {mode} {more}", keras.Model(x, layer(x)), lines)
    for mask in (None, ""):
        x = keras.Input((7,), dtype="int32")
        check("StringLookup inverted", keras.Model(x, layers.StringLookup(vocabulary=WORDS, mask_token=mask, invert=True)(x)), IDS - 2)
    x = keras.Input((7,), dtype="int32")
    check("IntegerLookup inverted", keras.Model(x, layers.IntegerLookup(vocabulary=[3, 1, 4], invert=True)(x)), IDS - 2)
    x = texts(3)
    check("words to a table", keras.Model(x, layers.GlobalAveragePooling1D()(layers.Embedding(9, 4, mask_zero=True)(
        layers.StringLookup(vocabulary=WORDS, mask_token="")(x)))), TEXTS)
    learned = layers.StringLookup()
    learned.adapt(TEXTS)
    check("a vocabulary that was learned", keras.Model(x, learned(x)), TEXTS)
    weights = DRAWN.normal(size=IDS.shape).astype("float32")
    odd = NUMBERS[:, 0].copy()
    odd[0] = np.nan, np.inf, -np.inf, 0.5
    for mode in vectors[:3]:
        check(f"CategoryEncoding {mode}", graph(lambda x: seen("CategoryEncoding")(20, output_mode=mode)(x), IDS), IDS)
    check("CategoryEncoding, weights", graph(lambda x, w: layers.CategoryEncoding(20, output_mode="count")(x, count_weights=w), IDS, weights), IDS, weights)
    one = keras.Input((1,), dtype="int32")
    check("CategoryEncoding of one each", keras.Model(one, layers.CategoryEncoding(20, output_mode="one_hot")(one)), IDS[:, :1].copy())
    for mode in ("int", *vectors[:3]):
        check(f"Discretization {mode}", graph(lambda x: seen("Discretization")([-0.5, 0.5, 0.5, 1.0], output_mode=mode)(x), odd), odd)
    refused = {
        "num_oov_indices=2": lambda x: layers.StringLookup(vocabulary=WORDS, num_oov_indices=2)(x),
        "num_oov_indices=0": lambda x: layers.StringLookup(vocabulary=WORDS, num_oov_indices=0)(x),
        "standardizes with 'lower'": lambda x: layers.TextVectorization(standardize="lower", vocabulary=WORDS)(x),
        "splits by character": lambda x: layers.TextVectorization(standardize=None, split="character", vocabulary=WORDS)(x),
        "makes ngrams": lambda x: layers.TextVectorization(standardize=None, ngrams=2, vocabulary=WORDS)(x),
        "functions of its own": lambda x: layers.TextVectorization(standardize=lambda s: s, vocabulary=WORDS)(x),
        "has no form in ONNX": lambda x: layers.Hashing(5)(x),
    }
    for why, way in refused.items():
        x = texts(1)
        expect_refusal(why, keras.Model(x, way(x)))


def check_outputs():
    options = {"SampledSoftmax": {"num_sampled": 3}, "NCE": {"num_sampled": 3}, "HierarchicalSoftmax": {"counts": [9, 1, 1, 4, 2], "kernel_initializer": "normal"},
               "AdaptiveLogSoftmaxWithLoss": {"cutoffs": [2, 3], "div_value": 2.0}}
    for name, more in options.items():
        for example in (NUMBERS[:, 0].copy(), NUMBERS):
            check(name, graph(lambda x: seen(name)(5, **more)(x), example), example)
        expect_refusal("is given labels", graph(lambda x, y: seen(name)(5, **more)(x, y), NUMBERS[:, 0].copy(), IDS[:, 0].copy()))


def check_quantized():
    """Of codes the sums are whole numbers, and the rest is the same float32 operations: equal where nothing else follows."""
    wide = DRAWN.normal(size=(6, 300)).astype("float32")
    for mode in ("int8", "int4"):
        for config in (None, *quantized_configs(mode)):
            for lora in (False, True):
                ways = {
                    "Dense": (lambda: [layers.Dense(5, "relu", bias_initializer="normal"), layers.Dense(3, use_bias=False)], wide),
                    "EinsumDense": (lambda: [layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", bias_initializer="normal"),
                                             layers.EinsumDense("abde,def->abf", (None, 5))], NUMBERS),
                    "Embedding": (lambda: [layers.Embedding(20, 6)], IDS),
                }
                for name, (make, example) in ways.items():
                    model = keras.Sequential([keras.Input(example.shape[1:], dtype=str(example.dtype)), *make()])
                    if name == "Embedding" and config is not None:
                        continue
                    for layer in model.layers:
                        layer.quantize(mode, config=config)
                        if lora:
                            layer.enable_lora(2, a_initializer="normal", b_initializer="normal")
                    check(f"{name} {mode} {config} {lora}", model, example)


def quantized_configs(mode):
    q = keras.quantizers
    if mode == "int8":
        return [q.Int8QuantizationConfig(activation_quantizer=None)]
    return [q.Int4QuantizationConfig(block_size=-1), q.Int4QuantizationConfig(block_size=4)]
