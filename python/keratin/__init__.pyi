# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any

from keratin import activations as activations
from keratin import backend as backend
from keratin import callbacks as callbacks
from keratin import config as config
from keratin import constraints as constraints
from keratin import dtype_policies as dtype_policies
from keratin import initializers as initializers
from keratin import layers as layers
from keratin import losses as losses
from keratin import metrics as metrics
from keratin import models as models
from keratin import ops as ops
from keratin import optimizers as optimizers
from keratin import preprocessing as preprocessing
from keratin import random as random
from keratin import regularizers as regularizers
from keratin import utils as utils
from keratin.dtype_policies import DTypePolicy as DTypePolicy
from keratin.initializers import Initializer as Initializer
from keratin.layers import Input as Input
from keratin.layers import Layer as Layer
from keratin.losses import Loss as Loss
from keratin.metrics import Metric as Metric
from keratin.models import Model as Model
from keratin.models import Sequential as Sequential
from keratin.optimizers import Optimizer as Optimizer
from keratin.regularizers import Regularizer as Regularizer
from keratin.variables import Variable as Variable


__all__ = [
    "DTypePolicy", "Initializer", "Input", "KerasTensor", "Layer", "Loss", "Metric", "Model", "Optimizer",
    "Regularizer", "Sequential", "Variable", "activations", "backend", "callbacks", "config", "constraints",
    "dtype_policies", "initializers", "layers", "losses", "metrics", "models", "ops", "optimizers",
    "preprocessing", "random", "regularizers", "utils", "__version__",
]

class KerasTensor:
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @property
    def shape(self) -> Any: ...
    @property
    def ndim(self) -> int: ...
    @property
    def dtype(self) -> Any: ...
    @property
    def name(self) -> str: ...
    def __len__(self) -> Any: ...
    def __float__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __int__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __index__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __array__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __getitem__(self, key: Any) -> Any: ...


__version__: str
