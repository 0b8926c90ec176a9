# SPDX-License-Identifier: Apache-2.0
"""Layers of texts and features in Python: how strings come in and go out, adapting, copies, models. What the layers
compute is held against Keras in C++ (preprocessing_test.cc)."""
import copy
import io
import pickle
import zipfile

import numpy as np
import pytest

import keratin
from keratin import layers

TEXTS = ["the cat sat", "the dog!", "", "a cat"]


@pytest.mark.parametrize("form", [
    list, np.array, lambda texts: np.array(texts, object), lambda texts: np.array([text.encode() for text in texts]),
    lambda texts: np.array(texts, object)[:, None], lambda texts: [[text] for text in texts]])
def test_strings_come_in(form):
    layer = layers.TextVectorization()
    layer.adapt(form(TEXTS))
    assert layer.get_vocabulary() == ["", "[UNK]", "the", "cat", "sat", "dog", "a"]
    assert layer(form(TEXTS)).tolist() == [[2, 3, 4], [2, 5, 0], [0, 0, 0], [6, 3, 0]]


@pytest.mark.parametrize("options, wanted", [
    ({}, [2, 3, 1]), ({"output_sequence_length": 2}, [2, 3]), ({"output_mode": "count"}, [1, 1, 1]), ({"split": None}, 1),
    ({"ngrams": 2}, [2, 3, 1, 1, 1])])
def test_one_text_is_no_batch(options, wanted):
    layer = layers.TextVectorization(vocabulary=["the", "cat"], **options)
    for text in ("The cat sat", np.array("The cat sat"), b"The cat sat"):
        assert layer(text).tolist() == wanted
    assert layers.StringLookup(vocabulary=["a"])("a") == 1


def test_strings_go_out_as_str():
    layer = layers.StringLookup(vocabulary=["a", "é"], invert=True)
    found = layer(np.array([[1, 2], [0, 9]]))
    assert found.tolist() == [["a", "é"], ["[UNK]", "[UNK]"]] and found.dtype == object
    layer.set_vocabulary([b"\xff"])
    assert layer([1])[0].encode("utf-8", "surrogateescape") == b"\xff"


@pytest.mark.parametrize("x", [["a", 1], np.array(["a", None], object), np.array([1.0])])
def test_what_is_no_string_is_refused(x):
    with pytest.raises((ValueError, TypeError)):
        layers.StringLookup(vocabulary=["a"])(x)


@pytest.mark.parametrize("dtype", [object, "U4"])
def test_a_batch_of_no_texts(dtype):
    """The shapes are those of Keras on TensorFlow."""
    x = np.array([], dtype)
    words = {"vocabulary": ["good", "bad"]}
    for layer, shape in [(layers.TextVectorization(**words), (0, 0)), (layers.TextVectorization(output_sequence_length=3, **words), (0, 3)),
                         (layers.TextVectorization(output_mode="multi_hot", **words), (0, 3)), (layers.StringLookup(**words), (0,)),
                         (layers.StringLookup(output_mode="one_hot", **words), (0, 3)), (layers.Hashing(5), (0,)),
                         (layers.StringLookup(output_mode="multi_hot", **words), (3,))]:
        assert np.asarray(layer(x)).shape == shape
    with pytest.raises(ValueError):
        layers.Embedding(3, 2)(np.empty((0, 1), object))


def test_adapts_to_batches():
    whole, batches = layers.StringLookup(), layers.StringLookup()
    whole.adapt([["a", "b"], ["b", "c"]])
    batches.adapt(iter([(np.array([["a", "b"]]), 1), (np.array([["b", "c"]]), 2)]))
    assert whole.get_vocabulary() == batches.get_vocabulary() == ["[UNK]", "b", "c", "a"]
    numbers = layers.Normalization()
    numbers.adapt([np.array([[1.0], [3.0]]), np.array([[5.0], [7.0]])])
    np.testing.assert_allclose([numbers.mean[0], numbers.variance[0]], [4, 5])


def test_functions_in_place_of_names():
    layer = layers.TextVectorization(standardize=lambda texts: np.char.upper(texts.astype(str)),
                                     split=lambda texts: [text.split("-") for text in texts])
    layer.adapt(["a-b", "b-c"])
    assert layer.get_vocabulary() == ["", "[UNK]", "B", "C", "A"] and layer(["a-b-z"]).tolist() == [[4, 2, 1]]
    model = keratin.Sequential([keratin.Input((1,), dtype="string"), layer])
    assert model.predict(np.array([["b"], ["a-c"]]), verbose=0, batch_size=2).tolist() == [[2, 0], [4, 3]]

    def broken(texts):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        layers.TextVectorization(standardize=broken, vocabulary=["a"])(["a"])


@pytest.mark.parametrize("make", [
    lambda: layers.TextVectorization(output_mode="tf_idf", max_tokens=9, pad_to_max_tokens=True),
    lambda: layers.TextVectorization(ngrams=2), lambda: layers.StringLookup(output_mode="count", oov_token=None)])
