# SPDX-License-Identifier: Apache-2.0
"""files.json and files/: small files by real Keras, h5py, NumPy, zipfile and safetensors, and what those read from them.

    .venv/parity/bin/python tests/golden/make_files.py

Each case has a file, its kind, and either what is in it or, for files that are refused on purpose, a word of the
error. Arrays are given by shape, dtype and their bytes in hex.
"""
import io
import json
import os
import struct
import zipfile

import h5py
import numpy as np
from golden import FOLDER, keras

HERE = FOLDER / "files"
HERE.mkdir(exist_ok=True)
CASES = []
RNG = np.random.default_rng(11)


def array(value):
    value = np.asarray(value)
    name = "bfloat16" if value.dtype.kind == "V" else str(value.dtype.newbyteorder("="))
    return {"shape": list(value.shape), "dtype": name,
            "hex": value.astype(value.dtype.newbyteorder("<")).tobytes().hex()}


def attribute(value):
    if isinstance(value, (str, bytes)):
        return {"texts": [value if isinstance(value, str) else value.decode()], "shape": []}
    if isinstance(value, h5py.Empty):
        return {"texts": [], "shape": [0]}
    value = np.asarray(value)
    if value.dtype.kind in "SO":
        texts = [t if isinstance(t, str) else t.decode() for t in value.reshape(-1)]
        return {"texts": texts, "shape": list(value.shape)}
    return array(value)


def content(group):
    """Every object by path: attributes, and of datasets the array."""
    objects = {}

    def visit(path, item):
        entry = {"attributes": {k: attribute(v) for k, v in item.attrs.items()}}
        if isinstance(item, h5py.Dataset):
            value = item[()]
            entry["array"] = array(value)
        objects[path] = entry

    visit("", group)
    group.visititems(visit)
    return objects


def hdf5(name, make, refused=None, **how):
    path = HERE / f"{name}.h5"
    with h5py.File(path, "w", **how) as f:
        make(f)
    case = {"file": path.name, "kind": "hdf5"}
    if refused:
        case["refused"] = refused
    else:
        with h5py.File(path, "r") as f:
            case["content"] = content(f)
    CASES.append(case)


def values(*shape, dtype="float32"):
    return RNG.standard_normal(shape).astype(dtype) if np.dtype(dtype).kind == "f" else \
        RNG.integers(0, 100, shape).astype(dtype)


def groups(f):
    for name in ["layers/embedding/vars", "layers/lstm/cell/vars", "layers/dense/vars", "optimizer/vars", "vars"]:
        f.create_group(name).attrs["name"] = name
    f["layers/embedding/vars/0"] = values(5, 3)
    f["layers/lstm/cell/vars/0"] = values(3, 8)
    for i in range(12):
        f[f"optimizer/vars/{i}"] = values(2, 2)
    f["optimizer/vars/iteration"] = np.int64(7)
    f.attrs["model_config"] = "{" + "x" * 5000 + "}"
    f.attrs["layer_names"] = [b"embedding", b"a_long_name", b"z"]
    f.attrs.create("weight_names", ["a", "", "é"], dtype=h5py.string_dtype())
    f.attrs["empty"] = []
    f.attrs["numbers"] = np.arange(4, dtype="int16")


def many(f):
    for i in range(260):  # above 256 the tree has two levels
        f[f"all/{i}"] = np.int8(i % 100)


def every_dtype(f):
    for name in ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32",
                 "float64", "bool"]:
        f[name] = values(3, 2, dtype=name) if name != "bool" else np.array([True, False, True])
    f["big"] = values(4, dtype=">f4")
    f["big16"] = values(4, dtype=">i2")
    f["scalar"] = np.float32(2.5)
    f["nothing"] = np.zeros((0, 4), "float32")
    import ml_dtypes
    ds = f.create_dataset("half", data=values(4).astype(ml_dtypes.bfloat16))
    ds.attrs["dtype"] = "bfloat16"


