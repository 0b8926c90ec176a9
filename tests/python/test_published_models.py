# SPDX-License-Identifier: Apache-2.0
"""The 13 models that others published (../shared/models) predict what the Keras that wrote them predicts: 1e-5 relative, and
what float32 and float64 of that Keras differ by (`suggested_atol` in the manifest, which says how it was measured)."""
import json
import pathlib

import keratin as keras
import numpy as np
import pytest
from keratin import layers, ops

SHARED = pathlib.Path(__file__).parents[3] / "shared" / "models"
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="../shared/models is not there")


class RecommenderNet(keras.Model):
    """Of Lamogan-Travel-RS: one product for the whole batch, as its author has it."""

    def __init__(self, num_users, num_place, embedding_size, **kwargs):
        super().__init__(**kwargs)
        self.num_users, self.num_place, self.embedding_size = num_users, num_place, embedding_size
        self.user_embedding = layers.Embedding(num_users, embedding_size)
        self.user_bias = layers.Embedding(num_users, 1)
        self.places_embedding = layers.Embedding(num_place, embedding_size)
        self.places_bias = layers.Embedding(num_place, 1)

    def call(self, inputs):
        user, place = self.user_embedding(inputs[:, 0]), self.places_embedding(inputs[:, 1])
        product = ops.tensordot(user, place, 2)
        return ops.sigmoid(product + self.user_bias(inputs[:, 0]) + self.places_bias(inputs[:, 1]))

    def get_config(self):
        return {**super().get_config(), "num_users": self.num_users, "num_place": self.num_place, "embedding_size": self.embedding_size}


class AttentionWeightedAverage(layers.Layer):
    """Of textgenrnn: steps weighted by the softmax of what they are times one vector."""

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[2], 1), name="W")

    def call(self, x):
        logits = ops.squeeze(ops.matmul(x, self.w), -1)
        raised = ops.exp(logits - ops.max(logits, -1, keepdims=True))
        shares = raised / (ops.sum(raised, 1, keepdims=True) + 1e-7)
        return ops.sum(x * ops.expand_dims(shares, -1), 1)


def shares_of_positive(x):
    positive = ops.relu(x)
    return positive / ops.sum(positive, -1, keepdims=True)


def from_json(folder, name):
    model = keras.models.model_from_json((SHARED / folder / f"{name}architecture.json").read_text())
    model.load_weights(SHARED / folder / f"{name}weights.h5")
    return model


def textgenrnn():
    x = keras.Input((40,), dtype="int32", name="input")
    embedded = layers.Embedding(465, 100, input_length=40, name="embedding")(x)
    first = layers.LSTM(128, return_sequences=True, name="rnn_1")(embedded)
    second = layers.LSTM(128, return_sequences=True, name="rnn_2")(first)
    joined = layers.Concatenate(name="rnn_concat")([embedded, first, second])
    attended = AttentionWeightedAverage(name="attention")(joined)
    model = keras.Model(x, layers.Dense(465, "softmax", name="output")(attended))
    model.load_weights(SHARED / "textgenrnn/textgenrnn_weights.hdf5", by_name=True)
    return model


def reactionrnn():
    x = keras.Input((140,), dtype="int32", name="input")
    embedded = layers.Embedding(401, 100, name="embedding")(x)
    state = layers.GRU(256, recurrent_activation="keras2_hard_sigmoid", reset_after=False, name="rnn")(embedded)
    model = keras.Model(x, shares_of_positive(layers.Dense(5, name="output")(state)))
    model.load_weights(SHARED / "reactionrnn/reactionrnn_weights.hdf5", by_name=True)
    return model


WHOLE = {"s01": "ncf-keras3/ncf_model.keras", "s03": "ethnicolr/census2010_ln_lstm.h5", "s04": "ethnicolr/fl_all_fullname_lstm_5_cat_2022.h5",
         "s05": "ethnicolr/wiki_name_lstm.h5", "s06": "pydomains/malware_cat_lstm_2017.h5",
         "s07": "pydomains/toulouse_cat_lstm_others_2017.h5", "s08": "deepcut-lite/model_lite.h5"}
MADE = {
    "s02": lambda: keras.saving.load_model(SHARED / "travel-recommender-keras3/recommender_model.keras",
                                           custom_objects={"RecommenderNet": RecommenderNet}),
    "s09": lambda: from_json("keras-sentiment", "bidirectional_lstm_softmax_"),
    "s10": lambda: from_json("keras-sentiment", "wordvec_cnn_"),
    "s11": lambda: from_json("malicious-url", "cnn-lstm-"),
    "s12": reactionrnn,
    "s13": textgenrnn,
}


RECURRENT = {**dict.fromkeys(("s03", "s04", "s05", "s06", "s07", "s11", "s13"), ("LSTM",)), "s09": ("LSTM", "Bidirectional"), "s12": ("GRU",)}


def opened(key):
    missing = [name for name in RECURRENT.get(key, ()) if name not in dir(layers)]
    if missing:
        pytest.skip(f"{missing[0]} is not there yet")
    return keras.saving.load_model(SHARED / WHOLE[key]) if key in WHOLE else MADE[key]()


@pytest.mark.parametrize("key", [f"s{i:02}" for i in range(1, 14)])
def test_predicts_what_keras_predicts(key):
    about = json.loads((SHARED / "golden/manifest.json").read_text())["models"][key]
    golden = np.load(SHARED / "golden" / f"{key}.npz")
    model = opened(key)
    inputs = [golden[f"in{i}"] for i in range(len(about["inputs"]))]
    found = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    expected = golden["out0_f64"]
    if key == "s08":  # answers below 1e-4: their logarithms
        found, expected = np.log(found) - np.log1p(-found), np.log(expected) - np.log1p(-expected)
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=about["suggested_atol"])


@pytest.mark.parametrize("key", sorted(WHOLE))
def test_goes_on_training(key):
    """With the optimizer's state, where the file has one that fits."""
    model = opened(key)
    golden = np.load(SHARED / "golden" / f"{key}.npz")
    inputs = [golden[name] for name in sorted(golden.files) if name.startswith("in")]
    answers = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    assert model.compiled and model.optimizer.iterations > 0
    logs = model.train_on_batch(inputs if len(inputs) > 1 else inputs[0], answers, return_dict=True)
    assert np.isfinite(logs["loss"])


def test_a_class_of_the_authors_names_itself():
    with pytest.raises(ValueError, match="RecommenderNet"):
        keras.saving.load_model(SHARED / "travel-recommender-keras3/recommender_model.keras")
    for file in ("reactionrnn/reactionrnn_weights.hdf5", "textgenrnn/textgenrnn_weights.hdf5"):
        with pytest.raises(ValueError, match="weights alone"):
            keras.saving.load_model(SHARED / file)
