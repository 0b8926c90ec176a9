# SPDX-License-Identifier: Apache-2.0
"""A table as a parameter of torch's, and its lookups as functions that torch differentiates."""
import copy

import torch
from torch.autograd.function import once_differentiable


class Rows(torch.nn.Parameter):
    """The parameter that stands for a table: its shape and its `grad`, which is sparse; no memory.

    Its elements are NaN: the rows lie in `table`, and who computes with the parameter itself sees it. An optimizer of
    torch's refuses the sparse gradient, or the write.
    """

    def __new__(cls, table, requires_grad=True):
        nothing = torch.full((1, 1), float("nan")).expand(table.input_dim, table.output_dim)
        made = torch.Tensor._make_subclass(cls, nothing, requires_grad)
        made.table = table
        return made

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = Rows(copy.deepcopy(self.table, memo), self.requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol):
        return Rows, (self.table, self.requires_grad)

    def gradient(self, rows, values):
        """What torch takes as the gradient: of these rows, each once and ascending."""
        return torch.sparse_coo_tensor(torch.from_numpy(rows)[None], torch.from_numpy(values), self.shape,
                                       is_coalesced=True, check_invariants=False)


def host(tensor):
    """An array of NumPy: shared where the tensor lies on the CPU."""
    return tensor.numpy(force=True)


def pooled(weight, ids, borders, weights, combiner):
    """The rows of bags as one, "sum" or "mean". `borders`: one more than bags. `weights` are constants, or None."""
    found = torch.from_numpy(weight.table.lookup_pooled(host(ids), host(borders), None if weights is None else host(weights),
                                                        combiner=combiner))
    return found if ids.is_cpu else found.to(ids.device)


class Lookup(torch.autograd.Function):
    """The rows of ids, of which those of `padding` get no gradient."""

    @staticmethod
    def forward(ctx, weight, ids, padding):
        ctx.weight, ctx.padding = weight, padding
        ctx.save_for_backward(ids)  # torch sees to it that they stay as they are
        return torch.from_numpy(weight.table.lookup(host(ids))).to(ids.device)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (ids,) = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.shape[-1])
        ids = ids.reshape(-1)
        if ctx.padding is not None:
            kept = ids != ctx.padding
            ids, gradient = ids[kept], gradient[kept]
        return ctx.weight.gradient(*ctx.weight.table.gradient(host(ids), host(gradient.contiguous()))), None, None


class Pooled(torch.autograd.Function):
    """What `pooled` gives."""

    @staticmethod
    def forward(ctx, weight, ids, borders, weights, combiner):
        ctx.weight, ctx.combiner = weight, combiner
        ctx.save_for_backward(ids, borders, weights)
        return pooled(weight, ids, borders, weights, combiner)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        ids, borders, weights = ctx.saved_tensors
        found = ctx.weight.table.pooled_gradient(host(ids), host(borders), host(gradient.contiguous()),
                                                 None if weights is None else host(weights), ctx.combiner)
        return ctx.weight.gradient(*found), None, None, None, None
