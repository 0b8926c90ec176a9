# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any
from numpy.typing import ArrayLike

from keratin.preprocessing import sequence as sequence
from keratin.preprocessing import text as text


__all__ = [
    "sequence", "text", "timeseries_dataset_from_array",
]

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
