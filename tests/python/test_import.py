# SPDX-License-Identifier: Apache-2.0
"""What `import keratin` brings along. Half the time of an import can go to modules that one rare function needs: such a
function imports them itself. tests/wheel/check_wheel.py measures how long it takes."""
import subprocess
import sys

# Small ones.
BROUGHT = {"atexit", "copy", "errno", "threading", "_xxsubinterpreters", "_interpreters"}


def test_import_brings_little_beside_numpy():
    program = ("import sys, numpy, inspect; before = set(sys.modules); import keratin; "
               "print(*(name for name in sys.modules if name not in before and not name.startswith('keratin')))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= BROUGHT
