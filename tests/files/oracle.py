# SPDX-License-Identifier: Apache-2.0
"""h5py and zipfile read what the writers of src/keratin/formats write, and Keras the models that Keratin saves.

    PYTHONPATH=build/python/python .venv/parity/bin/python tests/files/oracle.py build/dev/fuzz/keratin_fuzz_files

What the files must hold is what fuzz/files.cc puts into them, and what the models have.
"""
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

os.environ.setdefault("KERAS_BACKEND", "jax")
import h5py
import keras
import numpy as np

import keratin

NUMBERS = np.arange(1, 13, dtype="float32")
BYTES = NUMBERS.tobytes()
SHARD = 1024 / 2**30  # gigabytes


def check_hdf5(data, layers):
    with h5py.File(io.BytesIO(data), "r") as f:
        assert sorted(f) == ["layers", "none", "optimizer", "vars"], list(f)
        assert sorted(f["layers"]) == sorted(f"dense_{i}" for i in range(layers))
        for i in range(layers):
            group = f[f"layers/dense_{i}/vars"]
            assert group.attrs["name"] == "dense"
            assert group["0"].dtype == "float32" and (group["0"][()] == NUMBERS.reshape(3, 4)).all()
            assert group["1"].dtype == "int64" and group["1"][()].tobytes() == BYTES
            assert group["0"].chunks is None and group["0"].id.get_offset() % 64 == 0
        assert f["optimizer/vars/0"].shape == () and f["optimizer/vars/0"].dtype == "int32"
        half = f["optimizer/vars/1"]
        assert half.shape == (12, 2) and half.dtype.itemsize == 2 and half.attrs["dtype"] == "bfloat16"
        assert half[()].tobytes() == BYTES
        assert f["none"].shape == (0,) and len(f["vars"]) == 0
        assert list(f.attrs["layer_names"]) == ["a", "", "bc"]
        assert f["vars"].attrs["weight_names"].shape == (0,)
        assert f.attrs["model_config"] == "{" * 300
    # libhdf5 may change such a file, and find it whole.
    file = io.BytesIO(data)
    with h5py.File(file, "a") as f:
        f["layers/new/vars/0"] = NUMBERS
        f.attrs["more"] = "x" * 1000
        f["vars"].attrs["name"] = "model"
        del f["layers/dense_0"]
    with h5py.File(file, "r") as f:
        assert (f["layers/new/vars/0"][()] == NUMBERS).all() and f.attrs["more"] == "x" * 1000
        assert (f[f"layers/dense_{layers - 1}/vars/0"][()] == NUMBERS.reshape(3, 4)).all()


def check_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        assert z.testzip() is None
        assert z.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        json.loads(z.read("config.json"))
        check_hdf5(z.read("model.weights.h5"), 2)


def check_safetensors(data):
    size = int.from_bytes(data[:8], "little")
    description = json.loads(data[8:8 + size])
    assert description.pop("__metadata__") == {"format": "keras"}
    assert sorted(description) == [f"layers/{i}" for i in range(5)]
    for entry in description.values():
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F32" and entry["shape"] == [3, 4]
        assert data[8 + size + begin:8 + size + end] == BYTES


def model_of(library):
    """Layers that hold layers, and one that holds a model; compiled, with an optimizer that is built."""
    layers = library.layers
    heads = library.Sequential([layers.Dense(4, "relu"), layers.Dense(3)])
    model = library.Sequential([
        library.Input((6,), dtype="int32"), layers.Embedding(30, 4), layers.TimeDistributed(heads),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.TimeDistributed(layers.Dense(2)),
        layers.Bidirectional(layers.GRU(2), "sum", backward_layer=layers.GRU(2, go_backwards=True)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def check_models(folder):
    """Whole models, weights alone, and weights in shards: the numbers to the bit, and the state of the optimizer."""
    mine, x = model_of(keratin), np.random.default_rng(3).integers(0, 30, (8, 6))
    mine.fit(x, np.ones((8, 1)), batch_size=4, verbose=0)
    for name in ("model.keras", "model.h5", "all.weights.h5", "shards.weights.json"):
        path = str(folder / name)
        if name.startswith("model"):
            mine.save(path)
            theirs = keras.saving.load_model(path, compile=name.endswith(".keras"))  # of .h5 Keras builds no optimizer's state
        else:
            mine.save_weights(path, **({"max_shard_size": SHARD} if name.endswith(".json") else {}))
            theirs = model_of(keras)
            theirs.load_weights(path)
        assert all(map(np.array_equal, mine.get_weights(), theirs.get_weights())), name
        if theirs.compiled:
            for one, other in zip(mine.optimizer.variables, theirs.optimizer.variables, strict=True):
                assert np.array_equal(np.asarray(one), np.asarray(other)), (name, other.path)
        # A hundred float32 operations deep, in another order.
        np.testing.assert_allclose(theirs.predict(x, verbose=0), mine.predict(x, verbose=0), rtol=1e-5, atol=1e-6, err_msg=name)
    assert len(list(folder.glob("shards_*.weights.h5"))) > 2


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_models(pathlib.Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "--samples", folder], check=True)
        read = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
        check_hdf5(read["groups.h5"], 3)
        check_hdf5(read["many.h5"], 40)
        check_zip(read["model.keras"])
        check_safetensors(read["model.safetensors"])
        assert np.load(io.BytesIO(read["array.npy"])).shape == (2, 3)
        with np.load(io.BytesIO(read["arrays.npz"])) as z:
            assert z["a"].shape == (3, 4) and z["b/c"].shape == ()
    print(f"h5py {h5py.__version__} (HDF5 {h5py.version.hdf5_version}) and zipfile read all of it; "
          f"Keras {keras.__version__} opens the models")


main()
