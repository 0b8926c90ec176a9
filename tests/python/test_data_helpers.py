# SPDX-License-Identifier: Apache-2.0
"""Helpers that make and carry data: PyDataset, windows over a series, pairs of words, hashed words. What skipgrams and
make_sampling_table give is held against Keras in C++ (skipgrams_test.cc)."""
import json
import os
import pathlib
import pickle
import random
import threading
import time

import numpy as np
import pytest

import keratin
from keratin import layers
from keratin.preprocessing import sequence, text

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"


class Numbered(keratin.utils.PyDataset):
    """Batch i is of the number i; notes what is asked for, and where."""

    def __init__(self, count=6, wait=0.0, fails_at=None, **options):
        super().__init__(**options)
        self.count, self.wait, self.fails_at = count, wait, fails_at
        self.heard, self.threads = [], set()

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        time.sleep(self.wait)
        if index == self.fails_at:
            raise ZeroDivisionError(f"batch {index}")
        self.heard.append(index)
        self.threads.add(threading.get_ident())
        return np.full((2, 1), index, "float32"), np.full((2, 1), os.getpid() % 1000, "float32")

    def on_epoch_begin(self):
        self.heard.append("begin")

    def on_epoch_end(self):
        self.heard.append("end")


def model():
    made = keratin.Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    made.compile("sgd", "mse")
    return made


def test_passes_are_told_of():
    data = Numbered(2)
    model().fit(data, epochs=2, shuffle=False, verbose=0)
    assert data.heard == ["begin", 0, 1, "end"] * 2
    model().evaluate(data, verbose=0)
    assert data.heard[-4:] == ["begin", 0, 1, "end"]


def test_batches_are_shuffled_as_keras_does():
    data = Numbered(6)
    model().fit(data, epochs=2, verbose=0)
    wanted = []
    for epoch in range(2):
        order = list(range(6))
        random.Random(epoch).shuffle(order)
        wanted += ["begin", *order, "end"]
    assert data.heard == wanted


@pytest.mark.parametrize("options", [
    {}, dict(workers=0), dict(workers=3), dict(workers=3, max_queue_size=1), dict(workers=1, use_multiprocessing=True),
    dict(workers=2, use_multiprocessing=True)])
def test_workers_change_no_number(options):
    predicted = model().predict(Numbered(9, wait=0.001, **options))
    assert predicted.ravel().tolist() == np.repeat(np.arange(9.0), 2).tolist()


def test_workers_are_threads():
    data = Numbered(12, wait=0.01, workers=4)
    model().predict(data)
    assert len(data.threads) > 1 and threading.get_ident() not in data.threads
    alone = Numbered(3)
    model().predict(alone)
    assert alone.threads == {threading.get_ident()}


def test_workers_are_processes():

    data = Numbered(4, workers=2, use_multiprocessing=True)
    for x, y in [data[0]]:
        here = y[0, 0]
    kept = []
    from keratin.trainers import ahead
    for _, y in ahead.batches(data, range(4)):
        kept.append(y[0, 0])
    assert len(kept) == 4 and here not in kept
    assert data.heard == [0]  # the copies noted the rest


def test_queue_is_bounded():
    data = Numbered(50, workers=2, max_queue_size=3)
    from keratin.trainers import ahead
    batches = ahead.batches(data, range(50))
    next(batches)
    time.sleep(0.1)
    assert len(data.heard) <= 4
    batches.close()


@pytest.mark.parametrize("options", [{}, dict(workers=2), dict(workers=1, use_multiprocessing=True)])
def test_an_error_of_a_batch_comes_out(options):
    with pytest.raises(ZeroDivisionError, match="batch 2"):
        model().fit(Numbered(5, fails_at=2, **options), shuffle=False, verbose=0)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_dataset_without_an_end(workers):
    class Endless(keratin.utils.PyDataset):
        num_batches = None

        def __getitem__(self, index):
            return np.full((2, 1), index, "float32"), np.zeros((2, 1))

    assert model().predict(Endless(workers=workers), steps=3).ravel().tolist() == [0, 0, 1, 1, 2, 2]
    history = model().fit(Endless(workers=workers), steps_per_epoch=3, epochs=2, verbose=0,
                          validation_data=Endless(workers=workers), validation_steps=2)
    assert len(history.history["val_loss"]) == 2


