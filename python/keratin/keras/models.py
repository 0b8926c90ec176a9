# SPDX-License-Identifier: Apache-2.0
"""Models that are there already."""
import keras

from keratin.keras.embedding import Embedding, make_table


def accelerate(model):
    """Puts Keratin's tables into the Embedding layers of a built model, those of models within it too.

    Values, and where the model is compiled and was trained the state of its optimizer, go along.

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
    for layer in layers:
        _exchange(layer, new)
    if layers:
        _renew_steps(model)
    return model


def _exchange(layer, cls):
    if not layer.built:
        layer.__class__ = cls
        layer.supports_jit = True if cls is not Embedding else layer.supports_jit
        return
    old = layer._embeddings
    values = old.numpy()
    is_trainable = old.trainable
    layer.__class__ = cls
    layer._untrack_variable(old)
    was_locked = layer._tracker.locked
    layer._tracker.unlock()
    try:
        if cls is Embedding:
            make_table(layer, values)
            layer.supports_jit = _supports_jit()
        else:
            layer._embeddings = layer.add_weight(
                shape=values.shape, initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(values, dtype=dtype),
                name="embeddings", regularizer=layer.embeddings_regularizer, constraint=layer.embeddings_constraint)
            layer.supports_jit = True
    finally:
        if was_locked:
            layer._tracker.lock()
    layer._embeddings.trainable = is_trainable


def _supports_jit():
    from keratin.keras._found import backend
    return backend.SUPPORTS_JIT


def _renew_steps(model):
    """What was made for the old variables."""
    for layer in model._flatten_layers():
        if hasattr(layer, "_track_variables"):  # torch's own lists of parameters
            layer._track_variables()
    model.train_function = model.test_function = model.predict_function = None
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return
    model._jit_compile = None if optimizer is None else model._resolve_auto_jit_compile() if model._jit_compile else False
    if not optimizer.built:
        return
    state = [variable.numpy() for variable in optimizer.variables]
    renewed = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    renewed.build(model.trainable_variables)
    for variable, value in zip(renewed.variables, state):
        variable.assign(value)
    model.optimizer = renewed
