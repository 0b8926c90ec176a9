# SPDX-License-Identifier: Apache-2.0
"""keratin.preprocessing: the numbers of Keras 2's Tokenizer, which wrote tests/golden/tokenizer.json."""
import copy
import json
import pathlib
import pickle
import threading

import keratin
import numpy as np
import pytest
from keratin.preprocessing.text import Tokenizer, text_to_word_sequence, tokenizer_from_json

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "tokenizer.json").read_text(encoding="utf-8"))


def parsed(text):
    """The dictionaries are strings of JSON inside of it; Keras's word_docs has the order of a set."""
    config = json.loads(text)["config"]
    return {name: json.loads(value) if str(value).startswith("{") else value for name, value in config.items()}


def look_alike(tokenizer, case):
    for name in ("word_counts", "word_index"):
        assert list(getattr(tokenizer, name).items()) == [tuple(pair) for pair in case[name]]
    assert tokenizer.word_docs == case["word_docs"]
    assert tokenizer.document_count == case["document_count"]
    for name in ("index_word", "index_docs"):
        assert getattr(tokenizer, name) == {int(i): value for i, value in case[name].items()}
    assert tokenizer.texts_to_sequences(case["new"]) == case["sequences"]
    assert list(tokenizer.texts_to_sequences_generator(iter(case["new"]))) == case["sequences"]
    assert tokenizer.sequences_to_texts(case["back"]) == case["texts"]
    assert list(tokenizer.sequences_to_texts_generator(iter(case["back"]))) == case["texts"]
    for mode, matrix in case["matrices"].items():
        wanted = np.array(matrix["data"]).reshape(matrix["shape"]).astype("float32")  # Keras: float64
        for got in (tokenizer.sequences_to_matrix(case["sequences"], mode), tokenizer.texts_to_matrix(case["new"], mode)):
            assert got.dtype == "float32"
            np.testing.assert_allclose(got, wanted, rtol=2 ** -22, atol=0)  # EXPECT_FLOAT_EQ: 4 ulp


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_tokenizer_as_keras_2(case):
    tokenizer = Tokenizer(**case["options"])
    for texts in case["fits"]:
        tokenizer.fit_on_texts(texts)
    read = tokenizer_from_json(case["json"])
    for same in (tokenizer, read, tokenizer_from_json(tokenizer.to_json(indent=2)), copy.deepcopy(tokenizer),
                 pickle.loads(pickle.dumps(tokenizer))):
        look_alike(same, case)
        assert parsed(same.to_json()) == parsed(case["json"])
        for name, value in (case["options"] | {"document_count": case["document_count"]}).items():
            assert getattr(same, name) == value
    read.fit_on_texts(["a copy of its own"])
    look_alike(tokenizer, case)


@pytest.mark.parametrize("case", GOLDEN["word_sequences"], ids=lambda case: case["text"])
def test_text_to_word_sequence(case):
    assert text_to_word_sequence(case["text"], **case["options"]) == case["words"]


def test_texts_and_lists_of_tokens_in_one_call():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(text for text in ["a b b", ["b", "C d"], "c d", [], ("a",)])
    assert tokenizer.word_index == {"b": 1, "a": 2, "c d": 3, "c": 4, "d": 5}
    assert tokenizer.document_count == 5
    assert tokenizer.texts_to_sequences(["c d", ["C d"], [], "a"]) == [[4, 5], [3], [], [2]]


def test_the_dictionaries_are_those_of_the_last_fit():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a b a"])
    assert tokenizer.word_index is tokenizer.word_index  # not made anew for every word that is looked up
    tokenizer.fit_on_texts(["b b b"])
    assert tokenizer.word_index == {"b": 1, "a": 2}
    tokenizer.fit_on_sequences(np.array([[1, 1], [1, 2]]))
    assert tokenizer.index_docs == {1: 4, 2: 2}


@pytest.mark.parametrize("call, error, text", [
    (lambda t: t.fit_on_texts("one text"), TypeError, "texts must be a list of texts. Received: one str"),
    (lambda t: t.fit_on_texts(["c", "d", 3]), TypeError, "a text must be a str. Received: int"),
    (lambda t: t.fit_on_texts(["c", ["d", None]]), TypeError, "a token must be a str. Received: NoneType"),
    (lambda t: t.fit_on_texts(None), TypeError, ""),
    (lambda t: t.fit_on_texts([b"bytes"]), TypeError, "a text must be a str. Received: bytes"),
    (lambda t: t.texts_to_matrix(["a"], mode="counts"), ValueError, "counts"),
    (lambda t: t.sequences_to_matrix([[-1]]), IndexError, "-1"),
    (lambda t: t.sequences_to_texts([["a"]]), TypeError, ""),
    (lambda t: t.sequences_to_texts([[1.5]]), TypeError, ""),
    (lambda t: Tokenizer(num_words=-1), ValueError, "num_words must not be negative. Received: -1"),
    (lambda t: Tokenizer(split=""), ValueError, "split must not be empty"),
    (lambda t: Tokenizer(analyzer=str.split), ValueError, "call it on the texts"),
    (lambda t: Tokenizer(words=3), TypeError, "Unrecognized keyword arguments: {'words': 3}"),
    (lambda t: tokenizer_from_json("{}"), ValueError, ""),
    (lambda t: tokenizer_from_json("no json"), (ValueError, RuntimeError), ""),
    (lambda t: t.no_such, AttributeError, "'Tokenizer' object has no attribute 'no_such'"),
])
def test_bad_input_leaves_it_as_it_was(call, error, text):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a b b"])
    before = tokenizer.to_json()
    with pytest.raises(error) as raised:
        call(tokenizer)
    assert text in str(raised.value)
    assert tokenizer.to_json() == before


def test_half_a_surrogate_pair():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a\ud83d b"])
    assert list(tokenizer.word_index) == ["a\ufffd\ufffd\ufffd", "b"]


def test_threads_share_one():
    tokenizer = Tokenizer(oov_token="?")
    words = [f"word{i}" for i in range(300)]
    tokenizer.fit_on_texts([" ".join(words)])
    wrong = []

    def look():
        for _ in range(50):
            (sequence,) = tokenizer.texts_to_sequences([" ".join(words)])
            if sorted(sequence) != list(range(2, 302)):
                wrong.append(sequence)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(50):
        tokenizer.fit_on_texts([" ".join(words[i:])])
    for thread in threads:
        thread.join()
    assert not wrong


def test_from_texts_to_a_model():
    texts = ["good film", "bad film", "good good", "bad bad plot", "a good plot", "a bad film"] * 20
    labels = np.array([1, 0, 1, 0, 1, 0] * 20, "float32")[:, None]
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    x = keratin.preprocessing.sequence.pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=4)
    keratin.utils.set_random_seed(0)
    model = keratin.Sequential([
        keratin.layers.Embedding(len(tokenizer.word_index) + 1, 8, mask_zero=True),
        keratin.layers.GlobalAveragePooling1D(), keratin.layers.Dense(1, activation="sigmoid")])
    model.compile(keratin.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    assert model.fit(x, labels, epochs=10, verbose=0).history["accuracy"][-1] == 1
