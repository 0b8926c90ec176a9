# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any



__all__ = [
    "backend", "clear_session", "epsilon", "floatx", "image_data_format", "set_floatx",
]

def backend() -> Any: ...

def clear_session(free_memory: bool = True) -> None: ...

def epsilon() -> Any: ...

def floatx() -> Any: ...

def image_data_format() -> Any: ...

def set_floatx(value: Any) -> Any: ...
