# SPDX-License-Identifier: Apache-2.0
"""Rows of ids."""
import os

import torch

from keratin import initializers
from keratin._refusal import shown
from keratin.embedding_table import EmbeddingTable
from keratin.torch.rows import Lookup, Rows


def _refuse(layer, argument, given, reason):
    raise NotImplementedError(f"[{layer}] {argument} is not for rows of Keratin: {reason}. Received: {argument}={shown(given)}")


class TableModule(torch.nn.Module):
    """What the modules with a table have in common: the table, and their files, which are torch's."""

    def _make(self, num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, weight,
              freeze, device, dtype, **table):
        name = type(self).__name__
        begun = table["storage"] is not None and os.path.exists(table["storage"])
        if max_norm is not None:
            _refuse(name, "max_norm", max_norm, "a lookup does not write")
        if norm_type != 2.0:
            _refuse(name, "norm_type", norm_type, "it says something beside max_norm alone")
        if scale_grad_by_freq:
            _refuse(name, "scale_grad_by_freq", scale_grad_by_freq, "gradients of an id are added")
        if sparse:
            _refuse(name, "sparse", sparse, "steps are those of a dense gradient, at the cost of a sparse one")
        if device is not None and torch.device(device).type != "cpu":
            _refuse(name, "device", device, "they lie on the host, and lookups go where ids are")
        if (dtype or torch.get_default_dtype()) != torch.float32:
            _refuse(name, "dtype", dtype or torch.get_default_dtype(), "they are torch.float32")
        if weight is not None:
            if not isinstance(weight, torch.Tensor) or tuple(weight.shape) != (num_embeddings, embedding_dim):
                raise ValueError(f"[{name}] _weight must be a tensor of shape ({num_embeddings}, {embedding_dim}). "
                                 f"Received: {shown(getattr(weight, 'shape', weight))}")
            weight = weight.detach().to("cpu", torch.float32).contiguous().numpy()
        seed = int(torch.randint(2**31 - 1, ()))  # torch.manual_seed says what is drawn
        table = EmbeddingTable(num_embeddings, embedding_dim, initializers.RandomNormal(0.0, 1.0, seed=seed), weights=weight,
                               **table)
        if padding_idx is not None:
            if isinstance(padding_idx, bool) or not isinstance(padding_idx, int) or not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(f"[{name}] padding_idx must be an int within num_embeddings={num_embeddings}. "
                                 f"Received: {shown(padding_idx)}")
            padding_idx %= num_embeddings
            if weight is None and not begun:
                table.assign([padding_idx], [[0.0] * embedding_dim])
        self.num_embeddings, self.embedding_dim = table.input_dim, table.output_dim
        self.padding_idx, self.max_norm, self.norm_type = padding_idx, max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.weight = Rows(table, not freeze)

    @property
    def table(self):
        """The rows, a `keratin.EmbeddingTable`: to read, or to write some of them."""
        return self.weight.table

    def _checked(self, input):
        if not isinstance(input, torch.Tensor) or input.dtype not in (torch.int32, torch.int64):
            raise TypeError(f"[{type(self).__name__}] input must be a tensor of torch.int32 or torch.int64. "
                            f"Received: {shown(getattr(input, 'dtype', input))}")
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            raise NotImplementedError(f"[{type(self).__name__}] a table of Keratin lives in one process, and torch.distributed "
                                      f"is initialized: use torch.nn.{type(self).__name__} there.")
        return input

    def _apply(self, fn, recurse=True):
        moved = fn(torch.zeros(1))
        if moved.dtype != torch.float32 or moved.device.type == "meta":
            raise NotImplementedError(f"[{type(self).__name__}] rows of Keratin are torch.float32 on the host. "
                                      f"Received: {moved.dtype}, {moved.device}")
        if moved.device.type == "cpu" and moved.is_shared():
            raise NotImplementedError(f"[{type(self).__name__}] a table of Keratin lives in one process: no share_memory.")
        return self  # rows stay, and lookups go where ids are

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        destination[prefix + "weight"] = torch.from_numpy(self.table.get_weights()[0])

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs):
        key = prefix + "weight"
        if strict:
            unexpected_keys.extend(name for name in state_dict if name.startswith(prefix) and name != key)
        if key not in state_dict:
            if strict:
                missing_keys.append(key)
            return
        weight = state_dict[key]
        if weight.shape != self.weight.shape:
            error_msgs.append(f"size mismatch for {key}: copying a param with shape {weight.shape} from checkpoint, the shape "
                              f"in current model is {self.weight.shape}.")
            return
        self.table.set_weights([weight.detach().to("cpu", torch.float32).contiguous().numpy()])

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, **options):
        """A module with these first rows, (num_embeddings, embedding_dim), copied; `freeze`: they are not trained."""
        if not isinstance(embeddings, torch.Tensor) or embeddings.dim() != 2:
            raise ValueError(f"[{cls.__name__}] embeddings must be a tensor of two dimensions. Received: "
                             f"{shown(getattr(embeddings, 'shape', embeddings))}")
        made = cls(*embeddings.shape, _weight=embeddings, **options)
        made.weight.requires_grad_(not freeze)
        return made

    def extra_repr(self):
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class Embedding(TableModule):
    """`torch.nn.Embedding` whose rows live in Keratin.

    Args:
        num_embeddings: number of rows, largest id + 1.
        embedding_dim: width of a row.
        padding_idx: the id whose row begins as 0 and gets no gradient.
        max_norm, norm_type, scale_grad_by_freq, sparse: as torch's defaults alone.
        device, dtype: the CPU, and torch.float32.
        rows_drawn, precision, stochastic_rounding, storage: as those of `keratin.EmbeddingTable`.

    Shapes: ids of any shape, (*); result: (*, embedding_dim), float32, where the ids are.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0,
                 scale_grad_by_freq=False, sparse=False, _weight=None, _freeze=False, device=None, dtype=None, *,
                 rows_drawn="automatic", precision="float32", stochastic_rounding=True, storage=None):
        super().__init__()
        self._make(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight,
                   _freeze, device, dtype, rows_drawn=rows_drawn, precision=precision, stochastic_rounding=stochastic_rounding,
                   storage=storage)

    @torch.compiler.disable
    def forward(self, input):
        return Lookup.apply(self.weight, self._checked(input), self.padding_idx)
