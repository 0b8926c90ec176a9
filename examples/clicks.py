# SPDX-License-Identifier: Apache-2.0
"""How likely an advertisement is clicked: a DLRM (Naumov et al., 2019) and a DCN (Wang et al., 2021) on rows that are made in the shape
of Criteo's: 13 numbers, 26 categories of which each has a table, and whether there was a click.

    clicks.py [ROWS]     60,000 to learn from, and a sixth more to judge by

What is made: the categories have as many ids as those of the Criteo challenge, but at most 20,000 each (CARDINALITIES; 207,000 rows in
all), and are skewed: the first x of the ids of a category have the share x^(1/3), the first hundredth a fifth of the rows. Numbers are
log(1 + e), e exponential. The log odds of a click are the sum of an effect of every id and number, and of the product of two hidden
numbers of ids of categories 2 and 3; more than a quarter of the rows are clicks.
"""
import sys

import keratin as keras
import numpy as np
from keratin import layers

NUMBERS, WIDTH = 13, 16
CARDINALITIES = [min(count, 20000) for count in (
    1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10, 5652, 2173, 4, 7046547,
    18, 15, 286181, 105, 142572)]


def drawn(number, place):
    """From 0 to 1, of two whole numbers: the same in every language (SplitMix64)."""
    z = np.asarray(number, "uint64") * np.uint64(0x9E3779B97F4A7C15) + np.asarray(place, "uint64") * np.uint64(0xBF58476D1CE4E5B9)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


def made(rows, first):
    """Numbers (rows, 13), ids (rows, 26), clicks (rows, 1) and how likely they were."""
    row = np.arange(first, first + rows)[:, None]
    numbers = np.log1p(-np.log(1 - drawn(row, 100 + np.arange(NUMBERS))))
    ids = (np.array(CARDINALITIES) * drawn(row, np.arange(26)) ** 3).astype("int64")
    effects = drawn(ids, 200 + np.arange(26)) - 0.5
    hidden = 2 * drawn(ids[:, 2:4], 300 + np.arange(2)) - 1
    odds = -1.9 + 0.8 * effects.sum(1) + numbers @ (drawn(np.arange(NUMBERS), 400) - 0.4) + 3 * hidden.prod(1)
    likely = 1 / (1 + np.exp(-odds))
    return numbers.astype("float32"), ids.astype("int32"), (drawn(row[:, 0], 500) < likely).astype("float32")[:, None], likely


def vectors(ids):
    return [layers.EmbedReduce(count, WIDTH, combiner="sum")(ids[:, i:i + 1]) for i, count in enumerate(CARDINALITIES)]


def dlrm(numbers, ids):
    bottom = layers.Dense(WIDTH, "relu")(layers.Dense(64, "relu")(numbers))
    pairs = layers.DotInteraction()([bottom, *vectors(ids)])
    return layers.Concatenate()([bottom, pairs])


def dcn(numbers, ids):
    x0 = layers.Concatenate()([numbers, *vectors(ids)])
    x = layers.FeatureCross(projection_dim=32)(x0, x0)
    return layers.FeatureCross(projection_dim=32)(x0, x)


def main(rows=60000):
    rows = int(rows)
    *x, y, _ = made(rows, 0)
    *test, answers, likely = made(rows // 6, rows)
    auc = keras.metrics.AUC(num_thresholds=2000)
    auc.update_state(answers, likely[:, None].astype("float32"))
    print(f"{answers.mean():.1%} of {len(answers)} rows are clicks; who knows how likely each is has an AUC of {float(auc.result()):.4f}")
    reached = []
    for name, interact in (("DLRM", dlrm), ("DCN", dcn)):
        keras.utils.set_random_seed(1)
        numbers, ids = keras.Input((NUMBERS,)), keras.Input((26,), dtype="int32")
        top = layers.Dense(64, "relu")(interact(numbers, ids))
        model = keras.Model([numbers, ids], layers.Dense(1, "sigmoid")(top))
        model.compile(keras.optimizers.Adam(0.002), "binary_crossentropy", metrics=[keras.metrics.AUC(num_thresholds=2000, name="auc")])
        model.fit(x, y, batch_size=256, epochs=1, verbose=2)
        reached.append(model.evaluate(test, answers, verbose=0)[1])
        print(f"{name}: AUC {reached[-1]:.4f}")
    print(f"the worse of both: AUC {min(reached):.4f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
