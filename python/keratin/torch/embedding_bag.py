# SPDX-License-Identifier: Apache-2.0
"""Rows of bags of ids, each bag as one."""
import torch

from keratin._refusal import shown
from keratin.torch.embedding import TableModule
from keratin.torch.rows import Lookup, Pooled, pooled


class EmbeddingBag(TableModule):
    """`torch.nn.EmbeddingBag` whose rows live in Keratin.

    Args:
        num_embeddings: number of rows, largest id + 1.
        embedding_dim: width of a row.
        max_norm, norm_type, scale_grad_by_freq, sparse: as torch's defaults alone.
        mode: "sum", "mean" or "max".
        include_last_offset: whether the last of `offsets` is the number of ids, not the begin of a bag.
        padding_idx: the id that counts in no bag.
        device, dtype: the CPU, and torch.float32.
        rows_drawn, precision, stochastic_rounding, storage: as those of `keratin.EmbeddingTable`.
    """

    def __init__(self, num_embeddings, embedding_dim, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode="mean",
                 sparse=False, _weight=None, include_last_offset=False, padding_idx=None, device=None, dtype=None, *,
                 rows_drawn="automatic", precision="float32", stochastic_rounding=True, storage=None):
        super().__init__()
        if mode not in ("sum", "mean", "max"):
            raise ValueError(f'[EmbeddingBag] mode must be "sum", "mean" or "max". Received: {shown(mode)}')
        self.mode, self.include_last_offset = mode, bool(include_last_offset)
        self._make(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight, False,
                   device, dtype, rows_drawn=rows_drawn, precision=precision, stochastic_rounding=stochastic_rounding,
                   storage=storage)

    @torch.compiler.disable
    def forward(self, input, offsets=None, per_sample_weights=None):
        """The bags, (bags, embedding_dim); 0 of an empty one.

        Args:
            input: (bags, length) ids, or (n,) with offsets.
            offsets: (bags,) integers, where bags begin, the first 0; (bags + 1,) with include_last_offset, the last n.
            per_sample_weights: numbers that rows are multiplied by, of the shape of `input`, for mode "sum".
        """
        table = self.weight  # attributes that are parameters take half a microsecond to find
        ids, borders, weights = self._bags(self._checked(input), offsets, per_sample_weights)
        if self.mode == "max" or (weights is not None and weights.requires_grad):  # torch's own, on rows as they are now
            rows = Lookup.apply(table, ids, None)
            if not len(ids):  # torch refuses a table of no rows
                nothing = rows.sum() if weights is None else rows.sum() + weights.sum()
                return nothing + rows.new_zeros(len(borders) - 1, self.embedding_dim)
            return torch.nn.functional.embedding_bag(torch.arange(len(ids), device=ids.device), rows, borders.to(ids.device),
                                                     mode=self.mode, per_sample_weights=weights, include_last_offset=True)
        if not (torch.is_grad_enabled() and table.requires_grad):  # a function that nobody differentiates takes 8 us to call
            return pooled(table, ids, borders, weights, self.mode)
        return Pooled.apply(table, ids, borders, weights, self.mode)

    @staticmethod
    def _check(borders, count):
        if not len(borders) or borders[0] != 0 or borders[-1] != count or (borders.diff() < 0).any():
            raise ValueError(f"[EmbeddingBag] offsets must begin with 0, not decrease, and end within the {count} ids "
                             f"(with include_last_offset: with their number). Received: {shown(borders.tolist())}")

    def _bags(self, ids, offsets, weights):
        """Ids without padding, (n,); the borders of bags, one more than bags; weights, (n,) or None."""
        if weights is not None:
            if self.mode != "sum":
                raise NotImplementedError(f'[EmbeddingBag] per_sample_weights are for mode "sum". Received: mode={self.mode!r}')
            if not isinstance(weights, torch.Tensor) or weights.dtype != torch.float32 or weights.shape != ids.shape:
                raise ValueError(f"[EmbeddingBag] per_sample_weights must be torch.float32 of the shape of input, {tuple(ids.shape)}. "
                                 f"Received: {shown(getattr(weights, 'shape', weights))}")
        if ids.dim() == 2:
            if offsets is not None:
                raise ValueError("[EmbeddingBag] offsets are for an input of one dimension. Received an input of shape "
                                 f"{tuple(ids.shape)} and offsets.")
            borders = torch.arange(ids.shape[0] + 1) * ids.shape[1]
            ids, weights = ids.reshape(-1), None if weights is None else weights.reshape(-1)
        elif ids.dim() == 1:
            if not isinstance(offsets, torch.Tensor) or offsets.dim() != 1 or offsets.dtype not in (torch.int32, torch.int64):
                raise ValueError("[EmbeddingBag] an input of one dimension needs offsets, integers of one dimension. Received: "
                                 f"{shown(offsets)}")
            borders = offsets if offsets.is_cpu and offsets.dtype == torch.int64 else offsets.to("cpu", torch.int64)
            if not self.include_last_offset:
                borders = torch.cat([borders, borders.new_tensor([len(ids)])])
            if self.padding_idx is not None or self.mode == "max" or (weights is not None and weights.requires_grad):
                self._check(borders, len(ids))  # the table checks its own
        else:
            raise ValueError(f"[EmbeddingBag] input must have one dimension or two. Received: shape {tuple(ids.shape)}")
        if self.padding_idx is not None:
            kept = ids != self.padding_idx
            counts = torch.cat([borders.new_zeros(1), kept.cpu().cumsum(0)])
            ids, borders, weights = ids[kept], counts[borders], None if weights is None else weights[kept]
        return ids, borders, weights
