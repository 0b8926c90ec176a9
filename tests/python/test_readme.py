# SPDX-License-Identifier: Apache-2.0
"""The Python programs of README.md run, as its C++ programs do (tests/readme)."""
import pathlib
import re

import pytest

README = pathlib.Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"\n```python\n(.*?)\n```", README.read_text(), re.S)


@pytest.mark.parametrize("block", BLOCKS, ids=range(1, len(BLOCKS) + 1))
def test_program(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # one writes a file
    exec(compile(block, "README.md", "exec"), {"__name__": "__main__"})


def test_there_are_as_many_as_of_cpp():
    assert len(BLOCKS) == README.read_text().count("\n```cpp\n") == 5
