# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Sequence
from typing import Any
from numpy.typing import ArrayLike
from typing_extensions import Self



__all__ = [
    "AbsMaxQuantizer", "Int4QuantizationConfig", "Int8QuantizationConfig", "QuantizationConfig",
    "QuantizationReport", "deserialize", "get", "pack_int4", "serialize", "unpack_int4",
]

class QuantizationReport:
    mode: Any
    quantized: Any
    skipped: Any
    def __init__(self, mode: str | None = None) -> None: ...
    def add_quantized(self, path: str, mode: str, scheme: str) -> Any: ...
    def add_skipped(self, path: str, reason: str) -> Any: ...
    @property
    def num_quantized(self) -> Any: ...
    @property
    def num_skipped(self) -> Any: ...
    def skipped_by_reason(self, reason: str) -> Any: ...
    def summary_warning(self, max_examples: int = 5) -> Any: ...
    def render(self) -> Any: ...


class AbsMaxQuantizer:
    axis: Any
    value_range: Any
    epsilon: Any
    output_dtype: Any
    def __init__(
        self,
        axis: int | Sequence[int] | None = None,
        value_range: Sequence[int] = ...,
        epsilon: Any = 1e-07,
        output_dtype: str = 'int8',
    ) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    def serialize(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class QuantizationConfig:
    weight_quantizer: Any
    activation_quantizer: Any
    def __init__(self, weight_quantizer: object | None = None, activation_quantizer: object | None = None) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    def serialize(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class Int4QuantizationConfig(QuantizationConfig):
    block_size: Any
    def __init__(
        self,
        weight_quantizer: object | None = None,
        activation_quantizer: object = 'default',
        block_size: int = 128,
    ) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class Int8QuantizationConfig(QuantizationConfig):
    def __init__(self, weight_quantizer: object | None = None, activation_quantizer: object = 'default') -> None: ...


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any: ...

def get(identifier: Any) -> Any: ...

def pack_int4(arr: ArrayLike, axis: int | Sequence[int] | None = 0, dtype: Any = 'int8') -> Any: ...

def serialize(quantizer: object) -> dict[str, Any]: ...

def unpack_int4(
    packed: ArrayLike,
    orig_len: int,
    axis: int | Sequence[int] | None = 0,
    dtype: Any = 'int8',
) -> Any: ...