def chunks(f):
    f.create_dataset("plain", data=values(7, 5), chunks=(3, 2))
    f.create_dataset("gzip", data=values(7, 5), chunks=(4, 5), compression="gzip")
    f.create_dataset("all", data=values(9, 4, dtype="int32"), chunks=(2, 3), compression="gzip", shuffle=True,
                     fletcher32=True)
    f.create_dataset("line", data=values(100), chunks=(7,), shuffle=True, compression="gzip", maxshape=(None,))
    f.create_dataset("cube", data=values(3, 4, 5), chunks=(2, 3, 2), fletcher32=True)
    f.create_dataset("many", data=values(300, dtype="float64"), chunks=(2,))
    f.create_dataset("none", data=np.zeros((0, 3), "float32"), chunks=(1, 3), maxshape=(None, 3))


def compact(f):
    space = h5py.h5s.create_simple((3,))
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    dataset = h5py.h5d.create(f.id, b"small", h5py.h5t.IEEE_F32LE, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values(3))


def split(f):
    names = [f"{i}_" + "n" * 40 for i in range(30)]
    data = np.array(names, dtype="S")
    for i, part in enumerate(np.array_split(data, 3)):
        f.attrs[f"weight_names{i}"] = part


def small_keras(name, model, fit=None):
    if fit:
        model.compile("adam", "mse")
        model.fit(*fit, verbose=0)
    path = HERE / f"{name}.keras"
    model.save(path)
    with zipfile.ZipFile(path) as z:
        case = {"file": path.name, "kind": "zip",
                "members": {i.filename: z.read(i).hex() if i.file_size < 3000 else i.file_size
                            for i in z.infolist()}}
        with h5py.File(io.BytesIO(z.read("model.weights.h5")), "r") as f:
            case["weights"] = content(f)
    CASES.append(case)


def zipped(name, make, refused=None):
    path = HERE / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as z:
        make(z)
    case = {"file": path.name, "kind": "zip"}
    if refused:
        case["refused"] = refused
    else:
        with zipfile.ZipFile(path) as z:
            case["members"] = {i.filename: z.read(i).hex() for i in z.infolist()}
    CASES.append(case)


