# SPDX-License-Identifier: Apache-2.0
import pathlib
import subprocess
import sys


def test_stubs_are_as_the_package_is():
    program = pathlib.Path(__file__).parents[2] / "tools" / "make_stubs.py"
    run = subprocess.run([sys.executable, program, "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
