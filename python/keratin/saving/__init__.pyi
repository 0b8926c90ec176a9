# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any
from typing_extensions import Self



__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "register_keras_serializable", "serialize_keras_object",
]

class CustomObjectScope:
    custom_objects: Any
    def __init__(self, custom_objects: dict[str, Any] | None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: Any) -> None: ...


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

def register_keras_serializable(package: str = 'Custom', name: str | None = None) -> Any: ...

def serialize_keras_object(obj: Any) -> Any: ...
