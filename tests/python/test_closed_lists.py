# SPDX-License-Identifier: Apache-2.0
"""Every class of C++'s closed lists is there under Keras's path, with C++'s arguments and defaults; and what
Keras exports under a path that is here too takes the arguments that it takes there."""
import copy
import importlib
import inspect
import json
import pathlib
import pickle

import numpy as np
import pytest

import keratin

# Concept: its module, and what a class needs that has arguments without a default.
CONCEPTS = {
    "constraints": ("Constraint", {}),
    "initializers": ("Initializer", {}),
    "losses": ("Loss", {}),
    "metrics": ("Metric", {
        "SensitivityAtSpecificity": {"specificity": 0.5}, "SpecificityAtSensitivity": {"sensitivity": 0.5},
        "PrecisionAtRecall": {"recall": 0.5}, "RecallAtPrecision": {"precision": 0.5},
        "IoU": {"num_classes": 3, "target_class_ids": [0, 2]}, "OneHotIoU": {"num_classes": 3, "target_class_ids": [1]},
        "MeanIoU": {"num_classes": 3}, "OneHotMeanIoU": {"num_classes": 3}}),
    "optimizers": ("Optimizer", {"LossScaleOptimizer": {"inner_optimizer": keratin.optimizers.Adam(name="adam")}}),
    "optimizers.schedules": ("LearningRateSchedule", {
        "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
        "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
        "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
        "PiecewiseConstantDecay": {"boundaries": [10], "values": [0.1, 0.01]},
        "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
        "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10}}),
    "regularizers": ("Regularizer", {}),
}


def entries():
    for module_name, (base_name, needed) in CONCEPTS.items():
        module = importlib.import_module(f"keratin.{module_name}")
        base = getattr(module, base_name)
        for class_name, aliases in base._concept.names():
            if class_name == "MultiOptimizer":  # of a map of objects: test_shared_out
                continue
            yield pytest.param(module, class_name, aliases, needed.get(class_name, {}), id=f"{module_name}.{class_name}")


@pytest.mark.parametrize("module, class_name, aliases, needed", list(entries()))
def test_entry(module, class_name, aliases, needed):
    cls = getattr(module, class_name)
    assert cls.__module__.startswith("keratin.") and inspect.getdoc(cls)

    parameters = inspect.signature(cls).parameters
    original = cls(**needed)
    config = original.get_config()
    written = {name for name in config if name not in ("name", "trainable", "dtype")}
    assert written <= set(parameters), "an option of C++ that Python does not take"
    from_cpp = cls._concept.deserialize({"class_name": class_name, "config": needed}).get_config()
    for name in written - set(needed):
        default = parameters[name].default
        assert default is inspect.Parameter.empty or _same(default, from_cpp[name]), name

    for other in [cls.from_config(config), pickle.loads(pickle.dumps(original)), copy.copy(original),
                  copy.deepcopy(original), module.deserialize(module.serialize(original))]:
        assert type(other) is cls and other.get_config() == original.get_config()
    for name in aliases:
        if not needed:
            found = module.get(name)
            assert type(found) is cls or found is getattr(module, found.__name__)


def _same(default, written):
    """A default as the signature has it ("zeros") is what C++ writes ({"class_name": "Zeros", ...})."""
    if isinstance(written, dict) and written.get("class_name") == "function":
        return default == written["config"].rpartition(">")[2]
    if isinstance(written, dict) and "class_name" in written:
        return isinstance(default, str) and default.replace("_", "").lower() in written["class_name"].lower()
    if isinstance(default, float) and written is not None:
        return np.float32(default) == np.float32(written)  # Keras writes some numbers as float32 holds them
    return default == written or (isinstance(written, (list, tuple)) and list(default or ()) == list(written))


# -- signatures: tests/golden/make_signatures.py asked Keras --------------------------------------

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "signatures.json"
CASES = json.loads(GOLDEN.read_text())["cases"]
# What these take behind Keras's own, by name.
OURS = {
    "layers.SpatialDropout1D": ["**kwargs"],  # name and dtype are positions in Keras; the others are names
    "layers.SpatialDropout2D": ["**kwargs"],
    "losses.Loss.__call__": [["mask", None]],
    "models.Sequential": [["mask_policy", "strict"]],
    "models.load_model": [["mmap", True]],
}
# Keras's own is wider than what it does: anything, or a name that its subclasses change.
OTHERS = {
    "callbacks.ReduceLROnPlateau": "Keras passes over keywords that it does not know",
    "layers.Layer": "no layers of one's own yet",
    "layers.Layer.compute_mask": "Keras's own layers call it mask, and so do these",
    "layers.Layer.compute_output_shape": "Keras takes one shape an input",
    "metrics.Metric.update_state": "Keras's own metrics take y_true, y_pred and sample_weight, and so do these",
    "models.Model": "models are made of layers one after another: Sequential",
    "optimizers.Optimizer": "no optimizers of one's own yet",
}


def _found(path):
    thing = keratin
    for part in path.split("."):
        thing = getattr(thing, part, None)
    return thing


def _parameters(thing):
    """As make_signatures.py writes them."""
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    function = thing.__init__ if inspect.isclass(thing) else thing
    written, by_name = [], False
    for p in inspect.signature(function).parameters.values() if function is not object.__init__ else ():
        if p.name == "self":
            continue
        if p.kind is p.KEYWORD_ONLY and not by_name:
            written.append("*")
            by_name = True
        name = stars.get(p.kind, "") + p.name
        written.append(name if p.default is p.empty else [name, p.default])
    return json.loads(json.dumps(written, default=lambda value: {"repr": repr(value)}))


@pytest.mark.parametrize("path, wanted", [pytest.param(case["name"], case["parameters"], id=case["name"])
                                          for case in CASES if _found(case["name"]) is not None
                                          and case["name"] not in OTHERS and case["name"] != "layers.Embedding"])
def test_signatures_are_those_of_keras(path, wanted):
    assert _parameters(_found(path)) == wanted + OURS.get(path, [])


def test_nothing_that_was_here_has_gone():
    """The test above passes over what is not here: these are the names of Keras that it must have found."""
    names = [case["name"] for case in CASES if _found(case["name"]) is not None]
    assert len(names) >= 330
    assert {"layers.Dense", "layers.Dropout", "losses.mean_squared_error", "optimizers.Adam", "Sequential.fit",
            "metrics.AUC", "callbacks.EarlyStopping", "utils.pad_sequences", "initializers.HeNormal"} <= set(names)


EMBEDDING = [pytest.param(case["parameters"], id="Keras " + case.get("keras", "3")) for case in CASES
             if case["name"] == "layers.Embedding"]
# A value for each argument that is not the default, and tells which one it is.
VALUES = {"input_dim": 5, "output_dim": 3, "embeddings_initializer": "ones", "embeddings_regularizer": "l2",
          "activity_regularizer": "l1", "embeddings_constraint": "non_neg", "mask_zero": True, "input_length": 7,
          "sparse": False, "weights": None, "lora_rank": None, "lora_alpha": None, "quantization_config": None}


@pytest.mark.parametrize("parameters", EMBEDDING)
def test_embedding_takes_the_arguments_of_both_generations(parameters):
    from keratin.layers import Embedding
    config = lambda layer: {**layer.get_config(), "name": None}
    named = [p if isinstance(p, list) else [p, None] for p in parameters if p != "**kwargs"]
    assert [name for name, _ in named[:4]] == ["input_dim", "output_dim", "embeddings_initializer", "embeddings_regularizer"]
    plain = Embedding(5, 3)
    # Every name is taken, and its default is Keras's.
    for name, default in named[2:]:
        assert config(Embedding(5, 3, **{name: default})) == config(plain), name
    # Every position is that of the name.
    for count in range(2, len(named) + 1):
        given = {name: VALUES[name] for name, _ in named[:count]}
        assert config(Embedding(*given.values())) == config(Embedding(**given)), list(given)