def test_copies_know_the_vocabulary(make):
    layer = make()
    layer.adapt(TEXTS)
    wanted = layer(TEXTS)
    for other in (pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer), type(layer).from_config(layer.get_config())):
        np.testing.assert_array_equal(other(TEXTS), wanted)
        assert other.get_vocabulary() == layer.get_vocabulary()
    bins = layers.Discretization(num_bins=3)
    bins.adapt(np.arange(9.0))
    for other in (pickle.loads(pickle.dumps(bins)), layers.Discretization.from_config(bins.get_config())):
        assert other.bin_boundaries == bins.bin_boundaries


def model_of(vectorization):
    model = keratin.Sequential([keratin.Input((1,), dtype="string"), vectorization, layers.Embedding(9, 4, mask_zero=True),
                                layers.GlobalAveragePooling1D(), layers.Dense(1, activation="sigmoid")])
    model.compile(keratin.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    return model


def test_a_model_from_texts_to_answers(tmp_path):
    x, y = np.array([["good film"], ["bad film"], ["good!"], ["Bad bad"]] * 8), np.array([1, 0, 1, 0] * 8)
    vectorization = layers.TextVectorization()
    vectorization.adapt(x)
    model = model_of(vectorization)
    model.fit(x, y, epochs=20, batch_size=5, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] == 1
    assert model.predict([["good"]], verbose=0) > 0.5 > model.predict(np.array([["bad film"]], object), verbose=0)
    np.testing.assert_array_equal(model(x), model.predict(x, verbose=0))
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        np.testing.assert_array_equal(keratin.saving.load_model(tmp_path / name).predict(x, verbose=0), model.predict(x, verbose=0))


def test_weights_of_a_vocabulary_stand_where_keras_looks(tmp_path):
    h5py = pytest.importorskip("h5py")
    layer = layers.StringLookup(output_mode="tf_idf")
    layer.adapt(["a", "b", "a"])
    keratin.Sequential([keratin.Input((1,), dtype="string"), layer]).save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
            assert weights["layers/string_lookup/vars/idf_weights"].shape == (3,)


def test_reads_vocabularies_as_keras_writes_them(tmp_path):
    model = keratin.Sequential([keratin.Input((1,), dtype="string"), layers.TextVectorization(), layers.Embedding(4, 2)])
    model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras", "a") as archive:
        archive.writestr("assets/layers/text_vectorization/vocabulary.txt", "\n[UNK]\nthe\ncat")
    read = keratin.saving.load_model(tmp_path / "model.keras").layers[0]
    assert read.get_vocabulary() == ["", "[UNK]", "the", "cat"]


def test_features_in_a_functional_model():
    names, numbers = keratin.Input((1,), dtype="string"), keratin.Input((1,), dtype="int64")
    crossed = layers.HashedCrossing(5, output_mode="one_hot")([names, numbers])
    found = layers.StringLookup(vocabulary=["a"], output_mode="one_hot")(names)
    counts = layers.CategoryEncoding(4, output_mode="count")(numbers)
    model = keratin.Model([names, numbers], layers.Concatenate()([crossed, found, counts]))
    assert model.output_shape == (None, 11)
    assert model.predict([np.array([["a"], ["z"]]), np.array([[1], [3]])], verbose=0).sum() == 6


def test_weights_of_counts():
    layer = layers.CategoryEncoding(4, output_mode="count")
    assert layer([[0, 1], [3, 3]], count_weights=[[0.5, 1], [2, 3]]).tolist() == [[0.5, 1, 0, 0], [0, 0, 0, 5]]
    with pytest.raises(ValueError, match="must have the shape of the inputs"):
        layer([[0, 1]], count_weights=[[1.0]])
    with pytest.raises(ValueError, match="count_weights"):
        layers.CategoryEncoding(4)([[0, 1]], count_weights=[[1.0, 2.0]])


def test_a_vocabulary_in_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\n")
    layer = layers.StringLookup(vocabulary=str(path))
    assert layer.get_vocabulary() == ["[UNK]", "a", "b"]


def test_a_mask_is_not_lost_silently():
    embedded = layers.Embedding(5, 2, mask_zero=True)(np.array([[1, 0]]))
    with pytest.warns(UserWarning, match="mask"):
        layers.Discretization(bin_boundaries=[0.0])(embedded)
    assert layers.Normalization(mean=0.0, variance=1.0)(embedded)._keras_mask.tolist() == [[True, False]]


def test_features_that_cross_are_told_by_their_shapes_and_may_be_one_value_each():
    """Values from Keras 3.16 on TensorFlow."""
    crossed = layers.HashedCrossing(5)
    assert crossed.compute_output_shape([(4,), (4,)]) == (4,)
    assert crossed.compute_output_shape(((None, 1), (None, 1))) == (None, 1)
    assert layers.HashedCrossing(5, output_mode="one_hot").compute_output_shape([(4,), (4,)]) == (4, 5)
    assert crossed(("A", 3)) == crossed((np.array("A"), np.array(3))) == 1
