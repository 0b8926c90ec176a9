# SPDX-License-Identifier: Apache-2.0
"""What fit is given for y and sample_weight goes to the steps of a class of the user's as it is, where nothing was compiled that
would look at it; recommenders in the manner of KerasRS's examples, whose candidates are the table of another layer."""
import numpy as np
import pytest

import keratin
from keratin import layers, losses, ops

RNG = np.random.default_rng(5)
USERS, FILMS, SAMPLES = 12, 30, 96
U = RNG.integers(0, USERS, SAMPLES).astype("int32")
F = RNG.integers(0, FILMS, SAMPLES).astype("int32")
R = RNG.random(SAMPLES).astype("float32")
W = RNG.random(SAMPLES).astype("float32")


class Towers(keratin.Model):
    """Labels are (a film, a rating), in whatever structure: `read` finds the two in y."""

    def __init__(self, read, seen=None):
        super().__init__()
        self.read, self.seen = read, seen
        self.users, self.films = layers.Embedding(USERS, 4), layers.Embedding(FILMS, 4)
        self.retrieval = layers.BruteForceRetrieval(k=3, return_scores=False)
        self.mse = losses.MeanSquaredError()

    def build(self, input_shape):
        self.users.build(input_shape)
        self.films.build(input_shape)
        self.retrieval.candidate_embeddings = self.films.embeddings
        self.retrieval.build(input_shape)
        super().build(input_shape)

    def call(self, inputs, training=False):
        found = {"query": self.users(inputs)}
        if not training:  # so that there are more outputs then
            found["films"] = self.retrieval(found["query"])
        return found

    def compute_loss(self, x, y, y_pred, sample_weight, training=True):
        if self.seen is not None:
            self.seen.append((y, sample_weight))
        film, rating = self.read(y)
        score = ops.sum(y_pred["query"] * self.films(film), axis=1, keepdims=True)
        if isinstance(sample_weight, dict):
            sample_weight = sample_weight["of"]
        return self.mse(ops.expand_dims(rating, -1), score, sample_weight)


def started(model):
    model.build((None,))
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape))
    model.compile(keratin.optimizers.Adagrad(0.1))
    return model


@pytest.fixture(scope="module")
def expected():
    """The weights and losses of the same training by a model of Keras's functional kind."""
    user, film = keratin.Input((), dtype="int32", name="user"), keratin.Input((), dtype="int32", name="film")
    rows = layers.Embedding(USERS, 4)(user), layers.Embedding(FILMS, 4)(film)
    model = started(keratin.Model([user, film], ops.sum(rows[0] * rows[1], axis=1, keepdims=True)))
    model.compile(keratin.optimizers.Adagrad(0.1), "mse")
    history = model.fit([U, F], R, sample_weight=W, batch_size=16, epochs=2, shuffle=False, verbose=0,
                        validation_data=([U, F], R)).history
    return history, model.get_weights()


STRUCTURES = {
    "a dict": (lambda f, r: {"film": f, "rating": r}, lambda y: (y["film"], y["rating"])),
    "a tuple": (lambda f, r: (f, r), lambda y: (y[0], y[1])),
    "deep": (lambda f, r: {"what": {"film": f}, "a": (r, f)}, lambda y: (y["what"]["film"], y["a"][0])),
}


@pytest.mark.parametrize("by", ("arrays", "a generator", "a PyDataset", "batch by batch"))
@pytest.mark.parametrize("structure", STRUCTURES)
def test_labels_of_any_structure(structure, by, expected):
    make, read = STRUCTURES[structure]
    history, weights = expected
    seen = []
    model = started(Towers(read, seen))

    def batch(i):
        part = slice(16 * i, 16 * i + 16)
        return U[part], make(F[part], R[part]), {"of": W[part]}

    class Batches(keratin.utils.PyDataset):
        def __len__(self):
            return SAMPLES // 16

        def __getitem__(self, i):
            return batch(i)

    if by == "arrays":
        got = model.fit(U, make(F, R), sample_weight={"of": W}, batch_size=16, epochs=2, shuffle=False, verbose=0,
                        validation_data=(U, make(F, R))).history
        np.testing.assert_allclose(got["loss"], history["loss"], rtol=1e-5)
        np.testing.assert_allclose(got["val_loss"], history["val_loss"], rtol=1e-5)
    elif by == "a generator":
        model.fit((batch(i % 6) for i in range(12)), epochs=2, steps_per_epoch=6, verbose=0)
    elif by == "a PyDataset":
        model.fit(Batches(), epochs=2, shuffle=False, verbose=0, validation_data=Batches())
    else:
        for i in range(12):
            x, y, w = batch(i % 6)
            model.train_on_batch(x, y, w)
    for weight, wanted in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(weight, wanted, rtol=1e-5, atol=1e-6)
    y, w = seen[0]
    assert type(y) is type(make(F, R)) and set(w) == {"of"}
    if isinstance(y, dict):
        assert list(y) == list(make(F, R))


