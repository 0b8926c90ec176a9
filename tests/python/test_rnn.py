# SPDX-License-Identifier: Apache-2.0
"""RNN and StackedRNNCells: a cell that is a SimpleRNN's must give what that gives, whose numbers are Keras's (rnn_test.cc)."""
import copy
import pickle

import numpy as np
import pytest

import keratin
from keratin import layers, ops

RNG = np.random.default_rng(7)
X = RNG.normal(size=(6, 5, 4)).astype("float32")
MASK = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [0, 1, 1, 0, 0], [1, 0, 1, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool)


class Cell(layers.Layer):
    """That of a SimpleRNN without a bias."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), name="recurrent_kernel")

    def call(self, inputs, states):
        h = ops.tanh(inputs @ self.kernel + states[0] @ self.recurrent_kernel)
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class TwoStates(layers.Layer):
    """Counts steps, and adds up what it is given; training counts tenfold."""

    state_size = [1, 4]
    output_size = 4

    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, 1)), ops.zeros((batch_size, 4))]

    def call(self, inputs, states, training=False):
        count, total = states[0] + (10 if training else 1), states[1] + inputs
        return count * total, [count, total]


def as_list(found):
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("options", [{}, dict(return_sequences=True), dict(return_state=True), dict(unroll=True),
                                     dict(return_sequences=True, return_state=True, go_backwards=True),
                                     dict(return_sequences=True, zero_output_for_mask=True),
                                     dict(return_state=True, zero_output_for_mask=True)])
@pytest.mark.parametrize("mask", [None, MASK])
def test_a_cell_of_ones_own_over_the_steps(options, mask):
    layer, simple = layers.RNN(Cell(3), **options), layers.SimpleRNN(3, use_bias=False, **options)
    given = [RNG.normal(size=(6, 3)).astype("float32")]
    # Before the first step that counts ours show the state to begin with, which a cell's output need not be like.
    for states in ({}, dict(initial_state=given)) if mask is None else ({},):
        found = layer(X, mask=mask, **states)
        simple.build(X.shape)
        simple.set_weights(layer.get_weights())
        wanted = simple(X, mask=mask, **states)
        for one, other in zip(as_list(found), as_list(wanted), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
    shapes = layer.compute_output_shape(X.shape)
    assert (list(shapes) if options.get("return_state") else [shapes]) == [one.shape for one in as_list(found)]
    if options.get("return_sequences"):
        for one, other in zip(as_list(layer.compute_mask(X, mask)), as_list(simple.compute_mask(X, mask)), strict=True):
            np.testing.assert_array_equal(one, other)


def test_padding_changes_no_bit():
    layer = layers.RNN(Cell(3), return_sequences=True, return_state=True)
    for row, counts in enumerate(MASK):
        padded = np.where(counts[:, None], X[row], np.nan)[None]
        alone = layer(X[row:row + 1, counts])
        steps, state = layer(padded, mask=counts[None])
        np.testing.assert_array_equal(steps[:, counts], alone[0])
        np.testing.assert_array_equal(state, alone[1])
    x = np.where(MASK[:, :, None], X, np.nan)
    with keratin.GradientTape() as tape:
        for weight in layer.trainable_weights:
            tape.watch(weight)
        loss = ops.sum(layer(x, mask=MASK)[1])
    assert all(np.all(np.isfinite(slope)) for slope in tape.gradient(loss, layer.trainable_weights))


def test_trains_as_the_layer_of_that_cell():
    def model(layer):
        made = keratin.Sequential([keratin.Input((None,)), layers.Embedding(5, 4, mask_zero=True, embeddings_initializer=
                                   keratin.initializers.RandomUniform(seed=1)), layer,
                                   layers.Dense(1, kernel_initializer="ones")])
        made.compile(keratin.optimizers.SGD(0.3), "mse")
        return made
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [0, 2, 0, 1], [4, 4, 1, 2]])
    own, simple = model(layers.RNN(Cell(3))), model(layers.SimpleRNN(3, use_bias=False))
    simple.set_weights(own.get_weights())
    for _ in range(3):
        np.testing.assert_allclose(own.train_on_batch(ids, np.ones((4, 1))), simple.train_on_batch(ids, np.ones((4, 1))), rtol=1e-5)
    for one, other in zip(own.get_weights(), simple.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(own.predict(ids)[:2], own.predict(ids[:2, :2]))


def test_states_of_the_cells_own_and_training():
    layer = layers.RNN(TwoStates(), return_state=True)
    output, count, total = layer(X)
    assert np.all(count == 6)
    np.testing.assert_allclose(total, X.sum(1), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(output, count * total)
    assert np.all(layer(X, training=True)[1] == 51)
    assert layer.state_size == [1, 4]


def test_cells_in_a_stack():
    stack = layers.RNN([Cell(3), TwoStatesOf3(), Cell(2)], return_sequences=True, return_state=True)
    steps, *states = stack(X, mask=MASK)
    first, second = layers.RNN(stack.cell.cells[0], return_sequences=True), layers.RNN(stack.cell.cells[1], return_sequences=True)
    third = layers.RNN(stack.cell.cells[2], return_sequences=True)
    np.testing.assert_array_equal(steps, third(second(first(X, mask=MASK))))
    assert states[0].shape == (6, 3) and [state.shape for state in states[1]] == [(6, 1), (6, 3)] and states[2].shape == (6, 2)
    symbolic = stack(keratin.Input((5, 4)))
    assert [value.shape for value in symbolic[2]] == [(None, 1), (None, 3)]
    assert len(stack.compute_output_shape((6, 5, 4))) == 4 and len(stack.compute_mask(X, MASK)) == 4
    assert stack.cell.state_size == [3, [1, 3], 2] and stack.cell.output_size == 2
    again = stack(X, initial_state=states)[0]
    assert np.any(again != steps)


class TwoStatesOf3(TwoStates):
    state_size = [1, 3]
    output_size = 3

    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, 1)), ops.zeros((batch_size, 3))]


OURS = [(layers.LSTMCell, layers.LSTM), (layers.GRUCell, layers.GRU), (layers.SimpleRNNCell, layers.SimpleRNN)]


@pytest.mark.parametrize("cell, cls", OURS)
@pytest.mark.parametrize("training", [False, True])
def test_our_cells_have_the_bits_of_the_layers(cell, cls, training):
    options = dict(return_sequences=True, return_state=True, go_backwards=True, zero_output_for_mask=True)
    of_cell = dict(dropout=0.4, recurrent_dropout=0.3, seed=4)
    layer, whole = layers.RNN(cell(3, **of_cell), **options), cls(3, **of_cell, **options)
    layer.build(X.shape), whole.build(X.shape)
    whole.set_weights(layer.get_weights())
    states = layer.get_initial_state(6)
    for one, other in zip(layer(X, initial_state=states, mask=MASK, training=training),
                          whole(X, initial_state=states, mask=MASK, training=training), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cell, cls", OURS)
def test_what_our_cells_drop_stays_until_it_is_reset(cell, cls):
    one = cell(3, dropout=0.5, recurrent_dropout=0.4, seed=2)  # the numbers are in cell_test.cc
    states = [RNG.normal(size=(6, 3)).astype("float32") for _ in np.ravel(one.state_size)]
    first = one(X[:, 0], states, training=True)[0]
    np.testing.assert_array_equal(one(X[:, 0], states, training=True)[0], first)
    for reset in (one.reset_dropout_mask, one.reset_recurrent_dropout_mask):
        reset()
        second = one(X[:, 0], states, training=True)[0]
        assert np.any(second != first)
        first = second
    one.reset_dropout_mask(), one.reset_recurrent_dropout_mask()
    layer = layers.RNN(one)
    whole = layer(X[:, :1], initial_state=states, training=True)
    assert np.any(whole != first) and np.any(layer(X[:, :1], initial_state=states, training=True) != whole)


class Steps(layers.Layer):
    """Goes over the steps by itself, with one choice for all of them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.cell = layers.GRUCell(3, dropout=0.5, seed=2)

    def call(self, x, training=False):
        self.cell.reset_dropout_mask()
        states = self.cell.get_initial_state(6)
        for step in range(5):
            output, states = self.cell(x[:, step], states)
        return output


