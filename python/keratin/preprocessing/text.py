# SPDX-License-Identifier: Apache-2.0
"""Texts to sequences of numbers. Keras 2: `keras.preprocessing.text`."""
import functools
import operator

from keratin import _core, _native

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"]

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


_OPTIONS = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
_DICTIONARIES = ("word_counts", "word_docs", "word_index", "index_word", "index_docs")


class _Dictionary(dict):
    """One of a Tokenizer's dictionaries, which knows whether it was changed."""

    changed = False

    def __reduce__(self):
        return dict, (dict(self),)


def _noting(method):
    change = getattr(dict, method)

    @functools.wraps(change)
    def changing(self, *args, **kwargs):
        self.changed = True
        return change(self, *args, **kwargs)

    return changing


for _method in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(_Dictionary, _method, _noting(_method))


def _json(dictionary):
    import json
    return json.dumps({str(key): value for key, value in dictionary.items()}, default=operator.index)


def _refuse(analyzer):
    if analyzer is not None:
        raise ValueError("[Tokenizer] `analyzer` is not taken here: call it on the texts, and give the lists of tokens "
                         "in their place.")


def text_to_word_sequence(input_text, filters=_FILTERS, lower=True, split=" "):
    """The words of a text, as a list.

    Example:

    >>> keratin.preprocessing.text.text_to_word_sequence("The cat, the mat.")
    ['the', 'cat', 'the', 'mat']

    Args:
        input_text: a str.
        filters: each of these characters separates words.
        lower: whether the text is put into lower case.
        split: what stands between words.
    """
    return _core.text_to_word_sequence(input_text, filters, lower, split)


