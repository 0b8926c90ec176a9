# SPDX-License-Identifier: Apache-2.0
"""Weights after training, with Keras's layer and with Keratin's: every optimizer, and every option with Adam, for 1,000 steps; every optimizer
with every option for 100. KERATIN_TEST_SEED draws some of them; without it all are run.

Where differences grow without end, as after the signs of gradients, the bound of a long run allows anything: then half as many steps are compared
too, until one is sharp.
"""
import os
import random
import unittest

import keras
from side_by_side import Sides, data, pooled
from test_steps import OPTIMIZERS, OPTIONS

LONG, SHORT = 1000, 100


def without_the_table(optimizer):
    optimizer.exclude_from_weight_decay(var_names=["embeddings"])
    return optimizer


def cases():
    """{what: (steps, a function that makes the optimizer)}."""
    made, of_keras = {}, keras.optimizers
    for name, rate in OPTIMIZERS.items():
        kind, steps = getattr(of_keras, name), LONG if name == "Adam" else SHORT
        made[name] = LONG, lambda kind=kind, rate=rate: kind(rate)
        # A rate that falls for ever: Keras's Ftrl divides by one that has come to 0.
        falling = dict(learning_rate=of_keras.schedules.ExponentialDecay(rate, decay_steps=50, decay_rate=0.5))
        for what, options in {**OPTIONS, "schedule": falling}.items():
            made[f"{name}, {what}"] = steps, lambda kind=kind, options={"learning_rate": rate, **options}: kind(**options)
        made[f"{name}, decay without the table"] = steps, lambda kind=kind, rate=rate: without_the_table(kind(rate, weight_decay=0.01))
        made[f"{name}, a loss scale that changes"] = steps, lambda kind=kind, rate=rate: of_keras.LossScaleOptimizer(
            kind(rate), initial_scale=4.0, dynamic_growth_steps=50)
    for name in ("Adam", "AdamW"):
        made[f"{name}, amsgrad"] = LONG, lambda kind=getattr(of_keras, name): kind(0.02, amsgrad=True)
        made[f"{name}, a schedule of all steps"] = LONG, lambda kind=getattr(of_keras, name): kind(
            of_keras.schedules.ExponentialDecay(0.02, decay_steps=200, decay_rate=0.5))
    for nesterov in (False, True):
        made[f"SGD, momentum, nesterov={nesterov}"] = LONG, lambda nesterov=nesterov: of_keras.SGD(0.05, momentum=0.9, nesterov=nesterov)
    made["RMSprop, centered, momentum"] = LONG, lambda: of_keras.RMSprop(0.005, momentum=0.9, centered=True)
    made["Ftrl, penalties"] = LONG, lambda: of_keras.Ftrl(0.05, l1_regularization_strength=0.001, l2_regularization_strength=0.01,
                                                          l2_shrinkage_regularization_strength=0.01, beta=0.1)
    if keras.backend.backend() == "jax":  # there Keras's own steps are not those of its Nadam: docs/guides/one-line.md
        del made["Nadam, a loss scale that changes"]
    return made


class ThousandSteps(unittest.TestCase):
    def test_every_optimizer_with_every_option(self):
        made, seed = cases(), os.environ.get("KERATIN_TEST_SEED")
        drawn = made if seed is None else random.Random(f"{seed} {keras.backend.backend()}").sample(sorted(made), 4)
        for what in drawn:
            steps, make_optimizer = made[what]
            with self.subTest(what):
                while True:
                    sides = Sides(make_optimizer, pooled, data(steps))
                    self.assertLessEqual(sides.apart, sides.may, f"{steps} steps")
                    if sides.is_sharp:
                        break
                    steps //= 2
                    self.assertGreater(steps, 20, "nothing was compared")


if __name__ == "__main__":
    unittest.main()
