# SPDX-License-Identifier: Apache-2.0
"""Float32 arithmetic that rounds by chance: what a witness of compare.py computes with, on PyTorch.

While `by_chance` is open, each number that an operation computes, forward or backward, becomes the next float32
above it or below it or stays. An operation that only moves or chooses numbers is exact and stays so, and 0 stays 0.
Source: D. S. Parker, "Monte Carlo arithmetic" (UCLA CSD-970002, 1997).
"""
import torch
from torch.utils._python_dispatch import TorchDispatchMode

# By the first words of their names; views are known by sharing memory.
EXACT = ("_to_copy", "abs", "amax", "amin", "arange", "argmax", "cat", "clamp", "clone", "copy", "embedding.", "empty",
         "expand", "eye", "flip", "full", "gather", "index", "lift_fresh", "max", "min", "neg", "new_", "ones", "pad",
         "rand", "relu", "repeat", "scalar_tensor", "scatter", "select", "sgn", "sign", "slice", "sort", "stack",
         "threshold", "topk", "tril", "triu", "where", "zeros")


class by_chance(TorchDispatchMode):
    def __init__(self, seed):
        super().__init__()
        self.dice = torch.Generator().manual_seed(int(seed))

    def __torch_dispatch__(self, operation, types, arguments=(), keywords=None):
        result = operation(*arguments, **(keywords or {}))
        if not isinstance(result, torch.Tensor) or result.dtype != torch.float32:
            return result
        if operation.__name__.startswith(EXACT) or operation._schema.is_mutable:
            return result
        own = result.untyped_storage().data_ptr()
        if any(isinstance(value, torch.Tensor) and value.untyped_storage().data_ptr() == own for value in arguments):
            return result
        ways = torch.randint(-1, 2, result.shape, generator=self.dice)
        toward = torch.where(ways > 0, torch.inf, -torch.inf).to(result.dtype)
        return torch.where((ways == 0) | (result == 0), result, torch.nextafter(result, toward))
