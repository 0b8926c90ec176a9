# SPDX-License-Identifier: Apache-2.0
"""Both sides: a program is made and run in Keras (in float32, and in float64 as the truth) and in Keratin.

A run gives a record: a dict from what was seen ("weights[1] after step 1") to the steps trained so far and
an array.
"""
import contextlib
import copy
import warnings

import numpy as np

import keras
import packages
from keras.src.backend.common import dtypes as keras_dtypes
from keras.src.backend.common.variables import AutocastScope
from expressions import make

BACKEND = keras.backend.backend()
# Batches of predict and evaluate. On JAX a short last batch is compiled for itself, which is dear.
JUDGE_BATCH = 16 if BACKEND == "torch" else 1000
EARLY = 1  # weights are compared after this step too, before errors have grown


class Side:
    """A model of the program in one library. Each run starts anew, from the weights it is given."""

    def __init__(self, program, library, precision="float32"):
        # Data of its own: Keras on torch changes weights of samples in place.
        self.program, self.library, self.precision = copy.deepcopy(program), library, precision
        with self._ready():
            library.utils.clear_session()  # automatic names start anew
            library.utils.set_random_seed(program.seed)
            set_precision(precision)
            self.model = program.make(library)
        self.optimizer_begin = None

    def _ready(self):
        return as_keras(self.precision) if self.library is keras else contextlib.nullcontext()

    def weights(self):
        with self._ready():
            return [np.asarray(weight) for weight in self.model.get_weights()]

    def run(self, weights, jitter=None, rounding=None):
        """`jitter` moves the weights and the optimizer's slots a little at each step; `rounding` is a seed: on
        PyTorch what operations give is moved too (compare.py)."""
        self.jitter = jitter
        with self._ready(), np.errstate(all="ignore"), _rounding(rounding):
            self._begin(weights)
            record = {}
            self._look(record, 0, "before training")
            (self._fit if self.program.by_fit else self._train)(record)
            steps = self.program.steps
            self._keep_weights(record, steps, "at the end")
            for i, variable in enumerate(self.model.optimizer.variables):
                record[f"optimizer.variables[{i}]"] = steps, np.array(variable)
            self._look(record, steps, "after training")
            return record

    def _begin(self, weights):
        self.model.set_weights([weight.astype(self.precision) if weight.dtype.kind == "f" else weight for weight in weights])
        if self.optimizer_begin is None:
            self.model.compile(**make(self.program.compiled, self.library))
        if self.library is keras:
            self._begin_optimizer(self.model.optimizer)

    def _begin_optimizer(self, optimizer):
        """Keras's optimizer as it was made: to compile anew is dear on JAX."""
        if self.optimizer_begin is None:
            optimizer.build(self.model.trainable_variables)
            self.optimizer_begin = [np.array(variable) for variable in optimizer.variables]
        for variable, value in zip(optimizer.variables, self.optimizer_begin):
            variable.assign(value)

    # -- what is seen -------------------------------------------------------------------------

    def _train(self, record):
        program = self.program
        for step, (x, y, sample_weight) in enumerate(program.batches, start=1):
            self._move()
            logs = self.model.train_on_batch(x, y, sample_weight=sample_weight, class_weight=program.class_weight,
                                             return_dict=True)
            _keep_logs(record, step, f"step {step}", logs)
            if step == EARLY:
                self._keep_weights(record, step, f"after step {step}")

    def _fit(self, record):
        program = self.program
        history = self.model.fit(
            program.x, program.y, batch_size=program.batch_size, epochs=program.epochs, shuffle=False, verbose=0,
            sample_weight=program.sample_weight, class_weight=program.class_weight,
            callbacks=[self._Mover(self)] if self.jitter else None, validation_split=program.validation_split).history
        for epoch in range(program.epochs):
            steps = (epoch + 1) * program.steps // program.epochs
            _keep_logs(record, steps, f"epoch {epoch + 1}", {name: values[epoch] for name, values in history.items()})

    class _Mover(keras.callbacks.Callback):
        def __init__(self, side):
            super().__init__()
            self.side = side

        def on_train_batch_begin(self, batch, logs=None):
            if BACKEND == "jax":
                self.model.jax_state_sync()  # the variables are as the last step left them, and are read anew
            self.side._move()

    def _move(self):
        if self.jitter:
            slots = [variable for variable in self.model.optimizer.variables if variable.shape]
            for variable in [*self.model.trainable_variables, *slots]:
                variable.assign(self.jitter(np.asarray(variable)))

    def _look(self, record, steps, when):
        program = self.program
        predicted = self.model.predict(program.x, batch_size=JUDGE_BATCH, verbose=0)
        for place, output in _places(predicted):
            record[f"predict{place} {when}"] = steps, np.array(output)
        logs = self.model.evaluate(program.x, program.y, batch_size=JUDGE_BATCH, verbose=0, return_dict=True,
                                   sample_weight=program.sample_weight)
        _keep_logs(record, steps, f"evaluate {when}", logs)

    def _keep_weights(self, record, steps, when):
        for i, weight in enumerate(self.model.get_weights()):
            record[f"weights[{i}] {when}"] = steps, np.array(weight)


