# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
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

    @with_common_options
    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False):
        pass
