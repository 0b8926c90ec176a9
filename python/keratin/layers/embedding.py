# SPDX-License-Identifier: Apache-2.0
import os

from keratin import _core, constraints, initializers, regularizers
from keratin.layers._generations import named
from keratin.layers.native_layer import NativeLayer, integer


class Embedding(NativeLayer):
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
        storage: the path of a file in which the rows and their optimizer slots live, for tables larger than memory. A file
            that is there is gone on with, as it was at the last `flush()`. Copies of the layer are in memory.

    Behind embeddings_regularizer the positions of Keras 2 and of Keras 3 are both taken; the types tell.

    Input shape:
        Ids, of any integer type: (batch, input_length), or of any rank.

    Output shape:
        float32: (batch, input_length, output_dim).
    """

    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", embeddings_regularizer=None,
                 *positional, activity_regularizer=None, embeddings_constraint=None, mask_zero=False,
                 input_length=None, weights=None, rows_drawn="automatic", precision="float32",
                 stochastic_rounding=True, storage=None, **kwargs):
        given = dict(activity_regularizer=activity_regularizer, embeddings_constraint=embeddings_constraint,
                     mask_zero=mask_zero, input_length=input_length, weights=weights)
        given.update(named(positional))
        if kwargs.get("sparse") is False:  # Keras 2: of what kind the gradient is, which is always rows here
            del kwargs["sparse"]
        self._make_table(
            kwargs, input_dim, output_dim, embeddings_initializer, embeddings_regularizer, given["activity_regularizer"],
            given["embeddings_constraint"], given["mask_zero"], given["weights"], rows_drawn, precision, stochastic_rounding,
            storage, input_length=given["input_length"])

    def _make_table(self, base, input_dim, output_dim, embeddings_initializer, embeddings_regularizer,
                    activity_regularizer, embeddings_constraint, mask_zero, weights=None, rows_drawn="automatic",
                    precision="float32", stochastic_rounding=True, storage=None, **options):
        """Makes the C++ layer, of a class that is a table. `options`: what else it is made of."""
        if isinstance(weights, (list, tuple)) and len(weights) == 1:
            weights = weights[0]  # Keras: a list of the layer's weights
        self._stored = dict(weights=weights, rows_drawn=rows_drawn, precision=precision,
                            stochastic_rounding=bool(stochastic_rounding),
                            storage="" if storage is None else os.fsdecode(os.fspath(storage)))
        self._make(
            base,
            input_dim=integer(self._class_name, "input_dim", input_dim),
            output_dim=integer(self._class_name, "output_dim", output_dim),
            embeddings_initializer=initializers.get(embeddings_initializer),
            embeddings_regularizer=regularizers.get(embeddings_regularizer),
            activity_regularizer=regularizers.get(activity_regularizer),
            embeddings_constraint=constraints.get(embeddings_constraint),
            mask_zero=bool(mask_zero),
            **options,
        )
        if weights is not None:  # Keras: they are there at once
            self.build()
        self._stored["weights"] = None  # they are the table's now; what is not built yet keeps them in C++

    def _make_core(self, config, options):
        return _core.table_layer(self._class_name, config, **self._stored)

    def build(self, input_shape=None):
        """Makes the table, which is the same for inputs of any shape."""
        super().build((None, self._options.get("input_length")) if input_shape is None else input_shape)

    @property
    def embeddings(self):
        """The table, a Variable of shape (input_dim, output_dim)."""
        return self._weight(0)

    @property
    def rows_in_use(self):
        """How many rows take up memory: all of them where they are drawn at once."""
        return _core.rows_in_use(self._own_core) if self._own_core.built else 0

    def flush(self):
        """With a storage: the rows and their slots as they are now become what is found in the file, whatever happens to
        this process; until then that is what the last call left. Brings rows up to date that an optimizer owes steps to,
        which for most optimizers reads and writes the whole file."""
        _core.flush_rows(self._own_core)

    # Rows that were never drawn have no place in a copy either.

    def _values(self):
        return _core.used_rows(self._own_core) or super()._values()

    def _take_values(self, values):
        if isinstance(values, tuple):
            _core.use_rows(self._own_core, *values)
        else:
            super()._take_values(values)

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
