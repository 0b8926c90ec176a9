# SPDX-License-Identifier: Apache-2.0
import os

from keratin import _core
from keratin.callbacks.callback import NativeCallback


class CSVLogger(NativeCallback):
    """Writes the numbers of every epoch to a file.

    Example:

    >>> model.fit(x, y, callbacks=[keratin.callbacks.CSVLogger("training.csv")])

    Args:
        filename: the file.
        separator: one character.
        append: whether an old file is continued.
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = self.separator = separator
        self.append = append
        self._core = _core.CSVLogger(self.filename, separator, append)
