# SPDX-License-Identifier: Apache-2.0
from typing import Any, TypeVar

import keras
from numpy.typing import ArrayLike

_Model = TypeVar("_Model", bound=keras.Model)

class Embedding(keras.layers.Embedding):
    def __init__(self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform", embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False, weights: ArrayLike | list[ArrayLike] | None = None, **kwargs: Any) -> None: ...

def accelerate(model: _Model) -> _Model: ...
def restore(model: _Model) -> _Model: ...
