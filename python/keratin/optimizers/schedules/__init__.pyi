# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Sequence
from typing import Any
from typing_extensions import Self



__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule",
    "PiecewiseConstantDecay", "PolynomialDecay", "serialize", "deserialize",
]

class LearningRateSchedule:
    def __call__(self, step: Any) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    def __getattr__(self, name: str) -> Any: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class CosineDecay(LearningRateSchedule):
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float | Sequence[float] | None = 0.0,
        name: str = 'CosineDecay',
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None: ...


class CosineDecayRestarts(LearningRateSchedule):
    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float | Sequence[float] | None = 0.0,
        name: str = 'SGDRDecay',
    ) -> None: ...


class ExponentialDecay(LearningRateSchedule):
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = 'ExponentialDecay',
    ) -> None: ...


class InverseTimeDecay(LearningRateSchedule):
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = 'InverseTimeDecay',
    ) -> None: ...


class PiecewiseConstantDecay(LearningRateSchedule):
    def __init__(self, boundaries: Sequence[float] | None, values: Any, name: str = 'PiecewiseConstant') -> None: ...


class PolynomialDecay(LearningRateSchedule):
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = 'PolynomialDecay',
    ) -> None: ...


def serialize(learning_rate_schedule: Any) -> dict[str, Any]: ...

def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any: ...
