# SPDX-License-Identifier: Apache-2.0
"""Which movie a user rates next, of 9,724: a table of users and one of movies, whose dot products are high where both go together,
learned from what others of the batch rated (Yi et al., 2019), and the nearest movies of each user, exactly.

    two_towers.py FOLDER [EPOCHS]     ratings.csv (MovieLens, F. Harper and J. Konstan, 2015; its README says on what terms)
"""
import pathlib
import sys
import time

import keratin as keras
import numpy as np
from keratin import layers, metrics

BATCH, WIDTH, TEMPERATURE = 512, 32, 0.1
LISTED = 100  # movies that a list is judged by


def read(folder):
    """Users and movies as numbers from 0, by the time of the rating."""
    ratings = np.loadtxt(pathlib.Path(folder) / "ratings.csv", delimiter=",", skiprows=1)
    ratings = ratings[np.argsort(ratings[:, 3], kind="stable")]
    users, movies = (np.unique(ratings[:, column], return_inverse=True)[1].astype("int32") for column in (0, 1))
    return users, movies


def build(users, movies):
    """The logits of each user of a batch for the movies of all, of which that of the label is the user's own."""
    user, movie = (keras.Input(batch_shape=(BATCH,), dtype="int32") for _ in range(2))
    chance, labels = keras.Input(batch_shape=(BATCH,)), keras.Input(batch_shape=(BATCH, BATCH))

    def tower(rows, name, ids):
        first = keras.initializers.RandomNormal(stddev=0.1)  # each its own: one that both have draws the same rows for both
        return layers.UnitNormalization()(layers.Embedding(rows, WIDTH, embeddings_initializer=first, name=name)(ids))

    queries, candidates = tower(users, "users", user), tower(movies, "movies", movie)
    logits = keras.ops.matmul(queries, keras.ops.transpose(candidates)) / TEMPERATURE
    logits = layers.SamplingProbabilityCorrection()(logits, chance)  # a movie that many rate is there often
    logits = layers.RemoveAccidentalHits()(logits, labels, movie)
    model = keras.Model([user, movie, chance, labels], logits)
    model.compile(keras.optimizers.Adam(0.005), keras.losses.CategoricalCrossentropy(from_logits=True))
    return model


def unit(model, name):
    rows = model.get_layer(name).get_weights()[0]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def judge(model, users, movies, last):
    """recall@10 and NDCG@10 of each user's last movie among those that the user had not rated before."""
    seen = [set() for _ in range(len(last))]
    for user, movie in zip(users, movies):
        seen[user].add(movie)
    retrieval = layers.BruteForceRetrieval(k=LISTED + max(map(len, seen)))
    retrieval.update_candidates(unit(model, "movies"))
    scores, found = (np.asarray(x) for x in retrieval(unit(model, "users")))
    lists = [[place for place, movie in enumerate(row) if movie not in seen[user]][:LISTED] for user, row in enumerate(found)]
    hits = np.array([found[user, row] == last[user] for user, row in enumerate(lists)], "float32")
    scores = np.array([scores[user, row] for user, row in enumerate(lists)])
    return float(metrics.RecallAtK(k=10)(hits, scores)), float(metrics.NDCG(k=10)(hits, scores))


def main(folder, epochs=10):
    keras.utils.set_random_seed(1)
    users, movies = read(folder)
    last = dict(zip(users, range(len(users))))  # of each user the last place
    held_out = np.zeros(len(users), bool)
    held_out[list(last.values())] = True
    answers = movies[[last[user] for user in range(len(last))]]
    number = int(movies.max()) + 1
    model = build(len(last), number)
    users, movies = users[~held_out], movies[~held_out]
    chance = (np.bincount(movies, minlength=number) / len(movies)).astype("float32")
    own, order = np.eye(BATCH, dtype="float32"), np.random.default_rng(1)
    for epoch in range(int(epochs)):
        start, losses = time.perf_counter(), []
        places = order.permutation(len(users))
        for first in range(0, len(places) - BATCH + 1, BATCH):
            batch = places[first:first + BATCH]
            losses.append(model.train_on_batch([users[batch], movies[batch], chance[movies[batch]], own], own))
        print(f"epoch {epoch + 1}: loss {float(np.mean(losses)):.3f}, {time.perf_counter() - start:.2f} s")
    recall, ndcg = judge(model, users, movies, answers)
    print(f"the last movies of {len(answers)} users, of {number}: recall@10 {recall:.4f}, NDCG@10 {ndcg:.4f}")
    return ndcg


if __name__ == "__main__":
    main(*sys.argv[1:])
