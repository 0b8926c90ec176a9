# SPDX-License-Identifier: Apache-2.0
"""What is set after an object was made counts, as in Keras, or is refused; never is it passed over.

The attributes are found: what an object has, its properties, and its class's arguments. They are set to what
`cases` gives the arguments of these names, or to something near what is there."""
import inspect

import numpy as np
import pytest

import keratin
import argument_cases  # noqa: F401 (fills CASES)
from cases import CASES, OTHERS, With
from keratin import callbacks, layers
from keratin.preprocessing.text import Tokenizer
from method_cases import DATA, compiled
from seeing import outcome
from test_arguments import public

OBJECTS = {path: (call, given, see, others) for path, (call, given, see, others) in CASES.items() if inspect.isclass(call)}
OBJECTS["model"] = (
    compiled, {}, lambda made: [made.fit(**DATA, verbose=0, shuffle=False).history, made.get_weights(), made.name, made.mask_policy],
    dict(optimizer=keratin.optimizers.SGD(0.5), loss="mae", metrics=["mse"], mask_policy="keras3"))
OBJECTS["utils.Progbar"] = keratin.utils.Progbar, dict(target=5), lambda made: [], {}
OBJECTS["callbacks.CSVLogger"] = CASES["callbacks.CSVLogger"]
OBJECTS["callbacks.TensorBoard"] = CASES["callbacks.TensorBoard"]
OBJECTS["callbacks.History"] = callbacks.History, {}, lambda made: [made.history, made.epoch], {}
OBJECTS["callbacks.ProgbarLogger"] = (
    callbacks.ProgbarLogger, {}, lambda made: compiled().fit(**DATA, callbacks=[made], verbose=2).epoch, {})

NOTHING_TO_CHOOSE = "as an argument of compile"
OF_MASKS = "what it says of the masks behind it: test_rnn"
A_RUN_SETS_IT = "each run sets it anew; see the tests below"
NO_EFFECT = {
    "*.params": A_RUN_SETS_IT, "*.stop_training": A_RUN_SETS_IT, "callbacks.History.epoch": A_RUN_SETS_IT,
    "callbacks.EarlyStopping.best": A_RUN_SETS_IT, "callbacks.EarlyStopping.best_epoch": A_RUN_SETS_IT,
    "callbacks.EarlyStopping.best_weights": A_RUN_SETS_IT, "callbacks.EarlyStopping.wait": A_RUN_SETS_IT,
    "callbacks.EarlyStopping.stopped_epoch": A_RUN_SETS_IT, "callbacks.ReduceLROnPlateau.best": A_RUN_SETS_IT,
    "callbacks.ReduceLROnPlateau.wait": A_RUN_SETS_IT, "callbacks.ReduceLROnPlateau.cooldown_counter": A_RUN_SETS_IT,
    "layers.Lambda.built": "it has no weights", "layers.RNN.built": "its cell is what has weights",
    "layers.StackedRNNCells.built": "its cells are what has weights", "layers.Retrieval.built": "it has no weights",
    "layers.Retrieval.supports_masking": "the case makes a layer of a user's own: test_masks",
    "layers.RNN.supports_masking": OF_MASKS, "layers.StackedRNNCells.supports_masking": OF_MASKS,
    "model.history": A_RUN_SETS_IT, "model.run_eagerly": NOTHING_TO_CHOOSE, "model.jit_compile": NOTHING_TO_CHOOSE,
    "model.steps_per_execution": NOTHING_TO_CHOOSE, "model.auto_scale_loss": NOTHING_TO_CHOOSE,
}


def names_of(path):
    call, given, _, _ = OBJECTS[path]
    made = call(**given)
    names = set(vars(made)) | {name for name, value in inspect.getmembers(type(made)) if isinstance(value, property)}
    names |= {parameter.name for parameter in inspect.signature(type(made)).parameters.values()
              if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)}
    if path == "model":
        names |= {"metrics", "inputs", "outputs", *inspect.signature(made.compile).parameters}
    return sorted(name for name in names if not name.startswith("_"))


def near(value):
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float, np.number)):
        return type(value)(value + 1)
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, (list, tuple)):
        return type(value)()
    if isinstance(value, dict):
        return {"another": 1}
    if isinstance(value, np.ndarray):
        return value + 1
    return 1 if value is None else None


