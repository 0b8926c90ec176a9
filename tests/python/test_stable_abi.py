# SPDX-License-Identifier: Apache-2.0
"""From Python 3.12 on one wheel is for that version and all later ones: what the module calls of Python's C interface is of the stable part.

Most machines build for their own Python alone, where the compiler takes every function."""
import pathlib
import re
import shutil
import subprocess
import sysconfig

import pytest

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "python" / "src"
COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


def unknown(names, limits, folder):
    """Those of `names` that Python.h, of the Python that runs this, does not declare."""
    source = folder / "names.cc"
    source.write_text(f"{limits}#include <Python.h>\nvoid use() {{\n" + "".join(f"  (void)&{name};\n" for name in names) + "}\n")
    done = subprocess.run([COMPILER, "-fsyntax-only", "-fmax-errors=0", "-fno-diagnostics-color", f"-I{sysconfig.get_path('include')}",
                           str(source)], capture_output=True, text=True)
    return {name for name in names if re.search(rf"error: .*\b{name}\b", done.stderr)}


@pytest.mark.skipif(COMPILER is None or not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists(),
                    reason="needs a compiler and Python's headers")
def test_the_module_calls_the_stable_part_alone(tmp_path):
    if not SOURCES.exists():
        pytest.skip("needs the sources")
    text = "".join(path.read_text() for path in SOURCES.iterdir() if path.suffix in (".cc", ".h"))
    names = set(re.findall(r"\b_?Py[A-Za-z]*_\w+(?=\()|\bPyExc_\w+", text))
    assert {"PyEval_SaveThread", "PyErr_CheckSignals"} <= names
    limits = "#define Py_LIMITED_API 0x030C0000\n"
    assert unknown({"PyGILState_Check"}, limits, tmp_path) and not unknown({"PyGILState_Check"}, "", tmp_path)  # one that is not stable
    assert unknown(names, limits, tmp_path) == unknown(names, "", tmp_path)
