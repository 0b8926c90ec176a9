# SPDX-License-Identifier: Apache-2.0
"""Keratin's table inside torch: in place of `torch.nn.Embedding` and `EmbeddingBag`, with optimizers for its rows.

Example:

>>> model = torch.nn.Sequential(keratin.torch.Embedding(10_000_000, 64), torch.nn.Linear(64, 1))
>>> optimizer = keratin.torch.optim.Adam(model.parameters(), lr=1e-3)  # rows and all else

Rows and optimizer slots live in Keratin, and a step costs what its ids cost; its numbers are those of torch's optimizer on
a dense gradient (docs/guides/torch.md). `import keratin` does not bring it, and it brings torch.
"""
try:
    import torch as _torch
except ImportError as error:
    raise ImportError("keratin.torch puts Keratin's table into torch, and there is none here: install torch. Without it, "
                      "keratin.EmbeddingTable is the table.") from error

from keratin.torch import optim
from keratin.torch.embedding import Embedding
from keratin.torch.embedding_bag import EmbeddingBag

__all__ = ["Embedding", "EmbeddingBag", "optim"]
