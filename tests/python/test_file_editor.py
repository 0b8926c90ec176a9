# SPDX-License-Identifier: Apache-2.0
"""keratin.saving.KerasFileEditor, and files that are objects. Keras's own test of the editor runs in tests/keras_suite."""
import io

import numpy as np
import pytest

import keratin
from keratin import layers
from keratin.saving import KerasFileEditor


def model_of(*widths):
    model = keratin.Sequential([keratin.Input((3,)), *(layers.Dense(width, name=f"of_{i}") for i, width in enumerate(widths))])
    model.compile("adam", "mse")
    return model


def test_it_edits_objects_and_weights(tmp_path, capsys):
    model = model_of(4, 2)
    model.fit(np.ones((5, 3)), np.ones((5, 2)), verbose=0)
    model.save(tmp_path / "a.keras")
    editor = KerasFileEditor(tmp_path / "a.keras")
    assert editor.config["class_name"] == "Sequential" and editor.object_metadata["layers/dense"] == {"name": "of_0"}
    assert editor.compare(model) == {"status": "success", "error_count": 0, "match_count": 14}
    np.testing.assert_array_equal(editor.weights_dict["layers"]["dense_1"]["0"], model.layers[1].kernel)
    editor.summary()
    assert "dense ('of_0')" in capsys.readouterr().out

    other = model_of(4, 2, 2)
    editor.delete_object("optimizer")
    editor.rename_object("layers/dense_1", "dense_2")
    editor.add_object("layers/dense_1", {"0": np.ones((4, 2))})
    editor.add_weights("dense_1", {"1": np.arange(2.0)})
    editor.add_weights("layers/dense_2", {"0": np.eye(2)})
    editor.save(tmp_path / "b.weights.h5")
    other.load_weights(tmp_path / "b.weights.h5")
    np.testing.assert_array_equal(other.layers[1].bias, [0, 1])
    np.testing.assert_array_equal(other.layers[2].kernel, np.eye(2))
    again = KerasFileEditor(str(tmp_path / "b.weights.h5"))
    assert again.config is None and again.metadata is None
    again.delete_weight("dense_1", "1")
    plain = keratin.Sequential([keratin.Input((3,)), *(layers.Dense(width) for width in (4, 2, 2))])
    found = again.compare(plain)
    assert found == {"status": "error", "error_count": 1, "match_count": 5}
    assert "Weight /layers/dense_1/1 present in reference model, missing from saved file" in capsys.readouterr().out


def test_what_cannot_be_is_refused_and_changes_nothing(tmp_path):
    model_of(4, 2).save_weights(tmp_path / "a.weights.h5")
    editor = KerasFileEditor(tmp_path / "a.weights.h5")
    before = repr(editor.weights_dict)
    for call, text in [(lambda: editor.delete_object("layers/dense_7"), "not found in model"),
                       (lambda: editor.delete_object("0"), "more than once"),
                       (lambda: editor.delete_object("dense_7"), "does not appear"),
                       (lambda: editor.rename_object("dense_1", "layers/x"), "leaf name"),
                       (lambda: editor.rename_object("dense_1", "dense"), "there already"),
                       (lambda: editor.add_object("nowhere/x", {}), "not found in model"),
                       (lambda: editor.add_object("layers/x", [1]), "should be a dict"),
                       (lambda: editor.add_weights("dense", {"a/b": np.ones(1)}), "without '/'"),
                       (lambda: editor.add_weights("layers/dense/0", {"1": np.ones(1)}), "is a weight"),
                       (lambda: editor.delete_weight("dense", "7"), "Weight 7 not found"),
                       (lambda: editor.save(tmp_path / "b.keras"), "`.weights.h5` extension"),
                       (lambda: KerasFileEditor(tmp_path / "a.h5"), "Invalid filename")]:
        with pytest.raises(ValueError, match=text):
            call()
        assert repr(editor.weights_dict) == before
    (tmp_path / "c.weights.h5").write_bytes(b"no file")
    with pytest.raises(ValueError):
        KerasFileEditor(tmp_path / "c.weights.h5")
    with pytest.raises(FileNotFoundError):
        KerasFileEditor(tmp_path / "none.weights.h5")


@pytest.mark.parametrize("zipped", [None, True, False])
def test_models_in_file_objects(tmp_path, zipped):
    model = model_of(4, 2)
    model.fit(np.ones((5, 3)), np.ones((5, 2)), verbose=0)
    file = io.BytesIO()
    model.save(file, zipped=zipped)
    model.save(tmp_path / "a.keras")
    assert file.getvalue() == (tmp_path / "a.keras").read_bytes()
    file.seek(0)
    again = keratin.saving.load_model(file)
    for one, other in zip(model.get_weights() + model.optimizer.get_weights(), again.get_weights() + again.optimizer.get_weights()):
        np.testing.assert_array_equal(one, other)
    with open(tmp_path / "b.keras", "wb") as target:
        keratin.saving.save_model(model, target)
    with open(tmp_path / "b.keras", "rb") as source:
        other = model_of(4, 2)
        other.load_weights(source)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    with pytest.raises(TypeError, match="open for bytes"):
        keratin.saving.load_model(io.StringIO("{}"))
