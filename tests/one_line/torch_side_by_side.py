# SPDX-License-Identifier: Apache-2.0
"""A module of torch's and Keratin's with the same rows, and how far they may lie apart after training."""
import torch

import keratin.torch

STEPS, V, D = 200, 40, 8


def pair(name="Embedding", seed=0, **options):
    """(torch's, Keratin's) with the same rows."""
    torch.manual_seed(seed)
    theirs = getattr(torch.nn, name)(V, D, **options)
    ours = getattr(keratin.torch, name)(V, D, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def batches(steps=STEPS, seed=1):
    """Ids with some twice, and what the loss multiplies rows by; most rows rest for several steps."""
    dice = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        ids = torch.randint(0, V, (3, 2), generator=dice)
        yield torch.cat([ids, ids[:, :1]], 1), torch.randn(3, 3, D, generator=dice)


def step(module, optimizer, ids, direction):
    optimizer.zero_grad()
    rows = module(ids)
    (rows * direction.to(rows.dtype) + 0.1 * rows**2).sum().backward()
    optimizer.step()


def train(module, optimizer, steps=STEPS, after=lambda step: None):
    for number, batch in enumerate(batches(steps)):
        step(module, optimizer, *batch)
        after(number)


def compare(case, kind, after=lambda step, optimizer: None, module_options={}, **options):
    """Both after STEPS steps, beside torch in float64, of which torch in float32 is as far as float32 takes it.

    A step rounds the gradient, the slots and the weight: some 8 roundings of the step's length and one of the weight's.
    They add up at most: eps * STEPS * (8 * longest step + largest weight), and as much again for what a gradient makes of
    a weight that is off, which is contracting here.
    """
    theirs, ours = pair(**module_options)
    exact = torch.nn.Embedding(V, D, **module_options).double()
    exact.load_state_dict(theirs.state_dict())
    longest = 0.0
    before = exact.weight.detach().clone()

    def measure(step):
        nonlocal longest, before
        longest = max(longest, float((exact.weight.detach() - before).abs().max()))
        before = exact.weight.detach().clone()
        after(step, reference)
    reference = getattr(torch.optim, kind)(exact.parameters(), **options)
    train(exact, reference, after=measure)
    optimizer = getattr(keratin.torch.optim, kind)(ours.parameters(), **options)
    train(ours, optimizer, after=lambda step: after(step, optimizer))
    allowed = 2 * torch.finfo(torch.float32).eps * STEPS * (8 * longest + float(exact.weight.detach().abs().max()))
    apart = float((ours.state_dict()["weight"].double() - exact.weight.detach()).abs().max())
    case.assertLess(apart, allowed, f"{kind} {options}")
    case.assertLess(allowed, 0.05 * longest, "a bound that says something: a step left out would be seen")
    return apart, allowed
