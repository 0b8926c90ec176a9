# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Callable, Iterator
from typing import Any
from numpy.typing import NDArray



__all__ = [
    "Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json",
]

class Tokenizer:
    def __init__(
        self,
        num_words: int | None = None,
        filters: str = ...,
        lower: bool = True,
        split: str = ' ',
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Any = None,
        **kwargs: Any,
    ) -> None: ...
    def fit_on_texts(self, texts: Any) -> None: ...
    def fit_on_sequences(self, sequences: Any) -> None: ...
    def texts_to_sequences(self, texts: Any) -> list[list[int]]: ...
    def texts_to_sequences_generator(self, texts: Any) -> Iterator[list[int]]: ...
    def sequences_to_texts(self, sequences: Any) -> list[str]: ...
    def sequences_to_texts_generator(self, sequences: Any) -> Iterator[str]: ...
    def texts_to_matrix(self, texts: Any, mode: str = 'binary') -> NDArray[Any]: ...
    def sequences_to_matrix(self, sequences: Any, mode: str = 'binary') -> NDArray[Any]: ...
    def __getattr__(self, name: str) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    def to_json(self, **kwargs: Any) -> str: ...


def hashing_trick(
    text: str,
    n: int,
    hash_function: str | Callable[[str], int] | None = None,
    filters: str = ...,
    lower: bool = True,
    split: str = ' ',
    analyzer: Any = None,
) -> list[int]: ...

def one_hot(
    input_text: str,
    n: int,
    filters: str = ...,
    lower: bool = True,
    split: str = ' ',
    analyzer: Any = None,
) -> Any: ...

def text_to_word_sequence(input_text: str, filters: str = ..., lower: bool = True, split: str = ' ') -> list[str]: ...

def tokenizer_from_json(json_string: str) -> Any: ...
