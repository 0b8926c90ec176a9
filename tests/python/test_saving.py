# SPDX-License-Identifier: Apache-2.0
"""Models out of files of real Keras (tests/golden/saving), and into files."""
import json
import pathlib
import warnings

import numpy as np
import pytest

import keratin

FOLDER = pathlib.Path(__file__).parent.parent / "golden" / "saving"
ROW = json.loads((FOLDER / "row.json").read_text())
X, Y = np.array(ROW["x"]), np.array(ROW["y"])
SHARED = pathlib.Path(__file__).parents[3] / "shared" / "models"


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b):
        np.testing.assert_array_equal(one, other)


def fit_goes_on(model):
    history = model.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    np.testing.assert_allclose(history.history["loss"], ROW["loss"], rtol=1e-6)
    np.testing.assert_allclose(model.predict(X, verbose=0), ROW["answers_after"], rtol=1e-6)


@pytest.mark.parametrize("name", ["row.keras", "row.h5"])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_whole_models_of_keras(name, as_bytes):
    path = FOLDER / name
    model = keratin.saving.load_model(path.read_bytes() if as_bytes else path)
    same(model.get_weights(), [np.array(w, np.float32) for w in ROW["weights"]])
    np.testing.assert_allclose(model.predict(X, verbose=0), ROW["answers"], rtol=1e-6)
    assert model.mask_policy == "keras3" and model.optimizer.iterations == 2
    fit_goes_on(model)


def test_the_name_of_a_file_says_nothing(tmp_path):
    (tmp_path / "model.txt").write_bytes((FOLDER / "row.keras").read_bytes())
    (tmp_path / "model.keras").write_bytes((FOLDER / "row.h5").read_bytes())
    for path in tmp_path.iterdir():
        same(keratin.models.load_model(path, compile=False).get_weights(), [np.array(w, np.float32) for w in ROW["weights"]])


@pytest.mark.parametrize("name", ["row.keras", "row.h5", "row.weights.h5"])
def test_weights_alone(name):
    model = keratin.saving.load_model(FOLDER / "row.keras", compile=False)
    weights = model.get_weights()
    model.set_weights([w + 1 for w in weights])
    model.load_weights(FOLDER / name)
    same(model.get_weights(), weights)


def test_there_and_back(tmp_path):
    first = keratin.saving.load_model(FOLDER / "row.keras")
    first.save(tmp_path / "again.keras")
    again = keratin.saving.load_model(tmp_path / "again.keras")
    same(again.get_weights(), first.get_weights())
    same(again.optimizer.get_weights(), first.optimizer.get_weights())
    assert again.get_config() == first.get_config()
    fit_goes_on(again)
    first.save_weights(tmp_path / "first.weights.h5")
    again.load_weights(tmp_path / "first.weights.h5")
    same(again.get_weights(), first.get_weights())
    same(again.optimizer.get_weights(), first.optimizer.get_weights())


@keratin.saving.register_keras_serializable("tests")
class Towers(keratin.layers.Layer):
    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.left = keratin.layers.Dense(units)
        self.others = [keratin.layers.Dense(units), keratin.layers.Dense(units)]

    def build(self, shape):
        self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")
        for part in (self.left, *self.others):
            part.build(shape)

    def call(self, x):
        return (self.left(x) + self.others[0](x) * self.others[1](x)) * self.scale

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def test_layers_of_ones_own_and_models_within(tmp_path):
    inner = keratin.Sequential([keratin.layers.Input((3,)), keratin.layers.Dense(3), Towers(3)])
    x = keratin.Input((3,))
    model = keratin.Model(x, inner(inner(x)) + keratin.layers.Dense(3)(x))
    model.save(tmp_path / "own.keras")
    again = keratin.saving.load_model(tmp_path / "own.keras")
    same(again.get_weights(), model.get_weights())
    data = np.ones((2, 3), np.float32)
    same([again.predict(data, verbose=0)], [model.predict(data, verbose=0)])


def test_what_does_not_fit_changes_nothing():
    model = keratin.Sequential([keratin.layers.Input((5,)), keratin.layers.Embedding(20, 4), keratin.layers.GlobalAveragePooling1D(),
                                keratin.layers.Dense(3), keratin.layers.Dense(2)])
    before = model.get_weights()
    for name in ("row.keras", "row.h5", "row.weights.h5"):
        with pytest.raises(ValueError, match=r"expected weight 'kernel' of layer 'dense.*\(3, 2\).*Found: .*\(3, 1\)"):
            model.load_weights(FOLDER / name)
        same(model.get_weights(), before)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.load_weights(FOLDER / "row.weights.h5", skip_mismatch=True)
    assert any("keeps the weights" in str(warning.message) for warning in said)
    same(model.get_weights()[:3], [np.array(w, np.float32) for w in ROW["weights"][:3]])
    same(model.get_weights()[3:], before[3:])