def test_a_loop_of_ones_own_over_a_cell_that_drops():
    model = keratin.Sequential([keratin.Input((5, 4)), Steps()])
    whole = layers.RNN(layers.GRUCell(3, dropout=0.5, seed=2))
    model.compile(keratin.optimizers.SGD(0.0), "mse")
    whole.build(X.shape)
    whole.set_weights(model.get_weights())
    for _ in range(2):  # another choice for each batch
        np.testing.assert_allclose(model.train_on_batch(X, np.zeros((6, 3))), np.mean(whole(X, training=True) ** 2), rtol=1e-5)


@pytest.mark.parametrize("cell, cls", OURS)
def test_our_cells_step_by_step(cell, cls):
    one, whole = cell(3), cls(3, return_sequences=True, return_state=True)
    states = one.get_initial_state(batch_size=6)
    assert [state.shape for state in states] == [(6, width) for width in np.ravel(one.state_size)]
    outputs = []
    for step in range(5):
        output, states = one(X[:, step], states)
        outputs.append(output)
    whole.build(X.shape)
    whole.set_weights(one.get_weights())
    wanted = whole(X)
    for got, expected in zip([np.stack(outputs, 1), *states], wanted, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6)
    assert one.output_size == 3 and one.compute_output_shape((None, 4)) == ((None, 3), [(None, 3)] * len(states))
    if one.state_size == 3:  # a state that is in no list comes back in none
        assert isinstance(one(X[:, 0], states[0])[1], np.ndarray)
    again = cell.from_config(one.get_config())
    again.build((None, 4))
    again.set_weights(one.get_weights())
    np.testing.assert_array_equal(again(X[:, 0], states)[0], one(X[:, 0], states)[0])
    for wrong in ([], [*states, states[0]], [state[:, :2] for state in states]):
        with pytest.raises(ValueError, match="states"):
            one(X[:, 0], wrong)
    for wrong in (0, -1, 2.5, None):
        with pytest.raises(ValueError, match="units"):
            cell(wrong)


