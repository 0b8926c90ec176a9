# SPDX-License-Identifier: Apache-2.0
"""Models that are there already."""
import keras

from keratin.keras._found import backend
from keratin.keras.embedding import Embedding, table_variable
from keratin.keras.optimizers import without_tables


def accelerate(model):
    """Puts Keratin's tables into the Embedding layers of a built model, those of models within it too.

    Values, and where the model is compiled and was trained the state of its optimizer, go along. An error leaves the model
    as it was.

    Args:
        model: of Keras's, whose layers of exactly `keras.layers.Embedding` are meant.

    Returns:
        The model.
    """
    return _exchanged(model, keras.layers.Embedding, Embedding)


def restore(model):
    """Puts layers of `keras.layers.Embedding` back in the place of Keratin's. Otherwise as `accelerate`."""
    return _exchanged(model, Embedding, keras.layers.Embedding)


def _exchanged(model, old, new):
    layers = [layer for layer in model._flatten_layers() if type(layer) is old]
    unfit = [layer.name for layer in layers if layer.lora_enabled or layer.quantization_mode]
    if unfit:
        raise NotImplementedError(f"[Embedding] Keratin's table cannot be used with LoRA or quantization. Received: {unfit}")
    before = [(layer, layer._embeddings) if layer.built else (layer, None) for layer in layers]
    made = [(layer, None if variable is None else _made_like(variable, layer, new)) for layer, variable in before]
    if not layers:
        return model
    try:
        _put(model, made, new)
        _renew_optimizer(model, {id(one): other for (_, one), (_, other) in zip(before, made)})
    except BaseException:  # all of it or nothing
        _put(model, before, old)
        raise
    _renew_steps(model)
    return model


def _made_like(variable, layer, cls):
    """A variable with the values of this one, for a layer of class `cls`."""
    values = variable.numpy()
    if cls is Embedding:
        made = table_variable(layer, values)
    else:
        with keras.name_scope(layer.name, caller=layer):
            made = keras.Variable(values, dtype=layer.variable_dtype, name="embeddings")
        made.regularizer, made.constraint = layer.embeddings_regularizer, layer.embeddings_constraint
    made.trainable = variable.trainable
    return made


def _put(model, variables, cls):
    """The layers become those of class `cls`, with these variables."""
    for layer, variable in variables:
        layer.__class__ = cls
        layer.supports_jit = cls is not Embedding or backend.SUPPORTS_JIT
        if variable is None or layer._embeddings is variable:
            continue
        was_locked = layer._tracker.locked
        layer._tracker.unlock()
        layer._untrack_variable(layer._embeddings)
        layer._track_variable(variable)
        layer._embeddings = variable
        if was_locked:
            layer._tracker.lock()
    for layer in model._flatten_layers():
        if hasattr(layer, "_track_variables"):  # torch's own lists of parameters
            layer._track_variables()


def _renew_steps(model):
    """What was made for the old variables."""
    model.train_function = model.test_function = model.predict_function = None
    if getattr(model, "optimizer", None) is not None:
        model._jit_compile = model._resolve_auto_jit_compile() if model._jit_compile else False


def _renew_optimizer(model, exchanged):
    """The same optimizer, built for the new variables, with its state. `exchanged`: the new variable for the id of an old one."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return
    renewed = _unbuilt(optimizer) if optimizer.built else optimizer
    for one, other in _with_inner(optimizer, renewed):
        excluded = one.__dict__.get("_exclude_from_weight_decay")
        if excluded is not None:
            _set(other, "_exclude_from_weight_decay", {id(exchanged[key]) if key in exchanged else key for key in excluded})
            _set(other, "_exclude_from_weight_decay_pattern", one._exclude_from_weight_decay_pattern)
    if renewed is optimizer:
        return
    renewed.build(model.trainable_variables)
    for variable, value in zip(renewed.variables, [variable.numpy() for variable in optimizer.variables]):
        variable.assign(value)
    optimizer.__class__ = type(renewed)  # who holds it holds it still
    optimizer.__dict__.clear()
    optimizer.__dict__.update(renewed.__dict__)


def _unbuilt(optimizer):
    """Another one of its class and options, for weights of Keras's."""
    return without_tables(type(optimizer)).from_config(optimizer.get_config())


def _with_inner(*optimizers):
    """Those and what is in them: of a LossScaleOptimizer the one whose loss is scaled."""
    yield optimizers
    if hasattr(optimizers[0], "inner_optimizer"):
        yield tuple(optimizer.inner_optimizer for optimizer in optimizers)


def _set(optimizer, name, value):
    optimizer.__dict__[name] = value  # not through Keras, which would track it
