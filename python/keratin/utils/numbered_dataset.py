# SPDX-License-Identifier: Apache-2.0
"""What the datasets of this folder share."""
from keratin.utils.py_dataset import PyDataset


class NumberedDataset(PyDataset):
    """Batches of samples that have numbers: a class derived from it makes those of some numbers (`_samples`).

    `numbers`: an array, the order of the first pass. `random`: a RandomState, from which the orders of the others are drawn; None:
    they are all alike. `batch_size` None: each sample comes by itself.
    """

    def __init__(self, numbers, batch_size, random=None):
        super().__init__()
        self._numbers, self._batch_size, self._random = numbers, batch_size, random

    def __len__(self):
        return len(self._numbers) if self._batch_size is None else -(-len(self._numbers) // self._batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"[{type(self).__name__}] there are {len(self)} batches. Received: {index}")
        if self._batch_size is None:
            return self._samples(self._numbers[index])
        return self._samples(self._numbers[index * self._batch_size:(index + 1) * self._batch_size])

    def __iter__(self):
        yield from super().__iter__()
        self.on_epoch_end()

    def on_epoch_end(self):
        """The next pass has another order, where it is to have one."""
        if self._random is not None:
            self._random.shuffle(self._numbers)