def test_our_cells_in_a_stack_with_ones_own():
    layer = layers.RNN([layers.LSTMCell(3), Cell(4), layers.GRUCell(2)], return_sequences=True, return_state=True, go_backwards=True)
    steps, *states = layer(X, mask=MASK)
    first, second = layers.RNN(layer.cell.cells[0], return_sequences=True, go_backwards=True), layers.RNN(layer.cell.cells[1], return_sequences=True)
    third = layers.RNN(layer.cell.cells[2], return_sequences=True)
    np.testing.assert_array_equal(steps, third(second(first(X, mask=MASK))))
    assert [len(states[0]), states[1].shape, states[2].shape] == [2, (6, 4), (6, 2)]
    other = copy.deepcopy(layer)
    np.testing.assert_array_equal(other(X, mask=MASK)[0], steps)


@pytest.mark.parametrize("make", [lambda: layers.RNN(layers.LSTMCell(3)), lambda: layers.RNN([layers.GRUCell(3), layers.LSTMCell(2)]),
                                  lambda: layers.RNN(layers.StackedRNNCells([layers.SimpleRNNCell(3, dropout=0.2, seed=1)] * 1))])
def test_models_of_our_cells(make, tmp_path):
    model = keratin.Sequential([keratin.Input((None,)), layers.Embedding(5, 4, mask_zero=True), make(), layers.Dense(1)])
    model.compile(keratin.optimizers.SGD(0.1), "mse")
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [0, 2, 0, 1], [4, 4, 1, 2]])
    history = model.fit(ids, np.ones((4, 1)), epochs=20, verbose=0).history["loss"]
    assert history[-1] < history[0]
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        np.testing.assert_array_equal(keratin.saving.load_model(tmp_path / name).predict(ids), model.predict(ids))
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict(ids), model.predict(ids))
    np.testing.assert_array_equal(model.predict(ids)[:2], model.predict(ids[:2, :2]))


