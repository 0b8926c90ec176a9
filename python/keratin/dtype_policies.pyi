# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any
from typing_extensions import Self



__all__ = [
    "DTypePolicy", "deserialize", "get", "serialize",
]

class DTypePolicy:
    def __init__(self, name: str | None = None) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any: ...

def get(identifier: Any) -> Any: ...

def serialize(dtype_policy: Any) -> dict[str, Any]: ...
