# SPDX-License-Identifier: Apache-2.0
from keratin import _arguments, _core, constraints, initializers, regularizers
from keratin._arguments import flag, integer, path, truth
from keratin.layers._generations import named
from keratin.layers.kinds import OfKinds


class Embedding(OfKinds):
    """Turns ids into vectors: row `id` of a table for every id.

    The table is learnt. A training step costs what its ids cost, not what the table costs, with the numbers
    of the dense optimizer.

    Example:

    >>> model = keratin.Sequential()
    >>> model.add(keratin.layers.Embedding(1000, 64, input_length=10))
    >>> model.output_shape
    (None, 10, 64)
    >>> model.predict(np.random.randint(1000, size=(32, 10))).shape
    (32, 10, 64)

    Args:
        input_dim: size of the vocabulary, largest id + 1.
        output_dim: width of a vector.
        embeddings_initializer: draws the table.
        embeddings_regularizer: a penalty on the table.
        activity_regularizer: a penalty on the vectors that come out (Keras 2's fifth).
        embeddings_constraint: what rows are brought back to after a step (Keras 3's fifth).
        mask_zero: id 0 is padding, and masked for all layers that follow.
        input_length: the number of ids in a sample, where it is fixed; Flatten and Dense behind it need it.
        weights: the first table, an array of shape (input_dim, output_dim), or a list with it.
        rows_drawn: "automatic", "at_once" or "on_demand": when a row gets its first values. They are the same.
        precision: "float32", "bfloat16" or "float16": how rows are stored.
        stochastic_rounding: rows of 16 bits are rounded by chance when they are trained.
        lora_rank: the layer is built with `enable_lora(lora_rank, lora_alpha)`.
        lora_alpha: the update counts lora_alpha / lora_rank times; by default lora_rank.
        quantization_config: of a quantized `dtype`, in place of what its name says.
        storage: the path of a file in which the rows and their optimizer slots live, for tables larger than memory. A file
            that is there is gone on with, as it was at the last `flush()`. Copies of the layer are in memory.

    `dtype` may be more than "float32": "bfloat16" and "float16" store rows in 16 bits and round the vectors to them,
    "mixed_bfloat16" and "mixed_float16" the vectors alone, which stay float32 arrays; "int8_from_float32" and
    "int4/128_from_float32" make a quantized table, of zeros, for a file to fill.

    Behind embeddings_regularizer the positions of Keras 2 and of Keras 3 are both taken; the types tell.

    Input shape:
        Ids, of any integer type: (batch, input_length), or of any rank.

    Output shape:
        float32: (batch, input_length, output_dim).
    """

    _of = "embeddings"

    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", embeddings_regularizer=None,
                 *positional, activity_regularizer=None, embeddings_constraint=None, mask_zero=False,
                 input_length=None, weights=None, lora_rank=None, lora_alpha=None, quantization_config=None,
                 rows_drawn="automatic", precision="float32", stochastic_rounding=True, storage=None, **kwargs):
        given = dict(activity_regularizer=activity_regularizer, embeddings_constraint=embeddings_constraint,
                     mask_zero=mask_zero, input_length=input_length, weights=weights, lora_rank=lora_rank,
                     lora_alpha=lora_alpha, quantization_config=quantization_config)
        given.update(named(positional))
        if kwargs.get("sparse") is False:  # Keras 2: of what kind the gradient is, which is always rows here
            del kwargs["sparse"]
        kinds = self._kinds(kwargs, given["lora_rank"], given["lora_alpha"], given["quantization_config"])
        self._make_table(
            kwargs, input_dim, output_dim, embeddings_initializer, embeddings_regularizer, given["activity_regularizer"],
            given["embeddings_constraint"], given["mask_zero"], given["weights"], rows_drawn, precision, stochastic_rounding,
            storage, input_length=given["input_length"], **kinds)

    def _make_table(self, base, input_dim, output_dim, embeddings_initializer, embeddings_regularizer,
                    activity_regularizer, embeddings_constraint, mask_zero, weights=None, rows_drawn="automatic",
                    precision="float32", stochastic_rounding=True, storage=None, **options):
        """Makes the C++ layer, of a class that is a table. `options`: what else it is made of."""
        if isinstance(weights, (list, tuple)) and len(weights) == 1:
            weights = weights[0]  # Keras: a list of the layer's weights
        self._stored = dict(weights=weights, rows_drawn=_arguments.rows_drawn(self._class_name, rows_drawn),
                            precision=_arguments.precision(self._class_name, precision),
                            stochastic_rounding=truth(self._class_name, "stochastic_rounding", stochastic_rounding),
                            storage="" if storage is None else path("Embedding", "storage", storage))
        self._make(
            base,
            input_dim=integer(self._class_name, "input_dim", input_dim),
            output_dim=integer(self._class_name, "output_dim", output_dim),
            embeddings_initializer=initializers.get(embeddings_initializer),
            embeddings_regularizer=regularizers.get(embeddings_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            embeddings_constraint=constraints.get(embeddings_constraint),
            mask_zero=flag(mask_zero),
            **options,
        )
        if weights is not None:  # Keras: they are there at once
            self.build()
        self._stored["weights"] = None  # they are the table's now; what is not built yet keeps them in C++

    def _make_core(self, config, options):
        return _core.table_layer(self._class_name, config, **self._stored)

    def build(self, input_shape=None):
        """Makes the table, which is the same for inputs of any shape, also for the shapes of several, of which a model of one's
        own may give those that it is itself built with."""
        several = isinstance(input_shape, dict) or isinstance(input_shape, (list, tuple)) and any(
            isinstance(entry, (list, tuple, dict)) for entry in input_shape)
        super().build((None, self._options.get("input_length")) if input_shape is None or several else input_shape)

    @property
    def embeddings(self):
        """The table, a Variable of shape (input_dim, output_dim). As in Keras an array with a LoRA update; and of a
        quantized layer one of the codes, an int8 an element."""
        if self._own_core.is_quantized:
            codes = _core.codes(self._own_core)
            return codes + self._lora_update() if self.lora_enabled else codes
        return _core.lookup_table(self._own_core) if self.lora_enabled else self._named("embeddings")

    lora_embeddings_a = property(lambda self: self._named("lora_embeddings_a"))
    lora_embeddings_b = property(lambda self: self._named("lora_embeddings_b"))

    embeddings_scale = property(lambda self: self._named("embeddings_scale"))
    embeddings_zero = property(lambda self: self._named("embeddings_zero"))

    def quantize(self, mode=None, type_check=True, config=None):
        super().quantize(mode, type_check, config)
        self._stored.update(rows_drawn="automatic", precision="float32", storage="")

    @property
    def rows_in_use(self):
        """How many rows take up memory: all of them where they are drawn at once."""
        return _core.rows_in_use(self._own_core) if self._own_core.built else 0

    def flush(self):
        """With a storage: the rows and their slots as they are now become what is found in the file, whatever happens to
        this process; until then that is what the last call left. Brings rows up to date that an optimizer owes steps to,
        which for most optimizers reads and writes the whole file."""
        _core.flush_rows(self._own_core)

    # Rows that were never drawn have no place in a copy either; the other weights do.

    def _values(self):
        used = _core.used_rows(self._own_core)
        return (used, [weight.numpy() for weight in self._beside_table()]) if used else super()._values()

    def _take_values(self, values):
        if not isinstance(values, tuple):
            return super()._take_values(values)
        used, others = values
        _core.use_rows(self._own_core, *used)
        for weight, value in zip(self._beside_table(), others):
            weight.assign(value)

    def _beside_table(self):
        return [weight for weight in self._own_core.weights if weight.name != "embeddings"]

    def __getstate__(self):
        # A file is the storage of one layer: copies are in memory.
        return {**super().__getstate__(), "_stored": {**self._stored, "storage": ""}}

    # What stands in no config: how the table is stored.

    @property
    def rows_drawn(self):
        return self._stored["rows_drawn"]

    @property
    def precision(self):
        return self._stored["precision"]

    @property
    def stochastic_rounding(self):
        return self._stored["stochastic_rounding"]

    @property
    def storage(self):
        return self._stored["storage"] or None

    def _config_of_clone(self):
        stored = {name: value for name, value in self._stored.items() if name not in ("weights", "storage")}
        return {**super()._config_of_clone(), **stored}