CUSTOM = {"Cell": Cell, "TwoStatesOf3": TwoStatesOf3}


def test_models_in_files(tmp_path):
    source = keratin.Input((None, 4))
    _, *states = layers.RNN(Cell(3), return_state=True)(source)
    steps = layers.RNN([Cell(3), TwoStatesOf3()], return_sequences=True)(source)
    model = keratin.Model(source, layers.Dense(1)(layers.RNN(Cell(3), go_backwards=True)(steps, initial_state=states)))
    model.compile("adam", "mse")
    model.fit(X, np.ones((6, 1)), verbose=0)
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        other = keratin.saving.load_model(tmp_path / name, custom_objects=CUSTOM)
        np.testing.assert_array_equal(other.predict(X), model.predict(X))
    with pytest.raises(ValueError, match="Cell"):
        keratin.saving.load_model(tmp_path / "model.keras")
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict(X), model.predict(X))


def test_keeps_states_from_batch_to_batch():
    layer, whole = layers.RNN(Cell(3), stateful=True), layers.RNN(Cell(3))
    model = keratin.Sequential([keratin.Input(batch_shape=(6, None, 4)), layer])
    whole.build(X.shape)
    whole.set_weights(layer.get_weights())
    assert not np.any(layer.states[0])
    model.predict(X[:, :2], batch_size=6)
    layer(X[:, 2:4])
    np.testing.assert_array_equal(layer.states[0], whole(X[:, :4]))
    np.testing.assert_array_equal(model.predict(X[:, 4:], batch_size=6), whole(X))
    layer.reset_state()
    np.testing.assert_array_equal(layer(X), whole(X))
    with pytest.raises(ValueError, match="stateful"):
        layer(X[:2])


@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize("options", [{}, dict(return_sequences=True, return_state=True)])
def test_in_both_directions(merge_mode, options):
    layer = layers.Bidirectional(layers.RNN(Cell(3), **options), merge_mode=merge_mode)
    simple = layers.Bidirectional(layers.SimpleRNN(3, use_bias=False, **options), merge_mode=merge_mode)
    layer.build(X.shape), simple.build(X.shape)
    simple.set_weights(layer.get_weights())
    for one, other in zip(as_list(layer(X, mask=MASK)), as_list(simple(X, mask=MASK)), strict=True):
        counts = MASK.any(1)  # where no step does, ours show the state to begin with
        np.testing.assert_allclose(one[counts], other[counts], rtol=1e-6, atol=1e-6)
    other = copy.deepcopy(layer)
    for one, again in zip(as_list(layer(X)), as_list(other(X)), strict=True):
        np.testing.assert_array_equal(one, again)
    assert [weight.path.split("/", 1)[1] for weight in layer.weights][0].startswith("forward_")


class Learns(Cell):
    """A cell that learns the state to begin with."""

    def build(self, input_shape):
        super().build(input_shape)
        self.first = self.add_weight(shape=(self.units,), initializer="ones", name="first")

    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, 1)) * self.first]


