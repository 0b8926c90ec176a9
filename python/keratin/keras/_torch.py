# SPDX-License-Identifier: Apache-2.0
"""torch: every step is eager, and calls of the host are calls."""
import contextlib

import numpy as np
import torch
from torch.autograd.function import once_differentiable

SUPPORTS_JIT = False  # torch.compile cannot see into the table


class _Lookup(torch.autograd.Function):
    @staticmethod
    def forward(ctx, link, ids, table):
        ctx.table = table
        ctx.save_for_backward(ids)  # torch sees to it that they stay as they are
        return torch.from_numpy(table.lookup(ids.cpu().numpy())).to(ids.device)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (ids,) = ctx.saved_tensors
        record = ctx.table.record(ids.cpu().numpy(), gradient.cpu().numpy())
        return torch.from_numpy(record).to(gradient.device), None, None


@torch.compiler.disable
def lookup(table, link, ids):
    """The rows of `ids`, whose gradient the table records; `link` gets the record's mark."""
    if ids.device.type == "meta":
        return torch.empty((*ids.shape, table.output_dim), device="meta")
    return _Lookup.apply(link, ids, table)


def call_host(function, arguments, shape):
    """A float32 tensor: what `function` of NumPy arrays gives. Nothing is differentiated."""
    arrays = [argument.detach().cpu().numpy() if isinstance(argument, torch.Tensor) else np.asarray(argument)
              for argument in arguments]
    device = next((argument.device for argument in arguments if isinstance(argument, torch.Tensor)), None)
    return torch.from_numpy(np.asarray(function(*arrays), np.float32).reshape(shape)).to(device)


outside = contextlib.nullcontext  # of a graph that is being made


def wait():
    """Returns when all steps that were begun are done."""


def refuse_distribution():
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        raise NotImplementedError("[Embedding] a table of Keratin lives in one process, and torch.distributed is "
                                  "initialized: use keras.layers.Embedding there.")
