# SPDX-License-Identifier: Apache-2.0
"""Batches by their numbers. Keras: `PyDataset`."""
import itertools
from operator import index


class PyDataset:
    """The base of a class that gives batches by their numbers, which fit, evaluate and predict take as data.

    `__getitem__(i)` gives batch i: (x,), (x, y) or (x, y, sample_weight). `__len__` says how many there are; a dataset
    without an end gives `num_batches` None instead. `on_epoch_begin` and `on_epoch_end` hear of each pass through it.

    Example:

    >>> class Batches(keratin.utils.PyDataset):
    ...     def __len__(self):
    ...         return 10
    ...     def __getitem__(self, index):
    ...         return read_x(index), read_y(index)
    >>> model.fit(Batches(workers=4), epochs=3)

    Args:
        workers: how many threads, or processes, make batches ahead of the model; up to 1: none, the batch is
            made when it is asked for (in threads; of processes 1 is one).
        use_multiprocessing: whether these are processes, each with a copy of the dataset as it is when the pass begins.
        max_queue_size: how many batches are ahead at most.

    `fit(shuffle=True)` asks for the batches in an order that is a function of the number of the pass, as Keras does.
    """

    _workers, _use_multiprocessing, _max_queue_size = 1, False, 10  # also where __init__ of a derived class forgot ours

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def workers(self):
        return self._workers

    @workers.setter
    def workers(self, value):
        self._workers = _at_least(0, value, "workers")

    @property
    def use_multiprocessing(self):
        return self._use_multiprocessing

    @use_multiprocessing.setter
    def use_multiprocessing(self, value):
        self._use_multiprocessing = bool(value)

    @property
    def max_queue_size(self):
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value):
        self._max_queue_size = _at_least(1, value, "max_queue_size")

    def __getitem__(self, index):
        """The batch of this number."""
        raise NotImplementedError(f"[{type(self).__name__}] __getitem__ must be written: it gives batch `index`.")

    def __iter__(self):
        count = self.num_batches
        return (self[i] for i in (itertools.count() if count is None else range(count)))

    @property
    def num_batches(self):
        """How many batches a pass has; None: it has no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(f"[{type(self).__name__}] __len__ or the property `num_batches` must be written.")

    def on_epoch_begin(self):
        """A pass begins."""

    def on_epoch_end(self):
        """A pass has ended."""


def _at_least(least, value, name):
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"[PyDataset] {name} must be an integer. Received: {value!r}") from None
    if number < least:
        raise ValueError(f"[PyDataset] {name} must be {least} at least. Received: {value!r}")
    return number
