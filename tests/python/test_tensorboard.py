# SPDX-License-Identifier: Apache-2.0
"""What TensorBoard's callback writes is what Keras's writes: tests/golden/make_tensorboard.py asked Keras, and had
TensorBoard read it. The reader here knows of the format what is needed."""
import json
import pathlib
import struct

import numpy as np
import pytest

import keratin
from keratin import layers

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "tensorboard.json"
CASES = json.loads(GOLDEN.read_text())["cases"]
X = np.array([[1, 2], [3, 4], [0, 1], [2, 2], [4, 0]])
Y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]], "float32")
TABLE = np.linspace(-1, 1, 10, dtype="float32").reshape(5, 2)
KERNEL = np.linspace(0.5, -0.25, 4, dtype="float32").reshape(4, 1)


def fields(data):
    """The fields of a message of Protocol Buffers: number -> what stands there, each time."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            value = varint()
        else:
            size = varint() if tag & 7 == 2 else {1: 8, 5: 4}[tag & 7]
            value = data[at:at + size]
            at += size
        found.setdefault(tag >> 3, []).append(value)
    return found


def tensor(data):
    proto = fields(data)
    shape = [fields(dim)[1][0] for dim in fields(proto[2][0]).get(2, [])]
    if proto[1] == [7]:
        return proto[8][0].decode()
    return np.frombuffer(proto[4][0], {1: "<f4", 2: "<f8"}[proto[1][0]]).reshape(shape)


def events(folder):
    """[tag, plugin, its content, step, value] of every event."""
    found = []
    for path in sorted(pathlib.Path(folder).glob("events.out.tfevents.*.v2"), key=lambda path: path.stat().st_mtime_ns):
        data, at, first = path.read_bytes(), 0, True
        while at < len(data):
            (size,) = struct.unpack_from("<Q", data, at)
            event = fields(data[at + 12:at + 12 + size])
            at += size + 16
            if first:
                assert event[3] == [b"brain.Event:2"]
                first = False
                continue
            (value,) = fields(event[5][0])[1]
            value = fields(value)
            plugin = fields(fields(value[9][0])[1][0])
            found.append([value[1][0].decode(), plugin[1][0].decode(), plugin.get(2, [b""])[0].decode(), event[2][0], tensor(value[8][0])])
    return found


def made():
    model = keratin.Sequential([keratin.Input((2,), dtype="int32"), layers.Embedding(5, 2, name="words"), layers.Flatten(),
                                layers.Dense(1, name="out")], name="m")
    model.set_weights([TABLE, KERNEL, np.zeros(1, "float32")])
    model.compile(keratin.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("case", [pytest.param(case, id=json.dumps({**case["fit"], **case["options"]})) for case in CASES])
def test_events_are_those_of_keras(case, tmp_path):
    model, options = made(), dict(case["fit"])
    callback = keratin.callbacks.TensorBoard(tmp_path, **case["options"])
    if options.pop("validation", False):
        options["validation_data"] = (X[:3], Y[:3])
    model.fit(X, Y, batch_size=2, shuffle=False, verbose=0, callbacks=[callback], **options)
    if case["evaluate"]:
        model.evaluate(X, Y, batch_size=2, verbose=0, callbacks=[callback])
    for side in ("train", "validation"):
        found, wanted = events(tmp_path / side), case[side]
        assert sorted(event[:4] for event in found) == sorted(event[:4] for event in wanted)
        values = {(event[0], event[3]): event[4] for event in found}
        for tag, _, _, step, value in wanted:
            if tag == "keras":
                assert [layer["class_name"] for layer in json.loads(values[tag, step])["config"]["layers"]] == [
                    "InputLayer", "Embedding", "Flatten", "Dense"]
            elif value is None:
                assert values[tag, step] > 0
            else:  # losses of a few float32 steps; edges of buckets are of the weights
                np.testing.assert_allclose(values[tag, step], value, rtol=2e-6, atol=2e-6)


def test_checksums_are_those_of_tfrecord(tmp_path):
    """By CRC-32C bit by bit, masked as TFRecord masks it."""

    def masked(data):
        crc = 0xffffffff
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
        crc ^= 0xffffffff
        return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff

    made().fit(X, Y, verbose=0, callbacks=[keratin.callbacks.TensorBoard(tmp_path)])
    (path,) = (tmp_path / "train").iterdir()
    data, at = path.read_bytes(), 0
    while at < len(data):
        size, of_size = struct.unpack_from("<QI", data, at)
        assert of_size == masked(data[at:at + 8])
        (of_data,) = struct.unpack_from("<I", data, at + 12 + size)
        assert of_data == masked(data[at + 12:at + 12 + size])
        at += size + 16


def test_two_tables_have_their_own_names_in_the_projector(tmp_path):
    a, b = keratin.Input((2,), dtype="int32"), keratin.Input((2,), dtype="int32")
    words = layers.Embedding(5, 2, name="words")(a)
    places = keratin.Sequential([layers.Embedding(7, 3, name="places")], name="inner")(b)
    x = layers.Concatenate()([layers.Flatten()(words), layers.Flatten()(places)])
    model = keratin.Model([a, b], layers.Dense(1)(x))
    model.compile("sgd", "mse")
    (tmp_path / "words.labels").write_text("".join(f"word {i}\n" for i in range(5)))
    callback = keratin.callbacks.TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"words": "words.labels"})
    model.fit([X, X], Y, epochs=2, verbose=0, callbacks=[callback])
    assert (tmp_path / "projector_config.pbtxt").read_text() == (
        'embeddings {\n  tensor_name: "words"\n  tensor_shape: 5\n  tensor_shape: 2\n  tensor_path: "words.tsv"\n'
        '  metadata_path: "words.labels"\n}\n'
        'embeddings {\n  tensor_name: "places"\n  tensor_shape: 7\n  tensor_shape: 3\n  tensor_path: "places.tsv"\n}\n')
    rows = np.loadtxt(tmp_path / "places.tsv", dtype="float32", delimiter="\t")
    assert rows.tolist() == model.get_layer("inner").get_weights()[0].tolist()
    assert callback.embeddings_metadata == {"words": "words.labels"}  # Keras empties it


def test_one_file_of_metadata_is_for_all(tmp_path):
    made().fit(X, Y, verbose=0, callbacks=[keratin.callbacks.TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata="a.tsv")])
    assert 'metadata_path: "a.tsv"' in (tmp_path / "projector_config.pbtxt").read_text()


@pytest.mark.parametrize("options, text", [
    (dict(write_images=True), "write_images is not there"), (dict(profile_batch=2), "profile_batch is not there"),
    (dict(update_freq="batches"), "update_freq must be"), (dict(update_freq=0), "update_freq must be 1 at least"),
    (dict(update_freq=None), "update_freq must be"), (dict(update_freq=1.5), "update_freq must be a positive integer"),
    (dict(histogram_freq=-1), "histogram_freq must be 0 at least"), (dict(histogram_freq=None), "histogram_freq must be an integer"),
    (dict(embeddings_freq=1.5), "embeddings_freq must be an integer")])
def test_what_cannot_be(options, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        keratin.callbacks.TensorBoard(tmp_path, **options)


def test_metadata_of_no_embedding(tmp_path):
    callback = keratin.callbacks.TensorBoard(tmp_path / "logs", embeddings_freq=1, embeddings_metadata={"out": "x"})
    with pytest.raises(ValueError, match="no Embedding of the model. Received: 'out'"):
        made().fit(X, Y, verbose=0, callbacks=[callback])
    assert not (tmp_path / "logs").exists()


def test_a_model_of_ones_own(tmp_path):
    class Own(keratin.Model):
        def __init__(self):
            super().__init__()
            self.words, self.flat, self.out = layers.Embedding(5, 2, name="words"), layers.Flatten(), layers.Dense(1)

        def call(self, x):
            return self.out(self.flat(self.words(x)))

    model = Own()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0, callbacks=[keratin.callbacks.TensorBoard(tmp_path, histogram_freq=1, embeddings_freq=1)])
    tags = {event[0] for event in events(tmp_path / "train")}
    assert "epoch_loss" in tags and "keras" not in tags and sum(tag.endswith("histogram") for tag in tags) == 3
    assert 'tensor_name: "words"' in (tmp_path / "projector_config.pbtxt").read_text()
