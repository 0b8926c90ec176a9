# SPDX-License-Identifier: Apache-2.0
"""Refuses the import in a sub-interpreter, before `_core` is loaded there.

`_core` has one state a process, as NumPy has. From Python 3.12 on it says so to the interpreter, which refuses
by itself; before, a second import would take the state away from the first.
"""
import sys


def _is_main():
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        return True  # a Python without them
    return interpreters.get_current() == interpreters.get_main()


if sys.version_info < (3, 12) and not _is_main():
    raise ImportError("keratin works in the main interpreter of a process, not in a sub-interpreter")
