# SPDX-License-Identifier: Apache-2.0
"""A recommender of two towers, a user's and a film's, on the ratings of MovieLens: one program for `keratin` and `keras`.

    two_towers.py keratin|keras OUT.npz      one epoch from given weights on given batches; writes the weights after it
"""
import csv
import pathlib
import sys

RATINGS = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / "movielens-latest-small" / "ratings.csv"
WIDTH = 32


def ratings():
    """(users, films, ratings) in one order for everybody, users and films numbered from 0."""
    import numpy as np

    if not RATINGS.exists():
        raise SystemExit("no ../shared/data/movielens-latest-small")
    with RATINGS.open(newline="") as file:
        rows = [(int(row["userId"]), int(row["movieId"]), float(row["rating"])) for row in csv.DictReader(file)]
    users, films, values = (np.array(column) for column in zip(*rows))
    order = np.random.default_rng(0).permutation(len(values))
    numbers = [np.unique(ids, return_inverse=True)[1][order].astype("int32")[:, None] for ids in (users, films)]
    return (*numbers, values[order].astype("float32")[:, None])


def model(keras, data):
    """For these ratings. Its weights are drawn here, so that they are the same whoever makes it."""
    import numpy as np

    layers, dice = keras.layers, np.random.default_rng(1)

    def tower(name, count):
        ids = keras.Input(shape=(1,), dtype="int32", name=name)
        vector = layers.Flatten()(layers.Embedding(count, WIDTH, name=f"{name}_table")(ids))
        return ids, layers.Dense(WIDTH, activation="relu", name=f"{name}_tower")(vector)

    user, u = tower("user", int(data[0].max()) + 1)
    film, f = tower("film", int(data[1].max()) + 1)
    made = keras.Model([user, film], layers.Dense(1, name="rating")(layers.Dot(axes=1)([u, f])))
    for name in names():
        layer = made.get_layer(name)
        layer.set_weights([dice.normal(0, 0.1, w.shape).astype("float32") for w in layer.get_weights()])
    made.compile("adam", "mse")
    return made


def names():
    return ["user_table", "film_table", "user_tower", "film_tower", "rating"]


def epoch(made, data):
    users, films, values = data
    made.fit([users, films], values, batch_size=32, epochs=1, shuffle=False, verbose=0)


def main():
    import numpy as np

    keras = __import__(sys.argv[1])
    data = ratings()
    made = model(keras, data)
    epoch(made, data)
    np.savez(sys.argv[2], **{f"{name}{i}": np.asarray(w) for name in names()
                             for i, w in enumerate(made.get_layer(name).get_weights())})


if __name__ == "__main__":
    main()
