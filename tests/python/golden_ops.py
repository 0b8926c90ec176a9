# SPDX-License-Identifier: Apache-2.0
"""What Keras gave of the functions of `keras.ops` (tests/golden/op_cases.py)."""
import json
import pathlib
import re

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
FILES = [GOLDEN / f"{name}.json" for name in ("ops", "ops_axes", "ops_nn", "ops_numpy")]
KERAS = [case for file in FILES if file.exists() for case in json.loads(file.read_text())["cases"]]
NAMES = {"SearchSorted": "searchsorted", "I0": "i0", "CTCLoss": "ctc_loss"}
NOT_OF_KERAS = {"Gather"}  # operations that keras.ops has no function for


def name_of(case):
    return NAMES.get(case["class_name"]) or re.sub("(?<=[a-z])(?=[A-Z])", "_", case["class_name"]).lower()
