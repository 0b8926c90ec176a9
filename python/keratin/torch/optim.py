# SPDX-License-Identifier: Apache-2.0
"""torch's optimizers, for rows of Keratin too: in place of `torch.optim`.

A parameter that is no table is torch's own business. A table gets the numbers of a dense gradient at the cost of the rows
that the gradient has. Of torch's options those are taken that a row's rule has exactly; the rest are refused for tables.
"""
import numpy as np
import torch

from keratin import optimizers
from keratin.torch.rows import Rows

__all__ = ["Adagrad", "Adam", "AdamW", "RMSprop", "SGD", "clip_grad_norm_"]


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
                for option in ("capturable", "differentiable"):
                    self._want(not group.get(option), option, group.get(option), "steps of rows are on the host, and have no gradient")
                self._rule(group)
        except Exception:
            self.param_groups.pop()
            raise

    def _want(self, holds, option, given, reason):
        if not holds:
            raise NotImplementedError(f"[{type(self).__name__}] {option} is not for rows of Keratin: {reason}. Received: {option}={given!r}")

    def _rows(self):
        """(group, parameter) of the tables that have a gradient."""
        return [(group, parameter) for group in self.param_groups for parameter in group["params"]
                if isinstance(parameter, Rows) and parameter.grad is not None]

    def step(self, closure=None):
        """One step of all that has a gradient. Returns what `closure` does, which is called first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        taken = [(group, parameter, parameter.grad) for group, parameter in self._rows()]
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
        options, made = self._rule(group)
        kept = self.__dict__.setdefault("_kept", {}).setdefault(parameter, (options, made))
        if kept[0] != options:
            raise ValueError(f"[{type(self).__name__}] options of rows of Keratin stay as they were at the first step, but lr. "
                             f"At first: {kept[0]}. Received: {options}")
        rule = kept[1]
        rate, scale = self._scalars(group, rule.iterations + 1)
        rows, values = gradient._indices()[0].numpy(), gradient._values().contiguous().numpy()
        return lambda: parameter.table.step(rows, values, rule, rate, -scale if group["maximize"] else scale)

    def _scalars(self, group, step):
        """The learning rate of the rule, and what the gradient is multiplied by."""
        return float(group["lr"]), 1.0

    def state_dict(self):
        """torch's, of an optimizer that has stepped no table: what is kept of rows stays in Keratin."""
        self._want(not self.__dict__.get("_kept"), "state_dict", None, "it does not hold what the optimizer keeps of them")
        return super().state_dict()

    def __getstate__(self):
        self._want(not self.__dict__.get("_kept"), "a copy", None, "it does not hold what the optimizer keeps of them")
        return super().__getstate__()


class SGD(_Of, torch.optim.SGD):
    """torch's SGD. Of rows: weight_decay without momentum, and with momentum an lr that stays as it is."""

    def _rule(self, group):
        momentum, decay = group["momentum"], group["weight_decay"]
        self._want(momentum == 0 or decay == 0, "weight_decay", decay, "with momentum it would be part of every row's momentum")
        options = dict(momentum=momentum, nesterov=group["nesterov"], weight_decay=decay or None)
        rule = optimizers.SGD(float(group["lr"]), **options)
        if momentum:  # v = momentum v - lr g holds torch's lr buf while lr is the same
            options["lr"] = float(group["lr"])
        return options, rule

    def _scalars(self, group, step):
        return float(group["lr"]), 1.0 if step == 1 or not group["momentum"] else 1.0 - group["dampening"]


class RMSprop(_Of, torch.optim.RMSprop):
    """torch's RMSprop. Of rows: without momentum, centered and weight_decay."""

    def _rule(self, group):
        for option in ("momentum", "weight_decay"):
            self._want(group[option] == 0, option, group[option], "their rule has epsilon elsewhere, or no such option")
        self._want(not group["centered"], "centered", True, "their rule has epsilon under the root")
        self._want(group["eps"] > 0, "eps", group["eps"], "a row without gradient would be 0 / 0")
        self._want(0 < group["alpha"] < 1, "alpha", group["alpha"], "it must be between 0 and 1")
        options = dict(beta_1=0.0, beta_2=group["alpha"], epsilon=group["eps"])
        return options, optimizers.Adam(float(group["lr"]), **options)

    def _scalars(self, group, step):
        # Adam with beta_1 = 0 is w -= lr sqrt(1 - alpha^step) g / (sqrt(v) + eps): the first root is taken out, as float32
        power = np.float32(float(np.float32(group["alpha"])) ** step)
        return float(np.float32(group["lr"]) / np.sqrt(np.float32(1) - power)), 1.0


class Adagrad(_Of, torch.optim.Adagrad):
    """torch's Adagrad. Of rows: eps=0 and a positive initial_accumulator_value; no weight_decay."""

    def _rule(self, group):
        self._want(group["weight_decay"] == 0, "weight_decay", group["weight_decay"], "their rule has no such option")
        self._want(group["eps"] == 0, "eps", group["eps"], "torch adds it to the root, their rule under it: the numbers are "
                   "torch's with eps=0 and a positive initial_accumulator_value")
        initial = group["initial_accumulator_value"]
        self._want(initial > 0, "initial_accumulator_value", initial, "a row without gradient would be 0 / 0")
        options = dict(initial_accumulator_value=initial, epsilon=0.0)
        return options, optimizers.Adagrad(float(group["lr"]), **options)

    def _scalars(self, group, step):
        return float(group["lr"]) / (1 + (step - 1) * group["lr_decay"]), 1.0


class Adam(_Of, torch.optim.Adam):
    """torch's Adam, for parameters that are no tables."""

    def _rule(self, group):
        self._want(False, "eps", group["eps"], "torch adds it to sqrt(v / (1 - beta_2^t)), their rule to sqrt(v), where it would "
                   "have to change with each step")


class AdamW(Adam, torch.optim.AdamW):
    """torch's AdamW, for parameters that are no tables."""
