# SPDX-License-Identifier: Apache-2.0
"""Data that come batch by batch, in the form in which C++ asks for them (python/src/trainers.cc)."""
import numpy as np


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


def source(data):
    """`data` as a source of batches; None where it is arrays."""
    if is_array(data):
        return None
    if hasattr(data, "next_batch"):  # it is one
        return data
    if isinstance(data, (str, set, frozenset)):  # which one can iterate over too
        raise TypeError(f"Unrecognized data type: expected arrays or batches of arrays. Received: {data!r} "
                        f"(of type {type(data)})")
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        return Indexed(data)
    if hasattr(data, "__next__"):
        return Once(data)
    if hasattr(data, "__iter__"):
        return Iterable(data)
    raise TypeError(f"Unrecognized data type: expected arrays or batches of arrays. Received: {data!r} "
                    f"(of type {type(data)})")


def unpack(batch):
    """(x, y, sample_weight) of a batch as Keras writes it: x, (x,), (x, y) or (x, y, sample_weight)."""
    if isinstance(batch, list):
        batch = tuple(batch)
    if not isinstance(batch, tuple):
        return several(batch), None, None
    if not 1 <= len(batch) <= 3:
        raise ValueError("Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, "
                         f"found: {batch!r}")
    return tuple(several(part) for part in (*batch, None, None)[:3])


def several(data):
    """What C++ takes for the inputs or outputs of a model: a dict by name, a tuple of arrays, or an array.

    Lists of numbers are an array; of arrays, some of which may be None, they are several.
    """
    if isinstance(data, dict) or not isinstance(data, (list, tuple)):
        return data
    if any(_is_whole(entry) for entry in data) and all(entry is None or _is_whole(entry) for entry in data):
        return tuple(data)
    return list(data)


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
    """A list of batches: Keras's `PyDataset`, tf.keras's `Sequence`. Told when a pass has ended."""

    def peek(self):
        return unpack(self.data[0]) if len(self.data) else None

    def begin_pass(self):
        self.num_batches = len(self.data)
        self.index = 0
        return True

    def next_batch(self):
        if self.index == len(self.data):
            if hasattr(self.data, "on_epoch_end"):
                self.data.on_epoch_end()
            return None
        self.index += 1
        return unpack(self.data[self.index - 1])

    def go_to(self, passes, of_pass, batches, in_pass):
        """By their numbers, without a look at those that were given. Passes that ended are told of as they were then."""
        self.begin_pass()
        for _ in range(passes - 1 if in_pass else passes):
            if hasattr(self.data, "on_epoch_end"):
                self.data.on_epoch_end()
        self.begin_pass()
        self.index = of_pass if in_pass else 0
        return self.index <= len(self.data)
