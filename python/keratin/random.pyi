# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Sequence
from typing import Any
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self


_Shape = Sequence[int | None]

__all__ = [
    "SeedGenerator", "randint", "uniform", "normal", "truncated_normal", "shuffle", "categorical", "dropout",
    "fixed_unigram_candidate_sampler", "learned_unigram_candidate_sampler", "log_uniform_candidate_sampler",
    "uniform_candidate_sampler",
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

def categorical(
    logits: ArrayLike,
    num_samples: int | None,
    dtype: Any = 'int32',
    seed: Any = None,
) -> NDArray[Any]: ...

def dropout(inputs: Any, rate: float, noise_shape: _Shape | None = None, seed: Any = None) -> NDArray[Any]: ...

def fixed_unigram_candidate_sampler(
    true_classes: ArrayLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    unigrams: Sequence[float] = ...,
    seed: Any = None,
) -> NDArray[Any]: ...

def learned_unigram_candidate_sampler(
    true_classes: ArrayLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: Any = None,
    counts: ArrayLike | None = None,
) -> NDArray[Any]: ...

def log_uniform_candidate_sampler(
    true_classes: ArrayLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: Any = None,
) -> NDArray[Any]: ...

def uniform_candidate_sampler(
    true_classes: ArrayLike,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: Any = None,
) -> NDArray[Any]: ...
