# SPDX-License-Identifier: Apache-2.0
"""The programs of examples/ learn what tests/examples/run.py asks of them."""
import os
import pathlib
import subprocess
import sys

import keratin
import pytest

RUN = pathlib.Path(__file__).resolve().parents[1] / "examples/run.py"


@pytest.mark.parametrize("name", ["sms_spam", "names_to_languages", "entities", "bank_questions", "shakespeare", "word2vec", "glove", "two_towers", "clicks"])
def test_example(name):
    environment = dict(os.environ, PYTHONPATH=str(pathlib.Path(keratin.__file__).parents[1]))
    done = subprocess.run([sys.executable, RUN, "-", name], capture_output=True, text=True, env=environment)
    if done.returncode == 77:
        pytest.skip(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