def one_hot(input_text, n, filters=_FILTERS, lower=True, split=" ", analyzer=None):
    """An index for each word of a text, by Python's `hash`: other ones in the next run, unless PYTHONHASHSEED is set.

    Example:

    >>> keratin.preprocessing.text.one_hot("the cat and the dog", 50)  # the same word, the same index

    Args:
        input_text: a str.
        n: indices are from 1 to n - 1; two words may have the same.
        filters: each of these characters separates words.
        lower: whether the text is put into lower case.
        split: what stands between words.
        analyzer: a function from a text to its words; None: they are taken apart as said.

    Returns:
        A list of integers.
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def hashing_trick(text, n, hash_function=None, filters=_FILTERS, lower=True, split=" ", analyzer=None):
    """An index for each word of a text, by a hash of the word.

    Example:

    >>> keratin.preprocessing.text.hashing_trick("the cat and the dog", 50, "md5")
    [43, 32, 14, 43, 2]

    Args:
        text: a str.
        n: indices are from 1 to n - 1; two words may have the same.
        hash_function: a function from a word to an integer; "md5", which is the same in every run; None: `hash`.
        filters, lower, split, analyzer: as those of `one_hot`.

    Returns:
        A list of integers.
    """
    size = operator.index(n)
    if size < 2:
        raise ValueError(f"[hashing_trick] n must be 2 at least: 0 is given to no word. Received: {n}")
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        import hashlib

        def hash_function(word):
            return int(hashlib.md5(word.encode()).hexdigest(), 16)
    if not callable(hash_function):
        raise ValueError(f"[hashing_trick] hash_function must be a function, 'md5' or None. Received: {hash_function!r}")
    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [hash_function(word) % (size - 1) + 1 for word in words]


class Tokenizer:
    """Learns a vocabulary from texts, most common word first, and turns texts into lists of its indices.

    0 is never given to a word: it is free for padding.

    Example:

    >>> tokenizer = keratin.preprocessing.text.Tokenizer(oov_token="<unknown>")
    >>> tokenizer.fit_on_texts(["the cat sat on the mat", "the dog"])
    >>> tokenizer.texts_to_sequences(["the bird on the mat"])
    [[2, 1, 5, 2, 6]]
    >>> keratin.utils.pad_sequences(_, maxlen=6)
    array([[0, 2, 1, 5, 2, 6]], dtype=int32)

    Args:
        num_words: only the `num_words - 1` most common words are used; None: all.
        filters: each of these characters separates words.
        lower: whether texts are put into lower case.
        split: what stands between words.
        char_level: every character is a token.
        oov_token: stands for all words that are not known, with index 1; None: they are left out.
        analyzer: must be None.
        document_count: how many texts count as seen already.

    The arguments, and the dictionaries `word_index`, `index_word`, `word_counts`, `word_docs` and `index_docs`, are
    attributes that may be set and changed: what is in them counts.

    A text may be a list of tokens; those are put into lower case, not filtered or split. Methods may be called
    from several threads.
    """

    def __init__(self, num_words=None, filters=_FILTERS, lower=True, split=" ", char_level=False, oov_token=None,
                 analyzer=None, **kwargs):
        _refuse(analyzer)
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        options = {"num_words": num_words, "filters": filters, "lower": lower, "split": split,
                   "char_level": char_level, "oov_token": oov_token, "document_count": document_count}
        self._given = _core.Tokenizer(**options)
        self._dicts = {}

    # -- what can be set ----------------------------------------------------------------------

    @property
    def _core(self):
        """The C++ object, with what the dictionaries were changed to since it was made."""
        if any(dictionary.changed for dictionary in self._dicts.values()):
            self._replace({name: _json(dictionary) for name, dictionary in self._dicts.items()})
            for dictionary in self._dicts.values():
                dictionary.changed = False
        return self._given

    def _replace(self, changes):
        """Another C++ object, with these changes to its config."""
        config = {**self._given.get_config(), **changes}
        self._given = _core.Tokenizer.from_json(_json({"class_name": "Tokenizer", "config": config}))

    def _refresh(self, names):
        """After a fit: Keras's dictionaries of these names are the ones they were, with new numbers."""
        kept = {name: dictionary for name, dictionary in self._dicts.items() if name in names}
        for name, dictionary in kept.items():
            numbers = getattr(self._given, name)
            dictionary.clear()
            dictionary.update(numbers)
            dictionary.changed = False
        return kept

    def __setattr__(self, name, value):
        if name == "analyzer":
            return _refuse(value)
        if name in _OPTIONS:
            self._core  # which takes the dictionaries along
            return self._replace({name: value})
        if name in _DICTIONARIES:
            value = _Dictionary(value)
            value.changed = True
            value = {**self._dicts, name: value}
            name = "_dicts"
        super().__setattr__(name, value)

    # -- learning -----------------------------------------------------------------------------

    def fit_on_texts(self, texts):
        """Counts the words of a list of texts, on top of what was counted before, and numbers all words anew."""
        self._core.fit_on_texts(texts)
        self._dicts = self._refresh(("word_counts", "word_docs", "index_docs"))

    def fit_on_sequences(self, sequences):
        """Counts in how many of these lists of indices each index occurs, for "tfidf"."""
        self._core.fit_on_sequences(list(sequences))
        self._refresh(("index_docs",))

    # -- texts and sequences ------------------------------------------------------------------

    def texts_to_sequences(self, texts):
        """A list of indices for each text."""
        return self._core.texts_to_sequences(texts)

    def texts_to_sequences_generator(self, texts):
        """The same, one text at a time."""
        for text in texts:
            yield self._core.texts_to_sequences([text])[0]

    def sequences_to_texts(self, sequences):
        """The words of each list of indices, with a space between them."""
        return self._core.sequences_to_texts(list(sequences))

    def sequences_to_texts_generator(self, sequences):
        """The same, one sequence at a time."""
        for sequence in sequences:
            yield self._core.sequences_to_texts([sequence])[0]

    def texts_to_matrix(self, texts, mode="binary"):
        """A float32 array, a row for each text and a column for each index.

        Args:
            texts: a list of texts.
            mode: "binary" (is the word there), "count", "freq" (its share of the text) or "tfidf".

        Returns:
            An array of shape (number of texts, `num_words`, or one more than there are words).
        """
        return self._core.texts_to_matrix(texts, mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """As `texts_to_matrix`, of lists of indices."""
        return self._core.sequences_to_matrix(list(sequences), mode)

    # -- what was learnt ----------------------------------------------------------------------

    def __getattr__(self, name):
        # Keras: arguments and dictionaries are attributes, which may be set and changed.
        if name == "analyzer":
            return None
        if "_given" in self.__dict__:
            if name in _OPTIONS:
                return getattr(self._given, name)
            if name in _DICTIONARIES:
                if name not in self._dicts:
                    self._dicts[name] = _Dictionary(getattr(self._core, name))
                return self._dicts[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def get_config(self):
        """Arguments and dictionaries, these as strings of JSON."""
        return self._core.get_config()

    def to_json(self, **kwargs):
        """All of it as JSON, which `tokenizer_from_json` and Keras 2 read; `kwargs` go to `json.dumps`."""
        if not kwargs:
            return self._core.to_json()
        import json
        return json.dumps(json.loads(self._core.to_json()), **kwargs)

    # -- copies -------------------------------------------------------------------------------

    def __getstate__(self):
        return {"json": self._core.to_json(), "attributes": {
            name: value for name, value in self.__dict__.items() if name not in ("_given", "_dicts")}}

    def __setstate__(self, state):
        self.__dict__.update(state["attributes"], _given=_core.Tokenizer.from_json(state["json"]), _dicts={})

    def __repr__(self):
        return f"<Tokenizer of {len(self.word_index)} words>"


def tokenizer_from_json(json_string):
    """The Tokenizer that `to_json` wrote, here or in Keras 2."""
    with _native.told_by("tokenizer_from_json"):
        if not isinstance(json_string, str):
            raise TypeError(f"expected a str of JSON. Received: {type(json_string).__name__}")
    core = _core.Tokenizer.from_json(json_string)
    config = core.get_config()
    tokenizer = Tokenizer(**{name: config[name] for name in (
        "num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")})
    tokenizer._given = core
    return tokenizer
