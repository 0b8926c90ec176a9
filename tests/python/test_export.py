# SPDX-License-Identifier: Apache-2.0
"""The arguments of `Model.export`. What ONNX Runtime computes of the files, tests/files/export.py says."""
import keratin as keras
import numpy as np
import pytest
from keratin import layers


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((4,), name="given"), layers.Dense(2, name="answer")])


def written(model, tmp_path, **arguments):
    model.export(tmp_path / "model.onnx", format="onnx", **arguments)
    return (tmp_path / "model.onnx").read_bytes()


def test_the_same_bytes_twice(model, tmp_path):
    once = written(model, tmp_path)
    assert b"given" in once and b"answer" in once and model.layers[0].kernel.path.encode() in once
    assert written(model, tmp_path, verbose=False, opset_version=18) == once


def test_verbose_says_where(model, tmp_path, capsys):
    written(model, tmp_path, verbose=True)
    assert str(tmp_path / "model.onnx") in capsys.readouterr().out


def test_signature_gives_names_and_shapes(model, tmp_path):
    assert b"other" in written(model, tmp_path, input_signature=[keras.Input((4,), name="other")])
    with pytest.raises(ValueError, match="objects with a shape"):
        written(model, tmp_path, input_signature=[4])


@pytest.mark.parametrize("arguments, text", [({"format": "tf_saved_model"}, "'onnx'"), ({"format": "onnx", "opset_version": 9}, "18"),
                                             ({"format": "onnx", "no_such": 1}, "no_such")])
def test_what_is_not_taken(model, tmp_path, arguments, text):
    with pytest.raises(ValueError, match=text):
        model.export(tmp_path / "model", **arguments)
    assert not list(tmp_path.iterdir())


def test_not_built(tmp_path):
    with pytest.raises(ValueError, match="not built"):
        written(keras.Sequential([layers.Dense(2)]), tmp_path)


def test_model_of_ones_own_that_was_never_called(tmp_path):
    class Own(keras.Model):
        def call(self, x):
            return x + 1

    own = Own()
    with pytest.raises(ValueError, match="not built"):
        written(own, tmp_path)
    own(np.zeros((2, 3), "float32"))
    assert b"output" in written(own, tmp_path)
