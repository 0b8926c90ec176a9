# SPDX-License-Identifier: Apache-2.0
"""The table of an Embedding alone, for loops and models of one's own."""
from keratin import _arguments, _core, constraints, initializers, regularizers
from keratin._custom import core_of
from keratin._fixed import FixedArguments
from keratin._refusal import shown
from keratin._arguments import integer, path, truth
from keratin.optimizers import Optimizer
from keratin.variables import Variable

__all__ = ["EmbeddingTable"]

_PARTS = {"embeddings_initializer": _core.Initializer, "embeddings_regularizer": _core.Regularizer, "embeddings_constraint": _core.Constraint}


def _optimizer_core(optimizer):
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"[EmbeddingTable] optimizer must be one of keratin.optimizers. Received: {shown(optimizer)}")
    return optimizer._core


class EmbeddingTable(FixedArguments):
    """A table whose rows are looked up, and trained by any optimizer at the cost of the rows that a step touches.

    The numbers are those of the optimizer's step on all rows. Arrays are shared, not copied: those of NumPy, tensors of
    torch on the CPU, whatever speaks DLPack or the buffer protocol.

    Example:

    >>> table = keratin.EmbeddingTable(10_000_000, 64)
    >>> adam = keratin.optimizers.Adam()
    >>> vectors = table.lookup([[3, 7, 3]])
    >>> table.step([[3, 7, 3]], 2 * vectors, adam)  # the gradient of sum(vectors ** 2)

    Args:
        input_dim: number of rows, largest id + 1.
        output_dim: width of a row.
        embeddings_initializer: draws the rows.
        embeddings_regularizer: a penalty on the table, whose gradient each step adds.
        embeddings_constraint: what rows are brought back to after a step.
        weights: the first values, an array of shape (input_dim, output_dim), copied.
        memory: the same, but the rows lie in this array from now on: float32, writable, C-contiguous. It must not be
            written to, and shows rows as they are now after `get_weights` only.
        name: the name, in errors and in front of its variable's.
        rows_drawn: "automatic", "at_once" or "on_demand": when a row gets its first values. They are the same.
        precision: "float32", "bfloat16" or "float16": how rows are stored.
        stochastic_rounding: rows of 16 bits are rounded by chance when they are trained.
        storage: the path of a file in which the rows and their optimizer slots live, for tables larger than memory.

    Any number of threads may look up; a step, `assign` and `set_weights` wait for them and have the table alone. One
    optimizer is for one table, or for several that it was built for by their `variable`s.
    """

    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", embeddings_regularizer=None,
                 embeddings_constraint=None, weights=None, memory=None, name="embedding", rows_drawn="automatic",
                 precision="float32", stochastic_rounding=True, storage=None):
        self._options = dict(
            input_dim=integer("EmbeddingTable", "input_dim", input_dim),
            output_dim=integer("EmbeddingTable", "output_dim", output_dim),
            embeddings_initializer=initializers.get(embeddings_initializer),
            embeddings_regularizer=regularizers.get(embeddings_regularizer),
            embeddings_constraint=constraints.get(embeddings_constraint), name=name,
            rows_drawn=_arguments.rows_drawn("EmbeddingTable", rows_drawn),
            precision=_arguments.precision("EmbeddingTable", precision),
            stochastic_rounding=truth("EmbeddingTable", "stochastic_rounding", stochastic_rounding))
        config = {option: core_of(kind, self._options[option]) for option, kind in _PARTS.items()}
        config.update({option: self._options[option] for option in ("input_dim", "output_dim", "name")})
        storage = "" if storage is None else path("EmbeddingTable", "storage", storage)
        self._core = _core.embedding_table(config, weights, memory, rows_drawn, precision, bool(stochastic_rounding), storage)

    def __repr__(self):
        return f"EmbeddingTable({self.input_dim}, {self.output_dim}, name={self.name!r})"

    @property
    def variable(self):
        """The table as a `keratin.Variable`, for an optimizer that steps several."""
        return Variable._of(self._core.variable)

    @property
    def rows_in_use(self):
        """How many rows take up memory: all of them where they are drawn at once."""
        return self._core.rows_in_use

    # -- reading ------------------------------------------------------------------------------

    def lookup(self, ids, out=None):
        """The rows of these ids as they are now: float32, (*ids.shape, output_dim).

        Args:
            ids: integers from 0 to input_dim - 1, of any shape.
            out: an array for the result, which is given back: float32, writable, C-contiguous; None: a new one.
        """
        return self._core.lookup(ids, out)

    def lookup_pooled(self, ids, offsets, weights=None, out=None, combiner="sum"):
        """The rows of each bag as one, (bags, output_dim); 0 of an empty bag.

        Args:
            ids: (n,) integers.
            offsets: (bags + 1,) integers: bag b has the ids from offsets[b] to offsets[b + 1]; the first is 0, the last n.
            weights: (n,) numbers that rows are multiplied by, for a sum; None: 1.
            out: an array for the result, as that of `lookup`.
            combiner: "sum", "mean" or "max".
        """
        return self._core.lookup_pooled(ids, offsets, weights, out, combiner)

    # -- gradients ----------------------------------------------------------------------------

    def gradient(self, ids, gradient):
        """The gradient of the table: ids, each once and ascending, and a row for each, the sum of its gradients.

        Args:
            ids: as those of `lookup`.
            gradient: that of what `lookup` gave, of its shape.
        """
        return self._core.gradient(ids, gradient)

    def pooled_gradient(self, ids, offsets, gradient, weights=None, combiner="sum"):
        """The same from the gradient of what `lookup_pooled` gave; rows that equal a maximum get equal parts.

        Args:
            ids, offsets, weights, combiner: as those of `lookup_pooled`.
            gradient: (bags, output_dim).
        """
        return self._core.pooled_gradient(ids, offsets, gradient, weights, combiner)

    def squared_norm(self, ids, gradient):
        """The sum of the squares of what `gradient` gives, in float64: for a norm over several weights.

        Args:
            ids, gradient: as those of `gradient`.
        """
        return self._core.squared_norm(ids, gradient)

    # -- changes ------------------------------------------------------------------------------

    def step(self, ids, gradient, optimizer, learning_rate=None, gradient_scale=1.0):
        """One step of the optimizer. Of an id that comes several times the gradients are added.

        Args:
            ids: as those of `lookup`, or of `gradient`.
            gradient: float32, (*ids.shape, output_dim).
            optimizer: one of `keratin.optimizers`.
            learning_rate: the optimizer's learning rate from this step on; None: as it is.
            gradient_scale: what the gradient is multiplied by.
        """
        self._core.step(ids, gradient, _optimizer_core(optimizer), learning_rate, gradient_scale)

    def step_pooled(self, ids, offsets, gradient, optimizer, weights=None, combiner="sum", learning_rate=None,
                    gradient_scale=1.0):
        """One step by the gradient of what `lookup_pooled` gave.

        Args:
            ids, offsets, weights, combiner: as those of `lookup_pooled`.
            gradient: (bags, output_dim).
            optimizer, learning_rate, gradient_scale: as those of `step`.
        """
        self._core.step_pooled(ids, offsets, gradient, _optimizer_core(optimizer), weights, combiner, learning_rate,
                               gradient_scale)

    def assign(self, ids, rows):
        """Writes rows; of an id that comes several times the last. What an optimizer keeps of them stays.

        Args:
            ids: as those of `lookup`.
            rows: (*ids.shape, output_dim).
        """
        self._core.assign(ids, rows)

    def get_weights(self):
        """A list of one array, (input_dim, output_dim): all rows as they are now, a copy."""
        return [self._core.variable.numpy()]

    def set_weights(self, weights):
        """Writes all rows.

        Args:
            weights: a list of one array of shape (input_dim, output_dim).
        """
        if not isinstance(weights, (list, tuple)) or len(weights) != 1:
            raise ValueError(f"[EmbeddingTable] weights must be a list of one array. Received: {shown(weights)}")
        self._core.variable.assign(weights[0])

    def flush(self):
        """With a storage: the rows and their slots as they are now become what is found in the file, whatever happens to
        this process."""
        self._core.flush()

    # -- copies, which are in memory ----------------------------------------------------------

    def __getstate__(self):
        used = self._core.used_rows()
        return {"options": self._options, "used": used, "weights": None if used else self._core.variable.numpy()}

    def __setstate__(self, state):
        self.__init__(**state["options"], weights=state["weights"])
        if state["used"]:
            self._core.use_rows(*state["used"])
