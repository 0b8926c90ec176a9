# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Sequence
from typing import Any
from numpy.typing import NDArray
from typing_extensions import Self


_Shape = Sequence[int | None]

__all__ = [
    "SeedGenerator", "randint", "uniform", "normal", "truncated_normal", "shuffle", "dropout",
]

class SeedGenerator:
    def __init__(self, seed: Any = None, name: str | None = None, **kwargs: Any) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def seed(self) -> Any: ...
    @property
    def state(self) -> Any: ...
    def next(self, ordered: bool = True) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


def randint(shape: _Shape, minval: int, maxval: int, dtype: Any = 'int32', seed: Any = None) -> NDArray[Any]: ...

def uniform(
    shape: _Shape,
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> NDArray[Any]: ...

def normal(
    shape: _Shape,
    mean: float = 0.0,
    stddev: float | None = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> NDArray[Any]: ...

def truncated_normal(
    shape: _Shape,
    mean: float = 0.0,
    stddev: float | None = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> NDArray[Any]: ...

def shuffle(x: Any, axis: int | Sequence[int] | None = 0, seed: Any = None) -> NDArray[Any]: ...

def dropout(inputs: Any, rate: float, noise_shape: _Shape | None = None, seed: Any = None) -> NDArray[Any]: ...
