# SPDX-License-Identifier: Apache-2.0
"""torch's optimizers, for rows of Keratin too: in place of `torch.optim`.

A parameter that is no table is torch's own business. A table gets the numbers of a dense gradient at the cost of the rows
that the gradient has. Of torch's options those are taken that a row's rule has exactly; the rest are refused for tables.
"""
from collections import defaultdict

import numpy as np
import torch

from keratin import _core
from keratin.torch.rows import Rows

__all__ = ["Adagrad", "Adam", "AdamW", "RMSprop", "SGD", "clip_grad_norm_"]

_DECAY = "as a part of the gradient it would move every row at every step"


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """`torch.nn.utils.clip_grad_norm_`, which has none of a sparse gradient, with tables among the parameters.

    Args:
        parameters: an iterable of parameters, or one.
        max_norm: what the norm of all gradients together is brought down to.
        norm_type: which norm; `inf` is the largest element.
        error_if_nonfinite: whether a norm that is not finite raises a RuntimeError.

    Returns the norm before, a tensor.
    """
    parameters = [parameters] if isinstance(parameters, torch.Tensor) else parameters
    values = []
    for parameter in parameters:
        if parameter.grad is not None and parameter.grad.is_sparse:
            parameter.grad = parameter.grad.coalesce()
            values.append(parameter.grad._values())
        elif parameter.grad is not None:
            values.append(parameter.grad)
    values = [gradient for gradient in values if gradient.numel()]
    norm = torch.nn.utils.get_total_norm(values, norm_type, error_if_nonfinite)
    for gradient in values:
        gradient.mul_(torch.clamp(max_norm / (norm + 1e-6), max=1.0).to(gradient.device))
    return norm


class _Of:
    """Steps of the tables in `params`, beside those of torch's optimizer of the class that follows."""

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        try:
            if any(isinstance(parameter, Rows) for parameter in group["params"]):
                self._made(group)
        except Exception:
            self.param_groups.pop()
            raise

    def _want(self, holds, option, given, reason):
        if not holds:
            raise NotImplementedError(f"[{type(self).__name__}] {option} is not for rows of Keratin: {reason}. Received: {option}={given!r}")

    def _made(self, group):
        """(options, an optimizer of `_core` for one table)."""
        for option in ("capturable", "differentiable"):
            self._want(not group.get(option), option, group.get(option), "steps of rows are on the host, and have no gradient")
        options = self._options(group)
        return options, _core.torch_optimizer(dict(options, learning_rate=float(group["lr"])))

    def _rows(self):
        """(group, parameter) of the tables."""
        return [(group, parameter) for group in self.param_groups for parameter in group["params"] if isinstance(parameter, Rows)]

    def step(self, closure=None):
        """One step of all that has a gradient. Returns what `closure` does, which is called first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        taken = [(group, parameter, parameter.grad) for group, parameter in self._rows() if parameter.grad is not None]
        with torch.no_grad():
            ready = [self._ready(*of) for of in taken]  # what is refused is refused before anything moves
            for step in ready:
                step()
            self._step_others([parameter for _, parameter, _ in taken])
        return loss

    def _step_others(self, tables):
        step = super().step
        if getattr(step, "hooked", False):  # by torch, which has done so with the step of this class too
            step = step.__wrapped__.__get__(self)
        gradients = [table.grad for table in tables]
        try:
            for table in tables:
                table.grad = None
            step()
        finally:
            for table, gradient in zip(tables, gradients):
                table.grad = gradient

    def _ready(self, group, parameter, gradient):
        if not gradient.is_sparse:
            raise ValueError(f"[{type(self).__name__}] the gradient of rows of Keratin comes from a lookup. Received: a dense one")
        made = self._made(group)
        options, rule = self.__dict__.setdefault("_kept", {}).setdefault(parameter, made)
        if options != made[0]:
            raise ValueError(f"[{type(self).__name__}] options of rows of Keratin stay as they were at the first step, but lr. "
                             f"At first: {options}. Received: {made[0]}")
        rows, values = gradient._indices()[0].numpy(), gradient._values().contiguous().numpy()
        return lambda: parameter.table._core.step(rows, values, rule, float(group["lr"]), -1.0 if group["maximize"] else 1.0)

    # -- what is kept of rows, in torch's form ------------------------------------------------

    _steps = "step"  # where torch keeps their number, or None

    def _with_tables(self):
        """The state of all parameters: of a table copies of what is kept, (num_embeddings, embedding_dim)."""
        state = defaultdict(dict, self.state)
        for parameter, (options, rule) in self.__dict__.get("_kept", {}).items():
            if not rule.built:
                continue
            steps, _, *slots = rule.get_weights()
            used = parameter.table._core.used_rows()
            found = {} if self._steps is None else {self._steps: torch.tensor(float(steps))}
            for name, slot in zip(self._slots(options), slots):
                if used is not None:  # of the others it is as it began
                    slot, some = np.full(parameter.shape, options.get("initial_accumulator_value", 0.0), np.float32), slot
                    slot[np.asarray(used[0])] = some
                found[name] = torch.from_numpy(np.ascontiguousarray(slot))
            if found:
                state[parameter] = found
        return state

    def state_dict(self):
        """torch's: its optimizer of this name reads it, and this one reads that of torch's."""
        others, self.state = self.state, self._with_tables()
        try:
            return super().state_dict()
        finally:
            self.state = others

    def __getstate__(self):
        return dict(super().__getstate__(), state=self._with_tables())

    def __setstate__(self, state):
        super().__setstate__(state)
        self._kept = {}
        for group, parameter in self._rows():
            found = self.state.pop(parameter, None)
            if found:
                self._kept[parameter] = self._taken(group, parameter, found)

    def _taken(self, group, parameter, found):
        options, rule = self._made(group)
        slots = [found.get(name) for name in self._slots(options)]
        for name, slot in zip(self._slots(options), slots):
            if slot is None or slot.shape != parameter.shape:
                raise ValueError(f"[{type(self).__name__}] the state of a table must have {name}, of shape {tuple(parameter.shape)}. "
                                 f"Received: {sorted(found)}, {None if slot is None else tuple(slot.shape)}")
        core = parameter.table._core
        slots = [slot.numpy() for slot in slots]
        if core.used_rows() is not None:
            parameter.table.set_weights(parameter.table.get_weights())  # all are in use: all have a state now
            slots = [slot[np.asarray(core.used_rows()[0])] for slot in slots]
        rule.build([core.variable])
        steps = 1 if self._steps is None else int(found[self._steps])
        rule.set_weights([np.array(steps, np.int64), np.array(group["lr"], np.float32), *slots])
        return options, rule


class SGD(_Of, torch.optim.SGD):
    """torch's SGD. Of rows: weight_decay without momentum."""

    _steps = None

    def _options(self, group):
        momentum, decay = group["momentum"], group["weight_decay"]
        self._want(momentum == 0 or decay == 0, "weight_decay", decay, "with momentum it would be part of every row's momentum")
        return dict(formula="SGD", momentum=momentum, dampening=group["dampening"], nesterov=group["nesterov"],
                    weight_decay=decay or None)

    def _slots(self, options):
        return ["momentum_buffer"] if options["momentum"] else []


