# SPDX-License-Identifier: Apache-2.0
"""Optimizers with their options, and schedules."""
from expressions import Call

# Names, and rates at which 30 steps move weights well and do not throw them about.
RATES = {"SGD": (0.003, 0.1), "RMSprop": (0.001, 0.02), "Adam": (0.001, 0.05), "AdamW": (0.001, 0.05),
         "Nadam": (0.001, 0.05), "Adamax": (0.001, 0.05), "Adadelta": (0.05, 1.0), "Adagrad": (0.01, 0.2),
         "Ftrl": (0.01, 0.2), "Lion": (0.0005, 0.01)}


def draw(dice):
    name = dice.of(list(RATES))
    if dice.chance(0.1):
        return name.lower()
    low, high = RATES[name]
    rate = dice.real(low, high)
    optimizer = Call(f"optimizers.{name}", learning_rate=_draw_schedule(dice, rate) if dice.chance(0.25) else rate)
    schedule = getattr(optimizer.keywords["learning_rate"], "keywords", {})
    if name == "Ftrl" and schedule.get("alpha") == 0:
        schedule["alpha"] = 0.1  # it divides by the rate: of a rate of 0 all becomes NaN, here and there
    optimizer.keywords.update(_draw_own(dice, name))
    optimizer.keywords.update(_draw_common(dice, name))
    return optimizer


def _draw_own(dice, name):
    """Some of what this optimizer alone takes."""
    some = {
        "SGD": {"momentum": dice.of([0.5, 0.9, 0.97]), "nesterov": dice.chance(0.5)},
        "RMSprop": {"rho": dice.of([0.5, 0.9, 0.99]), "momentum": dice.of([0.5, 0.9]), "centered": True,
                    "epsilon": dice.of([1e-7, 1e-3])},
        "Adadelta": {"rho": dice.of([0.5, 0.9, 0.99]), "epsilon": dice.of([1e-7, 1e-3])},
        "Adagrad": {"initial_accumulator_value": dice.of([0.0, 0.01, 1.0]), "epsilon": dice.of([1e-7, 1e-3])},
        "Ftrl": {"learning_rate_power": dice.of([-0.5, -0.3, 0.0]), "initial_accumulator_value": dice.of([0.01, 1.0]),
                 "l1_regularization_strength": dice.real(1e-4, 1e-1),
                 "l2_regularization_strength": dice.real(1e-4, 1e-1),
                 "l2_shrinkage_regularization_strength": dice.real(1e-4, 1e-1), "beta": dice.real(0.01, 1.0)},
        "Lion": {"beta_1": dice.of([0.5, 0.9, 0.95]), "beta_2": dice.of([0.75, 0.9, 0.98])},
    }.get(name, {"beta_1": dice.of([0.5, 0.8, 0.95]), "beta_2": dice.of([0.75, 0.9, 0.99]),
                 "epsilon": dice.of([1e-7, 1e-3]), "amsgrad": True})
    if name in ("Nadam", "Adamax"):
        del some["amsgrad"]
    return {option: value for option, value in some.items() if dice.chance(0.4)}


def _draw_common(dice, name):
    """Some of what every optimizer takes."""
    options = {}
    if dice.chance(0.25):
        options["weight_decay"] = dice.real(1e-3, 0.3)
    if dice.chance(0.3):
        options[dice.of(["clipnorm", "clipvalue", "global_clipnorm"])] = dice.real(1e-3, 1.0)
    if dice.chance(0.2):
        options.update(use_ema=True, ema_momentum=dice.of([0.5, 0.9, 0.99]))
        if dice.chance(0.5):
            options["ema_overwrite_frequency"] = dice.between(1, 12)
    if dice.chance(0.1):
        options["gradient_accumulation_steps"] = dice.between(2, 5)
    return options


def _draw_schedule(dice, rate):
    schedules = "optimizers.schedules."
    steps = dice.between(3, 40)
    return dice.of([
        Call(schedules + "ExponentialDecay", initial_learning_rate=rate, decay_steps=steps,
             decay_rate=dice.real(0.3, 0.99), staircase=dice.chance(0.5)),
        Call(schedules + "PiecewiseConstantDecay", boundaries=[dice.between(2, 8), dice.between(9, 25)],
             values=[rate, rate / 2, rate / 4]),
        Call(schedules + "PolynomialDecay", initial_learning_rate=rate, decay_steps=steps,
             end_learning_rate=rate / 10, power=dice.of([0.5, 1.0, 2.0]), cycle=dice.chance(0.5)),
        Call(schedules + "InverseTimeDecay", initial_learning_rate=rate, decay_steps=steps,
             decay_rate=dice.real(0.1, 3.0), staircase=dice.chance(0.5)),
        Call(schedules + "CosineDecay", initial_learning_rate=rate / 10, decay_steps=steps, alpha=dice.of([0.0, 0.1]),
             warmup_target=rate, warmup_steps=dice.between(1, 10)),
        Call(schedules + "CosineDecay", initial_learning_rate=rate, decay_steps=steps, alpha=dice.of([0.0, 0.1])),
        Call(schedules + "CosineDecayRestarts", initial_learning_rate=rate, first_decay_steps=dice.between(2, 10),
             t_mul=dice.of([1.0, 1.5, 2.0]), m_mul=dice.of([0.5, 0.9, 1.0]), alpha=dice.of([0.0, 0.1])),
    ])
