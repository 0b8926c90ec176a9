# SPDX-License-Identifier: Apache-2.0
"""Pictures of models."""
import re
import xml.etree.ElementTree

import keratin
import pytest
from keratin import layers

SVG = "{http://www.w3.org/2000/svg}"


def two_towers():
    user, film = (keratin.Input((1,), dtype="int32", name=name) for name in ("user", "film"))
    u, f = (layers.Flatten()(layers.Embedding(9, 4, name=name)(x)) for name, x in (("users", user), ("films", film)))
    joined = layers.Concatenate(name="joined")([u, f, u * f])
    return keratin.Model([user, film], [layers.Dense(1, name="rating")(joined), layers.Dot(axes=1, name="seen")([u, f])])


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_every_layer_has_a_box_and_every_reading_a_line(tmp_path, rankdir):
    model = two_towers()
    path = keratin.utils.plot_model(model, tmp_path / "model.svg", show_shapes=True, show_layer_names=True, rankdir=rankdir)
    root = xml.etree.ElementTree.parse(path).getroot()
    boxes = [tuple(float(box.get(name)) for name in ("x", "y", "width", "height")) for box in root.findall(f"{SVG}rect")]
    texts = [text.text for text in root.findall(f"{SVG}text")]
    assert len(boxes) == len(model.layers) + 1 and "users (Embedding)" in texts and "Output shape: (None, 12)" in texts
    assert len(root.findall(f"{SVG}path")) == 12  # 2 lookups, 2 flattens, 2 to the product, 3 joined, 1 rating, 2 seen
    for i, (x, y, width, height) in enumerate(boxes):  # none on another, all within the picture
        assert x >= 0 and y >= 0 and x + width <= float(root.get("width")) and y + height <= float(root.get("height"))
        for a, b, other_width, other_height in boxes[:i]:
            assert x + width <= a or a + other_width <= x or y + height <= b or b + other_height <= y


def test_a_line_that_passes_a_layer_goes_around_its_box(tmp_path):
    x = keratin.Input((2,))
    y = layers.Dense(2)(x)
    text = keratin.utils.plot_model(keratin.Model(x, layers.Add()([x, y])), tmp_path / "m.svg").read_text()
    assert sorted(len(re.findall("C", path)) for path in re.findall(r'<path d="(M[^"]+)" marker', text)) == [1, 1, 2]


def test_names_are_escaped(tmp_path):
    x = keratin.Input((2,), name='a<b>"&')
    model = keratin.Model(x, layers.Dense(1)(x))
    root = xml.etree.ElementTree.parse(keratin.utils.plot_model(model, tmp_path / "m.svg", show_layer_names=True)).getroot()
    assert 'a<b>"& (InputLayer)' in [text.text for text in root.findall(f"{SVG}text")]
    assert '[label="a<b>\\"& (InputLayer)"]' in keratin.utils.model_to_dot(model)


def links(dot):
    """The pairs of boxes that a line joins, by the names in them."""
    names = dict(re.findall(r'(n\d+) \[label="(\S+) ', dot))
    return {(names[source], names[target]) for source, target in re.findall(r"(n\d+) -> (n\d+);", dot)}