@pytest.mark.parametrize("path, name", [pytest.param(path, name, id=f"{path}-{name}") for path in OBJECTS for name in names_of(path)])
def test_attribute_counts_or_is_refused(path, name):
    if f"{path}.{name}" in NO_EFFECT or f"*.{name}" in NO_EFFECT:
        return
    call, given, see, others = OBJECTS[path]
    value = others.get(name, OTHERS.get(name, test_attribute_counts_or_is_refused))
    base = {**given, **(value.base if isinstance(value, With) else {})}
    value = value.value if isinstance(value, With) else value
    if value is test_attribute_counts_or_is_refused:
        try:
            value = near(getattr(call(**base), name, None))
        except (AttributeError, TypeError, ValueError):  # of a layer that is not built, of an optimizer
            value = 1

    def changed():
        made = call(**base)
        setattr(made, name, value)
        return see(made)

    first, other = outcome(lambda: see(call(**base))), outcome(changed)
    assert first[0] != "raised", first[1]
    assert other != first, f"{name} = {value!r} is passed over"


def test_every_class_is_walked():
    classes = {path for path, value in public().items() if inspect.isclass(value)}
    bases = {"KerasTensor", "IndexedSlices", "saving.CustomObjectScope", "activations.Activation", "callbacks.Callback", "constraints.Constraint", "initializers.Initializer",
             "initializers.RandomInitializer", "layers.Layer", "models.Model", "optimizers.Optimizer",
             "optimizers.schedules.LearningRateSchedule", "regularizers.Regularizer"}
    of_others = {f"optimizers.{name}" for name in ("LossScaleOptimizer", "MultiOptimizer", "OptimizerMap")}  # test_shared_out
    files = {"saving.KerasFileEditor"}  # test_file_editor
    plain = {f"quantizers.{name}" for name in ("AbsMaxQuantizer", "Int4QuantizationConfig", "Int8QuantizationConfig",
                                               "QuantizationConfig", "QuantizationReport")}  # test_quantized
    policies = {f"dtype_policies.{name}" for name in ("DTypePolicy", "Int4DTypePolicy", "QuantizedDTypePolicy")}
    assert classes - set(OBJECTS) == bases | of_others | files | plain | policies


@pytest.mark.parametrize("path", OBJECTS)
def test_a_users_own_attribute_is_kept(path):
    call, given, see, _ = OBJECTS[path]
    made = call(**given)
    made.something_of_mine = [3]
    assert made.something_of_mine == [3]


def test_a_refused_attribute_is_as_it_was():
    stop = callbacks.EarlyStopping(mode="min")
    for name, value in (("mode", "other"), ("patience", "many")):
        before = getattr(stop, name)
        with pytest.raises((ValueError, TypeError), match="mode|patience"):
            setattr(stop, name, value)
        assert getattr(stop, name) == before
    tokenizer = Tokenizer(num_words=3)
    with pytest.raises(ValueError, match="num_words"):
        tokenizer.num_words = -1
    assert tokenizer.num_words == 3


def test_options_that_are_lists_cannot_be_changed_behind_it():
    given = [0.1, 0.2]
    rate = keratin.optimizers.schedules.PiecewiseConstantDecay([3], given)
    given[0] = 7.0
    assert rate(0) == np.float32(0.1)
    with pytest.raises(TypeError):
        rate.values[0] = 7.0
    constant = keratin.initializers.Constant(np.ones(2, np.float32))  # which is Python's: Keras's is alive too
    constant.value[:] = 7
    assert (constant((2,)) == 7).all()


# -- callbacks: their state, while they run --------------------------------------------------------

def run(callback, values, between=lambda callback, epoch: None):
    """The epochs of a run whose val_loss takes these values."""
    model = keratin.Sequential([keratin.Input((1,)), layers.Dense(1)])
    model.compile(keratin.optimizers.SGD(1.0), "mse")
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        between(callback, epoch)
        callback.on_epoch_end(epoch, {"val_loss": value})
        if model.stop_training:
            return epoch, model
    callback.on_train_end()
    return None, model


def test_state_of_early_stopping():
    values = [3.0, 3.0, 3.0, 3.0, 3.0]
    stop = callbacks.EarlyStopping(patience=3)
    assert run(stop, values)[0] == 3 and stop.wait == 3 and stop.stopped_epoch == 3 and stop.best == 3 and stop.best_epoch == 0
    assert run(stop, values, lambda each, epoch: setattr(each, "wait", 0))[0] is None
    assert run(stop, values, lambda each, epoch: setattr(each, "best", 9.0))[0] is None
    assert run(stop, values, lambda each, epoch: setattr(each, "patience", 1))[0] == 1
    stop.stopped_epoch, stop.best_epoch = 7, 8
    assert (stop.stopped_epoch, stop.best_epoch) == (7, 8)


def test_best_weights_of_early_stopping():
    stop = callbacks.EarlyStopping(patience=9, restore_best_weights=True)

    def change(each, epoch):
        if epoch == 1:
            assert [weight.shape for weight in each.best_weights] == [(1, 1), (1,)]
            each.best_weights = [np.full((1, 1), 7.0), np.zeros(1)]

    model = run(stop, [3.0, 3.0], change)[1]
    assert model.get_weights()[0] == 7


