# SPDX-License-Identifier: Apache-2.0
"""Every class of C++'s closed lists is there under Keras's path, with C++'s arguments and defaults."""
import copy
import importlib
import inspect
import pickle

import numpy as np
import pytest

# Concept: its module, and what a class needs that has arguments without a default.
CONCEPTS = {
    "constraints": ("Constraint", {}),
    "initializers": ("Initializer", {}),
    "losses": ("Loss", {}),
    "metrics": ("Metric", {
        "SensitivityAtSpecificity": {"specificity": 0.5}, "SpecificityAtSensitivity": {"sensitivity": 0.5},
        "PrecisionAtRecall": {"recall": 0.5}, "RecallAtPrecision": {"precision": 0.5}}),
    "optimizers": ("Optimizer", {}),
    "optimizers.schedules": ("LearningRateSchedule", {
        "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
        "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
        "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
        "PiecewiseConstantDecay": {"boundaries": [10], "values": [0.1, 0.01]},
        "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
        "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10}}),
    "regularizers": ("Regularizer", {}),
}
# Keras: these names of losses are functions.


def entries():
    for module_name, (base_name, needed) in CONCEPTS.items():
        module = importlib.import_module(f"keratin.{module_name}")
        base = getattr(module, base_name)
        for class_name, aliases in base._concept.names():
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
    if isinstance(written, dict) and "class_name" in written:
        return isinstance(default, str) and default.replace("_", "").lower() in written["class_name"].lower()
    if isinstance(default, float) and written is not None:
        return np.float32(default) == np.float32(written)  # Keras writes some numbers as float32 holds them
    return default == written or (isinstance(written, (list, tuple)) and list(default) == list(written))