def test_models_within_are_shown_in_their_place():
    """Each output from the layer that gives it, and every call of a model that is called twice goes in."""
    a, b = (keratin.Input((3,), name=name) for name in "ab")
    p, q = (keratin.Input((3,), name=name) for name in "pq")
    hidden = layers.Dense(3, name="hidden")(p)
    tower = keratin.Model([p, q], [hidden, layers.Dense(2, name="top")(layers.Add(name="both")([hidden, q]))], name="tower")
    first, second = tower([a, b])
    third, fourth = tower([b, first])
    head = keratin.Sequential([layers.Dense(2, name="one"), layers.Dense(1, name="two")], name="head")
    model = keratin.Model([a, b], [head(third), layers.Dot(axes=1, name="dot")([second, fourth])])
    assert links(keratin.utils.model_to_dot(model, expand_nested=True)) == {
        ("a", "tower/p"), ("b", "tower/q"), ("b", "tower/p"), ("tower/hidden", "tower/q"), ("tower/p", "tower/hidden"),
        ("tower/hidden", "tower/both"), ("tower/q", "tower/both"), ("tower/both", "tower/top"), ("tower/hidden", "head/one"),
        ("head/one", "head/two"), ("tower/top", "dot")}
    assert links(keratin.utils.model_to_dot(model)) == {
        ("a", "tower"), ("b", "tower"), ("tower", "tower"), ("tower", "head"), ("tower", "dot")}


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_a_layer_that_reads_what_it_gave(tmp_path, rankdir):
    x = keratin.Input((3,), name="x")
    again, other = layers.Dense(3, name="again"), layers.Dense(3, name="other")
    model = keratin.Model(x, again(again(other(again(x)))))
    assert links(keratin.utils.model_to_dot(model)) == {("x", "again"), ("again", "other"), ("other", "again"), ("again", "again")}
    root = xml.etree.ElementTree.parse(keratin.utils.plot_model(model, tmp_path / "m.svg", rankdir=rankdir)).getroot()
    assert len(root.findall(f"{SVG}rect")) == 3 and len(root.findall(f"{SVG}path")) == 4


class Branches(keratin.Model):
    def __init__(self):
        super().__init__(name="branches")
        self.one, self.two = layers.Dense(2), layers.Dense(2)

    def call(self, x):
        return self.one(x) + self.two(x)


def test_a_model_of_ones_own_is_one_box():
    """What its layers read only its `call` knows."""
    model, x = Branches(), keratin.Input((3,), name="x")
    assert links(keratin.utils.model_to_dot(keratin.Model(x, model(x)), expand_nested=True)) == {("x", "branches")}
    assert re.findall('label="([^"]+)"', keratin.utils.model_to_dot(model)) == ["branches (Branches)"]


def test_shapes_and_types_are_those_of_the_values():
    ids = keratin.Input((5,), dtype="int32", name="ids")
    x = layers.Embedding(9, 4, name="table")(ids)
    dot = keratin.utils.model_to_dot(keratin.Model(ids, [x, keratin.ops.argmax(x, axis=-1)]), show_shapes=True, show_dtype=True)
    assert 'label="ids (InputLayer)\\nOutput shape: (None, 5)\\nOutput dtype: int32"' in dot
    assert 'label="table (Embedding)\\nInput shape: (None, 5)\\nOutput shape: (None, 5, 4)\\nOutput dtype: float32"' in dot
    assert '(Argmax)\\nInput shape: (None, 5, 4)\\nOutput shape: (None, 5)\\nOutput dtype: int32"' in dot
    line = keratin.Sequential([keratin.Input((5,), dtype="int32"), layers.Embedding(9, 4, name="table")])
    assert 'label="table (Embedding)\\nInput shape: (None, 5)\\nOutput shape: (None, 5, 4)"' in keratin.utils.model_to_dot(
        line, show_shapes=True)


@pytest.mark.parametrize("call, kind, text", [
    (lambda folder: keratin.utils.plot_model(keratin.Sequential([layers.Dense(1)]), folder / "m.svg"), ValueError, "not yet been built"),
    (lambda folder: keratin.utils.plot_model(two_towers(), folder / "m"), ValueError, "must end in .svg"),
    (lambda folder: keratin.utils.plot_model(two_towers(), folder / "m.svg", rankdir="BT"), ValueError, "rankdir must be"),
    (lambda folder: keratin.utils.plot_model(two_towers(), folder / "no" / "m.svg"), OSError, "No such file"),
])
def test_what_cannot_be_drawn(tmp_path, call, kind, text):
    with pytest.raises(kind, match=text):
        call(tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_graphviz_the_picture_is_svg(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.warns(UserWarning, match="drawn by Graphviz, whose `dot` is not there: the picture is in .*model.svg"):
        path = keratin.utils.plot_model(two_towers(), tmp_path / "model.png")
    assert path == tmp_path / "model.svg" and path.read_text().startswith("<svg")
