# SPDX-License-Identifier: Apache-2.0
"""Windows over a series. Keras: `timeseries_dataset_from_array`."""
from operator import index

import numpy as np

from keratin.utils.numbered_dataset import NumberedDataset


def timeseries_dataset_from_array(data, targets, sequence_length, sequence_stride=1, sampling_rate=1, batch_size=128,
                                  shuffle=False, seed=None, start_index=None, end_index=None, format="tf"):
    """Batches of windows over a series, for fit, evaluate and predict.

    Example:

    >>> data = np.arange(100.0)
    >>> batches = keratin.utils.timeseries_dataset_from_array(data[:-10], data[10:], sequence_length=10)
    >>> model.fit(batches)

    Args:
        data: an array whose first axis are the steps.
        targets: `targets[i]` belongs to the window that starts at step i; None: windows alone.
        sequence_length: steps of a window.
        sequence_stride: from the start of a window to that of the next.
        sampling_rate: from a step of a window to the next.
        batch_size: windows a batch; the last may have fewer. None: each window is given by itself.
        shuffle: whether the windows come in another order each pass.
        seed: what the orders are drawn from; None: NumPy's global generator says.
        start_index: steps before it are not used.
        end_index: this step and those after it are not used.
        format: "tf", as Keras has it; what comes is the same everywhere.

    Returns:
        A `PyDataset` of (windows, targets), or of windows: arrays of shape (batch, sequence_length, ...). It has a length.
    """
    sizes = {name: _integer(value, name) for name, value in (
        ("sequence_length", sequence_length), ("sequence_stride", sequence_stride), ("sampling_rate", sampling_rate),
        ("batch_size", batch_size), ("start_index", start_index), ("end_index", end_index)) if value is not None}
    data = np.asarray(data)
    _check(sizes, len(data))
    if format != "tf":
        raise ValueError(f'[timeseries_dataset_from_array] format must be "tf": there is one kind of dataset. Received: {format!r}')
    used = slice(sizes.get("start_index"), sizes.get("end_index"))
    return TimeseriesDataset(data[used], targets if targets is None else np.asarray(targets)[used], sizes, shuffle, seed)


class TimeseriesDataset(NumberedDataset):
    """What `timeseries_dataset_from_array` gives."""

    def __init__(self, data, targets, sizes, shuffle, seed):
        self._data, self._targets = data, targets
        self._steps = np.arange(sizes["sequence_length"]) * sizes["sampling_rate"]
        count = len(data) - (sizes["sequence_length"] - 1) * sizes["sampling_rate"]
        if targets is not None:
            count = min(count, len(targets))
        starts, random = np.arange(0, max(count, 0), sizes["sequence_stride"]), None
        if shuffle:
            random = np.random.RandomState(np.random.randint(10**6) if seed is None else _integer(seed, "seed"))
            random.shuffle(starts)
        super().__init__(starts, sizes.get("batch_size"), random)

    def _samples(self, starts):
        windows = self._data[np.add.outer(starts, self._steps)]
        return windows if self._targets is None else (windows, self._targets[starts])


def _integer(value, name):
    try:
        return index(value)
    except TypeError:
        raise TypeError(f"[timeseries_dataset_from_array] {name} must be an integer. Received: {value!r}") from None


def _check(sizes, steps):
    start = sizes.get("start_index", 0)
    for name, least, most in (("sequence_length", 1, None), ("batch_size", 1, None), ("sampling_rate", 1, steps - 1),
                              ("sequence_stride", 1, steps - 1), ("start_index", 0, steps - 1),
                              ("end_index", start + 1, steps - 1)):
        if name not in sizes:
            continue
        if sizes[name] < least:
            raise ValueError(f"[timeseries_dataset_from_array] {name} must be {least} at least. Received: {sizes[name]}")
        if most is not None and sizes[name] > most:
            raise ValueError(f"[timeseries_dataset_from_array] {name} must be below the length of the data, {steps}. "
                             f"Received: {sizes[name]}")
