# SPDX-License-Identifier: Apache-2.0
"""What Keras's tests expect of their surroundings, on top of Keratin: one paragraph a trait.

Nothing here computes what is judged.
"""
import importlib
import sys
import types

import numpy as np
import pytest

import keratin

def adapt():
    conftest()
    import keras
    import keras.src
    from keras.src import backend

    keras.src.__version__ = keras.__version__ = "3"
    backend_name(backend)
    trainers()
    variables(backend)
    chance()
    own_names()
    masks(backend)
    symbolic(backend)
    testing()


def backend_name(backend):
    # Tests ask which backend it is, to leave out what NumPy's cannot do (train).
    import keras.src.backend.config as config

    def name():
        caller = sys._getframe(1)
        if caller.f_code.co_name == "<module>" and caller.f_globals["__name__"].endswith("trainer_test"):
            return "numpy"  # it refuses to be loaded for any other
        return "keratin"

    backend.backend = config.backend = name


class Trainer:
    """In Keras what makes a model of a layer, mixed in with it; in Keratin a model is a class of its own."""

    def __init__(self, *args, **kwargs):
        raise NotImplementedError("not built: keras.src.trainers.Trainer, mixed in with a layer")


def trainers():
    module = sys.modules["keras.src.backend.numpy.trainer"] = types.ModuleType("trainer")
    module.NumpyTrainer = Trainer


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
    embedding = keratin.layers.Embedding
    embedding._embeddings = property(lambda self: self._named("embeddings"))
    embedding._int4_block_size = property(lambda self: self.quantization_config.block_size)
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


class _KerasTensor(type):
    def __call__(cls, shape, dtype="float32", sparse=False, ragged=False, record_history=True, name=None):
        return keratin.Input(batch_shape=shape, dtype=dtype, sparse=sparse or None, ragged=ragged or None, name=name)

    def __instancecheck__(cls, value):
        return isinstance(value, keratin.KerasTensor)


class KerasTensor(metaclass=_KerasTensor):
    """Keras makes them by themselves; in Keratin they are what Input gives."""


def symbolic(backend):
    # A KerasTensor is Keratin's, also in the modules that have taken Keras's already.
    keras_tensor = backend.KerasTensor
    for name, module in list(sys.modules.items()):
        if name.startswith("keras.src.") and vars(module).get("KerasTensor") is keras_tensor:
            module.KerasTensor = KerasTensor


def testing():
    # Of the checks of `run_layer_test` what asks for float16 is left out.
    from keras.src.testing import test_case

    test_case.KerasTensor = KerasTensor
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


def keras_rs():
    # What KerasRS's tests take besides: Keras's own walks through nested structures, no limits to tracebacks, and the name of
    # TensorFlow's class for many devices.
    import keras
    import keras.src.tree

    keras.tree = keras.src.tree
    keras.config.disable_traceback_filtering = lambda: None
    sys.modules["tensorflow"].distribute = types.SimpleNamespace(Strategy=object)
    # What is taken from the logit of an accidental hit, and that an EmbedReduce a table lies within a DistributedEmbedding.
    hits = importlib.import_module("keras_rs.src.layers.retrieval.remove_accidental_hits")
    hits.SMALLEST_FLOAT = -np.finfo("float32").max / 100
    keratin.layers.DistributedEmbedding._flatten_layers = (
        lambda self, include_self=True, recursive=True: [self] * include_self + list(self.get_embedding_tables()))


def conftest():
    # Keras's own conftest.py is not in its source package.
    module = types.ModuleType("conftest")

    def skip_if_backend(given_backend, reason):
        return pytest.mark.skipif(given_backend == "keratin", reason=reason)

    module.skip_if_backend = skip_if_backend
    sys.modules["conftest"] = module
