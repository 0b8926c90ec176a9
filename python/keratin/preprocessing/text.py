# SPDX-License-Identifier: Apache-2.0
"""Texts to sequences of numbers. Keras 2: `keras.preprocessing.text`."""
from keratin import _core

__all__ = ["Tokenizer", "text_to_word_sequence", "tokenizer_from_json"]

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


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

    A text may be a list of tokens; those are put into lower case, not filtered or split. Methods may be called
    from several threads.
    """

    def __init__(self, num_words=None, filters=_FILTERS, lower=True, split=" ", char_level=False, oov_token=None,
                 analyzer=None, **kwargs):
        _refuse(analyzer)
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self._core = _core.Tokenizer(num_words, filters, lower, split, char_level, oov_token, document_count)
        self._options = {"num_words": num_words, "filters": filters, "lower": lower, "split": split,
                         "char_level": char_level, "oov_token": oov_token, "analyzer": None}
        self._dicts = {}

    # -- learning -----------------------------------------------------------------------------

    def fit_on_texts(self, texts):
        """Counts the words of a list of texts, on top of what was counted before, and numbers all words anew."""
        self._dicts = {}
        self._core.fit_on_texts(texts)

    def fit_on_sequences(self, sequences):
        """Counts in how many of these lists of indices each index occurs, for "tfidf"."""
        self._dicts = {}
        self._core.fit_on_sequences(list(sequences))

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
        # Keras: arguments and dictionaries are attributes. A dict is made once after each fit.
        if name in self.__dict__.get("_options", ()):
            return self._options[name]
        if name in ("word_counts", "word_docs", "word_index", "index_word", "index_docs"):
            if name not in self._dicts:
                self._dicts[name] = getattr(self._core, name)
            return self._dicts[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def document_count(self):
        return self._core.document_count

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
            name: value for name, value in self.__dict__.items() if name not in ("_core", "_dicts")}}

    def __setstate__(self, state):
        self.__dict__.update(state["attributes"])
        self._core, self._dicts = _core.Tokenizer.from_json(state["json"]), {}

    def __repr__(self):
        return f"<Tokenizer of {len(self.word_index)} words>"


def tokenizer_from_json(json_string):
    """The Tokenizer that `to_json` wrote, here or in Keras 2."""
    core = _core.Tokenizer.from_json(json_string)
    config = core.get_config()
    tokenizer = Tokenizer(**{name: config[name] for name in (
        "num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")})
    tokenizer._core = core
    return tokenizer
