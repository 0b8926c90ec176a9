# SPDX-License-Identifier: Apache-2.0
"""Layers and models of a user's own, with Keras's numbers: the programs of tests/golden/own_programs.py."""
import json
import pathlib
import sys

import keratin
from golden_files import array_of
import numpy as np
import pytest

GOLDEN_FOLDER = pathlib.Path(__file__).parent.parent / "golden"
sys.path.insert(0, str(GOLDEN_FOLDER))
from own_programs import PROGRAMS  # noqa: E402

CASES = {case["name"]: case["found"] for case in json.loads((GOLDEN_FOLDER / "own.json").read_text())["cases"]}


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
            np.testing.assert_allclose(found[key], array_of(expected), rtol=2e-5, atol=2e-6, err_msg=key)
        elif key.startswith("history"):
            np.testing.assert_allclose(found[key], expected, rtol=2e-5, atol=1e-6, err_msg=key)
        else:
            assert found[key] == expected, key


@pytest.mark.parametrize("before", [[], [keratin.Input((3,))], [keratin.Input((None, 3))], [keratin.layers.Embedding(5, 3)]],
                         ids=["open", "input", "open steps", "behind a table"])
def test_a_layer_is_called_once_a_prediction(before):
    """Also the first of a Sequential that knows no shape: what is known of the model is not asked again."""
    calls = []

    class Twice(keratin.layers.Layer):
        def call(self, x):
            calls.append(x.shape)
            return x * 2.0

    model = keratin.Sequential([*before, Twice(), keratin.layers.Dense(2)])
    ids = bool(before) and isinstance(before[0], keratin.layers.Layer)
    steps = (2,) if ids or before and len(before[0].shape) == 3 else ()
    x = np.ones((4, *steps), "int32") if ids else np.ones((4, *steps, 3), "float32")
    model.predict(x, verbose=0)
    calls.clear()
    for count in (4, 1, 3, 4):
        model.predict(x[:count], verbose=0)
    assert [shape[0] for shape in calls] == [4, 1, 3, 4]
