# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).

from keratin.preprocessing import sequence as sequence
from keratin.preprocessing import text as text


__all__ = [
    "sequence", "text",
]
