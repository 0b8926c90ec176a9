# SPDX-License-Identifier: Apache-2.0
"""KerasRS's layers of retrieval models in Python: several values in and out, candidates, copies and files. Their numbers are in
retrieval_test.cc."""
import copy
import pickle
import threading

import numpy as np
import pytest

import keratin
from keratin import layers

RNG = np.random.default_rng(7)
CANDIDATES = RNG.normal(size=(20, 4)).astype("float32")
QUERIES = RNG.normal(size=(6, 4)).astype("float32")
LOGITS = RNG.normal(size=(5, 9)).astype("float32")
LABELS = np.eye(9, dtype="float32")[[3, 0, 8, 8, 1]]


def test_the_nearest():
    layer = layers.BruteForceRetrieval(CANDIDATES, np.arange(100, 120), k=3)
    scores, found = layer(QUERIES)
    every = QUERIES @ CANDIDATES.T
    np.testing.assert_array_equal(found, 100 + np.argsort(-every, axis=1)[:, :3])
    np.testing.assert_allclose(scores, -np.sort(-every, axis=1)[:, :3], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(layers.BruteForceRetrieval(CANDIDATES, k=3, return_scores=False)(QUERIES), found - 100)


def test_copies_have_the_candidates_and_files_do_not(tmp_path):
    layer = layers.BruteForceRetrieval(CANDIDATES, np.arange(100, 120), k=3)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), copy.copy(layer)):
        np.testing.assert_array_equal(other.candidate_embeddings, CANDIDATES)
        np.testing.assert_array_equal(other(QUERIES)[1], layer(QUERIES)[1])
    assert layer.get_config()["k"] == 3 and layer.get_config()["return_scores"] is True
    inputs = keratin.Input((4,))
    model = keratin.Model(inputs, layer(layers.Dense(4)(inputs)))
    model.save(tmp_path / "model.keras")
    loaded = keratin.saving.load_model(tmp_path / "model.keras")
    with pytest.raises(RuntimeError, match="has no candidates yet"):
        loaded.predict(QUERIES, verbose=0)
    loaded.get_layer(layer.name).update_candidates(CANDIDATES, np.arange(100, 120))
    for got, wanted in zip(loaded.predict(QUERIES, verbose=0), model.predict(QUERIES, verbose=0), strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("embeddings, ids", [(CANDIDATES[:2], None), (CANDIDATES[0], None), (CANDIDATES, np.arange(19)),
                                             (CANDIDATES, np.zeros(20)), (CANDIDATES, np.full(20, 2**31))])
def test_wrong_candidates_change_nothing(embeddings, ids):
    layer = layers.BruteForceRetrieval(CANDIDATES, k=3)
    with pytest.raises(ValueError, match=r"\[BruteForceRetrieval\]"):
        layer.update_candidates(embeddings, ids)
    np.testing.assert_array_equal(layer.candidate_embeddings, CANDIDATES)
    assert layer.candidate_ids is None


@keratin.saving.register_keras_serializable("own")
class Nearest(layers.Retrieval):
    """A user's: the nearest by distance, in a weight that a file has."""

    def __init__(self, count, **kwargs):
        super().__init__(**kwargs)
        self.count = count
        self.candidates = self.add_weight((count, 4), "zeros", trainable=False, name="candidates")

    def update_candidates(self, candidate_embeddings, candidate_ids=None):
        self._validate_candidate_embeddings_and_ids(candidate_embeddings, candidate_ids)
        self.candidates.assign(candidate_embeddings)

    def call(self, inputs):
        nearness = 2 * self.compute_score(inputs, self.candidates) - keratin.ops.sum(keratin.ops.square(self.candidates), axis=1)
        scores, places = keratin.ops.top_k(nearness, self.k)
        return (scores, places) if self.return_scores else places

    def get_config(self):
        return {**super().get_config(), "count": self.count}


def test_ones_own_derives(tmp_path):
    layer = Nearest(20, k=3, return_scores=False)
    layer.update_candidates(CANDIDATES)
    distances = np.linalg.norm(QUERIES[:, None] - CANDIDATES, axis=2)
    wanted = np.argsort(distances, axis=1)[:, :3]
    np.testing.assert_array_equal(layer(QUERIES), wanted)
    assert layer.get_config()["k"] == 3 and layer.get_config()["return_scores"] is False
    inputs = keratin.Input((4,))
    model = keratin.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keratin.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(QUERIES, verbose=0), wanted)
    assert loaded.get_layer(layer.name).k == 3
    np.testing.assert_array_equal(copy.deepcopy(layer)(QUERIES), wanted)
    for wrong, what in ((None, "is required"), (CANDIDATES[0], "rank 2"), (CANDIDATES[:2], "The number of candidates provided")):
        with pytest.raises(ValueError, match=what):
            layer.update_candidates(wrong)
    with pytest.raises(ValueError, match="candidate_ids"):
        layer.update_candidates(CANDIDATES, np.arange(4))
    np.testing.assert_array_equal(layer.candidates, CANDIDATES)


