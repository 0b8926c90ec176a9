# SPDX-License-Identifier: Apache-2.0
"""Errors speak Python, name the argument, and say no more than what is so."""
import inspect
import pathlib
import re

import numpy as np
import pytest

import keratin
from keratin import Sequential, layers

# What only a reader of C++ knows, or of the inside of the package.
CPP = re.compile(r"_core\b|nanobind|::|\bk[A-Z][a-z]\w*|nullptr|bad_cast|bad_alloc|\{\.\w|\bnull\b|null tensor|"
                 r"incompatible function arg|Invoked with|no attribute '_|is not taken here")


def message(call):
    with pytest.raises((TypeError, ValueError, AttributeError, IndexError, RuntimeError)) as caught:
        call()
    return str(caught.value)


# -- the texts of the library ----------------------------------------------------------------------

SOURCES = pathlib.Path(__file__).parents[2] / "src" / "keratin"
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def literals():
    """The string literals of the library, with where they stand; the tool speaks for itself."""
    for path in [*SOURCES.rglob("*.cc"), *SOURCES.rglob("*.h")]:
        if path.name.endswith("_test.cc") or "cli" in path.parts:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.lstrip().startswith(("//", "#include", "///")):
                for text in LITERAL.findall(line.split(" // ")[0]):
                    yield f"{path.relative_to(SOURCES)}:{number}", text


@pytest.mark.skipif(not SOURCES.exists(), reason="the sources of the library are not here")
def test_no_text_of_the_library_speaks_cpp():
    found = list(literals())
    assert len(found) > 1000  # they are found at all
    # JSON's own null, and what errors.cc rewrites, stand alone.
    assert [(where, text) for where, text in found if CPP.search(text) and text != "null"] == []


# -- every argument of every public function, wrong -------------------------------------------------

class Thing:
    def __repr__(self):
        return "<thing>"


BAD = [Thing(), "nonsense", -1, 1.5, None, {}, [Thing()], 2**70, b"x"]
GOOD = {"input_dim": 5, "output_dim": 3, "units": 2, "rate": 0.5, "target_shape": (2,), "activation": "relu",
        "shape": (3,), "value": 0.5, "filename": "unused.csv", "schedule": lambda epoch: 0.1, "fn": lambda a, b: a - b,
        "precision": 0.5, "recall": 0.5, "specificity": 0.5, "sensitivity": 0.5, "num_classes": 3,
        "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "boundaries": [1], "values": [0.1, 0.2],
        "end_learning_rate": 0.01, "first_decay_steps": 3, "minval": 0, "maxval": 3, "x": np.ones((3, 2), "float32"),
        "y_true": np.ones((3, 2), "float32"), "y_pred": np.ones((3, 2), "float32"), "sequences": [[1], [2, 3]],
        "target": 5, "seed": 3, "initializer": "zeros", "identifier": "zeros"}
MODULES = ("layers", "losses", "metrics", "optimizers", "optimizers.schedules", "initializers", "regularizers",
           "constraints", "callbacks", "random", "utils", "activations")
X, Y = np.ones((4, 2), int), np.ones((4, 1), "float32")


