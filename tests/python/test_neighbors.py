# SPDX-License-Identifier: Apache-2.0
"""The rows of a table that are nearest to vectors: golden values are NumPy's in float64."""
import pickle

import numpy as np
import pytest

import keratin

SIMILARITIES = ("dot", "cosine", "distance")


def reference(rows, vectors, similarity, k):
    """Scores in float64, rounded to float32; of equal ones the lowest id first."""
    rows, vectors = np.asarray(rows, "float64"), np.asarray(vectors, "float64")
    if similarity == "distance":
        scores = np.sqrt(((vectors[:, None] - rows[None]) ** 2).sum(-1))
    else:
        scores = (vectors[:, None] * rows[None]).sum(-1)
        if similarity == "cosine":
            scores /= np.linalg.norm(vectors, axis=-1)[:, None] * np.linalg.norm(rows, axis=-1)[None]
    scores = scores.astype("float32")
    ids = np.argsort(scores if similarity == "distance" else -scores, axis=-1, kind="stable")[:, :k]
    return ids, np.take_along_axis(scores, ids, -1)


def drawn(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def layer_of(dtype):
    layer = keratin.layers.Embedding(400, 16, dtype="float32" if dtype.startswith("int") else dtype,
                                     embeddings_initializer=keratin.initializers.RandomNormal(seed=3))
    layer.build((None,))
    if dtype.startswith("int"):
        layer.quantize(dtype)
    return layer


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("count", (1, 20))
def test_scores_and_order_are_those_of_float64(similarity, count):
    rows, vectors = drawn(900, 24), drawn(count, 24, seed=2)
    wanted = reference(rows, vectors, similarity, 12)
    for table in (rows, keratin.EmbeddingTable(900, 24, weights=rows)):
        ids, scores = keratin.Neighbors(table, similarity).search(vectors, 12)
        np.testing.assert_array_equal(ids, wanted[0])
        np.testing.assert_array_equal(scores, wanted[1])
        assert ids.dtype == np.int64 and scores.dtype == np.float32


@pytest.mark.parametrize("dtype", ("float32", "bfloat16", "float16", "int8", "int4"))
def test_every_kind_of_layer(dtype):
    layer = layer_of(dtype)
    rows, vectors = np.asarray(layer(np.arange(400))), drawn(3, 16)
    neighbors = keratin.Neighbors(layer, "distance")
    ids, scores = neighbors.search(vectors, 7)
    wanted = reference(rows, vectors, "distance", 7)
    np.testing.assert_array_equal(ids, wanted[0])
    np.testing.assert_array_equal(scores, wanted[1])


def test_a_table_is_searched_as_it_is_now():
    table = keratin.EmbeddingTable(3, 2, weights=np.eye(3, 2))
    neighbors = keratin.Neighbors(table, "dot")
    assert neighbors.search([[1, 0]], 1)[0].item() == 0
    table.assign([2], [[5, 0]])
    assert neighbors.search([[1, 0]], 1)[0].item() == 2
    table.step([1], np.array([[-99.0, 0]]), keratin.optimizers.SGD(1.0))
    assert neighbors.search([[1, 0]], 1)[0].item() == 1


def test_rows_of_the_table_without_themselves():
    rows = drawn(50, 4)
    neighbors = keratin.Neighbors(rows)
    ids, scores = neighbors.search_ids([[3, 7], [9, 3]], k=5)
    assert ids.shape == scores.shape == (2, 2, 5)
    assert not (ids == np.array([[3, 7], [9, 3]])[..., None]).any()
    np.testing.assert_array_equal(ids[0, 0], ids[1, 1])
    own, of_own = neighbors.search_ids([3], k=6, itself=True)
    assert own[0, 0] == 3 and of_own[0, 0] == 1
    np.testing.assert_array_equal(own[0, 1:], ids[0, 0])


def test_equal_rows_come_by_their_ids():
    neighbors = keratin.Neighbors(np.ones((30, 3)), "distance")
    np.testing.assert_array_equal(neighbors.search(np.ones(3), 30)[0], np.arange(30))
    assert neighbors.search(np.ones(3), 1)[1].tolist() == [0.0]


def test_words():
    words = ["east", "north", "north-east"]
    neighbors = keratin.Neighbors([[1, 0], [0, 1], [1, 1]], vocabulary=words)
    assert neighbors.most_similar("east", k=2) == [("north-east", np.float32(0.5 ** 0.5)), ("north", 0.0)]
    assert [found[0][0] for found in neighbors.most_similar(["east", "north-east"], k=1)] == ["north-east", "east"]
    lookup = keratin.layers.StringLookup(vocabulary=words, num_oov_indices=1)
    of_layer = keratin.Neighbors(drawn(4, 2), vocabulary=lookup)
    assert len(of_layer.most_similar("north", 3)) == 3
    with pytest.raises(KeyError, match="no word 'west'"):
        neighbors.most_similar("west")
    with pytest.raises(ValueError, match="no vocabulary"):
        keratin.Neighbors(np.eye(2)).most_similar("a")
    with pytest.raises(ValueError, match="must have 3 words"):
        keratin.Neighbors(np.ones((3, 2)), vocabulary=words[:2])
    with pytest.raises(ValueError, match="Received twice: 'a'"):
        keratin.Neighbors(np.eye(2), vocabulary=["a", "a"])


def test_rows_that_are_no_numbers_come_last():
    rows = np.array([[np.nan, 1], [1, 1], [0, 0]])
    ids, scores = keratin.Neighbors(rows, "dot").search([-1, 0], 3)
    assert ids.tolist() == [2, 1, 0] and np.isnan(scores[2])


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_one_row(similarity):
    neighbors = keratin.Neighbors([[3.0]], similarity)
    assert neighbors.search([[2.0]], 1)[0].tolist() == [[0]]
    with pytest.raises(ValueError, match="k must be from 1 to 0"):
        neighbors.search_ids([0], 1)


def test_what_is_wrong():
    neighbors = keratin.Neighbors(drawn(5, 3))
    for k in (0, -1, 6):
        with pytest.raises(ValueError, match="k must be from 1 to 5"):
            neighbors.search(np.ones((1, 3)), k)
    with pytest.raises(ValueError, match=r"vectors must have shape \(\.\.\., 3\)"):
        neighbors.search(np.ones((1, 4)))
    with pytest.raises(ValueError, match="must be finite"):
        neighbors.search([1, np.nan, 2], 1)
    with pytest.raises(ValueError, match="must be finite"):
        neighbors.search([1, 1e300, 2], 1)
    for ids in ([5], [-1]):
        with pytest.raises(IndexError):
            neighbors.search_ids(ids, 1)
    with pytest.raises(ValueError, match="similarity must be"):
        keratin.Neighbors(np.eye(2), "euclid")
    with pytest.raises(ValueError, match="index must be"):
        keratin.Neighbors(np.eye(2), index="tree")
    with pytest.raises(ValueError, match="of another class"):
        keratin.Neighbors(keratin.layers.Dense(1)._core)
    with pytest.raises(ValueError, match=r"\(V, D\)"):
        keratin.Neighbors(np.ones(3))
    with pytest.raises(ValueError):
        keratin.Neighbors(keratin.layers.Embedding(4, 2))  # not built
    with pytest.raises(AttributeError, match="is fixed"):
        neighbors.similarity = "dot"
    assert neighbors.search(np.empty((0, 3)), 2)[0].shape == (0, 2)


def test_copies():
    table = keratin.EmbeddingTable(6, 2)
    neighbors = keratin.Neighbors(table, "dot", vocabulary=list("abcdef"))
    copy = pickle.loads(pickle.dumps(neighbors))
    assert copy.most_similar("c", 3) == neighbors.most_similar("c", 3)


@pytest.mark.parametrize("package", ("usearch", "hnswlib"))
@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_an_index_of_another_package(package, similarity):
    rows = drawn(300, 8)
    if similarity == "dot":
        rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    try:
        found = keratin.Neighbors(rows, similarity, index=package)
    except ImportError as error:
        assert f"pip install {package}" in str(error)
        pytest.skip(f"{package} is not installed")
    exact = keratin.Neighbors(rows, similarity)
    ids, scores = found.search_ids(np.arange(300), 5)
    wanted, wanted_scores = exact.search_ids(np.arange(300), 5)
    assert (ids == wanted).mean() > 0.9  # a graph may miss some
    same = ids == wanted
    np.testing.assert_allclose(scores[same], wanted_scores[same], atol=2e-6 if similarity != "distance" else 1e-3)
    with pytest.raises(ValueError, match="k must be from"):
        found.search(rows[:1], 301)


@pytest.mark.parametrize("number", (1, 40))
@pytest.mark.parametrize("size, far", ((1e30, 1e6), (1e20, 1e19)))
def test_sums_that_float32_cannot_hold_on_the_way(size, far, number):
    rows = np.zeros((600, 32), "float32")
    rows[:, 0] = -far
    rows[400] = 0
    rows[400, [0, 16]] = -1e4 * far, 1e4 * far
    vectors = np.full((number, 32), size, "float32")
    ids, scores = keratin.Neighbors(rows, "dot").search(vectors, 2)
    np.testing.assert_array_equal(ids, [[400, 0]] * number)
    np.testing.assert_array_equal(scores[:, 0], 0)


def test_ids_are_checked_before_another_index_sees_them():
    neighbors = keratin.Neighbors(drawn(20, 4))
    neighbors._index = lambda vectors, k: pytest.fail("it was asked")
    for ids, error in (([-1], IndexError), ([20], IndexError), ([0.5], TypeError)):
        with pytest.raises(error, match="Neighbors"):
            neighbors.search_ids(ids)


@pytest.mark.parametrize("strings", [False, True])
@pytest.mark.parametrize("as_layer", [False, True])
def test_of_keys(strings, as_layer):
    keys = np.array(["a", "b", "c", "d"], object) if strings else np.array([7, -5, 2**40, 0])
    if as_layer:
        table = keratin.layers.DynamicEmbedding(3)
        table.build((None, 1))
    else:
        table = keratin.DynamicEmbeddingTable(3)
    table.insert(keys)
    table.forget(keys[1:2])
    keys = keys[[0, 2, 3]]
    rows = table(keys) if as_layer else table.lookup(keys)
    wanted = keratin.Neighbors(rows)
    neighbors = keratin.Neighbors(table)
    ids, scores = wanted.search(rows, 2)
    found, of_found = neighbors.search(rows, 2)
    np.testing.assert_array_equal(found, keys[ids])
    np.testing.assert_array_equal(of_found, scores)
    found, of_found = neighbors.search_ids(keys, 2)
    np.testing.assert_array_equal(found, keys[wanted.search_ids([0, 1, 2], 2)[0]])
    with pytest.raises(KeyError, match="has no key"):
        neighbors.search_ids(np.array(["z"], object) if strings else [99])
    if strings:
        assert neighbors.most_similar("a", 1)[0][0] == found[0, 0]
    table.insert(np.array(["new"], object) if strings else [-1])  # rows are those of the call
    assert len(set(neighbors.search(rows[0], 4)[0].tolist())) == 4
    with pytest.raises(ValueError, match="takes no vocabulary"):
        keratin.Neighbors(table, index="usearch")
    with pytest.raises(ValueError, match="no key of the table has a row"):
        keratin.Neighbors(keratin.DynamicEmbeddingTable(3)).search(rows, 1)