def test_a_state_to_begin_with_that_is_learned():
    layer = layers.RNN(Learns(3))
    layer.build(X.shape)
    with keratin.GradientTape() as tape:
        tape.watch(layer.cell.first)
        loss = ops.sum(layer(X))
    slope = tape.gradient(loss, layer.cell.first)
    for place in range(3):  # by differences: the step is that of the least error of float32
        moved = layer.cell.first.numpy()
        sums = []
        for step in (0.01, -0.01):
            layer.cell.first.assign(moved + step * np.eye(3, dtype="float32")[place])
            sums.append(np.sum(layer(X), dtype="float64"))
        layer.cell.first.assign(moved)
        np.testing.assert_allclose(slope[place], (sums[0] - sums[1]) / 0.02, rtol=2e-2, atol=2e-3)
    model = keratin.Sequential([keratin.Input((None, 4)), layer])
    model.compile(keratin.optimizers.SGD(0.5), "mse")
    model.train_on_batch(X, np.zeros((6, 3)))
    assert np.any(layer.cell.first.numpy() != 1)


class TakesIds(layers.Layer):
    """A cell whose layer within has its weights as it is first called, on ids."""

    state_size = 3

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.table = layers.Embedding(7, 3)
        self.dense = layers.Dense(3, "tanh")

    def call(self, inputs, states):
        h = self.dense(ops.concatenate([self.table(inputs[:, 0]), states[0]], -1))
        return h, [h]


def test_layers_within_a_cell():
    ids = np.array([[[1], [2], [6]], [[0], [0], [3]]])
    model = keratin.Sequential([keratin.Input((None, 1), dtype="int64"), layers.RNN(TakesIds(), return_sequences=True)])
    paths = [[part.rstrip("_0123456789") for part in weight.path.split("/")[-3:]] for weight in model.weights]
    assert paths == [["takes_ids", *names] for names in (["embedding", "embeddings"], ["dense", "kernel"], ["dense", "bias"])]
    model.compile(keratin.optimizers.Adam(0.05), "mse")
    before = model.evaluate(ids, np.ones((2, 3, 3)), verbose=0)
    model.fit(ids, np.ones((2, 3, 3)), epochs=5, verbose=0)
    assert model.evaluate(ids, np.ones((2, 3, 3)), verbose=0) < before


class Told(layers.RNN):
    """Calls what it derives from."""

    def call(self, sequences, initial_state=None, mask=None, training=None):
        return super().call(sequences, initial_state, mask, training) * 2


def test_a_class_that_derives_from_it():
    layer, plain = Told(Cell(3)), layers.RNN(Cell(3))
    given = [RNG.normal(size=(6, 3)).astype("float32")]
    layer.build(X.shape), plain.build(X.shape)
    plain.set_weights(layer.get_weights())
    np.testing.assert_array_equal(layer(X), plain(X) * 2)
    np.testing.assert_array_equal(layer(X, initial_state=given), plain(X, initial_state=given) * 2)


def test_no_steps():
    layer = layers.RNN(Cell(3), return_sequences=True, return_state=True)
    layer(X)
    steps, state = layer(X[:, :0])
    assert steps.shape == (6, 0, 3) and not np.any(state)


def test_refused():
    class NoStates(layers.Layer):
        def call(self, inputs, states):
            return inputs, states

    class OneOutput(Cell):
        def call(self, inputs, states):
            return inputs
    for wrong in (3, NoStates(), [], [Cell(2), "cell"]):
        with pytest.raises(ValueError, match="cell"):
            layers.RNN(wrong)
    with pytest.raises(ValueError, match="must give an output"):
        layers.RNN(OneOutput(4))(X)
    with pytest.raises(ValueError, match="batch size"):
        layers.RNN(Cell(2), stateful=True)(keratin.Input((5, 4)))
    with pytest.raises(ValueError, match="3 dimensions"):
        layers.RNN(Cell(2))(X[0])
    with pytest.raises(ValueError, match="initial_state must be as many"):
        layers.RNN(TwoStates())(X, initial_state=[np.ones((6, 1))])
    with pytest.raises(ValueError, match="unroll"):
        layers.RNN(Cell(2), unroll=True)(keratin.Input((None, 4)))