def test_state_of_reduce_lr_on_plateau():
    values = [3.0, 3.0, 3.0]
    plateau = callbacks.ReduceLROnPlateau(patience=1, factor=0.5)
    rate = lambda *change: float(run(plateau, values, *change)[1].optimizer.learning_rate)
    assert rate() == 0.25 and plateau.best == 3 and plateau.wait == 0
    assert rate(lambda each, epoch: setattr(each, "cooldown_counter", 9)) == 1.0
    assert rate(lambda each, epoch: setattr(each, "best", 9.0)) == 1.0
    assert rate(lambda each, epoch: setattr(each, "wait", -9)) == 1.0


def test_params_of_a_callback(capsys):
    stop = callbacks.EarlyStopping(verbose=1)
    stop.set_params({"verbose": 0})
    stop.params = {"verbose": 1}
    assert run(stop, [3.0, 3.0])[0] == 1
    stop.on_train_end()
    assert "early stopping" in capsys.readouterr().out


def test_another_optimizer():
    model = compiled()
    model.fit(**DATA, verbose=0)
    before, metric = model.get_weights(), model.metrics_names
    model.optimizer = keratin.optimizers.SGD(0.0)
    model.fit(**DATA, verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights()))
    assert int(model.optimizer.iterations) == 1 and model.metrics_names == metric and model.loss == "mse"
    model.optimizer = "adam"
    assert isinstance(model.optimizer, keratin.optimizers.Adam)
    with pytest.raises(AttributeError, match="compile"):
        keratin.Sequential().optimizer = "adam"
    with pytest.raises(AttributeError, match="compile"):
        model.loss = "mae"


# -- Tokenizer: expected values from Keras's own ----------------------------------------------------

def fitted(**options):
    tokenizer = Tokenizer(**options)
    tokenizer.fit_on_texts(["a a a b b c"])
    return tokenizer


def test_options_of_a_tokenizer():
    tokenizer = fitted()
    tokenizer.num_words = 3
    assert tokenizer.texts_to_sequences(["a b c"]) == [[1, 2]] and tokenizer.num_words == 3
    tokenizer.num_words = np.int64(2)
    assert tokenizer.texts_to_sequences(["a b c"]) == [[1]]
    tokenizer = fitted()
    tokenizer.oov_token = "<x>"
    tokenizer.word_index["<x>"] = 4
    tokenizer.index_word[4] = "<x>"
    assert tokenizer.texts_to_sequences(["a z"]) == [[1, 4]]
    tokenizer.document_count = 7
    assert tokenizer.get_config()["document_count"] == 7


def test_dictionaries_of_a_tokenizer():
    tokenizer = fitted(oov_token="?")
    del tokenizer.word_index["c"]
    assert tokenizer.texts_to_sequences(["a c"]) == [[2, 1]]
    tokenizer = fitted()
    tokenizer.word_index = {"c": 1, "a": 2}
    assert tokenizer.texts_to_sequences(["a b c"]) == [[2, 1]]
    tokenizer.index_word[0] = "<pad>"
    assert tokenizer.sequences_to_texts([[1, 0, 2]]) == ["a <pad> b"]
    assert tokenizer.word_index == {"c": 1, "a": 2}, "another dictionary was changed meanwhile"
    copied = Tokenizer.__new__(Tokenizer)
    copied.__setstate__(tokenizer.__getstate__())
    assert copied.word_index == {"c": 1, "a": 2} and copied.index_word[0] == "<pad>"
    assert type(copied.__getstate__()["attributes"]) is dict


@pytest.mark.parametrize("change", [
    lambda d: d.update({"b": 9}), lambda d: d.pop("b"), lambda d: d.clear(), lambda d: d.setdefault("z", 9),
    lambda d: d.__ior__({"b": 9}), lambda d: d.popitem(), lambda d: d.__setitem__("b", 9), lambda d: d.__delitem__("b")])
def test_every_change_of_a_dictionary_counts(change):
    tokenizer = fitted()
    change(tokenizer.word_index)
    expected = [tokenizer.word_index[word] for word in "abcz" if word in tokenizer.word_index]
    assert tokenizer.texts_to_sequences(["a b c z"]) == [expected]


def test_counts_of_a_tokenizer_go_on():
    tokenizer = fitted()
    counts, index = tokenizer.word_counts, tokenizer.word_index
    counts["c"] = 9
    tokenizer.fit_on_texts(["d"])
    assert tokenizer.word_index == {"c": 1, "a": 2, "b": 3, "d": 4}
    assert counts is tokenizer.word_counts and counts["d"] == 1, "Keras's dictionary is the same one after a fit"
    assert index == {"a": 1, "b": 2, "c": 3}, "and this one is another"
    documents = tokenizer.index_docs
    documents[2] = 7
    tokenizer.fit_on_sequences([[2]])
    assert documents is tokenizer.index_docs and documents[2] == 8
