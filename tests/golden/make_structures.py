# SPDX-License-Identifier: Apache-2.0
"""What Keras gives for the programs of structure_programs.py."""
import golden
import keras
import numpy as np
from structure_programs import PROGRAMS


def entry(value):
    return golden.array(value) if isinstance(value, np.ndarray) else value


cases = []
for name, program in PROGRAMS.items():
    keras.utils.clear_session()
    cases.append({"name": name, "found": {key: entry(value) for key, value in program(keras).items()}})
golden.write("structures", cases)
