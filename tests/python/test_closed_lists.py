# SPDX-License-Identifier: Apache-2.0
"""Every class of C++'s closed lists is there under Keras's path, with C++'s arguments and defaults."""
import copy
import importlib
import inspect
import pickle

import numpy as np
import pytest

# Concept: its module, and what a class needs that has arguments without a default.
CONCEPTS = {"regularizers": ("Regularizer", {})}


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
    config = cls(**needed).get_config()
    written = {name for name in config if name not in ("name", "trainable", "dtype")}
    assert written <= set(parameters), "an option of C++ that Python does not take"
    from_cpp = cls._concept.deserialize({"class_name": class_name, "config": needed}).get_config()
    for name in written - set(needed):
        default = parameters[name].default
        assert default is inspect.Parameter.empty or _same(default, from_cpp[name]), name

    original = cls(**needed)
    for other in [cls.from_config(config), pickle.loads(pickle.dumps(original)), copy.copy(original),
                  copy.deepcopy(original), module.deserialize(module.serialize(original))]:
        assert type(other) is cls and other.get_config() == original.get_config()
    for name in aliases:
        if not needed:
            assert type(module.get(name)) is cls


def _same(default, written):
    """A default as the signature has it ("zeros") is what C++ writes ({"class_name": "Zeros", ...})."""
    if isinstance(written, dict) and "class_name" in written:
        return isinstance(default, str) and default.replace("_", "").lower() in written["class_name"].lower()
    if isinstance(default, float) and written is not None:
        return np.float32(default) == np.float32(written)  # Keras writes some numbers as float32 holds them
    return default == written or (isinstance(written, (list, tuple)) and list(default) == list(written))