def test_what_all_retrieval_layers_are():
    brute = layers.BruteForceRetrieval(CANDIDATES, k=3)
    assert isinstance(brute, layers.Retrieval) and issubclass(layers.BruteForceRetrieval, layers.Retrieval)
    np.testing.assert_allclose(brute.compute_score(QUERIES, CANDIDATES), QUERIES @ CANDIDATES.T, rtol=1e-5, atol=1e-6)
    with pytest.raises(TypeError, match="abstract"):
        layers.Retrieval()
    for missing in ("call", "update_candidates"):
        methods = {name: getattr(Nearest, name) for name in ("call", "update_candidates") if name != missing}
        with pytest.raises(TypeError, match=missing):
            type("Half", (layers.Retrieval,), methods)()
    for wrong in ({"k": 0}, {"k": 1.5}, {"return_scores": "no"}, {"many": 3}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Nearest(20, **wrong)
    with pytest.raises(TypeError, match="compute_score would never be called"):
        type("Other", (layers.BruteForceRetrieval,), {"compute_score": lambda self, a, b: a})


def test_hard_negatives_in_a_model(tmp_path):
    logits, labels = keratin.Input((9,)), keratin.Input((9,))
    model = keratin.Model([logits, labels], layers.HardNegativeMining(2)(logits, labels))
    model.save(tmp_path / "model.keras")
    for one in (model, keratin.saving.load_model(tmp_path / "model.keras")):
        kept, of = one.predict([LOGITS, LABELS], verbose=0)
        np.testing.assert_array_equal(of, [[1, 0, 0]] * 5)
        np.testing.assert_array_equal(kept[:, 0], LOGITS[LABELS == 1])
        np.testing.assert_array_equal(kept[:, 1:], -np.sort(-np.where(LABELS == 1, -np.inf, LOGITS), axis=1)[:, :2])


def test_a_step_through_corrected_logits():
    """What is taken from logits is nothing that training moves."""
    user, movie, labels = keratin.Input(batch_shape=(3,), dtype="int32"), keratin.Input(batch_shape=(3,), dtype="int32"), keratin.Input(batch_shape=(3, 3))
    logits = keratin.ops.matmul(layers.Embedding(4, 2)(user), keratin.ops.transpose(layers.Embedding(5, 2)(movie)))
    logits = layers.RemoveAccidentalHits()(layers.SamplingProbabilityCorrection()(logits, np.full(3, 0.1, "float32")), labels, movie)
    model = keratin.Model([user, movie, labels], logits)
    model.compile(keratin.optimizers.SGD(0.5), keratin.losses.CategoricalCrossentropy(from_logits=True))
    x = [np.array([0, 1, 3]), np.array([2, 2, 4]), np.eye(3, dtype="float32")]
    first = model.train_on_batch(x, x[2])
    for _ in range(40):
        last = model.train_on_batch(x, x[2])
    assert np.isfinite(last) and last < 0.1 * first
    np.testing.assert_array_equal(np.diag(keratin.ops.softmax(model.predict(x, verbose=0)) > 0.9), [True] * 3)


@pytest.mark.parametrize("predicts", (False, True))
def test_candidates_change_between_calls(predicts):
    """Scores and ids are of one set of candidates, whatever other threads do."""
    sets = [(CANDIDATES * sign, np.arange(20) + first) for sign, first in ((1, 100), (-1, 200))]
    expected = [[array.tobytes() for array in layers.BruteForceRetrieval(*one, k=3)(QUERIES)] for one in sets]
    layer = layers.BruteForceRetrieval(*sets[0], k=3)
    inputs = keratin.Input((4,))
    call = keratin.Model(inputs, layer(inputs)).predict_on_batch if predicts else layer
    wrong, ends = [], threading.Event()

    def reads():
        while not ends.is_set():
            found = [np.asarray(array).tobytes() for array in call(QUERIES)]
            if found not in expected:
                wrong.append(found)

    threads = [threading.Thread(target=reads) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(300):
        layer.update_candidates(*sets[i % 2])
    ends.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_vocabulary_changes_between_calls():
    layer = layers.StringLookup(vocabulary=["a", "b"])
    ends, found = threading.Event(), set()

    def reads():
        while not ends.is_set():
            found.add(tuple(layer(np.array(["a", "b", "c"])).tolist()))

    threads = [threading.Thread(target=reads) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(300):
        layer.set_vocabulary(["a", "b"] if i % 2 else ["b", "a", "c"])
    ends.set()
    for thread in threads:
        thread.join()
    assert found <= {(1, 2, 0), (2, 1, 3)}
