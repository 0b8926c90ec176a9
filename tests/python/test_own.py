# SPDX-License-Identifier: Apache-2.0
"""Layers and models of a user's own, with Keras's numbers: the programs of tests/golden/own_programs.py."""
import json
import pathlib
import sys

import keratin
import numpy as np
import pytest

GOLDEN_FOLDER = pathlib.Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN_FOLDER))
from own_programs import PROGRAMS  # noqa: E402

CASES = {case["name"]: case["found"] for case in json.loads((GOLDEN_FOLDER / "own.json").read_text())["cases"]}


def array(entry):
    return np.array(entry["data"], entry["dtype"]).reshape(entry["shape"])


def test_every_program_is_told():
    assert sorted(CASES) == sorted(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    keratin.backend.clear_session()
    found = PROGRAMS[name](keratin)
    assert sorted(found) == sorted(CASES[name])
    for key, expected in CASES[name].items():
        if isinstance(expected, dict) and "data" in expected:
            assert np.shape(found[key]) == tuple(expected["shape"]), key
            np.testing.assert_allclose(found[key], array(expected), rtol=2e-5, atol=2e-6, err_msg=key)
        elif key.startswith("history"):
            np.testing.assert_allclose(found[key], expected, rtol=2e-5, atol=1e-6, err_msg=key)
        else:
            assert found[key] == expected, key