def test_pydataset_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="__len__"):
        keratin.utils.PyDataset().num_batches
    with pytest.raises(NotImplementedError, match="__getitem__"):
        keratin.utils.PyDataset()[0]
    with pytest.raises(ValueError, match="workers must be 0 at least. Received: -1"):
        keratin.utils.PyDataset(workers=-1)
    with pytest.raises(TypeError, match="max_queue_size must be an integer"):
        keratin.utils.PyDataset(max_queue_size=1.5)
    assert keratin.utils.Sequence is keratin.utils.PyDataset
    assert [x[0, 0] for x, _ in Numbered(3)] == [0, 1, 2]


def test_a_class_that_does_not_call_super():
    class Bare(keratin.utils.PyDataset):
        def __init__(self):
            pass

        def __len__(self):
            return 1

        def __getitem__(self, index):
            return np.zeros((2, 1)), np.zeros((2, 1))

    model().fit(Bare(), verbose=0)


# -- windows over a series --------------------------------------------------------------------------

WINDOWS = [dict(sequence_length=4), dict(sequence_length=3, sequence_stride=2, sampling_rate=2), dict(sequence_length=9, batch_size=1),
           dict(sequence_length=2, start_index=3, end_index=8, batch_size=2), dict(sequence_length=40)]


@pytest.mark.parametrize("options", WINDOWS)
@pytest.mark.parametrize("with_targets", [False, True])
def test_windows(options, with_targets):
    data, targets = np.arange(20).reshape(10, 2), np.arange(100, 110)
    made = keratin.utils.timeseries_dataset_from_array(data, targets if with_targets else None, **options)
    start, end = options.get("start_index", 0), options.get("end_index", 10)
    length, rate, stride = options["sequence_length"], options.get("sampling_rate", 1), options.get("sequence_stride", 1)
    windows, wanted = [], []
    for first in range(start, end, stride):
        if first + (length - 1) * rate < end:
            windows.append(data[first:first + (length - 1) * rate + 1:rate].tolist())
            wanted.append(int(targets[first]))
    batches = list(made)
    assert len(made) == len(batches) == -(-len(windows) // options.get("batch_size", 128))
    if with_targets:
        assert [t for _, y in batches for t in y.tolist()] == wanted
        batches = [x for x, _ in batches]
    assert [w for x in batches for w in x.tolist()] == windows


def test_windows_in_another_order_each_pass():
    def orders(seed):
        made = keratin.utils.timeseries_dataset_from_array(np.arange(30), None, 2, batch_size=7, shuffle=True, seed=seed)
        return [[int(w[0]) for x in made for w in x] for _ in range(2)]

    first, second = orders(3)
    assert sorted(first) == sorted(second) == list(range(29)) and first != second
    assert orders(3) == [first, second] != orders(4)


def test_windows_one_by_one():
    made = keratin.preprocessing.timeseries_dataset_from_array(np.arange(5), np.arange(5), 3, batch_size=None)
    assert [(x.tolist(), int(y)) for x, y in made] == [([0, 1, 2], 0), ([1, 2, 3], 1), ([2, 3, 4], 2)]


def test_windows_are_trained_on():
    data = np.sin(np.arange(60.0))[:, None]
    made = keratin.utils.timeseries_dataset_from_array(data[:-5], data[5:], 5, batch_size=8, shuffle=True, seed=1)
    rnn = keratin.Sequential([layers.LSTM(4), layers.Dense(1)])
    rnn.compile("adam", "mse")
    rnn.fit(made, epochs=2, verbose=0, validation_data=made)
    assert rnn.predict(made).shape == (51, 1)


@pytest.mark.parametrize("options, text_", [
    (dict(sequence_length=0), "sequence_length must be 1 at least"), (dict(batch_size=0), "batch_size must be 1"),
    (dict(sampling_rate=10), "sampling_rate must be below the length of the data, 10"), (dict(sequence_stride=0), "sequence_stride"),
    (dict(start_index=10), "start_index must be below"), (dict(start_index=-1), "start_index must be 0 at least"),
    (dict(start_index=5, end_index=5), "end_index must be 6 at least"), (dict(end_index=10), "end_index must be below"),
    (dict(format="grain"), "format")])
def test_windows_that_cannot_be(options, text_):
    with pytest.raises(ValueError, match=text_):
        keratin.utils.timeseries_dataset_from_array(np.arange(10), None, **{"sequence_length": 2, **options})


# -- texts in folders -------------------------------------------------------------------------------

@pytest.fixture
def folder(tmp_path):
    for name in ("pos", "neg", ".hidden"):
        (tmp_path / name).mkdir()
    for number in range(7):
        (tmp_path / ("pos" if number % 3 else "neg") / f"{number}.TXT").write_text(f"text {number} \u00e9")
    (tmp_path / "pos" / "no.csv").write_text("no")
    (tmp_path / "pos" / "deeper").mkdir()
    (tmp_path / "pos" / "deeper" / "7.txt").write_bytes(b"\xff")
    (tmp_path / ".hidden" / "8.txt").write_text("text 8")  # of no class
    return tmp_path


IN_ORDER = [0, 3, 6, 1, 2, 4, 5, 7]  # neg, then pos


def numbers_of(texts):
    return [7 if text == "\udcff" else int(text.split()[1]) for text in texts]


def read(made):
    batches = list(made)
    return numbers_of([text for x, _ in batches for text in x]), np.concatenate([y for _, y in batches])


def test_texts_of_folders(folder, capsys):
    made = keratin.utils.text_dataset_from_directory(folder, shuffle=False, batch_size=3)
    assert capsys.readouterr().out == "Found 8 files belonging to 2 classes.\n"
    numbers, labels = read(made)
    assert numbers == IN_ORDER and labels.tolist() == [0] * 3 + [1] * 5 and labels.dtype == "int32"
    assert made.class_names == ["neg", "pos"] and len(made) == 3
    assert made[0][0].tolist()[0] == "text 0 \u00e9"


def test_labels_of_texts(folder):
    def labels(**options):
        return read(keratin.preprocessing.text_dataset_from_directory(folder, shuffle=False, verbose=False, **options))[1]

    assert labels(label_mode="binary").tolist() == [[0.0]] * 3 + [[1.0]] * 5
    assert labels(label_mode="categorical").tolist() == [[1, 0]] * 3 + [[0, 1]] * 5
    assert labels(class_names=["pos", "neg"]).tolist() == [0] * 5 + [1] * 3
    assert labels(labels=[5, 4, 3, 2, 1, 0, 9, 8, 7]).tolist() == [5, 4, 3, 2, 1, 0, 9, 8, 7]  # of hidden folders too, as in Keras
    alone = keratin.utils.text_dataset_from_directory(folder / "neg", labels=None, shuffle=False, verbose=False, max_length=4)
    assert [x.tolist() for x in alone] == [["text"] * 3] and alone.class_names is None
    one = keratin.utils.text_dataset_from_directory(folder, shuffle=False, verbose=False, batch_size=None)
    assert one[0][0] == "text 0 \u00e9" and one[7] == ("\udcff", 1)


def test_texts_in_random_order(folder):
    """The first order is Keras's: `RandomState(seed).shuffle` of the paths."""
    made = keratin.utils.text_dataset_from_directory(folder, seed=4, verbose=False)
    wanted = list(IN_ORDER)
    np.random.RandomState(4).shuffle(wanted)
    first, labels = read(made)
    assert first == wanted and labels.tolist() == [int(number % 3 > 0) for number in wanted]
    second, _ = read(made)
    assert sorted(second) == sorted(first) and second != first
    train, held = keratin.utils.text_dataset_from_directory(folder, seed=4, validation_split=0.3, subset="both", verbose=False)
    assert read(train)[0] == wanted[:6] and read(held)[0] == read(held)[0] == wanted[6:]
    alone = keratin.utils.text_dataset_from_directory(folder, seed=4, validation_split=0.3, subset="validation", verbose=False)
    assert read(alone)[0] == wanted[6:]


def test_a_model_of_strings_reads_a_folder(folder):
    texts = layers.TextVectorization(output_sequence_length=4)
    texts.adapt(["text 0 1 2 3 4 5 6"])
    made = keratin.Sequential([keratin.Input((), dtype="string"), texts, layers.Embedding(12, 3), layers.GlobalAveragePooling1D(),
                               layers.Dense(1)])
    made.compile("sgd", "mse")
    data = keratin.utils.text_dataset_from_directory(folder, label_mode="binary", seed=1, batch_size=3, verbose=False)
    data.workers = 2
    assert np.isfinite(made.fit(data, epochs=2, verbose=0, validation_data=data).history["val_loss"]).all()


@pytest.mark.parametrize("options, text_", [
    (dict(labels=[1]), "a label for each of the 9 files"), (dict(labels="names"), "labels must be 'inferred'"),
    (dict(label_mode="floats"), "label_mode must be"), (dict(class_names=["pos", "x"]), "must be folders of the directory"),
    (dict(label_mode="binary", class_names=["pos"]), "for two classes"), (dict(batch_size=0), "batch_size must be 1"),
    (dict(validation_split=0.5), "go together"), (dict(validation_split=2, subset="both"), "between 0 and 1"),
    (dict(validation_split=0.5, subset="both"), "a seed is needed"), (dict(subset="test"), "subset must be"),
    (dict(validation_split=0.01, subset="validation", seed=1), "no files .txt for validation"), (dict(format="grain"), "format")])
def test_texts_that_cannot_be(folder, options, text_):
    with pytest.raises(ValueError, match=text_):
        keratin.utils.text_dataset_from_directory(folder, **options)


# -- words ------------------------------------------------------------------------------------------

def test_skipgrams_go_on_from_pythons_random():
    file = json.loads((GOLDEN / "skipgrams.json").read_text())
    for case in file["cases"]:
        options = dict(case["options"])
        if "sampling_factor" in options:
            options["sampling_table"] = sequence.make_sampling_table(10, options.pop("sampling_factor"))
        random.seed(file["random_seed"])
        assert sequence.skipgrams(file["sequence"], file["vocabulary_size"], **options) == (case["couples"], case["labels"])
        assert random.random() == case["next"]


def test_skipgrams_that_cannot_be():
    state = random.getstate()
    with pytest.raises(ValueError, match="window_size must not be negative"):
        sequence.skipgrams([1, 2], 3, window_size=-1)
    with pytest.raises(IndexError, match="sampling_table has 1 entries"):
        sequence.skipgrams([1, 2], 3, sampling_table=[0.5])
    with pytest.raises(ValueError, match="vocabulary_size must be 2 at least"):
        sequence.skipgrams([1, 2], 1)
    assert random.getstate() == state
    with pytest.raises(ValueError, match="size must be"):
        sequence.make_sampling_table(0)


def test_hashed_words():
    assert text.hashing_trick("the cat and the dog", 50, "md5") == [43, 32, 14, 43, 2]  # of Keras
    assert text.hashing_trick("a bb a", 5, len) == [2, 3, 2]
    assert text.one_hot("Ab, c", 1000) == [hash("ab") % 999 + 1, hash("c") % 999 + 1]
    assert text.one_hot("x-y", 1000, analyzer=lambda given: given.split("-")) == text.one_hot("x y", 1000)
    for n in (1, 0, -3):
        with pytest.raises(ValueError, match="n must be 2 at least"):
            text.one_hot("a", n)
    with pytest.raises(ValueError, match="hash_function must be"):
        text.hashing_trick("a", 5, "sha1")


def test_datasets_are_pickled():
    data = pickle.loads(pickle.dumps(keratin.utils.timeseries_dataset_from_array(np.arange(5), None, 2, shuffle=True, seed=1)))
    assert len(list(data)) == 1


def test_parts_of_a_batch():
    utils = keratin.utils
    x, y, weight = np.ones(2), np.zeros(2), np.full(2, 3.0)
    for data in ((x, y, weight), [x, y, weight], (x, y), (x,), x):
        parts = data if isinstance(data, (list, tuple)) else (data,)
        found = utils.unpack_x_y_sample_weight(data)
        assert len(found) == 3 and all(a is b for a, b in zip(found, parts)) and found[len(parts):] == (None,) * (3 - len(parts))
    for wrong in ((), (1, 2, 3, 4)):
        with pytest.raises(ValueError, match="Data is expected to be in format"):
            utils.unpack_x_y_sample_weight(wrong)
    assert utils.pack_x_y_sample_weight(x) is x and utils.pack_x_y_sample_weight([x]) == ([x],)
    assert utils.pack_x_y_sample_weight(1, 2) == (1, 2) and utils.pack_x_y_sample_weight(1, 2, 3) == (1, 2, 3)


def test_normalize():
    """Numbers of Keras 3.16."""
    normalize = keratin.utils.normalize
    np.testing.assert_allclose(normalize(np.float32([[3, 4], [0, 0]])), [[0.6, 0.8], [0, 0]], rtol=1e-6)
    np.testing.assert_allclose(normalize(np.float32([3, 4])), [0.6, 0.8], rtol=1e-6)
    np.testing.assert_allclose(normalize(np.float32([[3, 4], [1, 0]]), axis=0, order=1), [[0.75, 1], [0.25, 0]])
