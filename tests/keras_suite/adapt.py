# SPDX-License-Identifier: Apache-2.0
"""What Keras's tests expect of their surroundings, on top of Keratin: one paragraph a trait.

Nothing here computes what is judged.
"""
import contextlib
import sys
import types

import numpy as np
import pytest

import keratin
import shim
from keratin import _native
from keratin.layers.native_layer import NativeLayer

CONCEPTS = (keratin.activations.Activation, keratin.constraints.Constraint, keratin.initializers.Initializer,
            keratin.layers.Layer, keratin.losses.Loss, keratin.metrics.Metric,
            keratin.optimizers.schedules.LearningRateSchedule, keratin.optimizers.Optimizer,
            keratin.regularizers.Regularizer)


def adapt():
    saving()
    conftest()
    import keras
    import keras.src
    from keras.src import backend

    keras.src.__version__ = keras.__version__ = "3"
    backend_name(backend)
    variables(backend)
    chance()
    own_names()
    masks(backend)
    symbolic(backend)
    testing()


def backend_name(backend):
    # Tests ask which backend it is, to leave out what NumPy's cannot do (train).
    import keras.src.backend.config as config

    backend.backend = config.backend = lambda: "keratin"


def variables(backend):
    # keras.Variable is Keratin's, so that optimizers can move it.
    backend.Variable = sys.modules["keras.src.backend"].Variable = keratin.Variable


def chance():
    # How the arrays that tests work on (NumPy's backend) are drawn; the generator is Keratin's.
    def draw_seed(seed):
        if isinstance(seed, keratin.random.SeedGenerator):
            return seed.next()
        return np.array([np.random.randint(2**31) if seed is None else seed, 0], "uint32")

    sys.modules["keras.src.backend.numpy.random"].draw_seed = draw_seed


def own_names():
    # Names of Keras's own implementation that its tests look at; each is something of Keratin's.
    keratin.losses.Loss._dtype = keratin.metrics.Metric._dtype = property(lambda self: self.dtype)
    keratin.layers.Layer._seed_generators = ()
    keratin.layers.Layer._flatten_layers = lambda self, include_self=True, recursive=True: [self] * include_self

    def clip_gradients(self, grads):
        return self._core.clip_gradients(grads)

    def state(ending):
        return property(lambda self: [v for v in self.variables if v.name.endswith(ending)])

    optimizer = keratin.optimizers.Optimizer
    optimizer._clip_gradients = clip_gradients
    optimizer._iterations = property(lambda self: self.variables[0])
    optimizer._model_variables_moving_average = state("_average")
    optimizer._accumulated_gradients = state("_gradient_accumulator")
    optimizer._u_product = property(lambda self: self.variables[-1])


def masks(backend):
    # Keras hangs the mask on y_pred; Keratin takes it as an argument.
    losses_call = keratin.losses.Loss.__call__

    def call(self, y_true, y_pred, sample_weight=None, mask=None):
        if mask is None:
            mask = backend.get_keras_mask(y_pred)
        return losses_call(self, y_true, y_pred, sample_weight, mask)

    def update_state(self, y_true, y_pred, sample_weight=None):
        self._native_core().update_state(y_true, y_pred, sample_weight, backend.get_keras_mask(y_pred))

    keratin.losses.loss.Loss.__call__ = call
    keratin.metrics.Metric.update_state = update_state


def symbolic(backend):
    # A KerasTensor stands for a shape: Keratin's layers say what becomes of it.
    layer_call = NativeLayer.__call__

    def call(self, *args, **kwargs):
        if args and isinstance(args[0], backend.KerasTensor):
            if not self.built:
                self.build(args[0].shape)
            return backend.KerasTensor(self.compute_output_shape(args[0].shape), dtype="float32")
        return layer_call(self, *args, **kwargs)

    NativeLayer.__call__ = call


class OneLayer:
    """The model of the training check of `run_layer_test`, which subclasses it: a Sequential of its one layer."""

    def compile(self, optimizer, loss, jit_compile):
        self.sequential = keratin.Sequential([self.layer])
        self.sequential.compile(optimizer, loss)

    def fit(self, *args, **kwargs):
        return self.sequential.fit(*args, **kwargs)


def testing():
    # The checks of `run_layer_test`: training goes through a Sequential, with a loss on Keratin's tape; what asks
    # for float16 is left out.
    from keras.src import ops
    from keras.src.testing import test_case

    test_case.Model = OneLayer
    test_case.ops = types.ModuleType("ops")
    vars(test_case.ops).update({**vars(ops), "sum": keratin.ops.sum})
    run_layer_test = test_case.TestCase.run_layer_test

    def without_float16(self, *args, **kwargs):
        kwargs.update(run_mixed_precision_check=False)
        return run_layer_test(self, *args, **kwargs)

    test_case.TestCase.run_layer_test = without_float16
    clear_session = test_case.clear_session

    def clear(free_memory=True):
        clear_session(free_memory)
        keratin.utils.clear_session()

    test_case.clear_session = clear


def saving():
    # keras.src.saving: an object of Keratin is serialized by its concept.
    registered = {}
    scope = {}

    def serialize_keras_object(instance):
        if instance is None or isinstance(instance, (bool, int, float, str)):
            return instance
        if isinstance(instance, CONCEPTS):
            return _native.serialize(instance)
        if isinstance(instance, (list, tuple)):
            return [serialize_keras_object(item) for item in instance]
        if isinstance(instance, dict):
            return {name: serialize_keras_object(item) for name, item in instance.items()}
        return getattr(instance, "__name__", instance)

    def deserialize_keras_object(config, custom_objects=None, **kwargs):
        if not isinstance(config, dict) or "class_name" not in config:
            return config
        custom = {**registered, **scope, **(custom_objects or {})}
        name = config["class_name"]
        if name in custom:
            return custom[name].from_config(config["config"])
        module = (config.get("module") or "").replace("keras.src.", "keras.")
        for base in CONCEPTS:
            if module.replace("keratin", "keras").startswith(base._module.replace("keratin", "keras")):
                return _native.deserialize(base, config, custom)
        raise ValueError(f"no concept of Keratin: {config}")

    @contextlib.contextmanager
    def custom_object_scope(custom_objects):
        before = dict(scope)
        scope.update(custom_objects or {})
        try:
            yield
        finally:
            scope.clear()
            scope.update(before)

    def register_keras_serializable(package="Custom", name=None):
        def add(cls):
            registered[name or cls.__name__] = cls
            return cls

        return add

    module = shim.Judged("keras.src.saving")  # what is not named below is not built
    module._keratin, module.__path__ = None, []
    vars(module).update(
        serialize_keras_object=serialize_keras_object, deserialize_keras_object=deserialize_keras_object,
        custom_object_scope=custom_object_scope, CustomObjectScope=custom_object_scope,
        register_keras_serializable=register_keras_serializable, get_registered_object=registered.get,
        get_custom_objects=lambda: registered, object_registration=module, serialization_lib=module,
        saving_lib=module)
    for name in ("keras.src.saving", "keras.src.saving.serialization_lib", "keras.src.saving.object_registration",
                 "keras.src.saving.saving_lib", "keras.src.saving.keras_saveable"):
        sys.modules[name] = module
    module.KerasSaveable = type("KerasSaveable", (), {})


def conftest():
    # Keras's own conftest.py is not in its source package.
    module = types.ModuleType("conftest")

    def skip_if_backend(given_backend, reason):
        return pytest.mark.skipif(given_backend == "keratin", reason=reason)

    module.skip_if_backend = skip_if_backend
    sys.modules["conftest"] = module
