# SPDX-License-Identifier: Apache-2.0
"""Arguments that Keras's `Layer` gives to every layer, and those that stand for a weight of another name."""
import inspect

import numpy as np
import pytest

import keratin
from keratin import constraints, layers, regularizers
from keratin.layers.native_layer import NativeLayer
from cases import CASES
from layer_cases import GIVEN, STEPS

RATE = 0.25
# Whose outputs no derivative reaches, steps of a recurrent layer, or whose signature in Keras has no place for more.
WITHOUT = ("CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization",
           "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", "SpatialDropout1D", "SpatialDropout2D",
           "ActivityRegularization", "DistributedEmbedding", "BruteForceRetrieval", "HardNegativeMining", "RemoveAccidentalHits",
           "SamplingProbabilityCorrection")
ON_SEVERAL = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "DotInteraction")
NEEDED = {"Masking": {}, "Normalization": dict(mean=0.5, variance=2.0), "Attention": {}, "AdditiveAttention": {}, "Dot": dict(axes=2),
          "GroupNormalization": dict(groups=1), "RNN": dict(cell=lambda: layers.GRUCell(2)), "MultiHeadAttention": dict(num_heads=2, key_dim=2),
          "GroupedQueryAttention": dict(head_dim=2, num_query_heads=4, num_key_value_heads=2), "RotaryEmbedding": {},
          **{f"{kind}Cell": dict(units=2) for kind in ("LSTM", "GRU", "SimpleRNN")}}


def classes():
    return sorted({cls.__name__: cls for cls in vars(layers).values()
                   if inspect.isclass(cls) and issubclass(cls, NativeLayer) and cls is not layers.InputLayer}.items())


def made(name, cls, **more):
    """A layer of the class, and what it is called on."""
    given, x = GIVEN.get(name, ({}, STEPS))
    given = {key: value() if inspect.isfunction(value) else value for key, value in NEEDED.get(name, given).items()}
    if name in ("Bidirectional", "TimeDistributed"):  # another one each time: parts are built once
        given = {"layer": type(given["layer"]).from_config(given["layer"].get_config())}
    layer = cls(**given, **more)
    if name == "DotInteraction":
        return layer, [x[:, 0], x[:, 1]]
    if name in (*ON_SEVERAL, "FeatureCross") or "Attention" in name:
        return layer, [x, x]
    return layer, [x]


def called(name, layer, inputs):
    """Symbolic inputs, and what comes out."""
    given = [keratin.Input(x.shape[1:], dtype=x.dtype) for x in inputs]
    if name in ON_SEVERAL or name in ("Attention", "AdditiveAttention"):
        return given, layer(given)
    return given, layer(*given)


@pytest.mark.parametrize("name, cls", [each for each in classes() if each[0] not in WITHOUT])
def test_activity_regularizer(name, cls):
    """Keras: the penalty of what comes out, a sample."""
    if name in ("SampledSoftmax", "NCE", "HierarchicalSoftmax", "AdaptiveLogSoftmaxWithLoss", "DynamicEmbedding"):
        pytest.skip("takes labels, or keys: it has the argument itself")
    layer, inputs = made(name, cls, activity_regularizer=regularizers.L2(RATE))
    assert isinstance(layer.activity_regularizer, regularizers.L2)
    config = layer.get_config()["activity_regularizer"]
    assert config["class_name"] == "L2" and config["config"] == {"l2": RATE}
    assert cls.from_config(layer.get_config()).get_config() == layer.get_config()
    plain, _ = made(name, cls)
    assert plain.get_config().get("activity_regularizer") is None and plain.activity_regularizer is None
    if name in ("MultiHeadAttention", "GroupedQueryAttention", "Masking"):
        return  # Keras: of projections too, or alone; and what is masked has no part in the loss
    given, outputs = called(name, layer, inputs)
    model = keratin.Model(given, outputs)
    y = np.asarray(model(inputs if len(inputs) > 1 else inputs[0]))
    model.compile(loss="mse")
    loss = model.evaluate(inputs if len(inputs) > 1 else inputs[0], np.zeros_like(y), verbose=0)
    square = np.square(y, dtype=np.float64)
    np.testing.assert_allclose(loss, square.mean() + RATE * square.sum() / len(y), rtol=2e-6)


@pytest.mark.parametrize("name, cls", [each for each in classes() if each[0] in WITHOUT])
def test_no_activity_regularizer(name, cls):
    if name == "DistributedEmbedding":
        pytest.skip("is made of objects")
    given = {"num_bins": 3} if name in ("Hashing", "HashedCrossing", "Discretization") else GIVEN.get(name, ({}, None))[0]
    given = {"units": 2} if name.endswith("Cell") else {"cells": [layers.GRUCell(2)]} if name == "StackedRNNCells" else given
    given = {"candidate_embeddings": STEPS[0]} if name == "BruteForceRetrieval" else given
    given = {"num_hard_negatives": 1} if name == "HardNegativeMining" else given
    with pytest.raises((ValueError, TypeError), match="activity_regularizer"):
        cls(**given, activity_regularizer="l2")


