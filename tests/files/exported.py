# SPDX-License-Identifier: Apache-2.0
"""What tests/files/export.py is made of: a model is exported, and ONNX Runtime computes what predict does."""
import sys
import tempfile

import keratin as keras
import numpy as np
from keratin import layers
from keratin._structure import flatten

try:
    import onnxruntime
except ImportError:
    print("export: onnxruntime is not there, and nothing is checked.")
    sys.exit(0)

# Some dozen float32 operations in another order: 16 units in the last place of what is near 1.
RTOL, ATOL = 1e-5, 2e-6
FOLDER = tempfile.TemporaryDirectory()
PATH = FOLDER.name + "/model.onnx"
DRAWN = np.random.default_rng(5)
IDS = DRAWN.integers(0, 20, size=(6, 7)).astype("int32")
IDS[0], IDS[1, 3:], IDS[2, :3] = 0, 0, 0  # masked whole, behind and in front
NUMBERS = DRAWN.normal(size=(6, 7, 4)).astype("float32")
NUMBERS[1, 2:] = 0


def check(what, model, *inputs, **signature):
    model.export(PATH, format="onnx", **signature)
    session = onnxruntime.InferenceSession(PATH, providers=["CPUExecutionProvider"])
    found = session.run(None, {place.name: x for place, x in zip(session.get_inputs(), inputs, strict=True)})
    expected = model.predict(list(inputs) if len(inputs) > 1 else inputs[0], verbose=0, batch_size=1000)
    for one, other in zip(flatten(expected), found, strict=True):
        one = np.asarray(one)
        assert one.shape == other.shape and one.dtype == other.dtype, (what, one.shape, other.shape, one.dtype, other.dtype)
        if one.dtype == object:
            np.testing.assert_array_equal(other, one, err_msg=what)
        else:
            np.testing.assert_allclose(other, one, rtol=RTOL, atol=ATOL, err_msg=what)


def graph(function, *examples):
    """The model of a function of inputs like these, whose steps are open."""
    has_steps = [x.ndim > 2 or (x.ndim == 2 and x.dtype == "int32") for x in examples]
    inputs = [keras.Input((None, *x.shape[2:]) if steps else x.shape[1:], dtype=str(x.dtype)) for x, steps in zip(examples, has_steps)]
    return keras.Model(inputs, function(*inputs))


def expect_refusal(why, model):
    try:
        model.export(FOLDER.name + "/refused.onnx", format="onnx")
    except ValueError as error:
        assert why in str(error), (why, error)
    else:
        raise AssertionError(f"exported: {why}")


# Layers whose form is not written; they are refused by name: ONNX has no hash that all runtimes know.
REFUSED = {"Hashing", "HashedCrossing", "DynamicEmbedding"}
CHECKED = set()  # by the functions of export.py and export_categories.py


def seen(name):
    CHECKED.add(name)
    return getattr(layers, name)
