# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Mapping
from os import PathLike
from typing import IO, Any
from numpy.typing import ArrayLike
from typing_extensions import Self

from keratin.models import load_model as load_model
from keratin.models import save_model as save_model


__all__ = [
    "CustomObjectScope", "KerasFileEditor", "custom_object_scope", "deserialize_keras_object",
    "get_custom_objects", "get_registered_name", "get_registered_object", "load_model", "load_weights",
    "register_keras_serializable", "save_model", "save_weights", "serialize_keras_object",
]

class CustomObjectScope:
    custom_objects: Any
    def __init__(self, custom_objects: dict[str, Any] | None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: Any) -> None: ...


class KerasFileEditor:
    filepath: Any
    config: Any
    metadata: Any
    weights_dict: Any
    object_metadata: Any
    def __init__(self, filepath: str | PathLike[str]) -> None: ...
    def summary(self) -> None: ...
    def compare(self, reference_model: object) -> Any: ...
    def rename_object(self, object_name: str, new_name: str) -> Any: ...
    def delete_object(self, object_name: str) -> Any: ...
    def add_object(self, object_path: str, weights: Mapping[str, ArrayLike]) -> Any: ...
    def add_weights(self, object_name: str, weights: Mapping[str, ArrayLike]) -> Any: ...
    def delete_weight(self, object_name: str, weight_name: str) -> Any: ...
    def save(self, filepath: str | PathLike[str]) -> Any: ...
    def resave_weights(self, filepath: str | PathLike[str]) -> Any: ...


custom_object_scope = CustomObjectScope

def deserialize_keras_object(
    config: Any,
    custom_objects: dict[str, Any] | None = None,
    safe_mode: bool = True,
    **kwargs: Any,
) -> Any: ...

def get_custom_objects() -> Any: ...

def get_registered_name(obj: Any) -> Any: ...

def get_registered_object(
    name: str,
    custom_objects: dict[str, Any] | None = None,
    module_objects: dict[str, Any] | None = None,
) -> Any: ...

def load_weights(
    model: Any,
    filepath: str | PathLike[str] | bytes | IO[bytes],
    skip_mismatch: bool = False,
    by_name: bool = False,
    mmap: bool = True,
    objects_to_skip: object | None = None,
    **kwargs: Any,
) -> Any: ...

def register_keras_serializable(package: str = 'Custom', name: str | None = None) -> Any: ...

def save_weights(
    model: Any,
    filepath: str | PathLike[str] | bytes | IO[bytes],
    overwrite: bool = True,
    max_shard_size: int | None = None,
    objects_to_skip: object | None = None,
    **kwargs: Any,
) -> Any: ...

def serialize_keras_object(obj: Any) -> Any: ...
