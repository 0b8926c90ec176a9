# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Sequence
from os import PathLike
from typing import Any
from numpy.typing import ArrayLike

from keratin.preprocessing import sequence as sequence
from keratin.preprocessing import text as text


__all__ = [
    "sequence", "text", "text_dataset_from_directory", "timeseries_dataset_from_array",
]

def text_dataset_from_directory(
    directory: str | PathLike[str],
    labels: str | Sequence[int] | None = 'inferred',
    label_mode: str | None = 'int',
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: Any = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = 'tf',
    verbose: str | int = True,
) -> Any: ...

def timeseries_dataset_from_array(
    data: Any,
    targets: ArrayLike | None,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: Any = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = 'tf',
) -> Any: ...
