# SPDX-License-Identifier: Apache-2.0
"""Keratin: the native core of Keras's Embedding layer, and of the models built on it.

Names, arguments and numbers are Keras's; `import keratin as keras` is meant to work. Where they differ on
purpose is in docs/keras-differences.md.
"""
from keratin import random, regularizers, utils
from keratin._core import __version__

__all__ = ["random", "regularizers", "utils", "__version__"]
