# SPDX-License-Identifier: Apache-2.0
"""Rates and configs of every learning-rate schedule over many steps."""
from golden import array, keras, np, write

s = keras.optimizers.schedules
STEPS = list(range(0, 41)) + [49, 50, 51, 69, 70, 71, 99, 100, 101, 149, 150, 151, 309, 310, 311, 629, 630, 1000,
                              12345, 2**24 + 1, 10**8]
OBJECTS = [
    ("plain", s.ExponentialDecay(0.1, 10, 0.9)),
    ("staircase", s.ExponentialDecay(0.1, 10, 0.5, staircase=True)),
    ("named", s.ExponentialDecay(1e-3, 1000, 0.96, name="mine")),
    ("three", s.PiecewiseConstantDecay([5, 20, 100], [1.0, 0.5, 0.25, 0.1])),
    ("one", s.PiecewiseConstantDecay([10], [0.1, 0.01])),
    ("line", s.PolynomialDecay(0.1, 50)),
    ("root", s.PolynomialDecay(0.1, 30, end_learning_rate=0.01, power=0.5)),
    ("cycle", s.PolynomialDecay(0.1, 10, end_learning_rate=0.001, power=2.0, cycle=True)),
    ("rising", s.PolynomialDecay(0.01, 20, end_learning_rate=0.5)),
    ("plain", s.InverseTimeDecay(0.1, 10, 0.5)),
    ("staircase", s.InverseTimeDecay(0.1, 10, 0.5, staircase=True)),
    ("plain", s.CosineDecay(0.1, 50)),
    ("alpha", s.CosineDecay(0.1, 30, alpha=0.1)),
    ("warmup", s.CosineDecay(0.0, 50, warmup_target=0.1, warmup_steps=20)),
    ("warmup alpha", s.CosineDecay(0.01, 30, alpha=0.25, warmup_target=0.5, warmup_steps=10)),
    ("warmup of no steps", s.CosineDecay(0.01, 30, warmup_target=0.5)),
    ("warmup steps alone", s.CosineDecay(0.1, 30, warmup_steps=5)),
    ("plain", s.CosineDecayRestarts(0.1, 10)),
    ("equal", s.CosineDecayRestarts(0.1, 10, t_mul=1.0, m_mul=0.8)),
    ("slow", s.CosineDecayRestarts(0.1, 7, t_mul=1.5, m_mul=0.9, alpha=0.1)),
    ("triple", s.CosineDecayRestarts(0.1, 5, t_mul=3.0)),
]
cases = []
for label, schedule in OBJECTS:
    rates = np.array([np.asarray(schedule(step)) for step in STEPS])
    assert rates.dtype == np.float32
    cases.append({"label": label, "serialized": s.serialize(schedule), "rates": array(rates),
                  "highest": float(rates.max())})
write("schedules", cases, steps=STEPS)
