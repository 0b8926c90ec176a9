# SPDX-License-Identifier: Apache-2.0
"""torch: every step is eager, and calls of the host are calls."""
import contextlib
import weakref

import numpy as np
import torch
from torch.autograd.function import once_differentiable

SUPPORTS_JIT = False  # torch.compile cannot see into the table


class _Lookup(torch.autograd.Function):
    @staticmethod
    def forward(ctx, link, ids, table):
        ctx.table = table
        ctx.save_for_backward(ids)  # torch sees to it that they stay as they are
        look_up = table.lookup_to_train if ctx.needs_input_grad[0] else table.lookup
        return torch.from_numpy(look_up(ids.cpu().numpy())).to(ids.device)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (ids,) = ctx.saved_tensors
        record = ctx.table.record(ids.cpu().numpy(), gradient.cpu().numpy())
        return torch.from_numpy(record).to(gradient.device), None, None


@torch.compiler.disable
def lookup(table, link, ids, training):
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


class _Link(torch.nn.Parameter):
    """Becomes, as an array, what its variable has in Keratin: Keras asks the tensor of a variable for that."""

    @staticmethod
    def made(tensor, variable, requires_grad):
        link = torch.Tensor._make_subclass(_Link, tensor, requires_grad)
        link.variable = variable
        return link

    def detach(self):
        return _Link.made(super().detach(), self.variable, False)

    def __array__(self, dtype=None):
        return self.variable().__array__(dtype)

    def __reduce_ex__(self, protocol):
        raise NotImplementedError("[Embedding] a table of Keratin's is in no state_dict of torch's: use model.save_weights or model.save.")


def show(variable):
    """Makes Keras's conversion to NumPy give what is in Keratin."""
    variable._value = _Link.made(variable._value.data, weakref.ref(variable), variable._value.requires_grad)


def wait():
    """Returns when all steps that were begun are done."""


def refuse_distribution():
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        raise NotImplementedError("[Embedding] a table of Keratin lives in one process, and torch.distributed is "
                                  "initialized: use keras.layers.Embedding there.")
