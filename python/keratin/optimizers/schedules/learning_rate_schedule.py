# SPDX-License-Identifier: Apache-2.0
"""Learning rates as functions of the step."""
import numpy as np

from keratin import _core, _native


class _CustomCore:
    """`_core` of a schedule that is written in Python."""

    def __get__(self, schedule, owner):
        if schedule is None:
            return self
        return _core.LearningRateSchedule.custom(schedule)


class LearningRateSchedule(_native.Native):
    """A learning rate as a function of the step; for one of your own, give `__call__`.

    Example:

    >>> class Halving(keratin.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 * 0.5 ** (step // 1000)
    >>> optimizer = keratin.optimizers.SGD(learning_rate=Halving())
    """

    _concept = _core.LearningRateSchedule
    _module = "keratin.optimizers.schedules"
    _core = _CustomCore()
    _called_back = ("__call__",)

    def __call__(self, step):
        """The rate of a step; 0 is the first."""
        if self._own_core is None:
            raise NotImplementedError(f"{type(self).__name__} must have a method __call__(step).")
        return np.float32(self._own_core(int(np.asarray(step))))

    def get_config(self):
        if self._own_core is None:
            raise NotImplementedError(f"{type(self).__name__} must have a method get_config.")
        return super().get_config()


class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Example:

    >>> rate = keratin.optimizers.schedules.ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.96)
    >>> optimizer = keratin.optimizers.SGD(learning_rate=rate)

    Args:
        initial_learning_rate: the first rate.
        decay_steps: a positive number.
        decay_rate: the factor after `decay_steps`.
        staircase: whether the exponent is a whole number.
        name: a name, which says nothing.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="ExponentialDecay"):
        self._make(initial_learning_rate=initial_learning_rate, decay_steps=decay_steps, decay_rate=decay_rate,
                   staircase=staircase, name=name)


class PiecewiseConstantDecay(LearningRateSchedule):
    """One value up to each boundary, and a last one after them.

    Example:

    >>> rate = keratin.optimizers.schedules.PiecewiseConstantDecay([1000, 2000], [1.0, 0.5, 0.1])
    >>> optimizer = keratin.optimizers.SGD(learning_rate=rate)

    Args:
        boundaries: steps, ascending; a boundary has the value before it.
        values: one more than boundaries.
        name: a name, which says nothing.
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        self._make(boundaries=boundaries, values=values, name=name)


class PolynomialDecay(LearningRateSchedule):
    """Down to `end_learning_rate` in `decay_steps`, along a power.

    `(initial - end) * (1 - step / decay_steps) ** power + end`.

    Example:

    >>> rate = keratin.optimizers.schedules.PolynomialDecay(0.1, decay_steps=10000, end_learning_rate=0.01, power=0.5)
    >>> optimizer = keratin.optimizers.SGD(learning_rate=rate)

    Args:
        initial_learning_rate: the first rate.
        decay_steps: a positive number.
        end_learning_rate: the last rate.
        power: 1 is a straight line.
        cycle: whether it starts anew, ever longer, when it has reached the end.
        name: a name, which says nothing.
    """

    def __init__(self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False,
                 name="PolynomialDecay"):
        self._make(initial_learning_rate=initial_learning_rate, decay_steps=decay_steps,
                   end_learning_rate=end_learning_rate, power=power, cycle=cycle, name=name)


class InverseTimeDecay(LearningRateSchedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Example:

    >>> rate = keratin.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1.0, decay_rate=0.5)
    >>> optimizer = keratin.optimizers.SGD(learning_rate=rate)

    Args:
        initial_learning_rate: the first rate.
        decay_steps: a positive number.
        decay_rate: how fast it falls.
        staircase: whether step / decay_steps is taken as a whole number.
        name: a name, which says nothing.
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="InverseTimeDecay"):
        self._make(initial_learning_rate=initial_learning_rate, decay_steps=decay_steps, decay_rate=decay_rate,
                   staircase=staircase, name=name)


class CosineDecay(LearningRateSchedule):
    """Half a cosine down to `alpha` times the rate, after a straight way up (Loshchilov and Hutter, 2016).

    Example:

    >>> rate = keratin.optimizers.schedules.CosineDecay(0.0, 1000, warmup_target=0.1, warmup_steps=100)
    >>> optimizer = keratin.optimizers.SGD(learning_rate=rate)

    Args:
        initial_learning_rate: the first rate.
        decay_steps: how long it falls.
        alpha: the part of the rate that is left at the end.
        name: a name, which says nothing.
        warmup_target: the rate to which it first rises, or None.
        warmup_steps: how long it rises.
    """

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, name="CosineDecay", warmup_target=None,
                 warmup_steps=0):
        self._make(initial_learning_rate=initial_learning_rate, decay_steps=decay_steps, alpha=alpha, name=name,
                   warmup_target=warmup_target, warmup_steps=warmup_steps)


class CosineDecayRestarts(LearningRateSchedule):
    """CosineDecay again and again, each time longer and lower (Loshchilov and Hutter, 2016).

    Example:

    >>> rate = keratin.optimizers.schedules.CosineDecayRestarts(0.1, first_decay_steps=1000)
    >>> optimizer = keratin.optimizers.SGD(learning_rate=rate)

    Args:
        initial_learning_rate: the first rate.
        first_decay_steps: how long the first one takes.
        t_mul: how much longer each takes than the one before.
        m_mul: the factor from the first rate of one to that of the next.
        alpha: the part of the rate that is left at the end of each.
        name: a name, which says nothing.
    """

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0,
                 name="SGDRDecay"):
        self._make(initial_learning_rate=initial_learning_rate, first_decay_steps=first_decay_steps, t_mul=t_mul,
                   m_mul=m_mul, alpha=alpha, name=name)