def model():
    model = Sequential([keratin.Input((2,)), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def callables():
    """What can be called: a name, the function, whose signature it has, and arguments that are good."""
    for path in MODULES:
        module = keratin
        for part in path.split("."):
            module = getattr(module, part)
        for name in module.__all__ if hasattr(module, "__all__") else dir(module):
            thing = getattr(module, name)
            if not name.startswith("_") and callable(thing) and not name.endswith("serialize"):
                yield f"{path}.{name}", thing, thing, GOOD
    for method in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch", "compile", "build",
                   "get_layer", "set_weights", "add", "compute_output_shape", "__call__"):
        good = {"x": X, "y": Y, "input_shape": (None, 2), "weights": [], "inputs": X, "layer": layers.Dense(1), "verbose": 0}
        yield (f"Sequential.{method}", lambda method=method, **arguments: getattr(model(), method)(**arguments),
               getattr(Sequential, method), good)
    yield "Variable", keratin.Variable, keratin.Variable, GOOD


def parameters(function):
    try:
        every = inspect.signature(function).parameters.values()
    except ValueError:
        return []
    return [p for p in every if p.name != "self" and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]


def test_no_wrong_argument_brings_cpp_to_light():
    wrong, calls = [], 0
    for name, function, signature, good in callables():
        every = parameters(signature)
        needed = {p.name: good[p.name] for p in every if p.name in good and
                  (p.default is p.empty or p.name in ("verbose", "y"))}
        if any(p.default is p.empty and p.name not in good for p in every):
            continue
        for parameter in every:
            for bad in BAD:
                calls += 1
                try:
                    function(**{**needed, parameter.name: bad})
                except (TypeError, ValueError, IndexError, AttributeError, KeyError, OverflowError) as error:
                    if CPP.search(f"{error}"):
                        wrong.append((name, parameter.name, bad, str(error)[:200]))
    assert wrong == []
    assert calls > 4000


@pytest.mark.parametrize("call, name", [
    (lambda: model().fit(X, Y, epochs=1.5), "epochs"),
    (lambda: model().fit(X, Y, initial_epoch="a"), "initial_epoch"),
    (lambda: model().fit(X, Y, batch_size=1.5), "batch_size"),
    (lambda: model().fit(X, Y, validation_split="a"), "validation_split"),
    (lambda: model().fit(X, Y, validation_freq=1.5), "validation_freq"),
    (lambda: model().fit(X, Y, class_weight={0: "a"}, verbose=0), "class_weight"),
    (lambda: model().compile("sgd", "mse", loss_weights="a"), "loss_weights"),
    (lambda: layers.Embedding(5, 2, rows_drawn=5), "rows_drawn"),
    (lambda: layers.Dropout(Thing()), "rate"),
    (lambda: layers.Dense(2**70), "units"),
    (lambda: keratin.callbacks.EarlyStopping(patience="a"), "patience"),
    (lambda: keratin.optimizers.Adam(beta_1=Thing()), "beta_1"),
    (lambda: keratin.optimizers.Adam(Thing()), "learning_rate"),
    (lambda: keratin.losses.mean_squared_error(Thing(), Y), "y_true"),
    (lambda: keratin.losses.MeanSquaredError()(Y, None), "y_pred"),
    (lambda: keratin.random.normal((2,), mean="a"), "mean"),
    (lambda: keratin.utils.pad_sequences([[1]], maxlen="a"), "maxlen"),
    (lambda: keratin.Input(shape=Thing()), "shape"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_the_argument_is_named(call, name):
    assert name in message(call)


# -- nearest names ---------------------------------------------------------------------------------

@pytest.mark.parametrize("module, typed, meant", [
    ("losses", "binary_crosentropy", "binary_crossentropy"), ("losses", "mean_squared_eror", "mean_squared_error"),
    ("losses", "MeanSquaredEror", "MeanSquaredError"), ("losses", "mes", "mse"), ("losses", "logcsh", "logcosh"),
    ("metrics", "mean_absolute_eror", "mean_absolute_error"), ("metrics", "binary_acuracy", "binary_accuracy"),
    ("optimizers", "rmsporp", "rmsprop"), ("optimizers", "Adm", "adam"), ("optimizers", "adamww", "adamw"),
    ("initializers", "random_unifrom", "random_uniform"), ("initializers", "unifrom", "uniform"),
    ("regularizers", "l1l3", "l1l2"), ("constraints", "max_nrm", "max_norm"), ("activations", "sigmod", "sigmoid")])
def test_the_nearest_name_is_suggested(module, typed, meant):
    assert f"unknown" in message(lambda: getattr(keratin, module).get(typed))
    assert f"Did you mean '{meant}'?" in message(lambda: getattr(keratin, module).get(typed))


@pytest.mark.parametrize("module", ["losses", "metrics", "optimizers", "initializers", "regularizers", "constraints"])
def test_the_known_names_are_those_that_are_taken(module):
    module = getattr(keratin, module)
    text = message(lambda: module.get("nothing of the kind"))
    known = text.partition("Known: ")[2].rstrip(".").split(", ")
    assert len(known) == len(set(known)) and len(known) >= 4
    for name in known:
        try:
            module.get(name)
        except ValueError as error:  # an argument that has no default
            assert "unknown" not in str(error)


def test_the_lists_have_keras_names():
    text = message(lambda: keratin.losses.get("nothing of the kind"))
    for name in ("binary_crossentropy", "mean_squared_error", "mse", "kl_divergence", "huber"):
        assert re.search(rf"\b{name}\b", text.partition("Known: ")[2])
    assert "rm_sprop" not in message(lambda: keratin.optimizers.get("nothing of the kind"))


# -- rows ------------------------------------------------------------------------------------------

def test_rows_are_named_only_where_a_row_is_the_cause():
    x, y = np.ones((40, 2), int), np.ones((40, 1))
    without = Sequential([keratin.Input((2,)), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1)])
    without.compile("sgd", None)
    for data in ((x, y), (iter([(x, y)]), None)):
        text = message(lambda: without.fit(*data, verbose=0))
        assert text.startswith("[compile] there is no loss") and "In " not in text
    for loss, targets in (("mse", np.ones((40, 7))), ("sparse_categorical_crossentropy", np.ones((40, 3)))):
        without.compile("sgd", loss)
        assert "rows" not in message(lambda: without.fit(x, targets, verbose=0))
        assert "In batch 0." in message(lambda: without.fit(iter([(x, targets)]), verbose=0))
    classes = Sequential([keratin.Input((2,)), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(3)])
    classes.compile("sgd", "sparse_categorical_crossentropy")
    for bad in (3, 0.5):
        labels = np.zeros(40)
        labels[17] = bad
        assert re.search(r"shuffled batch of these rows of the data: .*\b17\b",
                         message(lambda: classes.fit(x, labels, verbose=0)))


# -- ../shared/cases/11_messages.py ------------------------------------------------------------------

def test_masks_are_dropped_in_words_of_both_languages():
    text = message(lambda: Sequential([layers.Embedding(5, 2, mask_zero=True), layers.Flatten()]).build((None, 3)))
    assert "mask policy keras3" in text and not CPP.search(text)
    Sequential([layers.Embedding(5, 2, mask_zero=True), layers.Flatten()], mask_policy="keras3").build((None, 3))


def test_given_weights_are_not_drawn_on_demand():
    text = message(lambda: layers.Embedding(5, 2, weights=np.ones((5, 2)), rows_drawn="on_demand"))
    assert "rows_drawn" in text and "weights" in text


def test_an_initializer_of_another_shape_names_the_layer():
    constant = keratin.initializers.Constant(np.zeros((3, 3)))
    for build in (lambda: layers.Embedding(10, 4, constant).build(),
                  lambda: Sequential([keratin.Input((2,)), layers.Embedding(10, 4, constant)])):
        text = message(build)
        assert text.startswith("[Embedding] in its embeddings_initializer:") and "(3, 3)" in text and "(10, 4)" in text
