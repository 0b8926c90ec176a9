# SPDX-License-Identifier: Apache-2.0
"""The judge of files: a random model is trained, saved by one library and opened by the other. Weights and the state of
the optimizer must be the same to the bit, configs the same but for the keys that are listed here with their reasons,
and training must go on with the same numbers to the bit: Keras with what it read from a file is held against Keras
that was given the same numbers by hand.

Two ways: Keratin trains, Keras opens; Keras trains, Keratin opens and saves, Keras opens.
"""
import itertools
import pathlib
import tempfile

import numpy as np

import build
import keras
import keratin
from compare import Verdict

MORE = 2  # steps that are trained behind the file

# Keys of configs that are not compared, and why.
UNSAID = {
    "build_config": "how Keras builds it again: of shapes, which the weights have too",
    "shared_object_id": "an address in memory, or a number",
    "module": "of an optimizer on PyTorch Keras writes its own class for that; Keratin says where all backends find it",
    "run_eagerly": "how Keras runs it, of which Keratin has one way; opened again it is as by default",
    "steps_per_execution": "likewise",
    "jit_compile": "likewise",
}


def judge(program):
    with tempfile.TemporaryDirectory() as folder:
        try:
            kind, what = _judged(program, pathlib.Path(folder))
        except Exception as error:  # whatever it is: nothing may be refused
            kind, what = "differs", f"{type(error).__name__}: {error}"
    return Verdict(program.seed, "differs" if what else kind, what=what)


def _judged(program, folder):
    """Keras refuses, or misreads, some of its own files: layers that a model shares with one within it. They are judged by
    what Keratin makes of its own."""
    path = str(folder / "keras.keras")
    try:
        model = _made(program, keras)
        _train(program, model)
        model.save(path)
    except Exception as error:  # no program of Keras's: shrink.py passes it by
        return "differs", f"keras in its own program: {type(error).__name__}: {error}"
    try:
        opened = keras.saving.load_model(path)
        keras_opens = not _difference("Keras", model, opened, program, with_configs=False)
    except Exception:  # one of many
        keras_opens = False
    what = _keratin_to_keras(program, folder, keras_opens)
    what = what or (_keras_to_keras(program, folder, path) if keras_opens else "")
    return "agrees" if keras_opens else "Keras cannot open its own", what


def _keratin_to_keras(program, folder, keras_opens):
    reference = _made(program, keras)
    model = _made(program, keratin)
    model.set_weights(reference.get_weights())
    _train(program, model)
    path = str(folder / "keratin.keras")
    model.save(path)
    _give(model, reference)
    difference = keras_opens and _legacy(model, reference, folder, program)
    difference = difference or _difference("Keratin, of its own file", model, keratin.saving.load_model(path), program)
    if difference or not keras_opens:
        return difference
    return _difference("Keras, of Keratin's file", reference, keras.saving.load_model(path), program, with_configs=False)


def _legacy(model, reference, folder, program):
    """HDF5 of Keras 2's kind. Keras opens none of these with an optimizer that can step: weights and predictions alone, as of its own file,
    where a layer that a model within shares is two. It does not open its own where there are operations between layers, or cannot run them."""
    path = str(folder / "keratin.h5")
    try:
        reference.save(path)
        own = keras.saving.load_model(path, compile=False)
        own.predict(program.x, batch_size=1000, verbose=0)
    except Exception:  # one of many
        return ""
    model.save(path)
    difference = _state_difference("Keratin, of its own HDF5", model, keratin.saving.load_model(path))
    if difference:
        return difference
    opened = keras.saving.load_model(path, compile=False)
    if len(own.weights) != len(opened.weights) or not all(map(np.array_equal, own.get_weights(), opened.get_weights())):
        return "Keras, of Keratin's HDF5: other weights"
    answers = [each.predict(program.x, batch_size=1000, verbose=0) for each in (own, opened)]
    keras.tree.assert_same_structure(*answers)
    answers = [keras.tree.flatten(answer) for answer in answers]
    if not all(np.array_equal(*pair, equal_nan=True) for pair in zip(*answers)):
        return "Keras, of Keratin's HDF5: other predictions"
    return ""


