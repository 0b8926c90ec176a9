# SPDX-License-Identifier: Apache-2.0
from os import PathLike
from typing import Any

import torch
from keratin.embedding_table import EmbeddingTable
from keratin.torch import optim as optim

class _Module(torch.nn.Module):
    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None
    weight: torch.nn.Parameter
    @property
    def table(self) -> EmbeddingTable: ...

class Embedding(_Module):
    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False, _weight: torch.Tensor | None = None, _freeze: bool = False, device: Any = None, dtype: Any = None, *, rows_drawn: str = "automatic", precision: str = "float32", stochastic_rounding: bool = True, storage: str | PathLike[str] | None = None) -> None: ...
    def forward(self, input: torch.Tensor) -> torch.Tensor: ...
    @classmethod
    def from_pretrained(cls, embeddings: torch.Tensor, freeze: bool = True, **options: Any) -> Embedding: ...

class EmbeddingBag(_Module):
    mode: str
    include_last_offset: bool
    def __init__(self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, _weight: torch.Tensor | None = None, include_last_offset: bool = False, padding_idx: int | None = None, device: Any = None, dtype: Any = None, *, rows_drawn: str = "automatic", precision: str = "float32", stochastic_rounding: bool = True, storage: str | PathLike[str] | None = None) -> None: ...
    def forward(self, input: torch.Tensor, offsets: torch.Tensor | None = None, per_sample_weights: torch.Tensor | None = None) -> torch.Tensor: ...
    @classmethod
    def from_pretrained(cls, embeddings: torch.Tensor, freeze: bool = True, **options: Any) -> EmbeddingBag: ...
