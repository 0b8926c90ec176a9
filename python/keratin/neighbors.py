# SPDX-License-Identifier: Apache-2.0
"""The rows of a table that are nearest to vectors."""
import numpy as np

from keratin import _core, _nearest_index
from keratin._fixed import FixedArguments
from keratin._refusal import shown
from keratin.dynamic_embedding_table import DynamicEmbeddingTable
from keratin.embedding_table import EmbeddingTable
from keratin.layers import DynamicEmbedding, Embedding
from keratin._arguments import integer, items

__all__ = ["Neighbors"]


class Neighbors(FixedArguments):
    """Finds the rows of a table that are nearest to vectors, exactly: every row is compared.

    Rows are read as they are kept, 16 bits and integer codes too, and as they are at the call. A score is computed in
    float64 and rounded to float32: it does not depend on the number of threads, on the other vectors of the call or on
    the processor. Of equal scores the lowest id is first. The cosine of a vector of zeros is 0. A row whose score is NaN
    comes behind all others.

    Example:

    >>> neighbors = keratin.Neighbors(model.layers[0], vocabulary=words)
    >>> neighbors.most_similar("king", k=3)
    >>> ids, scores = neighbors.search(vectors, k=10)

    Args:
        table: a built `Embedding`, an `EmbeddingTable`, or an array of shape (rows, width): float32 in C order is read where it
            lies, of any other, and of a `Variable`, a copy is made here. A `DynamicEmbeddingTable` or a built
            `DynamicEmbedding` has keys in place of ids, those that have a row: keys are searched for and found. Each call
            copies their rows.
        similarity: "cosine"; "dot", the product; or "distance", the Euclidean one, of which less is nearer.
        vocabulary: the words of the rows, each once, for `most_similar`; a layer that has them (`StringLookup`,
            `TextVectorization`) gives them by its `get_vocabulary()`.
        index: "exact"; "usearch" or "hnswlib", where that package is installed: its graph of the rows as they are now,
            which misses some neighbours and is for more than a million rows.

    Raises:
        ValueError: for `k` outside 1 to the number of rows (less one where the row itself is left out), vectors of
            another width or not finite, and a vocabulary that has not a word a row, or one twice.
        IndexError: for an id outside the table.
        KeyError: for a word that is not in the vocabulary.
    """

    def __init__(self, table, similarity="cosine", vocabulary=None, index="exact"):
        self._options = dict(table=table, similarity=similarity, vocabulary=vocabulary, index=index)
        self._has_keys = isinstance(table, (DynamicEmbeddingTable, DynamicEmbedding))
        if self._has_keys:
            if vocabulary is not None or index != "exact":
                raise ValueError("[Neighbors] a table of keys takes no vocabulary and no index: its rows come and go.")
            _core.neighbors(np.zeros((1, 1), "float32"), similarity)  # what is wrong with it
            return
        if isinstance(table, (Embedding, EmbeddingTable)):
            table = table._core
        self._core = _core.neighbors(table, similarity)
        self._words = self._numbers = None
        if vocabulary is not None:
            self._set_vocabulary(vocabulary)
        self._index = None if index == "exact" else _nearest_index.made(index, self._rows(), similarity)

    def __repr__(self):
        if self._has_keys:
            return f"Neighbors({self.table!r}, similarity={self.similarity!r})"
        return f"Neighbors({self._core.rows} rows of {self._core.width}, similarity={self.similarity!r})"

    def search(self, vectors, k=10):
        """The ids, or keys, of the nearest rows, int64, and their scores, float32: both (..., k), nearest first.

        Args:
            vectors: (..., width), finite.
            k: how many.
        """
        k = integer("Neighbors", "k", k)
        if self._has_keys:
            keys, _, rows = self._keys_now()
            found, scores = rows.search(vectors, k)
            return keys[found], scores
        if self._index is None:
            return self._core.search(vectors, k)
        vectors = np.asarray(vectors, "float32")
        self._core.search(np.empty((0, *vectors.shape[-1:]), "float32"), k)  # what is wrong with them
        if not np.isfinite(vectors).all():
            raise ValueError("[Neighbors] vectors must be finite.")
        ids, scores = self._index(vectors.reshape(-1, self._core.width), k)
        shape = (*vectors.shape[:-1], k)
        return ids.reshape(shape), scores.reshape(shape)

    def search_ids(self, ids, k=10, itself=False):
        """The same for rows of the table.

        Args:
            ids: integers, of any shape; or keys that have a row.
            k: how many.
            itself: whether a row is among its own neighbours.
        """
        k, itself = integer("Neighbors", "k", k), bool(itself)
        if self._has_keys:
            keys, places, rows = self._keys_now()
            found, scores = rows.search_ids(self._places_of(ids, keys, places), k, itself)
            return keys[found], scores
        if self._index is None:
            return self._core.search_ids(ids, k, itself)
        self._core.search_ids(np.empty(0, "int64"), k, itself)  # what is wrong with k
        ids = self._checked(ids)
        found, scores = self.search(self._rows_of(ids), k if itself else k + 1)
        if itself:
            return found, scores
        other = found != ids[..., None]
        other[..., -1] &= ~other.all(-1)  # the row itself was not found: the farthest goes
        shape = (*ids.shape, k)
        return found[other].reshape(shape), scores[other].reshape(shape)

    def most_similar(self, words, k=10):
        """The words nearest to a word, which is not among them: a list of (word, score), nearest first.

        Args:
            words: one, or a list of several, which gives a list of such lists.
            k: how many.
        """
        several = [words] if isinstance(words, str) else list(words)
        if self._has_keys:
            ids, scores = self.search_ids(np.array(several, object), k)
            found = [list(zip(*row)) for row in zip(ids.tolist(), scores.tolist())]
            return found[0] if isinstance(words, str) else found
        if self._words is None:
            raise ValueError("[Neighbors] there is no vocabulary to find a word in.")
        missing = [word for word in several if word not in self._numbers]
        if missing:
            raise KeyError(f"[Neighbors] the vocabulary has no word {shown(missing[0])}.")
        ids, scores = self.search_ids(np.array([self._numbers[word] for word in several], "int64"), k)
        found = [[(self._words[i], score) for i, score in zip(*row)] for row in zip(ids.tolist(), scores.tolist())]
        return found[0] if isinstance(words, str) else found

    def _keys_now(self):
        """The keys that have a row, where these are, and the neighbours among them."""
        table = self.table
        if isinstance(table, DynamicEmbedding):
            state, rows = table._values()
        else:
            state = table._core.state(values=True)
            rows = state["values"]
        if len(state["rows"]) == 0:
            raise ValueError("[Neighbors] no key of the table has a row.")
        keys = np.array(state["strings"], object) if state["strings"] else state["keys"]
        return keys, state["rows"], _core.neighbors(rows[state["rows"]], self.similarity)

    def _places_of(self, given, keys, rows):
        """Where these keys stand in `keys`, whose rows are `rows`, in order."""
        given = np.asarray(given)
        places = np.searchsorted(rows, self.table.find(given))
        places[places == len(rows)] = 0
        unknown = keys[places] != given
        if unknown.any():
            raise KeyError(f"[Neighbors] the table has no key {shown(given[unknown][0])}.")
        return places

    def _set_vocabulary(self, vocabulary):
        words = vocabulary.get_vocabulary() if hasattr(vocabulary, "get_vocabulary") else vocabulary
        self._words = [str(word) for word in items("Neighbors", "vocabulary", words)]
        self._numbers = {word: i for i, word in enumerate(self._words)}
        if len(self._words) != self._core.rows:
            raise ValueError(f"[Neighbors] vocabulary must have {self._core.rows} words, one a row. "
                             f"Received: {len(self._words)}")
        if len(self._numbers) != len(self._words):
            twice = next(word for i, word in enumerate(self._words) if self._numbers[word] != i)
            raise ValueError(f"[Neighbors] vocabulary must have each word once. Received twice: {shown(twice)}")

    def _checked(self, ids):
        given = np.asarray(ids)
        ids = given.astype("int64")
        if (ids != given).any():
            raise TypeError("[Neighbors] ids must be whole numbers.")
        outside = ids[(ids < 0) | (ids >= self._core.rows)]
        if outside.size:
            raise IndexError(f"[Neighbors] an id is outside [0, {self._core.rows}). Received: {outside[0]}")
        return ids

    def _rows(self):
        return self._rows_of(np.arange(self._core.rows))

    def _rows_of(self, ids):
        table = self.table
        if isinstance(table, EmbeddingTable):
            return table.lookup(ids)
        if isinstance(table, Embedding):
            return np.asarray(table(ids), "float32")
        return np.asarray(table, "float32")[ids]

    def __reduce__(self):
        return type(self), tuple(self._options.values())
