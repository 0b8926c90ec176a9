# SPDX-License-Identifier: Apache-2.0
"""A table whose rows belong to keys, and which grows as keys come."""
import os

import numpy as np

from keratin import _arguments, _core, constraints, initializers, regularizers
from keratin._custom import core_of
from keratin._fixed import FixedArguments
from keratin.embedding_table import _PARTS, _optimizer_core
from keratin._arguments import integer, truth
from keratin.variables import Variable

__all__ = ["DynamicEmbeddingTable"]


class DynamicEmbeddingTable(FixedArguments):
    """A table whose rows belong to keys, integers or strings, and which grows as keys come.

    A row never moves; a new one is drawn as a table with all rows would have drawn it, and optimizers go on with what
    they keep of the others. All keys of a table are integers, or all are strings; a string whose 64-bit hash another
    one has gets no row.

    Example:

    >>> table = keratin.DynamicEmbeddingTable(64, max_tokens=1_000_000, min_frequency=2, eviction="least_used")
    >>> adam = keratin.optimizers.Adam()
    >>> table.insert(users)                  # counts them; new ones get rows
    >>> vectors = table.lookup(users)
    >>> table.step(users, 2 * vectors, adam)

    Args:
        output_dim: width of a row.
        embeddings_initializer: draws the rows; one that can draw a row alone.
        embeddings_regularizer: a penalty on the table, whose gradient each step adds.
        embeddings_constraint: what rows are brought back to after a step.
        max_tokens: the most rows, those of unknown keys among them. A number, not memory: that follows the rows in use.
        num_oov_indices: how many rows, the first ones, are for keys that have none of their own, by their hash.
        min_frequency: how often a key must have come before it gets a row.
        max_waiting: the most keys that wait for one, 21 to 43 bytes each. Where more would, a quarter of them is forgotten,
            those that came least often.
        eviction: what happens where `max_tokens` rows are there: None: new keys get no row; "least_used" or "oldest": rows
            whose keys came least often, or longest ago, are forgotten, a 64th of all at least.
        name: the name, in errors and in front of its variable's.
        precision: "float32", "bfloat16" or "float16": how rows are stored.
        stochastic_rounding: rows of 16 bits are rounded by chance when they are trained.

    Any number of threads may look up; what changes the table waits for them and has it alone.
    """

    def __init__(self, output_dim, embeddings_initializer="uniform", embeddings_regularizer=None,
                 embeddings_constraint=None, max_tokens=2**31, num_oov_indices=1, min_frequency=1,
                 max_waiting=2**24, eviction=None, name="embedding", precision="float32", stochastic_rounding=True):
        def number(argument, value):
            return integer("DynamicEmbeddingTable", argument, value)

        self._options = dict(
            output_dim=number("output_dim", output_dim), embeddings_initializer=initializers.get(embeddings_initializer),
            embeddings_regularizer=regularizers.get(embeddings_regularizer),
            embeddings_constraint=constraints.get(embeddings_constraint), max_tokens=number("max_tokens", max_tokens),
            num_oov_indices=number("num_oov_indices", num_oov_indices),
            min_frequency=number("min_frequency", min_frequency), max_waiting=number("max_waiting", max_waiting),
            eviction=eviction, name=name, precision=_arguments.precision("DynamicEmbeddingTable", precision),
            stochastic_rounding=truth("DynamicEmbeddingTable", "stochastic_rounding", stochastic_rounding))
        config = {option: core_of(kind, self._options[option]) for option, kind in _PARTS.items()}
        config.update(input_dim=1, output_dim=self._options["output_dim"], name=name)
        self._core = _core.dynamic_embedding_table(
            config, precision, bool(stochastic_rounding), self._options["max_tokens"], self._options["num_oov_indices"],
            self._options["min_frequency"], self._options["max_waiting"], eviction)

    def __repr__(self):
        return f"DynamicEmbeddingTable({self.output_dim}, name={self.name!r}): {len(self)} keys"

    def __len__(self):
        """Keys that have a row."""
        return self._core.size

    def __bool__(self):
        return True

    @property
    def variable(self):
        """The rows as a `keratin.Variable` of shape (max_tokens, output_dim), for an optimizer that steps several."""
        return Variable._of(self._core.variable)

    # -- reading ------------------------------------------------------------------------------

    def find(self, keys):
        """The rows of these keys, int64 of their shape; of one that has none, that of unknown keys. Changes nothing.

        Args:
            keys: integers or strings, of any shape.
        """
        return self._core.find(keys)

    def lookup(self, keys):
        """What stands in the rows that `find` gives: float32, (*keys.shape, output_dim).

        Args:
            keys: as those of `find`.
        """
        return self._core.lookup(keys)

    def times(self, keys):
        """How often each key came, int64; 0 of one that is not there.

        Args:
            keys: as those of `find`.
        """
        return self._core.times(keys)

    def keys(self):
        """The keys that have a row, int64 or objects, in the order of their rows."""
        state = self._core.state(values=False)
        return np.array(state["strings"], object) if state["strings"] else state["keys"]

    # -- changes ------------------------------------------------------------------------------

    def insert(self, keys):
        """Counts every key, as often as it is there, and gives new ones a row, in their order. Gives what `find` gives then.

        Args:
            keys: as those of `find`.
        """
        return self._core.insert(keys)

    def step(self, keys, gradient, optimizer, learning_rate=None, gradient_scale=1.0):
        """One step of the optimizer on the rows that `find` gives. Of a row that comes several times the gradients are added.

        Args:
            keys: as those of `find`.
            gradient: float32, (*keys.shape, output_dim).
            optimizer: one of `keratin.optimizers`.
            learning_rate: the optimizer's learning rate from this step on; None: as it is.
            gradient_scale: what the gradient is multiplied by.
        """
        self._core.step(keys, gradient, _optimizer_core(optimizer), learning_rate, gradient_scale)

    def forget(self, keys):
        """These keys have no row any more, and were never counted. The row, and what optimizers keep of it, becomes what it
        was before any step; another key will get it.

        Args:
            keys: as those of `find`; those that are not there are none.
        """
        self._core.forget(keys)

    def evict(self, count, eviction="least_used"):
        """Forgets some keys, or all where there are fewer.

        Args:
            count: how many.
            eviction: "least_used" or "oldest": which go first.
        """
        self._core.evict(integer("DynamicEmbeddingTable", "count", count), eviction)

    def assign(self, keys, rows):
        """Writes the rows of keys that have one; of a key that comes several times the last. What an optimizer keeps of them
        stays. With `insert` before it, this begins with the vectors of another vocabulary.

        Args:
            keys: as those of `find`.
            rows: (*keys.shape, output_dim).
        """
        self._core.assign(keys, rows)

    # -- files and copies ---------------------------------------------------------------------------

    def save(self, path):
        """Writes rows, keys and counts as a safetensors file; neither options nor what optimizers keep.

        Args:
            path: where; a file that is there is replaced when the new one is whole.
        """
        self._core.save(os.fspath(path))

    def load(self, path):
        """What `save` wrote takes the place of all keys and rows, as if no step had touched them.

        Args:
            path: of a table of this width and with as many `num_oov_indices`. What does not fit is an error, and changes
                nothing.
        """
        self._core.load(os.fspath(path))

    def __getstate__(self):
        return {"options": self._options, "state": self._core.state(values=True)}

    def __setstate__(self, state):
        self.__init__(**state["options"])
        self._core.set_state(state["state"])