class RMSprop(_Of, torch.optim.RMSprop):
    """torch's RMSprop. Of rows: without weight_decay."""

    def _options(self, group):
        self._want(group["weight_decay"] == 0, "weight_decay", group["weight_decay"], _DECAY)
        return dict(formula="RMSprop", **{name: group[name] for name in ("alpha", "eps", "momentum", "centered")})

    def _slots(self, options):
        return ["square_avg"] + ["momentum_buffer"] * (options["momentum"] > 0) + ["grad_avg"] * options["centered"]


class Adagrad(_Of, torch.optim.Adagrad):
    """torch's Adagrad. Of rows: without weight_decay."""

    def __init__(self, *args, **kwargs):
        with _NoSums():
            super().__init__(*args, **kwargs)
        for _, parameter in self._rows():
            self.state.pop(parameter, None)

    def _options(self, group):
        self._want(group["weight_decay"] == 0, "weight_decay", group["weight_decay"], _DECAY)
        return dict(formula="Adagrad", **{name: group[name] for name in ("eps", "lr_decay", "initial_accumulator_value")})

    def _slots(self, options):
        return ["sum"]


class _NoSums(torch.overrides.TorchFunctionMode):
    """torch's Adagrad makes its sums at once: of a table they would be as large as the table."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.full_like and isinstance(args[0], Rows):
            return args[0].detach()
        return func(*args, **(kwargs or {}))


class Adam(_Of, torch.optim.Adam):
    """torch's Adam. Of rows: without weight_decay, but with decoupled_weight_decay."""

    def _options(self, group):
        decay = group["weight_decay"]
        self._want(decay == 0 or group.get("decoupled_weight_decay"), "weight_decay", decay, _DECAY + ": AdamW's is")
        beta_1, beta_2 = map(float, group["betas"])
        return dict(formula="Adam", beta_1=beta_1, beta_2=beta_2, eps=group["eps"], amsgrad=group["amsgrad"], weight_decay=decay or None)

    def _slots(self, options):
        return ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * options["amsgrad"]


class AdamW(Adam, torch.optim.AdamW):
    """torch's AdamW."""
