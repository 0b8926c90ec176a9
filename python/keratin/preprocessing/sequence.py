# SPDX-License-Identifier: Apache-2.0
"""Sequences for models of words. Keras: `keras.preprocessing.sequence`."""

from keratin import _core
from keratin.utils import pad_sequences

__all__ = ["make_sampling_table", "pad_sequences", "skipgrams"]


def make_sampling_table(size, sampling_factor=1e-5):
    """How likely the word of each rank is to be taken, so that common ones come less often: for `skipgrams`.

    Entry r is min(1, sqrt(sampling_factor / f(r))), where f is the frequency by Zipf's law (Mikolov et al., word2vec).

    Example:

    >>> keratin.preprocessing.sequence.make_sampling_table(3)
    array([0.00315225, 0.00315225, 0.00547597])

    Args:
        size: how many words there are.
        sampling_factor: words more frequent than this are left out at times.

    Returns:
        A float64 array of shape (size,).
    """
    return _core.make_sampling_table(size, sampling_factor)


def skipgrams(sequence, vocabulary_size, window_size=4, negative_samples=1.0, shuffle=True, categorical=False,
              sampling_table=None, seed=None):
    """Pairs of words to learn vectors from: each word with each of its neighbours, and words with random ones.

    Example:

    >>> couples, labels = keratin.preprocessing.sequence.skipgrams([1, 2, 3], vocabulary_size=4, window_size=1)

    Args:
        sequence: the ids of the words of a text; 0 is no word.
        vocabulary_size: random words are drawn from 1 to `vocabulary_size - 1`.
        window_size: how many words on either side are neighbours.
        negative_samples: pairs with a random word for each pair of neighbours.
        shuffle: whether the pairs come in random order.
        categorical: whether labels are [1, 0] and [0, 1].
        sampling_table: how likely each word is taken, by its id; None: all are.
        seed: what the order is drawn from. The rest comes from Python's `random`, as in Keras.

    Returns:
        A list of pairs, and a list of their labels: 1 for neighbours, 0 for random words.
    """
    import random
    couples, labels, state = _core.skipgrams(sequence, vocabulary_size, window_size, negative_samples, bool(shuffle),
                                             bool(categorical), sampling_table, seed, random.getstate()[1])
    random.setstate((random.getstate()[0], tuple(state), None))
    return couples.tolist(), labels.tolist()
