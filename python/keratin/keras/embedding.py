# SPDX-License-Identifier: Apache-2.0
import keras

from keratin import constraints, initializers, regularizers
from keratin.keras import _found, optimizers, table
from keratin.keras._found import backend
from keratin.keras.variables import TableVariable


class Embedding(keras.layers.Embedding):
    """`keras.layers.Embedding` with the table, and what optimizers keep of it, in Keratin.

    A training step costs what its ids cost, not what the table costs, with the numbers of the optimizer that `compile`
    was given. It is a layer of Keras's to everything else: its config and the files of its models are those of
    `keras.layers.Embedding`, which opens them.

    Example:

    >>> model = keras.Sequential([keratin.keras.Embedding(10_000_000, 64), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")

    Args:
        input_dim: size of the vocabulary, largest id + 1.
        output_dim: width of a vector.
        embeddings_initializer: draws the table; Keratin draws Keras's distributions with its own numbers.
        embeddings_regularizer: a penalty on the table, one of Keras's.
        embeddings_constraint: what rows are brought back to after a step, one of Keras's.
        mask_zero: id 0 is padding, and masked for all layers that follow.
        weights: the first table, an array of shape (input_dim, output_dim), or a list with it.
        kwargs: those of every layer of Keras's. The table is float32, whatever is computed with.

    What cannot be honoured is refused by name: LoRA and quantization, tables of other types than float32, distribution
    scopes, the table's variable within an op.

    Input shape:
        Ids, of any integer type: (batch, input_length), or of any rank.

    Output shape:
        (batch, input_length, output_dim), of the compute dtype.
    """

    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", embeddings_regularizer=None,
                 embeddings_constraint=None, mask_zero=False, weights=None, **kwargs):
        _found.check_backend()
        for name in ("lora_rank", "quantization_config"):
            if kwargs.get(name) is not None:
                _refuse(name)
        super().__init__(input_dim, output_dim, embeddings_initializer=embeddings_initializer,
                         embeddings_regularizer=embeddings_regularizer, embeddings_constraint=embeddings_constraint,
                         mask_zero=mask_zero, weights=weights, **kwargs)
        self.supports_jit = backend.SUPPORTS_JIT

    def build(self, input_shape=None):
        """Makes the table, which is the same for inputs of any shape."""
        if not self.built:
            variable = table_variable(self)
            self._track_variable(variable)
            self._embeddings = variable
            self.built = True

    def call(self, inputs, training=None):
        if hasattr(inputs, "todense") or hasattr(inputs, "dense_shape"):  # JAX's and TensorFlow's
            _refuse("sparse ids")
        if inputs.dtype != "int32" and inputs.dtype != "int64":
            inputs = keras.ops.cast(inputs, "int32")
        inputs = keras.ops.convert_to_tensor(inputs)
        _refuse_distribution()
        if _found.NAME == "jax" and getattr(self._remat_mode, "mode", None) == "full":
            _refuse("a RematScope of all layers on JAX, which repeats no callback")
        return keras.ops.cast(backend.lookup(self._embeddings.table, self._embeddings.value, inputs, training), self.compute_dtype)

    def save_own_variables(self, store):
        """As keras.layers.Embedding writes them."""
        if self.built:
            store["0"] = self._embeddings.numpy()

    def rematerialized_call(self, layer_call, *args, **kwargs):
        """As it is: a lookup keeps its ids alone for the way back."""
        return layer_call

    if _found.NAME == "tensorflow":
        def _trackable_children(self, save_type="checkpoint", **kwargs):
            if save_type == "savedmodel":
                _refuse("model.export: no other program has the table")
            return super()._trackable_children(save_type, **kwargs)

    def enable_lora(self, *args, **kwargs):
        """Refused: `keratin.keras.restore(model)` first."""
        _refuse("LoRA")

    def quantize(self, *args, **kwargs):
        """Refused: `keratin.keras.restore(model)` first."""
        _refuse("quantization")


def table_variable(layer, weights=None):
    """The variable that stands for a new table of a layer's, which is not changed."""
    _found.check_backend()
    if layer.quantization_mode:
        _refuse(f"quantization ({layer.quantization_mode})")
    if layer.variable_dtype != "float32":
        _refuse(f"a table of {layer.variable_dtype}")
    _refuse_distribution()
    optimizers.install()
    regularizer = _ours(regularizers, keras.regularizers, layer.embeddings_regularizer, "embeddings_regularizer")
    constraint = _ours(constraints, keras.constraints, layer.embeddings_constraint, "embeddings_constraint")
    initializer = None if weights is not None else _drawn_by(layer.embeddings_initializer)
    if weights is None and initializer is None:  # one of the user's own
        weights = keras.ops.convert_to_numpy(
            layer.embeddings_initializer((layer.input_dim, layer.output_dim), dtype="float32"))
    rows = table.made(layer, initializer, regularizer, constraint, weights)
    with keras.name_scope(layer.name, caller=layer):
        variable = TableVariable(rows, name="embeddings", trainable=True)
    if regularizer is not None:
        variable.regularizer = _Penalty(rows)
    variable.constraint = layer.embeddings_constraint
    return variable


# In configs and files it is Keras's own class, which opens them.
keras.src.api_export.REGISTERED_OBJS_TO_NAMES[Embedding] = "keras.layers.Embedding"


class _Penalty(keras.regularizers.Regularizer):
    """The number that is reported; the optimizer of the rows sees to the gradient."""

    def __init__(self, rows):
        self.rows = rows

    def __call__(self, x):
        return backend.call_host(self.rows.penalty, [], ())


def _refuse_distribution():
    if keras.distribution.distribution() is not None:
        _refuse("a distribution scope")
    backend.refuse_distribution()


def _refuse(what):
    raise NotImplementedError(f"[Embedding] Keratin's table cannot be used with {what}: use keras.layers.Embedding there, which "
                              "keratin.keras.restore(model) puts back.")


def _ours(concept, keras_concept, value, name):
    """The same of Keratin's."""
    if value is None:
        return None
    try:
        return concept.deserialize(keras_concept.serialize(value))
    except (ValueError, TypeError, NotImplementedError) as error:
        raise NotImplementedError(f"[Embedding] {name} must be one of those that Keras has: a function of your own would need the "
                                  f"whole table at every step. Received: {value!r}") from error


def _drawn_by(initializer):
    """The same of Keratin's; None for one of the user's own."""
    if not type(initializer).__module__.startswith("keras."):
        return None
    config = keras.initializers.serialize(initializer)
    seed = getattr(initializer, "seed", None)
    if isinstance(config, dict) and isinstance(seed, int):  # which keras.utils.set_random_seed decides too
        config = {**config, "config": {**config["config"], "seed": seed}}
    try:
        return initializers.deserialize(config)
    except (ValueError, TypeError, NotImplementedError):
        return None