def test_candidates_that_are_a_table():
    model = started(Towers(STRUCTURES["a dict"][1]))
    assert len(model.weights) == 2 and model.retrieval.candidate_embeddings == model.films.embeddings
    for _ in range(2):
        model.fit(U, {"film": F, "rating": R}, verbose=0)
        users, films = model.get_weights()
        found = model.predict(np.arange(USERS))["films"]
        scores = users @ films.T
        np.testing.assert_array_equal(found, np.argsort(-scores, axis=1)[:, :3])


def test_candidates_of_a_graph_are_the_table_as_it_is():
    user = keratin.Input((), dtype="int32")
    films = layers.Embedding(FILMS, 4)
    films.build()
    retrieval = layers.BruteForceRetrieval(k=2)
    retrieval.candidate_embeddings = films.embeddings
    retrieval.candidate_ids = np.arange(100, 100 + FILMS)
    users = layers.Embedding(USERS, 4)
    model = keratin.Model(user, retrieval(users(user)))
    for _ in range(2):
        films.set_weights([RNG.normal(size=(FILMS, 4))])
        scores = users.get_weights()[0] @ films.get_weights()[0].T
        got, ids = model.predict(np.arange(USERS))
        np.testing.assert_array_equal(ids, 100 + np.argsort(-scores, axis=1)[:, :2])
        np.testing.assert_allclose(got, -np.sort(-scores, axis=1)[:, :2], rtol=1e-5)
    new = RNG.normal(size=(FILMS, 4)).astype("float32")
    retrieval.update_candidates(new)
    np.testing.assert_array_equal(films.get_weights()[0], new)
    assert retrieval.candidate_ids is None
    with pytest.raises(ValueError, match="shares its candidates, the weight 'embedding.*/embeddings' of shape"):
        retrieval.update_candidates(new[:7])
    with pytest.raises(ValueError, match="retrieves k=2"):
        retrieval.candidate_embeddings = keratin.Variable(np.zeros((1, 4)))
    assert retrieval.candidate_embeddings == films.embeddings
    retrieval.candidate_embeddings = new[:5]  # candidates of its own again
    assert len(retrieval.weights) == 0
    np.testing.assert_array_equal(retrieval.candidate_embeddings, new[:5])
    np.testing.assert_array_equal(films.get_weights()[0], new)


def test_what_was_compiled_still_looks_at_outputs():
    model = Towers(STRUCTURES["a dict"][1])
    model.build((None,))
    model.compile("sgd", metrics=["mae"])
    with pytest.raises(ValueError, match="the model has one output: y must be one tensor"):
        model.fit(U, {"film": F, "rating": R}, verbose=0)


@pytest.mark.parametrize("make", (lambda: layers.Embedding(3, 2), lambda: layers.EmbedReduce(3, 2), lambda: layers.Dropout(0.5),
                                  lambda: layers.GlobalAveragePooling1D(), lambda: layers.BruteForceRetrieval()))
@pytest.mark.parametrize("shape", ({"a": (None,), "b": (None, 3)}, [(None,), (None, 3)], ((None, 2), {"c": (None,)})))
def test_a_layer_that_takes_any_shape_is_built_by_those_of_several(make, shape):
    layer = make()
    layer.build(shape)
    assert layer.built


