# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any
from numpy.typing import NDArray



__all__ = [
    "pad_sequences",
]

def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = 'int32',
    padding: str = 'pre',
    truncating: str = 'pre',
    value: Any = 0.0,
) -> NDArray[Any]: ...
