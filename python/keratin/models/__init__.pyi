# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Mapping, Sequence
from typing import Any
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self


_Shape = Sequence[int | None]

__all__ = [
    "Model", "Sequential", "clone_model", "model_from_json",
]

class Model:
    def __getattr__(self, name: str) -> Any: ...
    @property
    def name(self) -> str: ...
    @property
    def built(self) -> bool: ...
    @property
    def layers(self) -> list[Any]: ...
    def get_layer(self, name: str | None = None, index: int | None = None) -> Any: ...
    @property
    def weights(self) -> list[Any]: ...
    @property
    def variables(self) -> list[Any]: ...
    @property
    def trainable_weights(self) -> list[Any]: ...
    @property
    def trainable_variables(self) -> list[Any]: ...
    @property
    def non_trainable_weights(self) -> list[Any]: ...
    @property
    def non_trainable_variables(self) -> list[Any]: ...
    @property
    def trainable(self) -> bool: ...
    @trainable.setter
    def trainable(self, value: bool) -> None: ...
    @property
    def losses(self) -> list[Any]: ...
    def get_weights(self) -> list[NDArray[Any]]: ...
    def set_weights(self, weights: Sequence[ArrayLike]) -> None: ...
    def count_params(self) -> int: ...
    @property
    def input_shape(self) -> Any: ...
    @property
    def output_shape(self) -> Any: ...
    def build(self, input_shape: _Shape | None = None) -> None: ...
    def __call__(self, inputs: Any, training: bool | None = False, mask: ArrayLike | None = None) -> Any: ...
    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None: ...
    def to_json(self, **kwargs: Any) -> str: ...
    def compile(
        self,
        optimizer: Any = 'rmsprop',
        loss: Any = None,
        loss_weights: float | Sequence[float] | None = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = 'auto',
        auto_scale_loss: bool = True,
    ) -> None: ...
    @property
    def optimizer(self) -> Any: ...
    @optimizer.setter
    def optimizer(self, value: Any) -> None: ...
    @property
    def loss(self) -> Any: ...
    @loss.setter
    def loss(self, value: Any) -> None: ...
    @property
    def compiled(self) -> bool: ...
    def get_compile_config(self) -> dict[str, Any]: ...
    def compile_from_config(self, config: Any) -> None: ...
    @property
    def metrics_names(self) -> list[str]: ...
    def reset_metrics(self) -> None: ...
    @property
    def stop_training(self) -> bool: ...
    @stop_training.setter
    def stop_training(self, value: bool) -> None: ...
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = 'auto',
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: ArrayLike | None = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> Any: ...
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = 'auto',
        sample_weight: ArrayLike | None = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any: ...
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = 'auto',
        steps: int | None = None,
        callbacks: Any = None,
    ) -> NDArray[Any]: ...
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any: ...
    def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any: ...
    def predict_on_batch(self, x: Any) -> NDArray[Any]: ...


class Sequential(Model):
    def __init__(
        self,
        layers: Any = None,
        trainable: bool = True,
        name: str | None = None,
        mask_policy: str = 'strict',
    ) -> None: ...
    @property
    def layers(self) -> list[Any]: ...
    def add(self, layer: Any, rebuild: bool = True) -> None: ...
    def pop(self, rebuild: bool = True) -> Any: ...
    @property
    def mask_policy(self) -> Any: ...
    @mask_policy.setter
    def mask_policy(self, value: Any) -> None: ...
    def compute_output_shape(self, input_shape: _Shape | None) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls,
        config: Any,
        custom_objects: dict[str, Any] | None = None,
        *,
        mask_policy: str = 'strict',
    ) -> Self: ...


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Any = None,
    call_function: Any = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any: ...

def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any: ...