@pytest.mark.parametrize("name, cls", classes())
@pytest.mark.parametrize("kind, value", [("regularizer", regularizers.L1(0.5)), ("constraint", constraints.NonNeg())])
def test_weights_know_what_they_were_made_with(name, cls, kind, value):
    """Keras: `weight.regularizer`, and `layer.losses` has a penalty for each."""
    if name in ("SampledSoftmax", "NCE", "HierarchicalSoftmax", "AdaptiveLogSoftmaxWithLoss", "DynamicEmbedding"):
        pytest.skip("takes labels, or keys")
    found = [one for one in inspect.signature(cls).parameters if one.endswith(f"_{kind}") and not one.startswith("activity")]
    for argument in found:
        layer, inputs = made(name, cls, **{argument: value})
        if name.endswith("Cell"):
            layer.build((None, 2))
        else:
            called(name, layer, inputs)
        with_it = [weight for weight in layer.weights if getattr(weight, kind) is value]
        assert with_it, argument
        if kind == "regularizer":
            penalties = [0.5 * np.abs(weight.numpy(), dtype=np.float64).sum() for weight in with_it]
            np.testing.assert_allclose(layer.losses, penalties, rtol=1e-6)


def test_autocast():
    """Inputs become the layer's type in any case, which is what True says."""
    assert layers.Dense(2, autocast=True)(np.ones((1, 3))).shape == (1, 2)
    assert "autocast" not in layers.Dense(2, autocast=True).get_config()
    with pytest.raises(ValueError, match="autocast"):
        layers.Dense(2, autocast=False)


@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN"])
def test_numbers_that_stand_for_bools(name):
    cls = getattr(layers, name)
    for option in ("use_bias", "return_sequences", "go_backwards", "stateful", "unroll"):
        for value in (1, 0, None, True, np.bool_(False)):
            assert getattr(cls(2, **{option: value}), option) is bool(value)
        with pytest.raises(ValueError, match=option):
            cls(2, **{option: "no"})


def test_numbers_that_stand_for_bools_in_configs():
    """Keras writes use_bias as it was given, and reads it so."""
    config = layers.Dense(2).get_config()
    assert layers.Dense.from_config({**config, "use_bias": 1}).use_bias is True
    written = {"class_name": "Dense", "config": {**config, "use_bias": 0}}
    assert layers.deserialize(written).use_bias is False
    model = keratin.Sequential([keratin.Input((3,)), layers.Dense(2)])
    model = keratin.models.model_from_json(model.to_json().replace('"use_bias": true', '"use_bias": 0'))
    assert len(model.weights) == 1
    with pytest.raises(ValueError, match="use_bias"):
        keratin.models.model_from_json(model.to_json().replace('"use_bias": false', '"use_bias": 2'))


def test_without_a_name_losses_and_metrics_have_a_new_one():
    """Keras: that of the class, which is not always the default."""
    keratin.utils.clear_session()
    for make, wanted in ((keratin.losses.Huber, "huber"), (keratin.losses.CTC, "ctc"), (keratin.metrics.FBetaScore, "f_beta_score"),
                         (keratin.metrics.LogCoshError, "log_cosh_error"), (keratin.metrics.Precision, "precision")):
        assert [make(name=None).name for _ in range(2)] == [wanted, f"{wanted}_1"]
    assert keratin.losses.Huber().name == "huber_loss"


SIXTEEN_BITS = ["float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]
TAKES_SIXTEEN = {"Embedding",  # test_quantized.py
                 "InputLayer"}  # of which it is the type of what comes in


@pytest.mark.parametrize("policy", SIXTEEN_BITS)
@pytest.mark.parametrize("name, cls", [(name, cls) for name, cls in classes() if name not in TAKES_SIXTEEN])
def test_policies_of_16_bits_are_taken_or_refused_by_name(name, cls, policy):
    """docs/keras-differences.md. A policy that is taken and passed over would give other numbers than Keras."""
    given = {"RNN": dict(cell=layers.LSTMCell(2)), "StackedRNNCells": dict(cells=[layers.LSTMCell(2)])}.get(name)
    for dtype in (policy, keratin.DTypePolicy(policy)):
        with pytest.raises(ValueError, match=f"dtype.*'{policy}'"):
            cls(**(given or CASES[f"layers.{name}"][1]), dtype=dtype)
