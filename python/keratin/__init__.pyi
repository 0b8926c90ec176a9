# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

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
from keratin import quantizers as quantizers
from keratin import random as random
from keratin import regularizers as regularizers
from keratin import saving as saving
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

_InitializerLike = str | Mapping[str, Any] | Callable[..., Any] | None
_RegularizerLike = str | Mapping[str, Any] | Callable[[Any], Any] | None
_ConstraintLike = str | Mapping[str, Any] | Callable[[Any], Any] | None
_Shape = Sequence[int | None]

__all__ = [
    "DTypePolicy", "EmbeddingTable", "GradientTape", "IndexedSlices", "Initializer", "Input", "KerasTensor",
    "Layer", "Loss", "Metric", "Model", "Neighbors", "Optimizer", "Regularizer", "Sequential", "Variable",
    "activations", "backend", "callbacks", "config", "constraints", "dtype_policies", "initializers", "layers",
    "losses", "metrics", "models", "ops", "optimizers", "preprocessing", "quantizers", "random", "regularizers",
    "saving", "utils", "__version__",
]

class EmbeddingTable:
    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: _InitializerLike = 'uniform',
        embeddings_regularizer: _RegularizerLike = None,
        embeddings_constraint: _ConstraintLike = None,
        weights: ArrayLike | None = None,
        memory: Any = None,
        name: str = 'embedding',
        rows_drawn: str | None = 'automatic',
        precision: str | None = 'float32',
        stochastic_rounding: bool = True,
        storage: str | PathLike[str] | None = None,
    ) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    @property
    def variable(self) -> Any: ...
    @property
    def rows_in_use(self) -> Any: ...
    def lookup(self, ids: ArrayLike, out: Any = None) -> Any: ...
    def lookup_pooled(
        self,
        ids: ArrayLike,
        offsets: ArrayLike,
        weights: ArrayLike | None = None,
        out: Any = None,
        combiner: str = 'sum',
    ) -> Any: ...
    def gradient(self, ids: ArrayLike, gradient: Any) -> Any: ...
    def pooled_gradient(
        self,
        ids: ArrayLike,
        offsets: ArrayLike,
        gradient: Any,
        weights: ArrayLike | None = None,
        combiner: str = 'sum',
    ) -> tuple[NDArray[Any], NDArray[Any]]: ...
    def squared_norm(self, ids: ArrayLike, gradient: Any) -> float: ...
    def step(
        self,
        ids: ArrayLike,
        gradient: Any,
        optimizer: Any,
        learning_rate: Any = None,
        gradient_scale: float = 1.0,
    ) -> Any: ...
    def step_pooled(
        self,
        ids: ArrayLike,
        offsets: ArrayLike,
        gradient: Any,
        optimizer: Any,
        weights: ArrayLike | None = None,
        combiner: str = 'sum',
        learning_rate: Any = None,
        gradient_scale: float = 1.0,
    ) -> None: ...
    def assign(self, ids: ArrayLike, rows: ArrayLike) -> Any: ...
    def get_weights(self) -> list[NDArray[Any]]: ...
    def set_weights(self, weights: ArrayLike | None) -> None: ...
    def flush(self) -> Any: ...


class GradientTape:
    persistent: Any
    watch_accessed_variables: Any
    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None: ...
    def watch(self, tensor: Any) -> Any: ...
    def gradient(
        self,
        target: int,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = 'none',
    ) -> Any: ...


class IndexedSlices:
    values: Any
    indices: Any
    dense_shape: Any
    def __init__(self, values: Any, indices: Any, dense_shape: _Shape) -> None: ...
    @property
    def shape(self) -> Any: ...
    @property
    def dtype(self) -> Any: ...
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any: ...


class KerasTensor:
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @property
    def shape(self) -> Any: ...
    @property
    def ndim(self) -> int: ...
    @property
    def size(self) -> Any: ...
    @property
    def dtype(self) -> Any: ...
    @property
    def name(self) -> str: ...
    def __len__(self) -> Any: ...
    def __iter__(self) -> Any: ...
    def numpy(self) -> Any: ...
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any: ...
    def __float__(self) -> Any: ...
    def __int__(self) -> Any: ...
    def __index__(self) -> Any: ...
    def __array_ufunc__(self, ufunc: Any, method: Any, *inputs: Any, **kwargs: Any) -> Any: ...
    def __getitem__(self, key: Any) -> Any: ...
    @property
    def T(self) -> Any: ...
    def reshape(self, *shape: Any) -> Any: ...
    def transpose(self, *axes: Any) -> Any: ...
    def astype(self, dtype: Any) -> Any: ...
    def flatten(self) -> Any: ...
    def ravel(self) -> Any: ...
    def sum(self, *args: Any, **kwargs: Any) -> Any: ...
    def mean(self, *args: Any, **kwargs: Any) -> Any: ...
    def max(self, *args: Any, **kwargs: Any) -> Any: ...
    def min(self, *args: Any, **kwargs: Any) -> Any: ...
    def prod(self, *args: Any, **kwargs: Any) -> Any: ...
    def var(self, *args: Any, **kwargs: Any) -> Any: ...
    def std(self, *args: Any, **kwargs: Any) -> Any: ...
    def squeeze(self, *args: Any, **kwargs: Any) -> Any: ...
    def clip(self, *args: Any, **kwargs: Any) -> Any: ...
    def dot(self, *args: Any, **kwargs: Any) -> Any: ...


class Neighbors:
    def __init__(
        self,
        table: Any,
        similarity: str = 'cosine',
        vocabulary: Any = None,
        index: str = 'exact',
    ) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def search(self, vectors: ArrayLike, k: int = 10) -> Any: ...
    def search_ids(self, ids: ArrayLike, k: int = 10, itself: bool = False) -> Any: ...
    def most_similar(self, words: str | Sequence[str], k: int = 10) -> Any: ...


__version__: str
