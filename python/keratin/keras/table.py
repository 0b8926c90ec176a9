# SPDX-License-Identifier: Apache-2.0
"""The rows on Keratin's side, and the gradients that came for them."""
import collections
import threading

import numpy as np

from keratin import _core
from keratin.gradient_tape import IndexedSlices
from keratin.layers import Embedding

RECORDS = 256  # gradients that one table may get between two steps
LINK = 2 * RECORDS + 1
_ROUNDS = 16


class Table:
    """Rows, and what a backward pass left for them.

    Keras sees a table as a *link*, a variable of LINK numbers. The gradient of a lookup stays here, under a
    number, and the link's gradient is 1 at that number: whatever is done to gradients on their way to the optimizer
    (sums of several calls, loss scales, means of two batches) is linear, and done to the marks; `gathered` does it to the
    rows. Numbers come again, in rounds: RECORDS behind each is the same mark times its round, so that a mark of another
    record than the one that is there is told, and what is done to marks and is not linear. The last number is for no
    record: NaN where a gradient was not finite, for who asks that of gradients.

    Threads: a lock around all of it.
    """

    def __init__(self, layer):
        self._layer = layer  # of Keratin, built
        self.input_dim, self.output_dim = layer.input_dim, layer.output_dim
        self.rows = layer.embeddings
        self.differentiated = None  # what a backend made of `lookup` and `record`, once
        self._records = {}
        self._lookups = collections.deque(maxlen=8)  # of forward passes that have had no way back yet: (ids, RowLookup)
        self._next = 0
        self._lock = threading.RLock()

    def lookup(self, ids):
        """float32 (..., D). Throws IndexError for an id outside [0, V)."""
        return self._layer(ids)

    def lookup_to_train(self, ids):
        """The same, kept for `record` and the step, which need not group the ids and find the rows again."""
        found = _core.row_lookup(self._layer._core, ids)
        with self._lock:
            self._lookups.append((ids.copy(), found))
        return found.vectors()

    def _kept(self, ids):
        """What lookup_to_train() kept of these ids."""
        for place, (known, found) in enumerate(self._lookups):
            if np.array_equal(known, ids):
                del self._lookups[place]
                return found
        return _core.row_lookup(self._layer._core, ids)

    def record(self, ids, gradient):
        """Keeps the gradient of what `lookup` gave for `ids`. Returns the gradient of the link."""
        with self._lock:
            turn, number = divmod(self._next, RECORDS)
            self._next = (self._next + 1) % (RECORDS * _ROUNDS)
            found = self._kept(ids).gradient(gradient)
            self._records[number] = found, turn + 1  # the oldest goes: a step that wants it says so
            mark = np.zeros(LINK, np.float32)
            mark[number], mark[RECORDS + number] = 1, turn + 1
            if not found.is_finite:
                mark[-1] = np.nan
            return mark

    def gathered(self, marks):
        """The gradient of the rows that `marks`, a gradient of the link, stands for: `indices`, ascending, each once, and
        `values`. The records are gone then."""
        with self._lock:
            factors, turns = marks[:RECORDS], marks[RECORDS:-1]
            numbers = np.flatnonzero((factors != 0) | (turns != 0))
            if any(self._is_other(number, factors[number], turns[number]) for number in numbers):
                raise ValueError(
                    f"[{self._layer.name}] the gradient of the table is not one of its lookups. Its variable is no tensor to "
                    "compute with: a table used in an op (tied to an output, penalized by hand) needs keras.layers.Embedding, "
                    "and so does what is done to gradients by hand and is more than a factor; "
                    f"and no more than {RECORDS} calls of the layer can be part of one step.")
            self._lookups.clear()  # those that are older than a step are of no use to the next
            parts = [(self._records.pop(number)[0], factors[number]) for number in numbers]
            if len(parts) == 1 and parts[0][1] == 1:
                return parts[0][0]
            if not parts:  # a gradient that is zero everywhere, which for most optimizers is a step all the same
                return self.of_rows(np.zeros(1, np.int64), np.zeros((1, self.output_dim), np.float32))
            return self.summed([self.of_rows(found.indices, found.values * factor) for found, factor in parts])

    def _is_other(self, number, factor, turn):
        """Whether these marks are of another record than the one that is there."""
        round_of = self._records.get(number, (None, 0))[1]
        return round_of == 0 or abs(turn - factor * round_of) > 1e-5 * abs(factor * round_of)

    def of_rows(self, rows, values):
        """The gradient that has these values at these rows."""
        return IndexedSlices(values, rows, (self.input_dim, self.output_dim))

    def summed(self, parts):
        """The sum of several gradients."""
        if len(parts) == 1:
            return parts[0]
        return self.of_rows(*_core.sum_rows(self._layer._core, np.concatenate([part.indices for part in parts]),
                                            np.concatenate([part.values for part in parts])))

    def numpy(self):
        """A copy, float32 (V, D)."""
        return self.rows.numpy()

    def assign(self, values):
        """Takes the values of an array of shape (V, D)."""
        self.rows.assign(values)

    def penalty(self):
        """What the regularizer says of the table."""
        return np.float32(sum(float(loss) for loss in self._layer.losses))


def made(layer, initializer, regularizer, constraint, weights=None):
    """The table of a layer of Keras's.

    Args:
        layer: of Keras's, which gives its name and size.
        initializer, regularizer, constraint: of Keratin's, or None.
        weights: the first values, or None.
    """
    rows = Embedding(layer.input_dim, layer.output_dim, embeddings_initializer=initializer or "zeros",
                     embeddings_regularizer=regularizer, embeddings_constraint=constraint, weights=weights, name=layer.name)
    rows.build()
    return Table(rows)
