# SPDX-License-Identifier: Apache-2.0
from keratin._native import arguments
from keratin.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum where it is asked for: `v = momentum * v - lr * g; w += v`.

    Example:

    >>> model.compile(optimizer=keratin.optimizers.SGD(learning_rate=0.1), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        momentum: the part of the last move that goes on.
        nesterov: whether the momentum is Nesterov's.
        weight_decay ... name: as in Optimizer.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None, clipnorm=None,
                 clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
                 ema_overwrite_frequency=None, loss_scale_factor=None, gradient_accumulation_steps=None,
                 name=None, **kwargs):
        self._make(**arguments(locals()))