def _keras_to_keras(program, folder, path):
    opened, between = keras.saving.load_model(path), keratin.saving.load_model(path)
    second = str(folder / "both.keras")
    between.save(second)
    return (_state_difference("Keratin, of Keras's file", opened, between)
            or _difference("Keras, of Keras's file by way of Keratin", opened, keras.saving.load_model(second), program))


def _made(program, library):
    """The compiled model, with an optimizer that is built."""
    model = build.Side(program, library).model
    model.compile(**build.make(program.compiled, library))
    model.optimizer.build(model.trainable_variables)
    return model


def _give(model, reference):
    """The reference gets the numbers of the model, by hand."""
    reference.set_weights(model.get_weights())
    for mine, theirs in zip(reference.optimizer.variables, model.optimizer.variables):
        mine.assign(np.asarray(theirs).astype(np.asarray(mine).dtype))


def _train(program, model):
    """A few steps; gives their logs."""
    logs = []
    for x, y, sample_weight in itertools.islice(program.batches, MORE):
        seen = model.train_on_batch(x, y, sample_weight=sample_weight, class_weight=program.class_weight, return_dict=True)
        logs.append({name: float(np.sum(value)) for name, value in sorted(seen.items())})
    return logs


def _difference(who, expected, found, program, with_configs=True):
    difference = _state_difference(who, expected, found)
    if with_configs and not difference:
        difference = _unlike(expected.get_config(), found.get_config(), f"{who}: config") or _unlike(
            expected.get_compile_config(), found.get_compile_config(), f"{who}: compile_config")
    if difference:
        return difference
    logs = [_train(program, model) for model in (expected, found)]
    if repr(logs[0]) != repr(logs[1]):
        return f"{who}: the logs of {MORE} more steps are {logs[1]}, not {logs[0]}"
    return _state_difference(f"{who}, after {MORE} more steps", expected, found)


def _state_difference(who, expected, found):
    pairs = {"weights": (expected.get_weights(), found.get_weights()),
             "optimizer.variables": (expected.optimizer.variables, found.optimizer.variables)}
    for name, (theirs, mine) in pairs.items():
        if len(theirs) != len(mine):
            return f"{who}: {len(mine)} {name}, not {len(theirs)}"
        for i, (one, other) in enumerate(zip(theirs, mine)):
            one, other = np.asarray(one), np.asarray(other)
            if one.shape != other.shape or not np.array_equal(one, other, equal_nan=True):
                return f"{who}: {name}[{i}] is {other.reshape(-1)[:4]}, not {one.reshape(-1)[:4]}"
    return ""


def _unlike(expected, found, place):
    """Where two configs differ first; "" where they do not."""
    expected, found = _policy(expected), _policy(found)
    if isinstance(expected, dict) and isinstance(found, list) and all(_is_tensor(value) for value in expected.values()):
        expected = [expected[key] for key in sorted(expected)]  # a model within is called on the list of what the dict has
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            if key in UNSAID:
                continue
            if key not in expected or key not in found:
                return f"{place}: {key!r} is only in one of them"
            difference = _unlike(expected[key], found[key], f"{place}[{key!r}]")
            if difference:
                return difference
        return ""
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)):
        if len(expected) != len(found):
            return f"{place}: {len(found)} entries, not {len(expected)}"
        return next(filter(None, (_unlike(*pair, f"{place}[{i}]") for i, pair in enumerate(zip(expected, found)))), "")
    return "" if expected == found else f"{place} is {found!r}, not {expected!r}"


def _policy(config):
    """The name of a dtype policy, which Keratin writes in place of the object."""
    is_policy = isinstance(config, dict) and config.get("class_name") == "DTypePolicy"
    return config["config"]["name"] if is_policy else config


def _is_tensor(config):
    return isinstance(config, dict) and config.get("class_name") == "__keras_tensor__"