@keratin.saving.register_keras_serializable("own_targets")
class Deep(keratin.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.rows, self.head = layers.Embedding(FILMS, 4), layers.Dense(1)

    def call(self, inputs):
        a, (b, c) = inputs["ids"]["a"], inputs["other"]
        return self.head(ops.concatenate([self.rows(a), b, inputs["ids"]["z"], c], axis=-1))


DEEP = {"other": (R[:, None], W[:, None]), "ids": {"z": (R * 2)[:, None], "a": F}}


def part_of(data, part):
    if isinstance(data, dict):
        return {key: part_of(value, part) for key, value in data.items()}
    return tuple(part_of(value, part) for value in data) if isinstance(data, tuple) else data[part]


@pytest.mark.parametrize("by", ("arrays", "a generator", "a PyDataset", "batch by batch"))
def test_inputs_of_any_structure(by, tmp_path):
    """The same weights as those of a model that takes the inputs in a row."""
    ids, b, z, c = keratin.Input((), dtype="int32"), *(keratin.Input((1,)) for _ in range(3))
    row = keratin.Model([ids, b, z, c], layers.Dense(1)(ops.concatenate([layers.Embedding(FILMS, 4)(ids), b, z, c], axis=-1)))
    deep = Deep()
    deep(part_of(DEEP, slice(2)))
    for model in (row, deep):
        rng = np.random.default_rng(0)
        for weight in model.weights:
            weight.assign(rng.normal(size=weight.shape))
        model.compile("adam", "mse")

    def batch(i):
        part = slice(16 * i, 16 * i + 16)
        return part_of(DEEP, part), U[part].astype("float32")

    class Batches(keratin.utils.PyDataset):
        def __len__(self):
            return SAMPLES // 16

        def __getitem__(self, i):
            return batch(i)

    flat, y = [F, R[:, None], (R * 2)[:, None], W[:, None]], U.astype("float32")
    row.fit(flat, y, batch_size=16, shuffle=False, verbose=0)
    if by == "arrays":
        deep.fit(DEEP, y, batch_size=16, shuffle=False, verbose=0, validation_data=(DEEP, y))
    elif by == "a generator":
        deep.fit((batch(i) for i in range(6)), verbose=0)
    elif by == "a PyDataset":
        deep.fit(Batches(), shuffle=False, verbose=0, validation_data=Batches())
    else:
        for i in range(6):
            deep.train_on_batch(*batch(i))
    for weight, wanted in zip(deep.get_weights(), row.get_weights(), strict=True):
        np.testing.assert_allclose(weight, wanted, rtol=1e-5, atol=1e-6)
    wanted = row.predict(flat, verbose=0)
    for got in (deep.predict(DEEP, verbose=0), deep(DEEP), deep.predict_on_batch(DEEP), deep.predict(Batches(), verbose=0)):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
    assert deep.evaluate(DEEP, y, verbose=0) == pytest.approx(row.evaluate(flat, y, verbose=0), rel=1e-5)
    deep.save(tmp_path / "deep.keras")
    loaded = keratin.saving.load_model(tmp_path / "deep.keras")
    np.testing.assert_allclose(loaded.predict(DEEP, verbose=0), wanted, rtol=1e-5, atol=1e-6)


def test_a_model_knows_its_type():
    for model in (Deep(), keratin.Sequential([layers.Dense(1)])):
        assert (model.dtype, model.compute_dtype, model.variable_dtype, model.dtype_policy.name) == ("float32",) * 4


class Nested(keratin.Model):
    def __init__(self):
        super().__init__(name="q")
        self.row = keratin.Sequential([layers.Embedding(5, 3, name="table"), layers.GRU(3, name="gru")], name="row")
        self.head = layers.Dense(2, name="head")
        self.sight = layers.MultiHeadAttention(2, 2, name="sight")
        one = keratin.Input((3,))
        self.graph = keratin.Model(one, layers.Dense(2, name="inner")(one), name="graph")

    def build(self, input_shape):
        self.row.build(input_shape)
        self.head.build((None, 3))
        self.sight.build((None, 4, 3), (None, 4, 3))
        super().build(input_shape)

    def call(self, x):
        return self.head(self.row(x))


def test_models_that_are_built_within_one_stand_behind_its_name():
    model = Nested()
    model.build((None, 4))
    # What Keras 3.16 says.
    assert [weight.path for weight in model.weights] == [
        "q/row/table/embeddings", "q/row/gru/gru_cell/kernel", "q/row/gru/gru_cell/recurrent_kernel", "q/row/gru/gru_cell/bias",
        "q/head/kernel", "q/head/bias", *(f"q/sight/{part}/{weight}" for part in ("query", "key", "value", "attention_output")
                                          for weight in ("kernel", "bias")), "inner/kernel", "inner/bias"]


def test_summary_of_a_model_of_ones_own(capsys):
    model = Nested()
    model.build((None, 4))
    model.summary()
    text = capsys.readouterr().out
    # What Keras 3.16 prints.
    assert [line.split("│")[2].strip() for line in text.splitlines() if line.startswith("│")] == [
        "(None, 3)", "(None, 2)", "(None, 4, 3)", "(None, 2)"]
    assert text.endswith("Non-trainable params: 0 (0.00 B)\n") and not text.endswith("\n\n")
    ids = keratin.Input((), dtype="int32")
    keratin.Model(ids, layers.Embedding(4, 2)(ids)).summary()
    assert "│ (None)     " in capsys.readouterr().out
