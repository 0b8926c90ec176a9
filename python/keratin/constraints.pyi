# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from numpy.typing import ArrayLike
from typing_extensions import Self


_ConstraintLike = str | Mapping[str, Any] | Callable[[Any], Any] | None

__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "max_norm", "min_max_norm", "non_neg",
    "unit_norm", "get", "serialize", "deserialize",
]

class Constraint:
    def __call__(self, w: ArrayLike) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    def __getattr__(self, name: str) -> Any: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class MaxNorm(Constraint):
    def __init__(self, max_value: float | None = 2, axis: int | Sequence[int] | None = 0) -> None: ...


class MinMaxNorm(Constraint):
    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float | None = 1.0,
        rate: float = 1.0,
        axis: int | Sequence[int] | None = 0,
    ) -> None: ...


class NonNeg(Constraint):
    def __init__(self) -> None: ...


class UnitNorm(Constraint):
    def __init__(self, axis: int | Sequence[int] | None = 0) -> None: ...


max_norm = MaxNorm

min_max_norm = MinMaxNorm

non_neg = NonNeg

unit_norm = UnitNorm

def get(identifier: Any) -> Any: ...

def serialize(constraint: _ConstraintLike) -> dict[str, Any]: ...

def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any: ...