def test_save_format_of_keras_2_is_taken_with_a_warning(tmp_path):
    model = keratin.Sequential([keratin.Input((2,)), keratin.layers.Dense(1)])
    with pytest.warns(UserWarning, match="`save_format` argument is deprecated"):
        model.save(tmp_path / "m.keras", save_format="keras_v3")
    same(keratin.saving.load_model(tmp_path / "m.keras").get_weights(), model.get_weights())


def test_by_name():
    model = keratin.saving.load_model(FOLDER / "row.h5", compile=False)
    names = [layer.name for layer in model.layers]
    other = keratin.Sequential([keratin.layers.Input((5,)), keratin.layers.Embedding(20, 4, name=names[0]),
                                keratin.layers.GlobalAveragePooling1D(), keratin.layers.Dense(7, name="new")])
    new = other.layers[-1].get_weights()
    other.load_weights(FOLDER / "row.h5", by_name=True)
    same(other.layers[0].get_weights(), model.layers[0].get_weights())
    same(other.layers[-1].get_weights(), new)
    with pytest.raises(ValueError, match="weights by name"):
        other.load_weights(FOLDER / "row.weights.h5", by_name=True)


def test_refusals(tmp_path):
    model = keratin.saving.load_model(FOLDER / "row.keras")
    for path, words in ((tmp_path / "m.txt", "must end in `.keras`"), (tmp_path / "m", "must end in `.keras`")):
        with pytest.raises(ValueError, match=words):
            model.save(path)
    with pytest.raises(ValueError, match="must end in `.weights.h5`"):
        model.save_weights(tmp_path / "m.h5")
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="is there already"):
        model.save(tmp_path / "m.keras", overwrite=False)
    with pytest.raises(ValueError, match="not built"):
        keratin.Sequential([keratin.layers.Dense(1)]).save(tmp_path / "n.keras")
    with pytest.raises(FileNotFoundError):
        keratin.saving.load_model(tmp_path / "none.keras")
    with pytest.raises(ValueError, match="weights alone"):
        keratin.saving.load_model(FOLDER / "row.weights.h5")
    for data, words in ((b"", "empty"), (b"version https://git-lfs.github.com/spec/v1\n", "LFS"), (b"PK\3\4", "zip")):
        with pytest.raises(ValueError, match=words):
            keratin.saving.load_model(data)


def test_published_model():
    if not SHARED.exists():
        pytest.skip("../shared/models is not there")
    golden = np.load(SHARED / "golden" / "s01.npz")
    model = keratin.saving.load_model(SHARED / "ncf-keras3" / "ncf_model.keras")
    np.testing.assert_allclose(model.predict([golden["in0"], golden["in1"]], verbose=0), golden["out0_f64"], rtol=1e-5)
    assert model.optimizer.iterations > 0


@pytest.mark.parametrize("file, missing", [
    ("pydomains/malware_cat_lstm_2017.h5", "LSTM"), ("deepcut-lite/model_lite.h5", "BatchNormalization"),
    ("travel-recommender-keras3/recommender_model.keras", "RecommenderNet"), ("keras-sentiment/wordvec_cnn_architecture.json", "Conv1D")])
def test_a_layer_that_is_missing_is_named(file, missing):
    if not SHARED.exists():
        pytest.skip("../shared/models is not there")
    if hasattr(keratin.layers, missing):
        pytest.skip(f"{missing} is there")
    with pytest.raises(ValueError, match=missing):
        keratin.saving.load_model(SHARED / file)


class Block(keratin.layers.Layer):
    def __init__(self):
        super().__init__()
        self.zed, self._hid, self.aa = keratin.layers.Dense(3), keratin.layers.Dense(3), [keratin.layers.Dense(3), keratin.layers.Dense(3)]
        self._again = self.aa

    def build(self, input_shape):
        self.w = self.add_weight(shape=(3,), name="w")

    def call(self, x):
        return self._hid(self.zed(self.aa[1](self.aa[0](x)))) * self.w


class Nested(keratin.Model):
    def __init__(self):
        super().__init__()
        self.a, self.block, self.y, self.x = keratin.layers.Dense(3), Block(), keratin.layers.Dense(3), [keratin.layers.Dense(3), Block()]
        self._p = keratin.layers.Dense(2)

    def call(self, x):
        return self._p(self.x[1](self.x[0](self.y(self.block(self.a(x))))))


def test_paths_of_models_of_ones_own_are_keras(tmp_path):
    """What Keras 3.16 wrote for these two classes: attributes by the alphabet, `layers` among those of the model."""
    model = Nested()
    model(np.zeros((1, 3), "float32"))
    from keratin.saving.weight_paths import weight_paths
    found = sorted(f"{path}/{i}" if path else str(i) for path, _, weights, _ in weight_paths(model)[0] for i in range(len(weights)))
    block = ["_hid/0", "_hid/1", "aa/dense/0", "aa/dense/1", "aa/dense_1/0", "aa/dense_1/1", "0", "zed/0", "zed/1"]
    expected = ["a/0", "a/1", *(f"block/{place}" for place in block), *(f"layers/block_1/{place}" for place in block),
                *(f"layers/dense_{n}/{i}" for n in (1, 2, 3) for i in (0, 1))]
    assert found == sorted(expected)


