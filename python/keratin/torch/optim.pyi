# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable, Iterable
from typing import Any

import torch

__all__: list[str]

def clip_grad_norm_(parameters: torch.Tensor | Iterable[torch.Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False) -> torch.Tensor: ...

class _Of:
    def add_param_group(self, param_group: dict[str, Any]) -> None: ...
    def step(self, closure: Callable[[], Any] | None = None) -> Any: ...
    def state_dict(self) -> dict[str, Any]: ...

class SGD(_Of, torch.optim.SGD): ...  # type: ignore[misc]
class RMSprop(_Of, torch.optim.RMSprop): ...  # type: ignore[misc]
class Adagrad(_Of, torch.optim.Adagrad): ...  # type: ignore[misc]
class Adam(_Of, torch.optim.Adam): ...  # type: ignore[misc]
class AdamW(Adam, torch.optim.AdamW): ...  # type: ignore[misc]
