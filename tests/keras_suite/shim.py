# SPDX-License-Identifier: Apache-2.0
"""Makes `keras` and `keras.src...` mean Keratin, for Keras's own tests; and `keras_rs` likewise for those of KerasRS.

Three kinds of names:

  judged    a concept that Keratin has (losses, metrics, layers ...): the module is empty and takes every name from
            Keratin's module of that concept. A name that Keratin lacks is a stand-in, which raises NotBuilt when it
            is used; so no line of Keras's code can make a judged test pass.
  support   what the tests themselves use: arrays (`keras.src.ops`, `keras.src.backend`, on NumPy), nested structures,
            the TestCase. It comes from Keras's source package, unchanged.
  tests     `..._test`: from there too, unchanged.

What else is needed to bring the two together is in `adapt.py`.
"""
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import pathlib
import sys
import types

import keratin
import operations

JUDGED = ("activations", "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "models",
          "ops", "optimizers", "quantizers", "random", "regularizers", "saving", "trainers")
# Modules of Keras whose names are Keratin's, though the folder is support.
JUDGED_MODULES = {"utils.sequence_utils": keratin.utils, "utils.numerical_utils": keratin.utils,
                  "utils.rng_utils": keratin.utils,
                  "legacy.saving.legacy_h5_format": types.SimpleNamespace(
                      save_model_to_hdf5=keratin.saving.save_model, load_model_from_hdf5=keratin.saving.load_model)}
# Modules of which nothing is there: what other backends have, and other files of models.
EMPTY = ("backend.jax", "backend.tensorflow", "backend.torch", "export")
# Those of KerasRS: its layers, losses and metrics; helpers of its tests that lie beside the layers are support.
JUDGED_RS = {"layers": keratin.layers, "losses": keratin.losses, "metrics": keratin.metrics}


class NotBuilt(NotImplementedError):
    """Keras has it, Keratin does not."""


def _stand_in(name):
    def refuse(self, *args, **kwargs):
        raise NotBuilt(f"not built: {name}")

    def of_class(cls, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise NotBuilt(f"not built: {name}")

    meta = type("StandInType", (type,), {"__call__": refuse, "__getitem__": refuse, "__getattr__": of_class})
    return meta(name.rpartition(".")[2], (), {"__module__": "not_built"})  # a class derived from it refuses as it does


# What pytest asks the package of a test for.
_OF_PYTEST = ("pytest_plugins", "setUpModule", "setup_module", "tearDownModule", "teardown_module")


class Judged(types.ModuleType):
    """A module of Keras in a folder that is judged: its names are those of Keratin's module."""

    def __getattr__(self, name):
        if name.startswith("__") or name in _OF_PYTEST:
            raise AttributeError(name)
        for folder in self.__path__:
            if os.path.exists(os.path.join(folder, name)) or os.path.exists(os.path.join(folder, name + ".py")):
                raise AttributeError(name)  # a module: the import system goes on to look for it
        found = getattr(self._keratin, name, self)
        if isinstance(found, types.ModuleType) and found is not self and not self.__name__.startswith("keras.src"):
            found = importlib.import_module(f"{self.__name__}.{name}")  # keras.layers: what it lacks is a stand-in too
        if found is self:
            found = _stand_in(f"{self.__name__}.{name}")
        setattr(self, name, found)
        return found


def _keratin_module(package, parts):
    """Keratin's module for <package>.src.<parts>; None where that is not judged."""
    if package == "keras_rs":
        return None if parts[-1] == "test_utils" else JUDGED_RS.get(parts[0])
    if ".".join(parts) in JUDGED_MODULES:
        return JUDGED_MODULES[".".join(parts)]
    if parts[0] not in JUDGED:
        return None
    if parts[0] == "ops":
        return operations.NAMES
    if parts[:2] == ["optimizers", "schedules"]:
        return keratin.optimizers.schedules
    return getattr(keratin, parts[0], None) or importlib.import_module(f"keratin.{parts[0]}")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of a package, whose source lies in the folder `root`."""

    def __init__(self, package, root):
        self.package, self.root = package, str(root)

    def find_spec(self, fullname, path=None, target=None):
        parts = fullname.split(".")
        if parts[0] != self.package:
            return None
        if parts[1:2] != ["src"]:  # keras, and keras.losses and the like
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        place = os.path.join(self.root, *parts)
        if parts[-1].endswith("_test"):
            return importlib.util.spec_from_file_location(fullname, place + ".py")
        inner = ".".join(parts[2:])
        judged = len(parts) > 2 and _keratin_module(parts[0], parts[2:]) is not None
        if len(parts) == 2 or judged or inner.startswith(EMPTY):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        if os.path.isdir(place):
            return importlib.util.spec_from_file_location(fullname, os.path.join(place, "__init__.py"),
                                                          submodule_search_locations=[place])
        if os.path.exists(place + ".py"):
            return importlib.util.spec_from_file_location(fullname, place + ".py")
        return None

    def create_module(self, spec):
        parts = spec.name.split(".")
        if spec.name == self.package:
            module = Judged(spec.name)
            module._keratin = keratin
            module.__path__ = []
        elif parts[1] != "src":
            module = Judged(spec.name)
            module._keratin = importlib.import_module("keratin." + ".".join(parts[1:]))
            module.__path__ = []
        elif ".".join(parts[2:]).startswith(EMPTY):
            module = Judged(spec.name)
            module._keratin = None
            module.__path__ = []
        elif len(parts) == 2:
            module = Judged(spec.name)
            module._keratin = keratin
            module.__path__ = [os.path.join(self.root, *parts)]
        else:
            module = Judged(spec.name)
            module._keratin = _keratin_module(parts[0], parts[2:])
            module.__path__ = [os.path.join(self.root, *parts)]
        return module

    def exec_module(self, module):
        module.__path__ = list(getattr(module.__spec__, "submodule_search_locations", None) or module.__path__)
        parts = module.__name__.split(".")
        if parts[1:2] == ["src"] and not ".".join(parts[2:]).startswith(EMPTY):
            module.__path__ = [os.path.join(self.root, *parts)]


def _nothing(*names):
    """Packages that are not there: what is taken from them is a stand-in."""
    for name in names:
        module = sys.modules[name] = Judged(name)
        module._keratin, module.__path__ = None, []


def install(root, keras_rs=None):
    """From now on `import keras` is Keratin, and `import keras_rs`, whose source is in that folder."""
    os.environ["KERAS_BACKEND"] = "numpy"
    sys.meta_path.insert(0, Finder("keras", root))
    _nothing("jax", "jax.numpy", "jax.scipy")  # NumPy's backend takes convolutions from it
    import adapt

    adapt.adapt()
    if keras_rs:
        sys.meta_path.insert(0, Finder("keras_rs", keras_rs))
        _nothing("tensorflow")  # the TestCase of KerasRS imports it, whatever the backend
        for folder in pathlib.Path(keras_rs).glob("keras_rs/src/**/__init__.py"):  # pytest would load the files of those that are not there
            parts = folder.relative_to(keras_rs).parts[:-1]
            if len(parts) > 2 and parts[2] in JUDGED_RS:
                importlib.import_module(".".join(parts))
        adapt.keras_rs()


def leaks():
    """The modules of Keras's source that were loaded though what they hold is judged: there must be none."""
    return [name for name, module in sys.modules.items()
            if name.startswith(("keras.src.", "keras_rs.src.")) and not name.endswith("_test")
            and getattr(module, "__file__", None)
            and _keratin_module(name.split(".")[0], name.split(".")[2:]) is not None]
