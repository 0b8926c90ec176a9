# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from typing import Any
from numpy.typing import NDArray

from keratin.backend import clear_session as clear_session
from keratin.preprocessing.sequence import pad_sequences as pad_sequences


__all__ = [
    "Progbar", "clear_session", "pad_sequences", "set_random_seed", "to_categorical",
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


def set_random_seed(seed: Any) -> None: ...

def to_categorical(x: Any, num_classes: int | None = None) -> NDArray[Any]: ...
