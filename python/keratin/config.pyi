# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any

from keratin.backend import backend as backend
from keratin.backend import epsilon as epsilon
from keratin.backend import floatx as floatx
from keratin.backend import image_data_format as image_data_format
from keratin.backend import set_floatx as set_floatx


__all__ = [
    "backend", "disable_traceback_filtering", "epsilon", "floatx", "image_data_format",
    "is_traceback_filtering_enabled", "kept_memory", "num_threads", "release_kept_memory", "set_floatx",
    "set_kept_memory", "set_num_threads",
]

def disable_traceback_filtering() -> Any: ...

def is_traceback_filtering_enabled() -> Any: ...

def kept_memory() -> Any: ...

def num_threads() -> Any: ...

def release_kept_memory() -> Any: ...

def set_kept_memory(bytes: int) -> Any: ...

def set_num_threads(threads: int) -> Any: ...
