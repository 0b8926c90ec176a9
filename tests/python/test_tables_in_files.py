# SPDX-License-Identifier: Apache-2.0
"""Tables that lie in files: mapped where a model was loaded from, and those whose storage is a file of their own."""
import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import zipfile

import keratin
import numpy as np
import pytest
from keratin import layers

IDS = np.array([[1, 2, 3], [4999, 0, 7]])


def a_model(storage=None, drawn=None):
    return keratin.Sequential([
        layers.Input((3,), dtype="int32"),
        layers.Embedding(5000, 64, drawn or keratin.initializers.RandomUniform(seed=3), storage=storage),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, kernel_initializer=keratin.initializers.RandomUniform(seed=4))])


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b):
        np.testing.assert_array_equal(one, other)


def is_mapped(path):
    with open("/proc/self/maps") as maps:
        return any(line.rstrip().endswith(str(path)) and " rw-p " in line for line in maps)


def rewritten(path, to, method, shift=0):
    """The archive again, its members packed by `method`, the first a name of `shift` more bytes."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", method) as new:
        new.writestr("a" * (1 + shift), b"")
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return to


def test_loaded_tables_lie_in_the_file(tmp_path):
    model = a_model()
    path = tmp_path / "m.keras"
    model.save(path)
    again = keratin.saving.load_model(path)
    same(again.get_weights(), model.get_weights())
    assert is_mapped(path)
    again.compile("sgd", "mse")
    before = path.read_bytes()
    again.fit(IDS, np.ones((2, 1)), verbose=0)
    assert path.read_bytes() == before
    again.save(path)  # over the file that it lies in
    same(keratin.saving.load_model(path, mmap=False).get_weights(), again.get_weights())
    del again
    gc.collect()
    assert not is_mapped(path)
    keratin.saving.load_model(path, mmap=False)
    model.load_weights(path, mmap=False)
    assert not is_mapped(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "packed"])
def test_files_where_tables_lie_anyhow_are_read(tmp_path, method):
    model = a_model()
    model.save(tmp_path / "m.keras")
    mapped = set()
    for shift in range(5):
        path = rewritten(tmp_path / "m.keras", tmp_path / f"{shift}.keras", method, shift)
        again = keratin.saving.load_model(path)
        same(again.get_weights(), model.get_weights())
        np.testing.assert_array_equal(again.predict(IDS, verbose=0), model.predict(IDS, verbose=0))
        mapped.add(is_mapped(path))
    # One of four places is a multiple of 4 bytes.
    assert mapped == ({True, False} if method == zipfile.ZIP_STORED else {False})


def test_the_initializer_of_a_loaded_table_is_not_asked(tmp_path):
    class Asked(keratin.initializers.Initializer):
        count = 0

        def __call__(self, shape, dtype=None):
            Asked.count += 1
            return np.ones(shape, "float32")

    model = a_model(drawn=Asked())
    model.save(tmp_path / "m.keras")
    assert Asked.count == 1
    again = keratin.saving.load_model(tmp_path / "m.keras", custom_objects={"Asked": Asked})
    assert Asked.count == 1
    same(again.get_weights(), model.get_weights())


def test_a_storage_has_the_numbers_of_memory_and_is_gone_on_with(tmp_path):
    memory, stored = a_model(), a_model(tmp_path / "t")
    table = stored.layers[0]
    assert table.storage == str(tmp_path / "t") and memory.layers[0].storage is None
    for model in (memory, stored):
        model.compile("adam", "mse")
        model.fit(IDS, np.ones((2, 1)), epochs=3, shuffle=False, verbose=0)
    same(stored.get_weights(), memory.get_weights())
    table.flush()
    flushed = table.get_weights()
    stored.fit(IDS, np.ones((2, 1)), verbose=0)
    del model, table, stored
    gc.collect()
    again = a_model(tmp_path / "t")
    same(again.layers[0].get_weights(), flushed)
    again.compile("adam", "mse")
    again.optimizer.build(again.trainable_variables)
    assert int(again.optimizer.iterations) == 3


def test_copies_of_a_stored_table_are_in_memory(tmp_path):
    model = a_model(tmp_path / "t")
    assert "storage" not in model.layers[0].get_config()
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), keratin.models.clone_model(model)]
    model.save(tmp_path / "m.keras")
    copies.append(keratin.saving.load_model(tmp_path / "m.keras"))
    for each in copies:
        assert each.layers[0].storage is None
        with pytest.raises(ValueError, match="has no storage"):
            each.layers[0].flush()
        if each is not copies[2]:
            same(each.get_weights(), model.get_weights())
    assert copies[0].layers[0].precision == "float32"


def test_what_a_storage_refuses(tmp_path):
    table = layers.Embedding(10, 4, storage=tmp_path / "t")
    with pytest.raises(ValueError, match="not built yet"):
        table.flush()
    table.build()
    with pytest.raises(OSError, match="is the storage of another layer"):
        layers.Embedding(10, 4, storage=tmp_path / "t").build()
    del table
    gc.collect()
    with pytest.raises(ValueError, match=r"holds a table of shape \(10, 4\) and float32. Received: \(11, 4\) and float32"):
        layers.Embedding(11, 4, storage=tmp_path / "t").build()
    with pytest.raises(ValueError, match="Received: .10, 4. and bfloat16"):
        layers.Embedding(10, 4, storage=tmp_path / "t", precision="bfloat16").build()
    with pytest.raises(ValueError, match="has rows already"):
        layers.Embedding(10, 4, storage=tmp_path / "t", weights=np.ones((10, 4)))
    with pytest.raises(ValueError, match="drawn on demand"):
        layers.Embedding(10, 4, storage=tmp_path / "t", rows_drawn="on_demand")
    with pytest.raises(FileNotFoundError):
        layers.Embedding(10, 4, storage=tmp_path / "no" / "t").build()
    with pytest.raises(IsADirectoryError):
        layers.Embedding(10, 4, storage=tmp_path).build()
    (tmp_path / "text").write_text("text")
    with pytest.raises(ValueError, match="a table that was a storage of Embedding"):
        layers.Embedding(10, 4, storage=tmp_path / "text").build()
    with pytest.raises(ValueError, match="storage must be a path"):
        layers.Embedding(10, 4, storage=3)


def test_killed_in_the_middle_of_fit_the_last_flush_is_there(tmp_path):
    program = textwrap.dedent("""
        import sys, numpy as np, keratin
        from keratin import layers
        table = layers.Embedding(5000, 64, keratin.initializers.RandomUniform(seed=3), storage=sys.argv[1])
        model = keratin.Sequential([table, layers.GlobalAveragePooling1D(),
                                    layers.Dense(1, kernel_initializer=keratin.initializers.RandomUniform(seed=4))])
        model.compile("adam", "mse")
        x = np.random.default_rng(1).integers(0, 5000, (32, 3))
        for epoch in range(10**9):
            model.train_on_batch(x, np.ones((32, 1)))
            if epoch == 4:
                table.flush()
                np.save(sys.argv[2], table.get_weights()[0])
                print("flushed", flush=True)
    """)
    with subprocess.Popen([sys.executable, "-c", program, tmp_path / "t", tmp_path / "flushed.npy"],
                          stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "flushed\n"
        os.kill(child.pid, signal.SIGKILL)
    table = layers.Embedding(5000, 64, storage=tmp_path / "t")
    table.build()
    np.testing.assert_array_equal(table.get_weights()[0], np.load(tmp_path / "flushed.npy"))
