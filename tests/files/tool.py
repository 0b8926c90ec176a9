# SPDX-License-Identifier: Apache-2.0
"""Files between Keras and the programs of C++, both ways, with real Keras: `tool.py BUILD` runs README's programs and
the tool of that build; `tool.py --golden` writes tests/golden/files/readme.keras anew. Needs .venv/parity."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings
import zipfile

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras  # noqa: E402
import numpy as np  # noqa: E402

ROOT = pathlib.Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/files/readme.keras"
# Sums of some hundred float32 in another order, through softmax: 1e-6 of a probability is 8 units in its last place.
NEAR = 1e-6


def saved_by_keras(folder):
    """What README's Python program saves where it imports Keras."""
    blocks = re.findall(r"\n```python\n(.*?)\n```", (ROOT / "README.md").read_text(), re.S)
    block, = [b for b in blocks if 'save("spam.keras")' in b]
    keras.utils.set_random_seed(7)
    os.chdir(folder)
    exec(compile(block.replace("import keratin as keras", "import keras"), "README.md", "exec"), {})
    return folder / "spam.keras"


def check_readme(build, folder):
    saved = saved_by_keras(folder)
    sources = (ROOT / build / "tests/readme").glob("readme_*.cc")
    program, = [s.with_suffix("") for s in sources if "again.keras" in s.read_text()]
    subprocess.run([program], cwd=folder, check=True)
    ids = np.random.randint(0, 200, size=(40, 12))
    there, back = (keras.saving.load_model(f) for f in (saved, folder / "again.keras"))
    for a, b in zip(there.get_weights(), back.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert there.predict(ids, verbose=0).tobytes() == back.predict(ids, verbose=0).tobytes()


def words_of(text):
    """The tokens of architectures that read them in their order."""
    return re.findall(r"[A-Za-z0-9_\x80-\U0010ffff]+|[^\s\x1f]", text, re.A)


def tokens(text):
    """The default tokens of `keratin train`, as docs/formats/text.md has them."""
    words = words_of(text)
    found = words + [f"{a} {b}" for a, b in zip(words, words[1:])]
    for word in words:
        marked = f"\x02{word}\x03"
        found += [marked[i:i + 3] for i in range(len(marked) - 2)] if len(marked) > 3 else []
    return found


ARCHITECTURES = ("conv", "lstm", "gru", "bilstm", "attention")


def written_texts(folder):
    """The lines that are asked; data.tsv is what is learned from."""
    drawn = np.random.default_rng(3)
    words = {label: [f"{label[0]}{i}é" for i in range(60)] + ["to", "the", ",", "!"] for label in ("ham", "spam", "ägg")}
    rows = [(label, " ".join(drawn.choice(words[label], 9))) for label in words for _ in range(80)]
    (folder / "data.tsv").write_text("".join(f"{label}\t{text}\n" for label, text in rows))
    return [text for _, text in rows[::7]] + ["", "unseen", "s1é to the x_9, and ham!"]


def answers_as_keras(tool, folder, lines, *options, tokens=tokens):
    """Trains texts.keras; answers to lines are those that the model gives in Keras, which is returned."""
    subprocess.run([tool, "train", "data.tsv", "-q", "--epochs", "3", "-o", "texts.keras", *options], cwd=folder,
                   check=True, stdout=subprocess.DEVNULL)
    answered = subprocess.run([tool, "predict", "texts.keras", "--json", "--top", "3"], cwd=folder, check=True, text=True,
                              input="\n".join(lines) + "\n", capture_output=True).stdout.splitlines()
    assert len(answered) == len(lines)

    archive = zipfile.ZipFile(folder / "texts.keras")
    vocabulary = archive.read("assets/text_vectorization/vocabulary.txt").decode().split("\n")
    labels = json.loads(archive.read("assets/text_vectorization/form.json"))["labels"]
    ids = {token: i for i, token in enumerate(vocabulary)}
    model = keras.saving.load_model(folder / "texts.keras")
    for line, answer in zip(lines, map(json.loads, answered)):
        found = [ids.get(token, 1) for token in tokens(line)] or [1]
        expected = np.asarray(model(np.array([found])))[0]
        assert answer["known_tokens"] == sum(i != 1 for i in found), line
        given = {a["label"]: a["probability"] for a in answer["answers"]}
        for label, p in zip(labels, expected, strict=True):
            assert abs(given[label] - p) < NEAR, (options, line, label, given[label], p)
    return model


def check_texts(build, folder):
    tool = ROOT / build / "src/keratin/cli/keratin"
    lines = written_texts(folder)
    for architecture in ARCHITECTURES:
        answers_as_keras(tool, folder, lines, "--architecture", architecture, "--maxlen", "8",
                         tokens=lambda text: words_of(text.lower())[-8:])
        subprocess.run([tool, "info", "texts.keras"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        check_forms(tool, folder, keras.saving.load_model(folder / "texts.keras"))
    check_forms(tool, folder, answers_as_keras(tool, folder, lines))


def check_forms(tool, folder, model):
    """Of texts.keras, which is `model`: what the other commands write."""
    for dtype in ("float16", "bfloat16"):
        subprocess.run([tool, "quantize", "-q", "texts.keras", "small.keras", "--dtype", dtype], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        small = keras.saving.load_model(folder / "small.keras").get_weights()
        wide = model.get_weights()
        rounded = np.asarray(keras.ops.cast(wide[0], dtype)).astype("float32")
        assert (np.asarray(small[0], "float32") == rounded).all(), dtype
        assert all((a == b).all() for a, b in zip(small[1:], wide[1:], strict=True))
    for dtype in ("int8", "int4"):  # Keras opens what its own quantize() would have made
        subprocess.run([tool, "quantize", "-q", "texts.keras", "codes.keras", "--dtype", dtype], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        codes, expected = (keras.saving.load_model(folder / f"{name}.keras", compile=False) for name in ("codes", "texts"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of layers that have no codes
            expected.quantize(dtype)
        for a, b in zip(codes.layers, expected.layers, strict=True):
            if not isinstance(a, (keras.layers.Embedding, keras.layers.Dense, keras.layers.EinsumDense)):
                continue
            for one, other in zip(a.weights, b.weights, strict=True):
                assert one.name == other.name and np.asarray(one).tobytes() == np.asarray(other).tobytes(), (dtype, one.path)
        subprocess.run([tool, "predict", "codes.keras"], cwd=folder, check=True, input="unseen\n", text=True, stdout=subprocess.DEVNULL)
    for ending in (".keras", ".weights.h5", ".json"):
        subprocess.run([tool, "convert", "-q", "texts.keras", "c" + ending], cwd=folder, check=True)
    again = keras.models.model_from_json((folder / "c.json").read_text())
    again.load_weights(folder / "c.weights.h5")
    for other in (again, keras.saving.load_model(folder / "c.keras")):
        assert all((a == b).all() for a, b in zip(other.get_weights(), model.get_weights(), strict=True))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if sys.argv[1:] == ["--golden"]:
            GOLDEN.write_bytes(saved_by_keras(folder).read_bytes())
            return
        check_readme(sys.argv[1], folder)
        check_texts(sys.argv[1], folder)
    print(f"Keras {keras.__version__} and the programs of C++ open each other's files")


if __name__ == "__main__":
    main()