def main():
    os.chdir(HERE)  # external links and files would be named from here
    for old in HERE.iterdir():
        old.unlink()
    hdf5("groups", groups)
    hdf5("many", many)
    hdf5("every_dtype", every_dtype)
    hdf5("chunks", chunks)
    hdf5("compact", compact)
    hdf5("split", split)
    hdf5("version_2", lambda f: f.update({"a": values(2), "g/b": values(3)}) or f["g"].attrs.update({"n": "text"}),
         libver=("v108", "v108"))
    hdf5("ordered", lambda f: [f.create_group(f"g{i}", track_order=True) for i in (3, 1, 2)])
    hdf5("soft", lambda f: f.update({"a": values(2)}) or f.__setitem__("b", h5py.SoftLink("/a")), "soft link")
    hdf5("external", lambda f: f.__setitem__("b", h5py.ExternalLink("groups.h5", "/vars")), "external")
    hdf5("hard", lambda f: f.update({"a": values(2)}) or f.__setitem__("b", f["a"]), "number of names")
    hdf5("circle", lambda f: f.create_group("a/b").__setitem__("c", f["a"]), "number of names")
    hdf5("elsewhere", lambda f: f.create_dataset("x", (4,), "float32", external=[("raw", 0, 16)]), "another file")

    def virtual(f):
        layout = h5py.VirtualLayout((4,), "float32")
        layout[:] = h5py.VirtualSource("groups.h5", "vars/x", (4,))
        f.create_virtual_dataset("x", layout)
    hdf5("virtual", virtual, "virtual", libver="latest")
    hdf5("latest_many", lambda f: [f.create_group(f"g{i}") for i in range(20)], "fractal heap", libver="latest")
    hdf5("latest_attributes", lambda f: [f.attrs.__setitem__(f"a{i}", i) for i in range(20)], "fractal heap", libver="latest")
    hdf5("latest_chunks", lambda f: f.create_dataset("x", data=values(40), chunks=(7,)), "libver", libver="latest")
    hdf5("lzf", lambda f: f.create_dataset("x", data=values(40), compression="lzf"), "lzf")
    hdf5("compound", lambda f: f.create_dataset("x", data=np.zeros(3, [("a", "f4"), ("b", "i4")])), "compound")
    hdf5("committed", lambda f: f.__setitem__("t", np.dtype("f4")), "committed")
    hdf5("unwritten", lambda f: f.create_dataset("x", (3,), "float32"), "never written")
    hdf5("user_block", lambda f: f.update({"a": values(2)}), "user block", userblock_size=512)
    for stray in ("raw",):
        if (HERE / stray).exists():
            (HERE / stray).unlink()

    L = keras.layers
    x, y = RNG.integers(0, 20, (8, 4)), RNG.standard_normal((8, 1))
    small_keras("sequential", keras.Sequential([L.Input((4,)), L.Embedding(20, 2), L.Flatten(), L.Dense(1)]), (x, y))
    small_keras("half", keras.Sequential([L.Input((4,)), L.Embedding(20, 2, dtype="bfloat16")]))

    def members(z):
        z.writestr("stored.txt", b"stored" * 10)
        z.writestr(zipfile.ZipInfo("folder/"), b"")
        z.writestr("folder/packed.txt", b"packed" * 100, zipfile.ZIP_DEFLATED)
        z.writestr("é.txt", b"")
        z.comment = b"a comment"
    zipped("members", members)

    def forced(z):
        with z.open("wide.txt", "w", force_zip64=True) as f:
            f.write(b"wide")
    zipped("wide", forced)
    zipped("twice", lambda z: (z.writestr("a", b"1"), z.writestr("a", b"2")), "each name once")
    zipped("climbing", lambda z: z.writestr("../a", b"1"), "relative path")
    zipped("rooted", lambda z: z.writestr("/a", b"1"), "relative path")
    zipped("bzip2", lambda z: z.writestr("a", b"1" * 99, zipfile.ZIP_BZIP2), "method 12")
    zipped("bomb", lambda z: z.writestr("a", bytes(50 << 20), zipfile.ZIP_DEFLATED, 9), "unpack to")

    class Stream(io.RawIOBase):  # not seekable: descriptors behind the members
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)
    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("streamed.txt", b"streamed" * 9)
        z.writestr("stored.txt", b"stored", zipfile.ZIP_STORED)
    (HERE / "streamed.zip").write_bytes(stream.data)
    CASES.append({"file": "streamed.zip", "kind": "zip",
                  "members": {"streamed.txt": (b"streamed" * 9).hex(), "stored.txt": b"stored".hex()}})

    def npy(name, value, refused=None, **how):
        np.save(HERE / f"{name}.npy", value, **how)
        case = {"file": f"{name}.npy", "kind": "npy"}
        CASES.append({**case, "refused": refused} if refused else {**case, "array": array(value)})
    npy("rows", values(3, 4))
    npy("columns", np.asfortranarray(values(3, 4, 2)))
    npy("number", np.int64(5))
    npy("foreign", values(3, dtype=">f8"))
    npy("pickled", np.array([{"a": 1}], dtype=object), "pickled")
    np.savez(HERE / "arrays.npz", a=values(2, 2), **{"layers/dense/0": values(3, dtype="int32")})
    with np.load(HERE / "arrays.npz") as z:
        CASES.append({"file": "arrays.npz", "kind": "npz", "arrays": {k: array(z[k]) for k in z.files}})

    document = {"versions": {"keras": keras.__version__, "h5py": h5py.__version__, "hdf5": h5py.version.hdf5_version,
                             "numpy": np.__version__}}
    lines = ",\n".join(json.dumps(case) for case in CASES)
    (FOLDER / "files.json").write_text(json.dumps(document)[:-1] + ', "cases": [\n' + lines + "\n]}\n")
    print(len(CASES), "files,", sum(f.stat().st_size for f in HERE.iterdir()), "bytes")


main()
