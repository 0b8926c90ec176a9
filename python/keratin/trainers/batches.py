# SPDX-License-Identifier: Apache-2.0
"""Data that come batch by batch, in the form in which C++ asks for them (python/src/trainers.cc)."""
import itertools

import numpy as np

from keratin.trainers import ahead
from keratin.utils.py_dataset import PyDataset
from keratin.utils.samples import unpack_x_y_sample_weight


def is_array(data):
    """True for what fit cuts into batches itself: an array, lists of numbers, or lists and dicts of arrays."""
    if data is None or isinstance(data, (np.ndarray, list, tuple, dict, int, float)):
        return True
    return any(hasattr(data, name) for name in ("__array__", "__array_interface__", "__dlpack__")) or _is_buffer(data)


def _is_buffer(data):
    try:
        memoryview(data)
        return True
    except TypeError:
        return False


def source(data, shuffle=False):
    """`data` as a source of batches; None where it is arrays. `shuffle`: whether a PyDataset's come in another order each pass."""
    if is_array(data):
        return None
    if hasattr(data, "next_batch"):  # it is one
        return data
    if isinstance(data, (str, set, frozenset)):  # which one can iterate over too
        raise TypeError(f"Unrecognized data type: expected arrays or batches of arrays. Received: {data!r} "
                        f"(of type {type(data)})")
    if isinstance(data, PyDataset) or hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        return Indexed(data, shuffle)
    if hasattr(data, "__next__"):
        return Once(data)
    if hasattr(data, "__iter__"):
        return Iterable(data)
    raise TypeError(f"Unrecognized data type: expected arrays or batches of arrays. Received: {data!r} "
                    f"(of type {type(data)})")


def unpack(batch):
    """(x, y, sample_weight) of a batch as Keras writes it: x, (x,), (x, y) or (x, y, sample_weight)."""
    return tuple(map(several, unpack_x_y_sample_weight(batch)))


def several(data):
    """What C++ takes for the inputs or outputs of a model: a dict by name, a tuple of arrays, or an array.

    Lists of numbers are an array; of arrays, some of which may be None, they are several.
    """
    if isinstance(data, dict) or not isinstance(data, (list, tuple)):
        return data
    if any(_is_whole(entry) for entry in data) and all(entry is None or _is_whole(entry) for entry in data):
        return tuple(data)
    return list(data)


def taken_apart(data, leaves):
    """The structure of data, with the places of what stands in it among the leaves, to which they are added."""
    data = several(data)
    if isinstance(data, dict):
        places = {key: taken_apart(data[key], leaves) for key in sorted(data)}
        return {key: places[key] for key in data}
    if isinstance(data, tuple):
        return tuple(taken_apart(part, leaves) for part in data)
    leaves.append(data)
    return len(leaves) - 1


def first(data):
    """An array of the data, to count its samples."""
    if isinstance(data, dict):
        data = tuple(data.values())
    return data[0] if isinstance(data, tuple) and data else data


def _is_whole(data):
    """True for an array of at least one axis."""
    if isinstance(data, np.ndarray):
        return data.ndim > 0
    if isinstance(data, (list, tuple, str, bytes, int, float, np.generic)):
        return False
    return (hasattr(data, "__array__") or hasattr(data, "__dlpack__")) and len(getattr(data, "shape", (1,))) > 0


def first_of(source):
    """x of the first batch of a source, which is given out again; None where there is none."""
    batch = source.peek()
    return None if batch is None else batch[0]


class Placed:
    """A source whose batches find their places by `place`, a function of x, y and sample_weight."""

    def __init__(self, source, place):
        self._source, self._place = source, place

    def __getattr__(self, name):
        return getattr(self._source, name)

    def next_batch(self):
        batch = self._source.next_batch()
        return None if batch is None else self._place(*batch)


class Iterable:
    """Anything that starts anew each time one iterates over it: a DataLoader, a dataset. Its passes are taken to be alike."""

    def __init__(self, data):
        self.data = data
        self.num_batches = len(data) if hasattr(data, "__len__") else None

    def peek(self):
        """The first batch of a pass."""
        for batch in self.data:
            return unpack(batch)
        return None

    def begin_pass(self):
        self.batches = iter(self.data)
        return True

    def next_batch(self):
        for batch in self.batches:
            return unpack(batch)
        return None

    def go_to(self, passes, of_pass, batches, in_pass):
        """Goes where a run that is taken up again stood: see SourcePosition in C++. False where it has too few batches."""
        if not in_pass:
            return True
        self.begin_pass()
        return all(self.next_batch() is not None for _ in range(of_pass))


class Once(Iterable):
    """A generator: its batches come once."""

    def __init__(self, data):
        super().__init__(data)
        self.batches = iter(data)
        self.ended = False
        self.peeked = None
        self.given = 0

    def peek(self):
        if self.peeked is None and not self.ended:
            self.peeked = super().next_batch()
        return self.peeked

    def begin_pass(self):
        return not self.ended  # goes on where the pass before, which was cut short by a number of steps, left it

    def next_batch(self):
        batch, self.peeked = self.peeked, None
        if batch is None:
            batch = super().next_batch()
        self.ended = batch is None
        self.given += batch is not None
        return batch

    def go_to(self, passes, of_pass, batches, in_pass):
        return all(self.next_batch() is not None for _ in range(batches - self.given))


class Indexed(Iterable):
    """Batches by their numbers: a `PyDataset`, or what is like one. Told when a pass begins and when it has ended.

    `shuffle`: whether each pass of a PyDataset has another order.
    """

    def __init__(self, data, shuffle=False):
        self.data = data
        self.shuffle = shuffle and isinstance(data, PyDataset)
        self.passes = 0
        self.batches = None
        self.num_batches = self.count()

    def count(self):
        return self.data.num_batches if isinstance(self.data, PyDataset) else len(self.data)

    def peek(self):
        return None if self.count() == 0 else unpack(self.data[0])

    def begin_pass(self):
        self.tell("on_epoch_begin")
        self.num_batches = self.count()
        self.batches = self.from_batch(0)
        return True

    def from_batch(self, first):
        """The batches of this pass, from the one that is number `first` in its order."""
        if self.num_batches is None:
            numbers = itertools.count(first)
        elif self.shuffle:  # Keras: the order is a function of the number of the pass
            numbers = list(range(self.num_batches))
            import random
            random.Random(self.passes).shuffle(numbers)
            numbers = numbers[first:]
        else:
            numbers = range(first, self.num_batches)
        if isinstance(self.data, PyDataset):
            return ahead.batches(self.data, numbers)
        return (self.data[number] for number in numbers)

    def next_batch(self):
        batch = super().next_batch()
        if batch is None:
            self.end_pass()
        return batch

    def end_pass(self):
        self.tell("on_epoch_end")
        self.passes += 1

    def tell(self, hook):
        if hasattr(self.data, hook):
            getattr(self.data, hook)()

    def go_to(self, passes, of_pass, batches, in_pass):
        """By their numbers, without a look at those that were given. Passes that ended are told of as they were then."""
        for _ in range(passes - 1 if in_pass else passes):
            self.tell("on_epoch_begin")
            self.end_pass()
        if not in_pass:
            return True
        self.begin_pass()
        self.batches = self.from_batch(of_pass)
        return self.num_batches is None or of_pass <= self.num_batches