def _places(outputs):
    """Each output, and where it is: the form that they have is compared as well."""
    if isinstance(outputs, (list, tuple)):
        return [(f"[{i}]", output) for i, output in enumerate(outputs)]
    if isinstance(outputs, dict):
        return [(f"[{name!r}]", output) for name, output in outputs.items()]
    return [("", outputs)]


def _keep_logs(record, steps, when, logs):
    for name, value in logs.items():
        record[f"{name}, {when}"] = steps, np.asarray(value)


def _rounding(seed):
    if seed is None or BACKEND != "torch":
        return contextlib.nullcontext()
    import rounding

    return rounding.by_chance(seed)


def set_precision(precision):
    keras.config.set_floatx(precision)
    keras.config.set_dtype_policy(precision)


@contextlib.contextmanager
def as_keras(precision):
    """Keras computes in this precision inside. What it has no float64 for on these backends it gets here."""
    set_precision(precision)
    double = precision == "float64"
    rotary = packages.hub().rotary_embedding
    keras.layers.Embedding.call = _look_up
    # Keras's own table that makes float32 of float64, except on TensorFlow.
    before = dict(keras_dtypes.BIT64_TO_BIT32_DTYPE)
    if double:
        keras_dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
        keras.layers.Layer.add_weight = _add_wide_weight
        rotary.ops = _Wide()
    wide = contextlib.nullcontext()
    if BACKEND == "jax" and double:
        import jax
        wide = jax.enable_x64(True)
    try:
        with wide, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        keras_dtypes.BIT64_TO_BIT32_DTYPE.update(before)
        keras.layers.Layer.add_weight, rotary.ops = _add_weight, keras.ops
        keras.layers.Embedding.call = _embedding_call
        set_precision("float32")


_add_weight = keras.layers.Layer.add_weight
_embedding_call = keras.layers.Embedding.call


def _add_wide_weight(layer, *arguments, dtype=None, **keywords):
    """float64 where a layer says float32 by name (updates of low rank), or a policy does (mixed_float16)."""
    dtype = dtype or layer.variable_dtype
    return _add_weight(layer, *arguments, dtype="float64" if dtype == "float32" else dtype, **keywords)


def _look_up(layer, ids):
    """Vectors rounded to 16 bits whose gradients are not: Keras adds those up in 16 bits, Keratin in float32
    (docs/keras-differences.md)."""
    if not layer.dtype_policy.name.startswith("mixed") or layer.lora_enabled:
        return _embedding_call(layer, ids)
    with AutocastScope(None):
        vectors = keras.ops.take(layer.embeddings, keras.ops.cast(ids, "int32"), axis=0)
    rounded = keras.ops.cast(keras.ops.cast(vectors, layer.compute_dtype), vectors.dtype)
    return vectors + keras.ops.stop_gradient(rounded - vectors)


class _Wide:
    """keras.ops for a module that says float32 by name."""

    def __getattr__(self, name):
        found = getattr(keras.ops, name)

        def called(*arguments, **keywords):
            return found(*map(_wide, arguments), **{key: _wide(value) for key, value in keywords.items()})

        return called if name in ("arange", "cast") else found


def _wide(value):
    return "float64" if isinstance(value, str) and value == "float32" else value