def test_objects_to_skip(tmp_path):
    model, other = (keratin.Sequential([keratin.Input((3,)), keratin.layers.Dense(4), keratin.layers.Dense(2)]) for _ in range(2))
    path = tmp_path / "some.weights.h5"
    model.layers[0].bias.assign(np.arange(4, dtype="float32"))
    keratin.saving.save_weights(model, path, objects_to_skip=[model.layers[1]])
    before = other.get_weights()
    with pytest.raises(ValueError, match="dense"):
        other.load_weights(path)
    other.load_weights(path, objects_to_skip=[other.layers[1]])
    for found, expected in zip(other.get_weights(), [*model.get_weights()[:2], *before[2:]]):
        assert np.array_equal(found, expected)


def test_functions_of_ones_own_in_a_config_of_keras_2(tmp_path):
    def halved(y_true, y_pred):
        return keratin.ops.mean(keratin.ops.square(y_true - y_pred), -1) / 2

    model = keratin.Sequential([keratin.Input((3,)), keratin.layers.Dense(1)])
    model.compile("sgd", halved)
    model.save(tmp_path / "own.h5")
    again = keratin.saving.load_model(tmp_path / "own.h5", custom_objects={"halved": halved})
    x, y = np.ones((4, 3), "float32"), np.zeros((4, 1), "float32")
    assert again.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    with pytest.raises(ValueError, match="halved"):
        keratin.saving.load_model(tmp_path / "own.h5")


def test_shards(tmp_path):
    model = keratin.saving.load_model(FOLDER / "row.keras")
    expected, state = model.get_weights(), [np.array(variable) for variable in model.optimizer.variables]
    path = tmp_path / "m.weights.json"
    model.save_weights(path, max_shard_size=400 / 2**30)
    assert len(json.loads(path.read_text())["weight_map"]) == 4 and len(list(tmp_path.iterdir())) > 2
    for file in (path, FOLDER / "shards.weights.json"):  # the second is Keras's
        other = keratin.models.model_from_json(model.to_json())
        other.compile("adam", "binary_crossentropy")
        other.load_weights(file)
        same(other.get_weights(), expected)
        same(other.optimizer.variables, state)
    with pytest.warns(UserWarning, match="will be renamed"):
        model.save_weights(tmp_path / "n.weights.h5", max_shard_size=1)
    assert (tmp_path / "n.weights.json").exists() and not (tmp_path / "n.weights.h5").exists()
    with pytest.raises(ValueError, match="must fit a shard"):
        model.save_weights(path, max_shard_size=100 / 2**30)
    with pytest.raises(ValueError, match="`.weights.json`"):
        model.save_weights(tmp_path / "m.keras", max_shard_size=1)
    with pytest.raises(ValueError, match="is there already"):
        keratin.saving.save_weights(model, path, overwrite=False, max_shard_size=1)
    with pytest.raises(ValueError, match="give its path"):
        model.load_weights(path.read_bytes())
    path.write_text(path.read_text().replace("m_0", "../m_0", 1))
    with pytest.raises(ValueError, match="a file beside the index"):
        model.load_weights(path)
    (tmp_path / "m_00000.weights.h5").unlink()
    path.write_text(path.read_text().replace("../m_0", "m_0", 1))
    with pytest.raises(FileNotFoundError, match="m_00000"):
        model.load_weights(path)
    same(model.get_weights(), expected)


def test_a_layer_that_stands_first_in_a_model_within(tmp_path):
    x = keratin.Input((3,))
    kept = keratin.layers.Dense(3, name="kept")
    part = keratin.Model(x, kept(x), name="part")
    y = keratin.Input((3,))
    model = keratin.Model(y, kept(part(y)))
    text = model.to_json()
    assert text.count("shared_object_id") == 2 and '"keratin": {"shared_object_id": 1}' in text
    for path in (tmp_path / "m.keras", tmp_path / "m.h5"):
        model.save(path)
        again = keratin.saving.load_model(path)
        assert len(again.weights) == 2
        same(again.get_weights(), model.get_weights())
        np.testing.assert_array_equal(again.predict(np.eye(3), verbose=0), model.predict(np.eye(3), verbose=0))
    assert again.to_json() == text
    # One that stands first in the model around has Keras's number in both places.
    outer = keratin.Model(x, keratin.layers.Add()([kept(x), keratin.Model(x, kept(x), name="later")(x)]))
    assert '"keratin": {"shared' not in outer.to_json() and outer.to_json().count('"shared_object_id"') == 4
