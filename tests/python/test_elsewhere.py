# SPDX-License-Identifier: Apache-2.0
"""What Keras has is here, or an error says what to do instead: tests/golden/make_names.py asked a real Keras."""
import importlib
import json
import pathlib
import sys

import numpy as np
import pytest

import keratin
from keratin import _elsewhere

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "names.json"
sys.path.insert(0, str(GOLDEN.parent))
from named_objects import objects  # noqa: E402: the folder of the script that asks Keras

CASES = json.loads(GOLDEN.read_text())["cases"] if GOLDEN.exists() else []
pytestmark = pytest.mark.skipif(not CASES, reason=f"{GOLDEN} is not there")


def answered(thing, name):
    if isinstance(getattr(type(thing), name, None), property):  # which may not have a value yet, as in Keras
        return True
    """True for what is there; else an AttributeError has to say more than that it is not."""
    if hasattr(thing, name):
        return True
    with pytest.raises(AttributeError) as caught:
        getattr(thing, name)
    head, _, advice = str(caught.value).partition(f"has no attribute '{name}'")
    return bool(head) and advice.startswith(": ") and len(advice) > 20


@pytest.mark.parametrize("case", [pytest.param(case, id=case["module"]) for case in CASES if "module" in case])
def test_every_name_of_a_module(case):
    module = keratin
    for part in case["module"].split(".")[1:]:
        if not hasattr(module, part):
            assert answered(module, part)
            return
        module = getattr(module, part)
    assert [name for name in case["names"] if not answered(module, name)] == []


@pytest.mark.parametrize("case", [pytest.param(case, id=case["object"]) for case in CASES if "object" in case])
def test_every_attribute_of_an_object(case):
    thing = objects(keratin)[case["object"]]
    assert [name for name in case["names"] if not answered(thing, name)] == []


def test_the_list_names_nothing_that_is_there():
    """A name that has come since leaves the list."""
    for path, answers in _elsewhere._MODULES.items():
        module = importlib.import_module(f"keratin.{path}".rstrip("."))
        for names in answers:
            assert [name for name in names.split() if name in vars(module)] == []


def test_imports_say_it_too():
    for statement, text in [("from keratin.layers import Embedding, ConvLSTM1D", "there are LSTM, GRU, SimpleRNN"),
                            ("from keratin.ops import fft", "numpy"),
                            ("from keratin.initializers import STFT", "outside of Keratin"),
                            ("from keratin import applications", "outside of Keratin"),
                            ("import keratin.applications.vgg16", "outside of Keratin"),
                            ("from keratin.callbacks import OrbaxCheckpoint", "files that Keras opens")]:
        with pytest.raises(ImportError, match=text):
            exec(statement, {})
    with pytest.raises(ImportError, match="cannot import name 'Embeding'"):
        exec("from keratin.layers import Embeding", {})
    with pytest.raises(ModuleNotFoundError):
        exec("import keratin.layer", {})


def test_what_is_unknown_to_keras_too_is_a_plain_error():
    for thing in (keratin, keratin.layers, keratin.layers.Dense(2), keratin.callbacks):
        with pytest.raises(AttributeError, match="has no attribute 'nonsense'$"):
            thing.nonsense
        assert not hasattr(thing, "nonsense") and getattr(thing, "ConvLSTM1D", 5) == 5


def test_what_is_not_built_yet_says_so():
    for layer, names in ((keratin.layers.Embedding(5, 2), ["embeddings"]), (keratin.layers.Dense(5), ["kernel", "bias"])):
        for name in names:
            assert not hasattr(layer, name)
            with pytest.raises(AttributeError, match="not built yet"):
                getattr(layer, name)
        layer(np.zeros((1, 2)))
        assert all(hasattr(layer, name) for name in names)
    with pytest.raises(AttributeError, match="has no defined output shape yet"):
        keratin.Sequential([keratin.layers.Dense(1)]).output_shape
