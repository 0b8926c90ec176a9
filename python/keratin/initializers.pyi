# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from typing_extensions import Self


_InitializerLike = str | Mapping[str, Any] | Callable[..., Any] | None
_Shape = Sequence[int | None]

__all__ = [
    "Initializer", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
    "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomInitializer", "RandomNormal", "RandomUniform",
    "TruncatedNormal", "VarianceScaling", "Zeros", "get", "serialize", "deserialize",
]

class Initializer:
    def __call__(self, shape: _Shape, dtype: Any = None) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    def clone(self) -> Self: ...
    def __getattr__(self, name: str) -> Any: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class Constant(Initializer):
    def __init__(self, value: Any = 0.0) -> None: ...
    def __call__(self, shape: _Shape, dtype: Any = None) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...


class Identity(Initializer):
    def __init__(self, gain: float = 1.0) -> None: ...


class Ones(Initializer):
    def __init__(self) -> None: ...


class RandomInitializer(Initializer):
    def __call__(self, shape: _Shape, dtype: Any = None) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...


class Zeros(Initializer):
    def __init__(self) -> None: ...


class GlorotNormal(RandomInitializer):
    def __init__(
        self,
        seed: Any = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None: ...


class GlorotUniform(RandomInitializer):
    def __init__(
        self,
        seed: Any = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None: ...


class HeNormal(RandomInitializer):
    def __init__(
        self,
        seed: Any = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None: ...


class HeUniform(RandomInitializer):
    def __init__(
        self,
        seed: Any = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None: ...


class LecunNormal(RandomInitializer):
    def __init__(
        self,
        seed: Any = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None: ...


class LecunUniform(RandomInitializer):
    def __init__(
        self,
        seed: Any = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None: ...


class Orthogonal(RandomInitializer):
    def __init__(self, gain: float = 1.0, seed: Any = None) -> None: ...


class RandomNormal(RandomInitializer):
    def __init__(self, mean: float = 0.0, stddev: float | None = 0.05, seed: Any = None) -> None: ...


class RandomUniform(RandomInitializer):
    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None: ...


class TruncatedNormal(RandomInitializer):
    def __init__(self, mean: float = 0.0, stddev: float | None = 0.05, seed: Any = None) -> None: ...


class VarianceScaling(RandomInitializer):
    def __init__(
        self,
        scale: float = 1.0,
        mode: str = 'fan_in',
        distribution: str = 'truncated_normal',
        seed: Any = None,
        input_axes: int | Sequence[int] | None = None,
        output_axes: int | Sequence[int] | None = None,
    ) -> None: ...


def get(identifier: Any) -> Any: ...

def serialize(initializer: _InitializerLike) -> dict[str, Any]: ...

def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any: ...
