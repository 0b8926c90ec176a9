# SPDX-License-Identifier: Apache-2.0
"""Layers with a vocabulary. Keras: `keras.layers.preprocessing`."""
import os

import numpy as np

from keratin import _core
from keratin._arguments import flag, items, plain
from keratin.layers.preprocessing import Adapted


class Lookup(Adapted, listed=False):
    """What they have in common: the vocabulary."""

    def _make_lookup(self, base, vocabulary, idf_weights, **options):
        """`vocabulary`: may be the name of a file, a token a line."""
        path = vocabulary if isinstance(vocabulary, (str, os.PathLike)) else None
        tokens = None if path is not None or vocabulary is None else items(type(self).__name__, "vocabulary", plain(vocabulary))
        self._make(base, vocabulary=_texts(tokens), idf_weights=plain(idf_weights), **options)
        if path is not None:
            if not os.path.isfile(path):
                raise ValueError(f"Vocabulary file {path!r} does not exist.")
            try:
                with open(path, encoding="utf-8", newline="\n") as file:
                    tokens = file.read().removesuffix("\n").split("\n")
            except UnicodeDecodeError as error:
                raise ValueError(f"Vocabulary file {path!r} is not UTF-8: {error.reason} at byte {error.start}.") from None
            self.set_vocabulary(tokens, idf_weights)

    def get_vocabulary(self, include_special_tokens=True):
        """The tokens in the order of their indices, a list, with the mask token and those for unknown ones in front."""
        return _core.get_vocabulary(self._core, include_special_tokens)

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Makes these tokens the vocabulary, with the special tokens in front or without.

        Args:
            vocabulary: a list or array of tokens.
            idf_weights: of the mode "tf_idf", a weight for each token.
        """
        tokens = vocabulary if isinstance(vocabulary, np.ndarray) else items(type(self).__name__, "vocabulary", vocabulary)
        if len(tokens) == 0:
            raise ValueError("Cannot set an empty vocabulary. Received: vocabulary=[]")
        _core.set_vocabulary(self._core, self._tokens(tokens), plain(idf_weights))

    def _tokens(self, tokens):
        return tokens

    def vocabulary_size(self):
        """How many tokens there are, with the special ones."""
        return _core.vocabulary_size(self._core)

    def __getstate__(self):
        state = super().__getstate__()
        config = self._core.get_config()
        if config.get("has_input_vocabulary") is not None:  # it was learned
            state["_options"] = {**self._options, **{name: config[name] for name in (
                "vocabulary", "idf_weights", "vocabulary_size", "has_input_vocabulary")}}
        return state


class IntegerLookup(Lookup):
    """Integers to their indices in a vocabulary, which is given or learned by `adapt`.

    Example:

    >>> layer = keratin.layers.IntegerLookup(vocabulary=[12, 36, 1138, 42])
    >>> layer([[12, 1138, 42], [42, 1000, 36]])
    array([[1, 3, 4],
           [4, 0, 2]])

    Args:
        max_tokens: how many tokens there may be, with the special ones; None: any number.
        num_oov_indices: how many indices there are for what is not in the vocabulary; 0: that is an error.
        mask_token: has index 0; None for none.
        oov_token: what an unknown index becomes with `invert`.
        vocabulary: a list, an array, or the name of a file with one a line; None: `adapt` learns it.
        vocabulary_dtype: "int64".
        idf_weights: of the mode "tf_idf", a weight for each token of `vocabulary`.
        invert: True: from indices to tokens.
        output_mode: "int": the index; "one_hot", "multi_hot", "count": vectors, as CategoryEncoding has them; "tf_idf": counts
            times weights.
        sparse: must be False.
        pad_to_max_tokens: whether vectors have `max_tokens` places, however many tokens there are.
        oov_method: what is unknown has its index by "floormod" or by its hash, "farmhash".
        salt: of the hash: an integer or two for SipHash64.

    Input shape:
        Any.

    Output shape:
        That of the inputs, or that of the vectors.
    """

    def __init__(self, max_tokens=None, num_oov_indices=1, mask_token=None, oov_token=-1, vocabulary=None,
                 vocabulary_dtype="int64", idf_weights=None, invert=False, output_mode="int", sparse=False,
                 pad_to_max_tokens=False, oov_method="floormod", salt=None, name=None, **kwargs):
        self._make_lookup(
            {"name": name, **_base(kwargs)}, vocabulary, idf_weights, max_tokens=max_tokens, num_oov_indices=num_oov_indices,
            mask_token=mask_token, oov_token=oov_token, vocabulary_dtype=vocabulary_dtype, invert=flag(invert),
            output_mode=output_mode, sparse=flag(sparse), pad_to_max_tokens=flag(pad_to_max_tokens), oov_method=oov_method,
            salt=plain(salt), **_sizes(kwargs))

    def _tokens(self, tokens):
        return [int(token) for token in tokens]


class StringLookup(Lookup):
    """Strings to their indices in a vocabulary, which is given or learned by `adapt`.

    Example:

    >>> layer = keratin.layers.StringLookup(vocabulary=["a", "b", "c", "d"])
    >>> layer([["a", "c", "d"], ["d", "z", "b"]])
    array([[1, 3, 4],
           [4, 0, 2]])

    Args:
        max_tokens: how many tokens there may be, with the special ones; None: any number.
        num_oov_indices: how many indices there are for what is not in the vocabulary, by its hash; 0: that is an error.
        mask_token: has index 0; None for none.
        oov_token: what an unknown index becomes with `invert`.
        vocabulary: a list, an array, or the name of a file with one a line; None: `adapt` learns it.
        idf_weights: of the mode "tf_idf", a weight for each token of `vocabulary`.
        invert: True: from indices to tokens, an array of str.
        output_mode: "int": the index; "one_hot", "multi_hot", "count": vectors, as CategoryEncoding has them; "tf_idf": counts
            times weights.
        pad_to_max_tokens: whether vectors have `max_tokens` places, however many tokens there are.
        sparse: must be False.
        encoding: "utf-8".
        salt: of the hash of what is unknown: None for FarmHash64, an integer or two for SipHash64.

    Input shape:
        Any.

    Output shape:
        That of the inputs, or that of the vectors.
    """

    def __init__(self, max_tokens=None, num_oov_indices=1, mask_token=None, oov_token="[UNK]", vocabulary=None, idf_weights=None,
                 invert=False, output_mode="int", pad_to_max_tokens=False, sparse=False, encoding="utf-8", name=None, salt=None,
                 **kwargs):
        self._make_lookup(
            {"name": name, **_base(kwargs)}, vocabulary, idf_weights, max_tokens=max_tokens, num_oov_indices=num_oov_indices,
            mask_token=mask_token, oov_token=oov_token, invert=flag(invert), output_mode=output_mode,
            pad_to_max_tokens=flag(pad_to_max_tokens), sparse=flag(sparse), encoding=encoding, salt=plain(salt), **_sizes(kwargs))


class TextVectorization(Lookup):
    """Texts to the indices of their words, 0 behind the last and 1 for words that are not known.

    Example:

    >>> layer = keratin.layers.TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["foo bar", "bar baz"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'bar', 'foo', 'baz']
    >>> layer(["foo qux bar"])
    array([[3, 1, 2, 0]])

    Args:
        max_tokens: how many tokens there may be, with the special ones; None: any number.
        standardize: "lower_and_strip_punctuation", "lower" or "strip_punctuation", of ASCII letters and signs; None for
            nothing; or a function of an array of str that returns another.
        split: "whitespace", "character", None where each text is a token; or a function of an array of str that returns a
            list of tokens for each.
        ngrams: n: tokens, and 2 to n that stand together with spaces between; a tuple: those of so many.
        output_mode: "int"; or a vector for each text: "multi_hot": 1 for what is in it, "count": how often, "tf_idf": that
            times weights.
        output_sequence_length: of "int": how long rows are, longer ones are cut; None: as the longest.
        pad_to_max_tokens: whether vectors have `max_tokens` places, however many tokens there are.
        vocabulary: a list, an array, or the name of a file with one a line; None: `adapt` learns it.
        idf_weights: of the mode "tf_idf", a weight for each token of `vocabulary`.
        sparse, ragged: must be False.
        encoding: "utf-8".

    Input shape:
        (batch,) or (batch, 1), of strings.

    Output shape:
        (batch, length), or (batch, tokens) for vectors.
    """

    def __init__(self, max_tokens=None, standardize="lower_and_strip_punctuation", split="whitespace", ngrams=None,
                 output_mode="int", output_sequence_length=None, pad_to_max_tokens=False, vocabulary=None, idf_weights=None,
                 sparse=False, ragged=False, encoding="utf-8", name=None, **kwargs):
        ngrams = list(ngrams) if isinstance(ngrams, tuple) else ngrams
        self._make_lookup(
            {"name": name, **_base(kwargs)}, vocabulary, idf_weights, max_tokens=max_tokens, standardize=standardize,
            split=split, ngrams=ngrams, output_mode=output_mode, output_sequence_length=output_sequence_length,
            pad_to_max_tokens=flag(pad_to_max_tokens), sparse=flag(sparse), ragged=flag(ragged), encoding=encoding,
            **_sizes(kwargs))

    _tuples = ("ngrams",)

    def _make_core(self, config, options):
        functions = {name: options[name] for name in ("standardize", "split") if callable(options[name])}
        return _core.text_vectorization({**config, **{name: None for name in functions}}, functions.get("standardize"),
                                        functions.get("split"))

    def adapt(self, data, batch_size=None, steps=None):
        """Learns the vocabulary from texts: an array, or an iterable of batches. `batch_size` changes nothing."""
        super().adapt(data, steps)


def _texts(tokens):
    return None if tokens is None else [token.decode() if isinstance(token, bytes) else token for token in tokens]


def _base(kwargs):
    return {name: value for name, value in kwargs.items() if name not in ("vocabulary_size", "has_input_vocabulary")}


def _sizes(kwargs):
    """What a config says beside the arguments."""
    return {name: kwargs[name] for name in ("vocabulary_size", "has_input_vocabulary") if kwargs.get(name) is not None}
