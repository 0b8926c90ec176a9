# SPDX-License-Identifier: Apache-2.0
"""Keratin: the native core of Keras's Embedding layer, and of the models built on it.

Names, arguments and numbers are Keras's; `import keratin as keras` is meant to work. Where they differ on
purpose is in docs/keras-differences.md.
"""
from keratin import _interpreter  # first: it may refuse
from keratin import _border, _core, _elsewhere

_border.guard(_core)  # before any module of the package takes a function out of it

from keratin import activations
from keratin import backend
from keratin import callbacks
from keratin import config
from keratin import constraints
from keratin import dtype_policies
from keratin import initializers
from keratin import layers
from keratin import losses
from keratin import metrics
from keratin import models
from keratin import ops
from keratin import optimizers
from keratin import preprocessing
from keratin import quantizers
from keratin import random
from keratin import regularizers
from keratin import saving
from keratin import utils
from keratin._core import __version__
from keratin.dtype_policies import DTypePolicy
from keratin.dynamic_embedding_table import DynamicEmbeddingTable
from keratin.embedding_table import EmbeddingTable
from keratin.initializers import Initializer
from keratin.keras_tensor import KerasTensor
from keratin.layers import Input, Layer
from keratin.losses import Loss
from keratin.metrics import Metric
from keratin.models import Model, Sequential
from keratin.neighbors import Neighbors
from keratin.optimizers import Optimizer
from keratin.regularizers import Regularizer
from keratin.variables import Variable
from keratin.gradient_tape import GradientTape, IndexedSlices

__all__ = ["DTypePolicy", "DynamicEmbeddingTable", "EmbeddingTable", "GradientTape", "IndexedSlices", "Initializer", "Input", "KerasTensor", "Layer", "Loss", "Metric", "Model", "Neighbors", "Optimizer", "Regularizer",
           "Sequential", "Variable", "activations", "backend", "callbacks", "config", "constraints", "dtype_policies",
           "initializers", "layers", "losses", "metrics", "models", "ops", "optimizers", "preprocessing", "quantizers", "random",
           "regularizers", "saving", "utils", "__version__"]

_elsewhere.install()
