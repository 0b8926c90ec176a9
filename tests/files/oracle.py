# SPDX-License-Identifier: Apache-2.0
"""h5py and zipfile read what the writers of src/keratin/formats write.

    .venv/parity/bin/python tests/files/oracle.py build/dev/fuzz/keratin_fuzz_files

What the files must hold is what fuzz/files.cc puts into them.
"""
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import h5py
import numpy as np

NUMBERS = np.arange(1, 13, dtype="float32")
BYTES = NUMBERS.tobytes()


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


def main():
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
    print(f"h5py {h5py.__version__} (HDF5 {h5py.version.hdf5_version}) and zipfile read all of it")


main()
