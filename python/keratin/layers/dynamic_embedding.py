# SPDX-License-Identifier: Apache-2.0
"""An Embedding whose table grows as keys come."""
import numpy as np

from keratin import _arguments, _core, constraints, initializers, regularizers
from keratin._arguments import flag, integer
from keratin.layers.native_layer import NativeLayer


class DynamicEmbedding(NativeLayer):
    """Turns keys, which nobody counted before, into vectors: an Embedding whose table grows as keys come.

    A call in training counts every key; new ones get a row, which that step trains. Counts and rows become true when the step
    is taken: one that fails leaves nothing behind. Other calls (`predict`, `evaluate`, `training=False`) and those of a layer
    that is not trainable only read. Files have the rows, the keys and the counts.

    Example:

    >>> users = keratin.Input((1,), dtype="int64")
    >>> layer = keratin.layers.DynamicEmbedding(32, min_frequency=2)
    >>> model = keratin.Model(users, keratin.layers.Dense(1)(keratin.layers.Flatten()(layer(users))))
    >>> model.compile("adam", "mse")
    >>> ids = np.array([[9_000_000_000], [7], [9_000_000_000]])
    >>> history = model.fit(ids, np.ones((3, 1)), verbose=0)
    >>> layer.keys()
    array([9000000000])

    Args:
        output_dim: width of a vector.
        embeddings_initializer: draws the rows; one that can draw a row alone.
        embeddings_regularizer: a penalty on the rows that are given out.
        embeddings_constraint: what rows are brought back to after a step.
        max_tokens: the most rows, those of unknown keys among them. A number, not memory: that follows the rows in use.
        num_oov_indices: how many rows, the first ones, are for keys that have none of their own, by their hash.
        min_frequency: how often a key must have come before it gets a row.
        max_waiting: the most keys that wait for one, 21 to 43 bytes each. Where more would, a quarter of them is forgotten,
            those that came least often.
        eviction: what happens where `max_tokens` rows are there: None: new keys get no row; "least_used" or "oldest": a step
            trains the row of unknown keys in their place, and behind it rows whose keys came least often, or longest ago,
            are forgotten, a 64th of all at least.
        mask_zero: key 0, or "", is padding: it is masked for all that follows.
        precision: "float32", "bfloat16" or "float16": how rows are stored.
        stochastic_rounding: rows of 16 bits are rounded by chance when they are trained.
        **kwargs: those of every layer, and activity_regularizer.

    Input shape:
        integers or strings, of any shape. An Input says which by its dtype: without it, it is of float32, which has no keys.

    Output shape:
        (*input.shape, output_dim); of a key that has no row, a row of unknown keys.
    """

    def __init__(self, output_dim, embeddings_initializer="uniform", embeddings_regularizer=None, embeddings_constraint=None,
                 max_tokens=2**31, num_oov_indices=1, min_frequency=1, max_waiting=2**24, eviction=None, mask_zero=False,
                 precision="float32", stochastic_rounding=True, **kwargs):
        def number(argument, value):
            return integer("DynamicEmbedding", argument, value)

        self._make(kwargs, output_dim=number("output_dim", output_dim),
                   embeddings_initializer=initializers.get(embeddings_initializer),
                   embeddings_regularizer=regularizers.get(embeddings_regularizer),
                   activity_regularizer=regularizers.get(kwargs.pop("activity_regularizer", None)),
                   embeddings_constraint=constraints.get(embeddings_constraint), max_tokens=number("max_tokens", max_tokens),
                   num_oov_indices=number("num_oov_indices", num_oov_indices),
                   min_frequency=number("min_frequency", min_frequency), max_waiting=number("max_waiting", max_waiting),
                   eviction=eviction, mask_zero=flag(mask_zero), precision=_arguments.precision("DynamicEmbedding", precision),
                   stochastic_rounding=flag(stochastic_rounding))

    @property
    def embeddings(self):
        """The rows that are given out, a `keratin.Variable` of shape (rows, output_dim)."""
        if not self.built:
            raise AttributeError(f"DynamicEmbedding '{self.name}' has no weight 'embeddings': it is not built yet.")
        return self.weights[0]

    # -- which key has which row ------------------------------------------------------------------

    def keys(self):
        """The keys that have a row, int64 or objects, in the order of their rows."""
        state = _core.layer_keys(self._own_core)
        return np.array(state["strings"], object) if state["strings"] else state["keys"]

    def find(self, keys):
        """The rows of these keys, int64 of their shape; of one that has none, that of unknown keys. Changes nothing.

        Args:
            keys: integers or strings, of any shape.
        """
        return _core.find_keys(self._own_core, keys)

    def times(self, keys):
        """How often each key came, int64; 0 of one that is not there.

        Args:
            keys: as those of `find`.
        """
        return _core.times_of_keys(self._own_core, keys)

    def insert(self, keys):
        """Counts every key and gives new ones a row, as a training call does. Gives what `find` gives then.

        Args:
            keys: as those of `find`.
        """
        return _core.insert_keys(self._own_core, keys)

    def forget(self, keys):
        """These keys have no row any more, and were never counted. The row, and what optimizers keep of it, becomes what it
        was before any step; another key will get it.

        Args:
            keys: as those of `find`; those that are not there are none.
        """
        _core.forget_keys(self._own_core, keys)

    def evict(self, count, eviction="least_used"):
        """Forgets some keys, or all where there are fewer.

        Args:
            count: how many.
            eviction: "least_used" or "oldest": which go first.
        """
        _core.evict_keys(self._own_core, integer("DynamicEmbedding", "count", count), eviction)

    # -- copies ---------------------------------------------------------------------------

    def _values(self):
        return _core.layer_keys(self._own_core), self._own_core.get_weights()[0]

    def _take_values(self, values):
        _core.set_layer_keys(self._own_core, *values)
