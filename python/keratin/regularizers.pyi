# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Callable, Mapping
from typing import Any
from typing_extensions import Self


_RegularizerLike = str | Mapping[str, Any] | Callable[[Any], Any] | None

__all__ = [
    "Regularizer", "L1", "L2", "L1L2", "OrthogonalRegularizer", "l1", "l2", "l1_l2", "orthogonal_regularizer",
    "get", "serialize", "deserialize",
]

class Regularizer:
    def __call__(self, x: Any) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    def __getattr__(self, name: str) -> Any: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class L1(Regularizer):
    def __init__(self, l1: float = 0.01) -> None: ...


class L2(Regularizer):
    def __init__(self, l2: float = 0.01) -> None: ...


class L1L2(Regularizer):
    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None: ...


class OrthogonalRegularizer(Regularizer):
    def __init__(self, factor: float = 0.01, mode: str = 'rows') -> None: ...


l1 = L1

l2 = L2

l1_l2 = L1L2

orthogonal_regularizer = OrthogonalRegularizer

def get(identifier: Any) -> Any: ...

def serialize(regularizer: _RegularizerLike) -> dict[str, Any]: ...

def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any: ...
