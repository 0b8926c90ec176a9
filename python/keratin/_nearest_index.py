# SPDX-License-Identifier: Apache-2.0
"""Indexes of other packages for more rows than one likes to compare: usearch and hnswlib, where they are installed."""
import importlib

import numpy as np

from keratin._refusal import shown

# What each calls a similarity; both give 1 - product, 1 - cosine, and the square of the distance.
_NAMES = {"usearch": {"dot": "ip", "cosine": "cos", "distance": "l2sq"},
          "hnswlib": {"dot": "ip", "cosine": "cosine", "distance": "l2"}}


def made(index, rows, similarity):
    """A function of vectors (n, width) and k that gives ids and scores, (n, k)."""
    if not isinstance(index, str) or index not in _NAMES:
        raise ValueError(f"[Neighbors] index must be 'exact', 'usearch' or 'hnswlib'. Received: {shown(index)}")
    try:
        package = importlib.import_module("usearch.index" if index == "usearch" else index)
    except ImportError as error:
        raise ImportError(f"[Neighbors] index={index!r} needs the package {index}: pip install {index}") from error
    metric = _NAMES[index][similarity]
    find = (_usearch if index == "usearch" else _hnswlib)(package, rows, metric)

    def search(vectors, k):
        if len(vectors) == 0:
            return np.empty((0, k), "int64"), np.empty((0, k), "float32")
        ids, distances = find(vectors, k)
        distances = np.asarray(distances, "float32").reshape(len(vectors), k)
        scores = np.sqrt(np.maximum(distances, 0)) if similarity == "distance" else 1 - distances
        return np.asarray(ids).astype("int64").reshape(len(vectors), k), scores

    return search


def _usearch(package, rows, metric):
    index = package.Index(ndim=rows.shape[1], metric=metric, dtype="f32")
    index.add(np.arange(len(rows), dtype="uint64"), rows)

    def find(vectors, k):
        found = index.search(vectors, k)
        return found.keys, found.distances

    return find


def _hnswlib(package, rows, metric):
    index = package.Index(space=metric, dim=rows.shape[1])
    index.init_index(max_elements=len(rows))
    index.add_items(rows)

    def find(vectors, k):
        index.set_ef(max(2 * k, 64))
        return index.knn_query(vectors, k)

    return find
