# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any
from numpy.typing import ArrayLike, NDArray



__all__ = [
    "make_sampling_table", "pad_sequences", "skipgrams",
]

def make_sampling_table(size: int, sampling_factor: float = 1e-05) -> NDArray[Any]: ...

def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = 'int32',
    padding: str = 'pre',
    truncating: str = 'pre',
    value: Any = 0.0,
) -> NDArray[Any]: ...

def skipgrams(
    sequence: ArrayLike,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: ArrayLike | None = None,
    seed: Any = None,
) -> tuple[list[list[int]], list[Any]]: ...
