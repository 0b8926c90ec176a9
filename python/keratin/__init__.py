# SPDX-License-Identifier: Apache-2.0
"""Keratin: the native core of Keras's Embedding layer, and of the models built on it.

Names, arguments and numbers are Keras's; `import keratin as keras` is meant to work. Where they differ on
purpose is in docs/keras-differences.md.
"""
from keratin import callbacks
from keratin import layers
from keratin import models
from keratin import random
from keratin import regularizers
from keratin import utils
from keratin._core import __version__
from keratin.layers import Input, Layer
from keratin.models import Model, Sequential
from keratin.variables import Variable

__all__ = ["Input", "Layer", "Model", "Sequential", "Variable", "callbacks", "layers", "models", "random",
           "regularizers", "utils", "__version__"]
