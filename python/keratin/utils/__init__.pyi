# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from os import PathLike
from typing import Any
from numpy.typing import ArrayLike, NDArray

from keratin.backend import clear_session as clear_session
from keratin.preprocessing import text_dataset_from_directory as text_dataset_from_directory
from keratin.preprocessing import timeseries_dataset_from_array as timeseries_dataset_from_array
from keratin.preprocessing.sequence import pad_sequences as pad_sequences
from keratin.saving import CustomObjectScope as CustomObjectScope
from keratin.saving import custom_object_scope as custom_object_scope
from keratin.saving import deserialize_keras_object as deserialize_keras_object
from keratin.saving import get_custom_objects as get_custom_objects
from keratin.saving import get_registered_name as get_registered_name
from keratin.saving import get_registered_object as get_registered_object
from keratin.saving import register_keras_serializable as register_keras_serializable
from keratin.saving import serialize_keras_object as serialize_keras_object


__all__ = [
    "CustomObjectScope", "Progbar", "PyDataset", "Sequence", "clear_session", "custom_object_scope",
    "deserialize_keras_object", "get_custom_objects", "get_registered_name", "get_registered_object",
    "is_keras_tensor", "model_to_dot", "normalize", "pack_x_y_sample_weight", "pad_sequences", "plot_model",
    "register_keras_serializable", "serialize_keras_object", "set_random_seed", "text_dataset_from_directory",
    "timeseries_dataset_from_array", "to_categorical", "unpack_x_y_sample_weight", "warmstart_embedding_matrix",
]

class Progbar:
    target: Any
    def __init__(
        self,
        target: int,
        width: int = 20,
        verbose: str | int = 1,
        interval: float = 0.05,
        stateful_metrics: Any = None,
        stateless_metrics: Any = None,
        unit_name: str = 'step',
    ) -> None: ...
    def update(self, current: Any, values: Any = None, finalize: bool | None = None) -> Any: ...
    def add(self, n: int, values: Any = None) -> None: ...


class PyDataset:
    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None: ...
    @property
    def workers(self) -> Any: ...
    @workers.setter
    def workers(self, value: Any) -> None: ...
    @property
    def use_multiprocessing(self) -> Any: ...
    @use_multiprocessing.setter
    def use_multiprocessing(self, value: Any) -> None: ...
    @property
    def max_queue_size(self) -> Any: ...
    @max_queue_size.setter
    def max_queue_size(self, value: Any) -> None: ...
    def __getitem__(self, index: int | None) -> Any: ...
    def __iter__(self) -> Any: ...
    @property
    def num_batches(self) -> Any: ...
    def on_epoch_begin(self) -> None: ...
    def on_epoch_end(self) -> None: ...


Sequence = PyDataset

def is_keras_tensor(x: Any) -> Any: ...

def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = 'TB',
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = 'ortho',
    **kwargs: Any,
) -> Any: ...

def normalize(x: Any, axis: int | Sequence[int] | None = -1, order: int = 2) -> Any: ...

def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Any: ...

def plot_model(
    model: Any,
    to_file: str = 'model.png',
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = 'TB',
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = 'ortho',
    **kwargs: Any,
) -> Any: ...

def set_random_seed(seed: Any) -> None: ...

def to_categorical(x: Any, num_classes: int | None = None) -> NDArray[Any]: ...

def unpack_x_y_sample_weight(data: Any) -> Any: ...

def warmstart_embedding_matrix(
    base_vocabulary: ArrayLike | str | PathLike[str],
    new_vocabulary: ArrayLike | str | PathLike[str],
    base_embeddings: ArrayLike,
    new_embeddings_initializer: str = 'uniform',
) -> Any: ...
